"""Where a model comes to rest: a fixed point by Newton's method, damped by time itself.

Each iteration is one linearised implicit step, and the steps grow as the state comes to rest, from short ones that
follow the model to ones so long that they are Newton's (pseudo-transient continuation: Kelley and Keyes 1998, SIAM J
Numer Anal 35:508). So the point is one that the model may reach from where it started, sums that kinetic schemes
conserve are kept, and a Jacobian that is singular for their sake does no harm.
"""

from functools import partial
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array, lax

from rheobase.kernel.linearise import linearise, solve
from rheobase.kernel.membrane import prepare
from rheobase.kernel.rates import rates, settled
from rheobase.kernel.system import Clock, Program, State, System
from rheobase.kernel.unknowns import Unknowns

LONGEST = 1e8
"""ms, the step at which an iteration is taken for Newton's."""

_FIRST, _SHORTEST = 0.1, 1e-7  # ms
_HELD = 1e30  # nF: what a voltage that is held moves by is nothing
_Carry: TypeAlias = tuple[Array, Array, Array, Array]

_EXACT = 1e-9  # of the scale of each unknown, in the last iteration


class FixedPoint(NamedTuple):
    """What was found. **Fields:** the `state`; whether it `converged`; how many `iterations` that took."""

    state: State
    converged: Array
    iterations: Array


@partial(jax.jit, static_argnames=("program", "unknowns", "most"))
def fixed_point(
    program: Program,
    unknowns: Unknowns,
    system: System,
    state: State,
    t: Array,
    scale: Array,
    held: Array,
    most: int = 400,
) -> FixedPoint:
    """The state at which nothing moves, of sources as they are at `t` (ms).

    **Arguments:** `scale`: of each unknown, by how much it may change in one iteration; infinite where that does not
    matter, negative where it is so many times its present value. `held`: the nodes whose voltage stays.
    """
    clock = Clock(t, jnp.zeros_like(t))
    system = prepare(program, _holding(system, held))

    def going(carry: _Carry) -> Array:
        _, h, count, done = carry
        return ~done & (count < most) & (h > _SHORTEST)

    def iterate(carry: _Carry) -> _Carry:
        y, h, count, _ = carry
        linear = linearise(program, system, unknowns.unpack(y, state), clock)
        change = unknowns.pack_rates(solve(program, system, linear, 1 / h, linear.rates))
        allowed = jnp.where(scale < 0, -scale * jnp.abs(y), scale)
        size = jnp.max(jnp.where(jnp.isinf(scale), 0.0, jnp.abs(change) / jnp.maximum(allowed, 1e-300)))
        good = jnp.all(jnp.isfinite(change)) & (size <= 1)
        faster = jnp.where(size < 0.1, 5.0, jnp.where(size < 0.5, 2.0, 1.2))
        done = good & (h >= LONGEST) & (size < _EXACT)
        longer = jnp.where(good, jnp.minimum(h * faster, LONGEST), h / 4)
        return jnp.where(good, y + change, y), longer, count + 1, done

    first = jnp.asarray(_FIRST, state.v.dtype)
    start = (unknowns.pack(state), first, jnp.zeros((), jnp.int32), jnp.asarray(False))
    y, _, count, done = lax.while_loop(going, iterate, start)
    return FixedPoint(settled(program, system, unknowns.unpack(y, state), clock), done, count)


@partial(jax.jit, static_argnames=("program", "unknowns", "steps"))
def quiet_run(
    program: Program,
    unknowns: Unknowns,
    system: System,
    state: State,
    t: Array,
    held: Array,
    length: Array,
    steps: int,
) -> State:
    """The state after a run in which no event is sent and sources stay as they are at `t`.

    **Arguments:** as of `fixed_point`; `length`: ms, in `steps` of which the later half are ten times as long.
    """
    clock = Clock(t, jnp.zeros_like(t))
    system = prepare(program, _holding(system, held))
    short = length / (5.5 * steps)

    def on(k: Array, y: Array) -> Array:
        linear = linearise(program, system, unknowns.unpack(y, state), clock)
        shift = 1 / jnp.where(k < steps // 2, short, 10 * short)
        return y + unknowns.pack_rates(solve(program, system, linear, shift, linear.rates))

    return settled(program, system, unknowns.unpack(lax.fori_loop(0, steps, on, unknowns.pack(state)), state), clock)


def _holding(system: System, held: Array) -> System:
    return system._replace(capacitance=jnp.where(held, _HELD, system.capacitance))


@partial(jax.jit, static_argnames=("program", "unknowns"))
def speeds(program: Program, unknowns: Unknowns, system: System, state: State, t: Array) -> Array:
    """How fast each unknown moves, per ms; the voltage of a node without capacitance not at all.

    **Arguments:** as of `fixed_point`.
    """
    told = rates(program, prepare(program, system), state, Clock(t, jnp.zeros_like(t)))
    charged = system.capacitance > 0
    v = jnp.where(charged, told.current / jnp.where(charged, system.capacitance, 1.0), 0.0)
    return unknowns.pack_rates(told._replace(current=v))
