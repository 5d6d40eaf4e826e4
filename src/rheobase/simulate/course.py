"""A run under way: it drives an engine, and keeps what is recorded."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import CHUNK, State
from rheobase.model import Recordable
from rheobase.simulate.changes import address_in, following, sampled, settled, with_number
from rheobase.simulate.engine import Present
from rheobase.simulate.engines import engine_for
from rheobase.simulate.recording import plan_recording
from rheobase.simulate.rest import begun
from rheobase.simulate.results import Results
from rheobase.simulate.traces import Shots, Traces, WantedTraces

if TYPE_CHECKING:
    from rheobase.simulate.schedule import Call
    from rheobase.simulate.simulation import Simulation

_SECONDS_A_CHUNK = 0.06  # how long Cancel may have to wait
_ROUNDING = 1e-6  # of a step
_FIRST_CHUNK = 300_000  # samples times nodes: some milliseconds on most machines


class Cancelled(Exception):
    """A run was asked to stop."""


@dataclass(frozen=True)
class Progress:
    """How far a run has come: the `fraction` done, and the `results` until now."""

    fraction: float
    results: Results


class Course:
    """A run from its initialisation to wherever it has come.

    **Fields:** the `engine`; the `present`; `values`, the parameters that were changed for this run alone; `calling`,
    whether a function is being called that may change things; `stopped`, whether the run was asked to stop.
    """

    def __init__(self, simulation: "Simulation") -> None:
        self._simulation = simulation
        # A run keeps what it began with, whatever the simulation plays by then.
        self._assembly, self._recording = simulation.assembly, simulation.recording
        self._dt = np.asarray(simulation.protocol.dt, simulation.precision)
        self.values: dict[str, NDArray[np.float64]] = {}
        self.calling = self.stopped = False
        self.engine = engine_for(simulation)
        self._voltages: Any = None
        self._reached = -np.inf
        self._elapsed = 0.0
        self._chunk = 1

    @property
    def begun(self) -> bool:
        """Whether it has a present yet."""
        return hasattr(self, "present")

    @property
    def has_voltages(self) -> bool:
        """Whether voltages were set."""
        return self.begun or self._voltages is not None

    def begin(self) -> None:
        """Initialise, from the first stage to the last."""
        began, simulation = perf_counter(), self._simulation
        self._call("before_v")
        self._system = self._made()
        self._voltages = simulation.cast(self._assembly.voltages(self._params()))
        self._call("after_v")
        present, _ = self.engine.begin(self._system, self._voltages)
        self.present = present._replace(state=begun(simulation, self._system, present.state))
        self._call("after_initial")
        self._call("ready")
        self._open(simulation.samples + 1, simulation.wanted_frames())
        self._elapsed = perf_counter() - began
        self._call_due()

    def fresh(self) -> Present:
        """A present at time 0, as it would begin without any function called."""
        self._system = self._made()
        return self.engine.begin(self._system, self._simulation.cast(self._assembly.voltages(self._params())))[0]

    def remembering(self, present: Present) -> Present:
        """A present one step on, which has whatever memory the engine keeps."""
        return self.engine.go(self._system, present, np.inf if not self.engine.slack else present.t, 1).present

    def resume(self, present: Present) -> None:
        """Stand at a present that was saved; what is recorded begins there."""
        self._system = self._made()
        self.present = present
        self._reached = present.t + self.engine.slack
        self._open(max(1, self._simulation.samples), np.empty(0))

    @property
    def end(self) -> float:
        """When a whole run ends, ms."""
        protocol = self._simulation.protocol
        return self._simulation.steps * protocol.dt if self.engine.slack else protocol.tstop

    def results(self) -> Results:
        """What was recorded so far."""
        traces, simulation = self._traces, self._simulation
        return Results(
            traces.t,
            simulation.recordables,
            simulation.units,
            traces.values,
            self._shots.frames(),
            self._elapsed,
            self.engine.statistics,
            traces.orders,
        )

    # Going on

    def chunks(self, until: float) -> Iterator[Progress]:
        """Go on to a time (ms), chunk by chunk, each some tens of milliseconds of work."""
        start, self.stopped = self.present.t, False
        while True:
            started = perf_counter()
            self._go(until, self._chunk)
            self._elapsed += perf_counter() - started
            done = self.present.t >= until - self.engine.slack
            yield Progress(1.0 if done else (self.present.t - start) / (until - start), self.results())
            if done or self.stopped:
                return

    def step(self) -> None:
        """Take one step."""
        started = perf_counter()
        slack, chunk = self.engine.slack, self._chunk
        self._go(self.present.t + 2 * slack if slack else np.inf, 1)
        self._chunk = chunk
        self._elapsed += perf_counter() - started

    def _go(self, until: float, most: int) -> None:
        started = perf_counter()
        schedule = self._simulation.schedule
        limit = min(until, schedule.next(self._reached)) if schedule else until
        stretch = self.engine.go(self._system, self.present, limit, most, self._shots.next)
        count = len(stretch.t)
        values = self._read(stretch.t, stretch.raw)
        self._traces.add(stretch.t, values, stretch.orders)
        self.present = stretch.present
        self._shots.take(self.present)
        if count:
            faster = min(4.0, _SECONDS_A_CHUNK / max(perf_counter() - started, 1e-6))
            self._chunk = max(1, min(CHUNK, int(count * faster)))
        self._call_due()

    def _open(self, expected: int, frames: NDArray[np.float64]) -> None:
        simulation = self._simulation
        rows, wanted = len(simulation.recordables), simulation.record_at
        if wanted is None:
            self._traces = Traces(rows, expected, simulation.precision)
        else:
            ahead = wanted[wanted >= self.present.t - self.engine.slack * _ROUNDING]
            self._traces = WantedTraces(rows, ahead, simulation.precision)
        self._shots = Shots(self._assembly.grid, frames, self.engine.slack)
        self._chunk = max(16, _FIRST_CHUNK // len(self._assembly.grid.parent))
        self._take_sample()
        self._shots.take(self.present)

    def _take_sample(self) -> None:
        """Record the present itself."""
        raw = sampled(self.present.state, self._recording.probes)[None]
        t = np.array([self.present.t])
        orders = None if self.engine.slack else np.zeros(1, np.int64)
        self._traces.add(t, self._read(t, raw), orders)

    def _take_changed(self, before: Present) -> None:
        """Record the present again if it changed at an instant; samples of fixed steps stay evenly spread."""
        if self.present is not before and not self.engine.slack:
            self._take_sample()

    def _read(self, t: NDArray[np.float64], raw: NDArray[Any]) -> NDArray[Any]:
        return self._recording.rows(raw, t, self._dt, self._system)

    # Calling

    def _call(self, stage: str) -> None:
        self._called(self._simulation.schedule.staged(stage))

    def _call_due(self) -> None:
        schedule, now = self._simulation.schedule, self.present.t + self.engine.slack
        if not schedule or now <= self._reached:
            return
        calls, self._reached = schedule.due(self._reached, now), now
        before = self.present
        self._called(calls)
        self._take_changed(before)

    def _called(self, calls: "Iterable[Call]") -> None:
        for call in calls:
            self.calling = True
            try:
                call(self._simulation)
            finally:
                self.calling = False

    # Changing

    def refresh(self, given: dict[str, Any]) -> None:
        """Take up parameters that were changed."""
        if not self.has_voltages:
            return
        old, self._system = self._system, self._made()
        if self.begun:
            state = following(self._assembly, self.present.state, old, self._system, given)
            self._change(lambda _: state)

    def put(self, recordable: Recordable, value: float) -> None:
        """Change a voltage, a state or a concentration."""
        address = address_in(self._assembly, recordable)
        if self.begun:
            self._change(lambda state: with_number(state, address, value))
        elif self._voltages is not None and address[0] == 0:
            self._voltages = np.array(self._voltages)
            self._voltages[address[1]] = value
        else:
            raise ValueError(f"{recordable.label} has no value yet at this stage; set it after_initial")

    def value(self, recordable: Recordable) -> float:
        """What a recordable is at present."""
        if not self.begun:
            if self._voltages is not None and recordable.variable == "v":
                return float(self._voltages[address_in(self._assembly, recordable)[1]])
            raise ValueError(f"{recordable.label} has no value yet at this stage")
        recording = plan_recording(self._assembly, (recordable,))
        raw = sampled(self.present.state, recording.probes)[None]
        return float(recording.rows(raw, np.array([self.present.t]), self._dt, self._system)[0, 0])

    def _change(self, change: Callable[[State], State]) -> None:
        before = self.present
        program, t = self._assembly.program, before.t
        # Without its memory, so that the engine begins anew from what was changed.
        self.present = Present(t, settled(program, self._system, change(before.state), t, self._dt))
        if not self.calling:
            self._take_changed(before)

    def _params(self) -> dict[str, Any]:
        return self._assembly.normalised({**self._simulation.values, **self.values})

    def _made(self) -> Any:
        return self._simulation.cast(self._assembly.system(self._params()))
