"""The exponential step."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, strategies as st
from jax.test_util import check_grads

from rheobase.kernel.exponential import expm1_ratio, exponential_step


@given(z=st.floats(-50, 50))
def test_ratio_is_that_of_expm1(z: float) -> None:
    expected = np.expm1(z) / z if abs(z) > 1e-12 else 1.0
    np.testing.assert_allclose(expm1_ratio(jnp.asarray(z)), expected, rtol=1e-11)


def test_ratio_is_differentiable_through_zero() -> None:
    for z in (-2.0, -1e-3, -1e-7, 0.0, 1e-7, 0.5):
        check_grads(expm1_ratio, (jnp.asarray(z),), order=1, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(jax.grad(expm1_ratio)(0.0), 0.5)


@given(rate=st.floats(-5, 5), source=st.floats(-3, 3), x=st.floats(-2, 2), dt=st.floats(1e-3, 1))
def test_a_linear_state_is_stepped_exactly(rate: float, source: float, x: float, dt: float) -> None:
    step = exponential_step(lambda s: {"x": source + rate * s["x"]}, {"x": jnp.asarray(x)}, jnp.asarray(dt))
    growth = np.expm1(rate * dt) / rate if abs(rate) > 1e-9 else dt
    np.testing.assert_allclose(step["x"], x + (source + rate * x) * growth, rtol=1e-9, atol=1e-9)


def test_each_state_is_linearised_in_itself_alone() -> None:
    states = {"x": jnp.asarray(0.3), "y": jnp.asarray(0.8)}
    step = exponential_step(lambda s: {"x": s["y"] - s["x"], "y": -3 * s["y"]}, states, jnp.asarray(0.1))
    np.testing.assert_allclose(step["x"], 0.8 + (0.3 - 0.8) * np.exp(-0.1), rtol=1e-12)
    np.testing.assert_allclose(step["y"], 0.8 * np.exp(-0.3), rtol=1e-12)
