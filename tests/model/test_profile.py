from __future__ import annotations

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.model.file import from_data, json_text
from tests.model.cells import SAID

DISTANCE = np.array([0.0, 50.0, 150.0, 900.0])
KINDS = [
    (rb.linear("path_distance", 1, 0.5), 1 + 0.5 * DISTANCE),
    (rb.exponential("path_distance", 1, 2, 100), 1 + 2 * np.exp(-DISTANCE / 100)),
    (rb.along("path_distance", "a * (1 - d / reach)", a=2, reach=1000), 2 * (1 - DISTANCE / 1000)),
    (rb.along("path_distance", "3"), np.full(4, 3.0)),
    (rb.table("path_distance", (0, 100, 200), (1, 2, 0)), np.array([1, 1.5, 1, 0])),
    (rb.along("path_distance", "p + 0 * d"), DISTANCE),
    (
        rb.boltzmann("path_distance", base=1, amplitude=3, slope=-0.02, midpoint=50),
        1 + 3 / (1 + np.exp(-0.02 * (50 - DISTANCE))),
    ),
    (rb.step("path_distance", below=1, above=2, at=150), np.array([1, 1, 2, 2])),
    (
        rb.linear("radial_distance", 1, 0.5, origin=(1, "2 um", 3), offset="all_proximal", normalise="all_distal"),
        1 + 0.5 * DISTANCE,
    ),
    (
        rb.along("projection", "offset * (1 - d / reach)", direction=(0, 0, 1), constants={"offset": 2}, reach=1000),
        2 * (1 - DISTANCE / 1000),
    ),
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
        (lambda: rb.along("distance", "d"), "did you mean 'path_distance'"),  # type: ignore[arg-type]
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
        (lambda: rb.linear("path_distance", 0, 1, origin=(0, 0, 0)), "starts at a place on it"),
        (lambda: rb.linear("path_distance", 0, 1, direction=(0, 0, 1)), "'path_distance' has no direction"),
        (lambda: rb.linear("projection", 0, 1, direction=(0, 0, 0)), "points nowhere"),
        (lambda: rb.linear("projection", 0, 1, direction=(0, 1)), "must be three numbers x, y, z"),
        (lambda: rb.linear("projection", 0, 1, direction="up"), "must be three numbers"),
        (lambda: rb.linear("path_distance", 0, 1, offset="most_proximl"), "did you mean 'most_proximal'"),
        (lambda: rb.linear("path_distance", 0, 1, normalise="al_distal"), "did you mean 'all_distal'"),
        (lambda: rb.linear("path_distance", 0, 1, offse="none"), "offse"),
        (lambda: rb.boltzmann("path_distance", 0, 1, "2 mV", 3), "slope = '2 mV'"),  # type: ignore[arg-type]
        (lambda: rb.step("path_distance", 0, 1, float("nan")), "at = nan"),
        (lambda: rb.linear("path_distance", 0, 1, origin="soma"), "must be a place such as soma(0.5), not 'soma'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(make: Any, said: str) -> None:
    with pytest.raises(SAID) as refusal:
        make()
    assert said in str(refusal.value)
    assert "pydantic" not in str(refusal.value)


@pytest.mark.parametrize("profile", [profile for profile, _ in KINDS])
def test_a_profile_is_kept_in_files_and_code(profile: rb.model.Profile) -> None:
    cell = rb.Cell("one")
    cell.add_section("soma", points=[(0, 0, 0, 9), (0, 9, 3, 9)], nseg=3)
    cell["soma"].set("na.reversal", profile)
    assert from_data(json.loads(json_text(cell.document))).content() == cell.document.content()
    found: dict[str, Any] = {}
    exec(cell.to_code(), found)  # noqa: S102  # that the program rebuilds the cell is what is tested
    assert found["cell"] == cell
