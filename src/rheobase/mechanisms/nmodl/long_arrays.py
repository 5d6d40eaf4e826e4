"""Arrays too long to be kept element by element: ring buffers, lists of times.

The value of such an array is a tuple of its elements as long as every index is known, and else one array with the
elements along its first axis.
"""

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Value

if TYPE_CHECKING:
    from rheobase.mechanisms.nmodl.scope import Scope

LONG = 64
"""Arrays of more elements than this, if they are no states, are kept whole."""


def element(scope: "Scope", key: str, length: int, index: int | Value) -> Value:
    """The element at an index, the nearest there is when a run makes it leave the array."""
    whole = _whole(scope, key, length)
    if whole is UNKNOWN or index is UNKNOWN:
        return UNKNOWN
    if isinstance(index, int):
        return whole[index]
    whole, at = scope.array(whole), jnp.clip(scope.array(index), 0, length - 1).astype(int)
    return jnp.take_along_axis(whole, at[None], axis=0)[0]


def with_element(scope: "Scope", key: str, length: int, index: int | Value, value: Value) -> Any:
    """The array with an element set; unchanged where a run makes the index leave it."""
    whole = _whole(scope, key, length)
    if whole is UNKNOWN or index is UNKNOWN:
        return UNKNOWN
    if isinstance(index, int) and isinstance(whole, tuple):
        return (*whole[:index], value, *whole[index + 1 :])
    whole = scope.array(whole)
    places = jnp.arange(length).reshape((-1,) + (1,) * (whole.ndim - 1))
    return jnp.where(
        places == scope.array(float(index) if isinstance(index, int) else index), scope.array(value), whole
    )


def _whole(scope: "Scope", key: str, length: int) -> Any:
    whole = scope.read(key)
    return (0.0,) * length if isinstance(whole, float) else whole
