"""The cell: a document of one neuron, and the first thing a user meets."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from rheobase.documents import Observer
from rheobase.mechanisms import PointProcess
from rheobase.model import assign, connections, grid, structure, subsets
from rheobase.model.code import program
from rheobase.model.contents import Contents, Place
from rheobase.model.document import Document
from rheobase.model.file import from_data, to_data, write_document
from rheobase.model.load import document_of, load_document, notes_of
from rheobase.model.location import Location, Recordable
from rheobase.model.names import checked_name, checked_title, suggestion
from rheobase.model.order import order_places, rename_subset
from rheobase.model.placed import Placed
from rheobase.model.region import Region
from rheobase.model.rule import Rule
from rheobase.model.section import Section
from rheobase.model.summary import summary, summary_html
from rheobase.model.targets import target_of
from rheobase.model.values import SectionSpec
from rheobase.morphology import Morphology, Problem


class Cell(Contents):
    """A neuron as a document: sections, what is inserted and placed, and the values assigned.

    Every change is validated, observable, one step of undo, and kept in files and in `to_code()`. Cells are equal
    by content.

    >>> cell = Cell("ball and stick")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> dend = cell.add_section("dend", L=400, diam=2, nseg=41, parent=soma(1))
    >>> cell.Ra = 100
    >>> _ = cell["soma"].insert("hh", gnabar=0.12)
    >>> cell
    <Cell 'ball and stick': 2 sections, 42 segments; hh; nothing placed>
    >>> cell.undo()
    'Insert hh'
    """

    __slots__ = ("__weakref__",)
    __hash__ = None  # type: ignore[assignment]  # equal by content and changeable

    def __init__(self, name: str = "cell") -> None:
        self._document = Document(name)
        self._notes: tuple[Problem, ...] = ()

    @classmethod
    def of_document(cls, document: Document, notes: tuple[Problem, ...] = ()) -> Cell:
        """Give a cell that shows a document that is there already."""
        cell = cls.__new__(cls)
        cell._document = document
        cell._notes = notes
        return cell

    @classmethod
    def from_morphology(cls, morphology: Morphology) -> Cell:
        """Make a cell of a morphology's sections, split, named and joined as NEURON's Import3D does."""
        return cls.of_document(document_of(morphology), notes_of(morphology))

    @property
    def name(self) -> str:
        """The name, free text without quotes or angle brackets."""
        return self._document.name

    @name.setter
    def name(self, value: str) -> None:
        checked_title(value)
        if value != self.name:
            with self._document.edit("Rename"):
                self._document.put(("name",), value)

    # Building

    def add_section(
        self,
        name: str,
        *,
        L: Any = None,
        diam: Any = None,
        points: Any = None,
        nseg: int = 1,
        parent: Location | None = None,
        child_end: int = 0,
        region: str | None = None,
    ) -> Section:
        """Add a section.

        **Arguments:**

        - `name`: an identifier, with an index if its region has several: `soma`, `dend[3]`.
        - `L`, `diam`: length and diameter, um; or `points`: rows of x, y, z, diameter, um, rounded to float32.
        - `nseg`: the number of equal segments.
        - `parent`: where it is joined, such as `soma(1)`; only the first section, the root, has none.
        - `child_end`: the end of the new section, 0 or 1, that is joined there.
        - `region`: one it belongs to besides that of its base name.

        **Raises:** `ValueError` or `TypeError` for what cannot be, `KeyError` for an unknown parent.
        """
        if parent is not None and not isinstance(parent, Location):
            raise TypeError(f"the parent of {name!r} must be a place such as soma(1), not {parent!r}")
        spec = SectionSpec(
            name=name,
            L=L,
            diam=diam,
            points=points,
            nseg=nseg,
            parent=parent,
            child_end=child_end,
            region=region,
        )
        structure.add_section(self._document, spec)
        return Section(self._document, spec.name)

    def subset(self, name: str, sections: Place | Iterable[Place] | Rule) -> Region:
        """Give sections, or whatever fits a rule at the time, a name that serves as a place.

        Giving the name again changes what it means.

        **Arguments:** `sections`: names, handles or patterns, whose sections are taken as they are now; or a rule that
        `where` makes.

        **Raises:** `ValueError` for no sections, a name that is taken or a rule that leads back to the subset itself;
        `KeyError` for an unknown section or subset.

        **Warns:** `UserWarning` when a rule fits no section, or names a region that is not there.
        """
        if isinstance(sections, Rule):
            subsets.add_rule(self._document, name, sections)
            self._warn_of_nothing(name, sections)
            return Region(self._document, (name,))
        members = [member for place in self._places(sections) for member in self._document.places.of(place)]
        subsets.add_subset(self._document, name, members)
        return Region(self._document, (name,))

    def remove_subset(self, name: str) -> None:
        """Forget a subset and what was set under its name; its sections stay."""
        subsets.remove_subset(self._document, name)

    def rename_subset(self, name: str, new: str) -> Region:
        """Give a subset another name; what was set under it goes along. **Returns:** the subset."""
        rename_subset(self._document, name, new)
        return Region(self._document, (new,))

    def order_places(self, places: Iterable[str]) -> None:
        """Put regions and subsets in order from general to specific, so that the values of a later one win.

        Those that are not named keep their place in the order. A section's own values win over all of these.

        **Raises:** `KeyError` for an unknown place, `ValueError` for one named twice or a section.
        """
        order_places(self._document, list(places))

    def free_name(self, base: str) -> str:
        """Give a name that a new section of a region can have: `dend[0]`, `dend[1]`, ...; `soma_2` beside a `soma`."""
        return structure.free_section(self._document, checked_name(base, "section"))

    def use_d_lambda(self, d_lambda: float = 0.1, frequency: float = 100) -> None:
        """Give every section the odd nseg that keeps segments shorter than `d_lambda` length constants at `frequency`.

        Done once: a later change of Ra, cm or geometry does not move nseg. **Arguments:** `frequency` in Hz.
        Source: Hines and Carnevale (2001), The Neuroscientist 7:123.
        """
        grid.use_d_lambda(self._document, self._document.sections, d_lambda, frequency)

    def use_d_X(self, d_X: float) -> None:
        """Give every section the odd nseg that keeps segments as short as `d_X`, um. Done once."""
        grid.use_d_X(self._document, self._document.sections, d_X)

    # Membrane

    @property
    def Ra(self) -> float:
        """The axial resistivity, ohm cm, of sections that have none of their own; 35.4 by default."""
        return self._default("Ra")

    @Ra.setter
    def Ra(self, value: Any) -> None:
        self.set("Ra", value)

    @property
    def cm(self) -> float:
        """The specific membrane capacitance, uF/cm2, of sections that have none of their own; 1 by default."""
        return self._default("cm")

    @cm.setter
    def cm(self, value: Any) -> None:
        self.set("cm", value)

    def set(self, target: str, value: Any) -> None:
        """Set what holds where no region or section says otherwise, or a parameter that serves the whole cell."""
        assign.assign(self._document, "cell", "all", target, value)

    def reset(self, target: str) -> None:
        """Forget what was set for the cell, so that the default holds again."""
        assign.unassign(self._document, "cell", "all", target)

    def set_ion(self, ion: str, *, reversal: Any = None, inside: Any = None, outside: Any = None) -> None:
        """Set an ion's reversal potential, mV, or its concentrations, mM, for the whole cell."""
        surroundings = {"reversal": reversal, "inside": inside, "outside": outside}
        assign.set_ion(self._document, [("cell", "all")], ion, surroundings)

    def place(self, process: PointProcess, location: Location | None = None, name: str | None = None) -> Placed:
        """Put a point process at a place, or add an artificial cell, such as `NetStim`, which has none.

        **Arguments:** `name`: by default `IClamp[0]`, `IClamp[1]`, ...

        **Raises:** `TypeError`, `KeyError` for an unknown section, `ValueError` for a name that is taken.
        """
        return Placed(self._document, assign.place(self._document, process, location, name).name)

    def bind(self, pointer: str, target: Recordable | Location) -> None:
        """Let a pointer of a mechanism, such as `"syn[0].vpre"`, point to something that moves: `dend(0.5).v`.

        Of an inserted mechanism the pointer is named with its place: `"dend.gap.vpre"`.

        **Raises:** `KeyError` for a pointer or a place that is not there, `TypeError` for a target that cannot be.
        """
        connections.bind(self._document, pointer, target)

    def unbind(self, pointer: str) -> None:
        """Let a pointer point nowhere. **Raises:** `ValueError` if it was not bound."""
        connections.unbind(self._document, pointer)

    # Edits

    def edit(
        self, name: str, *, coalesce: Hashable = None, origin: str | None = None
    ) -> AbstractContextManager[Document]:
        """Group the changes made within into one step of undo; on an exception none of them stays.

        **Arguments:** `coalesce`: a key that names one drag, whose edits become one; `origin`: who edits, for views
        that ignore their own echo.
        """
        return self._document.edit(name, coalesce=coalesce, origin=origin)

    def undo(self) -> str | None:
        """Take the last edit back. **Returns:** its name, or `None` if there was none."""
        return self._document.undo()

    def redo(self) -> str | None:
        """Make the last edit undone again. **Returns:** its name, or `None` if there was none."""
        return self._document.redo()

    def observe(self, callback: Observer, *, grouped: bool = False) -> Callable[[], None]:
        """Call `callback(change)` after each change, undo and redo included; `grouped`, with each edit's tuple.

        **Returns:** a function that ends it.
        """
        return self._document.observe(callback, grouped=grouped)

    def freeze(self) -> Cell:
        """Give a snapshot that never changes, cheaply, for another thread."""
        return Cell.of_document(self._document.freeze())

    def copy(self, name: str | None = None) -> Cell:
        """Give an independent cell of the same content, without history."""
        other = Cell.of_document(self._document.copy())
        if name is not None:
            other._document.name = checked_title(name)
        return other

    # Faces

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the cell to a JSON file, which `load_cell` reads."""
        write_document(self._document, path)

    def to_code(self) -> str:
        """Give the short Python program that rebuilds this cell, as `cell`."""
        return program(self._document)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return self._document is other._document or self._document.content() == other._document.content()

    def __reduce__(self) -> tuple[Any, ...]:
        return _of_data, (to_data(self._document),)

    def __repr__(self) -> str:
        return f"<{summary(self._document)}>"

    def _repr_html_(self) -> str:
        return summary_html(self._document)

    def _default(self, target: str) -> float:
        assignment = self._document.assignments.get(("cell", "all", target))
        if assignment is None or not isinstance(assignment.value, float):
            return target_of(self._document, target).default
        return assignment.value

    def _warn_of_nothing(self, name: str, rule: Rule) -> None:
        known = self._document.places.regions
        for region in rule.named("region"):
            if region not in known:
                text = f"the rule of subset {name!r} names the region {region!r}, and none is there"
                warnings.warn(f"{text}{suggestion(region, known)}", stacklevel=3)
        if not self._document.places.of(name):
            warnings.warn(f"no section fits the rule of subset {name!r} as the cell is now: {rule!r}", stacklevel=3)


def _of_data(data: dict[str, Any]) -> Cell:
    return Cell.of_document(from_data(data))


def load_cell(path: str | os.PathLike[str]) -> Cell:
    """Load a cell from a file: one that `save` wrote, or a morphology such as SWC; told apart by content.

    **Raises:** `ValueError` in words for a file that is neither, or is of a newer version.
    """
    return Cell.of_document(*load_document(path))
