"""Spikes in traces made up for the purpose, and in a run."""

import numpy as np
import pytest

import rheobase as rb
from tests.analysis.cells import axon_patch


def test_crossings_lie_on_straight_lines_between_samples() -> None:
    t = np.array([0.0, 1.0, 1.5, 4.0, 5.0, 7.0])
    found = rb.spikes([-60.0, 20.0, -60.0, 40.0, 41.0, -60.0], threshold=-20.0, t=t)
    np.testing.assert_allclose(found[0], [0.5, 1.5 + 2.5 * 0.4])
    np.testing.assert_allclose(found.peaks[0], [20, 41])
    np.testing.assert_allclose(found.intervals(), [2.0])
    np.testing.assert_allclose(found.rates(), [500.0])
    assert found.rate(start=0, end=1) == 1000.0


def test_what_starts_above_the_threshold_or_touches_it_from_above_is_no_spike() -> None:
    assert rb.spikes([0.0, -30.0, -20.0, -40.0], threshold=-20.0, t=range(4)).counts == {"trace": 1}
    assert rb.spikes([0.0, 10.0, -20.0, 5.0], threshold=-20.0, t=range(4)).counts == {"trace": 0}


def test_each_voltage_of_a_run_is_told_apart() -> None:
    cell, soma = axon_patch()
    cell.place(rb.IClamp(2, 40, 0.3), soma(0.5))
    results = rb.run(cell, tstop=45, record=[soma(0.5)["hh.m"], soma(0.5).v])
    found = rb.spikes(results)
    assert found.labels == ("soma(0.5).v",)
    assert found[soma(0.5).v] is found["soma(0.5).v"]
    table = found.to_dataframe()
    assert len(table) == len(found[0]) == 4
    np.testing.assert_allclose(table["interval"].to_numpy()[1:], found.intervals())
    assert next(trace.name for trace in found.figure().data) == "soma(0.5).v"
    with pytest.raises(KeyError, match=r"there are soma\(0.5\).v"):
        found["dend(0.5).v"]


def test_what_cannot_be_is_refused() -> None:
    cell, soma = axon_patch()
    with pytest.raises(ValueError, match="no voltage was recorded, only soma"):
        rb.spikes(rb.run(cell, tstop=1, record=soma(0.5)["hh.m"]))
    with pytest.raises(ValueError, match="give t="):
        rb.spikes([0.0, 1.0])
    with pytest.raises(ValueError, match="does not rise"):
        rb.spikes([0.0, 1.0, 2.0], t=[0, 1, 1])
    with pytest.raises(ValueError, match="threshold = nan"):
        rb.spikes([0.0, 1.0], threshold=float("nan"), t=[0, 1])


def test_of_an_adaptive_run_they_lie_on_the_polynomials_of_its_steps() -> None:
    cell, soma = axon_patch()
    cell.place(rb.IClamp(2, 20, 0.3), soma(0.5))
    coarse, fine = (
        rb.spikes(rb.run(cell, tstop=20, record=soma(0.5).v, method="adaptive", atol=atol)) for atol in (1e-4, 1e-8)
    )
    assert coarse.counts == fine.counts == {"soma(0.5).v": 2}
    np.testing.assert_allclose(coarse[0], fine[0], atol=2e-3)
    np.testing.assert_allclose(coarse.peaks[0], fine.peaks[0], atol=0.01)
