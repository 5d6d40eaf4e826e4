"""Ions on the nodes: Nernst's potential at its limits, and what each layout puts where."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rheobase.kernel import Block, Layout, nernst
from rheobase.kernel.system import at_instances, on_nodes, put_on_nodes

NONE = jnp.zeros(0, jnp.int32)
OLD = jnp.array([10.0, 20.0, 30.0, 40.0, 50.0])


def block(layout: Layout) -> Block:
    """Instances on nodes 1 and 3, padded to three rows where there is padding."""
    if layout is Layout.DENSE:
        return Block(NONE, NONE, jnp.array([0.0, 2.0, 0.0, 2.0, 0.0]), {}, {})
    node, scale = jnp.array([1, 3, 0], jnp.int32), jnp.array([2.0, 2.0, 0.0])
    slot = jnp.array([3, 0, 3, 1, 3], jnp.int32) if layout is Layout.GATHERED else NONE
    return Block(node, slot, scale, {}, {})


@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("layout", [Layout.DENSE, Layout.GATHERED, Layout.SCATTERED])
def test_what_instances_write_reaches_their_nodes_alone(layout: Layout, batch: tuple[int, ...]) -> None:
    spread = (slice(None), *(None for _ in batch))
    old = jnp.broadcast_to(OLD[spread], (5, *batch))
    its = block(layout)
    if batch:
        its = its._replace(scale=its.scale[:, None])
    here = at_instances(layout, its, old)
    found = put_on_nodes(layout, its, here + 1, old)
    expected = np.broadcast_to(np.array([10, 21, 30, 41, 50])[spread], (5, *batch))
    np.testing.assert_array_equal(found, expected)
    currents = on_nodes(layout, its, jnp.broadcast_to(its.scale, here.shape), old)
    np.testing.assert_array_equal(currents, np.broadcast_to(np.array([0, 2, 0, 2, 0])[spread], (5, *batch)))
    written = jax.jacobian(lambda x: put_on_nodes(layout, its, x, old).sum())(here)
    assert float(written.sum()) == 2 * max(1, *batch, 1)


def test_what_is_on_no_node_neither_finds_nor_writes_anything() -> None:
    its = Block(NONE, NONE, jnp.ones(2), {}, {})
    assert at_instances(Layout.DETACHED, its, OLD).tolist() == [0, 0]
    assert on_nodes(Layout.DETACHED, its, jnp.ones(2), OLD).tolist() == [0] * 5
    assert put_on_nodes(Layout.DETACHED, its, jnp.ones(2), OLD) is OLD


def test_nernst_potentials_of_ions_that_are_used_up_are_neurons_and_have_derivatives() -> None:
    inside, outside = jnp.array([1.0, 0.0, -1.0, 1.0, 0.0]), jnp.array([10.0, 1.0, 1.0, 0.0, 0.0])
    e = nernst(inside, outside, jnp.asarray(25.0))
    np.testing.assert_allclose(e, [25 * np.log(10), 1e6, 1e6, -1e6, 1e6])
    slopes = jax.grad(lambda c: nernst(c, outside, jnp.asarray(25.0)).sum())(inside)
    assert np.isfinite(slopes).all()
    assert slopes[0] == pytest.approx(-25)
