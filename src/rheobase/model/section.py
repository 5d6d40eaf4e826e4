"""A section of a cell, as a handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from rheobase.model import assign, grid, structure, topology
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
                "it was removed or renamed; redo, or use its new name"
            ) from None

    @property
    def region(self) -> str | None:
        """The region it belongs to besides that of its base name, such as its type in a file, or `None`."""
        return self.spec.region

    @region.setter
    def region(self, value: str | None) -> None:
        topology.set_region(self._document, self.spec.name, value)

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
        topology.connect(self._document, self.spec.name, value, self.spec.child_end)

    @property
    def child_end(self) -> int:
        """The end, 0 or 1, by which the section is joined to its parent."""
        return self.spec.child_end

    def connect(self, parent: Location, child_end: int = 0, *, carry: bool = False) -> None:
        """Join the section, by its end 0 or 1, to another place, with all that hangs on it.

        **Arguments:** `carry`: move 3-D points along, so that they are to the new place as they were to the old.

        **Raises:** `ValueError` if that closes a loop.
        """
        topology.connect(self._document, self.spec.name, parent, child_end, carry=carry)

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

    def use_d_lambda(self, d_lambda: float = 0.1, frequency: float = 100) -> Section:
        """Set nseg to the odd number that keeps segments shorter than `d_lambda` length constants at `frequency`, Hz.

        **Returns:** the section.
        """
        grid.use_d_lambda(self._document, [self.spec.name], d_lambda, frequency)
        return self

    def use_d_X(self, d_X: float) -> Section:
        """Set nseg to the odd number that keeps segments as short as `d_X`, um. **Returns:** the section."""
        grid.use_d_X(self._document, [self.spec.name], d_X)
        return self

    # Edits of the tree

    def rename(self, name: str) -> Section:
        """Give the section another name; joints, subsets, values, electrodes and all else that names it follow.

        With the name of a region that is there the section moves into it. With another it keeps what it has: what is
        set for its old region goes along if no other section is of that, or else it belongs to that region too.

        **Returns:** the section under its new name; a handle of the old name names nothing any more.

        **Raises:** `ValueError` or `TypeError` for a name that is taken or cannot be.
        """
        topology.rename(self._document, self.spec.name, name)
        return Section(self._document, name)

    def insert_before(
        self,
        name: str,
        *,
        L: Any = None,
        diam: Any = None,
        points: Any = None,
        nseg: int = 1,
        child_end: int = 0,
        region: str | None = None,
    ) -> Section:
        """Put a new section between this one and what it is joined to. **Arguments:** as of `Cell.add_section`.

        **Returns:** the new section.

        **Raises:** `ValueError` for the root, or for what cannot be.
        """
        shape = {"L": L, "diam": diam, "points": points}
        spec = SectionSpec(name=name, **shape, nseg=nseg, child_end=child_end, region=region)
        topology.insert_before(self._document, self.spec.name, spec)
        return Section(self._document, spec.name)

    def split(self, x: SupportsFloat, name: str | None = None) -> Section:
        """Cut the section in two at `x`. The part towards the root keeps its name; the other hangs on it.

        What is on the section stays at its place, area and values stay as they are, and segments get no longer.

        **Arguments:** `name`: of the other part; by default a free one of the same region.

        **Returns:** the other part.

        **Raises:** `ValueError` for an end of the section, or a name that is taken.
        """
        return Section(self._document, topology.split(self._document, self.spec.name, x, name))

    def copy(self, to: Location, name: str | None = None) -> Section:
        """Join a copy of the section, and of all that hangs on it, to a place.

        The copies belong to the same regions and subsets and have the same mechanisms and values; processes placed on
        the originals are not copied. 3-D points are moved along.

        **Arguments:** `name`: of this section's copy; by default, as for all others, a free one.

        **Returns:** this section's copy.

        **Raises:** `KeyError` for an unknown place, `ValueError` for a name that is taken.
        """
        return Section(self._document, topology.copy(self._document, self.spec.name, to, name))

    def move(self, dx: Any = 0, dy: Any = 0, dz: Any = 0) -> None:
        """Move the 3-D points of the section, and of all that hangs on it, by a way in um.

        **Raises:** `ValueError` if there are no points.
        """
        topology.move(self._document, self.spec.name, dx, dy, dz)

    def remove(self, keep_children: bool = False) -> None:
        """Remove the section and all that was put there, in one step of undo.

        **Arguments:** `keep_children`: join what hangs on it to what it was joined to, instead of removing that too.

        **Raises:** `ValueError` if a profile that stays is measured from it, or it is a root with several children.
        """
        topology.remove_section(self._document, self.spec.name, keep_children=keep_children)

    def _resize(self, **fields: Any) -> None:
        structure.resize(self._document, [self.spec.name], **fields)
