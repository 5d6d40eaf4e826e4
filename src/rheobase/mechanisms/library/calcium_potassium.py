"""Potassium channels that calcium opens."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.ghk import thermal_voltage
from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.library.channel import Gate, Kinetics, PotassiumChannel, gbar, rates
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register

CALCIUM_AND_POTASSIUM = (UseIon("k"), UseIon("ca", reads=("inside",), writes=()))


@register
class SlowAfterhyperpolarisation(PotassiumChannel):
    """Slow afterhyperpolarising current of thalamic reticular cells: each of two gates opens as two ions bind."""

    name = "ahp_destexhe"
    parameters = (
        gbar(1e-2),
        Parameter("alpha", 48.0, "1/mM2/ms", minimum=0, maximum=1e9, doc="rate of binding"),
        Parameter("beta", 0.03, "1/ms", minimum=1e-9, maximum=1e9, doc="rate of unbinding"),
    )
    gates = (Gate("m", 2),)
    ions = CALCIUM_AND_POTASSIUM
    source = "Destexhe, Contreras, Sejnowski and Steriade 1994, J Neurophysiol 72:803"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"m": rates(p.alpha * ions.ca.inside**2, p.beta)}


@register
class SmallConductance(PotassiumChannel):
    """SK current: calcium opens it steeply, voltage does not."""

    name = "sk_kohler"
    parameters = (
        gbar(1e-5),
        Parameter("kd", 4.3e-4, "mM", minimum=1e-9, maximum=1e9, doc="calcium that opens half of the channels"),
        Parameter("tau", 1.0, "ms", minimum=1e-6, maximum=1e9, doc="time constant"),
    )
    gates = (Gate("z"),)
    ions = CALCIUM_AND_POTASSIUM
    source = "Kohler et al. 1996, Science 273:1709; Hay et al. 2011, PLoS Comput Biol 7:e1002107"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        bound = (ions.ca.inside / p.kd) ** 4.8
        return {"z": (bound / (1 + bound), p.tau)}


@register
class LargeConductance(PotassiumChannel):
    """BK current: calcium and voltage open it together."""

    name = "bk_moczydlowski"
    parameters = (gbar(1e-2),)
    gates = (Gate("o"),)
    ions = CALCIUM_AND_POTASSIUM
    source = "Moczydlowski and Latorre 1983, J Gen Physiol 82:511"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        ca, unit = ions.ca.inside, thermal_voltage(1, p.celsius)
        closed = 0.48e-3 * jnp.exp(-2 * 0.84 * v / unit)  # mM
        opened = 0.13e-6 * jnp.exp(-2 * 1.0 * v / unit)
        return {"o": rates(0.28 * ca / (ca + closed), 0.48 / (1 + ca / opened))}
