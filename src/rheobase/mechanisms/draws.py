"""Random numbers that are counted: the same seed, stream and count give the same number, in whatever order.

Threefry (Salmon et al 2011, SC11:16) makes each number from its three alone: seed and stream are the key, and the count
is the block.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.extend.random import threefry2x32_p
from jax.scipy.special import ndtri


def uniform(seed: Any, stream: Any, count: Any) -> Array:
    """Numbers between 0 and 1, never either, one for each seed, stream and count, which broadcast."""
    high, low = _bits(seed, stream, count)
    if jnp.result_type(float) == jnp.float32:
        return ((high >> 9).astype(jnp.float32) + 0.5) * 2.0**-23
    whole = (high >> 6).astype(jnp.float64) * 2.0**26 + (low >> 6).astype(jnp.float64)
    return (whole + 0.5) * 2.0**-52


def exponential(seed: Any, stream: Any, count: Any) -> Array:
    """Numbers of mean 1, exponentially distributed, drawn as by `uniform`."""
    return -jnp.log(uniform(seed, stream, count))


def normal(seed: Any, stream: Any, count: Any) -> Array:
    """Numbers of mean 0 and variance 1, normally distributed, drawn as by `uniform`."""
    return ndtri(uniform(seed, stream, count))


def poisson(mean: Any, seed: Any, stream: Any, count: Any) -> Array:
    """Whole numbers with a Poisson distribution of the given mean, drawn as by `uniform`."""
    high, low = _bits(seed, stream, count)
    mean = jax.lax.stop_gradient(jnp.asarray(mean, float))
    mean, high, low = jnp.broadcast_arrays(mean, high, low)

    def one(mean: Array, high: Array, low: Array) -> Array:
        return jax.random.poisson(jax.random.wrap_key_data(jnp.stack([high, low])), mean)

    drawn = jax.vmap(one)(mean.reshape(-1), high.reshape(-1), low.reshape(-1))
    return drawn.reshape(mean.shape).astype(jnp.result_type(float))


def _bits(seed: Any, stream: Any, count: Any) -> tuple[Array, Array]:
    numbers = (jax.lax.stop_gradient(jnp.asarray(x)).astype(jnp.uint32) for x in (seed, stream, count))
    seed, stream, count = jnp.broadcast_arrays(*numbers)
    high, low = threefry2x32_p.bind(seed, stream, count, jnp.zeros_like(count))
    return high, low
