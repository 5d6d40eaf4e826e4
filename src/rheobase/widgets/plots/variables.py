"""What is plotted over time, chosen from everything that can be recorded at a place."""

from collections.abc import Iterable
from typing import Any

import traitlets

from rheobase.analysis.space.variables import Variable, variables_at
from rheobase.model import Location, Recordable
from rheobase.widgets.actions import action
from rheobase.widgets.electrodes import COLOURS
from rheobase.widgets.plots.following import FollowingWidget, short
from rheobase.widgets.session import Event

_MOST = 24  # traces; more lines than that nobody tells apart


class VariableTraits(FollowingWidget):
    """The variables that are plotted over time.

    - `place`: where the listed `variables` are; each has its `name`, `label`, `unit`, `owner`, `doc`, and whether it is
      `plotted`.
    - `chosen`: the label and the colour of each that is plotted.
    """

    place: Any = traitlets.Dict().tag(sync=True)
    variables: Any = traitlets.List().tag(sync=True)
    chosen: Any = traitlets.List().tag(sync=True)

    def __init__(self, *arguments: Any, record: Recordable | Iterable[Recordable] | None = None, **traits: Any) -> None:
        given = [record] if isinstance(record, Recordable) else record
        self._record: tuple[Recordable, ...] | None = None if given is None else tuple(given)
        self._at: Location | None = None
        self._colours: dict[Recordable, str] = {}
        super().__init__(*arguments, **traits)

    @property
    def record(self) -> tuple[Recordable, ...]:
        """What is plotted over time: what was chosen, and before that what the session's other widgets show."""
        if self._record is None:
            return tuple(trace.recordable for trace in self.session.traces())
        return self._record

    def hear(self, event: Event) -> None:
        """Forget what is there no more, and list what there is."""
        super().hear(event)
        if event.kind == "opened":
            for item in self._record or ():
                if not isinstance(item, Recordable):
                    raise TypeError(f"record = {item!r}: give what can be recorded, such as soma(0.5).v")
        elif self._rebuilt:
            self._forget_lost()
        if self._rebuilt or event.kind == "settings":
            self._list_variables()

    @action("place.choose")
    def choose_place(self, section: str, x: float) -> None:
        """List what can be recorded at a place."""
        self._at = self.checked_place(section, x)
        self._list_variables()

    @action("variable.add")
    def add(self, name: str) -> dict[str, Any]:
        """Plot a variable of the place that is listed, such as `v`, `hh.m` or `ic.i`."""
        found = next((each for each in variables_at(self.session.cell, self._place()) if each.name == name), None)
        if found is None:
            raise ValueError(f"there is no {name!r} at {self._place()!r}")
        item = found.recordable
        if item not in self.record:
            if len(self.record) >= _MOST:
                raise ValueError(f"{_MOST} traces are plotted already; remove one first")
            self._plot((*self.record, item))
        return {"label": item.label}

    @action("variable.remove")
    def remove(self, label: str) -> None:
        """Plot a variable no more, by its label."""
        left = tuple(item for item in self.record if item.label != label)
        if len(left) == len(self.record):
            raise ValueError(f"{label!r} is not plotted")
        self._plot(left)

    def colour_of(self, item: Recordable) -> str:
        """The colour of a line, which it keeps."""
        return self._colours.get(item, COLOURS[0])

    def _plot(self, record: tuple[Recordable, ...]) -> None:
        self._record = record
        self._list_variables()
        self.follow()

    def _place(self) -> Location:
        return self._at if self._at is not None else self.root()

    def _forget_lost(self) -> None:
        cell = self.session.cell
        there, placed = cell.document.sections, {placement.name for placement in cell.placements}
        placed |= {each.name for each in self.session.protocol.placements(placed)}
        if self._at is not None and self._at.section not in there:
            self._at = None
        if self._record is None:
            return
        names: dict[str, set[str]] = {}

        def found(item: Recordable) -> bool:
            if item.x is None:
                return item.place in placed
            if item.place not in there:
                return False
            if item.place not in names:
                names[item.place] = {each.name for each in variables_at(cell, Location(item.place, item.x))}
            return item.variable in names[item.place]

        self._record = tuple(filter(found, self._record))

    def _list_variables(self) -> None:
        cell = self.session.cell
        if not cell.sections:
            self.place, self.variables, self.chosen = {}, [], []
            return
        place = self._place()
        self.place = {"section": place.section, "x": place.x, "label": short(place)}
        self.variables = [self._listed(each) for each in variables_at(cell, place)]
        self._colour()
        self.chosen = [{"label": item.label, "colour": self._colours[item]} for item in self.record]

    def _listed(self, variable: Variable) -> dict[str, Any]:
        return {
            "name": variable.name,
            "label": variable.recordable.label,
            "unit": variable.unit,
            "owner": variable.owner,
            "doc": variable.doc,
            "plotted": variable.recordable in self.record,
        }

    def _colour(self) -> None:
        """Give each line a colour that it keeps, those of the electrodes theirs."""
        known = {trace.recordable: trace.colour for trace in self.session.traces()}
        self._colours = {item: colour for item, colour in self._colours.items() if item in self.record}
        for item in self.record:
            if item not in self._colours:
                used = list(self._colours.values())
                spare = min(COLOURS, key=lambda colour: (used.count(colour), COLOURS.index(colour)))
                self._colours[item] = known.get(item, spare)
