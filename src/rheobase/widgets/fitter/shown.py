"""What is drawn of a fit: every match's data, and over them what the model gives at the values that are shown."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rheobase.fitting import Best, Trace
from rheobase.fitting.document import FitDocument
from rheobase.fitting.functions import Function
from rheobase.fitting.looking import Look, Measured, beginnings, document_of, look
from rheobase.fitting.values import Match, Run
from rheobase.simulate import Results
from rheobase.widgets.actions import action, words
from rheobase.widgets.fitter.base import FitWidget
from rheobase.widgets.latest import Turn, Turns

_MOST_SAMPLES = 4000  # of one line on the screen
_SHOWN = ("start", "best")
_TITLES = {"mV": "Voltage", "nA": "Current", "mA/cm2": "Current density", "mM": "Concentration"}

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
_NONE: Points = (np.empty(0), np.empty(0))

_log = logging.getLogger("rheobase")


class ShownTraits(FitWidget):
    """The data and the model, one panel a match.

    - `panels`: a dictionary a match: of what it is, `generator`, its `run` and `index`, `title`, `unit`, `method`,
      `regions`, whether it belongs to a fit `within` this one, what of its target is not a trace, and how many
      `samples` its data have; `data` holds them as float32, the times of each before its values.
    - `lines`: of each panel that the model has, its `key`, `samples` and `error`, and of features and formulas what
      was `measured`; `model` holds them likewise.
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
            found |= best.parameters  # also what only a fit within this one varies
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
        lines = list(_lines(found))
        self.lines = [line for line, _ in lines]
        self.model = _packed([array for _, points in lines for array in points])

    def _draw_data(self) -> None:
        panels = list(_panels(self.fit.document))
        self.panels = [panel for panel, _, _ in panels]
        targets = tuple(target for _, target, _ in panels)
        # A drag of a region changes no data, and these are not sent again.
        if len(targets) != len(self._targets) or any(
            a is not b and a != b for a, b in zip(targets, self._targets, strict=True)
        ):
            self._targets = targets
            self.data = _packed([array for _, _, points in panels for array in points])


def _panels(document: FitDocument) -> Iterator[tuple[dict[str, Any], Any, Points]]:
    """A panel for each thing that is held against data, that of fits within it too: what is drawn, and its data."""
    for run in document.runs.values():
        for index, match in enumerate(run.matches):
            points = _points(match.target)
            yield _panel(run, index, match, len(points[0])), match.target, points
    for function in document.functions.values():
        points = (np.array(function.x), np.array(function.y)) if function.x else _NONE
        yield _function_panel(function), (function.x, function.y), points
    for nested in document.fits.values():
        for panel, target, points in _panels(document_of(nested)):
            name = nested.name
            own = {
                "key": f"fit|{name}|{panel['key']}",
                "generator": f"fit|{name}",
                "title": f"{name}: {panel['title']}",
            }
            yield {**panel, **own, "within": True, "on": nested.on and panel["on"]}, target, points


def _lines(found: Look) -> Iterator[tuple[dict[str, Any], Points]]:
    """What the model gives in each panel."""
    for part in found.parts:
        points = _line(found.results[part.run], part.match)
        yield _told_line(_key(part.run, part.index), points, part.error, part.measured), points
    for name, (error, curve) in found.curves.items():
        yield _told_line(f"function|{name}", (curve[0], curve[1]), error), (curve[0], curve[1])
    for name, (error, number) in found.numbers.items():
        yield _told_line(f"function|{name}", _NONE, error, (number,)), _NONE
    for name, inner in found.fits.items():
        for line, points in _lines(inner):
            yield {**line, "key": f"fit|{name}|{line['key']}"}, points


def _told_line(key: str, points: Points, error: float, measured: Iterable[Measured] = ()) -> dict[str, Any]:
    told = [{"value": each.value if np.isfinite(each.value) else None, "score": each.score} for each in measured]
    return {"key": key, "samples": len(points[0]), "error": error, "measured": told}


def _key(run: str, index: int) -> str:
    return f"{index}|{run}"


def _panel(run: Run, index: int, match: Match, samples: int) -> dict[str, Any]:
    target = match.target
    panel: dict[str, Any] = {
        "key": _key(run.name, index),
        "generator": f"run|{run.name}",
        "within": False,
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
    low, high = (min(function.x), max(function.x)) if function.x else (0.0, 1.0)
    return {
        "key": f"function|{function.name}",
        "generator": f"function|{function.name}",
        "within": False,
        "function": function.name,
        "title": f"{function.name}: {function.told}",
        "unit": "1",
        "data": "points" if function.x else "",
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
        "features": [] if function.x else [[function.formula, function.y[0], function.scale]],
    }


def _points(target: Any) -> Points:
    if not isinstance(target, Trace):
        return _NONE
    some = some_of(len(target))
    return target.time[some], target.value[some]


def _line(results: Results, match: Match) -> Points:
    some = some_of(len(results.t))
    return results.t[some], results[match.recordable][some]


def some_of(count: int) -> NDArray[np.int64]:
    """Which of so many samples go to the screen."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_SAMPLES)).round().astype(np.int64))


def _packed(arrays: list[NDArray[np.float64]]) -> bytes:
    return np.concatenate(arrays).astype(np.float32).tobytes() if arrays else b""
