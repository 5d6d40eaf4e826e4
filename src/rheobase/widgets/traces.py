"""Traces over time: live, zoomed, compared with runs that were kept, and taken away."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from rheobase.simulate import Results
from rheobase.widgets.actions import ActingWidget, action
from rheobase.widgets.bundle import bundle
from rheobase.widgets.pictures import Picture, plain_traces
from rheobase.widgets.session import Event, Session

if TYPE_CHECKING:
    import pandas as pd


class TraceTraits(traitlets.HasTraits):
    """What the trace plot in the browser reads.

    - `traces`: float32, a row of times (ms), then a row for each entry of `trace_info`.
    - `kept`: the same for each kept run in turn, with `kept_info`.
    - `time_range`: the time axis, ms. `timing`: which message the picture obeys, and how long its run took.
    """

    traces = traitlets.Bytes().tag(sync=True)
    trace_info: Any = traitlets.List().tag(sync=True)
    kept = traitlets.Bytes().tag(sync=True)
    kept_info: Any = traitlets.List().tag(sync=True)
    time_range = traitlets.List([0.0, 100.0]).tag(sync=True)
    timing = traitlets.Dict({"stamp": "", "simulation_ms": 0.0}).tag(sync=True)

    def show_picture(self, picture: Picture | None) -> None:
        """Put a run's rows on the wire; nothing for None."""
        self.traces = b"" if picture is None else picture.rows.tobytes()
        self.trace_info = [] if picture is None else picture.info

    def show_kept(self, kept: tuple[Picture, ...]) -> None:
        """Put the kept runs on the wire."""
        self.kept = b"".join(picture.rows.tobytes() for picture in kept)
        self.kept_info = [picture.kept_info() for picture in kept]


class TracePlot(ActingWidget, TraceTraits):
    """Recorded traces over time, with values at the crosshair, zoom, kept runs beneath and exports.

    **Arguments:** `source`, one of

    - the `Results` of a run: its traces, in panels by unit;
    - a widget that runs a cell, such as `RunControl`, or a `Session`: whatever it runs next, live;
    - nothing: an empty plot for `show`.

    >>> plot = TracePlot()
    >>> plot
    <TracePlot: empty>
    """

    _esm = bundle("plain.js")

    def __init__(self, source: Any = None, **traits: Any) -> None:
        self._session: Session | None = None
        self._stop_listening: Callable[[], None] = lambda: None
        self._picture: Picture | None = None
        self._kept: tuple[Picture, ...] = ()
        self._results: Results | None = None
        super().__init__(component="traces", **traits)
        session = getattr(source, "session", source)
        if isinstance(session, Session):
            self._session = session
            self.title = session.cell.name
            self._stop_listening = session.listen(self._listen)
            self._listen(Event("kept"))
            if session.picture is not None:
                self._draw(session.picture, session.results)
        elif isinstance(source, Results):
            self.show(source)
        elif source is not None:
            raise TypeError(f"TracePlot shows the Results of a run or follows a RunControl, not {source!r}")

    def __repr__(self) -> str:
        names = ", ".join(each["name"] for each in self._picture.info) if self._picture else "empty"
        return f"<TracePlot: {names}>"

    def show(self, results: Results) -> None:
        """Show all that a run recorded."""
        self._draw(Picture.of(results, plain_traces(results.recordables), time.strftime("%H:%M:%S")), results)

    @action("trace.keep")
    def keep(self) -> None:
        """Keep what is shown, faint, beneath what is shown next."""
        if self._session is not None:
            self._session.keep()
        elif self._picture is not None and self._picture not in self._kept:
            self._kept = (*self._kept, self._picture)
            self._redraw_kept(self._kept)

    @action("trace.clear")
    def clear(self) -> None:
        """Drop what was kept."""
        if self._session is not None:
            self._session.forget()
        else:
            self._kept = ()
            self._redraw_kept(())

    def to_dataframe(self) -> pd.DataFrame:
        """Every sample of what is shown. **Raises:** ValueError when nothing is shown."""
        if self._results is None:
            raise ValueError("nothing is shown yet: run something, or call show(results)")
        return self._results.to_dataframe()

    def close(self) -> None:
        """Take the plot off the page and follow nothing any more."""
        self._stop_listening()
        super().close()

    def _listen(self, event: Event) -> None:
        session = self._session
        if session is None or self.comm is None:
            return
        if event.kind == "kept":
            self._redraw_kept(session.kept)
            return
        with self.lock, self.hold_sync():
            self.state, self.error = session.state, session.message
            if event.kind == "run" and event.update is not None:
                self.timing = {"stamp": event.stamp, "simulation_ms": 1000 * event.update.elapsed}
                self._draw(session.picture, session.results)

    def _draw(self, picture: Picture | None, results: Results | None) -> None:
        with self.lock, self.hold_sync():
            self._picture, self._results = picture, results
            self.show_picture(picture)
            if picture is not None:
                self.time_range = picture.span(self._session.protocol.tstop if self._session else 0.0)
            self.revision += 1

    def _redraw_kept(self, kept: tuple[Picture, ...]) -> None:
        with self.lock, self.hold_sync():
            self.show_kept(kept)
            self.revision += 1
