"""How a cell is run: for how long, how finely, from where; started, cancelled and kept."""

from typing import Any

import traitlets

from rheobase.mechanisms import Parameter
from rheobase.model import Protocol
from rheobase.simulate import Results, Update, integrators, uneven_end, uneven_samples
from rheobase.widgets.actions import action
from rheobase.widgets.quantities import duration_in_words, quantity
from rheobase.widgets.session import Event
from rheobase.widgets.studies import StudyWidget

SETTINGS = {
    "tstop": ("Duration", Parameter("tstop", 100.0, "ms", minimum=1e-3, doc="length of the run")),
    "dt": ("Time step", Parameter("dt", 0.025, "ms", minimum=1e-4, doc="time step; smaller is more exact and slower")),
    "atol": (
        "Absolute tolerance",
        Parameter("atol", 1e-3, "1", minimum=1e-12, doc="error allowed in a step, in mV, mM or 1, times the scale"),
    ),
    "rtol": (
        "Relative tolerance",
        Parameter("rtol", 0.0, "1", minimum=0.0, maximum=0.1, doc="error allowed in a step for each unit of a state"),
    ),
    "v_init": ("Start voltage", Parameter("v_init", -65.0, "mV", doc="voltage everywhere at time 0")),
    "celsius": ("Temperature", Parameter("celsius", 6.3, "degC", minimum=-273.15, doc="temperature of the channels")),
    "points": ("Samples", Parameter("points", 40.0, "1/ms", minimum=1e-3, doc="how many samples of a trace in a ms")),
}
"""By name: what a setting is called, and what it can be."""

REACH = {"tstop": (0.0, 500.0), "dt": (0.0, 0.1), "atol": (0.0, 0.01), "rtol": (0.0, 0.01), "points": (1.0, 50.0)}
"""The ranges of their sliders at first."""

_TITLES = {
    "adaptive": "Variable step (BDF)",
    "implicit_euler": "Implicit Euler (robust)",
    "crank_nicolson": "Crank-Nicolson (second order)",
    "exponential_euler": "Exponential Euler",
    "rk4": "Runge-Kutta (fourth order)",
    "rk45": "Runge-Kutta with substeps (Dormand-Prince)",
}


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
            self.methods = methods()
        if event.kind in ("opened", "settings"):
            self.settings = self._settings()
            self.method = self.session.protocol.method
        if event.kind in ("opened", "requested", "run", "cancelled", "stopped"):
            self.state, self.error = self.session.state, self.session.message
        if event.kind == "cancelled":
            self.status = f"Cancelled at {100 * self.progress:.0f} %"
        elif event.kind == "stopped":
            self.status = f"Stopped at {self.session.moment.t or 0.0:.9g} ms"
        elif event.kind == "run" and event.update is not None:
            self.progress = event.update.progress
            done = event.update.state == "done" and self.session.standing
            self.status = self._standing() if done else status_of(event.update, self.session.busy)
        elif event.kind in ("document", "settings") and self.session.standing and not self.session.busy:
            self.status = f"{self._standing()}, changed"

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
        if key in SETTINGS:
            value = SETTINGS[key][1].check(value)
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

    def _standing(self) -> str:
        return f"Stands at {self.session.moment.t or 0.0:.9g} ms"

    def _settings(self) -> list[dict[str, Any]]:
        protocol = self.session.protocol
        names = ["tstop", *(("atol", "rtol") if is_adaptive(protocol.method) else ("dt",)), "v_init", "celsius"]
        return [self.setting(name) for name in names]

    def setting(self, name: str) -> dict[str, Any]:
        """A setting as a field, with a warning where it does what nobody asked for."""
        protocol, session = self.session.protocol, self.session
        label, parameter = SETTINGS[name]
        if name == "points":
            value, default = session.points or 1 / protocol.dt, 1 / session.initial("dt")
        else:
            value, default = getattr(protocol, name), session.initial(name)
        found = quantity(name, parameter, value, default=default, label=label, reach=REACH.get(name))
        if name == "dt":
            found["warning"] = uneven_end(protocol.tstop, protocol.dt)
        if name == "points":
            found["warning"] = uneven_samples(protocol.dt, session.points)
            found["assigned"] = session.points is not None
            found["reset"] = "Reset to a sample each step"
        return found


def methods() -> list[dict[str, Any]]:
    """The integrators, as the browser lists them.

    >>> [each["title"] for each in methods() if each["name"] == "implicit_euler"]
    ['Implicit Euler (robust)']
    """
    return [
        {
            "name": each.name,
            "title": _TITLES.get(each.name, each.name.replace("_", " ").capitalize()),
            "doc": f"{each.description.rstrip('.')}. {each.when[:1].upper()}{each.when[1:]}".strip(". ") + ".",
            "order": each.order,
            "adaptive": each.adaptive,
        }
        for each in integrators()
    ]


def is_adaptive(method: str) -> bool:
    """Whether an integrator chooses its steps."""
    return any(each.name == method and each.adaptive for each in integrators())


def status_of(update: Update, busy: bool) -> str:
    """How a run stands, in words; `busy` if a newer one waits.

    >>> status_of(Update("done", None, 1.0, 0.056, "", 1), busy=False)
    '56 ms, up to date'
    >>> status_of(Update("running", None, 0.4, 3.21, "", 1), busy=True)
    'Running, 40 % after 3.2 s'
    """
    took = duration_in_words(update.elapsed)
    if update.state == "running":
        return f"Running, {100 * update.progress:.0f} % after {took}"
    if update.state == "error":
        return "Stopped by an error"
    return f"{took}, updating" if busy else f"{took}, up to date"
