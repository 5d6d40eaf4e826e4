"""What searches find."""

from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from time import perf_counter

import numpy as np
import pytest

import rheobase as rb
from tests.fitting.models import BOUNDS, TRUTH, passive_fit, squid_fit


def test_conductances_are_recovered_from_any_start() -> None:
    fit, _ = squid_fit()
    chance = np.random.default_rng(7)
    for seed in range(4):
        for name, (low, high) in BOUNDS.items():
            fit.vary(name, start=low * (high / low) ** chance.uniform())
        best = fit.run(budget=1000, seed=seed)
        for name, value in TRUTH.items():
            assert best.parameters[name] == pytest.approx(value, rel=1e-3), (seed, best)
    assert "least squares" in best.reason


@pytest.mark.parametrize(
    ("method", "budget"),
    [
        ("levenberg_marquardt", 40),
        ("lbfgs", 80),
        ("praxis", 400),
        ("bobyqa", 200),
        ("nelder_mead", 300),
        ("subplex", 400),
        ("cma_es", 500),
        ("multi_start", 200),
    ],
)
def test_each_method_finds_the_leak(method: str, budget: int) -> None:
    fit, _ = passive_fit()
    fit.vary("e", start=-62)
    best = fit.run(method, budget, seed=3)
    assert len(best.history) <= budget
    assert best.parameters["g"] == pytest.approx(1e-4, rel=0.02)
    assert best.parameters["e"] == pytest.approx(-70, rel=0.01)
    assert best.history.to_dataframe()["best"].is_monotonic_decreasing


def test_the_best_parameters_become_a_cell() -> None:
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=300, diam=2, nseg=5, parent=soma(1))
    cell["soma"].insert("hh")
    cell["dend"].insert("pas", e=-65)
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    cell.place(rb.AlphaSynapse(onset=3, tau=1, gmax=0.002, e=-10), dend(0.5), name="syn")
    fit = rb.Fit(cell)
    for name in ("soma.hh.gnabar", "dend.pas.g.slope", "all.na.reversal", "all.cm", "soma.diam", "syn.tau", "dend.cm"):
        own = rb.Simulation(cell).assembly.table.defaults.get(name, 1.0)
        fit.vary(name, 0.8 * float(own), 1.3 * float(own))
    run = fit.add_run("rest", tstop=8)
    run.match(soma(0.5).v, rb.Trace([0, 4, 8], [-65, -60, -62]))
    best = fit.run("cma_es", budget=10, seed=4)
    found = best.cell()
    assert found != cell
    again = rb.run(found, tstop=8, record=[soma(0.5).v])
    np.testing.assert_allclose(again[soma(0.5).v], best.results()["rest"][soma(0.5).v], atol=1e-9)
    assert "hh.gnabar" in found.to_code()


def test_adaptive_runs_are_fitted_by_differences() -> None:
    fit, soma = passive_fit()
    data = fit.runs["decay"].matches[0].target
    fit.runs["decay"].remove()
    fit.add_run("decay", tstop=10, method="adaptive", atol=1e-5).match(soma(0.5).v, data)
    best = fit.run("levenberg_marquardt", budget=20)
    assert best.parameters["g"] == pytest.approx(1e-4, rel=0.02)


def test_differences_lead_to_the_same_place() -> None:
    fit, _ = squid_fit()
    fit.vary("soma.hh.gnabar", start=0.1)
    best = fit.run("levenberg_marquardt", budget=60, derivatives="differences")
    assert best.parameters["soma.hh.gnabar"] == pytest.approx(0.12, rel=1e-4)
    problem = fit.compiled()
    exact, near = (
        problem.differentiate(problem.space.start[None], how=how).derivatives for how in ("exact", "differences")
    )
    np.testing.assert_allclose(near[0].gradient, exact[0].gradient, rtol=1e-4)


def test_adam_goes_down() -> None:
    fit, _ = passive_fit()
    best = fit.run("adam", 100, seed=3)
    assert best.error < 1e-2 * fit.error()


def test_auto_says_why_it_leaves_derivatives_alone() -> None:
    fit, soma = passive_fit()
    fit.runs["decay"].match(soma(0.5).v, {"voltage_base": (-66, 1)}, method="features")
    best = fit.run(budget=12)
    assert best.reason.startswith("cma_es: features are counted, not smooth")
    assert best.ended == "the budget is spent"


def test_it_stops_when_told() -> None:
    fit, _ = passive_fit()
    fit.run("cma_es", budget=24)
    Timer(0.3, fit.stop).start()
    begun = perf_counter()
    best = fit.run("cma_es", budget=1_000_000)
    assert perf_counter() - begun < 3
    assert best.ended == "stopped"
    assert np.isfinite(best.error)


def test_an_executor_gives_the_same_trials() -> None:
    fit, _ = passive_fit()
    here = fit.run(budget=80, seed=2)
    with ThreadPoolExecutor(1) as executor:
        there = fit.run(budget=80, seed=2, executor=executor)
    assert there.parameters == here.parameters
    assert len(there.history) == len(here.history)
    with pytest.raises(TypeError, match=r"must have submit\(\)"):
        fit.run(executor=3)


def test_ties_and_settings_hold_in_every_trial() -> None:
    fit, soma = squid_fit()
    fit.fix("soma.hh.gkbar")
    fit.vary("soma.hh.gnabar", name="gna", start=0.3)
    fit.tie("soma.hh.gkbar", "0.3 * gna")
    best = fit.run(budget=300, seed=1)
    assert best.parameters["gna"] == pytest.approx(0.12, rel=1e-3)
    assert best.model["soma.hh.gkbar"] == 0.3 * best.parameters["gna"]
    traces = best.results()["step"]
    np.testing.assert_allclose(traces[soma(0.5).v], fit.runs["step"].matches[0].target.value, atol=0.01)
    assert isinstance(traces, rb.Results)
