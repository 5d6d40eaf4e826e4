"""Work against precision in a widget: measured on the session's worker, and advice that follows."""

from math import isfinite
from typing import Any

import traitlets

from rheobase.analysis import WorkPoint, WorkPrecision, WorkStudy
from rheobase.model import Protocol
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.session import Event
from rheobase.widgets.variable_time_step.steps import StepTraits

_NO_STUDY: dict[str, Any] = {"state": "none", "progress": 0.0, "message": "", "points": [], "advice": None}


class StudyTraits(StepTraits):
    """Work against precision on the session's worker.

    - `study`: its state, the points so far and the advice that follows from them.
    - `wanted`: the error that the advice is for: `kind` `"spike"` (ms) or `"voltage"` (mV), and `value`.
    """

    study: Any = traitlets.Dict(_NO_STUDY).tag(sync=True)
    wanted: Any = traitlets.Dict({"kind": "", "value": 0.0}).tag(sync=True)

    def __init__(self, source: Any, protocol: Protocol | None = None, **traits: Any) -> None:
        self._study: WorkStudy | None = None
        self._number = 0
        super().__init__(source, protocol, **traits)

    @property
    def work_precision(self) -> WorkPrecision | None:
        """The latest study, None before the first."""
        return None if self._study is None or not self._study.result.points else self._study.result

    def hear(self, event: Event) -> None:
        """Bring the study up to date."""
        super().hear(event)
        if self.study["state"] == "running":
            if event.kind == "requested":
                self._tell_study("stopped", "Stopped, because the model was run anew. Measure begins again.")
            elif event.kind == "study" and (update := event.update) is not None and update.request == self._number:
                state = "stopped" if update.state == "cancelled" else update.state
                self._tell_study(state, update.message, update.progress)

    @action("study.start")
    def start_study(self) -> None:
        """Run every integrator over a ladder of steps or tolerances and compare each with a tight run."""
        session = self.session
        make, recorded = session.maker(), [trace.recordable for trace in session.traces()]

        def begin() -> WorkStudy:
            study = WorkStudy(make(record=recorded))
            with self.lock:
                self._study = study
            return study

        with self.lock:
            self.study = {**_NO_STUDY, "state": "running"}
            self.wanted = {"kind": "", "value": 0.0}
            self._number = session.study(begin)
            self.revision += 1

    @action("study.cancel")
    def cancel_study(self) -> None:
        """Stop the study; the points that it has stay."""
        self.session.cancel()

    @action("study.wanted")
    def want(self, kind: str, value: float | str) -> None:
        """Ask for advice on another error: of `"spike"` times (ms) or of `"voltage"` (mV)."""
        if kind not in ("spike", "voltage"):
            raise ValueError(f"kind = {kind!r}: give 'spike' or 'voltage'")
        number = to_float(value, "ms" if kind == "spike" else "mV", "the wanted error")
        if number <= 0:
            raise ValueError("the wanted error must be greater than 0")
        self.wanted = {"kind": kind, "value": number}
        self._tell_study(self.study["state"], self.study["message"], self.study["progress"])

    @action("study.use")
    def use(self, method: str, setting: str, value: float) -> None:
        """Run the cell as one of the points was run."""
        if setting not in ("dt", "atol"):
            raise ValueError(f"setting = {setting!r}: give 'dt' or 'atol'")
        self.set_setting(setting, value)
        self.set_setting("method", method)

    def _tell_study(self, state: str, message: str, progress: float = 1.0) -> None:
        result = self.work_precision
        told = {**_NO_STUDY, "state": state, "message": message, "progress": progress}
        if result is not None:
            if not self.wanted["kind"]:
                spike = result.subject.spikes > 0
                self.wanted = {"kind": "spike" if spike else "voltage", "value": 0.05 if spike else 0.1}
            told |= {
                "points": [_point(point) for point in result.points],
                "reference": result.reference,
                "spikes": result.subject.spikes,
                "advice": self._advice(result),
            }
        self.study = told
        self.revision += 1

    def _advice(self, result: WorkPrecision) -> dict[str, Any] | None:
        try:
            advice = result.recommend(**{self.wanted["kind"]: self.wanted["value"]})
        except ValueError:  # every run so far broke down
            return None
        return {"point": _point(advice.point), "reached": advice.reached, "reason": advice.reason}


def _point(point: WorkPoint) -> dict[str, Any]:
    """A point as JSON takes it, without numbers that are not finite."""
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value for name, value in vars(point).items()
    }
