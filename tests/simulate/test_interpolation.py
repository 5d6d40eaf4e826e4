"""Interpolation between samples: exact for polynomials of the order that a step had, across restarts too."""

import numpy as np

from rheobase.simulate.interpolation import interpolated


def test_polynomials_of_each_order_are_met_exactly_on_both_sides_of_a_restart() -> None:
    t = np.array([0, 0.1, 0.3, 0.6, 1.0, 1.7, 1.7, 1.8, 2.1, 2.5])
    orders = np.array([0, 1, 2, 3, 3, 3, 0, 1, 2, 3])

    def first(x: np.ndarray) -> np.ndarray:
        return x**3 - x

    def second(x: np.ndarray) -> np.ndarray:
        return 5 + 2 * x**2

    values = np.stack([np.where(np.arange(10) < 6, first(t), second(t))])
    late = np.array([0.3, 0.45, 0.9, 1.69])
    np.testing.assert_allclose(interpolated(late, t, values, orders)[0], first(late), rtol=1e-12)
    after = np.array([1.7, 1.8, 2.0, 2.3, 2.5])
    np.testing.assert_allclose(interpolated(after, t, values, orders)[0], second(after), rtol=1e-12)
    straight = interpolated(np.array([0.05]), t, values, orders)[0]
    np.testing.assert_allclose(straight, (values[:, 0] + values[:, 1]) / 2)


def test_a_run_that_ends_with_two_samples_of_one_instant_ends_on_the_later() -> None:
    t, values = np.array([0.0, 1.0, 1.0]), np.array([[0.0, 1.0, 5.0]])
    assert interpolated(np.array([1.0]), t, values, np.array([0, 1, 0]))[0, 0] == 5
