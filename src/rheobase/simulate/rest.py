"""How a run begins: from the voltages given, or at rest."""

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import State, System, Unknowns, differential, unknowns_of
from rheobase.kernel.fixed_point import fixed_point
from rheobase.simulate.assemble import Assembly
from rheobase.simulate.changes import settled
from rheobase.simulate.error import SimulationError
from rheobase.simulate.queues import take_steps

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation

BEGINNINGS = ("v_init", "quiet", "steady")
"""How a run may begin: as given by `v_init`, after a long quiet run before time 0, or where nothing moves at all."""

LONG = 1e9  # ms, the step of a quiet run; so far back no stimulus is on that has a beginning
QUIET_STEPS = 100
_STILL = 1e-6  # mV that a voltage may still move in such a step
BEFORE = -1.0  # ms, when sources are looked at for a steady state
_MOST_VOLTAGE, _MOST_STATE, _MOST_CONCENTRATION = 5.0, 0.2, 0.5  # mV, 1, times its value: change in one iteration


def begun(simulation: "Simulation", system: System, state: State) -> State:
    """The state in which a run begins, of the one that `v_init` gives."""
    if simulation.beginning == "v_init":
        return state
    # In double precision where there is any: rest is where a small difference vanishes.
    exact, start = jax.tree.map(doubled, system), jax.tree.map(doubled, state)
    found = (quiet if simulation.beginning == "quiet" else steady)(simulation, exact, start)
    found = jax.tree.map(lambda x, like: jnp.asarray(x, jnp.result_type(like)), found, state)
    dt = np.asarray(simulation.protocol.dt, simulation.precision)
    return settled(simulation.assembly.program, system, found, 0.0, dt)


def quiet(simulation: "Simulation", system: System, state: State) -> State:
    """The state after a long quiet run that ends before time 0.

    The steps are so long that each brings every gate to its steady state (Carnevale and Hines 2006, The NEURON Book,
    chapter 8). Events stay as they are: none is sent or received before time 0.

    **Raises:** SimulationError if the model does not come to rest so.
    """
    assembly = simulation.assembly
    program = assembly.program._replace(method="implicit_euler", wiring=None)
    dt = np.asarray(LONG, state.v.dtype)

    def on(state: State, first: int, steps: int) -> State:
        return take_steps(program, system, simulation.recording.probes, state, first, 1, steps, dt)[0]

    before = on(state, -QUIET_STEPS, QUIET_STEPS - 1)
    after = on(before, -1, 1)
    v, moved = np.asarray(after.v), np.abs(np.asarray(after.v) - np.asarray(before.v))
    worst = int(np.argmax(np.where(np.isfinite(v), moved, np.inf)))
    if not moved[worst] <= _STILL:
        place = assembly.grid.place_of(worst)
        raise SimulationError(
            f"the model does not come to rest in a quiet run: in its last step the voltage at {place} still moves by "
            f"{moved[worst]:.3g} mV; try init='steady' or another v_init, or begin without where the model has no rest",
            0.0,
            place,
        )
    return after


def steady(simulation: "Simulation", system: System, state: State) -> State:
    """The state at which nothing moves, of sources as they are before time 0, found by Newton's method.

    Events stay as they are.

    **Raises:** SimulationError if there is none near, or a mechanism has no rates.
    """
    assembly = simulation.assembly
    for plan in assembly.plans:
        if not plan.mechanism.continuous:
            raise SimulationError(
                f"init='steady' cannot be: {plan.mechanism.name} has no rates ({plan.mechanism.discrete}); try "
                "init='quiet'",
                0.0,
                "",
            )
    unknowns = unknowns_of(assembly.program, system, state)
    allowed: Any = allowed_changes(assembly, unknowns, system)
    nothing: Any = np.zeros(len(assembly.grid.parent), bool)
    when = jnp.asarray(BEFORE, state.v.dtype)
    found = fixed_point(assembly.program, unknowns, system, state, when, allowed, nothing)
    if not bool(found.converged):
        raise SimulationError(
            f"no steady state was found from v_init = {simulation.protocol.v_init:g} mV: the model may fire or "
            "oscillate by itself; begin nearer to rest (v_init), or try init='quiet'",
            0.0,
            "",
        )
    return found.state


def allowed_changes(assembly: Assembly, unknowns: Unknowns, system: System) -> NDArray[np.float64]:
    """By how much each unknown may change in one iteration: see `fixed_point`."""
    allowed = np.full(unknowns.size, np.inf)
    for block, name, start, stop, *_ in unknowns.stretches:
        if name == "v" and block < 0:
            most = _MOST_VOLTAGE
        else:
            unit = "mM" if block < 0 else assembly.plans[block].mechanism.unit(name)
            most = -_MOST_CONCENTRATION if unit == "mM" else _MOST_STATE
        allowed[start:stop] = most
    moving = np.array(differential(assembly.program, unknowns, system))
    moving[: assembly.grid.count] = True
    return np.where(moving, allowed, np.inf)


def doubled(x: Any) -> Any:
    """An array in double precision where there is any."""
    return jnp.asarray(x, float) if jnp.issubdtype(jnp.result_type(x), jnp.floating) else x
