"""Receptors that pulses of transmitter open: AMPA, NMDA, GABA-A and GABA-B."""

from collections.abc import Mapping
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.events import Event, Response, Send
from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


class Receptor(PointProcess):
    """Receptors that transmitter binds, `r' = alpha c (1 - r) - beta r`, with `c` of `cmax` for `cdur` after an event.

    Each connection has receptors of its own, as many as its weight; an event during a pulse prolongs it. Since all
    that are under transmitter bind alike, and all that are not unbind alike, two sums serve any number of connections
    (Lytton 1996, Neural Comput 8:501): `bound` of those under transmitter, `unbinding` of the others. A connection
    keeps what it had bound when its transmitter last came or went.
    """

    states: ClassVar[tuple[str, ...]] = ("bound", "unbinding", "released")
    weights = ("weight", "on", "pulses", "kept", "since")
    receives = True

    @staticmethod
    def prepare(p: Any, celsius: Array) -> Mapping[str, Array]:
        rate = p.alpha * p.cmax + p.beta
        return {"rate": rate, "steady": p.alpha * p.cmax / rate}

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"bound": 0 * v, "unbinding": 0 * v, "released": 0 * v}

    @staticmethod
    def initial_weights(weights: Any, p: Any) -> Mapping[str, Array]:
        return dict.fromkeys(("on", "pulses", "kept", "since"), 0 * weights.weight)

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {
            "bound": p.rate * (p.steady * s.released - s.bound),
            "unbinding": -p.beta * s.unbinding,
        }

    @staticmethod
    def receive(v: Array, s: Any, p: Any, ions: Any, event: Event, clock: Clock) -> Response:
        w = event.weights
        spike = event.flag == 0
        pulses = w["pulses"] + spike
        begins, ends = spike & (w["on"] == 0), ~spike & (event.flag == pulses)
        passed, most = event.t - w["since"], w["weight"] * p.steady
        at_begin = w["kept"] * jnp.exp(-p.beta * passed)
        at_end = most + (w["kept"] - most) * jnp.exp(-p.rate * passed)
        moved = jnp.where(begins, at_begin, 0.0) - jnp.where(ends, at_end, 0.0)
        return Response(
            {
                "bound": s.bound + moved,
                "unbinding": s.unbinding - moved,
                "released": s.released + w["weight"] * jnp.where(begins, 1.0, jnp.where(ends, -1.0, 0.0)),
            },
            {
                "on": jnp.where(begins, 1.0, jnp.where(ends, 0.0, w["on"])),
                "pulses": pulses,
                "kept": jnp.where(begins, at_begin, jnp.where(ends, at_end, w["kept"])),
                "since": jnp.where(begins | ends, event.t, w["since"]),
            },
            (Send("self", spike, event.t + p.cdur, pulses),),
        )


class OpenReceptor(Receptor):
    """Receptors that are channels, open while they are bound: `i = g (v - e)`, `g` the sum of the bound ones in uS."""

    units = dict.fromkeys((*Receptor.states, "g", "weight"), "uS")
    current_names = {"i": None}
    observable_names = ("g",)

    @classmethod
    def conductance(cls, v: Array, s: Any, p: Any) -> Array:
        """The open conductance, uS."""
        return s.bound + s.unbinding

    @classmethod
    def currents(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"i": cls.conductance(v, s, p) * (v - p.e)}

    @classmethod
    def observables(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"g": cls.conductance(v, s, p)}


def _kinetics(alpha: float, beta: float, e: float) -> tuple[Parameter, ...]:
    return (
        Parameter("alpha", alpha, "1/mM/ms", minimum=0, maximum=1e9, doc="rate of binding"),
        Parameter("beta", beta, "1/ms", minimum=1e-9, maximum=1e9, doc="rate of unbinding"),
        Parameter("e", e, "mV", doc="reversal potential"),
        Parameter("cmax", 1.0, "mM", minimum=0, maximum=1e9, doc="transmitter while it is there"),
        Parameter("cdur", 1.0, "ms", minimum=1e-9, maximum=1e9, doc="how long it is there after an event"),
    )


SOURCE = "Destexhe, Mainen and Sejnowski 1998, in Methods in Neuronal Modeling, MIT Press, p 1"


@register
class AMPA(OpenReceptor):
    """Glutamate receptors of type AMPA; a connection's weight is their conductance when all are bound, in uS.

    >>> AMPA(e="5 mV").e
    5.0
    """

    name = "AMPA"
    parameters = _kinetics(1.1, 0.19, 0.0)
    source = SOURCE


@register
class GABAa(OpenReceptor):
    """GABA receptors of type A; a connection's weight is their conductance when all are bound, in uS."""

    name = "GABAa"
    parameters = _kinetics(5.0, 0.18, -80.0)
    source = SOURCE


@register
class NMDA(OpenReceptor):
    """Glutamate receptors of type NMDA, which magnesium blocks: `g = r / (1 + mg / 3.57 exp(-0.062 v))`.

    A connection's weight is their conductance when all are bound and none blocked, in uS.
    """

    name = "NMDA"
    parameters = (
        *_kinetics(0.072, 0.0066, 0.0),
        Parameter("mg", 1.0, "mM", minimum=0, maximum=1e9, doc="magnesium outside"),
    )
    source = f"{SOURCE}; block by Jahr and Stevens 1990, J Neurosci 10:3178"

    @classmethod
    def conductance(cls, v: Array, s: Any, p: Any) -> Array:
        return super().conductance(v, s, p) / (1 + p.mg / 3.57 * jnp.exp(-0.062 * v))


@register
class GABAb(Receptor):
    """GABA receptors of type B, whose G protein opens potassium channels: `s' = k3 r - k4 s`, `i = gmax o (v - e)`.

    `o = s^4 / (s^4 + kd)`. A connection's weight is the part of the receptors that it reaches.
    """

    name = "GABAb"
    parameters = (
        *_kinetics(0.09, 0.0012, -95.0),
        Parameter("k3", 0.18, "uM/ms", minimum=0, maximum=1e9, doc="rate at which bound receptors make G protein"),
        Parameter("k4", 0.034, "1/ms", minimum=1e-9, maximum=1e9, doc="rate at which G protein is lost"),
        Parameter("kd", 100.0, "uM^4", minimum=1e-9, maximum=1e12, doc="fourth power of the G protein that opens half"),
        Parameter("gmax", 1e-3, "uS", minimum=0, maximum=1e9, doc="conductance when all channels are open"),
    )
    states = (*Receptor.states, "s")
    units = {"s": "uM", "g": "uS"}
    current_names = {"i": None}
    observable_names = ("g",)
    source = SOURCE

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {**Receptor.initial(v, p, ions, clock), "s": 0 * v}

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"i": _opened(s, p) * (v - p.e)}

    @staticmethod
    def observables(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"g": _opened(s, p)}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        made = p.k3 * (s.bound + s.unbinding)
        return {**Receptor.derivative(v, s, p, ions, clock), "s": made - p.k4 * s.s}


def _opened(s: Any, p: Any) -> Array:
    fourth = s.s**4
    return p.gmax * fourth / (fourth + p.kd)
