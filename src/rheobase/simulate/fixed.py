"""The engine of fixed steps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import CHUNK, State, System
from rheobase.simulate.assemble import Assembly
from rheobase.simulate.engine import Present, Stretch
from rheobase.simulate.error import SimulationError
from rheobase.simulate.queues import begin_run, take_steps
from rheobase.simulate.recording import Recording

_VOLTAGE_BEYOND_REASON = 1e5  # mV


@dataclass(frozen=True)
class FixedSteps:
    """Steps of one length, a sample after each `every` of them.

    **Fields:** `dt`: ms; `precision` of the numbers; `first_run`: of a batch, the number of its first run;
    `forgiving`: whether a voltage that blows up is left to the caller.
    """

    assembly: Assembly
    recording: Recording
    dt: float
    every: int
    precision: str
    first_run: int = 0
    forgiving: bool = False

    statistics = None

    @property
    def slack(self) -> float:
        """Half a step, and a little for rounding."""
        return self.dt / 2 * (1 + 1e-6)

    def begin(self, system: System, v: Any) -> tuple[Present, NDArray[Any]]:
        """The present at time 0, and its sample."""
        state, first = begin_run(self.assembly.program, system, self.recording.probes, v, self._dt)
        return Present(0.0, state), np.asarray(first)

    def go(self, system: System, present: Present, until: float, most: int, pause: float = np.inf) -> Stretch:
        """Go on, to the step nearest to `until`."""
        done, last = round(present.t / self.dt), round(until / self.dt)
        if np.isfinite(pause):
            last = min(last, max(done + 1, round(pause / self.dt)))
        before_sample = self.every - done % self.every  # steps to the next sample
        if before_sample < self.every or last - done < self.every:
            # A stretch that begins or ends between samples.
            steps = min(before_sample, last - done)
            if steps <= 0:
                return Stretch(present, np.empty(0), np.empty((0, len(self.recording.probes.offset))))
            state, raw = self._take(system, present.state, done, min(steps, 1), steps)
            samples = int(steps == before_sample)
        else:
            samples = min(most, CHUNK, (last - done) // self.every)
            steps = samples * self.every
            state, raw = self._take(system, present.state, done, samples, self.every)
        first = done // self.every + 1
        t = np.asarray(self.dt * self.every * np.arange(first, first + samples), np.float64)
        return Stretch(Present((done + steps) * self.dt, state), t, raw[:samples])

    def _take(self, system: System, before: State, done: int, samples: int, every: int) -> tuple[State, NDArray[Any]]:
        program, probes = self.assembly.program, self.recording.probes
        state, rows = take_steps(program, system, probes, before, done, samples, every, self._dt)
        raw = np.asarray(rows)[:samples]
        if not self.forgiving and not (_sound(np.asarray(state.v)) and np.isfinite(raw).all()):
            self._refuse(system, before, done, samples * every)
        return state, raw

    def _refuse(self, system: System, before: State, done: int, steps: int) -> None:
        """Refuse a state that blew up, naming the first step at which it did, the worst node and, of a batch, the run.

        **Arguments:** `done` steps came `before` these.
        """
        program, probes, grid = self.assembly.program, self.recording.probes, self.assembly.grid
        low, high = 0, steps
        while high - low > 1:
            middle = (low + high) // 2
            state = self._after(program, system, probes, before, done, middle)
            low, high = (middle, high) if _sound(np.asarray(state.v)) else (low, middle)
        state = self._after(program, system, probes, before, done, high)
        v = np.abs(np.asarray(state.v)[: grid.count])
        node, *run = np.unravel_index(np.argmax(np.where(np.isfinite(v), v, np.inf)), v.shape)
        t, place = (done + high) * self.dt, grid.place_of(int(node))
        which = f"in run {self.first_run + int(run[0])} of the batch, " if run else ""
        raise SimulationError(
            f"{which}the voltage at {place} blew up at t = {t:g} ms; try a smaller dt than {self.dt:g} ms, "
            "or look for a conductance, current or resistance there that cannot be right",
            t,
            place,
        )

    def _after(self, program: Any, system: System, probes: Any, before: State, done: int, steps: int) -> State:
        # As one sample of that many steps: there may be more steps than a call has room for samples.
        return take_steps(program, system, probes, before, done, 1, steps, self._dt)[0]

    @property
    def _dt(self) -> Any:
        return np.asarray(self.dt, self.precision)


def _sound(v: NDArray[Any]) -> bool:
    return bool(np.isfinite(v).all() and np.abs(v).max() <= _VOLTAGE_BEYOND_REASON)


def sound_runs(v: NDArray[Any]) -> NDArray[np.bool_]:
    """Which runs of a batch have voltages that can be meant, of `v` in mV, `(nodes, batch)`."""
    found: NDArray[np.bool_] = (np.abs(v) <= _VOLTAGE_BEYOND_REASON).all(0)  # what is no number compares as false
    return found
