"""The segments of a NeuroML 2 cell, the groups they are in, and the sections they make.

Source of the meaning: https://docs.neuroml.org/Userdocs/Schemas/Cells.html. A segment without a proximal point begins
where its parent has the place `fractionAlong`. Groups with the id `sao864921383` of NeuroLex are unbranched sections,
as NEURON's exports mark them.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from rheobase.morphology.problem import Problem
from rheobase.morphology.readers.branches import Row, number, shown
from rheobase.morphology.readers.xml import Element
from rheobase.morphology.samples import APIC, AXON, DEND, SOMA, MorphologyError

SECTION = "sao864921383"  # of NeuroLex: an unbranched part
# Of NeuroLex and the Gene Ontology; what is more special comes later.
_MEANINGS = {
    "sao1044911821": SOMA,
    "GO:0043025": SOMA,
    "sao1770195789": AXON,
    "GO:0030424": AXON,
    "sao1211023249": DEND,
    "GO:0030425": DEND,
    "sao1079900774": DEND,
    "GO:0097441": DEND,
    "sao273773228": APIC,
    "GO:0097440": APIC,
}
_NAMES = {
    "soma_group": SOMA,
    "axon_group": AXON,
    "dendrite_group": DEND,
    "basal_dend_group": DEND,
    "apical_dend_group": APIC,
}
_OTHER = re.compile(r"swc_type_(minus_)?(\d{1,9})")  # of types that NeuroML has no word for
_WORDS = {"apic": APIC, "axon": AXON, "soma": SOMA, "dend": DEND}  # that names hold
_MOST_STEPS = 2_000_000  # of groups that include groups


@dataclass(slots=True, eq=False)
class Segment:
    """One segment.

    **Attributes:** `id` and `name`; the `line` it begins on; `parent`, the index of the segment it leaves, `None` for
    a root, and where along it, `at`; `start` and `end`, x, y, z, diameter in um; `given`, whether the file has its
    start; `type`, the SWC type that its groups say; `section`, the marked group it is in (may be empty).
    """

    id: int
    name: str
    line: int
    parent: int | None
    at: float
    start: Row
    end: Row
    given: bool
    type: int = 0
    section: str = ""

    @property
    def length(self) -> float:
        """Length, um."""
        return float(np.linalg.norm(np.subtract(self.end[:3], self.start[:3])))


@dataclass(slots=True, eq=False)
class NeuromlSection:
    """An unbranched row of segments: their indices; the section it leaves, and where on it, from 0 to 1."""

    segments: list[int]
    parent: int | None = None
    at: float = 1.0


@dataclass(slots=True, eq=False)
class NeuromlCell:
    """A cell's shape as NeuroML has it.

    **Attributes:** `name`; `element`, the cell's (a `<morphology>` that stands alone is its own); `segments`, in the
    order of the file; `groups`, the indices of segments by a group's id; `sections`, parents before children;
    `problems`.
    """

    name: str
    element: Element
    segments: list[Segment]
    groups: dict[str, tuple[int, ...]]
    sections: list[NeuromlSection] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def neuroml_cells(document: Element) -> list[tuple[str, Element, Element]]:
    """Give the id, the element and the morphology of each cell in a document, and of morphologies that stand alone."""
    alone = {element.get("id"): element for element in document.all("morphology")}
    cells = []
    for element in document.all("cell") + document.all("cell2CaPools"):
        inside = element.first("morphology") or alone.get(element.get("morphology"))
        if inside is not None:
            cells.append((element.get("id"), element, inside))
    return cells or [(name, element, element) for name, element in alone.items()]


def read_cell(name: str, element: Element, morphology: Element) -> NeuromlCell:
    """Put a cell together from its elements.

    **Raises:** `MorphologyError` with the line for what a segment lacks.
    """
    problems: list[Problem] = []
    segments = _segments(morphology, problems)
    index = {segment.id: k for k, segment in enumerate(segments)}
    groups, marked = _groups(morphology, index, segments)
    _set_types(segments, groups, morphology)
    for group in marked:
        for k in groups[group]:
            segments[k].section = segments[k].section or group
    cell = NeuromlCell(name, element, segments, groups, problems=problems)
    cell.sections = _sections(segments)
    return cell


def _segments(morphology: Element, problems: list[Problem]) -> list[Segment]:
    elements = morphology.all("segment")
    if not elements:
        raise MorphologyError("the cell has no segments", line=morphology.line)
    ids: list[int] = []
    taken: dict[int, int] = {}
    for element in elements:
        word = element.required("id")
        if not word.strip().isascii() or not word.strip().isdigit():
            raise MorphologyError(f"the id of a segment is {shown(word)}: must be a whole number", line=element.line)
        own = int(word[:18])
        if own in taken:
            message = f"id {own} was given on line {elements[taken[own]].line} to another segment"
            problems.append(Problem("duplicate-id", "error", element.line, message))
            own = -1 - len(ids)
        taken[own] = len(ids)
        ids.append(own)
    parents, places = _parents(elements, ids, taken, problems)
    found: dict[int, Segment] = {}
    for k in _parents_first(parents, elements, problems):
        above = parents[k]
        element = elements[k]
        end = element.first("distal")
        if end is None:
            raise MorphologyError(f"segment {ids[k]} has no distal point", line=element.line)
        start = element.first("proximal")
        if start is None and above is None:
            raise MorphologyError(
                f"segment {ids[k]} has neither a proximal point nor a parent to begin at", line=element.line
            )
        row = _point(start) if start is not None else _along(found[above], places[k])  # type: ignore[index]
        found[k] = Segment(
            ids[k], element.get("name"), element.line, above, places[k], row, _point(end), start is not None
        )
    return [found[k] for k in range(len(elements))]


def _point(element: Element) -> Row:
    return (element.number("x"), element.number("y"), element.number("z"), element.number("diameter"))


def _along(segment: Segment, at: float) -> Row:
    if at == 1:
        return segment.end
    x, y, z, diam = ((1 - at) * a + at * b for a, b in zip(segment.start, segment.end, strict=True))
    return x, y, z, diam


def _parents(
    elements: list[Element], ids: list[int], taken: dict[int, int], problems: list[Problem]
) -> tuple[list[int | None], list[float]]:
    parents: list[int | None] = []
    places: list[float] = []
    for k, element in enumerate(elements):
        link = element.first("parent")
        parent, at = None, 1.0
        if link is not None:
            word = link.required("segment").strip()
            parent = taken.get(int(word[:18])) if word.isascii() and word.isdigit() else None
            at = number(link.get("fractionAlong", "1").strip(), "fractionAlong", link.line)
            if not 0 <= at <= 1:
                raise MorphologyError(f"fractionAlong is {at:g}: must be from 0 to 1", line=link.line)
            if parent is None:
                message = f"segment {ids[k]} has the parent {shown(word)}, which the cell does not have"
                problems.append(Problem("missing-parent", "error", link.line, message))
        parents.append(parent)
        places.append(at)
    return parents, places


def _parents_first(parents: list[int | None], elements: list[Element], problems: list[Problem]) -> list[int]:
    """Order segments so that none comes before its parent; a cycle is cut where it is first met."""
    order: list[int] = []
    done = [False] * len(parents)
    for k in range(len(parents)):
        way: list[int] = []
        seen: set[int] = set()
        above: int | None = k
        while above is not None and not done[above]:
            if above in seen:
                message = f"segment {elements[above].get('id')} is its own ancestor"
                problems.append(Problem("cycle", "error", elements[above].line, message))
                parents[above] = None
                way = way[: way.index(above) + 1]
                break
            seen.add(above)
            way.append(above)
            above = parents[above]
        for place in reversed(way):
            done[place] = True
            order.append(place)
    return order


def _groups(
    morphology: Element, index: dict[int, int], segments: list[Segment]
) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Give the segments of each group, and the groups that are sections."""
    elements = {element.required("id"): element for element in morphology.all("segmentGroup")}
    below: dict[int, list[int]] = {}
    for k, segment in enumerate(segments):
        if segment.parent is not None:
            below.setdefault(segment.parent, []).append(k)
    found: dict[str, tuple[int, ...]] = {}
    steps = 0

    def own(element: Element) -> Iterable[int]:
        for child in element.children:
            if child.tag == "member":
                yield from _known(child.required("segment"), index)
            elif child.tag in ("path", "subTree"):
                ends = {end.tag: next(iter(_known(end.required("segment"), index)), None) for end in child.children}
                yield from _between(ends.get("from"), ends.get("to"), segments, below, path=child.tag == "path")

    direct = {name: list(own(element)) for name, element in elements.items()}
    within = {name: [e.get("segmentGroup") for e in element.all("include")] for name, element in elements.items()}
    for name in elements:
        members: dict[int, None] = {}
        waiting, seen = [name], {name}
        while waiting:
            current = waiting.pop()
            members.update(dict.fromkeys(direct[current]))
            steps += 1 + len(direct[current]) + len(within[current])
            if steps > _MOST_STEPS:
                raise MorphologyError("the groups of segments include each other too often", line=morphology.line)
            new = [other for other in within[current] if other in elements and other not in seen]
            seen.update(new)
            waiting += new
        found[name] = tuple(sorted(members))
    return found, [name for name, element in elements.items() if element.get("neuroLexId") == SECTION]


def _known(word: str, index: dict[int, int]) -> Iterable[int]:
    word = word.strip()
    if word.isascii() and word.isdigit() and int(word[:18]) in index:
        yield index[int(word[:18])]


def _between(
    start: int | None, stop: int | None, segments: list[Segment], below: dict[int, list[int]], *, path: bool
) -> Iterable[int]:
    """Give the segments of a path, from its end up to its start, or of a subtree."""
    if path and stop is not None:
        above: int | None = stop
        while above is not None:
            yield above
            if above == start:
                return
            above = segments[above].parent
        return
    if start is None:
        return
    waiting = [start]
    while waiting:
        k = waiting.pop()
        yield k
        waiting.extend(below.get(k, ()))


def _set_types(segments: list[Segment], groups: dict[str, tuple[int, ...]], morphology: Element) -> None:
    """Say of each segment what it is part of: as its groups mean, else as their names or its own sound."""
    meant = {}
    for element in morphology.all("segmentGroup"):
        name = element.get("id")
        kind = _MEANINGS.get(element.get("neuroLexId")) or _NAMES.get(name.lower())
        other = _OTHER.fullmatch(name)
        if other:
            meant[name] = int(other[2]) * (-1 if other[1] else 1)
        elif kind:
            meant[name] = kind
    types: dict[int, int] = {}
    for name, kind in sorted(meant.items(), key=lambda pair: pair[1]):  # apical after dendrites, which hold them
        types.update(dict.fromkeys(groups[name], kind))
    for name, members in groups.items():
        if name.lower().startswith("apic"):  # of a section: exporters know of dendrites only
            types.update((k, APIC) for k in members if types.get(k, DEND) == DEND)
    for name, members in sorted(groups.items(), key=lambda pair: len(pair[1])):  # the smallest knows best
        kind = _sound(name)
        for k in members if kind else ():
            types.setdefault(k, kind)
    for k, segment in enumerate(segments):
        alone = SOMA if len(segments) == 1 else 0
        segment.type = types.get(k, _sound(segment.name) or alone)


def _sound(name: str) -> int:
    """Give the type that a name holds the word for, 0 if none."""
    return next((kind for word, kind in _WORDS.items() if word in name.lower()), 0)


def _sections(segments: list[Segment]) -> list[NeuromlSection]:
    children: list[list[int]] = [[] for _ in segments]
    for k, segment in enumerate(segments):
        if segment.parent is not None:
            children[segment.parent].append(k)
    ahead = Counter(segment.parent for segment in segments if segment.at == 1)
    sections: list[NeuromlSection] = []
    home = [0] * len(segments)
    reached = [0.0] * len(segments)  # how far from its section's start each segment ends, um
    for k in _rooted(segments, children):
        segment, above = segments[k], segments[k].parent
        if (
            above is not None
            and sections[home[above]].segments[-1] == above
            and _continues(segment, segments[above], ahead[above] == 1)
        ):
            home[k] = home[above]
            reached[k] = reached[above] + segment.length
            sections[home[k]].segments.append(k)
        else:
            home[k] = len(sections)
            reached[k] = segment.length
            sections.append(NeuromlSection([k], None if above is None else home[above]))
    for section in sections:
        first = segments[section.segments[0]]
        if first.parent is not None:
            above = first.parent
            total = reached[sections[home[above]].segments[-1]]
            way = reached[above] - (1 - first.at) * segments[above].length
            section.at = round(way / total, 9) if total else first.at  # rid of what rounding did
    return sections


def _rooted(segments: list[Segment], children: list[list[int]]) -> Iterable[int]:
    """Give segments in the order of the file where parents come first in it, else depth first."""
    if all(segment.parent is None or segment.parent < k for k, segment in enumerate(segments)):
        yield from range(len(segments))
        return
    waiting = [k for k, segment in enumerate(segments) if segment.parent is None][::-1]
    while waiting:
        k = waiting.pop()
        yield k
        waiting.extend(reversed(children[k]))


def _continues(segment: Segment, above: Segment, alone: bool) -> bool:
    """Tell whether a segment goes on with its parent's section, of which the parent is the last so far."""
    if segment.at != 1 or segment.section != above.section or segment.type != above.type:
        return False
    return bool(segment.section) or (alone and (not segment.given or segment.start == above.end))
