"""A run and its derivatives along a few directions, taken on together.

Of a tree whose leaves are not all real numbers, the derivatives have None in place of the others.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from rheobase.kernel import Probes, Program, State, System, advance, initialise
from rheobase.kernel.system import sample


def is_float(x: Any) -> bool:
    """Whether it holds real numbers."""
    return bool(jnp.issubdtype(jnp.result_type(x), jnp.inexact))


def floats(tree: Any) -> tuple[Any, Any]:
    """Two trees of the same form: the real numbers, None elsewhere; and the rest."""
    return (
        jax.tree.map(lambda x: x if is_float(x) else None, tree),
        jax.tree.map(lambda x: None if is_float(x) else x, tree),
    )


def joined(floats: Any, others: Any) -> Any:
    """The tree of which these are the real numbers and the rest."""
    return jax.tree.map(lambda x, y: y if x is None else x, floats, others, is_leaf=lambda x: x is None)


def padded(tangent: Any, like: Any) -> Any:
    """Derivatives of an array that grew to be like another."""
    wanted = (tangent.shape[0], *like.shape)
    return jnp.pad(tangent, [(0, n - have) for have, n in zip(tangent.shape, wanted, strict=True)])


def along(f: Callable[..., Any], arguments: tuple[Any, ...], directions: tuple[Any, ...]) -> tuple[Any, Any]:
    """What a function gives, and how that moves along directions of its arguments, which have a leading axis."""
    numbers, others = floats(arguments)

    def of(numbers: Any) -> tuple[Any, Any]:
        return floats(f(*joined(numbers, others)))

    def one(direction: Any) -> tuple[Any, Any, Any]:
        moving, moved, fixed = jax.jvp(of, (numbers,), (direction,), has_aux=True)
        return moving, fixed, moved

    moving, fixed, moved = jax.vmap(one, out_axes=(None, None, 0))(directions)
    return joined(moving, fixed), moved


@partial(jax.jit, static_argnums=0)
def begin(
    program: Program, system: System, probes: Probes, v: Any, dt: Any, d_system: Any, d_v: Any
) -> tuple[State, Any, Any, Any]:
    """The state at time 0 and its sample, as the kernel's `initialise` gives them, and how both move."""

    def start(system: System, v: Any) -> tuple[State, Any]:
        return initialise(program, system, probes, v, dt)

    (state, first), (d_state, d_first) = along(start, (system, v), (d_system, d_v))
    return state, first, d_state, d_first


@partial(jax.jit, static_argnums=0)
def go(
    program: Program,
    system: System,
    probes: Probes,
    state: State,
    begin: Any,
    samples: Any,
    every: Any,
    dt: Any,
    d_system: Any,
    d_state: Any,
) -> tuple[State, Any, Any, Any]:
    """The state some steps on and samples, as the kernel's `advance` gives them, and how both move."""

    def step(system: System, state: State) -> tuple[State, Any]:
        return advance(program, system, probes, state, begin, samples, every, dt)

    (after, raw), (d_after, d_raw) = along(step, (system, state), (d_system, d_state))
    return after, raw, d_after, d_raw


@jax.jit
def look(probes: Probes, state: State, d_state: Any) -> tuple[Any, Any]:
    """The sample of a state, and how it moves."""
    return along(lambda state: sample(state, probes), (state,), (d_state,))
