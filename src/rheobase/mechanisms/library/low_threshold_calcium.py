"""T-type calcium channels: transient, opening below threshold."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.library.channel import (
    Q10,
    CalciumChannel,
    CalciumPermeability,
    Gate,
    Kinetics,
    boltzmann,
    gbar,
    pbar,
)
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register

RELAY_GATES = (Gate("m", 2, Q10(3.55, 24)), Gate("h", 1, Q10(3, 24)))


@register
class RelayTCalcium(CalciumPermeability):
    """T current of thalamic relay cells."""

    name = "cat_huguenard"
    parameters = (pbar(1e-4),)
    gates = RELAY_GATES
    source = (
        "Huguenard and McCormick 1992, J Neurophysiol 68:1373; temperature as Coulter et al. 1989, J Physiol 414:587"
    )

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return _relay(v)


@register
class HighThresholdTCalcium(CalciumChannel):
    """T current of high-threshold bursting relay cells: `cat_huguenard`, shifted up and ohmic."""

    name = "catht_li"
    parameters = (gbar(3e-3), Parameter("shift", 25.0, "mV", doc="how far the rates are shifted up"))
    gates = RELAY_GATES
    source = "Li, Henriquez and Frohlich 2017, PLoS Comput Biol 13:e1005797"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return _relay(v - p.shift)


@register
class ReticularTCalcium(CalciumChannel):
    """T current of thalamic reticular cells, which inactivates slowly."""

    name = "cats_huguenard"
    parameters = (gbar(1.75e-3),)
    gates = (Gate("m", 2, Q10(5, 24)), Gate("h", 1, Q10(3, 24)))
    source = "Huguenard and Prince 1992, J Neurosci 12:3804; temperature as Destexhe et al. 1994, J Neurophysiol 72:803"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {
            "m": (boltzmann(v, -52, 7.4), 3 + 1 / (jnp.exp((v + 27) / 10) + jnp.exp(-(v + 102) / 15))),
            "h": (boltzmann(v, -80, -5), 85 + 1 / (jnp.exp((v + 48) / 4) + jnp.exp(-(v + 407) / 50))),
        }


def _relay(v: Array) -> Kinetics:
    m_tau = 0.612 + 1 / (jnp.exp(-(v + 131.6) / 16.7) + jnp.exp((v + 16.8) / 18.2))
    h_tau = jnp.where(v < -80, jnp.exp((v + 467) / 66.6), 28 + jnp.exp(-(v + 21.88) / 10.52))
    return {"m": (boltzmann(v, -57, 6.2), m_tau), "h": (boltzmann(v, -81, -4.03), h_tau)}
