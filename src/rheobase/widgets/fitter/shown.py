"""What is drawn of a fit: every match's data, and over them what the model gives at the values that are shown."""

import logging
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rheobase.fitting import Best, Trace
from rheobase.fitting.functions import Function
from rheobase.fitting.looking import Look, beginnings, look
from rheobase.fitting.values import Match, Run
from rheobase.simulate import Results
from rheobase.widgets.actions import action, words
from rheobase.widgets.fitter.base import FitWidget
from rheobase.widgets.latest import Turn, Turns

_MOST_SAMPLES = 4000  # of one line on the screen
_SHOWN = ("start", "best")
_TITLES = {"mV": "Voltage", "nA": "Current", "mA/cm2": "Current density", "mM": "Concentration"}

_log = logging.getLogger("rheobase")


class ShownTraits(FitWidget):
    """The data and the model, one panel a match.

    - `panels`: a dictionary a match: its `run` and `index`, `title`, `unit`, `method`, `regions`, what of its target is
      not a trace, and how many `samples` its data have; `data` holds them as float32, the times of each before its
      values.
    - `lines`: of each panel that the model has, its `key`, `samples` and `error`; `model` holds them likewise.
    - `total`: the error at the values that are shown, None before it is known.
    - `showing`: which values these are: `"start"`, those of the fit, or `"best"`, those that the search found.
    """

    panels: Any = traitlets.List().tag(sync=True)
    data = traitlets.Bytes().tag(sync=True)
    lines: Any = traitlets.List().tag(sync=True)
    model = traitlets.Bytes().tag(sync=True)
    total = traitlets.Float(None, allow_none=True).tag(sync=True)
    showing = traitlets.Enum(_SHOWN, "start").tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        self._turns = Turns("rheobase-fitter")
        self._starts: dict[str, float] = {}
        self._targets: tuple[Any, ...] = ()
        super().__init__(source, **traits)

    @property
    def best(self) -> Best | None:
        """The best that was found, None before the first search."""
        return None

    @property
    def values(self) -> dict[str, float]:
        """The values that are shown, by name."""
        best = self.best
        found = dict(self._starts)
        if self.showing == "best" and best is not None:
            found |= {name: value for name, value in best.parameters.items() if name in found}
        return found

    def follow(self) -> None:
        """Draw the data anew where they changed, and the model."""
        self._starts = beginnings(self.fit)
        super().follow()
        self._draw_data()
        self.look()

    def close(self) -> None:
        """Take the widget off the page, and run nothing for it any more."""
        self._turns.close()
        super().close()

    @action("show")
    def show(self, what: str) -> None:
        """Show the values of the fit, `"start"`, or those that the search found, `"best"`."""
        if what not in _SHOWN:
            raise ValueError(f"show {what!r}: give 'start' or 'best'")
        if what == "best" and self.best is None:
            raise ValueError("nothing was found yet: press Run")
        self.showing = what
        self.follow()

    def look(self) -> None:
        """Run the model at the values that are shown, away from the page; the newest wish wins."""
        values = self.values

        def work(turn: Turn) -> None:
            try:
                with self.lock:
                    problem = self.fit.compiled()
                found = look(problem, values)
            except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
                _log.debug("the fit could not be looked at", exc_info=True)
                message = words(error)
                self._tell(turn, lambda: self._draw_nothing(message))
                return
            self._tell(turn, lambda: self._draw(found))

        self.state = "running"
        self._turns.take(work)

    def _tell(self, turn: Turn, show: Any) -> None:
        with self.lock:
            if self.comm is None or turn.stopped:
                return
            with self.hold_sync():
                show()
                if turn.newest:
                    self.state = "error" if self.error else "idle"
                self.revision += 1

    def _draw_nothing(self, message: str) -> None:
        self.error = "" if not self.panels else message
        self.lines, self.model, self.total = [], b"", None

    def _draw(self, found: Look) -> None:
        self.error, self.total = "", found.error
        lines, arrays = [], []
        known = {(run, id(match)): error for run, match, error in found.parts}
        for name, run in self.fit.document.runs.items():
            for index, match in enumerate(run.matches):
                if (name, id(match)) not in known:
                    continue
                times, values = _line(found.results[name], match)
                lines.append({"key": _key(name, index), "samples": len(times), "error": known[name, id(match)]})
                arrays += [times, values]
        for name, (error, curve) in found.curves.items():
            lines.append({"key": f"function|{name}", "samples": curve.shape[1], "error": error})
            arrays += [curve[0], curve[1]]
        self.lines, self.model = lines, _packed(arrays)

    def _draw_data(self) -> None:
        runs = self.fit.document.runs
        matches = [(run, index, match) for run in runs.values() for index, match in enumerate(run.matches)]
        functions = [each for each in self.fit.document.functions.values() if each.x]
        arrays = [_points(match.target) for _, _, match in matches]
        self.panels = [
            *(
                _panel(run, index, match, len(points[0]))
                for (run, index, match), points in zip(matches, arrays, strict=True)
            ),
            *(_function_panel(each) for each in functions),
        ]
        arrays += [(np.array(each.x), np.array(each.y)) for each in functions]
        targets = (*(match.target for _, _, match in matches), *((each.x, each.y) for each in functions))
        # A drag of a region changes no data, and these are not sent again.
        if len(targets) != len(self._targets) or any(
            a is not b and a != b for a, b in zip(targets, self._targets, strict=True)
        ):
            self._targets = targets
            self.data = _packed([array for points in arrays for array in points])


def _key(run: str, index: int) -> str:
    return f"{index}|{run}"


def _panel(run: Run, index: int, match: Match, samples: int) -> dict[str, Any]:
    target = match.target
    panel: dict[str, Any] = {
        "key": _key(run.name, index),
        "run": run.name,
        "index": index,
        "title": f"{run.name}: {match.recordable.label}",
        "unit": target.unit if isinstance(target, Trace) else "mV",
        "data": (target.name or "data") if isinstance(target, Trace) else "",
        "method": match.method,
        "regions": [list(region) for region in match.regions],
        "weight": match.weight,
        "scale": match.scale,
        "on": match.on and run.on,
        "span": [0.0, run.protocol.tstop],
        "x_title": "Time (ms)",
        "y_title": _TITLES.get(target.unit if isinstance(target, Trace) else "mV", "Value"),
        "dots": match.method == "points",
        "samples": samples,
        "times": [],
        "features": [],
    }
    if not isinstance(target, Trace):
        rows: Any = target
        if match.method == "features":
            panel["features"] = [list(row) for row in rows]
        else:
            panel["times"] = list(rows)
    return panel


def _function_panel(function: Function) -> dict[str, Any]:
    low, high = min(function.x), max(function.x)
    return {
        "key": f"function|{function.name}",
        "function": function.name,
        "title": f"{function.name}: {function.told}",
        "unit": "1",
        "data": "points",
        "method": function.formula,
        "regions": [list(region) for region in function.regions],
        "weight": function.weight,
        "scale": function.scale,
        "on": function.on,
        "span": [low, high if high > low else low + 1.0],
        "x_title": function.x_title,
        "y_title": "y",
        "dots": True,
        "samples": len(function.x),
        "times": [],
        "features": [],
    }


def _points(target: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not isinstance(target, Trace):
        return np.empty(0), np.empty(0)
    some = some_of(len(target))
    return target.time[some], target.value[some]


def _line(results: Results, match: Match) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    some = some_of(len(results.t))
    return results.t[some], results[match.recordable][some]


def some_of(count: int) -> NDArray[np.int64]:
    """Which of so many samples go to the screen."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_SAMPLES)).round().astype(np.int64))


def _packed(arrays: list[NDArray[np.float64]]) -> bytes:
    return np.concatenate(arrays).astype(np.float32).tobytes() if arrays else b""
