"""Slow potassium channels: of muscarinic type, and the slowly inactivating ones of the thalamus."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.library.channel import Q10, Gate, Kinetics, PotassiumChannel, boltzmann, gbar
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class Muscarinic(PotassiumChannel):
    """M current: slow and without inactivation, it adapts firing."""

    name = "km_yamada"
    parameters = (
        gbar(1e-4),
        Parameter("taumax", 1000.0, "ms", minimum=1e-3, maximum=1e9, doc="scale of the time constant at 36 degC"),
    )
    gates = (Gate("m", 1, Q10(2.3, 36)),)
    source = "Yamada, Koch and Adams 1989, in Methods in Neuronal Modeling, MIT Press, p 97"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        scale = jnp.exp((v + 35) / 20)
        return {"m": (boltzmann(v, -35, 10), p.taumax / (3.3 * scale + 1 / scale))}


@register
class FasterThalamicSlowPotassium(PotassiumChannel):
    """Slowly inactivating potassium current of thalamic relay cells, the component that closes faster."""

    name = "k2a_huguenard"
    parameters = (gbar(4e-4),)
    gates = (Gate("m", 1, Q10(3, 23.5)), Gate("h", 1, Q10(3, 23.5)))
    source = "Huguenard and McCormick 1992, J Neurophysiol 68:1373"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"m": _activation(v), "h": (boltzmann(v, -58, -10.6), _faster(v))}


@register
class SlowerThalamicSlowPotassium(PotassiumChannel):
    """Slowly inactivating potassium current of thalamic relay cells, the component that takes seconds to close."""

    name = "k2b_huguenard"
    parameters = (gbar(6e-4),)
    gates = (Gate("m", 1, Q10(3, 23.5)), Gate("h", 1, Q10(3, 23.5)))
    source = "Huguenard and McCormick 1992, J Neurophysiol 68:1373"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        tau = jnp.where(v < -70, _faster(v), 8930.0)
        return {"m": _activation(v), "h": (boltzmann(v, -58, -10.6), tau)}


def _activation(v: Array) -> tuple[Array, Array]:
    tau = 9.9 + 1 / (jnp.exp((v - 80.98) / 25.64) + jnp.exp(-(v + 132) / 17.953))
    return boltzmann(v, -43, 17) ** 4, tau


def _faster(v: Array) -> Array:
    return 120 + 1 / (jnp.exp((v - 1329) / 200) + jnp.exp(-(v + 129.7) / 7.143))
