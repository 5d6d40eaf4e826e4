"""Random numbers that are counted."""

from typing import Any

import numpy as np
import pytest

import rheobase  # noqa: F401  enables float64
from rheobase.mechanisms import draws

COUNT = np.arange(100_000)


@pytest.mark.parametrize(
    ("draw", "mean", "deviation", "fourth"),
    [(draws.uniform, 0.5, 12**-0.5, 1.8), (draws.exponential, 1.0, 1.0, 9.0), (draws.normal, 0.0, 1.0, 3.0)],
)
def test_moments(draw: Any, mean: float, deviation: float, fourth: float) -> None:
    x = np.asarray(draw(3, 1, COUNT))
    assert x.mean() == pytest.approx(mean, abs=0.01)
    assert x.std() == pytest.approx(deviation, rel=0.01)
    assert np.mean(((x - mean) / deviation) ** 4) == pytest.approx(fourth, rel=0.1)
    assert np.isfinite(x).all()
    assert np.corrcoef(x[1:], x[:-1])[0, 1] == pytest.approx(0, abs=0.02)


def test_a_number_depends_on_its_seed_stream_and_count_alone() -> None:
    first = np.asarray(draws.uniform(7, 2, COUNT[:50]))
    assert float(draws.uniform(7.0, 2, 31)) == first[31]
    for other in (draws.uniform(8, 2, COUNT[:50]), draws.uniform(7, 3, COUNT[:50])):
        assert not np.isin(np.asarray(other), first).any()
    table = np.asarray(draws.uniform(np.array([[7], [8]]), 2, COUNT[:50]))
    np.testing.assert_array_equal(table[0], first)


def test_whole_numbers_have_the_mean_they_are_given() -> None:
    x = np.asarray(draws.poisson(np.array([0.5, 20.0])[:, None], 1, 2, COUNT[:4000]))
    np.testing.assert_allclose(x.mean(axis=1), [0.5, 20], rtol=0.06)
    np.testing.assert_allclose(x.var(axis=1), [0.5, 20], rtol=0.12)
