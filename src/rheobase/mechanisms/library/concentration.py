"""Concentrations that follow their ion's current: one well-mixed compartment beneath the membrane."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import FARADAY, UseIon
from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register

CALCIUM = (UseIon("ca", reads=("current", "inside"), writes=("inside",)),)


@register
class CalciumDecay(Mechanism):
    """Calcium in a shell, which its current fills and which decays to rest: `ca' = gamma j - (ca - rest) / tau`."""

    name = "ca_decay"
    parameters = (
        Parameter("depth", 0.1, "um", minimum=1e-9, maximum=1e9, doc="depth of the shell"),
        Parameter("tau", 80.0, "ms", minimum=1e-9, maximum=1e9, doc="time constant of removal"),
        Parameter("rest", 1e-4, "mM", minimum=0, maximum=1e9, doc="calcium at rest"),
        Parameter("gamma", 0.05, "1", minimum=0, maximum=1, doc="part of the calcium that stays free"),
    )
    ions = CALCIUM
    source = "Destexhe et al. 1994, J Neurophysiol 72:803; Hay et al. 2011, PLoS Comput Biol 7:e1002107"

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"ca.inside": p.rest}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        influx = p.gamma * influx_through(ions.ca.current, 2, p.depth)
        return {"ca.inside": influx + (p.rest - ions.ca.inside) / p.tau}

    @staticmethod
    def advance(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        influx = p.gamma * influx_through(ions.ca.current, 2, p.depth)
        steady = p.rest + p.tau * influx
        return {"ca.inside": steady + (ions.ca.inside - steady) * jnp.exp(-clock.dt / p.tau)}


@register
class CalciumPump(Mechanism):
    """Calcium in a shell that a saturating pump empties: `ca' = max(j, 0) - kt ca / (ca + kd) + (rest - ca) / tau`."""

    name = "ca_pump"
    parameters = (
        Parameter("depth", 1.0, "um", minimum=1e-9, maximum=1e9, doc="depth of the shell"),
        Parameter("kt", 1e-4, "mM/ms", minimum=0, maximum=1e9, doc="fastest rate of the pump"),
        Parameter("kd", 1e-4, "mM", minimum=1e-9, maximum=1e9, doc="calcium at which the pump is half as fast"),
        Parameter("tau", 5.0, "ms", minimum=1e-9, maximum=1e9, doc="time constant of what else removes calcium"),
        Parameter("rest", 2.4e-4, "mM", minimum=0, maximum=1e9, doc="calcium that the removal tends to"),
    )
    ions = CALCIUM
    source = (
        "Destexhe, Babloyantz and Sejnowski 1993, Biophys J 65:1538; removal as Bazhenov et al. 1998, "
        "J Neurophysiol 79:2730"
    )

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"ca.inside": p.rest}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        influx, ca = jnp.maximum(influx_through(ions.ca.current, 2, p.depth), 0.0), ions.ca.inside
        return {"ca.inside": influx - p.kt * ca / (ca + p.kd) + (p.rest - ca) / p.tau}

    @staticmethod
    def advance(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        # An implicit step, solved for calcium: a x^2 + b x - known kd = 0, by that form of its root which subtracts
        # nothing.
        influx = jnp.maximum(influx_through(ions.ca.current, 2, p.depth), 0.0)
        known = ions.ca.inside + clock.dt * (influx + p.rest / p.tau)
        a = 1 + clock.dt / p.tau
        b = a * p.kd + clock.dt * p.kt - known
        root = jnp.sqrt(b * b + 4 * a * known * p.kd)
        rises = b < 0
        return {"ca.inside": jnp.where(rises, root - b, 2 * known * p.kd) / jnp.where(rises, 2 * a, b + root)}


@register
class ChlorideDecay(Mechanism):
    """Chloride in the whole cross-section, which cotransport returns to rest: `cl' = j - (cl - rest) / tau`."""

    name = "cl_decay"
    parameters = (
        Parameter("tau", 3000.0, "ms", minimum=1e-9, maximum=1e9, doc="time constant of cotransport"),
        Parameter("rest", 5.0, "mM", minimum=1e-9, maximum=1e9, doc="chloride at rest"),
    )
    ions = (UseIon("cl", reads=("current", "inside"), writes=("inside",), valence=-1),)
    geometry = ("diam",)
    source = "Jedlicka, Deller, Gutkin and Backus 2011, Hippocampus 21:885"

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"cl.inside": p.rest}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"cl.inside": influx_through(ions.cl.current, -1, p.diam / 4) + (p.rest - ions.cl.inside) / p.tau}

    @staticmethod
    def advance(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        steady = p.rest + p.tau * influx_through(ions.cl.current, -1, p.diam / 4)
        return {"cl.inside": steady + (ions.cl.inside - steady) * jnp.exp(-clock.dt / p.tau)}


def influx_through(current: Array, valence: int, depth: Array) -> Array:
    """The rate in mM/ms at which a current (mA/cm2) fills a shell of a depth (um): `-i / (z F depth)`."""
    return -1e4 * current / (valence * FARADAY * depth)
