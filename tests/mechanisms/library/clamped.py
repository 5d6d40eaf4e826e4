"""A mechanism of the library under a voltage clamp, by its methods alone."""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp

from rheobase.kernel import Clock
from rheobase.mechanisms import mechanism, names

CHANNELS = [name for name in names("density") if hasattr(mechanism(name), "gates")]
Named = dict[str, Any]


def ions(calcium: Any = 2e-4) -> SimpleNamespace:
    """What the membrane would tell: reversal potentials in mV, concentrations in mM, currents in mA/cm2."""
    return SimpleNamespace(
        na=SimpleNamespace(reversal=50.0, inside=10.0, outside=140.0, current=0.0),
        k=SimpleNamespace(reversal=-77.0, inside=54.4, outside=2.5, current=0.0),
        ca=SimpleNamespace(reversal=120.0, inside=calcium, outside=2.0, current=0.0),
        cl=SimpleNamespace(reversal=-70.0, inside=8.0, outside=120.0, current=0.0),
    )


def clock(dt: Any = 0.025, t: Any = 0.0) -> Clock:
    return Clock(t, dt)


@cache
def initial(name: str) -> Callable[..., Named]:
    """Compiled: voltages, degC and mM of calcium to the states at time 0."""

    def states(v: Any, celsius: Any = 30.0, calcium: Any = 2e-4) -> Named:
        found = mechanism(name).initial(v, prepared(name, celsius), ions(calcium), clock())
        return {key: jnp.broadcast_to(x, v.shape) for key, x in found.items()}

    return jax.jit(states)


@cache
def advance(name: str) -> Callable[..., Named]:
    """Compiled: voltages, states, dt in ms, a number of steps, degC and mM of calcium to the states then."""

    def states(v: Any, s: Named, dt: Any, steps: int = 1, celsius: Any = 30.0, calcium: Any = 2e-4) -> Named:
        p, there = prepared(name, celsius), ions(calcium)

        def one(_: int, s: Named) -> Named:
            return dict(mechanism(name).advance(v, SimpleNamespace(**s), p, there, clock(dt)))

        return one(0, s) if steps == 1 else jax.lax.fori_loop(0, steps, one, s)

    return jax.jit(states, static_argnums=3)


def prepared(name: str, celsius: Any, **changes: Any) -> SimpleNamespace:
    """The parameters of a mechanism with what it prepares from them."""
    channel = mechanism(name)
    p = SimpleNamespace(**{parameter.name: parameter.default for parameter in channel.parameters} | changes)
    return SimpleNamespace(**vars(p) | dict(channel.prepare(p, celsius)))
