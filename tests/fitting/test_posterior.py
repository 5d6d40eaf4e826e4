"""Samples of the posterior against what algebra says."""

import sys

import numpy as np
import pytest
from scipy.stats import t as student

import rheobase as rb
from rheobase.fitting.posterior import Posterior


def noisy_line() -> tuple[rb.Fit, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(5)
    x = np.linspace(-1, 2, 14)
    y = 1 + 2 * x + 0.3 * chance.standard_normal(len(x))
    fit = rb.Fit(name="line")
    fit.add_function("f", "line", x, y, bounds={"a": (-10, 10), "b": (-10, 10)}, scale=3, weight=7)
    return fit, x, y


def test_a_line_with_unknown_noise_has_students_posterior() -> None:
    fit, x, y = noisy_line()
    best = fit.run(budget=200)
    found = fit.posterior(best, steps=600, burn=150, seed=2)
    assert found.doubts == []
    # Jeffreys' prior of the noise leaves Student's t about the least squares.
    design = np.stack([np.ones_like(x), x], axis=1)
    coefficients, square, *_ = np.linalg.lstsq(design, y, rcond=None)
    freedom = len(x) - 2
    scale = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * square[0] / freedom)
    for k, name in enumerate(("f.a", "f.b")):
        column = found.values[name]
        assert column.mean() == pytest.approx(coefficients[k], abs=0.08 * scale[k])
        half = student.ppf(0.975, freedom) * scale[k]
        np.testing.assert_allclose(
            found.intervals()[name], (coefficients[k] - half, coefficients[k] + half), atol=0.15 * half
        )
    frame = found.summary()
    assert (frame["r_hat"] < 1.02).all()
    assert (frame["effective_samples"] > 800).all()
    assert len(found.to_dataframe()) == len(found) == 600 * 32
    assert len(found.figure().data) == 3
    assert len(found.trace_figure().data) == 48
    again = fit.posterior(best, steps=4, burn=2, seed=2)
    np.testing.assert_array_equal(again.chain, fit.posterior(best, steps=4, burn=2, seed=2).chain)
    assert "give more steps" in again.doubts[-1]


def test_samples_that_are_alike_or_apart_count_for_less() -> None:
    chance = np.random.default_rng(3)
    chain = chance.standard_normal((2000, 32, 2))
    for step in range(1, len(chain)):
        chain[step, :, 0] += 0.9 * chain[step - 1, :, 0]
    chain[..., 1] += 9 * chance.standard_normal(32)
    space = noisy_line()[0].compiled().space
    found = Posterior(space, chain, np.zeros((2000, 32)), 1.0, "")
    # With a memory of 0.9 from step to step a sample is worth 0.1 / 1.9 of one without.
    assert found.effective_samples["f.a"] == pytest.approx(64000 / 19, rel=0.1)
    # Walkers that do not mix are worth one sample each.
    assert found.effective_samples["f.b"] == pytest.approx(32, rel=0.2)
    assert found.r_hat["f.a"] < 1.02
    assert found.r_hat["f.b"] > 5
    assert len(found.doubts) == 2


def test_walkers_begin_where_moves_are_taken() -> None:
    # y = a ** 2 + b ** 2 leaves a circle, of which the derivatives at a point know only the tangent.
    fit = rb.Fit(name="circle")
    fit.add_function("f", "a ** 2 + b ** 2 + 0 * x", [0, 1], [1, 1], bounds={"a": (-3, 3), "b": (-3, 3)}, scale=0.01)
    fit.vary("f.a", start=0.8)
    best = fit.run("levenberg_marquardt", budget=50)
    found = fit.posterior(best, steps=100, burn=0, noise={"f": 1}, seed=1)
    radius = np.hypot(*found.values.values())
    np.testing.assert_allclose(radius[0], 1, atol=0.05)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fit, *_ = noisy_line()
    fit.add_formula("ratio", "1")
    best = fit.run("cma_es", budget=6)
    for module in {"emcee", "pymoo", *(name for name in sys.modules if name.startswith(("emcee.", "pymoo.")))}:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"the posterior needs emcee: pip install 'rheobase\[posterior\]'"):
        fit.posterior(best)
    with pytest.raises(ImportError, match=r"nsga2 needs pymoo: pip install 'rheobase\[evolution\]'"):
        fit.run("nsga2")


def test_known_noise_and_priors_make_a_normal_posterior() -> None:
    fit, x, y = noisy_line()
    fit.vary("f.b", name="b", prior=(2.5, 0.1))
    best = fit.run(budget=200)
    found = fit.posterior(best, steps=700, burn=200, noise={"f": 0.1}, seed=1)
    design = np.stack([np.ones_like(x), x], axis=1)
    precision = design.T @ design / 0.3**2 + np.diag([0, 100])
    mean = np.linalg.solve(precision, design.T @ y / 0.3**2 + np.array([0, 250]))
    sd = np.sqrt(np.diag(np.linalg.inv(precision)))
    for k, name in enumerate(("f.a", "b")):
        assert found.values[name].mean() == pytest.approx(mean[k], abs=0.1 * sd[k])
        assert found.values[name].std() == pytest.approx(sd[k], rel=0.1)
    with pytest.raises(KeyError, match="no part of the error 'g'"):
        fit.posterior(best, noise={"g": 1})
    with pytest.raises(ValueError, match="walkers = 3: give an even number, at least 4"):
        fit.posterior(best, walkers=3)
    stopped = fit.posterior(best, steps=50, burn=10, progress=lambda done, _: fit.stop() if done == 30 else None)
    assert stopped.ended == "stopped after 30 of 60 steps"
