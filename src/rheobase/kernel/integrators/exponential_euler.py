"""Exponential Euler: each unknown by the exact solution of its equation, linearised in itself and the others held.

Gates move exactly at a fixed voltage, as with the implicit methods. So does the voltage here, at fixed gates:

    V' = V + dt f (exp(z) - 1) / z,    f = -I(V) / C,    z = -dt dI/dV / C

(Rush and Larsen 1978, IEEE Trans Biomed Eng 25:389; MacGregor 1987, Neural and Brain Modeling). With gates read half a
step later, as in the staggered step of Crank and Nicolson, each is centred in the other's step, and from rest voltages
are of second order. Currents between compartments would couple the exponentials of all voltages, so it is for a single
one.
"""

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.diffusion import diffused
from rheobase.kernel.exponential import expm1_ratio
from rheobase.kernel.integrators.base import Integrator, register
from rheobase.kernel.membrane import advance_states, membrane
from rheobase.kernel.system import Clock, Program, State, System


def _step(program: Program, system: System, state: State, t: Array, dt: Array) -> State:
    flow = membrane(program, system, state, Clock(t + dt / 2, dt))
    charged = system.capacitance > 0
    over = jnp.where(charged, dt / jnp.where(charged, system.capacitance, 1.0), 0.0)
    v = state.v - over * flow.current * expm1_ratio(-over * flow.slope)
    clock = Clock(t + dt, dt)
    return diffused(program, system, advance_states(program, system, flow.state._replace(v=v), clock), clock)


EXPONENTIAL_EULER = register(
    Integrator(
        "exponential_euler",
        2,
        "Voltage and gates each by the exact solution of their equation, the others held; gates are staggered by half "
        "a step. Nothing to solve.",
        _step,
        stability="stable at any dt wherever the membrane is: it tends to where currents balance",
        when="for a single compartment at long steps, and exactly where it is passive under steps of current",
        single=True,
    )
)
