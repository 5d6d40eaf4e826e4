import math

import pytest
from hypothesis import given, strategies as st

from rheobase.mechanisms import Parameter
from rheobase.widgets.quantities import quantity, slider_range, slider_step

finite = st.floats(-1e12, 1e12, allow_nan=False)
units = st.sampled_from(["nA", "mV", "ms", "S/cm2", "megohm", "degC", "uS", "1"])


@given(value=finite, default=finite, unit=units)
def test_a_slider_holds_its_value_and_its_default(value: float, default: float, unit: str) -> None:
    low, high = slider_range(Parameter("p", default, unit), value, default)
    assert low <= min(value, default)
    assert max(value, default) <= high
    assert low < high


@given(value=st.floats(0, 1e9), unit=units)
def test_a_slider_keeps_to_the_limits(value: float, unit: str) -> None:
    low, high = slider_range(Parameter("p", 0.0, unit, minimum=0.0, maximum=1e9), value, 0.0)
    assert low >= 0
    assert high <= 1e9


@given(width=st.floats(1e-9, 1e12))
def test_a_step_is_round_and_divides_the_range_finely(width: float) -> None:
    step = slider_step(0.0, width)
    assert width / step * (1 + 1e-6) >= 100
    assert width / step <= 260
    assert f"{step:.0e}"[0] in "125"


def test_a_range_stands_still_during_most_of_a_drag() -> None:
    amp = Parameter("amp", 0.0, "nA")
    assert {slider_range(amp, value / 100, 0.0) for value in range(-50, 101)} == {(-0.5, 1.0)}


@pytest.mark.parametrize(("unit", "shown"), [("nA", "nA"), ("1", "")])
def test_a_pure_number_has_no_unit(unit: str, shown: str) -> None:
    assert quantity("key", Parameter("p", 1.0, unit), 1.0)["unit"] == shown


def test_a_quantity_resets_to_its_own_default_unless_told_otherwise() -> None:
    parameter = Parameter("amp", 0.0, "nA", doc="current")
    assert quantity("ic.amp", parameter, 0.2)["default"] == 0.0
    told = quantity("ic.amp", parameter, 0.2, default=0.3, label="Current", reach=(0.0, 5.0))
    assert (told["default"], told["label"], told["low"], told["high"]) == (0.3, "Current", 0.0, 5.0)
    assert math.isclose(told["step"], 0.05)
