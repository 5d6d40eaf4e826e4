"""A-type potassium channels: transient, opening below threshold."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.library.channel import Q10, Gate, Kinetics, PotassiumChannel, boltzmann, gbar
from rheobase.mechanisms.registry import register

THALAMIC = Q10(3, 23.5)


@register
class FirstThalamicA(PotassiumChannel):
    """Transient potassium current of thalamic relay cells, the component that opens first."""

    name = "ka1_huguenard"
    parameters = (gbar(2e-3),)
    gates = (Gate("m", 4, THALAMIC), Gate("h", 1, THALAMIC))
    source = "Huguenard and McCormick 1992, J Neurophysiol 68:1373"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        h_tau = jnp.where(v < -63, _inactivation(v), 19.0)
        return {"m": (boltzmann(v, -60, 8.5), _activation(v)), "h": (boltzmann(v, -78, -6), h_tau)}


@register
class SecondThalamicA(PotassiumChannel):
    """Transient potassium current of thalamic relay cells, the component that opens higher and closes slower."""

    name = "ka2_huguenard"
    parameters = (gbar(1.5e-3),)
    gates = (Gate("m", 4, THALAMIC), Gate("h", 1, THALAMIC))
    source = "Huguenard and McCormick 1992, J Neurophysiol 68:1373"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        h_tau = jnp.where(v < -73, _inactivation(v), 60.0)
        return {"m": (boltzmann(v, -36, 20), _activation(v)), "h": (boltzmann(v, -78, -6), h_tau)}


def _activation(v: Array) -> Array:
    return 0.37 + 1 / (jnp.exp((v + 35.82) / 19.69) + jnp.exp(-(v + 79.69) / 12.7))


def _inactivation(v: Array) -> Array:
    return 1 / (jnp.exp((v + 46.05) / 5) + jnp.exp(-(v + 238.4) / 37.45))
