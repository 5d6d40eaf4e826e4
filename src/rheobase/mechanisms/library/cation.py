"""Channels that calcium opens to cations of all kinds."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.library.channel import CationChannel, Gate, Kinetics, boltzmann, gbar
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class CalciumActivatedCation(CationChannel):
    """Calcium-activated non-selective current of thalamic relay cells, `i = gbar ca / (kd + ca) m (v - e)`."""

    name = "ican_inoue"
    parameters = (
        gbar(5e-4),
        Parameter("e", 10.0, "mV", doc="reversal potential"),
        Parameter("kd", 0.2, "mM", minimum=1e-9, maximum=1e9, doc="calcium that opens half of the channels"),
    )
    gates = (Gate("m"),)
    ions = (UseIon("ca", reads=("inside",), writes=()),)
    source = (
        "Inoue and Strowbridge 2008, J Neurophysiol 99:187, as in Li, Henriquez and Frohlich 2017, "
        "PLoS Comput Biol 13:e1005797"
    )

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"m": (boltzmann(v, -43, 5.2), 1.6 + 1.35 / jnp.cosh((v + 55) / 15))}

    @classmethod
    def conductance(cls, v: Array, s: Any, p: Any, ions: Any) -> Array:
        return super().conductance(v, s, p, ions) * ions.ca.inside / (p.kd + ions.ca.inside)
