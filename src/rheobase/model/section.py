"""A section of a cell, as a handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from rheobase.model import assign, structure
from rheobase.model.location import Location
from rheobase.model.precedence import Resolved
from rheobase.model.targets import GEOMETRY
from rheobase.model.values import SectionSpec

if TYPE_CHECKING:
    from rheobase.model.document import Document


class StaleHandle(RuntimeError):
    """A handle was used after what it names was undone or removed."""


class Section:
    """An unbranched cable of a cell. A handle: it shows the document's values, and setting them edits it.

    Every assignment is validated and is one step of undo.

    >>> from rheobase.model import Cell
    >>> soma = Cell("one").add_section("soma", L=20, diam=20)
    >>> soma.nseg = 3
    >>> soma(0.5)
    soma(0.5)
    >>> soma.nseg = 0
    Traceback (most recent call last):
    ...
    ValueError: nseg of section 'soma' = 0: must be from 1 to 32767
    """

    __slots__ = ("_document", "_name")

    def __init__(self, document: Document, name: str) -> None:
        self._document = document
        self._name = name

    def __call__(self, x: SupportsFloat) -> Location:
        """Give the place at `x`, from 0 (the start) to 1 (the end)."""
        return Location(self.spec.name, x)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Section):
            return NotImplemented
        return self._document is other._document and self._name == other._name

    def __hash__(self) -> int:
        return hash((id(self._document), self._name))

    def __repr__(self) -> str:
        spec = self._document.sections.get(self._name)
        if spec is None:
            return f"<Section {self._name}: no longer in the cell>"
        joined = "root" if spec.parent is None else f"on {spec.parent!r}"
        return f"<Section {spec.name}: L {self.L:.6g} um, diam {self.diam:.6g} um, nseg {spec.nseg}, {joined}>"

    @property
    def name(self) -> str:
        """The name: `soma`, `dend[3]`."""
        return self._name

    @property
    def spec(self) -> SectionSpec:
        """The frozen value this handle shows. **Raises:** `StaleHandle` if it is gone."""
        try:
            return self._document.sections[self._name]
        except KeyError:
            raise StaleHandle(
                f"section {self._name!r} is not in cell {self._document.name!r} any more: adding it was undone, or "
                "it was removed; redo or add it again"
            ) from None

    @property
    def nseg(self) -> int:
        """The number of equal segments."""
        return self.spec.nseg

    @nseg.setter
    def nseg(self, value: int) -> None:
        self._resize(nseg=value)

    @property
    def L(self) -> float:
        """The length, um. Setting it on a section with 3-D points scales their coordinates about the first."""
        return self.spec.geometry.L

    @L.setter
    def L(self, value: float) -> None:
        self._resize(L=value)

    @property
    def diam(self) -> float:
        """The mean diameter of the middle segment, um. Setting it sets the whole section, 3-D points included."""
        spec = self.spec
        return float(spec.geometry.diam[spec.nseg // 2]) if spec.diam is None else spec.diam

    @diam.setter
    def diam(self, value: float) -> None:
        self._resize(diam=value)

    @property
    def points(self) -> NDArray[np.float64] | None:
        """The 3-D points, (n, 4) of x, y, z and diameter, um; `None` for a section given by L and diam."""
        points = self.spec.points
        if points is None:
            return None
        array = np.array(points)
        array.flags.writeable = False  # writing here would change nothing in the cell, so it is refused
        return array

    @points.setter
    def points(self, value: Any) -> None:
        self._resize(points=value)

    @property
    def area(self) -> float:
        """The membrane area, um2."""
        return float(self.spec.geometry.area.sum())

    @property
    def parent(self) -> Location | None:
        """Where the section is joined to its parent; `None` for the root."""
        return self.spec.parent

    @parent.setter
    def parent(self, value: Location) -> None:
        structure.connect(self._document, self.spec.name, value, self.spec.child_end)

    @property
    def child_end(self) -> int:
        """The end, 0 or 1, by which the section is joined to its parent."""
        return self.spec.child_end

    def connect(self, parent: Location, child_end: int = 0) -> None:
        """Join the section, by its end 0 or 1, to another place. **Raises:** `ValueError` if that closes a loop."""
        structure.connect(self._document, self.spec.name, parent, child_end)

    @property
    def children(self) -> tuple[Section, ...]:
        """The sections joined to this one."""
        names = self._document.places.children.get(self.spec.name, ())
        return tuple(Section(self._document, name) for name in names)

    @property
    def Ra(self) -> float:
        """The axial resistivity, ohm cm."""
        return float(Resolved(self._document, "Ra").at(self.spec.name)[0])

    @Ra.setter
    def Ra(self, value: float) -> None:
        self.set("Ra", value)

    @property
    def cm(self) -> float:
        """The specific membrane capacitance of the middle segment, uF/cm2."""
        return float(Resolved(self._document, "cm").at(self.spec.name)[self.spec.nseg // 2])

    @cm.setter
    def cm(self, value: float) -> None:
        self.set("cm", value)

    def insert(self, mechanism: Any, **parameters: Any) -> Section:
        """Insert a density mechanism here and set its parameters. **Returns:** the section."""
        assign.insert(self._document, [("section", self.spec.name)], mechanism, parameters)
        return self

    def uninsert(self, mechanism: Any) -> Section:
        """Take out a mechanism that was inserted just here. **Returns:** the section."""
        assign.uninsert(self._document, [self.spec.name], mechanism)
        return self

    def set(self, target: str, value: Any) -> Section:
        """Set `Ra`, `cm`, `hh.gnabar`, `na.reversal`, `L`, `diam` or `nseg` here: stronger than any region's value.

        **Returns:** the section.
        """
        if target in GEOMETRY:
            self._resize(**{target: value})
        else:
            assign.assign(self._document, "section", self.spec.name, target, value)
        return self

    def reset(self, target: str) -> Section:
        """Forget what was set just here, so that the region's or the cell's value holds. **Returns:** the section."""
        assign.unassign(self._document, "section", self.spec.name, target)
        return self

    def set_ion(self, ion: str, *, reversal: Any = None, inside: Any = None, outside: Any = None) -> Section:
        """Set an ion's reversal potential, mV, or concentrations, mM, here. **Returns:** the section."""
        surroundings = {"reversal": reversal, "inside": inside, "outside": outside}
        assign.set_ion(self._document, [("section", self.spec.name)], ion, surroundings)
        return self

    def remove(self) -> None:
        """Remove the section, all that hangs on it and all that was put there. One step of undo."""
        structure.remove_section(self._document, self.spec.name)

    def _resize(self, **fields: Any) -> None:
        structure.resize(self._document, [self.spec.name], **fields)
