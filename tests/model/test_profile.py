from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from tests.model.cells import SAID

DISTANCE = np.array([0.0, 50.0, 150.0, 900.0])
KINDS = [
    (rb.linear("path_distance", 1, 0.5), 1 + 0.5 * DISTANCE),
    (rb.exponential("path_distance", 1, 2, 100), 1 + 2 * np.exp(-DISTANCE / 100)),
    (rb.along("path_distance", "a * (1 - d / reach)", a=2, reach=1000), 2 * (1 - DISTANCE / 1000)),
    (rb.along("path_distance", "3"), np.full(4, 3.0)),
    (rb.table("path_distance", (0, 100, 200), (1, 2, 0)), np.array([1, 1.5, 1, 0])),
]


@pytest.mark.parametrize(("profile", "expected"), KINDS)
@pytest.mark.parametrize("xp", [np, jnp])
def test_profiles_are_evaluated_in_numpy_and_jax(profile: rb.model.Profile, expected: Any, xp: Any) -> None:
    found = profile.evaluate(profile.coefficients, DISTANCE, xp)
    assert np.asarray(found) == pytest.approx(expected)
    assert found.shape == DISTANCE.shape


def test_coefficients_have_gradients() -> None:
    profile = KINDS[1][0]

    def first(coefficients: dict[str, Any]) -> Any:
        return profile.evaluate(coefficients, DISTANCE, jnp)[1]

    slope = jax.grad(first)(profile.coefficients)
    assert float(slope["amplitude"]) == pytest.approx(np.exp(-0.5))


@pytest.mark.parametrize("profile", [profile for profile, _ in KINDS])
def test_a_profile_is_equal_by_content_and_shown_as_it_was_made(profile: rb.model.Profile) -> None:
    again = eval("rb." + repr(profile), {"rb": rb})  # noqa: S307  # that its text is its program is what is tested
    assert again == profile
    assert hash(again) == hash(profile)
    for name, value in profile.coefficients.items():
        other = profile.with_coefficients(**{name: value + 1})
        assert other != profile
        assert other.coefficients == profile.coefficients | {name: value + 1}


def test_a_function_is_sampled_once_and_the_user_is_told() -> None:
    calls: list[float] = []

    def density(d: float) -> float:
        calls.append(d)
        return d * d

    with pytest.warns(UserWarning, match="sampled at 401 distances from 0 to 2000 um"):
        profile = rb.along("path_distance", density)
    assert profile.evaluate({}, np.array([10.0, 12.5])).tolist() == [100, 162.5]
    assert len(calls) == 401


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: rb.along("distance", "d"), "did you mean 'path_distance'"),
        (lambda: rb.along("path_distance", "d * g"), "uses 'g', which is neither 'd'"),
        (lambda: rb.along("path_distance", "d", g=1), "does not use 'g'"),
        (lambda: rb.along("path_distance", "d", d=1), "'d' is the distance itself"),
        (lambda: rb.along("path_distance", "__import__('os')"), ""),
        (lambda: rb.along("path_distance", "d +"), ""),
        (lambda: rb.along("path_distance", None), "expression = None"),  # type: ignore[arg-type]
        (lambda: rb.along("path_distance", "g * d", g=float("nan")), "g = nan"),
        (lambda: rb.along("path_distance", lambda _: float("nan")), "the function at d = 0 um = nan"),
        (lambda: rb.along("path_distance", lambda d: d, g=1), "a function takes no constants"),
        (lambda: rb.linear("path_distance", True, 0), "intercept = True"),
        (lambda: rb.linear("path_distance", 0, float("inf")), "slope = inf"),
        (lambda: rb.exponential("path_distance", 0, 1, 0), "length = 0 um"),
        (lambda: rb.table("path_distance", (0, 0), (1, 1)), "must increase"),
        (lambda: rb.table("path_distance", (0, 1), (1,)), "as many values as distances"),
        (lambda: rb.table("path_distance", (), ()), "at least one"),
        (lambda: rb.linear("path_distance", 0, 1, origin="soma"), "must be a place such as soma(0.5), not 'soma'"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_refused_in_words(make: Any, said: str) -> None:
    with pytest.raises(SAID) as refusal:
        make()
    assert said in str(refusal.value)
    assert "pydantic" not in str(refusal.value)
