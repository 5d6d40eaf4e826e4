"""Courses that are played into parameters as a run goes."""

from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp

from rheobase.kernel.system import Played, Program, System


def playing(program: Program, system: System, t: Any) -> System:
    """A prepared system as it is at `t` (ms), with everything anew that follows from what is played."""
    blocks = list(system.blocks)
    for k in sorted({block for block, _ in program.played}):
        mechanism, block = program.mechanisms[k][0], blocks[k]
        parameters = dict(block.parameters)
        for (owner, name), played in zip(program.played, system.plays, strict=True):
            if owner == k:
                parameters[name] = taken(played, parameters[name], t)
        derived = mechanism.prepare(SimpleNamespace(**parameters), system.celsius)
        blocks[k] = block._replace(parameters={**parameters, **derived})
    return system._replace(blocks=tuple(blocks)) if program.played else system


def taken(played: Played, own: Any, t: Any, xp: Any = jnp) -> Any:
    """A parameter at `t`: what is played where that is, what it is itself elsewhere.

    **Arguments:** `own`: `(instances,)`, a scalar where all share it, or either with a batch behind; `t`: a scalar, or
    `(samples,)`, which then comes first in what is returned.
    """
    shape = xp.shape(t) + (1,) * xp.ndim(own)
    times, values = xp.asarray(played.times), xp.asarray(played.values)
    reached = xp.searchsorted(times, t, side="right")
    before = xp.maximum(reached - 1, 0)
    start, end = times[before], times[reached]
    within = (end > start) & xp.isfinite(end)
    part = xp.where(within, (t - start) / xp.where(within, end - start, 1.0), 0.0)
    line = values[before] + part * (values[reached] - values[before])
    value = xp.where(played.straight, line, values[before]).reshape(shape)
    there = (played.straight | (reached > 0)).reshape(shape)
    if played.rows is not None:
        there = there & played.rows.reshape(-1, *(1,) * (xp.ndim(own) - 1))
    return xp.where(there, value, own)
