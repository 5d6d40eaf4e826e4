"""The exponential step of a state whose rate is linear in itself."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array


@jax.custom_jvp
def expm1_ratio(z: Array) -> Array:
    """`(exp(z) - 1) / z`, continuous and differentiable at zero.

    `exp(z) - 1` loses digits only where the increment it scales is as small: the state keeps its precision,
    at half the cost of `expm1`.
    """
    return _ratio_and_inverse(z)[0]


@expm1_ratio.defjvp
def _expm1_ratio_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    # The derivative (1 + (z - 1) y) / z needs no second exponential or division, and no branch is differentiated.
    (z,), (dz,) = primals, tangents
    y, inverse = _ratio_and_inverse(z)
    slope = jnp.where(jnp.abs(z) < _SMALL, 0.5 + z * (1 / 3), (1 + (z - 1) * y) * inverse)
    return y, slope * dz


_SMALL = 1e-4


def _ratio_and_inverse(z: Array) -> tuple[Array, Array]:
    small = jnp.abs(z) < _SMALL
    inverse = 1 / jnp.where(small, 1.0, z)
    return jnp.where(small, 1 + z * (0.5 + z * (1 / 6)), (jnp.exp(z) - 1) * inverse), inverse


def exponential_step(
    derivative: Callable[[dict[str, Array]], dict[str, Array]], states: dict[str, Array], dt: Array
) -> dict[str, Array]:
    """Each state one step on by the exact solution of its rate linearised in itself, the others held.

    This is NMODL's `cnexp`: exact where `x' = a + b x`; elsewhere the exponential Rosenbrock-Euler step,
    `x + dt f (exp(b dt) - 1) / (b dt)` with `b = df/dx` (Hochbruck and Ostermann 2010, Acta Numerica 19:209).
    """
    stepped = {}
    for name, x in states.items():

        def rate(x: Array, name: str = name) -> Array:
            return derivative({**states, name: x})[name]

        f, b = jax.jvp(rate, (x,), (jnp.ones_like(x),))
        stepped[name] = x + dt * f * expm1_ratio(b * dt)
    return stepped
