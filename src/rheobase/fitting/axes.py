"""The principal axes of the error at a point: the directions along which it rises on its own.

To second order the error about a point is a quadratic form; with residuals `r` and their derivatives `J` that of Gauss
and Newton is `2 J'J`, whose eigenvectors are the singular directions of `J`. All directions are those of the unit cube,
in which every parameter goes from 0 at its lower bound to 1 at its upper, on its own scale.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.problem import Problem
from rheobase.fitting.space import Space

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Axes:
    """The principal axes of the error.

    **Fields:** the `space` and the `origin` in it; `eigenvalues`: the second derivative of the error along each axis,
    the steepest first, `(n,)`; `directions`: one a row, of length one in the unit cube, `(n, n)`, the largest entry of
    each above 0.
    """

    space: Space
    origin: Floats
    eigenvalues: Floats
    directions: Floats

    def __len__(self) -> int:
        return len(self.eigenvalues)

    def point(self, axis: int, amount: float) -> dict[str, float]:
        """The parameters by name, so far along an axis.

        **Arguments:** `axis`: from 0, the steepest; `amount`: how far in the unit cube, 0 for where it begins. A
        parameter that meets its bound stays there.

        **Raises:** IndexError for an axis that there is not.
        """
        return self._named(self.origin + amount * self._direction(axis))

    def span(self, axis: int) -> tuple[float, float]:
        """How far one can go along an axis, back and forth, until the first parameter meets its bound."""
        along = self._direction(axis)
        moving = np.abs(along) > 1e-12
        ends = np.array([-self.origin[moving], 1 - self.origin[moving]]) / along[moving]
        low, high = np.sort(ends, axis=0)
        return float(low.max()), float(high.min())

    def curve(self, axis: int, count: int = 21) -> list[dict[str, float]]:
        """The parameters at even places over the `span` of an axis."""
        return [self.point(axis, amount) for amount in np.linspace(*self.span(axis), count)]

    def to_dataframe(self) -> "pd.DataFrame":
        """One row an axis: its `eigenvalue`, and by name how much of each parameter's range it takes."""
        import pandas as pd

        frame = pd.DataFrame(self.directions, columns=list(self.space.names))
        frame.insert(0, "eigenvalue", self.eigenvalues)
        return frame.rename_axis("axis")

    def _direction(self, axis: int) -> Floats:
        if not 0 <= axis < len(self):
            raise IndexError(f"axis = {axis!r}: there are {len(self)}, from 0")
        return self.directions[axis]

    def _named(self, point: Floats) -> dict[str, float]:
        return {name: float(value) for name, value in self.space.values(np.clip(point, 0.0, 1.0)).items()}

    def __repr__(self) -> str:
        if not len(self):
            return "<Axes: no parameter is on>"
        return f"<Axes: {len(self)}, from {self.eigenvalues[0]:.3g} down to {self.eigenvalues[-1]:.3g}>"


def principal_axes(problem: Problem, point: Floats) -> Axes:
    """The principal axes at a point of the cube. **Raises:** SimulationError where the run blows up."""
    _, jacobian, _ = problem.linearised(point)
    _, singular, axes = np.linalg.svd(jacobian, full_matrices=len(jacobian) < len(point))
    singular = np.append(singular, np.zeros(len(point) - len(singular)))
    largest = np.argmax(np.abs(axes), axis=1)
    signs = np.sign(axes[np.arange(len(axes)), largest])
    return Axes(problem.space, np.array(point, float), 2 * singular**2, axes * signs[:, None])
