"""Local searches without derivatives and within bounds, by nlopt: BOBYQA, Nelder and Mead's, subplex."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.inverted import Evaluate, Inverted
from rheobase.fitting.optimisers.optimiser import Kind, Optimiser, Setting, register

Floats = NDArray[np.float64]

_RESULTS = {
    1: "the search succeeded",
    3: "the error no longer changes",
    4: "the parameters no longer change",
    5: "reached the number of evaluations",
}


def make(algorithm: str, setting: Setting) -> Optimiser:
    """A search from one start."""
    tolerance = float(setting.option("tolerance", 1e-10))
    step = float(setting.option("step", 0.1))

    def search(evaluate: Evaluate) -> str:
        import nlopt

        nlopt.srand(setting.seed + 1)

        def value(point: Floats, _: Floats) -> float:
            return float(evaluate(point).errors[0])

        found = nlopt.opt(getattr(nlopt, algorithm), len(setting.start))
        found.set_min_objective(value)
        found.set_lower_bounds(np.zeros(len(setting.start)))
        found.set_upper_bounds(np.ones(len(setting.start)))
        found.set_initial_step(step)
        found.set_ftol_rel(tolerance)
        found.set_xtol_rel(tolerance)
        found.set_maxeval(10_000_000)
        try:
            found.optimize(np.clip(setting.start, 0.0, 1.0))
        except nlopt.RoundoffLimited:
            return "rounding left nothing to gain"
        except RuntimeError as error:
            return f"nlopt gave up: {error}"
        return _RESULTS.get(found.last_optimize_result(), "the search ended")

    return Inverted(search, derivatives=False, reason=f"{algorithm[3:].lower()} from one start")


_OPTIONS = {
    "tolerance": "relative change of error or parameters at which it ends, 1e-10",
    "step": "first step, as a part of the bounds, 0.1",
}

register(
    Kind(name, description, when, False, partial(make, algorithm), _OPTIONS)
    for name, algorithm, description, when in (
        (
            "bobyqa",
            "LN_BOBYQA",
            "Powell's BOBYQA (nlopt): a quadratic model of the error within bounds",
            "smooth errors without derivatives, from a start that is near",
        ),
        (
            "nelder_mead",
            "LN_NELDERMEAD",
            "Nelder and Mead's simplex within bounds (nlopt)",
            "few parameters and an error that is a little noisy",
        ),
        (
            "subplex",
            "LN_SBPLX",
            "Rowan's subplex within bounds (nlopt): the simplex on subspaces",
            "more parameters than Nelder and Mead's simplex takes",
        ),
    )
)
