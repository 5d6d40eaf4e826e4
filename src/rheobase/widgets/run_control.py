"""The run control: settings of a run, and the buttons that begin, take on, stop and repeat it."""

from typing import Any

from rheobase.model import Protocol
from rheobase.widgets.actions import action
from rheobase.widgets.bundle import bundle
from rheobase.widgets.code import run_lines
from rheobase.widgets.families import FamilyTraits
from rheobase.widgets.run_traits import RunTraits as RunTraits
from rheobase.widgets.session import Event
from rheobase.widgets.stepping import SteppingTraits


class RunControl(SteppingTraits, FamilyTraits):
    """Run settings and buttons for a cell: duration, time step, start voltage, temperature and integrator.

    While it is `live`, which it is unless told otherwise, every change to the cell or a setting runs it anew. A run can
    also be begun, stepped and continued by hand; it then stands where it is, and changes hold from there on.

    **Arguments:**

    - `source`: a `Cell`, a `Simulation`, or a widget or `Session` on one.
    - `protocol`: the settings, further stimuli and recordings to begin with.
    """

    _esm = bundle("plain.js")

    def __init__(self, source: Any, protocol: Protocol | None = None, *, live: bool = True, **traits: Any) -> None:
        super().__init__(source, protocol, live=live, component="run_control", **traits)
        if live and self.session.picture is None:
            self.session.request()

    def hear(self, event: Event) -> None:
        """Bring everything up to date."""
        super().hear(event)
        if event.kind in ("opened", "kept"):
            self.kept_info = [{"label": picture.label} for picture in self.session.kept]
        if event.kind in ("opened", "run", "cancelled", "stopped", "kept", "settings"):
            self.revision += 1

    @action("code")
    def code(self) -> dict[str, Any]:
        """The lines that run the cell as it is run here."""
        return {"content": run_lines(self.session)}
