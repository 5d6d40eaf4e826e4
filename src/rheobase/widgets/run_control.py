"""How a cell is run: for how long, how finely, from where; started, cancelled and kept."""

from typing import Any

import traitlets

from rheobase.mechanisms import Parameter
from rheobase.model import Protocol
from rheobase.simulate import Results, Update, integrators
from rheobase.widgets.actions import action
from rheobase.widgets.bundle import bundle
from rheobase.widgets.quantities import quantity
from rheobase.widgets.session import Event
from rheobase.widgets.studies import StudyWidget

_SETTINGS = {
    "tstop": ("Duration", Parameter("tstop", 100.0, "ms", minimum=1e-3, doc="length of the run")),
    "dt": ("Time step", Parameter("dt", 0.025, "ms", minimum=1e-4, doc="time step; smaller is more exact and slower")),
    "v_init": ("Start voltage", Parameter("v_init", -65.0, "mV", doc="voltage everywhere at time 0")),
    "celsius": ("Temperature", Parameter("celsius", 6.3, "degC", minimum=-273.15, doc="temperature of the channels")),
}
_REACH = {"tstop": (0.0, 500.0), "dt": (0.0, 0.1)}
_TITLES = {"implicit_euler": "Implicit Euler (robust)", "crank_nicolson": "Crank-Nicolson (second order)"}


class RunTraits(StudyWidget):
    """Run settings, progress and status as the browser reads them, and the answers to what it asks for."""

    settings: Any = traitlets.List().tag(sync=True)
    method = traitlets.Unicode("implicit_euler").tag(sync=True)
    methods: Any = traitlets.List().tag(sync=True)
    progress = traitlets.Float().tag(sync=True)
    status = traitlets.Unicode("Ready").tag(sync=True)
    kept_info: Any = traitlets.List().tag(sync=True)

    @property
    def results(self) -> Results | None:
        """The latest complete run, or None."""
        return self.session.results

    @property
    def protocol(self) -> Protocol:
        """The settings as they are now."""
        return self.session.protocol

    def hear(self, event: Event) -> None:
        """Bring settings and status up to date."""
        super().hear(event)
        if event.kind == "opened":
            self.methods = [{"name": each.name, "title": _TITLES.get(each.name, each.name)} for each in integrators()]
        if event.kind in ("opened", "settings"):
            self.settings = self._settings()
            self.method = self.session.protocol.method
        if event.kind in ("opened", "requested", "run", "cancelled"):
            self.state, self.error = self.session.state, self.session.message
        if event.kind == "cancelled":
            self.status = f"Cancelled at {100 * self.progress:.0f} %"
        elif event.kind == "run" and event.update is not None:
            self.progress = event.update.progress
            self.status = status_of(event.update, self.session.busy)

    @action("run.start")
    def start(self) -> None:
        """Run the cell as it is now."""
        self.session.request()

    @action("run.cancel")
    def cancel(self) -> None:
        """Stop the run that is under way; the last picture stays."""
        self.session.cancel()

    @action("run.set")
    def set_setting(self, key: str, value: float | str, gesture: str = "") -> None:
        """Change a run setting by hand; a slider's limits hold here too."""
        if key in _SETTINGS:
            value = _SETTINGS[key][1].check(value)
        elif key == "method" and value not in (known := [each.name for each in integrators()]):
            raise ValueError(f"there is no integrator {value!r}; there are {', '.join(known)}")
        self.session.set(key, value)

    @action("run.set.reset")
    def reset_setting(self, key: str) -> None:
        """Give a setting back the value it had at first."""
        self.session.set(key, self.session.initial(key))

    @action("trace.keep")
    def keep(self) -> None:
        """Keep the latest run, faint, beneath the next ones."""
        self.session.keep()

    @action("trace.clear")
    def clear_kept(self) -> None:
        """Drop the kept runs."""
        self.session.forget()

    def _settings(self) -> list[dict[str, Any]]:
        protocol, session = self.session.protocol, self.session
        return [
            quantity(
                name,
                parameter,
                getattr(protocol, name),
                default=session.initial(name),
                label=label,
                reach=_REACH.get(name),
            )
            for name, (label, parameter) in _SETTINGS.items()
        ]


def status_of(update: Update, busy: bool) -> str:
    """How a run stands, in words; `busy` if a newer one waits.

    >>> status_of(Update("done", None, 1.0, 0.056, "", 1), busy=False)
    '56 ms, up to date'
    >>> status_of(Update("running", None, 0.4, 3.21, "", 1), busy=True)
    'Running, 40 % after 3.2 s'
    """
    took = f"{1000 * update.elapsed:.0f} ms" if update.elapsed < 1 else f"{update.elapsed:.1f} s"
    if update.state == "running":
        return f"Running, {100 * update.progress:.0f} % after {took}"
    if update.state == "error":
        return "Stopped by an error"
    return f"{took}, updating" if busy else f"{took}, up to date"


class RunControl(RunTraits):
    """Run settings and buttons for a cell: duration, time step, start voltage, temperature and integrator.

    While it is `live`, which it is unless told otherwise, every change to the cell or a setting runs it anew.

    **Arguments:**

    - `source`: a `Cell`, or a widget or `Session` on one.
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
        if event.kind in ("opened", "run", "cancelled", "kept", "settings"):
            self.revision += 1
