"""The principal axes of the error, and the front of its parts."""

import numpy as np
import pytest

import rheobase as rb
from rheobase.fitting.front import undominated
from tests.fitting.models import passive_fit


def test_the_error_rises_along_each_axis_as_its_eigenvalue_says() -> None:
    fit, _ = passive_fit()
    best = fit.run("levenberg_marquardt", budget=40)
    axes = best.axes
    assert len(axes) == 2
    np.testing.assert_allclose(axes.directions @ axes.directions.T, np.eye(2), atol=1e-12)
    for k in range(2):
        h = 1e-3
        low, high = (fit.error(axes.point(k, amount)) for amount in (-h, h))
        assert (low + high - 2 * best.error) / h**2 == pytest.approx(axes.eigenvalues[k], rel=1e-3)
        start, end = axes.span(k)
        assert start < 0 < end
        bounds = [axes.space.moved(axes.origin, axes.point(k, amount)) for amount in (start, end)]
        assert all(np.isclose(bound, np.round(bound), atol=1e-9).any() for bound in bounds)
    assert list(axes.to_dataframe().columns) == ["eigenvalue", "g", "e"]
    assert fit.axes(best.parameters).eigenvalues == pytest.approx(axes.eigenvalues, rel=1e-6)
    with pytest.raises(IndexError, match="axis = 2: there are 2, from 0"):
        axes.point(2, 0.1)


def test_the_front_is_what_brute_force_finds() -> None:
    errors = np.random.default_rng(2).integers(0, 12, size=(200, 3)).astype(float)
    at_most = (errors[:, None] <= errors[None]).all(2) & (errors[:, None] < errors[None]).any(2)
    expected = {tuple(row) for row in errors[~at_most.any(0)]}
    found = [tuple(row) for row in errors[undominated(errors)]]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_the_front_of_two_runs_that_disagree() -> None:
    fit, soma = passive_fit()
    data = fit.runs["decay"].matches[0].target
    fit.add_run("warmer", tstop=10).match(soma(0.5).v, data.offset(2))
    best = fit.run("cma_es", budget=60, seed=1)
    front = best.history.front("decay", "warmer")
    assert 1 < len(front) < 60
    assert (np.diff(front.errors[:, 0]) > 0).all()
    assert (np.diff(front.errors[:, 1]) < 0).all()
    frame = front.to_dataframe()
    assert list(frame.columns) == ["error of decay", "error of warmer", "g", "e"]
    assert fit.runs["decay"].weight * frame["error of decay"].iloc[0] == pytest.approx(front.errors[0, 0])
    assert fit.error(front.parameters(0)) == pytest.approx(front.errors[0].sum())
    assert len(front.figure().data) == 2
    with pytest.raises(KeyError, match="no part of the error 'wamer'"):
        best.history.front("decay", "wamer")
    assert isinstance(rb.fitting.Front, type)
