"""Newton's method on systems of which the roots are known, and their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from rheobase.kernel.newton import dependence, jacobian, newton


def test_roots_of_coupled_equations_for_each_instance() -> None:
    target = jnp.linspace(0.5, 4, 6).reshape(2, 3)
    x, y = newton(lambda x: [x[0] * x[1] - target, x[0] - x[1]], [jnp.ones((2, 3)), jnp.ones((2, 3))])
    np.testing.assert_allclose(x, np.sqrt(target), rtol=1e-12)
    np.testing.assert_allclose(y, np.sqrt(target), rtol=1e-12)


def test_equations_in_any_order_are_pivoted() -> None:
    x, y = newton(lambda x: [x[1] ** 3 - 8.0, x[0] + x[1] - 3.0], [jnp.ones(2), jnp.ones(2)], pivoted=True)
    np.testing.assert_allclose([x, y], [[1, 1], [2, 2]], rtol=1e-12)


def test_what_is_linear_is_solved_at_once() -> None:
    program = jax.make_jaxpr(lambda a: newton(lambda x: [a * x[0] - x[1], x[1] - 3.0], [a, a]))(jnp.ones(2))
    assert "while" not in str(program)


def test_derivatives_of_an_implicit_step() -> None:
    def step(p: jax.Array) -> jax.Array:
        def residual(x: list[jax.Array]) -> list[jax.Array]:
            return [
                (x[0] - p[1]) / 0.1 - p[0] * (1 - x[0]) * x[1] + x[0],
                (x[1] - 0.3) / 0.1 + x[1] * x[1] - jnp.exp(-x[0]),
            ]

        return jnp.stack(newton(residual, [p[1], 0.3 + 0 * p[1]]))

    check_grads(jax.jit(step), (jnp.asarray([[2.0, 3.0], [0.1, 0.5]]),), order=2, rtol=1e-5)


def test_columns_that_share_no_row_are_probed_together() -> None:
    calls = 0

    def chain(x: list[jax.Array]) -> list[jax.Array]:
        nonlocal calls
        calls += 1
        return [x[k] - (x[k - 1] if k else 0) for k in range(8)]

    like = [jnp.zeros(1)] * 8
    entries = jacobian(chain, like, dependence(chain, like))
    assert len(entries) == 15
    assert calls == 3  # two colours, and one look at what depends on what
