"""The classical plots of a run: any variables over time, one along a path, and one over the whole cell."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import traitlets

from rheobase.analysis.space.fields import Field, Way, record_field, way_between
from rheobase.analysis.space.variables import Variable, range_variables, variables_at
from rheobase.model import Location, Protocol, Recordable
from rheobase.simulate import Cancelled, Results, Simulation
from rheobase.widgets.actions import action, words
from rheobase.widgets.bundle import bundle
from rheobase.widgets.clamps import root_of
from rheobase.widgets.code import recordable_in_code, simulation_lines
from rheobase.widgets.electrodes import COLOURS
from rheobase.widgets.latest import Turn, Turns
from rheobase.widgets.pictures import Picture, Trace
from rheobase.widgets.session import Event
from rheobase.widgets.traces import TraceTraits
from rheobase.widgets.viewer import VOLTAGES, ViewerTraits
from rheobase.widgets.workbench import HistoryTraits

_MOST = 24  # traces; more lines than that nobody tells apart
_BETWEEN = 0.3  # s from one partial picture to the next
_ENDS = {"from": ("A", "#d55e00"), "to": ("B", "#0072b2")}
_NOWHERE = "This cell has no sections yet. Add one, as in cell.add_section('soma', L=20, diam=20)."

_log = logging.getLogger("rheobase")


class Plots(HistoryTraits, TraceTraits, ViewerTraits):
    """Plots of a run that follow the cell: any variables over time, one along a path, and one over the whole cell.

    A browser lists everything that can be recorded at the place that was clicked; each of it is added and removed while
    the run is live. A path from A to B, placed by clicking, shows a variable against distance, moving with the time
    cursor; the same variable colours the cell.

    **Arguments:**

    - `source`: a `Cell`, or a widget or `Session` on one.
    - `record`: what is plotted over time at first; by default what the session's other widgets show.
    - `variable`: what is shown along the path and on the cell.
    - `path`: from where to where; by default from the root to the place farthest from it.
    - `protocol`: run settings and further stimuli.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> plots = rb.widgets.Plots(cell, record=[soma(0.5).v])
    >>> plots.record
    (<soma(0.5).v>,)
    >>> plots.close()
    """

    _esm = bundle("spatial.js")
    _owns_session = False  # one that was refused is closed too
    _stop_listening: Callable[[], None] = staticmethod(lambda: None)

    place: Any = traitlets.Dict().tag(sync=True)
    variables: Any = traitlets.List().tag(sync=True)
    chosen: Any = traitlets.List().tag(sync=True)
    shape_variables: Any = traitlets.List().tag(sync=True)
    shape_variable = traitlets.Unicode("v").tag(sync=True)
    path: Any = traitlets.Dict().tag(sync=True)
    space = traitlets.Bytes().tag(sync=True)
    space_info: Any = traitlets.Dict().tag(sync=True)
    progress = traitlets.Float(1.0).tag(sync=True)
    status = traitlets.Unicode("Ready").tag(sync=True)

    def __init__(
        self,
        source: Any,
        record: Recordable | Iterable[Recordable] | None = None,
        *,
        variable: str = "v",
        path: tuple[Location, Location] | None = None,
        protocol: Protocol | None = None,
        **traits: Any,
    ) -> None:
        self._turns = Turns("rheobase-plots")
        given = [record] if isinstance(record, Recordable) else record
        self._record: tuple[Recordable, ...] | None = None if given is None else tuple(given)
        self._ends: dict[str, Location | None] = dict(zip(_ENDS, path or (None, None), strict=True))
        self._at: Location | None = None
        self._colours: dict[Recordable, str] = {}
        self._results: Results | None = None
        self._picture: Picture | None = None
        self._kept: tuple[Picture, ...] = ()
        self._field: Field | None = None
        super().__init__(source, protocol, live=False, component="plots", shape_variable=variable, **traits)
        self.observe(self._mark_dropped, "mark_moved")

    @property
    def record(self) -> tuple[Recordable, ...]:
        """What is plotted over time."""
        if self._record is None:
            self._record = tuple(trace.recordable for trace in self.session.traces())
        return self._record

    @property
    def results(self) -> Results | None:
        """The run whose traces are shown, or None."""
        return self._results

    @property
    def field(self) -> Field | None:
        """The variable on every segment over time that is shown, or None."""
        return self._field

    def hear(self, event: Event) -> None:
        """Bring everything up to date, and run anew where the change concerns the run."""
        super().hear(event)
        if "sections" in event.paths:
            self.show_cell(self.session.cell)
        if event.kind in ("opened", "document"):
            self._drop_lost()
            self._show_ends()
            self._list_variables()
        if event.kind in ("opened", "document", "settings"):
            self.time_range = [0.0, self.session.protocol.tstop]
            self._follow()

    def close(self) -> None:
        """Take the widget off the page, stop its runs and follow the cell no more."""
        self._turns.close()
        super().close()

    @action("place.choose")
    def choose_place(self, section: str, x: float) -> None:
        """List what can be recorded at a place."""
        self._at = self._checked(section, x)
        self._list_variables()

    @action("variable.add")
    def add(self, name: str) -> dict[str, Any]:
        """Plot a variable of the place that is listed, such as `v`, `hh.m` or `ic.i`."""
        found = next((each for each in variables_at(self.session.cell, self._place()) if each.name == name), None)
        if found is None:
            raise ValueError(f"there is no {name!r} at {self._place()!r}")
        item = found.recordable
        if len(self.record) >= _MOST:
            raise ValueError(f"{_MOST} traces are plotted already; remove one first")
        if item not in self.record:
            self._record = (*self.record, item)
            self._list_variables()
            self._follow()
        return {"label": item.label}

    @action("variable.remove")
    def remove(self, label: str) -> None:
        """Plot a variable no more, by its label."""
        left = tuple(item for item in self.record if item.label != label)
        if len(left) == len(self.record):
            raise ValueError(f"{label!r} is not plotted")
        self._record = left
        self._list_variables()
        self._follow()

    @action("shape.variable")
    def show_variable(self, name: str) -> None:
        """Show another variable along the path and on the cell."""
        known = [each.name for each in range_variables(self.session.cell)]
        if name not in known:
            raise ValueError(f"no membrane here has a {name!r}; there are {', '.join(known)}")
        self.shape_variable, self.colour_by = name, "value"
        self._follow(traces=False)

    @action("path.place")
    def place_end(self, end: str, section: str, x: float) -> None:
        """Put an end of the path, `"from"` or `"to"`, at a place."""
        if end not in _ENDS:
            raise ValueError(f"end = {end!r}: it is 'from' or 'to'")
        self._ends[end] = self._checked(section, x)
        self._show_ends()
        self._draw_space()
        self.revision += 1

    @action("trace.keep")
    def keep(self) -> None:
        """Keep the traces shown, faint, beneath the next ones."""
        if self._picture is not None and self._picture not in self._kept:
            self._kept = (*self._kept, self._picture)
            self.show_kept(self._kept)
            self.revision += 1

    @action("trace.clear")
    def clear(self) -> None:
        """Drop what was kept."""
        self._kept = ()
        self.show_kept(())
        self.revision += 1

    @action("run.cancel")
    def cancel(self) -> None:
        """Stop the run that is under way; the last picture stays."""
        self._turns.stop()
        self.state, self.status = "idle", "Cancelled"

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program of what is shown."""
        session, (start, end) = self.session, self._way_ends()
        ends = f"{_place_in_code(start)}, {_place_in_code(end)}"
        lines = [
            session.cell.to_code().rstrip(),
            "",
            simulation_lines(session, self.record) + "rec = sim.run()",
            f"along = rb.space_plot(sim, {ends}, {self.shape_variable!r})",
            f"over = rb.shape_plot(sim, {self.shape_variable!r})",
        ]
        return {"content": "\n".join(lines) + "\n"}

    @action("export.csv")
    def export_csv(self) -> dict[str, Any]:
        """Every sample of the traces shown, with units in the header."""
        if self._results is None:
            raise ValueError("there is no complete run to export yet")
        frame = self._results.to_dataframe()
        frame.columns = [f"{name} ({unit})" for name, unit in zip(frame.columns, self._results.units, strict=True)]
        return {"content": frame.to_csv(index_label="t (ms)")}

    @action("line.csv")
    def line_csv(self, label: str) -> dict[str, Any]:
        """One line as comma-separated values."""
        results = self._results
        found = [item for item in self.record if item.label == label]
        if results is None or not found or found[0] not in results.recordables:
            raise ValueError(f"{label!r} was not recorded yet")
        unit = results.units[results.recordables.index(found[0])]
        frame = results.to_dataframe()[[label]].rename(columns={label: f"{label} ({unit})" if unit else label})
        return {"content": frame.to_csv(index_label="t (ms)")}

    # What there is

    def _place(self) -> Location:
        return self._at if self._at is not None else root_of(self.session.cell)

    def _checked(self, section: str, x: float) -> Location:
        place = Location(section, x)
        if section not in self.session.cell.document.sections:
            raise KeyError(f"the cell has no section {section!r}")
        return place

    def _drop_lost(self) -> None:
        """Forget places, processes and variables that are there no more."""
        cell = self.session.cell
        there, placed = cell.document.sections, {placement.name for placement in cell.placements}
        placed |= {each.name for each in self.session.protocol.placements(placed)}
        if self._at is not None and self._at.section not in there:
            self._at = None
        for end, place in self._ends.items():
            if place is not None and place.section not in there:
                self._ends[end] = None
        if not cell.sections:
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

        self._record = tuple(item for item in self.record if found(item))
        if self.shape_variable not in [each.name for each in range_variables(cell)]:
            self.shape_variable = "v"

    def _list_variables(self) -> None:
        cell = self.session.cell
        if not cell.sections:
            self.variables, self.chosen, self.shape_variables = [], [], []
            return
        place = self._place()
        self.place = {"section": place.section, "x": place.x, "label": _short(place)}
        self.variables = [self._listed(each) for each in variables_at(cell, place)]
        self.shape_variables = [{"value": each.name, "title": each.name} for each in range_variables(cell)]
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

    def _way_ends(self) -> tuple[Location, Location]:
        cell = self.session.cell
        start = self._ends["from"] or root_of(cell)
        end = self._ends["to"]
        if end is None:
            segment = int(np.argmax(np.where(np.isfinite(away := cell.path_distance(start)), away, -1)))
            for section in cell.sections:
                if segment < section.nseg:
                    end = section((segment + 0.5) / section.nseg)
                    break
                segment -= section.nseg
        return start, Location(end.section, end.x) if end is not None else start

    def _show_ends(self) -> None:
        if not self.session.cell.sections:
            self.marks, self.path = [], {}
            return
        ends = dict(zip(_ENDS, self._way_ends(), strict=True))
        self.marks = [
            {"name": end, "letter": letter, "colour": colour, "section": ends[end].section, "x": ends[end].x}
            for end, (letter, colour) in _ENDS.items()
        ]
        self.path = {end: _short(place) for end, place in ends.items()}

    def _mark_dropped(self, change: Any) -> None:
        moved = change["new"]
        if moved and moved.get("name") in _ENDS:
            self.perform("path.place", end=moved["name"], section=moved["section"], x=moved["x"])

    # Runs

    def _follow(self, *, traces: bool = True) -> None:
        """Run the cell as it is now: what is plotted over time first, then the variable on every segment."""
        session = self.session
        if not session.cell.sections:
            self._fail(_NOWHERE)
            return
        snapshot, protocol, record = session.cell.freeze(), session.protocol, self.record
        variable, stamp = self.shape_variable, session.stamp
        again = traces or self._results is None
        self.state = "running"

        def work(turn: Turn) -> None:
            told = 0.0

            def partial(step: Any) -> None:
                nonlocal told
                if turn.seconds > told + _BETWEEN:
                    told = turn.seconds
                    self._tell(turn, lambda: self._show_progress(step.fraction))

            try:
                if again and record:
                    results = Simulation(snapshot, protocol, record=record).run(partial, turn.unwanted)
                    seconds = turn.seconds
                    self._tell(turn, lambda: self._show_results(results, seconds, stamp), late=True)
                elif again:
                    self._tell(turn, self._show_nothing)
                field = record_field(snapshot, protocol, variable, cancelled=turn.overtaken)
                self._tell(turn, lambda: self._show_field(field, turn))
            except Cancelled:
                return
            except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
                _log.debug("the plots failed", exc_info=True)
                message = words(error)
                self._tell(turn, lambda: self._fail(message))

        self._turns.take(work)

    def _tell(self, turn: Turn, show: Callable[[], None], *, late: bool = False) -> None:
        """Show what the worker has found, unless it is overtaken; what is `late` is shown all the same."""
        with self.lock:
            if self.comm is None or turn.stopped or not (late or turn.newest):
                return
            with self.hold_sync():
                show()

    def _fail(self, message: str) -> None:
        self.error, self.status, self.progress = message, "Stopped by an error", 1.0
        self.revision += 1
        self.state = "error"

    def _show_progress(self, fraction: float) -> None:
        self.progress, self.status = fraction, f"Running, {100 * fraction:.0f} %"

    def _show_nothing(self) -> None:
        self._results = self._picture = None
        self.show_picture(None)

    def _show_results(self, results: Results, seconds: float, stamp: str) -> None:
        self._results = results
        self._colour()
        lines = [
            Trace(item, item.label, self._colours.get(item, COLOURS[0]))
            for item in results.recordables
            if item in self.record
        ]
        self._picture = Picture.of(results, lines, time.strftime("%H:%M:%S"))
        self.show_picture(self._picture)
        self.timing = {"stamp": stamp, "simulation_ms": 1000 * seconds}
        self.revision += 1

    def _show_field(self, field: Field, turn: Turn) -> None:
        first, self._field = self._field is None, field
        low, high = VOLTAGES if field.variable == "v" else _apart(field.limits)
        self._put_values(field.values[-1].astype(float), field.variable, field.unit, (low, high))
        self._put_frames(field.t, field.values, field.variable, field.unit, (low, high))
        if first:
            self.colour_by = "value"
        self._draw_space()
        took = f"{1000 * turn.seconds:.0f} ms" if turn.seconds < 1 else f"{turn.seconds:.1f} s"
        self.status = f"{took}, {'up to date' if turn.newest else 'updating'}"
        self.error, self.progress = "", 1.0
        self.revision += 1
        self.state = "idle" if turn.newest else "running"

    def _draw_space(self) -> None:
        """Put the variable along the path on the wire: a row of distances, then a row for each time."""
        field, cell = self._field, self.session.cell
        if field is None or field.values.shape[1] != sum(section.nseg for section in cell.sections):
            return
        try:
            way: Way = way_between(cell, *self._way_ends())
        except ValueError as error:
            self.space, self.space_info = b"", {"error": words(error)}
            return
        rows = np.concatenate([way.distance[None], field.values[:, way.segments]])
        self.space = rows.astype(np.float32).tobytes()
        self.space_info = {"label": field.variable, "unit": field.unit, "segments": len(way.segments), **self.path}


def _apart(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = limits
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _short(place: Location) -> str:
    return f"{place.section}({place.x:g})"


def _place_in_code(place: Location) -> str:
    return recordable_in_code(place.v).removesuffix(".v")
