"""Cells of NeuroML 1 (MorphML), given as NeuroML 2 would have them.

Source of the format: the schema of NeuroML 1.8.1, http://www.neuroml.org/NeuroMLValidator. Its cables are unbranched
sections, to which segments belong by number; a cable tells where along its parent it begins.
"""

from rheobase.morphology.readers.neuroml_cell import SECTION
from rheobase.morphology.readers.xml import Element


def neuroml1_cells(document: Element) -> list[tuple[str, Element, Element]]:
    """Give the name, the element and the morphology, as of NeuroML 2, of each cell in a document."""
    cells = [element for element in document.descendants() if element.tag == "cell" and element.first("segments")]
    return [(cell.get("name"), cell, _morphology(cell)) for cell in cells]


def _morphology(cell: Element) -> Element:
    morphology = Element("morphology", {}, cell.line)
    cables: dict[str, Element] = {}  # the first of a number tells; cable groups repeat them
    groups: dict[str, list[str]] = {}  # the numbers of cables by a group's name
    for element in (inside for child in cell.all("cables") for inside in child.descendants()):
        if element.tag == "cable":
            number = element.get("id")
            cables.setdefault(number, element)
            for group in element.all("group"):
                groups.setdefault(group.text.strip(), []).append(number)
        elif element.tag == "cablegroup":
            groups.setdefault(element.get("name"), []).extend(cable.get("id") for cable in element.all("cable"))
    members: dict[str, list[str]] = {}  # the segments of a cable
    for segment in (each for child in cell.all("segments") for each in child.all("segment")):
        number = segment.get("cable")
        own = [child for child in segment.children if child.tag in ("proximal", "distal")]
        if "parent" in segment.attributes:
            along = cables[number].get("fractAlongParent", "1") if number in cables and number not in members else "1"
            link = {"segment": segment.get("parent"), "fractionAlong": along}
            own.insert(0, Element("parent", link, segment.line))
        morphology.children.append(Element("segment", segment.attributes, segment.line, own))
        members.setdefault(number, []).append(segment.get("id"))
    for number, segments in members.items():
        name = cables[number].get("name") if number in cables else ""
        morphology.children.append(_group(f"{name or 'cable'}:{number}", SECTION, segments, cell.line))
    for name, numbers in groups.items():
        inside = [segment for number in dict.fromkeys(numbers) for segment in members.get(number, ())]
        morphology.children.append(_group(name, "", inside, cell.line))
    return morphology


def _group(name: str, meaning: str, segments: list[str], line: int) -> Element:
    inside = [Element("member", {"segment": segment}, line) for segment in segments]
    return Element("segmentGroup", {"id": name, "neuroLexId": meaning}, line, inside)
