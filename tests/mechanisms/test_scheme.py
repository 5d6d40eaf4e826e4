"""Kinetic schemes against the matrix exponential's limit, and against what must be conserved."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from rheobase.mechanisms.scheme import Scheme

RING = Scheme(("C", "O", "I", "B"), (("C", "O"), ("O", "I"), ("I", "C"), ("O", "B")))


def rates(v: jax.Array) -> list[tuple[jax.Array, jax.Array]]:
    return [
        (2 * jnp.exp(v / 25), 0.3 * jnp.exp(-v / 30)),
        (0.5 + 0 * v, 0.01 * jnp.exp(-v / 40)),
        (0.02 * jnp.exp(-v / 20), 0.03 + 0 * v),
        (5.0 + 0 * v, 1.0 + 0 * v),
    ]


def test_steady_state_stands_still_and_sums_to_one() -> None:
    v = jnp.linspace(-100, 40, 8)
    steady = RING.steady(rates(v))
    np.testing.assert_allclose(sum(steady.values()), 1, rtol=1e-14)
    for change in RING.derivative(steady, rates(v)).values():
        np.testing.assert_allclose(change, 0, atol=1e-13)


def test_step_is_implicit_euler() -> None:
    v = jnp.linspace(-100, 40, 8)
    start = {"C": jnp.full(8, 0.4), "O": jnp.full(8, 0.1), "I": jnp.full(8, 0.5), "B": jnp.zeros(8)}
    after = RING.advance(start, rates(v), 0.025)
    for state, rate in RING.derivative(after, rates(v)).items():
        np.testing.assert_allclose(after[state], start[state] + 0.025 * rate, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(sum(after.values()), 1, rtol=1e-14)


def test_gradients_in_both_modes() -> None:
    def opened(v: jax.Array) -> jax.Array:
        return RING.advance(RING.steady(rates(v)), rates(v + 30), 0.1)["O"]

    check_grads(jax.jit(opened), (jnp.linspace(-80, 20, 4),), order=2, rtol=1e-6)


def test_transitions_must_name_states() -> None:
    with pytest.raises(ValueError, match="no state 'X' in C, O"):
        Scheme(("C", "O"), (("C", "X"),))
    with pytest.raises(ValueError, match="C to itself"):
        Scheme(("C", "O"), (("C", "C"),))
