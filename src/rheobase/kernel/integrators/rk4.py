"""The classical method of Runge (1895, Math Ann 46:167) and Kutta (1901, Z Math Phys 46:435), of fourth order."""

from jax import Array

from rheobase.kernel.integrators.base import Integrator, register
from rheobase.kernel.integrators.explicit import combined, moved, slope
from rheobase.kernel.rates import shown
from rheobase.kernel.system import Clock, Program, State, System


def _step(program: Program, system: System, state: State, t: Array, dt: Array) -> State:
    slopes = [slope(program, system, state, t, dt, 0.0)]
    for part in (0.5, 0.5, 1.0):
        there = moved(system, state, slopes[-1], part * dt)
        slopes.append(slope(program, system, there, t, dt, part))
    state = moved(system, state, combined((1 / 6, 1 / 3, 1 / 3, 1 / 6), slopes), dt)
    return shown(program, system, state, Clock(t + dt, dt))


RK4 = register(
    Integrator(
        "rk4",
        4,
        "The classical explicit Runge-Kutta method: four evaluations a step, nothing to solve.",
        _step,
        stiff=False,
        stability="stable while dt times the fastest rate is below 2.78, a rate of 111/ms at dt = 0.025 ms",
        when="for a single compartment whose fastest rate the step follows anyway, run precisely; jumps of a stimulus "
        "should fall on steps",
        single=True,
        continuous=True,
    )
)
