"""How sure fitted parameters are, by the derivatives of all residuals at the best point.

With residuals `r` and derivatives `J` the covariance is `(J'J)^-1 (J' V J) (J'J)^-1` (Seber & Wild 1989, Nonlinear
Regression, ch. 2; White 1980, Econometrica 48:817). `V` is diagonal; within a match it is the weight of each residual
times the match's mean square, with `n` degrees of freedom taken off all matches alike; what is measured in units of its
own standard deviation, as features are and formulas against a number, has that one. Where one match has equal weights
this is the usual `s^2 (J'J)^-1`. Samples count as independent: noise that is correlated over time needs coarser ones.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.problem import Problem
from rheobase.fitting.space import Space
from rheobase.fitting.values import Vary

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_FLAT = 1e-9  # of the largest singular value: below it a direction changes nothing that can be told from rounding
_ROUNDING = 1e-3  # of a flat direction: a parameter with less of it is in it by rounding alone
_ANYWHERE = 1e6  # squares of the range between the bounds: the variance along a flat direction
_WIDE = 0.5  # of the range between the bounds: a standard error beyond it says that the data told nothing


@dataclass(frozen=True, eq=False, repr=False)
class Uncertainty:
    """How sure the parameters are.

    What the data cannot determine is named by `undetermined`, and has an infinite standard error and interval.

    **Fields:** the `space` and the `point` in it; `cube`: the covariance along the directions of the cube, `(n, n)`;
    `singular`: the singular values of the derivatives, largest first, and their `axes`, one a row: along the last the
    error changes least; `freedom`: residuals of data less parameters.
    """

    space: Space
    point: Floats
    cube: Floats
    singular: Floats
    axes: Floats
    freedom: int

    @cached_property
    def covariance(self) -> "pd.DataFrame":
        """The covariance, in the parameters' units.

        Of an undetermined parameter the variance is infinite, and the covariance with any other NaN: it has no value.
        """
        stretch = self.space.stretch(self.point)
        found = self.cube * np.outer(stretch, stretch)
        bad = self._undetermined
        found[bad | bad[:, None]] = np.nan
        found[bad, bad] = np.inf
        return self._framed(found)

    @cached_property
    def correlation(self) -> "pd.DataFrame":
        """The correlation; of undetermined parameters what it tends to, 1 or -1 where one makes up for the other."""
        sd = np.sqrt(np.diag(self.cube))
        outer = np.outer(sd, sd)
        found = np.divide(self.cube, outer, out=np.eye(len(sd)), where=np.isfinite(outer) & (outer > 0))
        return self._framed(found)

    @cached_property
    def standard_errors(self) -> dict[str, float]:
        """The standard error of each parameter, in its unit; infinite where the data cannot determine it."""
        return dict(zip(self.space.names, np.sqrt(np.diag(self.covariance.to_numpy())).tolist(), strict=True))

    @cached_property
    def undetermined(self) -> tuple[str, ...]:
        """The parameters that the data cannot determine: their error spans the bounds, or others make up for it."""
        return tuple(name for name, bad in zip(self.space.names, self._undetermined, strict=True) if bad)

    @cached_property
    def _undetermined(self) -> NDArray[np.bool_]:
        return ~(np.sqrt(np.diag(self.cube)) < _WIDE)

    @property
    def combinations(self) -> list[str]:
        """What of the undetermined parameters stays open, in words: the directions along which the error is flat."""
        names, told = self.space.names, []
        sd = np.sqrt(np.maximum(np.einsum("kn,nm,km->k", self.axes, self.cube, self.axes), 0.0))
        for k in np.flatnonzero((self.singular <= _FLAT * self.singular[0]) | ~(sd < _WIDE)):
            axis = self.axes[k] * np.sign(self.axes[k][np.argmax(np.abs(self.axes[k]))])
            large = [j for j in np.argsort(-np.abs(axis)) if abs(axis[j]) > 0.1]
            told.append(", ".join(f"{names[j]} {'up' if axis[j] > 0 else 'down'}" for j in large))
        return told

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """The interval of each parameter, by Student's t; of one on a logarithmic scale even on that scale.

        Of an undetermined one it is everything, from 0 to infinity on a logarithmic scale.

        **Raises:** ValueError for a level not between 0 and 1.
        """
        from scipy.stats import t as student

        if not 0 < level < 1:
            raise ValueError(f"level = {level!r}: give a probability between 0 and 1, such as 0.95")
        sd = np.where(self._undetermined, np.inf, np.sqrt(np.diag(self.cube)))
        reach = student.ppf(0.5 + level / 2, max(1, self.freedom)) * sd
        found = {}
        for k, each in enumerate(self.space.parameters):
            ends = [_value(each, self.point[k] + sign * reach[k]) for sign in (-1, 1)]
            found[each.name] = (ends[0], ends[1])
        return found

    def _framed(self, matrix: Floats) -> "pd.DataFrame":
        import pandas as pd

        return pd.DataFrame(matrix, index=list(self.space.names), columns=list(self.space.names))

    def __repr__(self) -> str:
        told = [
            f"{name} undetermined" if np.isinf(error) else f"{name} ± {error:.3g}"
            for name, error in self.standard_errors.items()
        ]
        return f"<Uncertainty: {', '.join(told)}>"


def uncertainty(problem: Problem, point: Floats) -> Uncertainty:
    """Tell how sure parameters are at the point of the least error.

    **Raises:** SimulationError where the run blows up.
    """
    residuals, jacobian, _ = problem.linearised(point)
    count, n = sum(each.count for each in problem.parts), jacobian.shape[1]
    freedom = count - n
    variance = np.ones(count)
    first = 0
    for each in problem.parts:
        part = slice(first, first + each.count)
        first += each.count
        square = each.root**2 if each.scaled else float((residuals[part] ** 2).sum()) * count / max(1, freedom)
        variance[part] = each.weights * square
    data, known = jacobian[:count], jacobian[count:]
    singular, axes = _decomposed(data)
    keep = singular > _FLAT * max(float(singular[0]), 1e-300)
    inverse = (axes[keep].T / singular[keep] ** 2) @ axes[keep]
    cube = inverse @ (data.T * variance) @ data @ inverse
    # Along a flat direction anything goes.
    flat = np.where(np.abs(axes[~keep]) > _ROUNDING, axes[~keep], 0.0)
    cube = cube + _ANYWHERE * flat.T @ flat
    if len(known):
        # What is known beforehand adds to what the data say, whatever it counts in the error (Kalman's gain).
        gain = np.linalg.solve(np.eye(len(known)) + known @ cube @ known.T, known @ cube).T
        cube = cube - gain @ known @ cube
        singular, axes = _decomposed(jacobian)
    return Uncertainty(problem.space, point, (cube + cube.T) / 2, singular, axes, freedom)


def _decomposed(jacobian: Floats) -> tuple[Floats, Floats]:
    """The singular values, as many as there are parameters, and their axes, one a row."""
    _, singular, axes = np.linalg.svd(jacobian, full_matrices=True)
    return np.append(singular, np.zeros(jacobian.shape[1] - len(singular))), axes


def _value(each: Vary, u: float) -> float:
    low, high, log = each.low, each.high, each.log
    if log:
        return float(np.exp(np.log(low) + u * (np.log(high) - np.log(low))))
    return float(low + u * (high - low))
