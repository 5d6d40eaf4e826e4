"""A run with variable steps taken again on the steps that it took, so that it can be differentiated.

The lengths and orders of the steps are numbers that nothing is differentiated by. Each step's equations are solved as
before; one more step of Newton's method, its matrix held, then gives the solution the derivatives of the implicit
function theorem, in both modes.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from rheobase.kernel.bdf import ROWS, History, accepted, at_step, attempt, formula_of
from rheobase.kernel.linearise import linearise, solve
from rheobase.kernel.membrane import prepare
from rheobase.kernel.play import playing
from rheobase.kernel.rates import settled
from rheobase.kernel.run import initialise
from rheobase.kernel.system import Clock, Probes, Program, State, System, sample
from rheobase.kernel.unknowns import Unknowns
from rheobase.kernel.variable_step import begun, just_after


class Schedule(NamedTuple):
    """The steps that a run took.

    **Fields:** `(steps,)`, `start`, `h`: ms; `order`; `fresh`: whether the formula began anew before the step.
    """

    start: Array
    h: Array
    order: Array
    fresh: Array


def replayed(
    program: Program,
    unknowns: Unknowns,
    system: System,
    probes: Probes,
    v: Array,
    schedule: Schedule,
    weight: Array,
    dt: Array,
) -> Array:
    """All samples of a run from time 0 on the steps of a schedule.

    **Arguments:** `weight`: for each unknown the inverse of what is tolerated; otherwise as of `initialise`.

    **Returns:** `(steps + 1, probes)`.
    """
    state, first = initialise(program, system, probes, v, dt)
    ready = prepare(program, system)
    nothing = jnp.zeros(unknowns.size, v.dtype)

    def restarted(state: State, _: History, row: Schedule) -> tuple[State, History]:
        clock = just_after(row.start, dt)
        state, f = begun(program, unknowns, playing(program, ready, clock.t), state, clock)
        return state, (unknowns.pack(state), row.h * f, *(nothing,) * (ROWS - 2))

    def continued(state: State, history: History, _: Schedule) -> tuple[State, History]:
        return state, history

    @partial(jax.checkpoint, prevent_cse=False)
    def step(carry: tuple[State, History, Array], row: Schedule) -> tuple[tuple[State, History, Array], Array]:
        state, history, spacing = carry
        history = at_step(history, row.order, row.h / spacing)
        state, history = lax.cond(row.fresh, restarted, continued, state, history, row)
        clock = Clock(row.start + row.h * (1 - 1e-9), dt)
        now = playing(program, ready, clock.t)
        change = _changed(program, unknowns, now, state, clock, history, row, weight)
        history = accepted(history, row.order, change)
        state = settled(program, now, unknowns.unpack(history[0], state), Clock(row.start + row.h, row.h))
        return (state, history, row.h), sample(state, probes)

    history = (unknowns.pack(state), *(nothing,) * (ROWS - 1))
    _, rows = lax.scan(step, (state, history, jnp.ones((), v.dtype)), schedule)
    return jnp.concatenate([first[None], rows])


def _changed(
    program: Program,
    unknowns: Unknowns,
    system: System,
    state: State,
    clock: Clock,
    history: History,
    row: Schedule,
    weight: Array,
) -> Array:
    """A step's change from what is predicted, differentiable."""
    still, before, past = lax.stop_gradient((system, state, history))
    one = jnp.ones((), state.v.dtype)
    tried = attempt(program, unknowns, still, before, clock, past, row.order, row.h, weight, one)
    formula = formula_of(history, row.order, row.h)
    at = unknowns.unpack(formula.guess + tried.change, state)
    told = linearise(program, system, at, clock)
    residual = formula.residual(unknowns, system, told.rates, tried.change)
    held = lax.stop_gradient(told)
    return tried.change + unknowns.pack_rates(solve(program, still, held, formula.alpha / row.h, residual))
