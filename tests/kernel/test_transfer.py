"""Responses to currents on a tree, against dense inverses."""

import jax.numpy as jnp
import numpy as np

from rheobase.kernel import Tree
from rheobase.kernel.transfer import pivots, transfer


def test_transfers_are_columns_and_the_diagonal_of_the_inverse() -> None:
    rng = np.random.default_rng(7)
    count, padded, frequencies = 23, 26, 5
    parent = np.zeros(padded, np.int32)
    parent[1:count] = [rng.integers(k) for k in range(1, count)]
    coupling = np.zeros(padded)
    coupling[1:count] = rng.uniform(0.1, 2, count - 1)
    own = rng.uniform(0.01, 1, (padded, frequencies)) * np.exp(1j * rng.uniform(-1.4, 1.4, (padded, frequencies)))
    axial = coupling.copy()
    np.add.at(axial, parent, coupling)
    diagonal = own + axial[:, None]
    tree = Tree(jnp.asarray(parent), jnp.asarray(count))
    for at in (0, 9, count - 1):
        found = transfer(tree, jnp.asarray(diagonal), jnp.asarray(coupling), jnp.asarray(at))
        products = pivots(tree, jnp.asarray(diagonal), jnp.asarray(coupling))
        for k in range(frequencies):
            matrix = np.diag(diagonal[:count, k])
            for node in range(1, count):
                matrix[[node, parent[node]], [parent[node], node]] -= coupling[node]
            inverse = np.linalg.inv(matrix)
            np.testing.assert_allclose(found.across[:count, k], inverse[at], rtol=1e-12)
            np.testing.assert_allclose(found.own[:count, k], np.diag(inverse), rtol=1e-12)
            np.testing.assert_allclose(np.prod(products[:count, k]), np.linalg.det(matrix), rtol=1e-10)
