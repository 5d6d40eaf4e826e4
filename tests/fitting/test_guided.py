"""Searches that draw the model to data with spikes, and let it go."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.fitting.models import BOUNDS, TRUTH, patch, recording


def train_fit() -> rb.Fit:
    """The patch against ten spikes, from a start that fires at other times."""
    cell, soma = patch()
    clamp = rb.SEClamp(rs=1e6)  # so that the guide is the second of its name
    stimuli: list[Any] = [(soma(0.5), rb.IClamp(delay=5, dur=100, amp=0.15)), (soma(0.5), clamp)]
    protocol = rb.Protocol(stimuli=stimuli, tstop=110)
    data = recording(cell, soma, protocol)
    assert len(rb.spikes(data.value, t=data.time)[0]) > 5
    fit = rb.Fit(cell, "train")
    for name, (low, high) in BOUNDS.items():
        fit.vary(name, low, high, log=True, start=TRUTH[name] * (4.0 if "na" in name else 0.3))
    fit.add_run("train", protocol=protocol).match(soma(0.5).v, data)
    return fit


def test_a_train_of_spikes_is_followed_where_it_would_be_lost(tmp_path: Path) -> None:
    fit = train_fit()
    lost = fit.run("levenberg_marquardt", 60)
    store = tmp_path / "guided.sqlite"
    best = fit.run(budget=300, store=store)
    assert "drawn to the data" in best.reason
    for name, value in TRUTH.items():
        assert best.parameters[name] == pytest.approx(value, rel=1e-3)
    assert lost.error > 1e6 * best.error

    frame = best.history.to_dataframe()
    guided = frame["guide"] > 0
    assert guided.any()
    assert not guided.iloc[-1]
    assert np.isinf(frame["error"][guided]).all()
    assert best.history.error == frame["error"].min()
    assert fit.error(best.parameters) < 1e-15

    again = fit.resume(store)
    assert np.array_equal(again.history.errors, best.history.errors)
    with ThreadPoolExecutor(2) as threads:
        elsewhere = fit.run(budget=300, executor=threads)
    assert np.array_equal(elsewhere.history.errors, best.history.errors)


def test_data_without_spikes_are_not_guided() -> None:
    cell, soma = patch()
    protocol = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(delay=5, dur=20, amp=-0.1))], tstop=30)
    fit = rb.Fit(cell)
    fit.vary("soma.hh.gl", 1e-4, 1e-3, log=True)
    fit.add_run("step", protocol=protocol).match(soma(0.5).v, recording(cell, soma, protocol))
    assert fit.run(budget=20).reason.startswith("multi_start")


def test_what_draws_does_nothing_until_it_is_told_to() -> None:
    fit = train_fit()
    soma = fit.cell.section("soma")
    quiet = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(delay=5, dur=20, amp=-0.1))], tstop=30)
    data = recording(fit.cell, soma, quiet)
    fit.add_run("quiet", protocol=quiet).match(soma(0.5).v, data)
    potassium = rb.Trace(time=data.time, value=np.zeros_like(data.value), unit="mA/cm2")
    fit.add_run("current", protocol=quiet).match(soma(0.5)["hh.ik"], potassium)
    problem = fit.compiled()
    points = np.random.default_rng(0).random((3, len(problem)))
    plain = problem.evaluate(points)
    np.testing.assert_allclose(problem.guided(0.0).evaluate(points).parts, plain.parts, rtol=1e-9)
    drawn = problem.guided(3.0).evaluate(points).parts
    assert (drawn[:, 0] < plain.parts[:, 0] / 2).all()
    np.testing.assert_allclose(drawn[:, 1:], plain.parts[:, 1:], rtol=1e-9)  # which have no spikes
