"""Morphologies written as NeuroML 2 cells."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from rheobase.morphology.morphology import Morphology
from rheobase.morphology.samples import APIC, AXON, DEND, SOMA, Floats
from rheobase.morphology.sections import SectionShape

SECTION = "sao864921383"  # of NeuroLex: an unbranched part
# Groups by type, with their meaning in the Gene Ontology; apical dendrites are dendrites too.
_GROUPS = (
    ("soma_group", "GO:0043025", {SOMA}),
    ("axon_group", "GO:0030424", {AXON}),
    ("dendrite_group", "GO:0030425", {DEND, APIC}),
    ("apical_dend_group", "GO:0097440", {APIC}),
)
NAMESPACE = "http://www.neuroml.org/schema/neuroml2"
_SCHEMA = "https://raw.github.com/NeuroML/NeuroML2/development/Schemas/NeuroML2/NeuroML_v2.3.xsd"


def write_neuroml(morphology: Morphology, path: str | PathLike[str]) -> None:
    """Write a morphology as a NeuroML 2 cell, from which `read_neuroml` gives the same sections."""
    Path(path).write_text(neuroml_text(morphology), encoding="utf-8", newline="\n")


def neuroml_text(morphology: Morphology) -> str:
    r"""Give the text that `write_neuroml` writes.

    >>> from rheobase.morphology import read_neuroml, read_swc
    >>> m = read_swc("1 1 0 0 0 5 -1\n2 3 0 9 0 1 1\n3 3 0 50 0 1 2\n")
    >>> read_neuroml(neuroml_text(m)).sections == m.sections
    True
    """
    name = identifier(morphology.name)
    document = neuroml_document(name)
    cell = SubElement(document, "cell", id=name)
    cell.append(morphology_element(morphology.sections, name=f"{name}_morphology"))
    return document_text(document)


def neuroml_document(name: str) -> Element:
    """Give an empty NeuroML 2 document."""
    return Element(
        "neuroml",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {_SCHEMA}",
            "id": name,
        },
    )


def document_text(document: Element) -> str:
    """Give the text of a document, a line for each element."""
    indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(document, encoding="unicode") + "\n"


def identifier(name: str) -> str:
    """Make a name one that NeuroML takes.

    >>> identifier("dend[3]"), identifier("2 cells"), identifier("")
    ('dend_3', '_2_cells', '_')
    """
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).rstrip("_")
    return plain if re.match(r"[A-Za-z_]", plain) else f"_{plain}"


def section_groups(sections: Sequence[SectionShape]) -> list[str]:
    """Give the id of each section's group, which is its name where NeuroML takes that."""
    taken = {"all", *(name for name, _, _ in _GROUPS), *(_other_group(section.type) for section in sections)}
    ids = []
    for section in sections:
        wanted = own = identifier(section.name)
        count = 1
        while own in taken:
            count += 1
            own = f"{wanted}_{count}"
        taken.add(own)
        ids.append(own)
    return ids


def morphology_element(sections: Sequence[SectionShape], *, name: str = "morphology") -> Element:
    """Give a `<morphology>` with a segment for each piece between two points, and a group for each section.

    **Arguments:** `sections`, parents before children. One that is joined by its 1 end is written from there on.
    """
    morphology = Element("morphology", id=name)
    rows: list[_Row] = []
    groups = []
    for section, group in zip(sections, section_groups(sections), strict=True):
        first = rows[-1].stop if rows else 0
        row = _row(section, first)
        parent = None
        if section.parent is not None:
            above = rows[section.parent]
            parent = above.place(section.parent_x)
        _segments(morphology, row, group, parent)
        rows.append(row)
        groups.append(_group(group, SECTION, range(row.first, row.stop)))
    morphology.extend(groups)
    every = [(section.type, row) for section, row in zip(sections, rows, strict=True)]
    kinds = {section.type for section in sections}
    named = [("all", "", kinds), *(g for g in _GROUPS if g[2] & kinds)]
    named += [(_other_group(kind), "", {kind}) for kind in sorted(kinds - {SOMA, AXON, DEND, APIC})]
    for title, meaning, meant in named:
        ids = (k for kind, row in every if kind in meant for k in range(row.first, row.stop))
        morphology.append(_group(title, meaning, ids))
    return morphology


def _other_group(kind: int) -> str:
    return f"swc_type_{'minus_' if kind < 0 else ''}{abs(kind)}"


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """The segments of one section: the ids from `first` up to, not including, `stop`, and where each begins."""

    points: Floats
    given: tuple[bool, ...]  # of each segment, whether its start is not the end of the one before
    first: int
    arc: Floats  # where the segments begin and the last ends, um
    flipped: bool

    @property
    def stop(self) -> int:
        """The id after the last."""
        return self.first + len(self.given)

    def place(self, x: float) -> tuple[int, float]:
        """Give the segment at `x` of the section, and how far along it that is."""
        x = 1 - x if self.flipped else x
        if x in (0, 1):
            return (self.first, 0.0) if x == 0 else (self.stop - 1, 1.0)
        at = x * float(self.arc[-1])
        k = min(max(bisect_left(self.arc.tolist(), at) - 1, 0), len(self.given) - 1)
        length = float(self.arc[k + 1] - self.arc[k])
        return self.first + k, min(max((at - float(self.arc[k])) / length, 0.0), 1.0) if length else 1.0


def _row(section: SectionShape, first: int) -> _Row:
    """Make segments of a section's points.

    Of two points at one place that differ in diameter, the second is where the next segment begins.
    """
    flipped = section.child_end == 1
    # The numbers that the words will say, which are as short as float32 can be read back.
    points = np.array([[float(str(value)) for value in point] for point in section.points.astype(np.float32)])
    points = points[::-1] if flipped else points
    pieces: list[Floats] = []
    given = []
    begin, own = points[0], True  # whether the segment to come says where it begins
    for k, end in enumerate(points[1:], start=1):
        ahead = not pieces and end[3] != begin[3]  # a step before all segments needs one of its own
        if (end[:3] == begin[:3]).all() and k < len(points) - 1 and not ahead:
            own = own or end[3] != begin[3]
            begin = end
            continue
        if (end == begin).all():
            continue
        pieces += [begin, end]
        given.append(own)
        begin, own = end, False
    ends = np.array(pieces).reshape(-1, 2, 4)
    steps = np.linalg.norm(ends[:, 1, :3] - ends[:, 0, :3], axis=1)
    return _Row(ends, tuple(given), first, np.concatenate([[0.0], np.cumsum(steps)]), flipped)


def _segments(morphology: Element, row: _Row, group: str, parent: tuple[int, float] | None) -> None:
    for k, (given, (start, end)) in enumerate(zip(row.given, row.points, strict=True)):
        segment = SubElement(morphology, "segment", id=str(row.first + k), name=f"{group}_seg{k}")
        if k:
            SubElement(segment, "parent", segment=str(row.first + k - 1))
        elif parent is not None:
            number, at = parent
            link = SubElement(segment, "parent", segment=str(number))
            if at != 1:
                link.set("fractionAlong", repr(at))
        if given:
            _point(segment, "proximal", start)
        _point(segment, "distal", end)


def _point(segment: Element, tag: str, point: Floats) -> None:
    SubElement(segment, tag, dict(zip(("x", "y", "z", "diameter"), map(repr, point.tolist()), strict=True)))


def _group(name: str, meaning: str, members: Iterable[int]) -> Element:
    group = Element("segmentGroup", {"id": name} | ({"neuroLexId": meaning} if meaning else {}))
    for member in members:
        SubElement(group, "member", segment=str(member))
    return group
