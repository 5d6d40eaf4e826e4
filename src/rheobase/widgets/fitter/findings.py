"""What a search found, looked at: how sure the parameters are, the axes and the front of the error; and its files."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets

from rheobase.fitting import Best, file
from rheobase.widgets.actions import action, words
from rheobase.widgets.fitter.recordings import RecordingTraits
from rheobase.widgets.latest import Turn, Turns

_NOTHING: dict[str, Any] = {"state": "none", "message": "", "rows": [], "correlation": [], "open": [], "axes": []}
_MOST_POINTS = 1500

_log = logging.getLogger("rheobase")


class FindingTraits(RecordingTraits):
    """What was found.

    - `findings`: their `state`, `"none"`, `"running"`, `"done"`, `"stale"` or `"error"`, with a `message`; `rows`, a
      parameter each with its value, interval and whether the data determine it; `correlation`; what stays `open`, in
      words; `axes`, each with its eigenvalue, its direction and how far one can go.
    - `parts`: the names of the parts of the error, for the front.
    """

    findings: Any = traitlets.Dict(dict(_NOTHING)).tag(sync=True)
    parts: Any = traitlets.List().tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        self._asking = Turns("rheobase-fitter-findings")
        self._judged: dict[str, Best] = {}  # of what each trait tells
        super().__init__(source, **traits)

    def follow(self) -> None:
        """Say whether the findings are still those of the best."""
        super().follow()
        self._age()

    def close(self) -> None:
        """Take the widget off the page, and look into nothing any more."""
        self._asking.close()
        super().close()

    def _tell_search(self, hunt: Any) -> None:
        study = hunt.study
        if study is not None:
            self.parts = list(study.history.labels)
        super()._tell_search(hunt)
        self._age()

    def _age(self) -> None:
        best = self.best
        for trait, judged in self._judged.items():
            told = getattr(self, trait)
            same = best is not None and best.error == judged.error and not self.search["stale"]
            if told["state"] == "done" and not same:
                setattr(self, trait, {**told, "state": "stale"})

    @action("findings.ask")
    def ask_findings(self) -> None:
        """Work out how sure the parameters are, and the axes of the error at the best."""
        best = self._found()

        def work(turn: Turn) -> None:
            try:
                told = {**_told(best, self._unit), "state": "done", "message": ""}
            except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
                _log.debug("the findings failed", exc_info=True)
                told = {**_NOTHING, "state": "error", "message": words(error)}
            self._put_findings(turn, lambda: told)

        self._judged["findings"] = best
        self.findings = {**self.findings, "state": "running"}
        self._asking.take(work)

    @action("axis.move")
    def move_along(self, axis: int, amount: float, gesture: str = "") -> None:
        """Begin somewhere along an axis of the error through the best, from -1 to 1 of how far one can go."""
        best = self._judged.get("findings")
        if best is None or not self.findings["axes"]:
            raise ValueError("the axes are not known yet")
        low, high = best.axes.span(int(axis))
        where = float(amount) * (high if amount > 0 else -low)
        key = ("axis", axis, gesture) if gesture else None
        self.begin_at(best.axes.point(int(axis), where), f"Move along axis {int(axis) + 1}", key)

    @action("front")
    def front(self, x: str, y: str) -> dict[str, Any]:
        """The errors of every trial in two parts, and which of them no other betters."""
        history = self._studies[-1].history if self._studies else None
        if history is None or not len(history):
            raise ValueError("there are no trials yet: press Run")
        if x == y:
            raise ValueError("choose two different parts")
        found = history.front(x, y)
        every = max(1, -(-len(found.all) // _MOST_POINTS))
        sound = found.all[::every]
        return {
            "all": sound[np.isfinite(sound).all(1)].tolist(),
            "front": found.errors.tolist(),
            "trials": found.trials.tolist(),
        }

    @action("trial.take")
    def take_trial(self, trial: int, of_last: bool = False) -> None:
        """Begin at the values of a trial, by its number; `of_last`, its number in the latest search alone."""
        histories = self.trials[-1:] if of_last else self.trials
        left = int(trial)
        for history in histories:
            if 0 <= left < len(history):
                points = np.concatenate([batch.points for batch in history.batches])
                values = {name: float(value) for name, value in history.space.values(points[left]).items()}
                self.begin_at(values, f"Take trial {int(trial)}")
                return
            left -= len(history)
        raise ValueError(f"there is no trial {trial}")

    # To take away

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program of the fit and its search."""
        asked = self.settings
        given = [repr(asked["method"]), f"budget={asked['budget']}", f"seed={asked['seed']}"]
        given += [f"derivatives={asked['derivatives']!r}"] * (asked["derivatives"] != "exact")
        given += [f"store={asked['store']!r}"] * bool(asked["store"])
        given += [f"{name}={value!r}" for name, value in asked["options"].items()]
        return {"content": f"{self.fit.to_code()}best = fit.run({', '.join(given)})\n"}

    @action("code.best")
    def best_code(self) -> dict[str, Any]:
        """The program of the cell with the best parameters."""
        best = self._found()
        text = best.cell().to_code()
        return {"content": f"{text}\n# {_listed(best.model)}\n# error {best.error:.6g}\n"}

    @action("export.json")
    def export_json(self) -> dict[str, Any]:
        """The fit as a file that `rb.Fit.load` opens."""
        return {"content": file.text(self.fit.to_data()) + "\n"}

    @action("export.csv")
    def export_csv(self) -> dict[str, Any]:
        """Every trial as comma-separated values."""
        import pandas as pd

        self._found()
        frames = [each.to_dataframe() for each in self.trials if len(each)]
        frame = pd.concat(frames, keys=range(1, len(frames) + 1), names=["search"]) if len(frames) > 1 else frames[0]
        return {"content": frame.to_csv()}

    def _found(self) -> Best:
        best = self.best
        if best is None:
            raise ValueError("nothing was found yet: press Run")
        return best

    def _put_findings(self, turn: Turn, show: Callable[[], dict[str, Any]]) -> None:
        with self.lock:
            if self.comm is None or not turn.newest:
                return
            with self.hold_sync():
                self.findings = show()
                self._age()
                self.revision += 1


def _told(best: Best, unit_of: Callable[[str], str]) -> dict[str, Any]:
    frame = best.to_dataframe()
    space = best.uncertainty.space
    rows = [
        {
            "name": each.name,
            "unit": unit_of(each.target),
            **{key: _plain(frame.loc[each.name, key]) for key in ("value", "low", "high")},
            "determined": bool(frame.loc[each.name, "determined"]),
        }
        for each in space.parameters
    ]
    axes = best.axes
    return {
        "rows": rows,
        "correlation": [[_plain(value) for value in row] for row in best.correlation.to_numpy()],
        "open": best.uncertainty.combinations,
        "axes": [
            {
                "eigenvalue": _plain(axes.eigenvalues[k]),
                "direction": [float(value) for value in axes.directions[k]],
                "span": list(axes.span(k)),
            }
            for k in range(len(axes))
        ],
    }


def _plain(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _listed(model: dict[str, float]) -> str:
    return ", ".join(f"{name} = {value:.6g}" for name, value in model.items())
