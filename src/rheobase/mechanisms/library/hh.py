"""The squid axon's sodium and potassium channels and its leak."""

from collections.abc import Mapping
from math import exp
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class HodgkinHuxley(Mechanism):
    """Fast sodium, delayed rectifier potassium and leak, at rest near -65 mV, with a Q10 of 3 from 6.3 degC."""

    name = "hh"
    parameters = (
        Parameter("gnabar", 0.12, "S/cm2", minimum=0, maximum=1e9, doc="maximal sodium conductance"),
        Parameter("gkbar", 0.036, "S/cm2", minimum=0, maximum=1e9, doc="maximal potassium conductance"),
        Parameter("gl", 0.0003, "S/cm2", minimum=0, maximum=1e9, doc="leak conductance"),
        Parameter("el", -54.3, "mV", doc="leak reversal potential"),
    )
    states = ("m", "h", "n")
    units = {"gna": "S/cm2", "gk": "S/cm2"}
    ions = (UseIon("na"), UseIon("k"))
    current_names = {"ina": "na", "ik": "k", "il": None}
    observable_names = ("gna", "gk")
    source = "Hodgkin and Huxley 1952, J Physiol 117:500, shifted to a rest of -65 mV"

    @staticmethod
    def prepare(p: Any, celsius: Array) -> Mapping[str, Array]:
        return {"q10": 3.0 ** ((celsius - 6.3) / 10.0)}

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {gate: alpha / (alpha + beta) for gate, (alpha, beta) in _rates(v).items()}

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        gna, gk = _conductances(s, p)
        return {
            "ina": gna * (v - ions.na.reversal),
            "ik": gk * (v - ions.k.reversal),
            "il": p.gl * (v - p.el),
        }

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {gate: p.q10 * (alpha - (alpha + beta) * getattr(s, gate)) for gate, (alpha, beta) in _rates(v).items()}

    @staticmethod
    def observables(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        gna, gk = _conductances(s, p)
        return {"gna": gna, "gk": gk}


def _conductances(s: Any, p: Any) -> tuple[Array, Array]:
    squared = s.n * s.n
    return p.gnabar * s.m * s.m * s.m * s.h, p.gkbar * squared * squared


def _rates(v: Array) -> dict[str, tuple[Array, Array]]:
    """Opening and closing rates per ms at 6.3 degC.

    All exponentials but one are powers of `exp(-(v + 65) / 80)`, so two calls of `exp` serve six rates.
    """
    above = v + 65.0
    by80 = jnp.exp(above * (-1 / 80))
    by40 = by80 * by80
    by20 = by40 * by40
    by10 = by20 * by20
    return {
        "m": (0.1 * _linoid(-(v + 40.0), by10 * exp(2.5)), 4.0 * jnp.exp(above * (-1 / 18))),
        "h": (0.07 * by20, 1 / (by10 * exp(3.0) + 1)),
        "n": (0.01 * _linoid(-(v + 55.0), by10 * exp(1.0)), 0.125 * by80),
    }


def _linoid(x: Array, exponential: Array) -> Array:
    """`x / (exp(x / 10) - 1)`, continued through `x = 0`; `exponential` is `exp(x / 10)`."""
    small = jnp.abs(x) < 1e-5
    return jnp.where(small, 10.0 - 0.5 * x, x / (jnp.where(small, 2.0, exponential) - 1))
