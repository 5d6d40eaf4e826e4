"""Small systems against dense algebra, and their derivatives in both modes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from jax.test_util import check_grads

from rheobase.kernel import small


def implicit_matrix(n: int, seed: int) -> dict[tuple[int, int], np.ndarray]:
    """`1 - dt J` of random transitions between `n` states, for 2 instances with a batch of 3."""
    rng = np.random.default_rng(seed)
    entries: dict[tuple[int, int], np.ndarray] = {(k, k): np.ones((2, 3)) for k in range(n)}
    for source in range(n):
        for target in rng.choice(n, size=2):
            if source != target:
                rate = rng.uniform(0, 5, (2, 3))
                entries[source, source] = entries[source, source] + rate
                entries[target, source] = entries.get((target, source), 0) - rate
    return entries


def dense(matrix: dict[tuple[int, int], np.ndarray], n: int) -> np.ndarray:
    full = np.zeros((2, 3, n, n))
    for (row, column), entry in matrix.items():
        full[:, :, row, column] = entry
    return full


@settings(max_examples=30)
@given(n=st.integers(1, 12), seed=st.integers(0, 10_000))
def test_solution_is_that_of_dense_algebra(n: int, seed: int) -> None:
    matrix = implicit_matrix(n, seed)
    rhs = np.random.default_rng(seed).normal(size=(n, 2, 3))
    x = small.solve(matrix, list(rhs))
    expected = np.linalg.solve(dense(matrix, n), np.moveaxis(rhs, 0, -1)[..., None])[..., 0]
    np.testing.assert_allclose(np.moveaxis(np.asarray(x), 0, -1), expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("n", [3, 8])
def test_pivoting_finds_its_way_around_a_diagonal_of_zeros(n: int) -> None:
    rng = np.random.default_rng(n)
    matrix = {(i, j): rng.normal(size=(2, 3)) for i in range(n) for j in range(n) if i != j}
    rhs = rng.normal(size=(n, 2, 3))
    x = small.solve_pivoted(matrix, list(rhs))
    expected = np.linalg.solve(dense(matrix, n), np.moveaxis(rhs, 0, -1)[..., None])[..., 0]
    np.testing.assert_allclose(np.moveaxis(np.asarray(x), 0, -1), expected, rtol=1e-9)


def test_a_long_elimination_is_the_same_as_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = implicit_matrix(9, 1)
    rhs = list(np.random.default_rng(2).normal(size=(9, 2, 3)))
    written_out = small.solve(matrix, rhs)
    monkeypatch.setattr(small, "UNROLLED", 0)
    np.testing.assert_allclose(jnp.stack(small.solve(matrix, rhs)), jnp.stack(written_out), rtol=1e-14)


@pytest.mark.parametrize("unrolled", [0, 10_000])
def test_derivatives_in_both_modes(monkeypatch: pytest.MonkeyPatch, unrolled: int) -> None:
    monkeypatch.setattr(small, "UNROLLED", unrolled)
    rng = np.random.default_rng(3)

    def end(rates: jax.Array) -> jax.Array:
        a, b, c, d = rates
        matrix = {(0, 0): 1 + a, (0, 1): -b, (1, 0): -a, (1, 1): 1 + b + c, (1, 2): -d, (2, 1): -c, (2, 2): 1 + d}
        return jnp.stack(small.solve(matrix, [a * 0 + 1.0, b, c * c]))

    check_grads(jax.jit(end), (jnp.asarray(rng.uniform(0.1, 2, (4, 5))),), order=2, rtol=1e-6)


def test_the_conserving_row_waits_for_the_others() -> None:
    assert small.elimination_order(3, [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)], last=[1]) == [2, 0, 1]
