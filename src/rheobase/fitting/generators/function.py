"""A formula held against data, or against a number: it needs no run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.expressions import Expression
from rheobase.fitting.functions import Function
from rheobase.fitting.generators.generator import Linear, Overlay, never
from rheobase.fitting.space import Space
from rheobase.model.names import UnknownName
from rheobase.simulate import Results, SimulationError

Floats = NDArray[np.float64]

_DRAWN = 200  # points of a curve


@dataclass(frozen=True)
class FunctionPart:
    """What of a function is held against data."""

    label: str
    count: int
    weights: Floats
    root: float
    scaled: bool
    smooth: bool = True


class FunctionGenerator:
    """One function, ready.

    **Raises:** KeyError for a name in its formula that the fit knows nothing of; ValueError for a region without
    points.
    """

    exact = True

    def __init__(self, function: Function, names: frozenset[str]) -> None:
        self.function, self.name = function, function.name
        self._formula = Expression(function.formula)
        self._own = dict(function.values)
        for name in sorted(self._formula.names - self._own.keys() - {"x"}):
            if name not in names:
                raise UnknownName(f"parameter of the fit, in the formula of {function.name!r}, called", name, names)
        x, y = np.array(function.x), np.array(function.y)
        weights = _weights(function, x)
        used = weights > 0
        self._x = x[used] if len(x) else np.zeros(1)
        self._y = y[used] if len(x) else y
        weights = weights[used] / weights[used].sum()
        self._factor = np.sqrt(function.weight * weights) / function.scale
        root, scaled = float(np.sqrt(function.weight)), len(self._y) == 1
        self.parts = (FunctionPart(f"{function.name}: {function.told}", len(self._y), weights, root, scaled),)

    def knows(self, target: str) -> bool:
        """See `Generator`."""
        owner, _, name = target.rpartition(".")
        return owner == self.name and name in self._own

    def present(self, target: str) -> float:
        """See `Generator`. **Raises:** KeyError for what is none of its own."""
        if not self.knows(target):
            raise KeyError(target)
        return self._own[target.rpartition(".")[2]]

    def residuals(
        self, space: Space, points: Floats, notes: list[str], cancelled: Callable[[], bool] = never
    ) -> list[Floats]:
        """See `Generator`."""
        values = {name: np.asarray(column)[..., None] for name, column in self._values(space, points).items()}
        found = self._formula.evaluate({**values, "x": self._x})
        rows = (np.broadcast_to(found, (len(points), len(self._y))) - self._y) * self._factor
        for k in np.flatnonzero(~np.isfinite(rows).all(1)):
            notes[k] = notes[k] or f"{self.name}: the formula has no finite value"
        return [rows]

    def linear(self, space: Space, point: Floats, cancelled: Callable[[], bool] = never) -> Linear:
        """See `Generator`."""
        notes = [""]
        (rows,) = self.residuals(space, point[None], notes)
        if notes[0]:
            raise SimulationError(notes[0], 0.0, "")
        values = self._values(space, point)
        named = {name: jnp.asarray(float(x)) for name, x in values.items()}
        slopes = _slopes(self._formula)(named, jnp.asarray(self._x)) if named else {}
        along, stretch = space.slopes(point), space.stretch(point)
        moved = np.zeros((len(self._y), len(space)))
        for name, slope in slopes.items():
            target = f"{self.name}.{name}"
            if target in along and name in self._own:
                direction = along[target]
            elif name in space.names:
                direction = stretch * (np.array(space.names) == name)
            else:
                continue
            moved += np.broadcast_to(np.asarray(slope), len(self._y))[:, None] * direction
        return Linear([rows[0]], [moved * self._factor[:, None]], [])

    def gradient(self, space: Space, point: Floats) -> tuple[list[Floats], Floats]:
        """See `Generator`."""
        found = self.linear(space, point)
        return found.pieces, 2 * found.rows[0].T @ found.pieces[0]

    def overlays(self, space: Space, point: Floats) -> Iterator[Overlay]:
        """See `Generator`."""
        function = self.function
        if not function.x:
            return
        x = np.linspace(min(function.x), max(function.x), _DRAWN)
        values = {name: float(value) for name, value in self._values(space, point).items()}
        y = np.broadcast_to(self._formula.evaluate({**values, "x": x}), x.shape)
        data = np.stack([function.x, function.y])
        yield Overlay(self.parts[0].label, function.x_title, "", data, np.stack([x, y]), function.regions)

    def results(self, space: Space, point: Floats) -> dict[str, Results]:
        """See `Generator`: it has no runs."""
        return {}

    def _values(self, space: Space, points: Floats) -> dict[str, Any]:
        named = space.named(points)
        model = space.model(points)
        found = {}
        for name in self._formula.names - {"x"}:
            if name in self._own:
                found[name] = model.get(f"{self.name}.{name}", np.full(points.shape[:-1], self._own[name]))
            else:
                found[name] = named[name]
        return found


@lru_cache(maxsize=256)
def _slopes(formula: Expression) -> Callable[..., dict[str, jax.Array]]:
    """How a formula follows each of its names, at some `x`; compiled once."""

    def value(named: dict[str, Any], x: Any) -> Any:
        return formula.evaluate({**named, "x": x}, jnp)

    return jax.jit(jax.jacfwd(value))


def _weights(function: Function, x: Floats) -> Floats:
    if not len(x):
        return np.ones(1)
    if not function.regions:
        return np.ones(len(x))
    weights = np.zeros(len(x))
    for first, last, weight in function.regions:
        inside = (x >= first) & (x <= last)
        if not inside.any():
            raise ValueError(
                f"function {function.name!r}: the region from {first:g} to {last:g} holds none of its points, which "
                f"span {x.min():g} to {x.max():g}"
            )
        weights[inside] += weight
    return weights
