"""The closed forms that data are held against: what NEURON's Function Fitness offers, as formulas of `x`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.model.names import UnknownName

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Range:
    """Where a parameter of a closed form may lie, read off data: `low`, `high`, whether it is `log`, and its `start`.

    One that is `fixed` is no parameter of the fit, unless it is varied by hand.
    """

    low: float
    high: float
    log: bool
    start: float
    fixed: bool = False


Guess = Callable[[Floats, Floats], Range]


@dataclass(frozen=True)
class Shape:
    """A closed form. **Fields:** `name`, `description`, the `formula` of `x`, `parameters` with what guesses them."""

    name: str
    description: str
    formula: str
    parameters: dict[str, Guess]

    def guess(self, x: Floats, y: Floats) -> dict[str, Range]:
        """Where each parameter may lie for some data, in order of `x`."""
        order = np.argsort(x, kind="stable")
        return {name: guess(x[order], y[order]) for name, guess in self.parameters.items()}


def _height(y: Floats) -> float:
    return float(np.ptp(y)) or float(np.abs(y).max()) or 1.0


def _width(x: Floats) -> float:
    return float(np.ptp(x)) or float(np.abs(x).max()) or 1.0


def _level(at: float) -> Guess:
    """A value that the data take, at a part of their length; or one a little beyond."""

    def guess(_x: Floats, y: Floats) -> Range:
        height = _height(y)
        start = float(y[round(at * (len(y) - 1))])
        return Range(float(y.min()) - height, float(y.max()) + height, log=False, start=start)

    return guess


def _rise(part: float) -> Guess:
    """A difference between values, beginning with a part of that between both ends."""

    def guess(_x: Floats, y: Floats) -> Range:
        height = _height(y)
        return Range(-3 * height, 3 * height, log=False, start=part * float(y[-1] - y[0]))

    return guess


def _place(at: float) -> Guess:
    """A place on the x axis, at a part of its length."""

    def guess(x: Floats, _y: Floats) -> Range:
        low, width = float(x.min()), _width(x)
        return Range(low - width / 2, low + 1.5 * width, log=False, start=low + at * width)

    return guess


def _length(part: float) -> Guess:
    """A length along the x axis above 0, beginning with a part of the data's."""

    def guess(x: Floats, _y: Floats) -> Range:
        width = _width(x)
        return Range(width / 1000, width * 10, log=True, start=part * width)

    return guess


def _half_place(x: Floats, y: Floats) -> Range:
    """Where the data cross half of their height."""
    found = _place(0.5)(x, y)
    middle = float(x[np.argmin(np.abs(y - (y.min() + y.max()) / 2))])
    return Range(found.low, found.high, log=False, start=middle)


def _slope(x: Floats, y: Floats) -> Range:
    steep = _height(y) / _width(x)
    run = float(x[-1] - x[0])
    return Range(-10 * steep, 10 * steep, log=False, start=float(y[-1] - y[0]) / run if run else 0.0)


def _intercept(x: Floats, y: Floats) -> Range:
    slope, reach = _slope(x, y), float(np.abs(x).max()) / _width(x)
    height = _height(y) * (1 + 10 * reach)
    start = float(y[0]) - slope.start * float(x[0])
    return Range(float(y.min()) - height, float(y.max()) + height, log=False, start=start)


def _most(_x: Floats, y: Floats) -> Range:
    low, high = min(0.0, 10 * float(y.min())), max(0.0, 10 * float(y.max()))
    start = float(y[np.argmax(np.abs(y))])
    return Range(low, high, log=False, start=start) if high > low else Range(-1.0, 1.0, log=False, start=0.0)


def _first(x: Floats, _y: Floats) -> Range:
    start = float(x[0])
    return Range(start - _width(x), start + _width(x), log=False, start=start, fixed=True)


def _delay(x: Floats, _y: Floats) -> Range:
    start, width = float(x[0]), _width(x)
    return Range(start - 0.1 * width, start + width, log=False, start=start + 0.05 * width)


def _three_states() -> str:
    """Three states in a row, whose energies fall in line with `x`, less the largest so that nothing overflows."""
    first, second = "(x - half1) / slope1", "((x - half1) / slope1 + (x - half2) / slope2)"
    top = f"max(0, {first}, {second})"
    weights = (f"exp(-{top})", f"exp({first} - {top})", f"exp({second} - {top})")
    sums = " + ".join(f"{level} * {weight}" for level, weight in zip(("left", "middle", "right"), weights, strict=True))
    return f"({sums}) / ({' + '.join(weights)})"


SHAPES = {
    each.name: each
    for each in (
        Shape("line", "a straight line", "a + b * x", {"a": _intercept, "b": _slope}),
        Shape(
            "exponential",
            "one exponential from x0 on, which stays at the first x unless it is varied",
            "a + b * exp(-(x - x0) / tau)",
            {"a": _level(1.0), "b": _rise(-1.0), "tau": _length(0.3), "x0": _first},
        ),
        Shape(
            "two_exponentials",
            "the sum of two exponentials from x0 on, which stays at the first x unless it is varied",
            "a + b1 * exp(-(x - x0) / tau1) + b2 * exp(-(x - x0) / tau2)",
            {
                "a": _level(1.0),
                "b1": _rise(-0.5),
                "tau1": _length(0.1),
                "b2": _rise(-0.5),
                "tau2": _length(0.5),
                "x0": _first,
            },
        ),
        Shape(
            "lag",
            "nothing up to a delay, then an exponential approach",
            "a + b * (1 - exp(-max(x - delay, 0) / tau))",
            {"a": _level(0.0), "b": _rise(1.0), "delay": _delay, "tau": _length(0.3)},
        ),
        Shape(
            "boltzmann",
            "two states, from a value on the left to one on the right",
            "left + (right - left) * (0.5 + 0.5 * tanh((x - half) / (2 * slope)))",
            {"left": _level(0.0), "right": _level(1.0), "half": _half_place, "slope": _length(0.1)},
        ),
        Shape(
            "boltzmann_3",
            "three states in a row, with a value each",
            _three_states(),
            {
                "left": _level(0.0),
                "middle": _level(0.5),
                "right": _level(1.0),
                "half1": _place(0.3),
                "slope1": _length(0.08),
                "half2": _place(0.7),
                "slope2": _length(0.08),
            },
        ),
        Shape(
            "michaelis_menten",
            "a rate that saturates, with half of the most at km",
            "vmax * x / (km + x)",
            {"vmax": _most, "km": _length(0.3)},
        ),
    )
}


def shape_named(name: str) -> Shape:
    """The closed form of a name. **Raises:** KeyError that suggests the nearest."""
    if name not in SHAPES:
        raise UnknownName("closed form", name, SHAPES)
    return SHAPES[name]


def closed_forms() -> "pd.DataFrame":
    """The closed forms that `Fit.add_function` knows by name: `name`, `formula`, `parameters`, `description`.

    >>> list(closed_forms()["name"])
    ['line', 'exponential', 'two_exponentials', 'lag', 'boltzmann', 'boltzmann_3', 'michaelis_menten']
    """
    import pandas as pd

    rows = [
        {
            "name": each.name,
            "formula": each.formula,
            "parameters": ", ".join(each.parameters),
            "description": each.description,
        }
        for each in SHAPES.values()
    ]
    return pd.DataFrame(rows)
