"""Sections that go by one name, as a handle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, SupportsFloat

from rheobase.model import assign, grid, structure
from rheobase.model.location import Location
from rheobase.model.names import UnknownName
from rheobase.model.section import Section
from rheobase.model.targets import GEOMETRY

if TYPE_CHECKING:
    from rheobase.model.document import Document


def _of_each(target: str, text: str) -> property:
    def give(region: Region) -> tuple[Any, ...]:
        return tuple(getattr(section, target) for section in region.sections)

    def take(region: Region, value: Any) -> None:
        region.set(target, value)

    return property(give, take, doc=f"The {text} of each section. Setting it sets all.")


class Region:
    """A region, a subset, a section, a pattern, or several of these. A handle: setting values edits the cell.

    It is live: sections that are added later and fit belong to it, and have what was set before.

    >>> from rheobase.model import Cell
    >>> cell = Cell("two")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = cell["all"].insert("pas", g=1e-4, e=-65)
    >>> dend = cell.add_section("dend[0]", L=200, diam=1, parent=soma(1))
    >>> cell["all"]
    <Region all: 2 sections, soma and dend[0]>
    >>> cell.values("pas.e")
    array([-65., -65.])
    """

    __slots__ = ("_document", "_places")

    def __init__(self, document: Document, places: tuple[str, ...]) -> None:
        self._document = document
        self._places = places

    @property
    def name(self) -> str:
        """The name, or the names, of what this is."""
        return ", ".join(self._places)

    @property
    def places(self) -> tuple[str, ...]:
        """The names as the document keeps them; more than one for a list."""
        return self._places

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections, in document order. **Raises:** `KeyError` if there are none any more."""
        return tuple(Section(self._document, name) for name in self._names())

    def __iter__(self) -> Iterator[Section]:
        return iter(self.sections)

    def __len__(self) -> int:
        return len(self._names())

    def __getitem__(self, index: int) -> Section:
        """Give the section of this index: `cell.dend[3]` is the section `dend[3]`."""
        name = f"{self.name}[{index}]"
        if name not in self._names():
            raise UnknownName("section", name, self._names())
        return Section(self._document, name)

    def __contains__(self, section: object) -> bool:
        name = section.name if isinstance(section, Section) else section
        return name in self._names()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Region):
            return NotImplemented
        return self._document is other._document and self._places == other._places

    def __hash__(self) -> int:
        return hash((id(self._document), self._places))

    def __repr__(self) -> str:
        try:
            names = self._names()
        except KeyError:
            return f"<Region {self.name}: no longer in the cell>"
        if not names:
            return f"<Region {self.name}: no section fits its rule>"
        if len(names) > 3:
            listed = f"{names[0]} to {names[-1]}"
        else:
            listed = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
        return f"<Region {self.name}: {len(names)} section{'s' * (len(names) != 1)}, {listed}>"

    def __call__(self, x: SupportsFloat) -> Location:
        """Give the place at `x` of the one section this is. **Raises:** `ValueError` if there are several."""
        names = self._names()
        if not names:
            raise ValueError(f"{self.name!r} has no sections now, so it has no place at x = {x}")
        if len(names) != 1:
            raise ValueError(
                f"{self.name!r} has {len(names)} sections: choose one, as in cell.section({names[0]!r})({x})"
            )
        return Location(names[0], x)

    def insert(self, mechanism: Any, **parameters: Any) -> Region:
        """Insert a density mechanism everywhere here and set its parameters.

        **Arguments:** its name, such as `"hh"`, and parameters by name, each as in `set`.

        **Returns:** the region.

        **Raises:** `KeyError` for an unknown mechanism or parameter, `ValueError` for a value out of limits.
        """
        self._names()
        assign.insert(self._document, self._scoped(), mechanism, parameters)
        return self

    def uninsert(self, mechanism: Any) -> Region:
        """Take out a mechanism that was inserted into just this place. **Returns:** the region."""
        self._names()
        assign.uninsert(self._document, self._places, mechanism)
        return self

    def set(self, target: str, value: Any) -> Region:
        """Set a value everywhere here.

        **Arguments:**

        - `target`: `Ra` (ohm cm), `cm` (uF/cm2), a parameter such as `hh.gnabar`, `na.reversal` (mV), `ca.inside`,
          `ca.outside` (mM); or `L`, `diam` (um), `nseg` of each section.
        - `value`: a number, a quantity such as `"120 mS/cm2"`, one number a segment in document order, a profile,
          or a Python function of the path distance, which is sampled.

        **Returns:** the region.

        **Raises:** `KeyError` for an unknown target, `ValueError` or `TypeError` for a value that cannot be.
        """
        self._names()
        with self._document.edit(f"Set {target} of {self.name}"):
            if target in GEOMETRY:
                structure.resize(self._document, self._names(), **{target: value})
            else:
                for scope, place in self._scoped():
                    assign.assign(self._document, scope, place, target, value)
        return self

    def reset(self, target: str) -> Region:
        """Forget what was set for just this place, so that a weaker value holds again. **Returns:** the region."""
        with self._document.edit(f"Reset {target} of {self.name}"):
            for scope, place in self._scoped():
                assign.unassign(self._document, scope, place, target)
        return self

    def set_ion(self, ion: str, *, reversal: Any = None, inside: Any = None, outside: Any = None) -> Region:
        """Set an ion's reversal potential, mV, or concentrations, mM, here. **Returns:** the region."""
        self._names()
        surroundings = {"reversal": reversal, "inside": inside, "outside": outside}
        assign.set_ion(self._document, self._scoped(), ion, surroundings)
        return self

    def use_d_lambda(self, d_lambda: float = 0.1, frequency: float = 100) -> Region:
        """Give every section here the odd nseg that keeps segments shorter than `d_lambda` length constants.

        **Arguments:** `frequency`: at which the length constant is taken, Hz. **Returns:** the region.
        """
        grid.use_d_lambda(self._document, self._names(), d_lambda, frequency)
        return self

    def use_d_X(self, d_X: float) -> Region:
        """Give every section here the odd nseg that keeps segments as short as `d_X`, um. **Returns:** the region."""
        grid.use_d_X(self._document, self._names(), d_X)
        return self

    Ra = _of_each("Ra", "axial resistivity, ohm cm,")
    cm = _of_each("cm", "specific membrane capacitance, uF/cm2,")
    L = _of_each("L", "length, um,")
    diam = _of_each("diam", "diameter, um,")
    nseg = _of_each("nseg", "number of segments")

    def _names(self) -> tuple[str, ...]:
        if len(self._places) == 1:
            return self._document.places.of(self._places[0])
        members = {name for place in self._places for name in self._document.places.of(place)}
        return tuple(name for name in self._document.sections if name in members)

    def _scoped(self) -> list[tuple[assign.Scope, str]]:
        return [(assign.scope_of(place), place) for place in self._places]
