"""A parameter converts units and keeps its limits."""

from math import inf, nan
from typing import Any

import pytest

from rheobase.mechanisms import Parameter

GBAR = Parameter("gnabar", 0.12, "S/cm2", minimum=0, maximum=10)
AMP = Parameter("amp", 0.0, "nA")


@pytest.mark.parametrize(
    ("value", "number"), [(0.1, 0.1), (0, 0.0), (10, 10.0), ("100 mS/cm2", 0.1), ("0.05 S/cm^2", 0.05)]
)
def test_what_is_within_limits_becomes_a_float_in_its_unit(value: Any, number: float) -> None:
    checked = GBAR.check(value)
    assert checked == number
    assert type(checked) is float


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (-1e-9, ValueError, r"hh\.gnabar = -1e-09 S/cm2 is outside its limits: from 0 to 10 S/cm2"),
        ("20 S/cm2", ValueError, "hh.gnabar = 20 S/cm2 is outside"),
        ("3 mV", ValueError, "another dimension than S/cm2"),
        ("much", ValueError, "not a quantity"),
        (nan, ValueError, "finite number in S/cm2"),
        (inf, ValueError, "finite number in S/cm2"),
        (True, TypeError, "hh.gnabar = True"),
        (None, TypeError, "hh.gnabar = None"),
        ([0.1], TypeError, "not a number but list"),
    ],
)
def test_what_cannot_be_is_refused_by_name(value: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        GBAR.check(value, "hh")


def test_limits_in_words() -> None:
    assert AMP.limits == "any number"
    assert GBAR.limits == "from 0 to 10 S/cm2"
    assert Parameter("dur", 0, "ms", minimum=0).limits == "at least 0 ms"
    assert Parameter("x", 0, "mV", maximum=5).limits == "at most 5 mV"


def test_without_an_owner_the_name_stands_alone() -> None:
    with pytest.raises(ValueError, match=r"^gnabar = -1 S/cm2"):
        GBAR.check(-1)
