"""What a generator is: some residuals that follow from a point of the fit's space."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.space import Space
from rheobase.simulate import Results

Floats = NDArray[np.float64]


class Part(Protocol):
    """One thing of a generator that is held against data."""

    @property
    def label(self) -> str:
        """What it is called."""
        ...

    @property
    def count(self) -> int:
        """How many residuals it has."""
        ...

    @property
    def weights(self) -> Floats:
        """Of the squares of its residuals; they sum to one."""
        ...

    @property
    def smooth(self) -> bool:
        """Whether its residuals have derivatives."""
        ...

    @property
    def root(self) -> float:
        """The root of its weight in the total."""
        ...

    @property
    def scaled(self) -> bool:
        """Whether its residuals are in units of their own standard deviation."""
        ...


@dataclass(frozen=True)
class Linear:
    """Residuals at a point with their derivatives.

    **Fields:** `pieces`: those of each part, `(count,)`; `rows`: their derivatives along each direction of the cube,
    `(count, n)`; `rough`: why these say little here, in words, one for each part of which that is so.
    """

    pieces: list[Floats]
    rows: list[Floats]
    rough: list[str]


@dataclass(frozen=True)
class Overlay:
    """Data and what the model gives in its place, to be drawn one over the other.

    **Fields:** the part's `label`; `x_title`; the `unit` of the values; `data` and `model`, each `(2, points)`;
    `regions`, `(start, end, weight)`, that count.
    """

    label: str
    x_title: str
    unit: str
    data: Floats
    model: Floats
    regions: tuple[tuple[float, float, float], ...] = field(default=())


class Generator(Protocol):
    """One run, function or fit, ready to be computed. Residuals are multiplied by the roots of all weights."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def parts(self) -> Sequence[Part]:
        """What of it is held against data."""
        ...

    @property
    def exact(self) -> bool:
        """Whether derivatives can be carried along."""
        ...

    def knows(self, target: str) -> bool:
        """Whether a parameter of the model means something here."""
        ...

    def present(self, target: str) -> float:
        """The value that a parameter has before it is varied; NaN where there is none. **Raises:** KeyError."""
        ...

    def residuals(self, space: Space, points: Floats, notes: list[str], cancelled: Callable[[], bool]) -> list[Floats]:
        """The residuals of each part at points `(candidates, n)`, NaN for those that go wrong, and are noted."""
        ...

    def linear(self, space: Space, point: Floats, cancelled: Callable[[], bool]) -> Linear:
        """The residuals at a point, and their derivatives. **Raises:** SimulationError where a run blows up."""
        ...

    def gradient(self, space: Space, point: Floats) -> tuple[list[Floats], Floats]:
        """The residuals of each part, and the derivative of their squares' sum, `(n,)`, in reverse mode.

        **Raises:** SimulationError where a run blows up; ValueError where there is no such mode.
        """
        ...

    def overlays(self, space: Space, point: Floats) -> Iterator[Overlay]:
        """Data and model at a point, for each part that is a curve. **Raises:** SimulationError."""
        ...

    def results(self, space: Space, point: Floats) -> dict[str, Results]:
        """The runs at a point, by name. **Raises:** SimulationError."""
        ...


def central(residuals: Callable[[Floats], list[Floats]], point: Floats, step: float) -> list[Floats]:
    """Central differences of residuals along each direction of the cube, `(count, n)` of each part.

    **Arguments:** `residuals`: of points, `(candidates, n)`; `step`: how far the points lie to either side.
    """
    n = len(point)
    beside = points_beside(point, step)
    apart = (beside[::2] - beside[1::2])[np.arange(n), np.arange(n)]
    return [((rows[::2] - rows[1::2]) / apart[:, None]).T for rows in residuals(beside)]


def points_beside(point: Floats, step: float) -> Floats:
    """Points a little up and down along each direction in turn, within the cube."""
    n = len(point)
    beside = np.repeat(point[None], 2 * n, axis=0)
    k = np.arange(n)
    beside[2 * k, k], beside[2 * k + 1, k] = np.minimum(1.0, point + step), np.maximum(0.0, point - step)
    return beside


def never() -> bool:
    """Never stop."""
    return False
