"""A counter of action potentials."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class APCount(PointProcess):
    """Counts in `n` how often the voltage rose to `thresh`; `time`, in ms, is the end of the step of the latest."""

    name = "APCount"
    parameters = (Parameter("thresh", -20.0, "mV", doc="the voltage that counts"),)
    states = ("n", "time", "firing")
    units = {"time": "ms"}
    source = "Carnevale and Hines 2006, The NEURON Book, chapter 10"

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        above = v >= p.thresh
        return {"n": 1.0 * above, "time": 0 * v, "firing": 1.0 * above}

    @classmethod
    def advance(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return cls.after_step(v, s, p, ions, clock)

    @staticmethod
    def after_step(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        above = v >= p.thresh
        rose = above & (s.firing == 0)
        return {"n": s.n + rose, "time": jnp.where(rose, clock.t, s.time), "firing": 1.0 * above}
