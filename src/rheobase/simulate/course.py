"""A run under way: it drives an engine, and keeps what is recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from rheobase.kernel import CHUNK
from rheobase.simulate.engine import Present
from rheobase.simulate.engines import engine_for
from rheobase.simulate.results import Results
from rheobase.simulate.traces import Shots, Traces

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation

_SECONDS_A_CHUNK = 0.06  # how long Cancel may have to wait
_FIRST_CHUNK = 300_000  # samples times nodes: some milliseconds on most machines


class Cancelled(Exception):
    """A run was asked to stop."""


@dataclass(frozen=True)
class Progress:
    """How far a run has come: the `fraction` done, and the `results` until now."""

    fraction: float
    results: Results


class Course:
    """A run from time 0 to wherever it has come."""

    def __init__(self, simulation: "Simulation") -> None:
        began = perf_counter()
        assembly = simulation.assembly
        self._simulation = simulation
        self._recording = simulation.recording
        self._dt = np.asarray(simulation.protocol.dt, simulation.precision)
        params = assembly.normalised({})
        self._system = simulation.cast(assembly.system(params))
        self.engine = engine_for(simulation)
        self.present: Present
        self.present, first = self.engine.begin(self._system, simulation.cast(assembly.voltages(params)))
        self._traces = Traces(len(simulation.recordables), simulation.samples + 1, simulation.precision)
        self._record(np.zeros(1), first[None])
        self._shots = Shots(assembly.grid, simulation.wanted_frames(), self.engine.slack)
        self._shots.take(self.present)
        self._chunk = max(16, _FIRST_CHUNK // len(assembly.grid.parent))
        self._elapsed = perf_counter() - began

    def results(self) -> Results:
        """What was recorded so far."""
        traces = self._traces
        return Results(
            traces.t,
            self._simulation.recordables,
            self._simulation.units,
            traces.values,
            self._shots.frames(),
            self._elapsed,
            self.engine.statistics,
            traces.orders,
        )

    def chunks(self, until: float) -> Iterator[Progress]:
        """Go on to a time (ms), chunk by chunk, each some tens of milliseconds of work."""
        start = self.present.t
        while True:
            started = perf_counter()
            self._go(until)
            self._elapsed += perf_counter() - started
            done = self.present.t >= until - self.engine.slack
            yield Progress(1.0 if done else (self.present.t - start) / (until - start), self.results())
            if done:
                return

    def _go(self, until: float) -> None:
        started = perf_counter()
        stretch = self.engine.go(self._system, self.present, until, self._chunk, self._shots.next)
        self.present, count = stretch.present, len(stretch.t)
        self._record(stretch.t, stretch.raw, stretch.orders)
        self._shots.take(self.present)
        seconds = perf_counter() - started
        self._chunk = max(1, min(CHUNK, int(max(count, 1) * min(4.0, _SECONDS_A_CHUNK / max(seconds, 1e-6)))))

    def _record(self, t: Any, raw: Any, orders: Any = None) -> None:
        if len(t):
            self._traces.add(t, self._recording.rows(raw, t, self._dt, self._system), orders)
