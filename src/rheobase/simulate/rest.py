"""How a run begins: from the voltages given, or at rest."""

from typing import TYPE_CHECKING, Any

import numpy as np

from rheobase.kernel import State, System
from rheobase.simulate.error import SimulationError
from rheobase.simulate.queues import take_steps

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation

BEGINNINGS = ("v_init", "quiet")
"""How a run may begin: as given by `v_init`, or after a long quiet run before time 0."""

_LONG = 1e9  # ms, the step of a quiet run; so far back no stimulus is on that has a beginning
_QUIET_STEPS = 100
_STILL = 1e-6  # mV that a voltage may still move in such a step


def begun(simulation: "Simulation", system: System, state: State) -> State:
    """The state in which a run begins, of the one that `v_init` gives."""
    if simulation.beginning == "quiet":
        return quiet(simulation, system, state)
    return state


def quiet(simulation: "Simulation", system: System, state: State) -> State:
    """The state after a long quiet run that ends before time 0.

    The steps are so long that each brings every gate to its steady state (Carnevale and Hines 2006, The NEURON Book,
    chapter 8). Events stay as they are: none is sent or received before time 0.

    **Raises:** SimulationError if the model does not come to rest so.
    """
    assembly = simulation.assembly
    program = assembly.program._replace(method="implicit_euler", wiring=None)
    dt = np.asarray(_LONG, simulation.precision)

    def on(state: State, first: int, steps: int) -> State:
        return take_steps(program, system, simulation.recording.probes, state, first, 1, steps, dt)[0]

    before = on(state, -_QUIET_STEPS, _QUIET_STEPS - 1)
    after = on(before, -1, 1)
    v, moved = np.asarray(after.v), np.abs(np.asarray(after.v) - np.asarray(before.v))
    worst = int(np.argmax(np.where(np.isfinite(v), moved, np.inf)))
    if not moved[worst] <= _STILL:
        place: Any = assembly.grid.place_of(worst)
        raise SimulationError(
            f"the model does not come to rest in a quiet run: in its last step the voltage at {place} still moves "
            f"by {moved[worst]:.3g} mV; begin from another v_init, or without a quiet run where the model has no rest",
            0.0,
            place,
        )
    return after
