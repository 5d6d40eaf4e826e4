"""The tool itself: its runs, and what it then shows."""

import csv
import logging
import time
from collections.abc import Iterable
from io import StringIO
from typing import Any

import numpy as np

from rheobase.analysis.space.fields import Field, record_field
from rheobase.model import Location, Protocol, Recordable
from rheobase.simulate import Cancelled, Progress, Results
from rheobase.widgets.actions import action, words
from rheobase.widgets.bundle import bundle
from rheobase.widgets.code import recordable_in_code, simulation_lines
from rheobase.widgets.latest import Turn
from rheobase.widgets.pictures import Picture, Trace
from rheobase.widgets.pinned import PinnedTraits
from rheobase.widgets.places import NO_SECTIONS
from rheobase.widgets.plots.studying import OVER_TIME, StudyTraits
from rheobase.widgets.quantities import duration_in_words
from rheobase.widgets.session import Event
from rheobase.widgets.traces import TraceTraits
from rheobase.widgets.workbench import HistoryTraits

_log = logging.getLogger("rheobase")


class Plots(StudyTraits, HistoryTraits, PinnedTraits, TraceTraits):
    """Plots of a run that follow the cell: any variables over time, one along a path, and one over the whole cell.

    A browser lists everything that can be recorded at the place that was clicked; each of it is added and removed while
    the run is live. A path from A to B, placed by clicking, shows a variable against distance, moving with the time
    cursor; the same variable colours the cell. Instead of the traces, a click shows a classical plot of the model,
    which follows its sliders too: spikes and their features, f-I, I-V, strength and duration, phase plane, currents,
    attenuation.

    **Arguments:**

    - `source`: a `Cell` or a `Simulation`, or a widget or `Session` on a cell.
    - `record`: what is plotted over time at first; by default what the session's other widgets show.
    - `variable`: what is shown along the path and on the cell.
    - `path`: from where to where; by default from the root to the place farthest from it.
    - `view`: `"time"`, or the classical plot to begin with: `"spikes"`, `"fi"`, `"iv"`, `"strength_duration"`,
      `"phase_plane"`, `"against"`, `"currents"`, `"attenuation"`.
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

    def __init__(
        self,
        source: Any,
        record: Recordable | Iterable[Recordable] | None = None,
        *,
        variable: str = "v",
        path: tuple[Location, Location] | None = None,
        view: str = OVER_TIME,
        protocol: Protocol | None = None,
        **traits: Any,
    ) -> None:
        self._results: Results | None = None
        self._picture: Picture | None = None
        self._kept: tuple[Picture, ...] = ()
        self._due = {"traces", "field"}
        super().__init__(
            source,
            protocol,
            record=record,
            path=path,
            view=view,
            live=False,
            component="plots",
            shape_variable=variable,
            **traits,
        )

    @property
    def results(self) -> Results | None:
        """The run whose traces are shown, or None."""
        return self._results

    def hear(self, event: Event) -> None:
        """Bring everything up to date, and run anew where the change concerns the run."""
        super().hear(event)
        if event.kind in ("opened", "document", "settings"):
            self.time_range = [0.0, self.session.protocol.tstop]
            self.follow()

    @action("trace.keep")
    def keep(self) -> None:
        """Keep the traces or the plot shown, faint, beneath the next ones."""
        if self.view != OVER_TIME:
            self.keep_drawing()
        elif self._picture is not None and self._picture not in self._kept:
            self._keep((*self._kept, self._picture))

    @action("trace.clear")
    def clear(self) -> None:
        """Drop what was kept."""
        self.forget_drawings()
        self._keep(())

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program of what is shown."""
        if self.view != OVER_TIME:
            if self._drawing is None:
                raise ValueError("there is no plot yet whose code could be told")
            record = self._drawing.record or (self._place().v,)
            sim = simulation_lines(self.session, record) if "sim" in self._drawing.code else ""
            cell = self.session.cell if sim else self.situation().cell
            return {"content": f"{cell.to_code().rstrip()}\n\n{sim}{self._drawing.code}"}
        ends = ", ".join(recordable_in_code(place.v).removesuffix(".v") for place in self.ends)
        lines = [
            self.session.cell.to_code().rstrip(),
            "",
            simulation_lines(self.session, self.record) + "rec = sim.run()",
            f"along = rb.space_plot(sim, {ends}, {self.shape_variable!r})",
            f"over = rb.shape_plot(sim, {self.shape_variable!r})",
        ]
        return {"content": "\n".join(lines) + "\n"}

    @action("export.csv")
    def export_csv(self) -> dict[str, Any]:
        """Every sample of the traces shown, with units in the header; of a classical plot all its numbers."""
        if self.view != OVER_TIME:
            if self.result is None:
                raise ValueError("there is no plot yet to export")
            return {"content": self.result.to_dataframe().to_csv()}
        if self._results is None:
            raise ValueError("there is no complete run to export yet")
        return {"content": _csv(self._results, [item.label for item in self._results.recordables])}

    @action("line.csv")
    def line_csv(self, label: str) -> dict[str, Any]:
        """One line as comma-separated values."""
        if self._results is None or label not in [item.label for item in self._results.recordables]:
            raise ValueError(f"{label!r} was not recorded yet")
        return {"content": _csv(self._results, [label])}

    def follow(self, *, traces: bool = True, field: bool = True) -> None:
        """Run the cell as it is now: what is plotted first, then the variable on every segment."""
        session = self.session
        if not session.cell.sections:
            self._fail(NO_SECTIONS)
            return
        self._due |= {name for name, due in (("traces", traces), ("field", field)) if due}
        make, record, every = session.maker(), self.record, session.every
        variable, stamp = self.shape_variable, session.stamp
        study = None if self.view == OVER_TIME else self.ask_study()
        again, anew = study is None and "traces" in self._due, "field" in self._due
        self.state = "running"

        def work(turn: Turn) -> None:
            def going(step: Progress) -> None:
                if turn.due():
                    self._tell(turn, lambda: self._show_progress(step.fraction))

            try:
                if study is not None:
                    study(turn)
                    seconds = turn.seconds
                    self._tell(turn, lambda: self._time(seconds, stamp), late=True)
                elif again and record:
                    results = make(record=record, every=every).run(going, turn.unwanted)
                    seconds = turn.seconds
                    self._tell(turn, lambda: self._show_results(results, seconds, stamp), late=True)
                elif again:
                    self._tell(turn, lambda: self._show_results(None, 0.0, stamp))
                found = record_field(make(), variable, cancelled=turn.overtaken) if anew else None
                self._tell(turn, lambda: self._show_done(found, turn))
            except Cancelled:
                return
            except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
                _log.debug("the plots failed", exc_info=True)
                message = words(error)
                self._tell(turn, lambda: self._fail(message))

        self._turns.take(work)

    def _keep(self, kept: tuple[Picture, ...]) -> None:
        self._kept = kept
        self.show_kept(kept)
        self.revision += 1

    def _show_progress(self, fraction: float) -> None:
        self.status = f"Running, {100 * fraction:.0f} %"

    def _show_results(self, results: Results | None, seconds: float, stamp: str) -> None:
        self._results = results
        self._due.discard("traces")
        self._picture = None
        if results is not None:
            shown = [item for item in results.recordables if item in self.record]
            lines = [Trace(item, item.label, self.colour_of(item)) for item in shown]
            self._picture = Picture.of(results, lines, time.strftime("%H:%M:%S"))
        self.show_picture(self._picture)
        self._time(seconds, stamp)
        self.revision += 1

    def _time(self, seconds: float, stamp: str) -> None:
        self.timing = {"stamp": stamp, "simulation_ms": 1000 * seconds}

    def _show_done(self, field: Field | None, turn: Turn) -> None:
        if field is not None:
            self._due.discard("field")
            self.show_field(field)
        self.status, self.error = f"{duration_in_words(turn.seconds)}, up to date", ""
        self.revision += 1
        self.state = "idle"


def _csv(results: Results, labels: list[str]) -> str:
    """Lines of a run as comma-separated values, with units in the header."""
    known = [item.label for item in results.recordables]
    chosen = [known.index(label) for label in labels]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    units = [results.units[k] for k in chosen]
    heads = [f"{label} ({unit})" if unit else label for label, unit in zip(labels, units, strict=True)]
    writer.writerow(["t (ms)", *heads])
    writer.writerows(np.column_stack([results.t, *(results.values[k] for k in chosen)]).tolist())
    return text.getvalue()
