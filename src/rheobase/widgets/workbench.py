"""The workbench: a cell, its electrodes, its traces and its run in one view."""

import json
from math import floor, log10
from typing import Any

import numpy as np
import traitlets

from rheobase.mechanisms import IClamp
from rheobase.model import Cell, Location, Protocol
from rheobase.model.file import to_data
from rheobase.simulate import Update
from rheobase.widgets.actions import action
from rheobase.widgets.bundle import bundle
from rheobase.widgets.clamps import ClampTraits, root_of
from rheobase.widgets.code import program
from rheobase.widgets.library import LibraryTraits
from rheobase.widgets.mechanisms import MechanismTraits
from rheobase.widgets.places import NO_SECTIONS
from rheobase.widgets.run_traits import RunTraits
from rheobase.widgets.session import Event
from rheobase.widgets.studies import StudyWidget
from rheobase.widgets.traces import TraceTraits
from rheobase.widgets.viewer import ViewerTraits

_NEAR = 200.0  # um; the membrane that a step at the soma has to charge in the main
_STEP = 2e-4  # nA/um2, that is 20 uA/cm2: well above what makes Hodgkin and Huxley's membrane fire


class HistoryTraits(StudyWidget):
    """What can be undone and redone, and the document's other faces: its code and its file."""

    undo_label = traitlets.Unicode().tag(sync=True)
    redo_label = traitlets.Unicode().tag(sync=True)

    def hear(self, event: Event) -> None:
        """Bring the labels up to date."""
        super().hear(event)
        history = self.session.cell.history
        self.undo_label = history.done[-1] if history.done else ""
        self.redo_label = history.undone[-1] if history.undone else ""

    @action("history.undo")
    def undo(self) -> None:
        """Take the last edit of the cell back."""
        self.session.cell.undo()

    @action("history.redo")
    def redo(self) -> None:
        """Make the last edit undone again."""
        self.session.cell.redo()

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program of what is shown."""
        return {"content": program(self.session)}

    @action("export.cell")
    def export_cell(self) -> dict[str, Any]:
        """The cell as the text of a file that `load_cell` opens."""
        return {"content": json.dumps(to_data(self.session.cell.document), indent=1, allow_nan=False) + "\n"}

    @action("export.csv")
    def export_csv(self) -> dict[str, Any]:
        """Every sample of the latest complete run, with units in the header."""
        results = self.session.results
        if results is None:
            raise ValueError("there is no complete run to export yet")
        frame = results.to_dataframe()
        frame.columns = [f"{name} ({unit})" for name, unit in zip(frame.columns, results.units, strict=True)]
        return {"content": frame.to_csv(index_label="t (ms)")}


class Workbench(HistoryTraits, LibraryTraits, MechanismTraits, ClampTraits, RunTraits, TraceTraits, ViewerTraits):
    """A cell to be clamped and watched: its tree in 3-D, its traces, its electrodes, channels and run settings.

    Every change is an edit of the cell: it can be undone, shows at once in every other view and in `cell.to_code()`,
    and starts a run; the newest wins. A cell without any electrode is first given a current clamp in the middle of
    its root, so that it is seen firing; `cell.undo()` takes it back.

    **Arguments:**

    - `source`: a `Cell`, or a widget or `Session` on one.
    - `protocol`: run settings, further stimuli and recordings to begin with.
    """

    _esm = bundle("spatial.js")

    def __init__(self, source: Any, protocol: Protocol | None = None, **traits: Any) -> None:
        if isinstance(source, Cell):
            place_first_electrode(source, protocol or Protocol())
        super().__init__(source, protocol, component="workbench", **traits)
        self.observe(self._mark_dropped, "mark_moved")
        if self.session.cell.sections:
            self.session.request()
        else:
            self.error = NO_SECTIONS

    def hear(self, event: Event) -> None:
        """Bring everything up to date."""
        super().hear(event)
        session = self.session
        if "sections" in event.paths:
            self.show_cell(session.cell)
        if "placements" in event.paths or event.kind == "settings":
            self.marks = [
                {key: each[key] for key in ("name", "letter", "colour", "section", "x")} for each in self.clamps
            ]
        if event.kind in ("opened", "settings"):
            self.time_range = [0.0, session.protocol.tstop]
        if event.kind in ("opened", "kept"):
            self.show_kept(session.kept)
        if event.kind in ("opened", "kept", "cancelled"):
            self.revision += 1
        if event.kind in ("run", "movie") and event.update is not None:
            self._show_run(event, event.update)

    @action("movie")
    def movie(self) -> None:
        """Make and send the movie of the latest run, where it was not kept yet."""
        self.session.request_movie()

    def _show_run(self, event: Event, update: Update) -> None:
        results = update.results
        if event.kind == "movie" and results is not None:
            self.show_movie(results.t, results.values.T)
            return
        self.timing = {"stamp": event.stamp, "simulation_ms": 1000 * update.elapsed}
        self.show_picture(self.session.picture)
        if self.session.picture is not None:
            self.time_range = self.session.picture.span(self.session.protocol.tstop)
        self.revision += 1
        if update.state == "done" and results is not None and results.frames is not None:
            self.show_voltages(results.frames.v[-1])
            self.show_movie(None, None)

    def _mark_dropped(self, change: Any) -> None:
        moved = change["new"]
        if moved:
            reply = self.perform("clamp.move", name=moved["name"], section=moved["section"], x=moved["x"])
            self.error = reply.get("error", "")


def place_first_electrode(cell: Cell, protocol: Protocol) -> None:
    """Give a cell that nothing stimulates a current clamp that makes an excitable one fire."""
    if cell.sections and not cell.placements and not protocol.stimuli:
        root = root_of(cell)
        dur = max(min(80.0, protocol.tstop - 10), protocol.tstop / 2)
        cell.place(IClamp(delay=5, dur=dur, amp=first_amp(cell, root)), root)


def first_amp(cell: Cell, root: Location) -> float:
    """A current, nA, of 20 uA/cm2 over the membrane within 200 um, to one digit."""
    area = np.concatenate([section.spec.geometry.area for section in cell.sections])
    amp = _STEP * float(area[cell.path_distance(root) <= _NEAR].sum())
    power = 10.0 ** floor(log10(amp))
    return float(f"{round(amp / power) * power:.0e}")
