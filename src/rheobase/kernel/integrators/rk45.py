"""An explicit Runge-Kutta method of fifth order that subdivides each step as its error asks.

The pair is that of Dormand and Prince (1980, J Comput Appl Math 6:19): the difference to an embedded formula of fourth
order is the error of a substep. Each step of `dt` begins with a trial over all of it; substeps are shortened until the
error of every unknown is within `ABSOLUTE + RELATIVE |x|`, and end where a stimulus jumps. Reverse mode does not pass
through a number of substeps that only the run knows; forward mode does.
"""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
from jax import Array, lax

from rheobase.kernel.integrators.base import Integrator, register
from rheobase.kernel.integrators.explicit import combined, moved, slope
from rheobase.kernel.rates import Rates, shown
from rheobase.kernel.system import Clock, Program, State, System

RELATIVE = 1e-6
"""Error tolerated in a substep, as a part of what errs."""

ABSOLUTE = (1e-5, 1e-7, 1e-9)
"""Error tolerated besides: of voltages (mV), of states, of concentrations (mM)."""

_NODES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)

_SHORTEST = 1e-9
"""The shortest substep, as a part of the step; where even that fails, the voltages become NaN."""


def _step(program: Program, system: System, state: State, t: Array, dt: Array) -> State:
    def going(carry: tuple[State, Array, Array]) -> Array:
        _, done, h = carry
        return (done < dt) & (h > _SHORTEST * dt)

    def substep(carry: tuple[State, Array, Array]) -> tuple[State, Array, Array]:
        state, done, wanted = carry
        room = _to_next_break(program, system, t + done, dt - done, dt)
        h = jnp.where(wanted * (1 + 1e-6) >= room, room, wanted)
        last = h >= dt - done
        slopes = [slope(program, system, state, t + done, h, _NODES[0])]
        for weights, part in zip(_STAGES, _NODES[1:], strict=True):
            there = moved(system, state, combined(weights, slopes), h)
            slopes.append(slope(program, system, there, t + done, h, part))
        error = _size(system, state, there, combined(_ERROR, slopes), h)
        fine = error <= 1
        # How long a substep is, is no part of the model, and has no derivative.
        factor = jnp.clip(0.9 * jnp.maximum(error, 1e-10) ** -0.2, 0.2, 5.0)
        state = jax.tree.map(lambda new, old: jnp.where(fine, new, old), there, state)
        # A substep that a jump cut short says nothing against the length that was wanted.
        longer = jnp.where(fine, jnp.maximum(wanted, h * factor), h * factor)
        following = jnp.where(h < wanted, longer, h * factor)
        return state, jnp.where(fine, jnp.where(last, dt, done + h), done), lax.stop_gradient(following)

    state, done, _ = lax.while_loop(going, substep, (state, jnp.zeros_like(dt), dt))
    state = state._replace(v=jnp.where(done < dt, jnp.nan, state.v))
    return shown(program, system, state, Clock(t + dt, dt))


def _to_next_break(program: Program, system: System, now: Array, room: Array, dt: Array) -> Array:
    """How far it is to the end of the step, or to where a mechanism says that it jumps before that."""
    for (mechanism, _), block in zip(program.mechanisms, system.blocks, strict=True):
        for times in mechanism.breaks(SimpleNamespace(**block.parameters)):
            there = jnp.asarray(times, room.dtype) - now
            room = jnp.minimum(room, jnp.min(jnp.where(there > _SHORTEST * dt, there, room), initial=jnp.inf))
    return room


def _size(system: System, before: State, after: State, error: Rates, h: Array) -> Array:
    """The largest error of a substep, 1 being what is tolerated; infinite where something is no number."""
    apart = moved(system, jax.tree.map(jnp.zeros_like, before), error, h)
    voltage, state, concentration = ABSOLUTE
    known = [(voltage, [x.v for x in (apart, before, after)])]
    for k, told in enumerate(error.states):
        known += [(state, [x.mechanisms[k][name] for x in (apart, before, after)]) for name in told]
    for name in error.ions:
        ion, _, what = name.partition(".")
        known.append((concentration, [x.ions[ion][what] for x in (apart, before, after)]))
    sizes = [
        jnp.max(jnp.abs(one) / (tolerated + RELATIVE * jnp.maximum(jnp.abs(old), jnp.abs(new))), initial=0.0)
        for tolerated, (one, old, new) in known
    ]
    size = lax.stop_gradient(jnp.max(jnp.stack(sizes)))
    return jnp.where(jnp.isfinite(size), size, jnp.inf)


RK45 = register(
    Integrator(
        "rk45",
        5,
        "The explicit Runge-Kutta pair of Dormand and Prince: subdivides each step until its error is below 1e-6 of "
        "each unknown.",
        _step,
        stiff=False,
        stability="as many substeps as stability and the tolerance ask: never unstable, slow on stiff models",
        when="for a single compartment to five digits without choosing a step, and to check other methods; dt is the "
        "distance of samples",
        single=True,
        continuous=True,
        subdivides=True,
    )
)
