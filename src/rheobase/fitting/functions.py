"""The frozen value of a function that a fit holds against data, and what it is made from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from rheobase.documents import Value
from rheobase.expressions import Expression
from rheobase.fitting.shapes import SHAPES, Range, shape_named
from rheobase.fitting.trace import Trace
from rheobase.fitting.values import checked_positive, checked_regions, checked_weight
from rheobase.units import to_float

Floats = NDArray[np.float64]


class Function(Value):
    """A formula of `x` held against points, or one without, against a number.

    **Fields:** `name`; `formula`; `kind`, the closed form that it is, empty for one's own; `x` and `y`, the points; of
    a formula without `x` nothing and the one number; `values` of its own parameters, as long as they are not varied;
    `regions`, `(start, end, weight)` in `x`; `scale`, the difference that counts as one; `weight`; `on`; `x_title`.
    """

    name: str = Field(min_length=1, max_length=200)
    formula: Annotated[str, BeforeValidator(lambda text: Expression(text).text)]
    kind: str = ""
    x: tuple[float, ...] = ()
    y: tuple[float, ...]
    values: tuple[tuple[str, float], ...] = ()
    regions: Annotated[tuple[tuple[float, float, float], ...], BeforeValidator(checked_regions)] = ()
    scale: Annotated[float, BeforeValidator(checked_positive)] = 1.0
    weight: Annotated[float, BeforeValidator(checked_weight)] = 1.0
    on: bool = True
    x_title: str = "x"

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        if self.kind:
            shape_named(self.kind)
        known = Expression(self.formula).names
        if not self.x and (len(self.y) != 1 or "x" in known):
            raise ValueError(f"{self.name!r}: a formula of x needs its points, x and y")
        if self.x and len(self.x) != len(self.y):
            raise ValueError(f"{self.name!r}: {len(self.x)} x for {len(self.y)} y; give one y for each x")
        for name, _ in self.values:
            if name not in known:
                raise ValueError(f"{self.name!r}: its formula has no parameter {name!r}")

    @property
    def told(self) -> str:
        """What it is, in a word: its closed form, or its formula."""
        return self.kind or self.formula


def points_of(name: str, x: Any, y: Any) -> tuple[Floats, Floats, str]:
    """The points of a function, and what their `x` is called; of a Trace its times and values.

    **Raises:** ValueError, TypeError that names the point at fault.
    """
    if isinstance(x, Trace):
        if y is not None:
            raise TypeError(f"{name!r}: a Trace has its values; leave y out")
        return x.time, x.value, "Time (ms)"
    if y is None:
        raise TypeError(f"{name!r}: give y, one for each x, or a Trace in place of both")
    found = []
    for axis, given in (("x", x), ("y", y)):
        try:
            array = np.array(given, float)
        except (TypeError, ValueError):
            raise ValueError(f"{name!r}: {axis} holds something that is no number") from None
        if array.ndim != 1 or not len(array):
            raise ValueError(f"{name!r}: {axis} has shape {array.shape}; give one row of numbers")
        bad = np.flatnonzero(~np.isfinite(array))
        if len(bad):
            raise ValueError(f"{name!r}: {axis}[{bad[0]}] is {array[bad[0]]}; leave such points out")
        found.append(array)
    if len(found[0]) != len(found[1]):
        raise ValueError(f"{name!r}: {len(found[0])} x for {len(found[1])} y; give one y for each x")
    return found[0], found[1], "x"


def ranges_of(
    name: str,
    formula: str,
    shared: frozenset[str],
    points: tuple[Floats, Floats],
    bounds: Mapping[str, Any],
    start: Mapping[str, Any],
    *,
    needed: bool,
) -> dict[str, Range]:
    """Where each parameter of a function's own may lie: as told, or for a closed form as read off the points.

    **Arguments:** `formula`: or the name of a closed form; `shared`: names that are the fit's; `needed`: whether names
    of which nothing is known are refused, or left to the fit.

    **Raises:** ValueError for one of which nothing is known, KeyError for bounds or a start of none of them.
    """
    if formula in SHAPES:
        found = shape_named(formula).guess(*points)
    else:
        own = Expression(formula).names - shared - {"x"}
        unknown = Range(np.nan, np.nan, log=False, start=np.nan)
        found = {each: unknown for each in sorted(own) if needed or each in bounds or each in start}
    for given in (bounds, start):
        for each in given:
            if each not in found:
                raise KeyError(f"{name!r} has no parameter {each!r}; it has {', '.join(map(repr, found)) or 'none'}")
    made = {}
    for each, guessed in found.items():
        given_range = _with_bounds(name, each, guessed, bounds[each]) if each in bounds else guessed
        if needed and np.isnan(given_range.low):
            raise ValueError(
                f"{name!r}: {each!r} in its formula is no parameter of the fit; give its bounds, as "
                f"bounds={{{each!r}: (low, high)}}, or vary one of that name first"
            )
        if each in start:
            given_range = replace(given_range, start=to_float(start[each], "1", f"start of {each}"))
        made[each] = given_range
    return made


def _with_bounds(name: str, parameter: str, guessed: Range, given: Any) -> Range:
    try:
        low, high = (to_float(end, "1", f"bounds of {parameter}") for end in given)
    except (TypeError, ValueError):
        raise ValueError(f"{name!r}: bounds of {parameter!r} = {given!r}: give (low, high)") from None
    if not high > low:
        raise ValueError(f"{name!r}: bounds of {parameter!r}, {low:g} to {high:g}, are reversed or equal")
    start = (low + high) / 2 if np.isnan(guessed.start) else min(max(guessed.start, low), high)
    return Range(low, high, log=guessed.log and low > 0, start=start)
