"""The kinds of profile, each with its formula and its named coefficients, and the functions that make them."""

import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, model_validator

from rheobase.expressions import Expression
from rheobase.model.location import Location
from rheobase.model.metric import Metric, Normalise, Offset
from rheobase.model.profile import Number, Profile
from rheobase.units import to_float

_REACH = 2000.0  # um that a sampled function is asked for
_SAMPLES = 401


def _length(value: Any) -> float:
    number = to_float(value, "um", "length")
    if number == 0:
        raise ValueError("length = 0 um: must not be 0; it is the distance over which the profile falls to 1/e")
    return number


class Linear(Profile):
    """`intercept + slope * p`."""

    kind = "linear"

    intercept: Number
    slope: Number

    @property
    def coefficients(self) -> dict[str, float]:
        """`intercept` and `slope`, per um."""
        return {"intercept": self.intercept, "slope": self.slope}

    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`."""
        return coefficients["intercept"] + coefficients["slope"] * xp.asarray(distance)


class Exponential(Profile):
    """`base + amplitude * exp(-p / length)`."""

    kind = "exponential"

    base: Number
    amplitude: Number
    length: Annotated[float, BeforeValidator(_length)]

    @property
    def coefficients(self) -> dict[str, float]:
        """`base`, `amplitude` and `length`, um."""
        return {"base": self.base, "amplitude": self.amplitude, "length": self.length}

    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`."""
        decay = xp.exp(-xp.asarray(distance) / coefficients["length"])
        return coefficients["base"] + coefficients["amplitude"] * decay


class Boltzmann(Profile):
    """`base + amplitude / (1 + exp(slope * (midpoint - p)))`."""

    kind = "boltzmann"

    base: Number
    amplitude: Number
    slope: Number
    midpoint: Number

    @property
    def coefficients(self) -> dict[str, float]:
        """`base`, `amplitude`, `slope`, per um, and `midpoint`, um."""
        return {"base": self.base, "amplitude": self.amplitude, "slope": self.slope, "midpoint": self.midpoint}

    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`."""
        x = coefficients["slope"] * (xp.asarray(distance) - coefficients["midpoint"])
        small = xp.exp(xp.where(x < 0, x, -x))  # never overflows, so that no derivative far away is NaN
        share = xp.where(x < 0, small, 1.0) / (1.0 + small)
        return coefficients["base"] + coefficients["amplitude"] * share

    def _arguments(self, number: Callable[[float], str]) -> list[str]:
        return _named(self.coefficients, number)


class Step(Profile):
    """`below` where `p < at`, and `above` from there on. Its derivative by `at` is 0 everywhere."""

    kind = "step"

    below: Number
    above: Number
    at: Number

    @property
    def coefficients(self) -> dict[str, float]:
        """`below`, `above` and `at`, um."""
        return {"below": self.below, "above": self.above, "at": self.at}

    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`."""
        return xp.where(xp.asarray(distance) < coefficients["at"], coefficients["below"], coefficients["above"])

    def _arguments(self, number: Callable[[float], str]) -> list[str]:
        return _named(self.coefficients, number)


class Along(Profile):
    """An expression in `d`, which may be written `p` too, and named constants, in the safe language of expressions."""

    kind = "along"

    expression: str
    constants: tuple[tuple[str, float], ...] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> "Along":
        known = {name for name, _ in self.constants}
        if "d" in known:
            raise ValueError("'d' is the distance itself and cannot be a constant; choose another name")
        unknown = sorted(self.parsed.names - known - {"d", "p"})
        if unknown:
            raise ValueError(
                f"the expression {self.expression!r} uses {unknown[0]!r}, which is neither 'd' (the distance) "
                f"nor a constant given; add {unknown[0]}=... to along(...)"
            )
        unused = sorted(known - self.parsed.names)
        if unused:
            raise ValueError(f"the expression {self.expression!r} does not use {unused[0]!r}; leave it out")
        return self

    @cached_property
    def parsed(self) -> Expression:
        """The expression, parsed."""
        return Expression(self.expression)

    @property
    def coefficients(self) -> dict[str, float]:
        """The constants by name."""
        return dict(self.constants)

    def with_coefficients(self, **coefficients: float) -> "Along":
        """Give the same profile with other constants."""
        return self.replace(constants=tuple((dict(self.constants) | coefficients).items()))

    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`."""
        distance = xp.asarray(distance)
        value = self.parsed.evaluate({"d": distance, "p": distance, **coefficients}, xp=xp)
        return xp.broadcast_to(value, distance.shape)

    def written(self, number: Callable[[float], str] = repr, place: Callable[[Location], str] = repr) -> str:
        """Give the call that makes this profile, its constants last."""
        start = super().written(number, place).removesuffix(")")
        if _OPTIONS.isdisjoint(self.coefficients):
            return ", ".join([start, *_named(self.coefficients, number)]) + ")"
        pairs = ", ".join(f"{name!r}: {number(value)}" for name, value in self.constants)
        return f"{start}, constants={{{pairs}}})"

    def _arguments(self, number: Callable[[float], str]) -> list[str]:
        return [repr(self.expression)]


class Table(Profile):
    """Values at distances, straight lines between them, the end values beyond."""

    kind = "table"

    distances: tuple[float, ...]
    values: tuple[float, ...]

    @model_validator(mode="after")
    def _is_a_function(self) -> "Table":
        if len(self.distances) != len(self.values) or not self.distances:
            raise ValueError("a table needs as many values as distances, and at least one")
        if (np.diff(self.distances) <= 0).any():
            raise ValueError("the distances of a table must increase")
        return self

    @property
    def coefficients(self) -> dict[str, float]:
        """None: a table has nothing to move."""
        return {}

    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`."""
        return xp.interp(xp.asarray(distance), xp.asarray(self.distances), xp.asarray(self.values))

    def _arguments(self, number: Callable[[float], str]) -> list[str]:
        # As lists, and without a comma that a single number would need in a tuple.
        return [f"[{', '.join(map(number, numbers))}]" for numbers in (self.distances, self.values)]


KINDS: dict[str, type[Profile]] = {kind.kind: kind for kind in (Linear, Exponential, Boltzmann, Step, Along, Table)}
_OPTIONS = frozenset({"metric", "expression", "origin", "direction", "offset", "normalise", "constants"})


def along(
    metric: Metric,
    expression: str | Callable[[Any], Any],
    origin: Any = None,
    *,
    direction: Any = None,
    offset: Offset = "none",
    normalise: Normalise = "none",
    constants: Mapping[str, float] | None = None,
    **more: float,
) -> Along | Table:
    """Make a profile from an expression in `d`, the distance in um; `p` means the same.

    **Arguments:**

    - `metric`: `"path_distance"`, measured along the tree; `"radial_distance"` or `"projection"`, through space.
    - `expression`: text in `d` and the names of constants; or a Python function of an array of distances, which
      is sampled at once, every 5 um up to 2000 um, and kept as a table.
    - `origin`, `direction`, `offset`, `normalise`: as of every `Profile`.
    - `constants` and all further arguments: coefficients by name, which sliders and fits may move.

    **Raises:** `ValueError` for an expression that cannot be read or a name that was not given.

    **Warns:** `UserWarning` when a function was sampled.

    >>> profile = along("path_distance", "gmax * (1 - d / reach)", gmax=0.12, reach=1000)
    >>> profile.coefficients
    {'gmax': 0.12, 'reach': 1000.0}
    >>> profile.evaluate(profile.coefficients, [0.0, 500.0])
    array([0.12, 0.06])
    """
    measure: dict[str, Any] = {
        "metric": metric, "origin": origin, "direction": direction, "offset": offset, "normalise": normalise
    }  # fmt: skip
    given = {**(constants or {}), **more}
    if callable(expression):
        if given:
            raise TypeError("a function takes no constants; write them into the function")
        low, high = (0.0, 1.0) if normalise != "none" else (-_REACH if metric == "projection" else 0.0, _REACH)
        return sampled(expression, np.linspace(low, high, _SAMPLES), **measure)
    pairs = tuple((name, to_float(value, "1", name)) for name, value in given.items())
    return Along(expression=expression, constants=pairs, **measure)


def linear(metric: Metric, intercept: float, slope: float, origin: Any = None, **options: Any) -> Linear:
    """Make the profile `intercept + slope * p`, `slope` being per um.

    **Arguments:** `origin` and `options`, which are `direction`, `offset` and `normalise`: as of every `Profile`.

    >>> linear("path_distance", 1e-4, 2e-7)
    linear('path_distance', 0.0001, 2e-07)
    """
    return Linear(metric=metric, intercept=intercept, slope=slope, origin=origin, **options)


def exponential(
    metric: Metric, base: float, amplitude: float, length: float, origin: Any = None, **options: Any
) -> Exponential:
    """Make the profile `base + amplitude * exp(-p / length)`: a decay over `length` um, growth where it is negative.

    **Arguments:** `origin` and `options`, which are `direction`, `offset` and `normalise`: as of every `Profile`.

    >>> ih = exponential("path_distance", -0.8696e-4, 2.087e-4, -323)
    >>> [round(float(g), 6) for g in ih.evaluate(ih.coefficients, [0.0, 600.0])]
    [0.000122, 0.00125]
    """
    return Exponential(metric=metric, base=base, amplitude=amplitude, length=length, origin=origin, **options)


def boltzmann(
    metric: Metric, base: float, amplitude: float, slope: float, midpoint: float, origin: Any = None, **options: Any
) -> Boltzmann:
    """Make the profile `base + amplitude / (1 + exp(slope * (midpoint - p)))`.

    It rises with `p` where `slope`, per um, is positive, and falls where it is negative.

    **Arguments:** `origin` and `options`, which are `direction`, `offset` and `normalise`: as of every `Profile`.

    >>> na = boltzmann("path_distance", base=0.01, amplitude=0.1, slope=-0.02, midpoint=400)
    >>> [round(float(g), 3) for g in na.evaluate(na.coefficients, [0.0, 400.0, 800.0])]
    [0.11, 0.06, 0.01]
    """
    return Boltzmann(
        metric=metric, base=base, amplitude=amplitude, slope=slope, midpoint=midpoint, origin=origin, **options
    )


def step(metric: Metric, below: float, above: float, at: float, origin: Any = None, **options: Any) -> Step:
    """Make the profile that is `below` where `p` is less than `at`, and `above` from there on.

    **Arguments:** `origin` and `options`, which are `direction`, `offset` and `normalise`: as of every `Profile`.

    >>> hot_zone = step("path_distance", below=0, above=0.002, at=600)
    >>> hot_zone.evaluate(hot_zone.coefficients, [599.0, 600.0]).tolist()
    [0.0, 0.002]
    """
    return Step(metric=metric, below=below, above=above, at=at, origin=origin, **options)


def table(metric: Metric, distances: Any, values: Any, origin: Any = None, **options: Any) -> Table:
    """Make a profile from values at distances (um): straight lines between, the end values beyond.

    **Arguments:** `origin` and `options`, which are `direction`, `offset` and `normalise`: as of every `Profile`.

    >>> steps = table("path_distance", [0.0, 100.0], [1.0, 3.0])
    >>> float(steps.evaluate({}, 50.0))
    2.0
    """
    unit = "um" if options.get("normalise", "none") == "none" else "1"
    return Table(
        metric=metric,
        distances=tuple(to_float(d, unit, "distances") for d in distances),
        values=tuple(to_float(v, "1", "values") for v in values),
        origin=origin,
        **options,
    )


def sampled(
    function: Callable[[Any], Any], distances: Any, *, metric: Metric = "path_distance", **options: Any
) -> Table:
    """Call a Python function once at each of the `distances`, keep the answers as a table and tell the user."""
    grid = np.unique(np.asarray(distances, dtype=float))
    unit = " um" if options.get("normalise", "none") == "none" else ""
    answers = [to_float(function(float(d)), "1", f"the function at d = {d:g}{unit}") for d in grid]
    warnings.warn(
        f"a Python function cannot be part of a document: it was sampled at {len(grid)} distances from "
        f"{grid[0]:g} to {grid[-1]:g}{unit} and is kept as a table, with straight lines between",
        stacklevel=3,
    )
    return Table(metric=metric, distances=tuple(grid.tolist()), values=tuple(answers), **options)


def _named(coefficients: Mapping[str, float], number: Callable[[float], str]) -> list[str]:
    return [f"{name}={number(value)}" for name, value in coefficients.items()]
