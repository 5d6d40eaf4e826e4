"""The implicit Euler step of NEURON's default (`secondorder = 0`).

Voltages first, with sources at the middle of the step and gates as they stand; then gates at the new voltages
(Hines 1984; Carnevale and Hines 2006, The NEURON Book, chapter 4); then what diffuses along the tree.
"""

from jax import Array

from rheobase.kernel.diffusion import diffused
from rheobase.kernel.integrators.base import Integrator, register
from rheobase.kernel.membrane import Flow, advance_states, membrane
from rheobase.kernel.system import Clock, Program, State, System
from rheobase.kernel.tree import solve


def implicit_voltages(
    program: Program, system: System, state: State, t: Array, dt: Array, over: Array
) -> tuple[Array, Flow]:
    """Voltages after an implicit step of length `over` (ms), currents linearised at the present ones; and the flow.

    Sources are taken at `t + dt/2`. The system is `(C/over + dI/dv + axial) v' = (C/over + dI/dv) v - I`.
    """
    flow = membrane(program, system, state, Clock(t + dt / 2, dt))
    own = system.capacitance / over + flow.slope
    return solve(system.tree, own + system.axial, system.coupling, own * state.v - flow.current), flow


def _step(program: Program, system: System, state: State, t: Array, dt: Array) -> State:
    v, flow = implicit_voltages(program, system, state, t, dt, dt)
    clock = Clock(t + dt, dt)
    return diffused(program, system, advance_states(program, system, flow.state._replace(v=v), clock), clock)


IMPLICIT_EULER = register(
    Integrator(
        "implicit_euler",
        1,
        "First order, stable at any step; the default, and NEURON's.",
        _step,
        stability="L-stable: at any dt, and fast parts settle at once",
        when="for any model, and the same numbers as NEURON; halve dt to see what its error is",
    )
)
