"""A synapse that is activated once, at a fixed time."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register

_LAST = 10  # time constants after which NEURON cuts it off


@register
class AlphaSynapse(PointProcess):
    """Conductance `g = gmax x exp(1 - x)`, `x = (t - onset) / tau`, and current `i = g (v - e)`.

    The alpha function of Rall 1967 (J Neurophysiol 30:1138), cut off at `x = 10` as in NEURON.

    >>> AlphaSynapse(onset=10, tau=2, gmax=0.01).e
    0.0
    """

    name = "AlphaSynapse"
    parameters = (
        Parameter("onset", 0.0, "ms", doc="time of activation"),
        Parameter("tau", 0.1, "ms", minimum=1e-3, maximum=1e6, doc="time to peak"),
        Parameter("gmax", 0.0, "uS", minimum=0, maximum=1e9, doc="peak conductance"),
        Parameter("e", 0.0, "mV", doc="reversal potential"),
    )
    units = {"g": "uS"}
    current_names = {"i": None}
    observable_names = ("g",)

    @staticmethod
    def breaks(p: Any) -> tuple[Array, ...]:
        return p.onset, p.onset + _LAST * p.tau

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"i": _conductance(p, clock.t) * (v - p.e)}

    @staticmethod
    def observables(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"g": _conductance(p, clock.t)}


def _conductance(p: Any, t: Array) -> Array:
    x = (t - p.onset) / p.tau
    active = (x >= 0) & (x <= _LAST)
    return p.gmax * jnp.where(active, x * jnp.exp(1 - jnp.where(active, x, 1.0)), 0.0)
