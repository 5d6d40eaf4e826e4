"""Runs with a variable step: the step and the order follow an estimate of the error, events are met exactly.

A step ends where something is known to jump: at a time that a mechanism names, or when an event is due. Where a source
crosses its threshold within a step, the crossing is found on the step's polynomial; if its event is due before the step
ended, the run goes back to that instant. After each jump the formula starts afresh at order 1.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from rheobase.kernel.bdf import ROWS, History, accepted, at_step, attempt, error_of, interpolated, next_order, norm
from rheobase.kernel.delivery import crossed_sources, meet, sent_by
from rheobase.kernel.linearise import linearise, solve
from rheobase.kernel.membrane import prepare
from rheobase.kernel.play import playing
from rheobase.kernel.rates import rates, shown
from rheobase.kernel.run import CHUNK
from rheobase.kernel.system import Clock, Probes, Program, State, System, sample
from rheobase.kernel.unknowns import Unknowns

FINE, UNDERFLOW, NOT_FINITE = 0, 1, 2

_SHORTEST = 1e-10  # ms
_FIRST = 0.5  # ms, the longest first step
_FAILURES = 4
_SAFETY = 0.7  # of the step that the error would allow: fewer steps are then refused, and spikes lie closer
_MARGIN = 2.0  # by which an estimated error stays below what is tolerated, since errors of steps add up
_WORTH = 1.2  # a longer step than this much is worth new differences
_ASIDE = 1e-9  # by which part of a step its end is evaluated early, and a start late, so that a jump has its side
_STIFF = 1e9  # per ms: a shift that lets only algebraic unknowns move
_BISECTIONS = 50


class Tolerance(NamedTuple):
    """What error is tolerated. **Fields:** `absolute`, of each unknown, `inf` where none counts; `relative`."""

    absolute: Array
    relative: Array


class Memory(NamedTuple):
    """What a variable step carries on besides the state.

    **Fields:** `t`, ms; the next step `h`, and the `spacing` of the differences `history`; the
    `order`; how many steps were `equal`; whether to `restart`; how often in a row a step failed; `contraction` of
    Newton's method; what was counted: `steps`, `rejected`, `iterations`, `restarts`; of each unknown the `largest`
    magnitude and the `worst` error; `status`.
    """

    t: Array
    h: Array
    spacing: Array
    history: History
    order: Array
    equal: Array
    restart: Array
    failures: Array
    contraction: Array
    steps: Array
    rejected: Array
    iterations: Array
    restarts: Array
    largest: Array
    worst: Array
    status: Array


class Rows(NamedTuple):
    """Accepted steps.

    **Fields:** `t`, ms, of their ends; what probes saw then, `(CHUNK, probes)`; `order`; `h`, ms; `restarts`, how often
    the formula had begun.
    """

    t: Array
    raw: Array
    order: Array
    h: Array
    restarts: Array


def fresh_memory(unknowns: Unknowns, t: Any, dtype: Any) -> Memory:
    """The memory of a run that begins at `t` (ms)."""
    # NumPy's, since each array that JAX makes by itself costs as much as tens of steps of a compartment.
    zero: Any = np.zeros((), dtype)
    count: Any = np.zeros((), np.int32)
    each: Any = np.zeros(unknowns.size, dtype)
    start: Any = np.asarray(t, dtype)
    restart: Any = np.ones((), bool)
    return Memory(
        t=start,
        h=zero + 1,
        spacing=zero + 1,
        history=(each,) * ROWS,
        order=count + 1,
        equal=count,
        restart=restart,
        failures=count,
        contraction=zero + 1,
        steps=count,
        rejected=count,
        iterations=count,
        restarts=count,
        largest=each,
        worst=each,
        status=count,
    )


@partial(jax.jit, static_argnames=("program", "unknowns"))
def advance_variable(
    program: Program,
    unknowns: Unknowns,
    system: System,
    probes: Probes,
    state: State,
    memory: Memory,
    tolerance: Tolerance,
    breaks: Array,
    stop: Array,
    most: Array,
    pause: Array,
    longest: Array,
    dt: Array,
) -> tuple[State, Memory, Rows, Array]:
    """Step on until `stop` (ms), or until `most` steps were accepted, at most `CHUNK`.

    **Arguments:** `breaks`: ms, where a step has to end; `pause`: ms, at or after which to stop without shortening a
    step; `longest`: ms, the longest step; `dt`: ms, for mechanisms that ask for the step of events.

    **Returns:** the state at the end, the memory, the accepted steps and how many they are.
    """
    run = _Run(program, unknowns, prepare(program, system), probes, tolerance, breaks, stop, longest, dt)
    shape = (CHUNK, probes.offset.shape[0])
    dtype = state.v.dtype
    number, count = jnp.zeros(CHUNK, dtype), jnp.zeros(CHUNK, jnp.int32)
    rows = Rows(number, jnp.zeros(shape, dtype), count, number, count)

    def going(carry: tuple[State, Memory, Rows, Array]) -> Array:
        state, memory, _, count = carry
        more = (memory.t < jnp.minimum(stop, pause)) & (count < most) & (memory.status == FINE)
        return more if state.events is None else more & (state.events.failed == 0)

    return lax.while_loop(going, run.step, (state, memory, rows, jnp.zeros((), jnp.int32)))


class _Run(NamedTuple):
    """What does not change in a run."""

    program: Program
    unknowns: Unknowns
    system: System
    probes: Probes
    tolerance: Tolerance
    breaks: Array
    stop: Array
    longest: Array
    dt: Array

    def step(self, carry: tuple[State, Memory, Rows, Array]) -> tuple[State, Memory, Rows, Array]:
        """Try a step."""
        state, memory, rows, count = carry
        # Loops that turn once or not at all: unlike `cond`, they leave in place what they do not change.
        state, memory = lax.while_loop(lambda c: c[1].restart, lambda c: self.restarted(*c), (state, memory))
        limit = self.limit(state, memory.t)
        room = limit - memory.t
        h = jnp.minimum(memory.h, self.longest)
        h = jnp.where(h * (1 + 1e-6) >= room, room, jnp.where(2 * h > room, room / 2, h))
        changed = h != memory.spacing
        history, _ = lax.while_loop(
            lambda c: c[1],
            lambda c: (at_step(c[0], memory.order, h / memory.spacing), jnp.zeros_like(c[1])),
            (memory.history, changed),
        )
        end = jnp.where(h == room, limit, memory.t + h)
        weight = self.weight(history[0])
        tried = attempt(
            self.program,
            self.unknowns,
            playing(self.program, self.system, end - _ASIDE * h),
            state,
            Clock(end - _ASIDE * h, self.dt),
            history,
            memory.order,
            h,
            weight,
            memory.contraction,
        )
        memory = memory._replace(
            history=history,
            spacing=h,
            equal=jnp.where(changed, 0, memory.equal),
            contraction=tried.contraction,
            iterations=memory.iterations + tried.iterations,
        )
        fine = tried.converged & (tried.error <= 1)
        memory = self.refused(memory, tried, fine)
        state, memory, rows, count, _ = lax.while_loop(
            lambda c: c[-1],
            lambda c: (*self.taken(*c[:-1], tried, end, weight), jnp.zeros_like(c[-1])),
            (state, memory, rows, count, fine),
        )
        return state, memory, rows, count

    def limit(self, state: State, t: Array) -> Array:
        """Where the next step has to end, at the latest."""
        limit = jnp.minimum(self.stop, jnp.min(jnp.where(self.breaks > t, self.breaks, jnp.inf)))
        if state.events is not None:
            due = state.events.next
            limit = jnp.where(due > t, jnp.minimum(limit, due), limit)
        return limit

    def weight(self, y: Array) -> Array:
        """The inverse of what is tolerated."""
        return _MARGIN / (self.tolerance.absolute + self.tolerance.relative * jnp.abs(y))

    def refused(self, memory: Memory, tried: Any, fine: Array) -> Memory:
        """A shorter step unless the one that was tried is fine; a start afresh after several that failed."""
        by_error = jnp.clip(_SAFETY * tried.error ** (-1 / (memory.order + 1)), 0.1, 0.7)
        h = memory.spacing * jnp.where(tried.converged & jnp.isfinite(tried.error), by_error, 0.25)
        failures = memory.failures + ~fine
        return memory._replace(
            h=jnp.where(fine, memory.h, h),
            equal=jnp.where(fine, memory.equal, 0),
            failures=failures,
            rejected=memory.rejected + ~fine,
            restart=~fine & (failures % _FAILURES == 0),
            status=jnp.where(~fine & (h < _SHORTEST), UNDERFLOW, memory.status).astype(jnp.int32),
        )

    def taken(
        self, state: State, memory: Memory, rows: Rows, count: Array, tried: Any, end: Array, weight: Array
    ) -> tuple[State, Memory, Rows, Array]:
        """The state and memory after a step that was accepted."""
        order, h = memory.order, memory.spacing
        history = accepted(memory.history, order, tried.change)
        equal = memory.equal + 1
        better, factor = next_order(history, order, tried.error, weight)
        factor = jnp.minimum(_SAFETY * factor, 10.0)
        change = (equal > order) & ((factor >= _WORTH) | (factor < 0.9))
        memory = memory._replace(
            t=end,
            history=history,
            order=jnp.where(change, better, order),
            h=jnp.where(change, h * factor, memory.h),
            equal=jnp.where(change, 0, equal),
            failures=jnp.zeros_like(memory.failures),
            steps=memory.steps + 1,
            largest=jnp.maximum(memory.largest, jnp.abs(history[0])),
            worst=jnp.maximum(memory.worst, jnp.abs(error_of(tried.change, order))),
            restart=(self.breaks == end).any(),
        )
        state = self.unknowns.unpack(history[0], state)
        state, memory = self.met(state, memory, order)
        now = playing(self.program, self.system, memory.t)
        state = shown(self.program, now, state, Clock(memory.t, h))
        rows = Rows(
            rows.t.at[count].set(memory.t),
            lax.dynamic_update_slice_in_dim(rows.raw, sample(state, self.probes)[None], count, axis=0),
            rows.order.at[count].set(order),
            rows.h.at[count].set(h),
            rows.restarts.at[count].set(memory.restarts),
        )
        return state, memory, rows, count + 1

    def met(self, state: State, memory: Memory, order: Array) -> tuple[State, Memory]:
        """Send what crossed its threshold within the step, and receive what is due at its end."""
        if self.program.wiring is None:
            return state, memory
        program, system = self.program, playing(self.program, self.system, memory.t)
        crossed = crossed_sources(program, system, state)

        def back(memory: Memory) -> tuple[Array, Array]:
            when = self.crossings(state, memory, order)
            due = jnp.where(crossed, when + system.connections.delay, jnp.inf)  # type: ignore[union-attr]
            return when, jnp.minimum(memory.t, due.min())

        def none(memory: Memory) -> tuple[Array, Array]:
            return jnp.zeros(crossed.shape, state.v.dtype), memory.t

        when, end = lax.cond(crossed.any(), back, none, memory)
        earlier = end < memory.t
        y = interpolated(memory.history, order, memory.spacing, memory.t - end)
        y = jnp.where(earlier, y, memory.history[0])
        state = sent_by(program, system, state, crossed & (when <= end), when)
        state = self.unknowns.unpack(y, state)
        state, due = meet(program, system, state, Clock(end, self.dt))
        return state, memory._replace(t=end, restart=memory.restart | due | earlier)

    def crossings(self, state: State, memory: Memory, order: Array) -> Array:
        """When each source crossed its threshold in the latest step, by bisection on its polynomial; ms."""
        wiring: Any = self.program.wiring
        table: Any = self.system.connections
        nothing = jax.tree.map(jnp.zeros_like, state)
        probes = Probes(table.array, table.offset)

        def of(row: Array) -> Array:
            return sample(self.unknowns.unpack(row, nothing), probes, wiring.used)

        columns = tuple(of(row) for row in memory.history)
        low, high = jnp.zeros_like(columns[0]), memory.spacing + jnp.zeros_like(columns[0])

        def halved(_: Array, ends: tuple[Array, Array]) -> tuple[Array, Array]:
            low, high = ends
            middle = (low + high) / 2
            above = interpolated(columns, order, memory.spacing, middle) > table.threshold
            return jnp.where(above, middle, low), jnp.where(above, high, middle)

        above, _ = lax.fori_loop(0, _BISECTIONS, halved, (low, high))
        return memory.t - above

    def restarted(self, state: State, memory: Memory) -> tuple[State, Memory]:
        """The formula at order 1, with a first step that its second derivative allows."""
        program, unknowns = self.program, self.unknowns
        clock = just_after(memory.t, self.dt)
        system = playing(program, self.system, clock.t)
        state, f = begun(program, unknowns, system, state, clock)
        y = unknowns.pack(state)
        weight = self.weight(y)
        room = self.limit(state, memory.t) - memory.t
        trial = jnp.clip(1 / jnp.maximum(norm(f, weight), 1e-12), 1e-9, jnp.minimum(0.1, 0.1 * room))
        there = unknowns.unpack(y + trial * f, state)
        bend = (_slopes(program, unknowns, system, there, Clock(clock.t + trial, self.dt)) - f) / trial
        h = jnp.sqrt(0.5 / jnp.maximum(norm(bend, weight), 1e-12))
        h = jnp.minimum(jnp.minimum(h, _FIRST), room)
        h = jnp.where(memory.failures > 0, jnp.minimum(h, memory.h), h)
        finite = jnp.isfinite(h) & jnp.isfinite(y).all()
        nothing = jnp.zeros_like(y)
        history = (y, h * f, *(nothing,) * (ROWS - 2))
        zero = jnp.zeros_like(memory.order)
        return state, memory._replace(
            h=h,
            spacing=h,
            history=history,
            order=zero + 1,
            equal=zero,
            restart=jnp.zeros((), bool),
            restarts=memory.restarts + 1,
            largest=jnp.maximum(memory.largest, jnp.abs(y)),
            status=jnp.where(finite, memory.status, NOT_FINITE).astype(jnp.int32),
        )


def just_after(t: Array, dt: Array) -> Clock:
    """A time on the far side of whatever jumps at `t` (ms)."""
    return Clock(t * (1 + 1e-14) + 1e-12, dt)


def begun(program: Program, unknowns: Unknowns, system: System, state: State, clock: Clock) -> tuple[State, Array]:
    """Where a formula begins: the state, its voltages without capacitance made to fit the others, and its slopes."""
    linear = linearise(program, system, state, clock)
    massless = system.capacitance == 0
    rhs = jax.tree.map(jnp.zeros_like, linear.rates)
    rhs = rhs._replace(current=jnp.where(massless, linear.rates.current, 0.0))
    moved = solve(program, system, linear, jnp.asarray(_STIFF, state.v.dtype), rhs)
    state = state._replace(v=jnp.where(massless, state.v + moved.current, state.v))
    return state, _slopes(program, unknowns, system, state, clock)


def _slopes(program: Program, unknowns: Unknowns, system: System, state: State, clock: Clock) -> Array:
    """How fast each unknown moves, 0 for an algebraic one."""
    told = unknowns.pack_rates(rates(program, system, state, clock))
    nodes = unknowns.stretches[0].stop
    massless = system.capacitance == 0
    capacitance = jnp.where(massless, 1.0, system.capacitance)
    return told.at[:nodes].set(jnp.where(massless, 0.0, told[:nodes] / capacitance))
