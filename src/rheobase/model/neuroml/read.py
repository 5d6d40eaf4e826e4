"""A document from a NeuroML 2 cell."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from rheobase.model import structure
from rheobase.model.document import Document
from rheobase.model.location import Location
from rheobase.model.names import NAME, RESERVED, title_from
from rheobase.model.neuroml.channels import PROPERTY, Library
from rheobase.model.neuroml.membrane import Place, add_membrane
from rheobase.model.subsets import add_subset
from rheobase.model.values import SectionSpec
from rheobase.morphology import Morphology, Problem, region_name
from rheobase.morphology.readers.neuroml import chosen_cell
from rheobase.morphology.readers.neuroml_cell import SECTION, NeuromlCell
from rheobase.morphology.readers.xml import Element, parse_xml

_DIVISIONS = "numberInternalDivisions"  # NeuroML's word for nseg


def read_neuroml_cell(morphology: Morphology, folder: Path | None) -> tuple[Document, tuple[Problem, ...]]:
    """Give a document with a NeuroML cell's sections, groups and membrane, and what could not be taken over.

    **Arguments:** `morphology`: the cell's shape, with its text; `folder`: where the files are that it includes.

    **Raises:** `MorphologyError` with the line for a quantity that is none.
    """
    root = parse_xml(morphology.text)
    cell = chosen_cell(root)
    notes: list[Problem] = []
    names = _section_names(cell)
    shapes = morphology.sections
    own = _own_names(cell, names)
    document = Document(title_from(own.get("", morphology.name)))
    divisions, plain = _divisions(cell, names, notes), _plain_sections(cell, names)
    with document.edit("Load"):
        for shape in shapes:
            parent = None
            if shape.parent is not None:
                above = shapes[shape.parent].name
                parent = Location(own.get(above, above), shape.parent_x)
            name, nseg = own.get(shape.name, shape.name), divisions.get(shape.name, 1)
            points: Any = shape.points  # rows of an array are as good as tuples
            spec = SectionSpec(name=name, points=points, nseg=nseg, parent=parent, child_end=shape.child_end)
            structure.add_section(document, _plain(spec, plain.get(shape.name)))
        if {shape.name for shape in shapes} != set(names.values()):
            message = "sections were left out, so that groups and membrane of the file could not be placed"
            notes.append(Problem("not-taken-over", "warning", cell.element.line, message))
        else:
            places = _places(document, cell, {key: own.get(name, name) for key, name in names.items()})
            notes += add_membrane(document, cell.element, places, Library(root, folder))
    document.history.clear()
    return document, tuple(notes)


def _section_names(cell: NeuromlCell) -> dict[int, str]:
    """Give the name that each section of the file has among the morphology's: its region and a number."""
    counts: Counter[int] = Counter()
    names = {}
    for k, section in enumerate(cell.sections):
        kind = cell.segments[section.segments[0]].type
        names[k] = f"{region_name(kind)}[{counts[kind]}]"
        counts[kind] += 1
    return names


def _groups(cell: NeuromlCell) -> Iterator[Element]:
    morphology = cell.element if cell.element.tag == "morphology" else cell.element.first("morphology")
    yield from () if morphology is None else morphology.all("segmentGroup")


def _own_names(cell: NeuromlCell, names: dict[int, str]) -> dict[str, str]:
    """Give what Rheobase noted as a section's name, by the name that it would have here; the cell's by an empty one."""
    home = {cell.segments[i].id: k for k, section in enumerate(cell.sections) for i in section.segments}
    found: dict[str, str] = {}
    for group in _groups(cell):
        noted = _property(group, f"{PROPERTY}name")
        members = cell.groups.get(group.get("id"), ())
        if noted and members and group.get("neuroLexId") == SECTION:
            found[names[home[cell.segments[members[0]].id]]] = noted
    bases = {noted for noted in found.values() if "[" not in noted}
    sound = all(NAME.fullmatch(noted) and noted not in RESERVED for noted in found.values())
    regions = {noted.partition("[")[0] for noted in found.values() if "[" in noted}
    kept = set(names.values()) - set(found)
    distinct = len(set(found.values())) == len(found) and not kept & set(found.values()) and not bases & regions
    if not (sound and distinct and not bases & {name.partition("[")[0] for name in kept}):
        found = {}
    title = next((p.get("value") for p in cell.element.all("property") if p.get("tag") == f"{PROPERTY}name"), "")
    return found | ({"": title} if title else {})


def _property(group: Element, tag: str) -> str:
    return next((each.get("value") for each in group.all("property") if each.get("tag") == tag), "")


def _divisions(cell: NeuromlCell, names: dict[int, str], notes: list[Problem]) -> dict[str, int]:
    home = {i: k for k, section in enumerate(cell.sections) for i in section.segments}
    found = {}
    for group in _groups(cell):
        text = _property(group, _DIVISIONS).strip()
        members = cell.groups.get(group.get("id"), ())
        if not text or not members:
            continue
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 32767:
            found[names[home[members[0]]]] = int(text)
        else:
            message = f"{_DIVISIONS} is {text[:30]!r}, no number of segments; one was taken"
            notes.append(Problem("not-taken-over", "warning", group.line, message))
    return found


def _plain_sections(cell: NeuromlCell, names: dict[int, str]) -> dict[str, tuple[float, float]]:
    """Give length and diameter of the sections of which Rheobase noted that they have no points of their own."""
    home = {i: k for k, section in enumerate(cell.sections) for i in section.segments}
    found = {}
    for group in _groups(cell):
        noted = [_property(group, f"{PROPERTY}{what}") for what in ("L", "diam")]
        members = cell.groups.get(group.get("id"), ())
        if all(noted) and members:
            with suppress(ValueError):
                found[names[home[members[0]]]] = float(noted[0]), float(noted[1])
    return found


def _plain(spec: SectionSpec, noted: tuple[float, float] | None) -> SectionSpec:
    """Give a section by its length and diameter where what was noted agrees with its points."""
    if noted is None:
        return spec
    agrees = np.isclose(spec.geometry.L, noted[0], rtol=1e-3) and np.allclose(spec.geometry.diam, noted[1], rtol=1e-3)
    return spec.replace(points=None, L=noted[0], diam=noted[1]) if agrees else spec


def _places(document: Document, cell: NeuromlCell, names: dict[int, str]) -> dict[str, Place]:
    """Give the place that each group of segments is here, making subsets of those that are no region."""
    home = {i: k for k, section in enumerate(cell.sections) for i in section.segments}
    size = {k: len(section.segments) for k, section in enumerate(cell.sections)}
    everything = set(document.sections)
    found: dict[str, Place] = {}
    places: list[str]
    for group in _groups(cell):
        name = group.get("id")
        counts = Counter(home[i] for i in cell.groups.get(name, ()))
        members = {names[k] for k in counts}
        parts = tuple(names[k] for k, count in counts.items() if count != size[k])
        noted = _property(group, f"{PROPERTY}subset")
        within = [region for region, own in document.places.regions.items() if set(own) <= members]
        whole = members == {name for region in within for name in document.places.of(region)}
        if noted and members:
            places = [_subset(document, noted, members)]
        elif members == everything:
            places = ["all"]
        elif len(members) == 1:
            places = list(members)
        elif whole:
            places = within
        elif _property(group, f"{PROPERTY}set"):
            covered = {name for region in within for name in document.places.of(region)}
            places = [*within, *(each for each in document.sections if each in members - covered)]
        else:
            places = [_subset(document, name, members)] if members else []
        found[name] = Place(tuple(places), parts)
    return found


def _subset(document: Document, name: str, members: set[str]) -> str:
    for region in document.places.regions:
        if set(document.places.of(region)) == members:
            return region
    wanted = name if NAME.fullmatch(name) and name not in RESERVED else "group"
    own, count = wanted, 1
    while document.places.has(own) or own in RESERVED:
        count += 1
        own = f"{wanted}_{count}"
    add_subset(document, own, sorted(members))
    return own
