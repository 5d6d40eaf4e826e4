"""Random numbers that are counted: the same seed, stream and count give the same number, in whatever order."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def exponential(seed: Any, stream: Any, count: Any) -> Array:
    """Numbers of mean 1, exponentially distributed, one for each seed, stream and count, which broadcast.

    Threefry (Salmon et al 2011, SC11:16) makes each from its three numbers alone.
    """
    return _drawn(jax.random.exponential, seed, stream, count)


def uniform(seed: Any, stream: Any, count: Any) -> Array:
    """Numbers from 0 to 1, as `exponential` makes them."""
    return _drawn(jax.random.uniform, seed, stream, count)


def normal(seed: Any, stream: Any, count: Any) -> Array:
    """Numbers of mean 0 and variance 1, normally distributed, as `exponential` makes them."""
    return _drawn(jax.random.normal, seed, stream, count)


def poisson(mean: Any, seed: Any, stream: Any, count: Any) -> Array:
    """Whole numbers with a Poisson distribution of the given mean, as `exponential` makes them."""

    def draw(key: Array, mean: Array, dtype: Any) -> Array:
        return jax.random.poisson(key, mean).astype(dtype)

    return _drawn(draw, seed, stream, count, jax.lax.stop_gradient(jnp.asarray(mean, float)))


def _drawn(draw: Callable[..., Array], seed: Any, stream: Any, count: Any, *further: Array) -> Array:
    seed, stream, count, *further_ = jnp.broadcast_arrays(seed, stream, count, *further)

    def one(seed: Array, stream: Array, count: Array, *further: Array) -> Array:
        key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), stream), count)
        return draw(key, *further, dtype=jnp.result_type(float))

    numbers = [x.astype(jnp.uint32).reshape(-1) for x in (seed, stream, count)]
    return jax.vmap(one)(*numbers, *(x.reshape(-1) for x in further_)).reshape(count.shape)
