"""L-BFGS within bounds, by SciPy: gradients alone, and a memory of the last steps."""

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.inverted import Evaluate, Inverted
from rheobase.fitting.optimisers.optimiser import Kind, Optimiser, Setting, register

Floats = NDArray[np.float64]


def make(setting: Setting) -> Optimiser:
    """A search from one start."""
    tolerance = float(setting.option("tolerance", 1e-12))

    def search(evaluate: Evaluate) -> str:
        from scipy.optimize import minimize

        def value(point: Floats) -> tuple[float, Floats]:
            trials = evaluate(point)
            derivatives = trials.derivatives[0] if trials.derivatives else None
            gradient = np.zeros(len(point)) if derivatives is None else derivatives.gradient
            return float(trials.errors[0]), gradient

        bounds = [(0.0, 1.0)] * len(setting.start)
        options = {"ftol": tolerance, "gtol": tolerance, "maxiter": 100_000, "maxfun": 1_000_000}
        found = minimize(value, setting.start, jac=True, bounds=bounds, method="L-BFGS-B", options=options)
        return str(found.message)

    return Inverted(search, derivatives=True, reason="L-BFGS from one start")


register(
    Kind(
        "lbfgs",
        "L-BFGS within bounds (SciPy), with exact gradients",
        "smooth errors of many parameters, from a start that is near",
        True,
        make,
        {"tolerance": "relative change of error at which it ends, 1e-12"},
    )
)
