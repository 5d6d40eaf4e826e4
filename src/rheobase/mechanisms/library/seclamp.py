"""A single-electrode voltage clamp: a battery behind a series resistance."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.library.levels import LEVELS, changes, command
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class SEClamp(PointProcess):
    """Three command levels one after another through `rs`, then off: `i = (vc - v) / rs`.

    >>> SEClamp(dur1=5, amp1=-65, dur2=20, amp2=0, rs="500 kohm").rs
    0.5
    """

    name = "SEClamp"
    parameters = (
        *LEVELS,
        Parameter("rs", 1.0, "megohm", minimum=1e-9, maximum=1e9, doc="series resistance"),
    )
    units = {"vc": "mV"}
    current_names = {"i": None}
    observable_names = ("vc",)
    electrode = True

    @staticmethod
    def breaks(p: Any) -> tuple[Array, ...]:
        return changes(p)

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        vc, on = command(p, clock.t)
        return {"i": jnp.where(on, (vc - v) / p.rs, 0.0)}

    @staticmethod
    def observables(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        vc, on = command(p, clock.t)
        return {"vc": jnp.where(on, vc, 0.0)}
