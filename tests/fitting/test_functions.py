"""Functions, formulas and fits within fits."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

import rheobase as rb
from rheobase.fitting.shapes import SHAPES
from tests.fitting.models import passive_fit

TRUTHS: dict[str, tuple[np.ndarray, dict[str, float]]] = {
    "line": (np.linspace(-80, -40, 9), {"a": 3.0, "b": -0.2}),
    "exponential": (np.linspace(20, 60, 41), {"a": -65.0, "b": 12.0, "tau": 7.0}),
    "two_exponentials": (np.linspace(0, 100, 101), {"a": 1.0, "b1": 3.0, "tau1": 4.0, "b2": 5.0, "tau2": 30.0}),
    "lag": (np.linspace(0, 30, 61), {"a": -70.0, "b": 15.0, "delay": 5.0, "tau": 4.0}),
    "boltzmann": (np.linspace(-100, 20, 25), {"left": 1.0, "right": 0.02, "half": -52.0, "slope": 6.0}),
    "boltzmann_3": (
        np.linspace(-120, 80, 81),
        {"left": 0.0, "middle": 0.4, "right": 1.0, "half1": -70.0, "slope1": 7.0, "half2": 10.0, "slope2": 9.0},
    ),
    "michaelis_menten": (np.geomspace(0.01, 10, 15), {"vmax": 4.0, "km": 0.5}),
}


def written_out(kind: str, x: np.ndarray, p: dict[str, float]) -> np.ndarray:
    """The closed forms in NumPy's words, not in the library's own formulas."""
    if kind == "line":
        return np.polynomial.Polynomial([p["a"], p["b"]])(x)
    if kind == "exponential":
        return p["a"] + p["b"] * np.exp((x[0] - x) / p["tau"])
    if kind == "two_exponentials":
        return p["a"] + p["b1"] * np.exp((x[0] - x) / p["tau1"]) + p["b2"] * np.exp((x[0] - x) / p["tau2"])
    if kind == "lag":
        return np.where(x < p["delay"], p["a"], p["a"] - p["b"] * np.expm1((p["delay"] - x) / p["tau"]))
    if kind == "boltzmann":
        return p["left"] + (p["right"] - p["left"]) * expit((x - p["half"]) / p["slope"])
    if kind == "boltzmann_3":
        odds = np.stack(
            [0 * x, (x - p["half1"]) / p["slope1"], (x - p["half1"]) / p["slope1"] + (x - p["half2"]) / p["slope2"]]
        )
        weights = np.exp(odds - odds.max(0))
        return np.array([p["left"], p["middle"], p["right"]]) @ weights / weights.sum(0)
    return p["vmax"] / (1 + p["km"] / x)


@pytest.mark.parametrize("kind", list(SHAPES))
def test_each_closed_form_is_found_from_its_points_alone(kind: str) -> None:
    x, truth = TRUTHS[kind]
    fit = rb.Fit(name="alone")
    fit.add_function("f", kind, x, written_out(kind, x, truth))
    best = fit.run(budget=1500, seed=1)
    assert best.error < 1e-9
    if kind != "two_exponentials":  # which may come in either order
        found = {name.removeprefix("f."): value for name, value in best.parameters.items()}
        assert found == pytest.approx(truth, rel=1e-3, abs=1e-3)


def test_a_formula_shares_parameters_with_a_run_and_has_exact_derivatives() -> None:
    fit, _ = passive_fit()
    x = np.linspace(1, 5, 9)
    fit.add_function("tau", "c / g * x + offset", x, 1e4 * x, bounds={"c": (0.1, 10), "offset": (-5, 5)}, scale=1e3)
    fit.add_formula("prior", "log(g / 0.0002)", scale=0.5, weight=2)
    fit.add_formula("constant", "3", target=1)
    fit.vary("tau.c", log=True)
    fit.fix("tau.offset")
    fit.tie("tau.offset", "0.01 * e")
    assert list(fit.parameters) == ["g", "e", "tau.c"]
    at = {"g": 1.7e-4, "e": -66.0, "tau.c": 2.0}
    alone, _ = passive_fit()
    function = np.mean(((2.0 / 1.7e-4 * x - 0.66 - 1e4 * x) / 1e3) ** 2)
    formula = 2 * (np.log(1.7e-4 / 2e-4) / 0.5) ** 2
    assert fit.error(at) == pytest.approx(alone.error({"g": 1.7e-4, "e": -66.0}) + function + formula + 4, rel=1e-9)
    for mode in ("forward", "reverse"):
        for name, slope in fit.gradient(at, mode=mode).items():
            h = 1e-5 * abs(at[name])
            low, high = (fit.error({**at, name: at[name] + way * h}) for way in (-1, 1))
            assert slope == pytest.approx((high - low) / (2 * h), rel=1e-5), (mode, name)
    with pytest.raises(ValueError, match=r"g cannot be fixed: 'tau' has it in its formula; remove that first"):
        fit.fix("g")
    fit.functions["tau"].on = False
    assert fit.compiled().space.names == ("g", "e")
    fit.functions["tau"].remove()
    assert "tau.c" not in fit.parameters
    assert not fit.ties


def everything() -> rb.Fit:
    """A fit of runs, functions and another fit."""
    fit, _ = passive_fit()
    other, _ = passive_fit()
    other.vary("e", low=-80)
    other.vary("g", name="g_other")
    fit.add_function("tail", "exponential", rb.Trace([0, 1, 2, 3], [8, 4, 2, 1.1]), regions=[(0, 2, 1)], weight=3)
    fit.add_function("mine", "k * x ** 2 + e", [1, 2, 3], [1, 4, 9], bounds={"k": (0, 2)})
    fit.add_formula("ratio", "e / g", target=-7e5, scale=1e5)
    fit.fix("tail.b")
    fit.functions["mine"].on = False
    fit.add_fit("second cell", other, weight=0.5)
    return fit


def test_what_is_held_against_data_survives_its_file_and_its_code(tmp_path: Any) -> None:
    fit = everything()
    fit.save(tmp_path / "fit.json")
    assert rb.Fit.load(tmp_path / "fit.json") == fit
    names: dict[str, Any] = {}
    exec(fit.to_code(), names)  # noqa: S102  # the program that it wrote
    assert names["fit"] == fit
    assert names["fit"].error() == fit.error()
    store = tmp_path / "fit.sqlite"
    best = fit.run("cma_es", budget=12, seed=1, store=store)
    again = rb.Fit.load(store).resume(store, budget=24)
    assert best.parameters.keys() == again.parameters.keys() == {"g", "e", "tail.a", "tail.tau", "g_other"}
    assert len(best.figure().data) == 6
    assert again.cell("second cell").values("pas.g") == pytest.approx([again.parameters["g_other"]])


def test_a_fit_within_a_fit_adds_its_error_and_shares_what_has_one_name() -> None:
    fit, other = passive_fit()[0], passive_fit()[0]
    other.vary("e", low=-80, high=-55)
    other.vary("g", name="g_other")
    fit.add_fit("other", other, weight=0.5)
    at = {"g": 2e-4, "e": -67.0, "g_other": 4e-4}
    alone = passive_fit()[0]
    expected = alone.error({"g": 2e-4, "e": -67.0}) + 0.5 * alone.error({"g": 4e-4, "e": -67.0})
    assert fit.error(at) == pytest.approx(expected, rel=1e-12)
    for mode in ("forward", "reverse"):
        for name, slope in fit.gradient(at, mode=mode).items():
            h = 1e-4 * abs(at[name])
            low, high = (fit.error({**at, name: at[name] + way * h}) for way in (-1, 1))
            assert slope == pytest.approx((high - low) / (2 * h), rel=1e-4), (mode, name)
    best = fit.run(budget=200, seed=2)
    assert best.parameters == pytest.approx({"g": 1e-4, "e": -70.0, "g_other": 1e-4}, rel=1e-3)
    outer = rb.Fit(name="all cells")
    for name in ("a", "b"):
        outer.add_fit(name, passive_fit()[0])
    assert outer.run(budget=100).parameters == pytest.approx({"g": 1e-4, "e": -70.0}, rel=1e-3)
    outer.fits["b"].on = False
    assert len(outer.compiled().parts) == 1
    assert outer.undo() == "Turn b off"


def test_scales_and_starts_are_set_together() -> None:
    fit, _ = passive_fit()
    assert fit.set_scale(log=True) == ["e"]
    assert fit.set_scale(log=False) == []
    assert not fit.parameters["g"].log
    fit.randomise(3, seed=4)
    assert fit.parameters["g"].start == pytest.approx(3e-4 * 3 ** np.random.default_rng(4).uniform(-1, 1))
    assert fit.parameters["e"].start is not None
    assert fit.undo() == "Randomise the start"
    fit.vary("g", "0.01 mS/cm2", "1 mS/cm2")
    assert (fit.parameters["g"].low, fit.parameters["g"].high) == (1e-5, 1e-3)
    with pytest.raises(ValueError, match=r"g: low = '1 mV': mV has another dimension than S/cm2"):
        fit.vary("g", low="1 mV")


def test_bounds_and_priors_are_changed_together() -> None:
    fit, _ = passive_fit()
    fit.vary("celsius", -20, 40)
    fit.vary("g", prior=("0.3 mS/cm2", 1.25))
    low, high = fit.parameters["g"].low, fit.parameters["g"].high
    assert fit.keep_positive() == ["e"]
    assert [(each.low, each.high) for each in fit.parameters.values()] == [
        (low, high),
        (fit.parameters["e"].low, fit.parameters["e"].high),
        (0.04, 40),
    ]
    assert fit.undo() == "Keep all positive"
    e = fit.parameters["e"]
    assert fit.widen(2) == []
    assert [(each.low, each.high) for each in fit.parameters.values()] == [
        (low / 2, high * 2),
        (2 * e.low, e.high / 2),
        (-40, 80),
    ]
    assert fit.undo() == "Widen all bounds"
    with pytest.raises(ValueError, match="factor = 1: must be more than 1"):
        fit.widen(1)
    # To first order a prior says the same on either scale: it pulls alike near its mean.
    near = 3e-4 * 1.001
    logarithmic = fit.compiled().space.priors(np.array([fit.compiled().space.moved(np.full(3, 0.5), {"g": near})]))
    assert fit.set_scale(log=False) == []
    prior = fit.parameters["g"].prior
    assert prior is not None
    assert (near - 3e-4) / prior.sd == pytest.approx(float(logarithmic.sum()), rel=1e-3)
    fit.vary("g", log=True)
    again = fit.parameters["g"].prior
    assert again is not None
    assert (again.mean, again.sd) == pytest.approx((3e-4, 1.25))
    fit.vary("e", prior=(-65, 2))
    fit.vary("e", low=-80, high=10)
    assert "e" in fit.set_scale(log=True)
    with pytest.raises(ValueError, match=r"give its mean and sd, or \(\) for none"):
        fit.vary("e", prior=(1,))
    with pytest.raises(ValueError, match=r"sd = 0.0: must be greater than 0"):
        fit.vary("e", prior=(-65, 0))
    fit.vary("e", prior=())
    assert fit.parameters["e"].prior is None


def test_what_a_function_cannot_be_is_told() -> None:
    fit = rb.Fit()
    with pytest.raises(ValueError, match=r"'k' in its formula is no parameter of the fit; give its bounds, as bounds="):
        fit.add_function("f", "k * x", [1, 2], [1, 2])
    with pytest.raises(ValueError, match=r"'f': y\[1\] is nan; leave such points out"):
        fit.add_function("f", "line", [1, 2], [1, np.nan])
    with pytest.raises(ValueError, match="'f': 2 x for 3 y"):
        fit.add_function("f", "line", [1, 2], [1, 2, 3])
    fit.add_function("f", "gna * x", [1, 2], [1, 2], bounds={"gna": (0, 1)})
    fit.vary("f.gna", name="gna")
    with pytest.raises(KeyError, match="there is no varied parameter called 'gnx'; did you mean 'gna'"):
        fit.add_formula("ratio", "gnx / 2")
    fit.functions["f"].remove()
    fit.add_function("f", "line", [1, 2], [1, 2], regions=[(5, 9)])
    with pytest.raises(ValueError, match=r"the region from 5 to 9 holds none of its points, which span 1 to 2"):
        fit.error()
    with pytest.raises(ValueError, match="there is a function 'f' already"):
        fit.add_formula("f", "1")


def test_what_is_held_against_data_is_renamed_copied_and_put_in_order() -> None:
    fit, content, error = everything(), everything().document.content(), everything().error()
    tail = fit.functions["tail"]
    fit.tie("tail.b", "2 * e")
    tail.rename("fall")
    assert tail.name == "fall"
    assert list(fit.functions) == ["fall", "mine", "ratio"]
    assert list(fit.parameters) == ["g", "e", "fall.a", "fall.tau", "mine.k"]
    assert list(fit.ties) == ["fall.b"]
    fit.undo()
    fit.undo()
    assert fit.document.content() == content
    fit.vary("tail.tau", name="tau_m")
    copy = fit.functions["tail"].copy()
    assert (copy.name, copy.parameters) == ("tail (2)", tuple(f"tail (2).{each}" for each in ("a", "b", "tau", "x0")))
    assert list(fit.functions) == ["tail", "tail (2)", "mine", "ratio"]
    assert fit.parameters["tail (2).tau"].high == fit.parameters["tau_m"].high
    twice = fit.error()
    copy.on = False
    assert fit.error() == pytest.approx(error, rel=1e-12)
    fit.functions["tail"].on = False
    assert error - fit.error() == pytest.approx(twice - error, rel=1e-12)
    copy.move(-5)
    fit.functions["ratio"].move(1)
    assert list(fit.functions) == ["tail (2)", "tail", "mine", "ratio"]
    (run,) = fit.runs.values()
    with pytest.raises(ValueError, match="there is a function 'mine' already"):
        run.rename("mine")
    second = fit.fits["second cell"]
    with pytest.raises(ValueError, match="there is a fit 'second cell' already"):
        second.copy("second cell")
    third = second.copy("third cell")
    third.weight = 0.25
    third.move(-1)
    assert list(fit.fits) == ["third cell", "second cell"]
    run.copy()
    fit.vary("mine.k", name="tau_2")
    fit.functions["mine"].rename("own")
    assert fit.parameters["tau_2"].target == "own.k"
    fit.add_function("second", "k * x", [1, 2], [1, 2], bounds={"k": (0, 1)})
    while fit.undo() is not None:
        pass
    while fit.redo() is not None:
        pass
    assert fit.functions["own"].parameters == ("own.k",)
    rebuilt: dict[str, Any] = {}
    exec(fit.to_code(), rebuilt)  # noqa: S102  # the program that it wrote
    assert rebuilt["fit"] == fit
