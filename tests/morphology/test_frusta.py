"""Frusta for drawing: they cover the section exactly once and keep to their segments."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from rheobase.morphology import segment_frusta, segment_geometry


def lengths(frusta: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = frusta.astype(float)
    squared: NDArray[np.float64] = ((wide[:, 4:7] - wide[:, :3]) ** 2).sum(axis=1)
    return np.sqrt(squared)


def test_a_cone_is_cut_at_the_ends_of_segments() -> None:
    frusta, segment = segment_frusta([(0, 0, 0, 4), (0, 8, 0, 2), (0, 8, 4, 2)], nseg=3)
    assert frusta.dtype == np.float32
    assert segment.dtype == np.int32
    np.testing.assert_array_equal(segment, [0, 1, 2])
    np.testing.assert_allclose(frusta[:, 3], [2, 1.5, 1])
    np.testing.assert_allclose(frusta[:, 7], [1.5, 1, 1])
    np.testing.assert_allclose(frusta[-1, :3], [0, 8, 0])


def test_points_inside_a_segment_make_more_frusta() -> None:
    frusta, segment = segment_frusta([(0, 0, 0, 1), (1, 0, 0, 1), (10, 0, 0, 1)], nseg=2)
    np.testing.assert_array_equal(segment, [0, 0, 1])
    np.testing.assert_allclose(lengths(frusta), [1, 4, 5])


def test_a_step_of_diameter_has_no_frustum() -> None:
    frusta, segment = segment_frusta([(0, 0, 0, 4), (5, 0, 0, 4), (5, 0, 0, 2), (10, 0, 0, 2)], nseg=1)
    np.testing.assert_array_equal(frusta[:, [0, 3, 4, 7]], [[0, 2, 5, 2], [5, 1, 10, 1]])
    np.testing.assert_array_equal(segment, [0, 0])


@given(st.integers(0, 2**31), st.integers(2, 9), st.integers(1, 40))
def test_frusta_cover_the_section(seed: int, n: int, nseg: int) -> None:
    random = np.random.default_rng(seed)
    points = np.column_stack([random.integers(-3, 4, (n, 3)), random.uniform(0.5, 3, n)]).astype(float)
    points[-1, :3] += 10
    frusta, segment = segment_frusta(points, nseg)
    shape = segment_geometry(points=points, nseg=nseg)
    assert (np.diff(segment) >= 0).all()
    each = np.bincount(segment, lengths(frusta), nseg)
    np.testing.assert_allclose(each, shape.L / nseg, rtol=1e-4)
    np.testing.assert_allclose(frusta[1:, :3], frusta[:-1, 4:7], atol=1e-5)
    diam = np.bincount(segment, (frusta[:, 3] + frusta[:, 7]) * lengths(frusta), nseg) / each
    np.testing.assert_allclose(diam, shape.diam, rtol=1e-3)


def test_nseg_must_be_positive() -> None:
    with pytest.raises(ValueError, match="nseg = 0"):
        segment_frusta([(0, 0, 0, 1), (1, 0, 0, 1)], 0)
