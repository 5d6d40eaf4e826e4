"""The engine of variable steps."""

from functools import partial
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import (
    CHUNK,
    FINE,
    UNDERFLOW,
    Memory,
    Program,
    Schedule,
    State,
    System,
    Tolerance,
    Unknowns,
    advance_variable,
    differential,
    fresh_memory,
    recurring_size,
    replayed,
    unknowns_of,
)
from rheobase.simulate.assemble import Assembly
from rheobase.simulate.engine import Present, Statistics, Stretch
from rheobase.simulate.error import SimulationError
from rheobase.simulate.options import ion_type
from rheobase.simulate.queues import begin_run, failing, larger_queues, refuse_failure
from rheobase.simulate.recording import Recording

_VOLTAGE_BEYOND_REASON = 1e5  # mV


class AdaptiveSteps:
    """Steps that follow the estimated error, a sample at each.

    **Arguments:** `dt`: ms, for mechanisms that ask for the length of a step; `atol`, `rtol` and `scale`, the factors
    of `atol` by type of state: the error tolerated in a step; `max_step`: ms, the longest.
    """

    slack = 0.0

    def __init__(
        self,
        assembly: Assembly,
        recording: Recording,
        dt: float,
        precision: str,
        atol: float,
        rtol: float,
        scale: dict[str, float],
        max_step: float = np.inf,
    ) -> None:
        self._assembly, self._recording = assembly, recording
        self._dt = np.asarray(dt, precision)
        self._precision = precision
        self._atol, self._rtol, self._scale = atol, rtol, scale
        self._longest = np.asarray(max_step, precision)
        self._unknowns: Unknowns | None = None
        self._tolerance: Tolerance | None = None
        self._steps: list[tuple[NDArray[Any], ...]] = []
        self._memory: Memory | None = None
        self._latest: tuple[System, System, Any] | None = None
        self._seconds = 0.0

    def begin(self, system: System, v: Any) -> tuple[Present, NDArray[Any]]:
        """The present at time 0, and its sample."""
        state, first = begin_run(self._assembly.program, system, self._recording.probes, v, self._dt)
        self._steps, self._memory, self._seconds = [], None, 0.0
        return Present(0.0, state), np.asarray(first)

    def go(self, system: System, present: Present, until: float, most: int, pause: float = np.inf) -> Stretch:
        """Go on, to `until` exactly."""
        started = perf_counter()
        program = self._assembly.program
        unknowns, tolerance = self._prepared(system, present.state)
        memory = present.memory
        if memory is None:
            memory = self._counted(fresh_memory(unknowns, present.t, self._precision))
        held, breaks = self._held(system)
        before = present.state
        while True:
            state, after, rows, count = advance_variable(
                program,
                unknowns,
                held,
                self._recording.probes,
                before,
                memory,
                tolerance,
                breaks,
                self._number(until),
                min(most, CHUNK),
                self._number(pause),
                self._longest,
                self._dt,
            )
            if not failing(state):
                break
            refuse_failure(state, present.t, until)
            before = before._replace(events=larger_queues(before.events, failing(state)))
        # Through NumPy: what JAX makes of its own numbers takes as long as many steps.
        taken, t_end = int(np.asarray(count)), float(np.asarray(after.t))
        t, raw = np.asarray(rows.t)[:taken].astype(float), np.asarray(rows.raw)[:taken]
        orders = np.asarray(rows.order)[:taken].astype(np.int64)
        self._check(after, t_end, state, unknowns, tolerance)
        self._steps.append((t, orders, np.asarray(rows.h)[:taken], np.asarray(rows.restarts)[:taken]))
        self._memory = after
        self._seconds += perf_counter() - started
        return Stretch(Present(t_end, state, after), t, raw, orders)

    @property
    def statistics(self) -> Statistics | None:
        """What was done since `begin`."""
        memory, unknowns = self._memory, self._unknowns
        if memory is None or unknowns is None:
            return None
        t, order, h, _ = self._columns()
        iterations = int(memory.iterations)
        return Statistics(
            steps=int(memory.steps),
            rejected=int(memory.rejected),
            newton_iterations=iterations,
            evaluations=iterations + 3 * int(memory.restarts),
            t=t,
            order=order,
            step_size=h,
            largest=self._by_type(np.asarray(memory.largest)),
            error=self._by_type(np.asarray(memory.worst)),
            elapsed=self._seconds,
        )

    def schedule(self) -> Schedule:
        """The steps taken since `begin`, to be taken again."""
        t, order, h, restarts = self._columns()
        fresh = np.diff(restarts, prepend=0) > 0
        return Schedule(*map(jnp.asarray, (t - h, h, order, fresh)))

    def replay(self, system: System, v: Any, schedule: Schedule) -> Any:
        """Take the steps of a schedule again, differentiably; samples `(steps + 1, probes)`."""
        unknowns, tolerance = self._known, self._tolerance
        if tolerance is None:
            raise RuntimeError("nothing is known before the first step")
        weight = 1 / tolerance.absolute
        return _replayed(
            self._assembly.program, unknowns, system, self._recording.probes, v, schedule, weight, self._dt
        )

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return tuple(np.concatenate(column) for column in zip(*self._steps, strict=True))

    def _counted(self, memory: Memory) -> Memory:
        """A fresh memory that goes on counting where the last one stood."""
        last = self._memory
        if last is None:
            return memory
        return memory._replace(
            steps=last.steps,
            rejected=last.rejected,
            iterations=last.iterations,
            restarts=last.restarts,
            largest=last.largest,
            worst=last.worst,
        )

    def _prepared(self, system: System, state: State) -> tuple[Unknowns, Tolerance]:
        if self._unknowns is None or self._tolerance is None:
            unknowns = self._unknowns = _known_unknowns(self._assembly.program, system, state)
            counts = np.asarray(differential(self._assembly.program, unknowns, system))
            absolute = np.full(unknowns.size, np.inf)
            for kind, rows in self._types(unknowns):
                absolute[rows] = self._atol * self._scale.get(kind, 1.0)
            absolute[~counts] = np.inf
            self._counts = counts
            self._tolerance = Tolerance(jnp.asarray(absolute, self._precision), self._number(self._rtol))
        return self._unknowns, self._tolerance

    def _types(self, unknowns: Unknowns) -> list[tuple[str, slice]]:
        """The type of state of each stretch of unknowns."""
        found = []
        for block, name, start, stop, _ in unknowns.stretches:
            owner = f"{self._assembly.plans[block].mechanism.name}." if block >= 0 else ""
            kind = ion_type(name) if "." in name and block < 0 else owner + name
            found.append((kind, slice(start, stop)))
        return found

    def _by_type(self, values: NDArray[Any]) -> dict[str, float]:
        counted = np.where(self._counts, values, 0.0)
        return {kind: float(counted[rows].max(initial=0.0)) for kind, rows in self._types(self._known)}

    @property
    def _known(self) -> Unknowns:
        if self._unknowns is None:
            raise RuntimeError("nothing is known before the first step")
        return self._unknowns

    def _held(self, system: System) -> tuple[System, Any]:
        """The same system as JAX holds it, and its breaks; made once, as a run goes on with it again and again."""
        if self._latest is None or self._latest[0] is not system:
            self._latest = system, jax.device_put(system), self._breaks(system)
        return self._latest[1:]

    def _breaks(self, system: System) -> Any:
        """The times at which something is known to jump, sorted and filled up with `inf`."""
        found = [np.empty(0)]
        for plan, block in zip(self._assembly.plans, system.blocks, strict=True):
            real = np.asarray(block.scale) != 0
            named = plan.mechanism.breaks(SimpleNamespace(**block.parameters))
            found += [np.broadcast_to(np.asarray(each, float), real.shape)[real] for each in named]
        found += [np.asarray(played.times) for played in system.plays]
        times = np.unique(np.concatenate(found))
        times = times[np.isfinite(times)]
        return self._number(np.append(times, np.full(recurring_size(len(times) + 1) - len(times), np.inf)))

    def _check(self, memory: Memory, t: float, state: State, unknowns: Unknowns, tolerance: Tolerance) -> None:
        status = int(np.asarray(memory.status))
        v = np.asarray(state.v)[: self._assembly.grid.count]
        if status == FINE and np.abs(v).max() <= _VOLTAGE_BEYOND_REASON:
            return
        y, change = np.asarray(memory.history[0]), np.asarray(memory.history[1])
        lost = ~(np.isfinite(y) & np.isfinite(change))
        moved = np.where(lost, np.inf, np.abs(change) / np.asarray(tolerance.absolute))
        if status == FINE:
            moved = np.append(np.abs(v), np.zeros(unknowns.size - len(v)))
        what, place = self._named(unknowns, int(np.argmax(moved)))
        if status == UNDERFLOW:
            message = (
                f"the step fell below 1e-10 ms at t = {t:g} ms, where {what} at {place} moves fastest: look for "
                "something there that jumps without an event, or for rates that cannot be right; a larger atol may "
                "pass it"
            )
        elif status == FINE:
            message = (
                f"the voltage at {place} blew up at t = {t:g} ms: look for a conductance, current or resistance there "
                "that cannot be right"
            )
        else:
            message = (
                f"{what} at {place} is not a number at t = {t:g} ms: look for a parameter there that is not a number, "
                "or a rate that divides by zero"
            )
        raise SimulationError(message, t, place)

    def _named(self, unknowns: Unknowns, index: int) -> tuple[str, str]:
        """The type of an unknown, and where it is."""
        for (kind, rows), (block, *_) in zip(self._types(unknowns), unknowns.stretches, strict=True):
            if rows.start <= index < rows.stop:
                node = index - rows.start
                if block >= 0:
                    plan = self._assembly.plans[block]
                    real = np.flatnonzero(plan.rows_of(np.arange(int(plan.weight.sum()))) == node)
                    node = plan.node_of(int(real[0])) if len(real) else 0
                return "the voltage" if kind == "v" else kind, self._assembly.grid.place_of(node)
        raise IndexError(index)

    def _number(self, value: Any) -> Any:
        return np.asarray(value, self._precision)


_replayed = partial(jax.jit, static_argnums=(0, 1))(replayed)


# Looking through mechanisms takes some milliseconds, and a slider runs the same program again and again.
_looked_through: dict[tuple[Any, ...], Unknowns] = {}
_MOST_KEPT = 64


def _known_unknowns(program: Program, system: System, state: State) -> Unknowns:
    key = (program, tuple(np.shape(x) for x in jax.tree.leaves((system, state))))
    if key not in _looked_through:
        if len(_looked_through) >= _MOST_KEPT:
            _looked_through.clear()
        _looked_through[key] = unknowns_of(program, system, state)
    return _looked_through[key]
