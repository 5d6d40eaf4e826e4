"""What a cell holds: its parts as handles, found by name, and its values in every segment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.documents import History
from rheobase.model import precedence
from rheobase.model.audit import audit_segments
from rheobase.model.connection import Connection
from rheobase.model.contest import contest
from rheobase.model.document import Document
from rheobase.model.location import Location, Recordable
from rheobase.model.names import UnknownName
from rheobase.model.placed import Placed
from rheobase.model.region import Region
from rheobase.model.rule import Rule
from rheobase.model.section import Section
from rheobase.model.values import Assignment, Insertion, Placement, Subset
from rheobase.morphology import Problem

if TYPE_CHECKING:
    import pandas as pd

Place = str | Section | Region


class Contents:
    """A document's parts and values, to be read; `Cell` adds what changes them."""

    __slots__ = ("_document", "_notes")

    _document: Document
    _notes: tuple[Problem, ...]

    @property
    def document(self) -> Document:
        """The tables of frozen values this cell shows."""
        return self._document

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections, parents before children."""
        return tuple(Section(self._document, name) for name in self._document.sections)

    @property
    def insertions(self) -> tuple[Insertion, ...]:
        """The density mechanisms and where they are, in order."""
        return tuple(self._document.insertions.values())

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """The values assigned, in order: of two regions' the later wins."""
        return tuple(self._document.assignments.values())

    @property
    def placements(self) -> tuple[Placement, ...]:
        """The point processes and where they are, in order."""
        return tuple(self._document.placements.values())

    @property
    def placed(self) -> tuple[Placed, ...]:
        """The point processes as handles, in order."""
        return tuple(Placed(self._document, name) for name in self._document.placements)

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The connections along which events travel, as handles, in order."""
        return tuple(Connection(self._document, name) for name in self._document.connections)

    @property
    def pointers(self) -> dict[str, Recordable]:
        """What each bound pointer points to, by its name."""
        return {".".join(key): target for key, target in self._document.pointers.items()}

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the regions and subsets: `all`, `soma`, `dend`, ..."""
        return ("all", *self._document.places.regions, *self._document.subsets)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What was repaired or noticed in the file the cell was loaded from, each with its line."""
        return self._notes

    @property
    def subsets(self) -> tuple[Subset, ...]:
        """The subsets, each with the sections or the rule that it was given, in order."""
        return tuple(self._document.subsets.values())

    @property
    def n_segments(self) -> int:
        """The number of segments."""
        return sum(spec.nseg for spec in self._document.sections.values())

    @property
    def area(self) -> float:
        """The membrane area, um2."""
        return float(sum(spec.geometry.area.sum() for spec in self._document.sections.values()))

    @property
    def history(self) -> History:
        """The names of the edits that can be undone and redone."""
        return self._document.history

    @property
    def revision(self) -> int:
        """A count of changes: the same number means nothing changed."""
        return self._document.revision

    @property
    def structure_revision(self) -> int:
        """A count of changes to the tree, its geometry and what is inserted or placed; not to numbers."""
        return self._document.structure_revision

    # Finding parts

    def section(self, name: str) -> Section:
        """Give a section by name. **Raises:** `KeyError` that suggests the nearest."""
        if name not in self._document.sections:
            raise UnknownName("section", name, self._document.sections)
        return Section(self._document, name)

    def __getitem__(self, place: Place | Iterable[Place]) -> Region:
        """Give a region: by the name of a region, subset or section, by a pattern (`"dend[*]"`) or a list of these.

        **Raises:** `KeyError` that suggests the nearest name.
        """
        return Region(self._document, tuple(self._places(place)))

    def __getattr__(self, name: str) -> Any:
        # Only reached for what is no attribute of the class, so a region never hides a method.
        if not name.startswith("_"):
            places = self._document.places
            if places.has(name):
                members = places.of(name)
                return Section(self._document, members[0]) if len(members) == 1 else self[name]
            known = [place for place in places.names() if place.isidentifier()]
            raise AttributeError(str(UnknownName("attribute or region of the cell", name, known)))
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self._document.places.names() if name.isidentifier())]

    def sections_of(self, place: str | Rule) -> tuple[str, ...]:
        """Give the names of the sections of a place, or that fit a rule, in document order. **Raises:** `KeyError`."""
        return self._document.places.fitting(place) if isinstance(place, Rule) else self._document.places.of(place)

    def process(self, name: str) -> Placed:
        """Give a placed process by name. **Raises:** `KeyError` that suggests the nearest."""
        if name not in self._document.placements:
            raise UnknownName("placed process", name, self._document.placements)
        return Placed(self._document, name)

    def connection(self, name: str) -> Connection:
        """Give a connection by name, such as `NetCon[0]`. **Raises:** `KeyError` that suggests the nearest."""
        if name not in self._document.connections:
            raise UnknownName("connection", name, self._document.connections)
        return Connection(self._document, name)

    def values(self, target: str) -> NDArray[np.float64]:
        """Give the value of `Ra`, `hh.gnabar`, `na.reversal`, ... in every segment, in document order.

        **Returns:** (n_segments,) array in the target's unit; NaN where its mechanism is not inserted.
        """
        return precedence.values(self._document, target)

    def precedence(self, target: str) -> pd.DataFrame:
        """Tell what wins where: of which place the value of a target is in each section, and what it overrules.

        **Returns:** a DataFrame with a row for each section that has the target, in document order: `segments`, how
        many; `scope`, `"section"`, `"region"`, `"cell"` or `"default"`; `place`, whose value holds (`"the cell"` and
        `"the default"` are no places); `value` as it was assigned; `low` and `high`, the values in the segments;
        `overruled`, the places whose values would hold without it, the strongest first.
        """
        return contest(self._document, target)

    def audit_segments(self, frequency: float = 100, d_lambda: float = 0.1, d_X: float | None = None) -> pd.DataFrame:
        """Hold nseg of every section against the d_lambda rule and, if `d_X` (um) is given, the d_X rule.

        **Arguments:** `frequency`, Hz, and `d_lambda` as of `use_d_lambda`.

        **Returns:** a DataFrame with a row for each section, in document order: `nseg` and the number `needed`; `L`,
        the length of a segment `dx` and the `length_constant` at the frequency, um; `d_lambda`, how many length
        constants a segment is long; and a `verdict`: nseg `"agrees"`, or is `"coarser"` or `"finer"` than asked.
        """
        return audit_segments(self._document, frequency, d_lambda, d_X)

    def path_distance(self, origin: Location | None = None) -> NDArray[np.float64]:
        """Give the distance along the tree, um, from `origin`, by default the middle of the root, to every segment.

        **Returns:** (n_segments,) array in document order.
        """
        return self._document.places.measures.cables.paths(origin).segments.copy()

    def _places(self, place: Any) -> list[str]:
        """Give the names the document keeps, each checked, of what a user named."""
        if isinstance(place, Section):
            return [place.spec.name]
        if isinstance(place, Region):
            return list(place.places)
        if isinstance(place, str):
            self._document.places.of(place)
            return [place]
        if isinstance(place, Rule):
            raise TypeError(f"give the rule a name first, as in cell.subset('tuft', {place!r}), then cell['tuft']")
        if not isinstance(place, Iterable):
            raise TypeError(f"name a place by text such as 'dend' or a list of such, not {place!r}")
        found = dict.fromkeys(name for item in place for name in self._places(item))
        if not found:
            raise ValueError("the list of places is empty: name at least one")
        return list(found)
