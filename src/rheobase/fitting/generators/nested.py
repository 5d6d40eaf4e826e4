"""A fit within a fit: all that it holds against data, with its own cell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.generators.generator import Linear, Overlay, Part, never
from rheobase.fitting.space import Space
from rheobase.fitting.values import Vary
from rheobase.simulate import Results

if TYPE_CHECKING:
    from rheobase.fitting.problem import Problem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NestedPart:
    """A part of a fit within another."""

    label: str
    inner: Part
    outer_root: float

    @property
    def count(self) -> int:
        """See `Part`."""
        return self.inner.count

    @property
    def weights(self) -> Floats:
        """See `Part`."""
        return self.inner.weights

    @property
    def smooth(self) -> bool:
        """See `Part`."""
        return self.inner.smooth

    @property
    def root(self) -> float:
        """See `Part`."""
        return self.outer_root * self.inner.root

    @property
    def scaled(self) -> bool:
        """See `Part`."""
        return self.inner.scaled


class NestedGenerator:
    """One fit within another, ready. Its parameters are those of the outer fit of the same name."""

    def __init__(self, name: str, problem: "Problem", weight: float) -> None:
        self.name, self.problem, self.weight = name, problem, weight
        self._root = float(np.sqrt(weight))
        self.parts: tuple[NestedPart, ...] = tuple(
            NestedPart(f"{name}: {label}", part, self._root)
            for label, part in zip(problem.labels, problem.parts, strict=True)
        )

    @property
    def exact(self) -> bool:
        """See `Generator`."""
        return self.problem.exact

    def knows(self, target: str) -> bool:
        """See `Generator`: what the outer fit varies by itself is of its own model."""
        return False

    def present(self, target: str) -> float:
        """See `Generator`. **Raises:** KeyError."""
        raise KeyError(target)

    def varied(self) -> list[Vary]:
        """What moves in it, each with its start."""
        space = self.problem.space
        starts = space.values(space.start)
        return [
            each.replace(start=min(max(float(starts[each.name]), each.low), each.high)) for each in space.parameters
        ]

    def residuals(
        self, space: Space, points: Floats, notes: list[str], cancelled: Callable[[], bool] = never
    ) -> list[Floats]:
        """See `Generator`."""
        pieces, found = self.problem.residual_parts(self.inner(space, points), cancelled, notes)
        for k, note in enumerate(found):
            notes[k] = notes[k] or (f"{self.name}: {note}" if note else "")
        return [self._root * piece for piece in pieces]

    def linear(self, space: Space, point: Floats, cancelled: Callable[[], bool] = never) -> Linear:
        """See `Generator`."""
        chain = self._chain(space, point)
        pieces, rows, rough = [], [], []
        for generator in self.problem.generators:
            found = generator.linear(self.problem.space, self.inner(space, point), cancelled)
            pieces += [self._root * piece for piece in found.pieces]
            rows += [self._root * (each @ chain) for each in found.rows]
            rough += [f"{self.name}: {reason}" for reason in found.rough]
        return Linear(pieces, rows, rough)

    def gradient(self, space: Space, point: Floats) -> tuple[list[Floats], Floats]:
        """See `Generator`."""
        pieces: list[Floats] = []
        total = np.zeros(len(self.problem.space))
        for generator in self.problem.generators:
            found, slope = generator.gradient(self.problem.space, self.inner(space, point))
            pieces += [self._root * piece for piece in found]
            total = total + self._root**2 * slope
        return pieces, self._chain(space, point).T @ total

    def overlays(self, space: Space, point: Floats) -> Iterator[Overlay]:
        """See `Generator`."""
        for generator in self.problem.generators:
            for each in generator.overlays(self.problem.space, self.inner(space, point)):
                yield replace(each, label=f"{self.name}: {each.label}")

    def results(self, space: Space, point: Floats) -> dict[str, Results]:
        """See `Generator`: the names are those of the inner runs after its own."""
        found = self.problem.results(self.inner(space, point))
        return {f"{self.name}: {name}": results for name, results in found.items()}

    def model(self, space: Space, point: Floats) -> dict[str, float]:
        """The parameters of its own model at a point of the outer space."""
        return {name: float(x) for name, x in self.problem.space.model(self.inner(space, point)).items()}

    def inner(self, space: Space, points: Floats) -> Floats:
        """Where points of the outer space lie in its own; beyond its cube where the outer bounds are wider."""
        named = space.named(points)
        columns = []
        for each in self.problem.space.parameters:
            value = named[each.name]
            if each.log:
                with np.errstate(all="ignore"):  # where the outer bounds go below 0 the candidate is noted
                    columns.append(np.log(value / each.low) / np.log(each.high / each.low))
            else:
                columns.append((value - each.low) / (each.high - each.low))
        return np.stack(columns, axis=-1) if columns else np.empty((*np.shape(points)[:-1], 0))

    def _chain(self, space: Space, point: Floats) -> Floats:
        """How its own place follows the outer one, `(inner, outer)`."""
        own = self.problem.space
        outer, inner = space.stretch(point), own.stretch(self.inner(space, point))
        found = np.zeros((len(own), len(space)))
        for k, name in enumerate(own.names):
            if name in space.names:
                j = space.names.index(name)
                found[k, j] = outer[j] / inner[k]
        return found
