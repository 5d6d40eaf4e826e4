from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rheobase as rb


def test_locations_and_recordables_are_equal_by_content_and_serve_as_keys() -> None:
    here = rb.Location("soma", 0.5)
    assert here == rb.Location("soma", np.float32(0.5))
    assert {here.v: 1, here["hh.m"]: 2}[rb.Location("soma", 0.5)["hh.m"]] == 2
    assert here != rb.Location("soma", 0.25)
    assert here.v != here["ina"]


def test_a_location_of_a_section_keeps_its_x_when_nseg_changes() -> None:
    soma = rb.Cell("c").add_section("soma", L=1, diam=1)
    here = soma(0.3)
    soma.nseg = 7
    assert here == soma(0.3) == rb.Location("soma", 0.3)


@pytest.mark.parametrize("x", [-0.1, 1.01, float("nan"), float("inf")])
def test_x_lies_between_0_and_1(x: float) -> None:
    with pytest.raises(ValueError, match="x = "):
        rb.Location("soma", x)


@pytest.mark.parametrize("x", [True, None, [0.5], 1j])
def test_x_is_a_number(x: Any) -> None:
    with pytest.raises(TypeError, match="x = "):
        rb.Location("soma", x)


@pytest.mark.parametrize("variable", ["", "a b", "hh.", "hh.m.n", "<b>", "a" * 300])
def test_a_variable_is_a_name_with_at_most_one_owner(variable: str) -> None:
    with pytest.raises(ValueError, match="is no variable"):
        rb.Location("soma", 0)[variable]


def test_values_are_frozen() -> None:
    here = rb.Location("soma", 0.5)
    with pytest.raises(ValueError, match="frozen"):
        here.x = 0.7  # type: ignore[misc]


def test_labels_are_short() -> None:
    assert rb.Location("dend[3]", 1 / 3)["hh.m"].label == "dend[3](0.333333).hh.m"
    assert rb.Recordable("ic", None, "i").label == "ic.i"
