"""Numbers with units, turned into bare numbers in the field's units.

Every quantity inside Rheobase is a bare float in a unit fixed by its meaning (ms, mV, um, nA, mA/cm2, S/cm2,
uS, ohm cm, uF/cm2, mM, degC, megohm, Hz). `to_float` is the one place where another notation is accepted.
"""

import math
import numbers
import re
import sys
from functools import cache
from typing import Any

import numpy as np

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_FACTOR = r"(?:[A-Za-zµμΩ°%]+(?:(?:\*\*|\^)?-?\d+)?|1)"
# The grammar is ours, so that only units ever reach pint's own parser.
_QUANTITY_TEXT = re.compile(rf"\s*({_NUMBER})\s*({_FACTOR}(?:\s*[*/ ]\s*{_FACTOR})*)\s*")
_BARE_POWER = re.compile(r"(?<=[A-Za-zµμΩ])(-?\d+)\b")


def to_float(value: Any, unit: str, name: str) -> float:
    """Give `value` as a finite float in `unit`.

    **Arguments:**

    - `value`: a number (`int`, `float`, NumPy or any other 0-d array), taken to be in `unit` already; a
      string such as `"0.3 nA"`; or a `pint.Quantity` of any registry.
    - `unit`: the unit wanted, in the field's spelling (`"mA/cm2"`, `"ohm cm"`, `"1"` for a pure number).
    - `name`: what the number is, for the message when it is refused.

    **Returns:** the number in `unit`. A converted number keeps 15 significant digits, so that `"300 pA"` is
    `0.3` nA and not `0.30000000000000004`.

    **Raises:** `TypeError` for `None`, a bool, a complex number, an array or anything else that is no number;
    `ValueError` for NaN, an infinity, text that is no quantity, or a unit of another dimension.

    >>> to_float("300 pA", "nA", "amp")
    0.3
    >>> to_float("3 mV", "nA", "amp")
    Traceback (most recent call last):
    ...
    ValueError: amp = '3 mV': mV has another dimension than nA; give a number in nA or text such as '1 nA'
    """
    if isinstance(value, str):
        number = _from_text(value, unit, name)
    elif "pint" in sys.modules and isinstance(value, sys.modules["pint"].Quantity):
        magnitude = _plain_number(value.magnitude, unit, name)
        number = _convert(magnitude, str(value.units), unit, name, repr(str(value)))
    else:
        number = _plain_number(value, unit, name)
    if not math.isfinite(number):
        raise ValueError(f"{name} = {value!r}: must be a finite number in {unit}")
    return number


def _plain_number(value: Any, unit: str, name: str) -> float:
    """Give a real scalar as a float; whatever might hide a unit or is no number is refused."""
    kind = type(value)
    remedy = _remedy(unit)
    if isinstance(value, np.ndarray) and kind is not np.ndarray:
        # Other unit libraries subclass ndarray; float() would drop their unit in silence.
        raise TypeError(f"{name} = {value!r}: {kind.__module__}.{kind.__name__} is not understood; {remedy}")
    if kind is bool:
        raise TypeError(f"{name} = {value!r}: is not a number but bool; {remedy}")
    if not isinstance(value, numbers.Real):
        if getattr(value, "shape", None) != ():
            raise TypeError(f"{name} = {value!r}: is not a number but {kind.__name__}; {remedy}")
        dtype = np.dtype(value.dtype)
        if dtype.kind not in "iuf":
            raise TypeError(f"{name} = {value!r}: is not a real number but {dtype}; {remedy}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name}: is too large for a float; {remedy}") from None


def _from_text(text: str, unit: str, name: str) -> float:
    match = _QUANTITY_TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"{name} = {text!r}: is not a quantity; {_remedy(unit)}")
    number = float(match[1])
    return number if match[2] == unit else _convert(number, match[2], unit, name, repr(text))


def _convert(number: float, given: str, unit: str, name: str, shown: str) -> float:
    import pint

    remedy = _remedy(unit)
    registry = _registry()
    try:
        quantity = registry.Quantity(number, _pint_spelling(given))
    except (pint.PintError, TypeError, ValueError, AttributeError):
        raise ValueError(f"{name} = {shown}: {given} is not a known unit; {remedy}") from None
    try:
        converted = quantity.to(_pint_spelling(unit)).magnitude
    except pint.DimensionalityError:
        raise ValueError(f"{name} = {shown}: {given} has another dimension than {unit}; {remedy}") from None
    return float(f"{converted:.15g}")


def _pint_spelling(unit: str) -> str:
    """Spell a power as pint does: `cm2` is `cm**2`."""
    return "" if unit == "1" else _BARE_POWER.sub(r"**\1", unit)


def _remedy(unit: str) -> str:
    return "give a pure number" if unit == "1" else f"give a number in {unit} or text such as '1 {unit}'"


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("megohm = 1e6 * ohm")
    return registry
