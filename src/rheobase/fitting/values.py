"""The frozen values that a fit is made of: what is varied, what is tied, and runs with what they are held against."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from rheobase.documents import Value
from rheobase.expressions import Expression
from rheobase.fitting.trace import Trace
from rheobase.model import Protocol, Recordable
from rheobase.units import to_float

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def _pure(value: Any, info: Any) -> float:
    return to_float(value, "1", str(info.field_name))


def checked_positive(value: Any, info: Any) -> float:
    """A field above 0. **Raises:** ValueError."""
    number = to_float(value, "1", str(info.field_name))
    if number <= 0:
        raise ValueError(f"{info.field_name} = {value!r}: must be greater than 0")
    return number


def checked_weight(value: Any, info: Any) -> float:
    """A field that is not negative. **Raises:** ValueError."""
    number = to_float(value, "1", str(info.field_name))
    if number < 0:
        raise ValueError(f"{info.field_name} = {value!r}: must not be negative; 0 leaves it out")
    return number


def checked_regions(value: Any) -> tuple[tuple[float, float, float], ...]:
    """What counts, as starts, ends and weights. **Raises:** ValueError that names the region at fault."""
    found = []
    for k, region in enumerate(value):
        try:
            start, end, *rest = region
            weight = to_float(rest[0] if rest else 1.0, "1", f"the weight of regions[{k}]")
        except (TypeError, ValueError):
            raise ValueError(f"regions[{k}] = {region!r}: give (start, end, weight), such as (5, 30, 1.0)") from None
        first, last = to_float(start, "ms", f"regions[{k}]"), to_float(end, "ms", f"regions[{k}]")
        if not last > first:
            raise ValueError(f"regions[{k}] = ({first:g}, {last:g}) ms: the end must come after the start")
        if weight < 0:
            raise ValueError(f"regions[{k}]: weight = {weight:g}: must not be negative")
        found.append((first, last, weight))
    if found and not any(weight > 0 for _, _, weight in found):
        raise ValueError("regions: none has a weight above 0")
    return tuple(found)


class Prior(Value):
    """What is known of a parameter beforehand: a normal distribution, of the logarithm where the scale is one.

    **Fields:** `mean`, in the parameter's unit; `sd`, in that unit, or on a logarithmic scale as a factor above 1.
    """

    mean: Annotated[float, BeforeValidator(_pure)]
    sd: Annotated[float, BeforeValidator(checked_positive)]


class Vary(Value):
    """A parameter that a fit may change.

    **Fields:** `name`, by which the fit calls it; `target`, the model's parameter; `low` and `high`, its bounds; `log`,
    whether it moves on a logarithmic scale; `on`; `start`, from where, None for the model's own value; `prior`.
    """

    name: str
    target: str
    low: Annotated[float, BeforeValidator(_pure)]
    high: Annotated[float, BeforeValidator(_pure)]
    log: bool = False
    on: bool = True
    start: Annotated[float, BeforeValidator(_pure)] | None = None
    prior: Prior | None = None

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        if not self.high > self.low:
            raise ValueError(
                f"{self.name}: the bounds {self.low:g} to {self.high:g} are reversed or equal; give the lower first"
            )
        if self.log and self.low <= 0:
            raise ValueError(
                f"{self.name}: a logarithmic scale begins above 0, and the lower bound is {self.low:g}; raise it, or "
                "give log=False"
            )
        if self.start is not None and not self.low <= self.start <= self.high:
            raise ValueError(
                f"{self.name} = {self.start:g}: must lie within its bounds, from {self.low:g} to {self.high:g}"
            )
        if self.prior is not None and self.log and not (self.prior.mean > 0 and self.prior.sd > 1):
            raise ValueError(
                f"{self.name}: on a logarithmic scale a prior has a mean above 0 and an sd that is a factor above 1"
            )


class Tie(Value):
    """A parameter that follows others.

    **Fields:** `target`, the model's parameter; `expression`, a formula of the names of varied parameters.
    """

    target: str
    expression: Annotated[str, BeforeValidator(lambda text: Expression(text).text)]
    on: bool = True


class Match(Value):
    """What a run gives, held against what it should.

    **Fields:** `recordable`; the `method`, such as `"trace"`; the `target`, a `Trace`, or times of spikes, or features
    as `(name, mean, sd)`; `regions`, `(start, end, weight)` in ms, all where there are none; `weight` in the total;
    `scale`, the difference that counts as one; `options` of the method by name; `on`.
    """

    recordable: Recordable
    method: str
    target: Trace | tuple[float, ...] | tuple[tuple[str, float, float], ...]
    regions: Annotated[tuple[tuple[float, float, float], ...], BeforeValidator(checked_regions)] = ()
    weight: Annotated[float, BeforeValidator(checked_weight)] = 1.0
    scale: Annotated[float, BeforeValidator(checked_positive)] = 1.0
    options: tuple[tuple[str, float], ...] = ()
    on: bool = True

    def option(self, name: str, default: float) -> float:
        """An option of the method."""
        return dict(self.options).get(name, default)

    @property
    def label(self) -> str:
        """What it is called: `soma(0.5).v by trace`."""
        return f"{self.recordable.label} by {self.method}"


class Run(Value):
    """A protocol, and what of it is held against data.

    **Fields:** `name`; `protocol`; `settings`, parameters that have other values in this run, by name; `matches`;
    `weight` in the total; `on`.
    """

    name: str = Field(min_length=1, max_length=200)
    protocol: Protocol
    settings: tuple[tuple[str, float], ...] = ()
    matches: tuple[Match, ...] = ()
    weight: Annotated[float, BeforeValidator(checked_weight)] = 1.0
    on: bool = True

    @property
    def used(self) -> tuple[Match, ...]:
        """The matches that count."""
        return tuple(match for match in self.matches if match.on and match.weight > 0)


class Nested(Value):
    """A fit whose error another adds to its own.

    **Fields:** `name`; `fit`: all of it, as the JSON text that its file would hold; `weight` of its error; `on`.
    """

    name: str = Field(min_length=1, max_length=200)
    fit: str
    weight: Annotated[float, BeforeValidator(checked_weight)] = 1.0
    on: bool = True


def checked_word(name: str) -> str:
    """A name that a formula can use. **Raises:** ValueError."""
    if _WORD.fullmatch(str(name)) is None:
        raise ValueError(
            f"name = {name!r}: use letters, digits and underscores, such as 'gna', so that ties can use it"
        )
    return name


def checked_target(target: Any, method: str) -> Any:
    """What a run is held against, frozen. **Raises:** TypeError, ValueError."""
    if isinstance(target, Trace):
        return target
    if isinstance(target, Mapping):
        rows = []
        for name, wanted in target.items():
            try:
                mean, sd = (to_float(x, "1", str(name)) for x in wanted)
            except (TypeError, ValueError):
                raise ValueError(
                    f"feature {name!r}: give its mean and sd, such as (12.5, 1.0), not {wanted!r}"
                ) from None
            if sd <= 0:
                raise ValueError(f"feature {name!r}: sd = {sd:g}: must be greater than 0")
            rows.append((str(name), mean, sd))
        if not rows:
            raise ValueError("features: give at least one, such as {'spike_count': (5, 0.5)}")
        return tuple(rows)
    try:
        times = np.asarray(target, float)
    except (TypeError, ValueError):
        raise TypeError(
            f"{target!r} cannot be a target: give a Trace, a list of spike times, or a dictionary of features"
        ) from None
    if method != "spike_times":
        raise TypeError(f"method {method!r} needs a Trace as its target, not {type(target).__name__}")
    if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise ValueError("spike times: give finite times in ms, each later than the one before")
    return tuple(times.tolist())
