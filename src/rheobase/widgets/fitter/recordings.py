"""Recordings: a file of columns or of an amplifier, looked at and prepared, and then held against a run."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import traitlets

from rheobase.analysis.space.variables import variables_at
from rheobase.fitting import Trace
from rheobase.fitting.columns import columns_of, glimpse
from rheobase.fitting.looking import check_match
from rheobase.fitting.recording import Recording
from rheobase.fitting.shapes import SHAPES
from rheobase.fitting.values import Match, checked_target
from rheobase.mechanisms import IClamp
from rheobase.model import Location, Protocol, Recordable
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.fitter.generators import MOST_BYTES, GeneratorTraits
from rheobase.widgets.fitter.shown import some_of
from rheobase.widgets.uploads import Uploads

_IN_BRACKETS = re.compile(r"[(\[]\s*([^)\]]{1,12})\s*[)\]]")
_USUAL = {
    "channel": 0,
    "sweep": 0,
    "time_column": 0,
    "time_unit": "ms",
    "value_column": 1,
    "value_unit": "mV",
    "start": "",
    "end": "",
    "zero": False,
    "shift": "",
    "baseline_start": "",
    "baseline_end": "",
    "junction": "",
    "resample": "",
    "missing": "refuse",
}
_MOST_ROWS = 5
_LONGEST_CELL = 40


class RecordingTraits(GeneratorTraits):
    """A recording on its way into the fit.

    - `recording`: the `name` of what was loaded, its `columns` by name and first `rows`, or of an amplifier's file its
      `channels` and the number of its `sweeps`; how it is prepared, `settings`; and what comes of it in words, or what
      is wrong. Empty before anything is loaded.
    - `preview`: the prepared trace as float32, times before values.
    """

    recording: Any = traitlets.Dict().tag(sync=True)
    preview = traitlets.Bytes().tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        self._uploads = Uploads(MOST_BYTES, "recording")
        self._binaries = Uploads(MOST_BYTES, "recording", base64=True)
        self._text = ""
        self._trace: Trace | None = None
        self._file: tuple[Recording, TemporaryDirectory[str]] | None = None
        super().__init__(source, **traits)

    def close(self) -> None:
        """Take the widget off the page, and put away what was loaded for it."""
        if self._file is not None:
            self._file[1].cleanup()
        super().close()

    @action("data.upload")
    def upload(self, file: str, text: str, part: int = 0, parts: int = 1) -> None:
        """Take in a part of a file, and with the last one look at it."""
        content = self._uploads.take(file, text, part, parts)
        if content is None:
            return
        columns, rows = glimpse(file, content, _MOST_ROWS)
        if len(columns) < 2:
            raise ValueError(f"{file}: has one column; a recording has times and values")
        self.forget_recording()
        self._text = content
        settings = dict(_USUAL)
        for key, column in (("time_unit", columns[0]), ("value_unit", columns[1])):
            named = _IN_BRACKETS.search(column)
            if named:
                settings[key] = named.group(1).strip()
        self.recording = {
            "name": file,
            "columns": [column[:_LONGEST_CELL] for column in columns],
            "rows": [[cell[:_LONGEST_CELL] for cell in row] for row in rows],
            "settings": settings,
            "words": "",
            "error": "",
        }
        self._prepare()

    @action("data.binary")
    def upload_binary(self, file: str, text: str, part: int = 0, parts: int = 1) -> None:
        """Take in a part of an amplifier's file in base64, and with the last one look at it."""
        whole = self._binaries.take(file, text, part, parts)
        if whole is None:
            return
        folder = TemporaryDirectory(prefix="rheobase-")
        path = Path(folder.name) / f"recording{Path(file).suffix[:12]}"
        try:
            path.write_bytes(b64decode(whole, validate=True))
            held = Recording(path)
        except (ValueError, ImportError, OSError) as error:
            folder.cleanup()
            if isinstance(error, NotBase64):
                raise ValueError(f"{file!r} did not arrive as it was sent: choose the file again") from None
            raise ValueError(str(error).replace(path.name, file)) from None
        self.forget_recording()
        self._file = held, folder
        first = [each for each in held.channels if each.sweep == held.channels[0].sweep]
        self.recording = {
            "name": file,
            "columns": [],
            "rows": [],
            "channels": [f"{each.name} ({each.unit})"[:_LONGEST_CELL] for each in first],
            "sweeps": held.sweeps,
            "settings": dict(_USUAL),
            "words": "",
            "error": "",
        }
        self._prepare()

    @action("data.prepare")
    def prepare(self, key: str, value: Any) -> None:
        """Change how the recording is prepared: its columns and their units, what is cut off and what is corrected."""
        if not self.recording:
            raise ValueError("load a recording first")
        if key not in _USUAL:
            raise ValueError(f"a recording has no setting {str(key)[:40]!r}")
        self.recording = {**self.recording, "settings": {**self.recording["settings"], key: value}}
        self._prepare()

    @action("data.forget")
    def forget_recording(self) -> None:
        """Put the recording away."""
        self.recording, self.preview, self._text, self._trace = {}, b"", "", None
        if self._file is not None:
            _, folder = self._file
            self._file = None
            folder.cleanup()

    @action("place.variables")
    def list_variables(self, section: str, x: float) -> dict[str, Any]:
        """What can be recorded at a place."""
        found = variables_at(self.fit.cell, self._place(section, x))
        return {"variables": [{"name": each.name, "unit": each.unit} for each in found]}

    @action("places")
    def list_places(self) -> dict[str, Any]:
        """The sections, and the closed forms of functions."""
        return {
            "sections": [each.name for each in self.fit.cell.sections][:2000],
            "forms": [{"name": each.name, "formula": each.formula} for each in SHAPES.values()],
        }

    @action("run.add")
    def add_run(
        self,
        name: str,
        tstop: Any,
        section: str = "",
        x: float = 0.5,
        delay: Any = 0.0,
        dur: Any = 0.0,
        amp: Any = 0.0,
    ) -> None:
        """Add a run, with a step of current at a place unless `section` is empty."""
        if not name.strip():
            raise ValueError("give the run a name, such as 'step 0.2 nA'")
        protocol = Protocol(tstop=to_float(tstop, "ms", "tstop"))
        if section:
            protocol = protocol.replace(stimuli=[(self._place(section, x), IClamp(delay=delay, dur=dur, amp=amp))])
        self.fit.add_run(name.strip(), protocol=protocol)

    @action("data.load")
    def load_recording(
        self,
        run: str,
        section: str,
        x: float,
        variable: str,
        method: str = "trace",
        fresh: dict[str, Any] | None = None,
    ) -> None:
        """Hold the recording against what a run gives at a place, with `fresh` a new one: the fields of `run.add`."""
        recordable, target = self._recordable(section, x, variable), checked_target(self._loaded(), method)
        made = Match(recordable=recordable, method=method, target=target)
        with self.editing(f"Match {made.label}"):
            if fresh is not None:
                self.add_run(run, **fresh)
            old = self._run(run.strip())
            check_match(self.fit.cell, old, made)
            self._put_run(old.replace(matches=(*old.matches, made)), f"Match {made.label}")
        self.forget_recording()

    @action("data.replace")
    def replace_data(self, run: str, index: int) -> None:
        """Put the recording in the place of a match's data."""
        made = self._match(run, index).replace(target=self._loaded())
        check_match(self.fit.cell, self._run(run), made)
        self._put_match(run, index, made, f"Replace the data of {made.label}")
        self.forget_recording()

    @action("function.add")
    def add_function(self, name: str, formula: str) -> None:
        """Hold a closed form, by its name, or a formula of `x` against the two columns as they stand."""
        if not self._text:
            raise ValueError("load the points as a file or text of columns first")
        if not name.strip() or not formula.strip():
            raise ValueError("give the function a name, and a closed form or a formula of x, such as a * exp(-x / tau)")
        settings = self.recording["settings"]
        columns = (int(settings["time_column"]), int(settings["value_column"]))
        _, x, y = columns_of(self.recording["name"], self._text, columns)
        self.fit.add_function(name.strip(), formula.strip(), x, y)
        self.forget_recording()

    def _loaded(self) -> Trace:
        if self._trace is None:
            raise ValueError(self.recording.get("error") or "load a recording first")
        return self._trace

    def _recordable(self, section: str, x: float, variable: str) -> Recordable:
        found = next(
            (each for each in variables_at(self.fit.cell, self._place(section, x)) if each.name == variable), None
        )
        if found is None:
            raise ValueError(f"there is no {str(variable)[:40]!r} at {section}({x:g})")
        return found.recordable

    def _place(self, section: str, x: float) -> Location:
        return self.fit.cell.section(section)(to_float(x, "1", "x"))

    def _prepare(self) -> None:
        """Make the trace anew; what is wrong stands beside the settings."""
        name, asked = self.recording["name"], self.recording["settings"]
        try:
            if self._file is None:
                trace = _of_columns(name, self._text, asked)
            else:
                trace = self._file[0].trace(int(asked["channel"]), int(asked["sweep"]), missing=str(asked["missing"]))
            self._trace = _prepared(trace, asked)
        except (ValueError, KeyError, IndexError, TypeError) as error:
            self._trace, self.preview = None, b""
            told = error.args[0] if error.args else error
            self.recording = {**self.recording, "words": "", "error": str(told)}
            return
        some = some_of(len(self._trace))
        rows = np.concatenate([self._trace.time[some], self._trace.value[some]])
        self.preview = rows.astype(np.float32).tobytes()
        told = repr(self._trace).removeprefix("<").removesuffix(">")
        self.recording = {**self.recording, "words": told, "error": "", "unit": self._trace.unit}


def _of_columns(name: str, text: str, asked: dict[str, Any]) -> Trace:
    """The trace of two columns of a text, in the units that are asked for."""
    columns = (int(asked["time_column"]), int(asked["value_column"]))
    label, t, y = columns_of(name, text, columns)
    return Trace(
        t,
        y,
        str(asked["value_unit"]),
        time_unit=str(asked["time_unit"]),
        name=_IN_BRACKETS.sub("", label).strip() or name.rpartition(".")[0] or name,
        missing=str(asked["missing"]),
    )


def _prepared(trace: Trace, asked: dict[str, Any]) -> Trace:
    """The trace cut and corrected as it is asked for."""
    if asked["start"] != "" or asked["end"] != "" or asked["zero"]:
        trace = trace.trim(_given(asked, "start"), _given(asked, "end"), zero=bool(asked["zero"]))
    if asked["shift"] != "":
        trace = trace.shift(asked["shift"])
    if asked["baseline_start"] != "" or asked["baseline_end"] != "":
        trace = trace.zero(_given(asked, "baseline_start"), _given(asked, "baseline_end"))
    if asked["junction"] != "":
        trace = trace.corrected(asked["junction"])
    if asked["resample"] != "":
        trace = trace.resample(asked["resample"])
    return trace


def _given(asked: dict[str, Any], key: str) -> Any:
    return asked[key] if asked[key] != "" else None
