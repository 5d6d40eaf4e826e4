"""The tree solve against dense algebra, and its derivatives in both modes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st
from jax.test_util import check_grads

from rheobase.kernel import Tree, breadth_first, recurring_size, solve
from rheobase.kernel.tree import multiply


def random_tree(n: int, padding: int, seed: int) -> tuple[Tree, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    parent = np.zeros(n + padding, np.int32)
    for k in range(1, n):
        parent[k] = rng.integers(k)
    coupling = np.where(
        (np.arange(n + padding) > 0) & (np.arange(n + padding) < n), rng.uniform(0.1, 2, n + padding), 0
    )
    diagonal = rng.uniform(0.1, 1, n + padding) + coupling
    np.add.at(diagonal, parent, coupling)
    return Tree(jnp.asarray(parent), jnp.asarray(n, jnp.int32)), diagonal, coupling, rng.normal(size=n + padding)


def dense(tree: Tree, diagonal: np.ndarray, coupling: np.ndarray) -> np.ndarray:
    matrix = np.diag(diagonal)
    for k in range(1, int(tree.n_nodes)):
        p = int(tree.parent[k])
        matrix[k, p] -= coupling[k]
        matrix[p, k] -= coupling[k]
    return matrix


@given(n=st.integers(1, 40), padding=st.integers(0, 5), seed=st.integers(0, 10_000))
def test_solution_is_that_of_dense_algebra(n: int, padding: int, seed: int) -> None:
    tree, diagonal, coupling, rhs = random_tree(n, padding, seed)
    x = solve(tree, jnp.asarray(diagonal), jnp.asarray(coupling), jnp.asarray(rhs))
    expected = np.linalg.solve(dense(tree, diagonal, coupling), rhs)
    np.testing.assert_allclose(x, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(multiply(tree, jnp.asarray(diagonal), jnp.asarray(coupling), x), rhs, atol=1e-9)


def test_a_batch_is_solved_as_its_members_are() -> None:
    tree, diagonal, coupling, _ = random_tree(23, 1, 1)
    rng = np.random.default_rng(2)
    diagonals = diagonal[:, None] + rng.uniform(size=(24, 3))
    rhs = rng.normal(size=(24, 3))
    together = solve(tree, jnp.asarray(diagonals), jnp.asarray(coupling)[:, None], jnp.asarray(rhs))
    for k in range(3):
        alone = solve(tree, jnp.asarray(diagonals[:, k]), jnp.asarray(coupling), jnp.asarray(rhs[:, k]))
        np.testing.assert_allclose(together[:, k], alone, rtol=1e-13)


def test_complex_numbers() -> None:
    tree, diagonal, coupling, rhs = random_tree(17, 0, 3)
    impedance = diagonal + 1j * np.linspace(0.1, 2, 17)
    x = solve(tree, jnp.asarray(impedance), jnp.asarray(coupling), jnp.asarray(rhs))
    np.testing.assert_allclose(x, np.linalg.solve(dense(tree, impedance, coupling), rhs), rtol=1e-10)


@pytest.mark.parametrize("batch", [(), (2,)])
def test_derivatives_in_both_modes_to_second_order(batch: tuple[int, ...]) -> None:
    tree, diagonal, coupling, rhs = random_tree(9, 2, 4)
    columns = (...,) + (None,) * len(batch)
    wide = [jnp.asarray(np.broadcast_to(x[columns], x.shape + batch)) for x in (diagonal, coupling, rhs)]
    joined = jnp.asarray((coupling > 0)[columns])  # the root and padding have no coupling to vary

    def solution(d: jax.Array, g: jax.Array, b: jax.Array) -> jax.Array:
        return solve(tree, d, g * joined, b)[:9]

    check_grads(solution, wide, order=2, modes=("fwd", "rev"), rtol=1e-5)


def test_vmap_and_jit() -> None:
    tree, diagonal, coupling, _ = random_tree(12, 0, 5)
    many = jnp.asarray(np.random.default_rng(6).normal(size=(4, 12)))
    f = jax.jit(lambda b: solve(tree, jnp.asarray(diagonal), jnp.asarray(coupling), b))
    np.testing.assert_allclose(jax.vmap(f)(many)[2], f(many[2]), rtol=1e-13)


@given(n=st.integers(1, 200), seed=st.integers(0, 1000))
def test_breadth_first_puts_parents_before_children(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    parent = np.array([0, *(rng.integers(k) for k in range(1, n))])
    order = breadth_first(parent)
    rank = np.argsort(order)
    assert sorted(order.tolist()) == list(range(n))
    assert all(rank[parent[k]] < rank[k] for k in range(1, n))


@given(n=st.integers(0, 100_000))
def test_recurring_sizes_hold_and_recur(n: int) -> None:
    size = recurring_size(n)
    assert n <= size <= max(4, 1.125 * n + 1)
    assert recurring_size(size) == size
