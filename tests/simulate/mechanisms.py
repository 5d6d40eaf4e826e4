"""Small mechanisms that tests of simulations insert, known by their names through the fixture `small_mechanisms`."""

from typing import Any

import jax
import jax.numpy as jnp

from rheobase.mechanisms import Mechanism, Parameter, PointProcess, UseIon


class Pool(Mechanism):
    """Calcium that enters with its current and leaves with a time constant."""

    name = "pool"
    parameters = (Parameter("depth", 0.1, "um", minimum=0), Parameter("tau", 5.0, "ms", minimum=0))
    ions = (UseIon("ca", reads=("current", "inside"), writes=("inside",)),)

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ca.inside": 1e-4}

    @staticmethod
    def advance(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        target = 1e-4 - p.tau * 0.05182 * ions.ca.current / p.depth
        return {"ca.inside": target + (ions.ca.inside - target) * jnp.exp(-clock.dt / p.tau)}


class Calcium(Mechanism):
    """A calcium conductance without a memory."""

    name = "cal"
    parameters = (Parameter("g", 1e-4, "S/cm2", minimum=0), Parameter("half", -30.0, "mV", scope="global"))
    ions = (UseIon("ca"),)
    current_names = {"ica": "ca"}  # noqa: RUF012  a mechanism's class is its definition
    observable_names = ("open",)

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ica": p.g / (1 + jnp.exp(-(v - p.half) / 6)) * (v - ions.ca.reversal)}

    @staticmethod
    def observables(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"open": 1 / (1 + jnp.exp(-(v - p.half) / 6))}


class Follower(PointProcess):
    """A current in proportion to what it points to, less its value at rest."""

    name = "Follower"
    parameters = (
        Parameter("gain", 1e-3, "1"),
        Parameter("rest", 0.0, "1"),
        Parameter("shift", 0.0, "1", scope="global"),
    )
    pointers = ("source",)
    current_names = {"i": None}  # noqa: RUF012

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"i": -p.gain * (p.source - p.rest - p.shift)}


class Gap(Mechanism):
    """A conductance to somewhere else."""

    name = "gap"
    parameters = (Parameter("g", 1e-4, "S/cm2"),)
    pointers = ("vpre",)
    current_names = {"i": None}  # noqa: RUF012

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"i": p.g * (v - p.vpre)}


class Noise(Mechanism):
    """A current that is drawn anew in each step."""

    name = "noise"
    parameters = (Parameter("sd", 1e-3, "mA/cm2"), Parameter("seed", 1.0, "1", scope="global"))
    states = ("drawn", "x")
    carried = ("drawn", "x")
    random = True
    current_names = {"i": None}  # noqa: RUF012

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"drawn": 0.0, "x": 0.0}

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        key = jax.random.key(jnp.ravel(jnp.asarray(p.seed, jnp.uint32))[0])

        def draw(stream: Any, count: Any) -> Any:
            return jax.random.normal(jax.random.fold_in(jax.random.fold_in(key, stream), count), dtype=v.dtype)

        x = jnp.vectorize(draw)(p.stream, s.drawn.astype(jnp.uint32))
        return {"i": p.sd * x, "drawn": s.drawn + 1, "x": x}


class Ruler(Mechanism):
    """It tells what it finds of its segment."""

    name = "ruler"
    geometry = ("area", "diam")
    observable_names = ("area_", "diam_")

    @staticmethod
    def observables(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"area_": p.area + 0 * v, "diam_": p.diam + 0 * v}


class PointRuler(PointProcess):
    """The same at a point."""

    name = "PointRuler"
    geometry = ("area", "diam")
    observable_names = ("area_", "diam_")
    observables = Ruler.observables


SMALL = (Pool, Calcium, Follower, Gap, Noise, Ruler, PointRuler)
