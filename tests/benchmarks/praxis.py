"""PRAXIS by NEURON's Multiple Run Fitter and here, on the fit that every simulator is timed on: runs to an error.

Both move logarithms with the same longest step, each with its usual tolerance. PRAXIS takes random steps, and which
valley it follows turns on them and on the last digits of the start; so each begins from some starts that hardly differ.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks import pyramidal

Floats = NDArray[np.float64]

ERRORS = (1.0, 0.1, 0.01, 1e-3, 1e-4)
STEP, TOLERANCE = 0.5, 1e-4  # of the logarithms
RUNS = 3000
STARTS = 5
APART = 1e-5  # of the logarithms
OUTSIDE = 1e9  # the error that NEURON's fitter has for what lies out of bounds


def report() -> Iterator[str]:
    """How many runs of the protocols each took to an error."""
    model = pyramidal.InNeuron(tables=False)
    wanted = model.traces(pyramidal.TRUTH)
    chance = np.random.default_rng(1)
    starts = [np.log(pyramidal.START) + APART * chance.standard_normal(len(pyramidal.START)) for _ in range(STARTS)]
    yield "| by | start | " + " | ".join(f"to {error:g}" for error in ERRORS) + f" | least in {RUNS} |"
    yield "| --- " * (len(ERRORS) + 3) + "|"
    fit = pyramidal.in_rheobase(wanted)
    for name in ("NEURON", "Rheobase"):
        counts = []
        for k, start in enumerate(starts):
            found = _by_neuron(model, wanted, start) if name == "NEURON" else _by_rheobase(fit, start, k)
            least = np.minimum.accumulate(found[:RUNS])
            counts.append([int(np.argmax(least <= error)) + 1 if least[-1] <= error else np.inf for error in ERRORS])
            yield f"| {name} | {k} | {' | '.join(f'{count:g}' for count in counts[-1])} | {least[-1]:.2g} |"
        middle = np.median(np.array(counts), axis=0)
        yield f"| {name} | the middle | {' | '.join(f'{count:g}' for count in middle)} | |"


def _by_neuron(model: Any, wanted: list[Floats], start: Floats) -> Floats:
    from neuron import h

    low, high = map(np.log, pyramidal.bounds())
    found: list[float] = []

    def error(x: Any) -> float:
        point = np.array(x)
        if (point < low).any() or (point > high).any():
            return OUTSIDE
        found.append(pyramidal.error(model.traces(np.exp(point)), wanted))
        h.stoprun = int(len(found) >= RUNS)  # which ends the search
        return found[-1]

    h.attr_praxis(TOLERANCE, STEP, 0)
    h.attr_praxis(1)
    h.fit_praxis(error, h.Vector(start))
    return np.array(found)


def _by_rheobase(fit: Any, start: Floats, seed: int) -> Floats:
    for name, value in zip(fit.parameters, np.exp(start), strict=True):
        fit.vary(name, start=float(value))
    best = fit.run("praxis", budget=RUNS, seed=seed, step=STEP / (2 * np.log(pyramidal.REACH)))
    return np.asarray(best.history.errors)
