"""A current step from an electrode."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class IClamp(PointProcess):
    """A step of current `amp` from `delay`, for `dur`; positive depolarises.

    >>> IClamp(delay=5, dur=80, amp="300 pA")
    IClamp(delay=5.0, dur=80.0, amp=0.3)
    """

    name = "IClamp"
    parameters = (
        Parameter("delay", 0.0, "ms", doc="start of the step"),
        Parameter("dur", 0.0, "ms", minimum=0, doc="length of the step"),
        Parameter("amp", 0.0, "nA", doc="current of the step"),
    )
    current_names = {"i": None}
    electrode = True

    @staticmethod
    def breaks(p: Any) -> tuple[Array, ...]:
        return p.delay, p.delay + p.dur

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        on = (clock.t >= p.delay) & (clock.t < p.delay + p.dur)
        return {"i": jnp.where(on, p.amp, 0.0)}
