"""Derivatives of the error against central differences, for every kind of parameter and each smooth method."""

import warnings
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.fitting import RoughWarning

VARIED = {
    "soma.hh.gnabar": (0.05, 0.3, True),
    "soma.hh.el": (-70.0, -45.0, False),
    "all.na.reversal": (40.0, 60.0, False),
    "all.cm": (0.5, 2.0, False),
    "dend.Ra": (20.0, 300.0, True),
    "dend.pas.g.slope": (1e-8, 1e-6, True),
    "soma.diam": (10.0, 40.0, False),
    "dend.L": (100.0, 500.0, False),
    "IClamp[0].amp": (0.1, 0.6, False),
    "syn.tau": (0.2, 4.0, True),
    "celsius": (5.0, 8.0, False),
    "v_init": (-70.0, -60.0, False),
}


@pytest.fixture(scope="module")
def cell_and_soma() -> tuple[rb.Cell, Any]:
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=300, diam=2, nseg=5, parent=soma(1))
    cell["soma"].insert("hh")
    cell["dend"].insert("pas", e=-65)
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    cell.place(rb.AlphaSynapse(onset=3, tau=1, gmax=0.002, e=-10), dend(0.5), name="syn")
    return cell, soma


def fit_of(cell: rb.Cell, soma: Any) -> rb.Fit:
    fit = rb.Fit(cell)
    run = fit.add_run("step", stimulus=rb.IClamp(delay=1, dur=18, amp=0.35), at=soma(0.5), tstop=12)
    for name, (low, high, log) in VARIED.items():
        fit.vary(name, low, high, log=log)
    t = np.arange(0, 12.01, 0.5)
    run.match(soma(0.5).v, rb.Trace(t, -65 + 3 * t, "mV"), regions=[(1, 6, 1), (6, 11, 3)], weight=2)
    run.match(soma(0.5)["ina"], rb.Trace(t, 0 * t, "mA/cm2"))
    run.match(soma(0.5).v, rb.Trace([3.03, 9.4], [10, -70], "mV"), method="points")
    run.match(soma(0.5).v, [4.0], method="spike_times", scale=0.5)
    return fit


def test_every_kind_of_parameter_agrees_with_central_differences(cell_and_soma: tuple[rb.Cell, Any]) -> None:
    cell, soma = cell_and_soma
    fit = fit_of(cell, soma)
    fit.vary("soma.hh.gnabar", name="gna")
    fit.tie("soma.hh.gkbar", "0.3 * gna")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit.gradient()
    present = {name: float(x) for name, x in fit.compiled().space.values(fit.compiled().space.start).items()}
    for name, slope in found.items():
        h = 1e-5 * abs(present[name])
        low, high, lower, higher = fit.errors({name: present[name] + h * np.array([-1, 1, -2, 2])})
        expected = (8 * (high - low) - (higher - lower)) / (12 * h)
        assert slope == pytest.approx(expected, rel=1e-4), name


def test_reverse_mode_gives_the_same_gradient(cell_and_soma: tuple[rb.Cell, Any]) -> None:
    cell, soma = cell_and_soma
    fit = rb.Fit(cell)
    run = fit.add_run("step", stimulus=rb.IClamp(delay=1, dur=18, amp=0.35), at=soma(0.5), tstop=5)
    for name in ("soma.hh.gnabar", "dend.pas.g.slope", "soma.diam"):
        low, high, log = VARIED[name]
        fit.vary(name, low, high, log=log)
    fit.vary("soma.hh.gnabar", name="gna", prior=(0.1, 2))
    fit.tie("soma.hh.gkbar", "0.3 * gna")
    run.match(soma(0.5).v, rb.Trace([0, 2, 4, 5], [-65, -60, 0, 10]))
    run.match(soma(0.5).v, [3.0], method="spike_times")
    forward, reverse = (fit.gradient(mode=mode) for mode in ("forward", "reverse"))
    assert reverse == pytest.approx(forward, rel=1e-8)
    with pytest.raises(ValueError, match=r"'reverse' gives gradients alone, and method 'auto' needs those of every"):
        fit.run(derivatives="reverse")
    there, here = (fit.run("lbfgs", budget=5, derivatives=how).history.errors for how in ("exact", "reverse"))
    np.testing.assert_allclose(there, here, rtol=1e-6)


def test_features_have_differences_and_a_warning(cell_and_soma: tuple[rb.Cell, Any]) -> None:
    cell, soma = cell_and_soma
    fit = rb.Fit(cell)
    fit.vary("soma.hh.gnabar", 0.05, 0.3, log=True)
    run = fit.add_run("step", stimulus=rb.IClamp(delay=1, dur=18, amp=0.35), at=soma(0.5), tstop=12)
    run.match(soma(0.5).v, {"AP_amplitude": (80, 5), "spike_count": (1, 0.5)}, method="features")
    with pytest.warns(RoughWarning, match="have no derivative; differences stand in"):
        assert np.isfinite(fit.gradient()["soma.hh.gnabar"])
    run.match(soma(0.5).v, [3.0, 8.0], method="spike_times")
    with pytest.warns(RoughWarning) as told:
        fit.gradient()
    assert any("the run has 1 spikes and the target 2" in str(each.message) for each in told)


def test_points_near_in_time_and_value_have_an_exact_slope(cell_and_soma: tuple[rb.Cell, Any]) -> None:
    cell, soma = cell_and_soma
    fit = rb.Fit(cell)
    fit.vary("soma.hh.gnabar", 0.05, 0.3)
    run = fit.add_run("step", stimulus=rb.IClamp(delay=1, dur=18, amp=0.35), at=soma(0.5), tstop=12)
    run.match(soma(0.5).v, rb.Trace([3.4], [55], "mV"), method="points", time_scale=0.5, scale=10)
    h = 1e-6
    low, high = fit.errors({"soma.hh.gnabar": [0.12 - h, 0.12 + h]})
    assert fit.gradient()["soma.hh.gnabar"] == pytest.approx((high - low) / (2 * h), rel=1e-4)
