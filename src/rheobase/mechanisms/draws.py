"""Random numbers that are counted: the same seed, stream and count give the same number, in whatever order."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def exponential(seed: Any, stream: Any, count: Any) -> Array:
    """Numbers of mean 1, exponentially distributed, one for each seed, stream and count, which broadcast.

    Threefry (Salmon et al 2011, SC11:16) makes each from its three numbers alone.
    """
    seed, stream, count = jnp.broadcast_arrays(seed, stream, count)

    def one(seed: Array, stream: Array, count: Array) -> Array:
        key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), stream), count)
        return jax.random.exponential(key, dtype=jnp.result_type(float))

    numbers = [x.astype(jnp.uint32).reshape(-1) for x in (seed, stream, count)]
    return jax.vmap(one)(*numbers).reshape(count.shape)
