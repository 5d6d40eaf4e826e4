"""How sure parameters are."""

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import Cancelled
from tests.fitting.models import TRUTH, passive_fit, squid_fit


def noisy(seed: int, sd: float = 0.3) -> tuple[rb.Fit, object]:
    fit, soma = passive_fit()
    run = fit.runs["decay"]
    clean = run.matches[0].target.resample(0.1)
    chance = np.random.default_rng(seed)
    run.remove_match(0)
    run.match(soma(0.5).v, rb.Trace(clean.time, clean.value + sd * chance.standard_normal(len(clean))))
    return fit, soma


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    covered = []
    for seed in range(40):
        fit, _ = noisy(seed)
        fit.vary("g", start=1.1e-4)
        fit.vary("e", start=-69)
        best = fit.run("levenberg_marquardt", budget=40)
        intervals = best.intervals(0.95)
        covered += [intervals[name][0] <= truth <= intervals[name][1] for name, truth in (("g", 1e-4), ("e", -70))]
    # Of 80, 76 are expected; a binomial spread leaves 70 to 80.
    assert 70 <= sum(covered) <= 80


@pytest.mark.slow
def test_intervals_of_a_cell_that_fires_cover_the_truth_in_two_hundred_repeats() -> None:
    fit, soma = squid_fit()
    run = fit.runs["step"]
    clean = run.matches[0].target
    covered = dict.fromkeys(TRUTH, 0)
    for seed in range(200):
        noise = np.random.default_rng(seed).standard_normal(len(clean))
        run.remove_match(0)
        run.match(soma(0.5).v, rb.Trace(clean.time, clean.value + noise, "mV"))
        intervals = fit.run("levenberg_marquardt", budget=40).intervals(0.95)
        for name, truth in TRUTH.items():
            low, high = intervals[name]
            covered[name] += low <= truth <= high
    # Of 200, 190 are expected; four of a binomial's standard deviations are 12.
    assert all(180 <= count <= 198 for count in covered.values()), covered


def test_a_prior_adds_to_what_the_data_say() -> None:
    fit, _ = noisy(3)
    alone = fit.run("levenberg_marquardt", budget=60)
    sd = 2 * alone.standard_errors["e"]
    fit.vary("e", start=alone.parameters["e"], prior=(alone.parameters["e"], sd))
    fit.vary("g", start=alone.parameters["g"])
    both = fit.run("levenberg_marquardt", budget=60)
    assert both.parameters == pytest.approx(alone.parameters, rel=1e-6)
    wanted = np.linalg.inv(np.linalg.inv(alone.covariance) + np.diag([0, 1 / sd**2]))
    np.testing.assert_allclose(both.covariance, wanted, rtol=1e-3)
    assert both.standard_errors["e"] == pytest.approx(2 / np.sqrt(5) * alone.standard_errors["e"], rel=1e-3)


def test_a_formula_in_units_of_its_deviation_counts_as_a_prior() -> None:
    found = []
    for known in ("prior", "formula"):
        fit, _ = noisy(4)
        if known == "prior":
            fit.vary("e", prior=(-69.8, 0.02))
        else:
            fit.add_formula("known", "e", target=-69.8, scale=0.02)
        found.append(fit.run("levenberg_marquardt", budget=40))
    prior, formula = found
    assert formula.parameters == pytest.approx(prior.parameters, rel=1e-6)
    np.testing.assert_allclose(formula.covariance, prior.covariance, rtol=0.01)
    assert prior.standard_errors["e"] < 0.02


def test_the_profile_agrees_with_the_covariance_where_the_model_is_nearly_linear() -> None:
    fit, _ = noisy(3, sd=0.05)
    fit.vary("g", start=1.1e-4)
    fit.vary("e", start=-69)
    best = fit.run("levenberg_marquardt", budget=40)
    low, high = best.intervals()["e"]
    centre, half = best.parameters["e"], (high - low) / 2
    told: list[tuple[int, int]] = []
    followed = fit.profile("e", best=best, points=7, progress=lambda *each: told.append(each))
    assert told == [(k, 7) for k in range(1, 8)]
    with pytest.raises(Cancelled):
        fit.profile("e", best=best, points=7, cancelled=lambda: True)
    np.testing.assert_allclose(followed.interval, (low, high), atol=0.1 * half)
    assert abs(followed.values[3] - centre) < 1e-9
    assert len(followed.figure().data) == len(best.history.figure().data) - 1 == len(best.figure().data) - 1
    assert followed.least == pytest.approx(best.error, rel=1e-6)


def test_what_the_data_cannot_determine_is_named() -> None:
    cell = rb.Cell("bag")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("pas", g=1e-4, e=-70)
    fit = rb.Fit(cell)
    run = fit.add_run("decay", tstop=10)
    # The decay has one time constant, cm / g, from -65 to -70 mV: their sizes stay open, the potential does not.
    fit.vary("soma.pas.g", 1e-5, 1e-3, log=True, name="g")
    fit.vary("all.cm", 0.1, 10, log=True, name="cm")
    fit.vary("soma.pas.e", -90, -50, name="e")
    data = rb.run(cell, tstop=10, record=[soma(0.5).v])
    run.match(soma(0.5).v, rb.Trace(data.t, data[soma(0.5).v]))
    best = fit.run("levenberg_marquardt", budget=30)
    assert set(best.undetermined) == {"g", "cm"}
    assert best.uncertainty.combinations in (["g up, cm up"], ["cm up, g up"])
    frame = best.to_dataframe()
    assert list(frame["determined"]) == [False, False, True]
    assert list(frame["standard_error"])[:2] == [np.inf, np.inf]
    assert best.intervals()["g"] == (0, np.inf)  # on a logarithmic scale
    low, high = best.intervals()["e"]
    assert -70.1 < low <= high < -69.9
    assert repr(best.uncertainty).startswith("<Uncertainty: g undetermined, cm undetermined, e ± ")
    covariance = best.covariance.to_numpy()
    assert np.isinf(np.diag(covariance)).tolist() == [True, True, False]
    assert np.isnan(covariance[~np.eye(3, dtype=bool)]).all()
    np.testing.assert_allclose(best.correlation.to_numpy()[0], [1, 1, 0], atol=0.01)
    # On a linear scale everything is from minus infinity on.
    fit.add_function("nothing", "line", [0], [0], bounds={"a": (-1, 1), "b": (-1, 1)})
    assert fit.run("levenberg_marquardt", budget=5).intervals()["nothing.b"] == (-np.inf, np.inf)
