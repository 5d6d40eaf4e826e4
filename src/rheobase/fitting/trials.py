"""Evaluations of candidates, as optimisers, the store and the history know them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Derivatives:
    """The derivatives of one candidate's residuals, as far as a step depends on them.

    Of residuals `r` and their derivatives `J = Q R` only the triangle `R`, `(n, n)`, and `Q^T r`, `(n,)`, decide what
    is best to first order; a file keeps these in place of the many rows.
    """

    triangle: Floats
    projected: Floats

    @classmethod
    def of(cls, residuals: Floats, jacobian: Floats) -> "Derivatives":
        """Reduce residuals and their derivatives."""
        n = jacobian.shape[1]
        if len(residuals) < n:
            jacobian = np.vstack([jacobian, np.zeros((n - len(residuals), n))])
            residuals = np.append(residuals, np.zeros(n - len(residuals)))
        q, triangle = np.linalg.qr(jacobian)
        return cls(triangle, q.T @ residuals)

    @classmethod
    def of_gradient(cls, gradient: Floats) -> "Derivatives":
        """Derivatives of which nothing is known but the gradient."""
        n = len(gradient)
        triangle, projected = np.zeros((n, n)), np.zeros(n)
        triangle[0], projected[0] = gradient / 2, 1.0
        return cls(triangle, projected)

    @property
    def gradient(self) -> Floats:
        """The derivative of the error along each direction, `(n,)`."""
        found: Floats = 2 * self.triangle.T @ self.projected
        return found


@dataclass(frozen=True)
class Trials:
    """Candidates and what came of them.

    **Fields:** `points`, `(trials, n)`; `errors`, `(trials,)`; `parts`, the error of each match, `(trials, matches)`;
    `notes`, what went wrong with each, empty where nothing did; `derivatives`, of each, None where not asked for;
    `guide`, per ms, how fast voltages were drawn to the data; 0 for errors of the fit itself.
    """

    points: Floats
    errors: Floats
    parts: Floats
    notes: tuple[str, ...]
    derivatives: tuple[Derivatives | None, ...] | None = None
    guide: float = 0.0

    def __len__(self) -> int:
        return len(self.errors)

    def __getitem__(self, which: slice) -> "Trials":
        derivatives = None if self.derivatives is None else self.derivatives[which]
        return replace(
            self,
            points=self.points[which],
            errors=self.errors[which],
            parts=self.parts[which],
            notes=self.notes[which],
            derivatives=derivatives,
        )

    def with_derivatives(self, derivatives: Sequence[Derivatives | None]) -> "Trials":
        """The same with derivatives."""
        return replace(self, derivatives=tuple(derivatives))

    @classmethod
    def joined(cls, pieces: Sequence["Trials"]) -> "Trials":
        """Trials one after another."""
        derivatives = None
        if all(piece.derivatives is not None for piece in pieces):
            derivatives = tuple(each for piece in pieces for each in piece.derivatives or ())
        return cls(
            np.concatenate([piece.points for piece in pieces]),
            np.concatenate([piece.errors for piece in pieces]),
            np.concatenate([piece.parts for piece in pieces]),
            tuple(note for piece in pieces for note in piece.notes),
            derivatives,
            pieces[0].guide,
        )
