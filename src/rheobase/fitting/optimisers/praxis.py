"""PRAXIS, the principal axis method of NEURON's Multiple Run Fitter, by nlopt.

It knows no bounds: what lies outside is a cliff, of a height from which its parabolas come back. Where it ends by
chance, as it does in narrow valleys, it begins anew from there, for as long as that gains (Brent 1973, Algorithms for
Minimization without Derivatives, ch. 7).
"""

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.inverted import Evaluate, Inverted
from rheobase.fitting.optimisers.optimiser import Kind, Optimiser, Setting, register

Floats = NDArray[np.float64]

_CLIFF = 1e8  # times the error at the start
_GAIN = 0.9  # of the error before, that beginning anew has to come below


def make(setting: Setting) -> Optimiser:
    """A search from one start."""
    tolerance = float(setting.option("tolerance", 1e-6))
    step = float(setting.option("step", 0.25))

    def search(evaluate: Evaluate) -> str:
        import nlopt

        nlopt.srand(setting.seed + 1)
        n, point = len(setting.start), np.clip(setting.start, 0.0, 1.0)
        before = float(evaluate(point).errors[0])
        if not before:
            return "nothing is left of the error"
        cliff = _CLIFF * before

        def value(point: Floats, _: Floats) -> float:
            outside = point.min() < 0 or point.max() > 1
            return cliff if outside else min(cliff, float(evaluate(point).errors[0]))

        # Of these nlopt makes the precision of PRAXIS's line searches, their largest. A zero among them holds back
        # nlopt's own end, which two rounds without a better point would bring, long before that of PRAXIS.
        precision = np.full(n, tolerance)
        precision[1:2] = 0.0
        while True:
            found = nlopt.opt(nlopt.LN_PRAXIS, n)
            found.set_min_objective(value)
            found.set_initial_step(step)
            found.set_xtol_abs(precision)
            found.set_maxeval(10_000_000)
            try:
                point = found.optimize(point)
            except nlopt.RoundoffLimited:
                return "rounding left nothing to gain"
            except RuntimeError as error:
                return f"nlopt gave up: {error}"
            least = found.last_optimum_value()
            if not least < _GAIN * before:
                return "to begin anew gains no more"
            before = least

    return Inverted(search, derivatives=False, reason="praxis from one start")


register(
    Kind(
        "praxis",
        "Brent's principal axis method (nlopt), as NEURON's Multiple Run Fitter has it",
        "errors without derivatives, or to compare with NEURON, from a start that is near",
        False,
        make,
        {
            "tolerance": "how precise its line searches are, as a part of the bounds, 1e-6",
            "step": "the longest step, as a part of the bounds, 0.25",
        },
    )
)
