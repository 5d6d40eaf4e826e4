"""The passive membrane: a constant conductance."""

from collections.abc import Mapping
from typing import Any

from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class Passive(Mechanism):
    """`i = g (v - e)`."""

    name = "pas"
    parameters = (
        Parameter("g", 0.001, "S/cm2", minimum=0, doc="leak conductance"),
        Parameter("e", -70.0, "mV", doc="leak reversal potential"),
    )
    current_names = {"i": None}

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"i": p.g * (v - p.e)}
