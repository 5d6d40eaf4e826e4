"""A run taken on by hand: begun, stepped, continued, stopped, saved and restored."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Any

import traitlets

from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.choices import choices
from rheobase.widgets.run_traits import RunTraits, is_adaptive
from rheobase.widgets.session import Event
from rheobase.widgets.uploads import Uploads

MOST_STATE = 64_000_000
"""Bytes of a saved state that is taken."""

_STARTS = {
    "v_init": ("the start voltage", "every channel as it would be after a long time at that voltage"),
    "steady": ("the steady state", "where nothing moves, found by Newton's method from the start voltage on"),
    "quiet": ("a long quiet run", "where a long run without stimuli comes to from the start voltage"),
}


class SteppingTraits(RunTraits):
    """Where a run stands, and how it is taken on, as the browser reads it.

    - `moment`: `t` (ms, None before the first run), `real` (s that it took), `points` (samples a ms, in words), whether
      it is `standing` there, and in `note` what became of a change.
    - `stride`, `goal`: ms, by how much and until when the run was last continued.
    - `start_from`, `starts`: how a run begins, and how it may.
    """

    moment: Any = traitlets.Dict().tag(sync=True)
    stride = traitlets.Float(5.0).tag(sync=True)
    goal = traitlets.Float(100.0).tag(sync=True)
    start_from = traitlets.Unicode("v_init").tag(sync=True)
    starts: Any = traitlets.List(choices(_STARTS)).tag(sync=True)

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        self._state_uploads = Uploads(4 * (MOST_STATE // 3 + 1), "state")
        super().__init__(*arguments, **traits)
        self.goal = self.session.protocol.tstop

    def hear(self, event: Event) -> None:
        """Tell where the run stands."""
        super().hear(event)
        if event.kind in ("opened", "settings"):
            self.start_from = self.session.start
        if event.kind != "study":
            self.moment = self._moment(event)

    @action("run.init")
    def init(self) -> None:
        """Begin anew, and stand at time 0."""
        self.session.init()

    @action("run.step")
    def step(self) -> None:
        """Take a single step."""
        self.session.step()

    @action("run.for")
    def run_for(self, ms: float | str) -> None:
        """Go on for some time."""
        self.session.run_for(ms)
        self.stride = to_float(ms, "ms", "duration")

    @action("run.until")
    def run_until(self, ms: float | str) -> None:
        """Go on until a time."""
        self.session.run_until(ms)
        self.goal = to_float(ms, "ms", "t")

    @action("run.stop")
    def stop(self) -> None:
        """Stop the run where it is; it can go on from there."""
        self.session.stop()

    @action("state.save")
    def save_state(self) -> dict[str, Any]:
        """The state that the run stands in, as a file in base64."""
        content = self.session.save_state()
        name = f"{self.session.cell.name} at {self.session.moment.t or 0.0:.6g} ms.npz"
        return {"name": name.replace("/", "_"), "content": b64encode(content).decode()}

    @action("state.restore")
    def restore_state(self, file: str, text: str, part: int = 0, parts: int = 1) -> None:
        """Take in a part of a state's file in base64, and with the last one stand in that state."""
        whole = self._state_uploads.take(file, text, part, parts)
        if whole is None:
            return
        try:
            data = b64decode(whole, validate=True)
        except NotBase64:
            raise ValueError(f"{file!r} did not arrive as it was sent: choose the file again") from None
        self.session.restore_state(data, file)

    def _settings(self) -> list[dict[str, Any]]:
        adaptive = is_adaptive(self.session.protocol.method)
        return [*super()._settings(), *([] if adaptive else [self.setting("points")])]

    def _moment(self, event: Event) -> dict[str, Any]:
        moment, results = self.session.moment, None if event.update is None else event.update.results
        t = moment.t if results is None or not self.session.busy else float(results.t[-1])
        note = ""
        if moment.standing and moment.changed and not self.session.busy:
            note = "The model or a setting was changed: the change holds from here on. Init & Run begins anew with it."
        return {
            "t": t,
            "real": moment.elapsed,
            "points": self._points(),
            "standing": moment.standing,
            "note": note,
        }

    def _points(self) -> str:
        protocol = self.session.protocol
        if is_adaptive(protocol.method):
            return "a point each step"
        return f"{1 / (protocol.dt * self.session.every):.4g}"
