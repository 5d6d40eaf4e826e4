"""Levenberg and Marquardt's method within bounds, by SciPy: steps from the exact derivatives of every residual."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.inverted import Evaluate, Inverted
from rheobase.fitting.optimisers.optimiser import Kind, Optimiser, Setting, register
from rheobase.fitting.trials import Trials

Floats = NDArray[np.float64]

_INWARD = 1e-4  # SciPy begins strictly within the bounds; on them, steps would be as good as none


class _Residuals:
    """The function and its Jacobian as SciPy asks for them, each point evaluated once.

    The triangle of the reduced derivatives stands for all rows: it has the same steps, and with one number more the
    same error.
    """

    def __init__(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate
        self._last: tuple[bytes, Trials] = (b"", None)  # type: ignore[assignment]

    def value(self, point: Floats) -> Floats:
        trials = self._at(point)
        derivatives = trials.derivatives[0] if trials.derivatives else None
        if derivatives is None:
            return np.full(len(point) + 1, np.inf)
        rest = max(0.0, float(trials.errors[0]) - float(derivatives.projected @ derivatives.projected))
        return np.append(derivatives.projected, np.sqrt(rest))

    def jacobian(self, point: Floats) -> Floats:
        trials = self._at(point)
        derivatives = trials.derivatives[0] if trials.derivatives else None
        if derivatives is None:
            raise ValueError("no derivatives here")
        return np.vstack([derivatives.triangle, np.zeros((1, len(point)))])

    def _at(self, point: Floats) -> Trials:
        key = np.ascontiguousarray(point).tobytes()
        if self._last[0] != key:
            self._last = key, self._evaluate(point)
        return self._last[1]


def search_from(start: Floats, tolerance: float) -> Any:
    """A search by SciPy from a start, to be `Inverted`."""

    def search(evaluate: Evaluate) -> str:
        from scipy.optimize import least_squares

        residuals = _Residuals(evaluate)
        inside = np.clip(start, _INWARD, 1 - _INWARD)
        if not np.isfinite(residuals.value(inside)).all():
            return "the start blew up"
        found = least_squares(
            residuals.value,
            inside,
            jac=residuals.jacobian,
            bounds=(0.0, 1.0),
            method="trf",
            xtol=tolerance,
            ftol=tolerance,
            gtol=tolerance,
            max_nfev=100_000,
        )
        return str(found.message).strip("`").replace("`", "")

    return search


def make(setting: Setting) -> Optimiser:
    """A search from one start."""
    tolerance = float(setting.option("tolerance", 1e-10))
    return Inverted(search_from(setting.start, tolerance), derivatives=True, reason="least squares from one start")


register(
    Kind(
        "levenberg_marquardt",
        "Levenberg and Marquardt's method in a trust region within bounds (SciPy), with exact derivatives",
        "smooth errors of up to some tens of parameters, from a start that is near",
        True,
        make,
        {"tolerance": "relative change of error, parameters or gradient at which it ends, 1e-10"},
    )
)
