"""Responses to currents at a place: columns and the diagonal of the inverse of the tree's matrix.

Elimination towards the root leaves on each node what it and all beyond it load its parent with. Going back, that gives
the response of every node to its own current too: the diagonal of the inverse takes one more line of the same sweep
(Takahashi, Fagan and Chin 1973, for sparse matrices in general). So the input of all nodes and the transfer from one of
them cost two sweeps, for all frequencies together.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from rheobase.kernel.tree import Tree


class Transfer(NamedTuple):
    """Voltages for each nA, megohm. **Fields:** `own`, of each node for its own current; `across`, for that at one."""

    own: Array
    across: Array


def transfer(tree: Tree, diagonal: Array, coupling: Array, at: Array) -> Transfer:
    """The input of each node and the transfer to it from the node `at`.

    **Arguments:** `diagonal`: uS, `(nodes, frequencies)`; `coupling`: uS, `(nodes,)`. Rows of padding mean nothing.
    """
    load = jnp.zeros_like(diagonal).at[at].set(1.0)
    pivot, load = _towards_root(tree, diagonal, coupling, load)
    first = 1 / pivot[0]

    # In place, and each row inverted as it is met: whole arrays in between would cost more than the sweep.
    def from_root(k: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        x, diagonal = carry
        node = k + 1
        above = tree.parent[node]
        inverse = 1 / diagonal[node]
        share = coupling[node] * inverse
        x = x.at[node].set(x[node] * inverse + share * x[above])
        return x, diagonal.at[node].set(inverse + share * share * diagonal[above])

    start = (load.at[0].multiply(first), pivot.at[0].set(first))
    across, own = lax.fori_loop(0, tree.n_nodes - 1, from_root, start)
    return Transfer(own, across)


def pivots(tree: Tree, diagonal: Array, coupling: Array) -> Array:
    """What elimination leaves on the diagonal: their product is the determinant.

    **Arguments:** as of `transfer`.
    """
    return _towards_root(tree, diagonal, coupling, jnp.zeros_like(diagonal))[0]


def _towards_root(tree: Tree, diagonal: Array, coupling: Array, load: Array) -> tuple[Array, Array]:
    def step(k: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        pivot, load = carry
        node = tree.n_nodes - 1 - k
        above = tree.parent[node]
        ratio = coupling[node] / pivot[node]
        return pivot.at[above].add(-ratio * coupling[node]), load.at[above].add(ratio * load[node])

    return lax.fori_loop(0, tree.n_nodes - 1, step, (diagonal, load))
