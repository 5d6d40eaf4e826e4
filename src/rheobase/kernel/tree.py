"""The linear system of a branched cable: a symmetric matrix with the sparsity of a tree.

Row `i` reads `diagonal[i] x[i] - coupling[i] x[parent[i]] - sum over children c of coupling[c] x[c]`.
Hines elimination solves it in two sweeps (Hines 1984, Int J Biomed Comput 15:69): towards the root, then away
from it. The sweeps are loops over index arrays, so the tree is data and never part of the program.
Every array may carry a trailing batch axis; numbers may be real or complex.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.ad_checkpoint import checkpoint_name

SOLUTION = "solution"
"""The name that a solution bears for checkpoint policies."""


class Tree(NamedTuple):
    """A rooted tree of nodes, padded to a recurring size.

    **Fields:**

    - `parent`: int32 `(nodes,)`, the parent of each node; node 0 is the root, `parent[i] < i`.
    - `n_nodes`: int32 scalar, how many nodes are real; the rest is padding.
    """

    parent: Array
    n_nodes: Array


def breadth_first(parent: np.ndarray) -> np.ndarray:
    """The order of nodes by depth: `order[k]` is the node that stands at place `k`.

    Neighbours in this order lie on different branches, so that the processor overlaps their divisions;
    a depth-first order waits for each.

    **Arguments:** `parent`: int `(nodes,)`, root first, with `parent[i] < i` for the others.

    >>> breadth_first(np.array([0, 0, 1, 0])).tolist()
    [0, 1, 3, 2]
    """
    depth = np.zeros(len(parent), int)
    for node, above in enumerate(parent.tolist()[1:], start=1):
        depth[node] = depth[above] + 1
    return np.argsort(depth, kind="stable")


def solve(tree: Tree, diagonal: Array, coupling: Array, rhs: Array) -> Array:
    """Solve the tree's linear system; differentiable in both modes and to any order.

    **Arguments:**

    - `tree`: the topology.
    - `diagonal`, `rhs`: `(nodes,)` or `(nodes, batch)`. The diagonal of a padded node must not be zero.
    - `coupling`: the same or broadcastable, between each node and its parent; zero at the root.

    **Returns:** `x`, shaped as `rhs`.
    """
    diagonal, coupling, rhs = _alike(diagonal, coupling, rhs)
    return _solve(tree, diagonal, coupling, rhs)


def _alike(*arrays: Array) -> list[Array]:
    shape = jnp.broadcast_shapes(*(a.shape for a in arrays))
    dtype = jnp.result_type(*arrays)
    return [jnp.broadcast_to(a, shape).astype(dtype) for a in arrays]


def _eliminate(tree: Tree, diagonal: Array, coupling: Array, rhs: Array) -> Array:
    parent, count = tree

    def towards_root(k: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        pivot, load = carry
        node = count - 1 - k
        above = parent[node]
        ratio = coupling[node] / pivot[node]
        return pivot.at[above].add(-ratio * coupling[node]), load.at[above].add(ratio * load[node])

    pivot, load = lax.fori_loop(0, count - 1, towards_root, (diagonal, rhs))
    inverse = 1 / pivot
    own, inherited = load * inverse, coupling * inverse

    def from_root(k: Array, x: Array) -> Array:
        node = k + 1
        return x.at[node].set(own[node] + inherited[node] * x[parent[node]])

    return lax.fori_loop(0, count - 1, from_root, own)


def multiply(tree: Tree, diagonal: Array, coupling: Array, x: Array) -> Array:
    """The product of the tree's matrix and `x`, the inverse of `solve`."""
    diagonal, coupling, x = _alike(diagonal, coupling, x)
    above = coupling * x[tree.parent]
    return (diagonal * x - above).at[tree.parent].add(-coupling * x)


# The derivative rule spares differentiation the sweeps: A dx = db - dA x is one more solve, and since
# the matrix is symmetric so is its transpose.
@jax.custom_jvp
def _solve(tree: Tree, diagonal: Array, coupling: Array, rhs: Array) -> Array:
    return _eliminate(tree, diagonal, coupling, rhs)


@_solve.defjvp
def _solve_jvp(primals: tuple[Tree, Array, Array, Array], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    tree, diagonal, coupling, rhs = primals
    _, d_diagonal, d_coupling, d_rhs = tangents
    # Marked, so that recomputing a step for its gradient can keep the solution instead of solving again.
    x = checkpoint_name(_solve(tree, diagonal, coupling, rhs), SOLUTION)
    load = d_rhs - multiply(tree, d_diagonal, d_coupling, x)
    dx = lax.custom_linear_solve(
        partial(multiply, tree, diagonal, coupling),
        load,
        lambda _, b: _eliminate(tree, diagonal, coupling, b),
        symmetric=True,
    )
    return x, dx
