"""A variable along the path between two places, and over the whole cell."""

from typing import Any

import numpy as np
import traitlets

from rheobase.analysis.space.fields import Field, way_between
from rheobase.analysis.space.variables import range_variables
from rheobase.model import Cell, Location
from rheobase.model.names import UnknownName
from rheobase.widgets.actions import action, words
from rheobase.widgets.places import farthest
from rheobase.widgets.plots.following import FollowingWidget, short
from rheobase.widgets.session import Event
from rheobase.widgets.viewer import VOLTAGES, ViewerTraits

_ENDS = {"from": ("A", "#d55e00"), "to": ("B", "#0072b2")}


class PathTraits(FollowingWidget, ViewerTraits):
    """The variable that is shown in space.

    - `shape_variable`: which, of `shape_variables`.
    - `path`: where it begins and ends, in words.
    - `space`: float32, a row of distances (um), then a row of values for each of the viewer's `frame_times`;
      `space_info`: what it is, or in `error` why there is nothing.
    """

    shape_variables: Any = traitlets.List().tag(sync=True)
    shape_variable = traitlets.Unicode("v").tag(sync=True)
    path: Any = traitlets.Dict().tag(sync=True)
    space = traitlets.Bytes().tag(sync=True)
    space_info: Any = traitlets.Dict().tag(sync=True)

    def __init__(self, *arguments: Any, path: tuple[Location, Location] | None = None, **traits: Any) -> None:
        self._ends: dict[str, Location | None] = dict.fromkeys(_ENDS)
        self._given = path
        self._field: Field | None = None
        super().__init__(*arguments, **traits)
        self.observe(self._mark_dropped, "mark_moved")

    @property
    def field(self) -> Field | None:
        """The variable on every segment over time that is shown, or None."""
        return self._field

    @property
    def ends(self) -> tuple[Location, Location]:
        """Where the path begins and ends: what was chosen, else the root and the place farthest from there."""
        start, end = self._ends.values()
        start = self.root() if start is None else start
        return start, farthest(self.session.cell, start) if end is None else end

    def hear(self, event: Event) -> None:
        """Show the cell, and forget what is there no more."""
        super().hear(event)
        cell = self.session.cell
        if "sections" in event.paths:
            self.show_cell(cell)
        if not self._rebuilt:
            return
        if event.kind == "opened" and self._given is not None:
            self._ends = _checked(self._given, cell)
        for end, place in self._ends.items():
            if place is not None and place.section not in cell.document.sections:
                self._ends[end] = None
        names = [each.name for each in range_variables(cell)] if cell.sections else []
        self.shape_variables = [{"value": name, "title": name} for name in names]
        if names and self.shape_variable not in names:
            if event.kind == "opened":
                raise UnknownName("variable of the membrane called", self.shape_variable, names)
            self.shape_variable = "v"
        self._show_ends()

    @action("shape.variable")
    def show_variable(self, name: str) -> None:
        """Show another variable along the path and on the cell."""
        known = [each["value"] for each in self.shape_variables]
        if name not in known:
            raise UnknownName("variable of the membrane called", name, known)
        self.shape_variable, self.colour_by = name, "value"
        self.follow(traces=False)

    @action("path.place")
    def place_end(self, end: str, section: str, x: float) -> None:
        """Put an end of the path, `"from"` or `"to"`, at a place."""
        if end not in _ENDS:
            raise ValueError(f"end = {end!r}: it is 'from' or 'to'")
        self._ends[end] = self.checked_place(section, x)
        self._show_ends()
        self._draw_space()
        self.revision += 1

    def show_field(self, field: Field) -> None:
        """Colour the cell by a variable on every segment, as a movie, and draw it along the path."""
        first, self._field = self._field is None, field
        low, high = VOLTAGES if field.variable == "v" else _apart(field.limits)
        self._put_values(field.values[-1].astype(float), field.variable, field.unit, (low, high))
        self._put_frames(field.t, field.values, field.variable, field.unit, (low, high))
        if first:
            self.colour_by = "value"
        self._draw_space()

    def _show_ends(self) -> None:
        if not self.session.cell.sections:
            self.marks, self.path = [], {}
            return
        ends = dict(zip(_ENDS, self.ends, strict=True))
        self.marks = [
            {"name": end, "letter": letter, "colour": colour, "section": ends[end].section, "x": ends[end].x}
            for end, (letter, colour) in _ENDS.items()
        ]
        self.path = {end: short(place) for end, place in ends.items()}

    def _draw_space(self) -> None:
        field, cell = self._field, self.session.cell
        if field is None or field.values.shape[1] != self._count():
            return
        try:
            way = way_between(cell, *self.ends)
        except ValueError as error:
            self.space, self.space_info = b"", {"error": words(error)}
            return
        if np.isnan(field.values[:, way.segments]).all():
            lost = f"{field.variable} is nowhere on the way from {self.path['from']} to {self.path['to']}"
            self.space, self.space_info = b"", {"error": f"{lost}: place A or B where it is."}
            return
        rows = np.concatenate([way.distance[None], field.values[:, way.segments]])
        self.space = rows.astype(np.float32).tobytes()
        self.space_info = {"label": field.variable, "unit": field.unit, "segments": len(way.segments), **self.path}

    def _mark_dropped(self, change: Any) -> None:
        moved = change["new"]
        if moved and moved.get("name") in _ENDS:
            self.perform("path.place", end=moved["name"], section=moved["section"], x=moved["x"])


def _checked(path: Any, cell: Cell) -> dict[str, Location | None]:
    places = tuple(path) if isinstance(path, tuple | list) else ()
    if len(places) != len(_ENDS) or not all(isinstance(place, Location) for place in places):
        raise TypeError(f"path = {path!r}: give the two places between which it runs, as in (soma(0.5), dend(1))")
    for place in places:
        if place.section not in cell.document.sections:
            raise UnknownName("section", place.section, cell.document.sections)
    return dict(zip(_ENDS, places, strict=True))


def _apart(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = limits
    return (low, high) if high > low else (low - 0.5, high + 0.5)
