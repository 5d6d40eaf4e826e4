"""Values that change over a cell: functions of the distance along the tree, with named coefficients."""

import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import BeforeValidator, ValidationInfo, model_validator

from rheobase.documents import Value
from rheobase.expressions import Expression
from rheobase.model.location import Location
from rheobase.model.names import suggestion
from rheobase.units import to_float

METRICS = ("path_distance",)
_REACH = 2000.0
_SAMPLES = 401


def _metric(value: Any) -> str:
    if value not in METRICS:
        raise ValueError(f"{value!r} is no measure of place{suggestion(value, METRICS)}")
    return value


def _origin(value: Any) -> Location | None:
    if value is None or isinstance(value, Location):
        return value
    raise TypeError(f"the origin of a profile must be a place such as soma(0.5), not {value!r}")


def _number(value: Any, info: ValidationInfo) -> float:
    return to_float(value, "1", str(info.field_name))


def _length(value: Any) -> float:
    number = to_float(value, "um", "length")
    if number == 0:
        raise ValueError("length = 0 um: must not be 0; it is the distance over which the profile falls to 1/e")
    return number


Number = Annotated[float, BeforeValidator(_number)]


class Profile(Value):
    """A value as a function of the distance `d` (um) from `origin` along the tree.

    `origin` is a `Location`, or `None` for the middle of the root section. The value is in the unit of what it is
    assigned to. Subclasses are `along`, `linear` and `exponential`'s results, and the table of a sampled function.
    """

    kind: ClassVar[str]

    metric: Annotated[str, BeforeValidator(_metric)]
    origin: Annotated[Location | None, BeforeValidator(_origin)] = None

    @property
    @abstractmethod
    def coefficients(self) -> dict[str, float]:
        """The numbers that a slider, a fit or a gradient may move, by name."""

    @abstractmethod
    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance` (um), an array of the same shape.

        **Arguments:** `coefficients` by name, as in `self.coefficients`; `xp` is `numpy` or `jax.numpy`.
        """

    def with_coefficients(self, **coefficients: float) -> Self:
        """Give the same profile with other coefficients."""
        return self.replace(**coefficients)


class Linear(Profile):
    """`intercept + slope * d`."""

    kind = "linear"

    intercept: Number
    slope: Number

    @property
    def coefficients(self) -> dict[str, float]:
        """`intercept` and `slope`, per um."""
        return {"intercept": self.intercept, "slope": self.slope}

    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`, um."""
        return coefficients["intercept"] + coefficients["slope"] * xp.asarray(distance)

    def __repr__(self) -> str:
        return f"linear({self.metric!r}, {self.intercept!r}, {self.slope!r}{_ending(self)})"


class Exponential(Profile):
    """`base + amplitude * exp(-d / length)`."""

    kind = "exponential"

    base: Number
    amplitude: Number
    length: Annotated[float, BeforeValidator(_length)]

    @property
    def coefficients(self) -> dict[str, float]:
        """`base`, `amplitude` and `length`, um."""
        return {"base": self.base, "amplitude": self.amplitude, "length": self.length}

    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`, um."""
        decay = xp.exp(-xp.asarray(distance) / coefficients["length"])
        return coefficients["base"] + coefficients["amplitude"] * decay

    def __repr__(self) -> str:
        return f"exponential({self.metric!r}, {self.base!r}, {self.amplitude!r}, {self.length!r}{_ending(self)})"


class Along(Profile):
    """An expression in `d` and named constants, in the safe language of expressions."""

    kind = "along"

    expression: str
    constants: tuple[tuple[str, float], ...] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> "Along":
        known = {name for name, _ in self.constants}
        if "d" in known:
            raise ValueError("'d' is the distance itself and cannot be a constant; choose another name")
        unknown = sorted(self.parsed.names - known - {"d"})
        if unknown:
            raise ValueError(
                f"the expression {self.expression!r} uses {unknown[0]!r}, which is neither 'd' (the distance in um) "
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
        """Give the value at each `distance`, um."""
        distance = xp.asarray(distance)
        value = self.parsed.evaluate({**coefficients, "d": distance}, xp=xp)
        return xp.broadcast_to(value, distance.shape)

    def __repr__(self) -> str:
        constants = "".join(f", {name}={value!r}" for name, value in self.constants)
        return f"along({self.metric!r}, {self.expression!r}{_ending(self)}{constants})"


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
        """Give the value at each `distance`, um."""
        return xp.interp(xp.asarray(distance), xp.asarray(self.distances), xp.asarray(self.values))

    def __repr__(self) -> str:
        return f"table({self.metric!r}, {self.distances!r}, {self.values!r}{_ending(self)})"


KINDS: dict[str, type[Profile]] = {kind.kind: kind for kind in (Linear, Exponential, Along, Table)}


def along(
    metric: str, expression: str | Callable[[Any], Any], origin: Location | None = None, **constants: float
) -> Along | Table:
    """Make a profile from an expression in `d`, the distance in um.

    **Arguments:**

    - `metric`: `"path_distance"`, measured along the tree.
    - `expression`: text in `d` and the names of `constants`; or a Python function of an array of distances, which
      is sampled at once, every 5 um up to 2000 um, and kept as a table.
    - `origin`: where the distance is 0; by default the middle of the root section.
    - `constants`: coefficients by name, which sliders and fits may move.

    **Raises:** `ValueError` for an expression that cannot be read or a name that was not given.

    **Warns:** `UserWarning` when a function was sampled.

    >>> profile = along("path_distance", "gmax * (1 - d / reach)", gmax=0.12, reach=1000)
    >>> profile.coefficients
    {'gmax': 0.12, 'reach': 1000.0}
    >>> profile.evaluate(profile.coefficients, [0.0, 500.0])
    array([0.12, 0.06])
    """
    if callable(expression):
        if constants:
            raise TypeError("a function takes no constants; write them into the function")
        return sampled(expression, np.linspace(0.0, _REACH, _SAMPLES), metric=metric, origin=origin)
    pairs = tuple((name, to_float(value, "1", name)) for name, value in constants.items())
    return Along(metric=metric, expression=expression, origin=origin, constants=pairs)


def linear(metric: str, intercept: float, slope: float, origin: Location | None = None) -> Linear:
    """Make the profile `intercept + slope * d`, `slope` being per um.

    >>> linear("path_distance", 1e-4, 2e-7)
    linear('path_distance', 0.0001, 2e-07)
    """
    return Linear(metric=metric, intercept=intercept, slope=slope, origin=origin)


def exponential(
    metric: str, base: float, amplitude: float, length: float, origin: Location | None = None
) -> Exponential:
    """Make the profile `base + amplitude * exp(-d / length)`: a decay over `length` um, growth where it is negative.

    >>> ih = exponential("path_distance", -0.8696e-4, 2.087e-4, -323)
    >>> [round(float(g), 6) for g in ih.evaluate(ih.coefficients, [0.0, 600.0])]
    [0.000122, 0.00125]
    """
    return Exponential(metric=metric, base=base, amplitude=amplitude, length=length, origin=origin)


def table(
    metric: str, distances: tuple[float, ...], values: tuple[float, ...], origin: Location | None = None
) -> Table:
    """Make a profile from values at distances (um): straight lines between, the end values beyond.

    >>> steps = table("path_distance", (0.0, 100.0), (1.0, 3.0))
    >>> float(steps.evaluate({}, 50.0))
    2.0
    """
    return Table(
        metric=metric,
        distances=tuple(to_float(d, "um", "distances") for d in distances),
        values=tuple(to_float(v, "1", "values") for v in values),
        origin=origin,
    )


def sampled(
    function: Callable[[Any], Any],
    distances: Any,
    *,
    metric: str = "path_distance",
    origin: Location | None = None,
) -> Table:
    """Call a Python function once at each of the `distances` (um), keep the answers as a table and tell the user."""
    grid = np.unique(np.asarray(distances, dtype=float))
    answers = [to_float(function(float(d)), "1", f"the function at d = {d:g} um") for d in grid]
    warnings.warn(
        f"a Python function cannot be part of a document: it was sampled at {len(grid)} distances from "
        f"{grid[0]:g} to {grid[-1]:g} um and is kept as a table, with straight lines between",
        stacklevel=3,
    )
    return Table(metric=metric, distances=tuple(grid.tolist()), values=tuple(answers), origin=origin)


def _ending(profile: Profile) -> str:
    return "" if profile.origin is None else f", origin={profile.origin!r}"
