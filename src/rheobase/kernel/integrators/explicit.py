"""What explicit methods of Runge and Kutta share: slopes at the instants of a step, and states moved along them.

They take the model as it stands, a system of differential equations for voltages, states and concentrations, and solve
nothing. That is worth it where there is one compartment: the voltages of a tree are stiff by themselves.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array

from rheobase.kernel.play import playing
from rheobase.kernel.rates import Rates, rates
from rheobase.kernel.system import Clock, Program, State, System

_ASIDE = 1e-9
"""How far inside its step a stage stands, as a part of the step: what jumps at a border belongs to one side."""


def slope(program: Program, system: System, state: State, t: Array, dt: Array, part: float) -> Rates:
    """The rates of all unknowns at `part` of the step from `t` of length `dt` (ms)."""
    inside = min(max(part, _ASIDE), 1 - _ASIDE)
    now = t + inside * dt
    return rates(program, playing(program, system, now), state, Clock(now, jnp.zeros_like(dt)))


def moved(system: System, state: State, told: Rates, dt: Array) -> State:
    """The state after a step of `dt` (ms) along rates: of Euler's explicit method.

    Whatever follows from the unknowns is left as it was.
    """
    charged = system.capacitance > 0
    capacitance = jnp.where(charged, system.capacitance, 1.0)
    v = state.v + dt * jnp.where(charged, told.current / capacitance, 0.0)
    mechanisms = tuple(
        {**own, **{name: own[name] + dt * rate for name, rate in moving.items()}}
        for own, moving in zip(state.mechanisms, told.states, strict=True)
    )
    ions = {ion: dict(pool) for ion, pool in state.ions.items()}
    for name, rate in told.ions.items():
        ion, _, what = name.partition(".")
        ions[ion][what] = ions[ion][what] + dt * rate
    return state._replace(v=v, mechanisms=mechanisms, ions=ions)


def combined(weights: Sequence[float], slopes: Sequence[Rates]) -> Rates:
    """The weighted sum of slopes."""
    used = [(weight, each) for weight, each in zip(weights, slopes, strict=True) if weight]
    found: Rates = jax.tree.map(
        lambda *x: sum(weight * one for (weight, _), one in zip(used, x, strict=True)), *(each for _, each in used)
    )
    return found
