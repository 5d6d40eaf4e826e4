"""The three command levels that both voltage clamps step through."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.parameter import Parameter

LEVELS = tuple(
    parameter
    for k in (1, 2, 3)
    for parameter in (
        Parameter(f"dur{k}", 0.0, "ms", minimum=0, maximum=1e9, doc=f"length of level {k}"),
        Parameter(f"amp{k}", 0.0, "mV", doc=f"command voltage of level {k}"),
    )
)


def changes(p: Any) -> tuple[Array, ...]:
    """The times at which the command changes, ms."""
    return p.dur1, p.dur1 + p.dur2, p.dur1 + p.dur2 + p.dur3


def command(p: Any, t: Array) -> tuple[Array, Array]:
    """The command voltage in mV at time `t`, and whether the clamp is on."""
    first, second = p.dur1, p.dur1 + p.dur2
    third = second + p.dur3
    level = jnp.where(t < first, p.amp1, jnp.where(t < second, p.amp2, p.amp3))
    return level, t < third
