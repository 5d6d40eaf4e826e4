"""Numbers, strings and quantities at the boundary."""

import subprocess
import sys
from fractions import Fraction
from typing import Any

import jax.numpy as jnp
import numpy as np
import pint
import pytest
from hypothesis import given, strategies as st

from rheobase.units import to_float

UNITS = [
    "ms",
    "mV",
    "um",
    "um2",
    "nA",
    "uS",
    "mA/cm2",
    "S/cm2",
    "uF/cm2",
    "ohm cm",
    "megohm",
    "mM",
    "degC",
    "Hz",
]


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), np.array(2.0), np.array(2), Fraction(4, 2)])
def test_a_bare_number_is_already_in_the_unit(value: object) -> None:
    result = to_float(value, "nA", "amp")
    assert type(result) is float
    assert result == 2.0


def test_a_jax_scalar_is_a_number() -> None:
    assert to_float(jnp.asarray(2.0), "nA", "amp") == 2.0


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("0.3 nA", "nA", 0.3),
        ("300 pA", "nA", 0.3),
        ("300pA", "nA", 0.3),
        ("-3e2 pA", "nA", -0.3),
        ("0.12 S/cm^2", "S/cm2", 0.12),
        ("1200 S/m2", "S/cm2", 0.12),
        ("1 uA/cm2", "mA/cm2", 1e-3),
        ("1.5 ohm m", "ohm cm", 150.0),
        ("100 Mohm", "megohm", 100.0),
        ("0.1 gigaohm", "megohm", 100.0),
        ("310.15 K", "degC", 37.0),
        ("37 degC", "degC", 37.0),
        ("0.01 F/m2", "uF/cm2", 1.0),
        ("50 nM", "mM", 5e-5),
        ("50 %", "1", 0.5),
        ("20 µm", "um", 20.0),
        ("2 1/ms", "Hz", 2000.0),
        ("0.5 m/s", "cm/s", 50.0),
        (".5 ms", "ms", 0.5),
    ],
)
def test_text_is_converted(text: str, unit: str, expected: float) -> None:
    assert to_float(text, unit, "x") == expected


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_of_the_field_is_known_to_pint(unit: str) -> None:
    assert to_float(f" 1.25  {unit} ", unit, "x") == 1.25
    with pytest.raises(ValueError, match=f"kg has another dimension than {unit}"):
        to_float("1 kg", unit, "x")


def test_a_quantity_of_any_registry_is_converted() -> None:
    registry: Any = pint.UnitRegistry()
    assert to_float(registry.Quantity(300, "pA"), "nA", "amp") == 0.3
    assert to_float(registry.Quantity(np.array(37.0), "degC"), "degC", "celsius") == 37.0
    with pytest.raises(ValueError, match="amp = '3 millivolt': millivolt has another dimension than nA"):
        to_float(registry.Quantity(3, "mV"), "nA", "amp")
    with pytest.raises(TypeError, match="amp"):
        to_float(registry.Quantity([1, 2], "nA"), "nA", "amp")


@pytest.mark.parametrize("value", [True, np.True_, None, 1j, [1.0], np.ones(1), np.array("a"), {}, object()])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"amp = .*give a number in nA or text such as '1 nA'"):
        to_float(value, "nA", "amp")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -np.inf, "1e400 nA", 10**400])
def test_what_is_not_finite_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="amp"):
        to_float(value, "nA", "amp")


@pytest.mark.parametrize(
    "text",
    ["", " ", "nA", "0.3", "abc", "1 nA; import os", "1 2 nA", "1 no", "1 nA +", "1 __x__", "1 nA\x00"],
)
def test_text_that_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amp = .*nA"):
        to_float(text, "nA", "amp")


def test_an_array_with_the_unit_of_another_library_is_refused() -> None:
    class Volts(np.ndarray):
        pass

    with pytest.raises(TypeError, match="Volts is not understood"):
        to_float(np.array(3.0).view(Volts), "mV", "v")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_passes_unchanged_as_text_or_bare(number: float) -> None:
    assert to_float(number, "mV", "v") == number
    assert to_float(f"{number!r} mV", "mV", "v") == number


def test_slow_libraries_are_imported_only_when_they_are_needed() -> None:
    program = (
        "import sys; from rheobase.units import to_float\n"
        "to_float(1, 'nA', 'a'); to_float('1 nA', 'nA', 'a')\n"
        "slow = ('pint', 'pandas', 'plotly', 'bokeh', 'xarray', 'efel', 'httpx', 'scipy.optimize', 'scipy.spatial')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
