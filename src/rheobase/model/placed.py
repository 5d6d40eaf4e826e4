"""A point process on a cell, as a handle."""

from __future__ import annotations

from typing import Any

from rheobase.mechanisms import PointProcess
from rheobase.model import assign, structure
from rheobase.model.handle import Handle
from rheobase.model.location import Location, Recordable
from rheobase.model.names import suggestion
from rheobase.model.section import StaleHandle
from rheobase.model.values import Placement


class Placed(Handle):
    """A point process placed on a cell: its parameters read and set as attributes, each setting one step of undo.

    >>> from rheobase.mechanisms import IClamp
    >>> from rheobase.model import Cell
    >>> cell = Cell("one")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> ic = cell.place(IClamp(delay=5, dur=80, amp=0.3), soma(0.5), name="ic")
    >>> ic.amp = "200 pA"
    >>> ic
    <ic: IClamp(delay=5.0, dur=80.0, amp=0.2) at soma(0.5)>
    >>> cell.undo()
    'Set amp of ic'
    >>> ic.amp
    0.3
    """

    __slots__ = ()

    def __repr__(self) -> str:
        placement = self._document.placements.get(self._name)
        if placement is None:
            return f"<{self._name}: no longer in the cell>"
        where = "" if placement.location is None else f" at {placement.location!r}"
        return f"<{self._name}: {placement.process!r}{where}>"

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.placement.parameters, *self.process.lists()]

    @property
    def name(self) -> str:
        """The name, as in `ic` or `IClamp[0]`."""
        return self._name

    @property
    def placement(self) -> Placement:
        """The frozen value this handle shows. **Raises:** `StaleHandle` if it is gone."""
        try:
            return self._document.placements[self._name]
        except KeyError:
            raise StaleHandle(
                f"{self._name!r} is not in cell {self._document.name!r} any more: placing it was undone, or it was "
                "removed; redo or place it again"
            ) from None

    @property
    def process(self) -> PointProcess:
        """The process with its values."""
        return self.placement.process

    @property
    def location(self) -> Location | None:
        """Where it is; `None` for an artificial cell."""
        return self.placement.location

    @property
    def i(self) -> Recordable:
        """Its current, nA."""
        return self["i"]

    def __getitem__(self, variable: str) -> Recordable:
        """Name something to record of it: `"i"`, a state or another of its variables."""
        return Recordable(self.placement.name, None, variable)

    def __getattr__(self, name: str) -> Any:
        # Only reached for what is no attribute of the handle itself.
        if not name.startswith("_"):
            parameters = {**self.placement.parameters, **self.process.lists()}
            if name in parameters:
                return parameters[name]
            raise AttributeError(f"{self.process.name} has no {name!r}{suggestion(name, parameters)}")
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.set(**{name: value})

    def set(self, **parameters: Any) -> Placed:
        """Set parameters by name, in one step of undo. **Returns:** the handle.

        **Raises:** `AttributeError` for an unknown name, `ValueError` or `TypeError` for a value that cannot be.
        """
        placement = self.placement
        known = [*placement.parameters, *self.process.lists()]
        for name in parameters:
            if name not in known:
                raise AttributeError(f"{name!r} of {self._name!r} cannot be set{suggestion(name, known)}")
        process = placement.process.replace(**parameters)
        if process != placement.process:
            self._put(placement.replace(process=process), f"Set {', '.join(parameters)} of {self._name}")
        return self

    def move(self, location: Location) -> Placed:
        """Put it elsewhere on the cell. **Returns:** the handle. **Raises:** `KeyError` for an unknown section."""
        if self.process.kind == "artificial":
            raise ValueError(f"{self._name!r} is an artificial cell, which is nowhere, so it cannot be moved")
        assign.check_location(self._document, location)
        if location != self.location:
            self._put(self.placement.replace(section=location.section, x=location.x), f"Move {self._name}")
        return self

    def remove(self) -> None:
        """Take it off the cell."""
        name = self.placement.name
        with self._document.edit(f"Remove {name}"):
            structure.remove_placed(self._document, [name])

    def _put(self, placement: Placement, what: str) -> None:
        with self._document.edit(what):
            self._document.put(("placements", self._name), placement)
