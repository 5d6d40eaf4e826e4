"""How the state of rest in which a run begins moves with parameters."""

from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from rheobase.kernel import Clock, Program, State, System, Unknowns, rates, unknowns_of
from rheobase.kernel.fixed_point import LONGEST
from rheobase.kernel.linearise import linearise, solve
from rheobase.kernel.membrane import prepare
from rheobase.kernel.rates import settled
from rheobase.simulate.changes import settled as brought_up
from rheobase.simulate.forward import along, go, is_float
from rheobase.simulate.rest import BEFORE, LONG, QUIET_STEPS, begun, doubled

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation

_ITERATIONS = 3  # each leaves of what begins elsewhere a part in 1e8 of a time constant in ms


def begun_with(
    simulation: "Simulation", system: System, state: State, d_system: Any, d_state: Any
) -> tuple[State, Any]:
    """The state in which a run begins, and how it moves along some directions.

    **Arguments:** the `state` that `v_init` gives; `d_system`, `d_state`: how both move, with a leading axis of
    directions.
    """
    if simulation.beginning == "v_init":
        return state, d_state
    exact, d_exact = jax.tree.map(doubled, system), jax.tree.map(doubled, d_system)
    start, d_start = jax.tree.map(doubled, state), jax.tree.map(doubled, d_state)
    program = simulation.assembly.program
    if simulation.beginning == "quiet":
        # The very run that leads to rest: as it forgets where it began, so do its derivatives.
        still = program._replace(method="implicit_euler", wiring=None)
        dt = np.asarray(LONG, start.v.dtype)
        probes = simulation.recording.probes
        _, _, moved, _ = go(still, exact, probes, start, -QUIET_STEPS, 1, QUIET_STEPS, dt, d_exact, d_start)
    else:
        found = jax.tree.map(doubled, begun(simulation, system, state))
        unknowns = unknowns_of(program, exact, found)
        moved = _moved(program, unknowns, exact, found, start, d_exact, d_start)
    found = begun(simulation, system, state)
    moved = jax.tree.map(lambda x, like: x.astype(like.dtype), moved, d_state)
    return _at_start(program, system, found, d_system, moved, np.asarray(simulation.protocol.dt, found.v.dtype))


@partial(jax.jit, static_argnames=("program", "unknowns"))
def _moved(
    program: Program, unknowns: Unknowns, system: System, found: State, start: State, d_system: Any, d_start: Any
) -> Any:
    """How a fixed point moves: by the implicit function theorem, `-J dx = df`.

    As it is found, so it is differentiated: in steps so long that they are Newton's, with their matrix held. So sums
    that kinetic schemes conserve move with the state that the run begins from, although `J` is singular.
    """
    clock = Clock(jnp.asarray(BEFORE, found.v.dtype), jnp.zeros((), found.v.dtype))
    held = prepare(program, system)
    linear = linearise(program, held, found, clock)

    def moving(value: Any, x: Any) -> Any:
        """A value that moves as `x` does."""
        if not is_float(x):
            return value
        return value + jnp.where(jnp.isfinite(x), x - jax.lax.stop_gradient(x), 0.0)

    def state_of(system: System, start: State) -> State:
        ready, base = prepare(program, system), jax.tree.map(moving, found, start)
        y = unknowns.pack(base)
        for _ in range(_ITERATIONS):
            force = rates(program, ready, unknowns.unpack(y, base), clock)
            y = y + unknowns.pack_rates(solve(program, held, linear, jnp.asarray(1 / LONGEST), force))
        return settled(program, ready, unknowns.unpack(y, base), clock)

    return along(state_of, (system, start), (d_system, d_start))[1]


@partial(jax.jit, static_argnames="program")
def _at_start(program: Program, system: System, state: State, d_system: Any, d_state: Any, dt: Any) -> Any:
    def settle(system: System, state: State) -> State:
        return brought_up(program, system, state, 0.0, dt)

    return along(settle, (system, state), (d_system, d_state))
