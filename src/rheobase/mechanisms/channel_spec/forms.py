"""The standard forms of a rate, a steady state or a time constant as functions of voltage."""

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, field_validator, model_validator

from rheobase.expressions import FUNCTIONS, Expression
from rheobase.mechanisms.channel_spec.part import NAME, Part, Slope, Voltage, number

MOST_POINTS = 1000
Coefficients: TypeAlias = Mapping[str, Any]


class Form(Part):
    """A function of voltage (mV), in the unit of what it stands for: 1/ms for rates, ms for time constants.

    `coefficients` are the numbers that a slider may move; everything else makes another program.
    """

    units: ClassVar[Mapping[str, str]] = {}

    @property
    def coefficients(self) -> dict[str, float]:
        """The numbers of the formula, by name."""
        return {name: getattr(self, name) for name in self.units}

    @property
    def structure(self) -> tuple[Any, ...]:
        """What is no coefficient: two forms of equal structure differ in numbers alone."""
        return (type(self).__name__,)

    def with_coefficients(self, **numbers: float) -> "Form":
        """A copy with some coefficients changed."""
        return self.replace(**numbers)

    def evaluate(self, v: Any, c: Coefficients, celsius: Any, xp: Any = np) -> Any:
        """The values at voltages `v`, with coefficients from `c`, in the array library `xp`."""
        raise NotImplementedError

    def __call__(self, v: Any, celsius: float = 6.3) -> Any:
        """The values at voltages `v` in mV."""
        return self.evaluate(np.asarray(v, float), self.coefficients, celsius)


class Constant(Form):
    """The same at every voltage: `A`."""

    units: ClassVar[Mapping[str, str]] = {"A": ""}
    A: Annotated[float, number("1")]
    form: Literal["constant"] = Field("constant", repr=False)

    def evaluate(self, v: Any, c: Coefficients, celsius: Any, xp: Any = np) -> Any:
        """See `Form`."""
        return c["A"] + 0 * v


class Exponential(Form):
    """`A exp(k (v - d))`.

    >>> Exponential(4, -1 / 18, -65)(-65.0)
    np.float64(4.0)
    """

    units: ClassVar[Mapping[str, str]] = {"A": "", "k": "1/mV", "d": "mV"}
    A: Annotated[float, number("1")]
    k: Slope
    d: Voltage
    form: Literal["exponential"] = Field("exponential", repr=False)

    def evaluate(self, v: Any, c: Coefficients, celsius: Any, xp: Any = np) -> Any:
        """See `Form`."""
        return c["A"] * xp.exp(c["k"] * (v - c["d"]))


class Linoid(Form):
    """`A x / (1 - exp(-x))` with `x = k (v - d)`, continuous through `v = d`, where it is `A`.

    >>> float(Linoid(1, 0.1, -40)(-40.0))
    1.0
    """

    units: ClassVar[Mapping[str, str]] = {"A": "", "k": "1/mV", "d": "mV"}
    A: Annotated[float, number("1")]
    k: Slope
    d: Voltage
    form: Literal["linoid"] = Field("linoid", repr=False)

    def evaluate(self, v: Any, c: Coefficients, celsius: Any, xp: Any = np) -> Any:
        """See `Form`."""
        x = c["k"] * (v - c["d"])
        small = xp.abs(x) < 1e-5
        safe = xp.where(small, 1.0, x)
        return c["A"] * xp.where(small, 1 + 0.5 * x, safe / (1 - xp.exp(-safe)))


class Sigmoid(Form):
    """`A / (1 + exp(k (d - v)))`: half of `A` at `v = d`, rising where `k` is positive.

    >>> float(Sigmoid(1, 0.1, -35)(-35.0))
    0.5
    """

    units: ClassVar[Mapping[str, str]] = {"A": "", "k": "1/mV", "d": "mV"}
    A: Annotated[float, number("1")]
    k: Slope
    d: Voltage
    form: Literal["sigmoid"] = Field("sigmoid", repr=False)

    def evaluate(self, v: Any, c: Coefficients, celsius: Any, xp: Any = np) -> Any:
        """See `Form`."""
        return c["A"] / (1 + xp.exp(c["k"] * (c["d"] - v)))


def _constants(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple((name, number_) for name, number_ in value.items())
    return value


class Formula(Form):
    """A formula of `v` (mV), `celsius` (degC) and named constants, in the safe language of `rheobase.expressions`.

    Its constants are its coefficients.

    >>> Formula("a / (1 + exp(-(v - half) / 9))", {"a": 2.0, "half": -30.0})(-30.0)
    np.float64(1.0)
    """

    text: str
    constants: Annotated[tuple[tuple[str, float], ...], BeforeValidator(_constants)] = ()
    form: Literal["formula"] = Field("formula", repr=False)

    @model_validator(mode="after")
    def _is_complete(self) -> "Formula":
        given = [name for name, _ in self.constants]
        for name in given:
            if NAME.fullmatch(name) is None or name in FUNCTIONS or name in ("v", "celsius"):
                raise ValueError(f"{name[:60]!r} cannot name a constant of a formula: choose another name")
        if len(set(given)) < len(given):
            raise ValueError(f"the formula {self.text!r} was given a constant twice")
        unknown = sorted(self.expression.names - {"v", "celsius", *given})
        if unknown:
            raise ValueError(
                f"the formula {self.text!r} names {unknown[0]!r}: it may use v, celsius and constants; give the "
                f"constant its value, as in Formula({self.text!r}, {{{unknown[0]!r}: 1.0}})"
            )
        return self

    @cached_property
    def expression(self) -> Expression:
        """The formula as parsed."""
        return Expression(self.text)

    @property
    def coefficients(self) -> dict[str, float]:
        """The constants, by name."""
        return dict(self.constants)

    @property
    def structure(self) -> tuple[Any, ...]:
        """The text and the constants' names."""
        return ("Formula", self.text, tuple(self.coefficients))

    def with_coefficients(self, **numbers: float) -> "Formula":
        """A copy with some constants changed."""
        return self.replace(constants=self.coefficients | numbers)

    def evaluate(self, v: Any, c: Coefficients, celsius: Any, xp: Any = np) -> Any:
        """See `Form`."""
        return self.expression.evaluate({**c, "v": v, "celsius": celsius}, xp) + 0 * v


def _numbers(value: Any) -> Any:
    array = np.asarray(value)
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        raise ValueError(f"the points of a table must be rows of numbers, not {str(value)[:60]!r}")
    return tuple(array.astype(float).tolist())


Numbers = Annotated[tuple[float, ...], BeforeValidator(_numbers)]


class Table(Form):
    """Points joined by straight lines, constant beyond the first and the last.

    **Arguments:** `v`: mV, increasing; `y`: as many values. The points are part of the program: changing one
    compiles again.

    >>> float(Table([-80, 0], [0.0, 1.0])(-40.0))
    0.5
    """

    v: Numbers
    y: Numbers
    form: Literal["table"] = Field("table", repr=False)

    @field_validator("v")
    @classmethod
    def _increases(cls, v: tuple[float, ...]) -> tuple[float, ...]:
        if not 2 <= len(v) <= MOST_POINTS:
            raise ValueError(f"a table has from 2 to {MOST_POINTS} points, not {len(v)}")
        if any(b <= a for a, b in pairwise(v)):
            raise ValueError("the voltages of a table must increase from point to point")
        return v

    @model_validator(mode="after")
    def _has_a_value_a_voltage(self) -> "Table":
        if len(self.v) != len(self.y):
            raise ValueError(f"a table needs as many values as voltages; {len(self.y)} for {len(self.v)} were given")
        return self

    @property
    def structure(self) -> tuple[Any, ...]:
        """The points."""
        return ("Table", self.v, self.y)

    def evaluate(self, v: Any, c: Coefficients, celsius: Any, xp: Any = np) -> Any:
        """See `Form`."""
        x, y = xp.asarray(self.v), xp.asarray(self.y)
        return xp.interp(v, x, y)


AnyForm: TypeAlias = Annotated[Constant | Exponential | Linoid | Sigmoid | Formula | Table, Field(discriminator="form")]
FORMS: Mapping[str, type[Form]] = {
    "constant": Constant,
    "exponential": Exponential,
    "linoid": Linoid,
    "sigmoid": Sigmoid,
    "formula": Formula,
    "table": Table,
}
