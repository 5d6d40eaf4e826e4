"""Numbers as a slider shows them: a comfortable range, a step and the value it resets to."""

from math import floor, inf, log10
from typing import Any

from rheobase.mechanisms import Parameter

_STEPS = 100  # a slider has at least so many steps
_USUAL = {
    "mV": (-100.0, 60.0),
    "nA": (-0.5, 1.0),
    "ms": (0.0, 100.0),
    "degC": (0.0, 40.0),
    "megohm": (0.1, 20.0),
    "uS": (0.0, 0.1),
}
_ROOM = 1.25  # a slider goes at least so far beyond where it starts
_BRIEF = 5.0  # ms; a default below it is a time constant or a step rather than a moment of a run


def quantity(
    key: str,
    parameter: Parameter,
    value: float,
    *,
    default: float | None = None,
    label: str = "",
    reach: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """A parameter at `value` in the form that a field in the browser takes.

    **Arguments:**

    - `key`: the name that comes back with an edit.
    - `default`: what one click resets to; the parameter's own default unless given.
    - `reach`: the slider's range at first; what is usual for the unit unless given.
    """
    default = parameter.default if default is None else default
    low, high = slider_range(parameter, value, default, reach)
    return {
        "key": key,
        "label": label or parameter.name,
        "unit": "" if parameter.unit == "1" else parameter.unit,
        "value": value,
        "default": default,
        "low": low,
        "high": high,
        "step": slider_step(low, high),
        "doc": parameter.doc,
    }


def slider_range(
    parameter: Parameter, value: float, default: float, reach: tuple[float, float] | None = None
) -> tuple[float, float]:
    """The range of a slider: within the limits, usual for the unit, and wide enough for `value` and `default`.

    It depends on the value only by powers of two, so that it stands still during most of a drag.

    >>> slider_range(Parameter("amp", 0.0, "nA"), 0.3, 0.0)
    (-0.5, 1.0)
    >>> slider_range(Parameter("gnabar", 0.12, "S/cm2", minimum=0), 0.12, 0.12)
    (0.0, 0.48)
    """
    # Nothing at first tells of no size, but the parameter's own default does.
    size = 4 * abs(default) or min(40 * abs(parameter.default), 1.0) or 1.0
    low, high = reach or _USUAL.get(parameter.unit, (0.0, size))
    if reach is None and parameter.unit == "ms" and 0 < parameter.default < _BRIEF:
        high = 20 * parameter.default
    while high < max(value, _ROOM * default):
        high *= 2
    lowest = min(value, default)
    if low >= 0 > lowest:
        low = -high
    while low > lowest:
        low = low * 2 if low < 0 else low / 2 if lowest > 0 else 0.0
    return max(low, parameter.minimum), min(high, parameter.maximum, inf)


def slider_step(low: float, high: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that divides the range into at least 100 steps.

    >>> slider_step(-0.5, 1.0), slider_step(0.0, 100.0), slider_step(0.0, 0.48)
    (0.01, 1.0, 0.002)
    """
    rough = (high - low) / _STEPS
    power = 10.0 ** floor(log10(rough) + 1e-9)
    digit = next(d for d in (5, 2, 1) if d * power <= rough * (1 + 1e-9))
    return float(f"{digit * power:.0e}")


def number_in_words(value: float) -> str:
    """A number as a person writes it.

    >>> number_in_words(0.12), number_in_words(1e9), number_in_words(-65.0)
    ('0.12', '1e9', '-65')
    """
    return f"{value:.6g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")


def duration_in_words(seconds: float) -> str:
    """How long something took.

    >>> duration_in_words(0.0561), duration_in_words(3.21)
    ('56 ms', '3.2 s')
    """
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
