"""A synapse whose conductance rises and decays with two time constants."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.events import Event, Response
from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class Exp2Syn(PointProcess):
    """Conductance `g = B - A` with `A' = -A / tau1` and `B' = -B / tau2`; current `i = g (v - e)`.

    An event raises both, so that the conductance of one event alone peaks at its weight, in uS. A rise that is not
    shorter than the decay is taken as 0.9999 of it.

    >>> Exp2Syn(tau1=0.5, tau2=8).e
    0.0
    """

    name = "Exp2Syn"
    parameters = (
        Parameter("tau1", 0.1, "ms", minimum=1e-9, maximum=1e9, doc="time constant of rise"),
        Parameter("tau2", 10.0, "ms", minimum=1e-9, maximum=1e9, doc="time constant of decay"),
        Parameter("e", 0.0, "mV", doc="reversal potential"),
    )
    states = ("A", "B")
    units = {"A": "uS", "B": "uS", "g": "uS", "weight": "uS"}
    current_names = {"i": None}
    observable_names = ("g",)
    weights = ("weight",)
    receives = True
    source = "Carnevale and Hines 2006, The NEURON Book, chapter 10"

    @staticmethod
    def prepare(p: Any, celsius: Array) -> Mapping[str, Array]:
        rise = jnp.clip(p.tau1, 1e-9 * p.tau2, 0.9999 * p.tau2)
        peak = rise * p.tau2 / (p.tau2 - rise) * jnp.log(p.tau2 / rise)
        return {"rise": rise, "factor": 1 / (jnp.exp(-peak / p.tau2) - jnp.exp(-peak / rise))}

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"A": 0 * v, "B": 0 * v}

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"i": (s.B - s.A) * (v - p.e)}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"A": -s.A / p.rise, "B": -s.B / p.tau2}

    @staticmethod
    def observables(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"g": s.B - s.A}

    @staticmethod
    def receive(v: Array, s: Any, p: Any, ions: Any, event: Event, clock: Clock) -> Response:
        jump = event.weights["weight"] * p.factor
        return Response({"A": s.A + jump, "B": s.B + jump})
