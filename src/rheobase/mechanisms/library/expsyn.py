"""A synapse whose conductance jumps with each event and decays."""

from collections.abc import Mapping
from typing import Any

from jax import Array

from rheobase.kernel.events import Event, Response
from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class ExpSyn(PointProcess):
    """Conductance `g' = -g / tau`, which an event raises by its weight in uS; current `i = g (v - e)`.

    >>> ExpSyn(tau=2, e=-70)
    ExpSyn(tau=2.0, e=-70.0)
    """

    name = "ExpSyn"
    parameters = (
        Parameter("tau", 0.1, "ms", minimum=1e-9, maximum=1e9, doc="time constant of decay"),
        Parameter("e", 0.0, "mV", doc="reversal potential"),
    )
    states = ("g",)
    units = {"g": "uS", "weight": "uS"}
    current_names = {"i": None}
    weights = ("weight",)
    receives = True
    source = "Carnevale and Hines 2006, The NEURON Book, chapter 10"

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"g": 0 * v}

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"i": s.g * (v - p.e)}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"g": -s.g / p.tau}

    @staticmethod
    def receive(v: Array, s: Any, p: Any, ions: Any, event: Event, clock: Clock) -> Response:
        return Response({"g": s.g + event.weights["weight"]})
