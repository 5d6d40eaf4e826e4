"""A two-electrode voltage clamp with a control amplifier of finite gain and speed."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.library.levels import LEVELS, changes, command
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class VClamp(PointProcess):
    """Three command levels one after another, held by an amplifier of `gain` through `rstim`, then off.

    With `vi` the measured voltage, `e` the amplifier's input and `vo` its output, the circuit of NEURON's VClamp is

        tau2 vo' + vo = -gain e,    (vc + e) + (e - vi) + tau1 (e - vi)' = 0,    vi = v,    i = (vo - v) / rstim

    (Carnevale and Hines 2006, The NEURON Book). It is far stiffer than a membrane, so it is solved together with
    the voltage by an implicit Euler step. What moves by itself is the `lag = e - vi` behind the voltage, and the
    output, each where it has a time constant; else both follow at once.

    `dur` and `amp` may be given as three values each.

    >>> VClamp(dur=(5, 20, 15), amp=(-65, 0, -80)).amp2
    0.0
    """

    name = "VClamp"
    parameters = (
        *LEVELS,
        Parameter("gain", 1e5, "1", minimum=0, maximum=1e9, doc="gain of the control amplifier"),
        Parameter("rstim", 1.0, "megohm", minimum=1e-9, maximum=1e9, doc="resistance of the current electrode"),
        Parameter("tau1", 0.001, "ms", minimum=0, maximum=1e9, doc="time constant of the feedback"),
        Parameter("tau2", 0.0, "ms", minimum=0, maximum=1e9, doc="time constant of the amplifier"),
    )
    states = ("lag", "output", "e", "vo")
    units = dict.fromkeys((*states, "vi"), "mV")
    current_names = {"i": None}
    observable_names = ("vi",)
    electrode = True

    def __init__(self, *args: Any, dur: Any = (), amp: Any = (), **kwargs: Any) -> None:
        for name, values in (("dur", dur), ("amp", amp)):
            if np.ndim(values) != 1 or len(values) > 3:
                raise ValueError(f"VClamp has three levels: give {name} as up to three values, not {values!r}")
            levels = {f"{name}{k}": value for k, value in enumerate(values, start=1)}
            if twice := levels.keys() & kwargs.keys():
                raise TypeError(f"VClamp was given {min(twice)} twice, by that name and in {name}")
            kwargs |= levels
        super().__init__(*args, **kwargs)

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        at_rest = {"lag": -v, "output": v}
        _, vo = _amplifier(v, at_rest, p, clock)
        # Without a time constant of its own the amplifier's output has no past: it follows at once.
        vo = jnp.where(p.tau2 > 0, v, vo)
        return {"lag": -v, "output": vo, "e": jnp.zeros_like(v), "vo": vo}

    @staticmethod
    def breaks(p: Any) -> tuple[Array, ...]:
        return changes(p)

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        _, vo = _amplifier(v, vars(s), p, clock)
        _, on = command(p, clock.t)
        return {"i": jnp.where(on, (vo - v) / p.rstim, 0.0)}

    @staticmethod
    def observables(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        # After a step the states hold the amplifier's output that went with the new voltage.
        _, on = command(p, clock.t)
        return {"i": jnp.where(on, (s.vo - v) / p.rstim, 0.0), "vi": v}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        vc, _ = command(p, clock.t)
        e, _ = _amplifier(v, vars(s), p, clock)
        lagging = jnp.where(p.tau1 > 0, (v - vc - 2 * e) / jnp.where(p.tau1 > 0, p.tau1, 1.0), 0.0)
        following = jnp.where(p.tau2 > 0, -(p.gain * e + s.output) / jnp.where(p.tau2 > 0, p.tau2, 1.0), 0.0)
        return {"lag": lagging, "output": following}

    @staticmethod
    def implied(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        e, vo = _amplifier(v, vars(s), p, clock)
        return {"e": e, "vo": vo}

    @staticmethod
    def advance(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        # The command is that of the middle of the step just taken, as in the current it was solved with.
        e, vo = _amplifier(v, vars(s), p, clock._replace(t=clock.t - clock.dt / 2))
        return {"lag": e - v, "output": vo, "e": e, "vo": vo}


def _amplifier(v: Array, s: Mapping[str, Array], p: Any, clock: Clock) -> tuple[Array, Array]:
    """Input and output of the amplifier at the end of a step that ends at voltage `v`; with `dt` 0, at an instant."""
    vc, _ = command(p, clock.t)
    instant = clock.dt == 0
    dt = jnp.where(instant, 1.0, clock.dt)
    r1, r2 = p.tau1 / dt, p.tau2 / dt
    e = (v * (1 + r1) - vc + r1 * s["lag"]) / (2 + r1)
    e = jnp.where(instant, jnp.where(p.tau1 > 0, v + s["lag"], (v - vc) / 2), e)
    vo = (r2 * s["output"] - p.gain * e) / (1 + r2)
    return e, jnp.where(instant, jnp.where(p.tau2 > 0, s["output"], -p.gain * e), vo)
