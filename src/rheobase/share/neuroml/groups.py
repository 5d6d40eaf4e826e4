"""The segments of a NeuroML cell, and the groups by which its sections, regions and sets of equal value are named."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from rheobase.model.document import Document
from rheobase.model.names import base_name
from rheobase.model.neuroml.channels import PROPERTY
from rheobase.model.values import SectionSpec
from rheobase.morphology import Outline, SectionShape, layout
from rheobase.morphology.write_neuroml import identifier, morphology_element, section_groups

_TYPES = {"soma": 1, "axon": 2, "dend": 3, "apic": 4}


def note(element: Element, tag: str, value: str) -> None:
    """Put a property that only Rheobase reads at the head of an element."""
    element.insert(0, Element("property", {"tag": PROPERTY + tag, "value": value}))


class Groups:
    """The `<morphology>` of a document, and the group that any set of its sections is.

    **Attributes:** `morphology`, the element.
    """

    def __init__(self, document: Document, name: str) -> None:
        self._document = document
        specs = tuple(document.sections.values())
        shapes = _shapes(specs)
        self.morphology = morphology_element(shapes, name=name)
        self._elements = {element.get("id", ""): element for element in self.morphology.findall("segmentGroup")}
        self._sections = dict(zip(document.sections, section_groups(shapes), strict=True))
        self._known = {frozenset(document.sections): "all"}
        self._known |= {frozenset([section]): group for section, group in self._sections.items()}
        for spec, shape in zip(specs, shapes, strict=True):
            self._describe(spec, shape)
        for region in document.places.regions:
            self.of(document.places.of(region), region)
        for subset in document.subsets:
            if document.places.has(subset):
                group = self.of(document.places.of(subset), subset, always=True)
                note(self._elements[group], "subset", subset)

    def of(self, sections: Iterable[str], name: str = "group", *, always: bool = False) -> str:
        """Give the id of the group of some sections, making one, called by `name`, where there is none, or always."""
        wanted = frozenset(sections)
        if always or wanted not in self._known:
            own = stem = identifier(name)
            count = 1
            while own in self._elements:
                count += 1
                own = f"{stem}_{count}"
            group = SubElement(self.morphology, "segmentGroup", id=own)
            for section in self._document.sections:
                if section in wanted:
                    SubElement(group, "include", segmentGroup=self._sections[section])
            if not always:
                note(group, "set", "of equal value")
            self._elements[own] = group
            self._known[wanted] = own
        return self._known[wanted]

    def element(self, group: str) -> Element:
        """Give the element of a group."""
        return self._elements[group]

    def _describe(self, spec: SectionSpec, shape: SectionShape) -> None:
        element = self._elements[self._sections[spec.name]]
        if spec.points is None:
            note(element, "diam", repr(spec.diam))
            note(element, "L", repr(spec.L))
        note(element, "name", spec.name)
        element.insert(0, Element("property", {"tag": "numberInternalDivisions", "value": str(spec.nseg)}))


def _shapes(specs: tuple[SectionSpec, ...]) -> list[SectionShape]:
    index = {spec.name: k for k, spec in enumerate(specs)}
    outlines = [
        Outline(
            points=spec.points,
            L=spec.L,
            diam=spec.diam,
            parent=None if spec.parent is None else index[spec.parent.section],
            parent_x=1.0 if spec.parent is None else spec.parent.x,
            child_end=spec.child_end,
        )
        for spec in specs
    ]
    shapes = []
    for spec, drawn in zip(specs, layout(outlines), strict=True):
        points = drawn if spec.points is None else np.array(spec.points)
        if spec.points is not None and spec.child_end == 1 and spec.parent is not None:
            points = points[::-1]  # given points run from the joined end
        parent = None if spec.parent is None else index[spec.parent.section]
        parent_x = 1.0 if spec.parent is None else spec.parent.x
        kind = _type(spec.name)
        shapes.append(SectionShape(spec.name, kind, np.asarray(points), parent, parent_x, spec.child_end))
    return shapes


def _type(name: str) -> int:
    base = base_name(name)
    number = base.removeprefix("dend_")
    if base.startswith("dend_") and number.isascii() and number.isdigit() and len(number) < 10:
        return int(number)
    return _TYPES.get(base, 0)
