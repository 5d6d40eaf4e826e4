"""The space a fit moves in: every varied parameter from 0 to 1, and what the model's parameters are there."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.expressions import Expression
from rheobase.fitting.values import Tie, Vary

Floats = NDArray[np.float64]

_ROUNDING = 1e-12  # of a bound, that a value at the bound may lie beyond it after going to its logarithm and back


class Space:
    """The unit cube of the parameters that are on.

    **Arguments:** `varied`: what may move; `ties`; `present`: by name, where those begin that do not say it;
    `elsewhere`: what moves besides, of models of their own.

    **Fields:** `parameters`, in order; `names`; `held`, the values of those that are off, by name; `targets`, every
    parameter of the model that a point gives a value, ties included.
    """

    def __init__(
        self, varied: Iterable[Vary], ties: Iterable[Tie], present: Mapping[str, float], elsewhere: Iterable[Vary] = ()
    ) -> None:
        own = tuple(varied)
        every = (*own, *elsewhere)
        self.parameters: tuple[Vary, ...] = tuple(each for each in every if each.on)
        self.names = tuple(each.name for each in self.parameters)
        self.held = {each.name: _start(each, present) for each in every if not each.on}
        self.targets: dict[str, Expression | str] = {each.target: each.name for each in own}
        self.targets |= {tie.target: Expression(tie.expression) for tie in ties if tie.on}
        self._formulas = {target: rule for target, rule in self.targets.items() if not isinstance(rule, str)}
        self.start = np.array([_place(each, _start(each, present)) for each in self.parameters])

    def __len__(self) -> int:
        return len(self.parameters)

    def values(self, points: Any, xp: Any = np) -> dict[str, Any]:
        """The varied parameters by name at points `(..., n)`, each `(...)`."""
        points = xp.asarray(points)
        found = {}
        for k, each in enumerate(self.parameters):
            u = points[..., k]
            if each.log:
                found[each.name] = xp.exp(np.log(each.low) + u * (np.log(each.high) - np.log(each.low)))
            else:
                found[each.name] = each.low + u * (each.high - each.low)
        return found

    def named(self, points: Any, xp: Any = np) -> dict[str, Any]:
        """All parameters by name at points `(..., n)`, those that are off too."""
        points = xp.asarray(points)
        held = {name: xp.full(points.shape[:-1], value) for name, value in self.held.items()}
        return self.values(points, xp) | held

    def model(self, points: Any, xp: Any = np) -> dict[str, Any]:
        """The model's parameters by target at points `(..., n)`, each `(...)`."""
        points = xp.asarray(points)
        named = self.named(points, xp)
        return {
            target: named[rule]
            if isinstance(rule, str)
            else xp.broadcast_to(rule.evaluate(named, xp), points.shape[:-1])
            for target, rule in self.targets.items()
        }

    def slopes(self, point: Floats) -> dict[str, Floats]:
        """How each of the model's parameters moves along each direction of the cube, `(n,)`."""
        stretch = self.stretch(point)
        own = dict(zip(self.names, np.diag(stretch), strict=True))
        still = np.zeros(len(self))
        tied = self._tied(self.values(point) | self.held) if self._formulas else {}
        found = {}
        for target, rule in self.targets.items():
            if isinstance(rule, str):
                found[target] = own.get(rule, still)
            else:
                found[target] = np.array([float(tied[target].get(name, 0.0)) for name in self.names]) * stretch
        return found

    @cached_property
    def _tied(self) -> Callable[[Mapping[str, Any]], dict[str, dict[str, jax.Array]]]:
        """How the parameters that are tied follow the others, by target and name; compiled once."""

        def formulas(named: Mapping[str, Any]) -> dict[str, Any]:
            return {target: rule.evaluate(named, jnp) for target, rule in self._formulas.items()}

        return jax.jit(jax.jacfwd(formulas))

    def stretch(self, point: Floats) -> Floats:
        """How fast each varied parameter itself moves along its direction, `(n,)`."""
        values = self.values(point)
        return np.array(
            [
                float(values[each.name]) * np.log(each.high / each.low) if each.log else each.high - each.low
                for each in self.parameters
            ]
        )

    def moved(self, point: Floats, values: Mapping[str, float]) -> Floats:
        """A point with some parameters at given values. **Raises:** ValueError for one out of bounds."""
        found = np.array(point, float)
        for k, each in enumerate(self.parameters):
            if each.name in values:
                value = values[each.name]
                slack = _ROUNDING * max(abs(each.low), abs(each.high))
                if not each.low - slack <= value <= each.high + slack:
                    raise ValueError(
                        f"{each.name} = {value:g}: must lie within its bounds, from {each.low:g} to {each.high:g}"
                    )
                found[k] = _place(each, value)
        return found

    def priors(self, points: Floats) -> Floats:
        """The residuals of what is known beforehand, `(..., priors)`."""
        values = self.values(points)
        columns = [
            (np.log(values[each.name] / each.prior.mean) / np.log(each.prior.sd))
            if each.log
            else (values[each.name] - each.prior.mean) / each.prior.sd
            for each in self.parameters
            if each.prior is not None
        ]
        return np.stack(columns, axis=-1) if columns else np.empty((*np.shape(points)[:-1], 0))

    def prior_slopes(self, point: Floats) -> Floats:
        """The derivatives of `priors` along each direction, `(priors, n)`."""
        stretch, values = self.stretch(point), self.values(point)
        rows = []
        for k, each in enumerate(self.parameters):
            if each.prior is not None:
                row = np.zeros(len(self))
                unit = float(values[each.name]) * np.log(each.prior.sd) if each.log else each.prior.sd
                row[k] = stretch[k] / unit
                rows.append(row)
        return np.array(rows).reshape(len(rows), len(self))


def _start(each: Vary, present: Mapping[str, float]) -> float:
    if each.start is not None:
        return each.start
    return present.get(each.name, float(np.sqrt(each.low * each.high)) if each.log else (each.low + each.high) / 2)


def _place(each: Vary, value: float) -> float:
    """Where between its bounds a value is, from 0 to 1."""
    value = min(max(value, each.low), each.high)
    if each.log:
        return float(np.clip(np.log(value / each.low) / np.log(each.high / each.low), 0.0, 1.0))
    return float(np.clip((value - each.low) / (each.high - each.low), 0.0, 1.0))
