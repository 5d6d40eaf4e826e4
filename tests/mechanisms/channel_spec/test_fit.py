"""Standard forms fitted to points."""

from typing import Any

import numpy as np
import pytest

from rheobase.mechanisms import channel_spec as channel
from rheobase.mechanisms.channel_spec.fit import fitted, misfit

V = np.linspace(-120, 80, 101)
Constant: Any = channel.Constant
Exponential: Any = channel.Exponential
Linoid: Any = channel.Linoid
Sigmoid: Any = channel.Sigmoid


@pytest.mark.parametrize(
    "form",
    [
        Constant(3),
        Exponential(4, -1 / 18, -65),
        Exponential(0.07, 0.05, -65),
        Linoid(1, 0.1, -40),
        Linoid(0.02, -0.11, -30),
        Sigmoid(1, 0.1, -35),
        Sigmoid(2.5, -0.3, 20),
    ],
    ids=repr,
)
def test_a_forms_own_points_give_it_back(form: Any) -> None:
    found = fitted("best", V, form(V))
    assert type(found) is type(form)
    assert misfit(found, V, form(V)) < 1e-9
    assert found.coefficients == pytest.approx(form.coefficients, rel=1e-9)


def test_points_that_no_form_follows_stay_a_table() -> None:
    bell = 5 * np.exp(-(((V + 40) / 15) ** 2))
    found = fitted("best", V, bell)
    assert isinstance(found, channel.Table)
    assert misfit(found, V, bell) < 1e-12


def test_noisy_points_are_met_by_least_squares() -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, V.size)
    found: Any = fitted("sigmoid", V, Sigmoid(1, 0.1, -35)(V) + noise)
    assert pytest.approx(1, abs=0.02) == found.A
    assert found.d == pytest.approx(-35, abs=1)


def test_a_formula_is_the_nearest_form_written_out() -> None:
    y = Linoid(1, 0.1, -40)(V)
    found = fitted("formula", V, y)
    assert isinstance(found, channel.Formula)
    np.testing.assert_allclose(found(V), y, rtol=1e-9)


@pytest.mark.parametrize(
    ("form", "v", "y", "says"),
    [
        ("cubic", V, V, "no form to fit"),
        ("best", V, V[1:], "as many values"),
        ("best", [0, 1], [0, np.nan], "finite"),
    ],
)
def test_what_cannot_be_fitted_is_refused(form: str, v: Any, y: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fitted(form, v, y)
