"""A fit looked at in one point: its runs, and what each match makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.document import FitDocument
from rheobase.fitting.generators import FunctionGenerator, RunGenerator, RunPart
from rheobase.fitting.generators.generator import never
from rheobase.fitting.problem import Problem
from rheobase.fitting.values import Match, Run, Vary
from rheobase.model import Cell
from rheobase.simulate import Results, Simulation
from rheobase.simulate.tangents import present_value

if TYPE_CHECKING:
    from rheobase.fitting.fit import Fit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """A fit in one point.

    **Fields:** the `error`; `parts`, what each match adds to it, by the run's name and the match; the `results` of each
    run, by name; `curves`, of each function that has points, by name: what it adds, and the curve, `(2, points)`.
    """

    error: float
    parts: tuple[tuple[str, Match, float], ...]
    results: dict[str, Results]
    curves: dict[str, tuple[float, Floats]]


def look(problem: Problem, values: Mapping[str, float]) -> Look:
    """Run a fit once, with some parameters at given values and the others at their start.

    Names that the fit does not vary are passed over, and values out of bounds stand at the bound.

    **Raises:** SimulationError where a run blows up.
    """
    known = {each.name: each for each in problem.space.parameters}
    within = {
        name: min(max(value, known[name].low), known[name].high) for name, value in values.items() if name in known
    }
    point = problem.space.moved(problem.space.start, within)
    results = problem.results(point)
    parts = tuple(
        (
            part.run.name,
            part.match,
            float(((part.root * part.measure.residuals(results[part.run.name].values[None, part.row])) ** 2).sum()),
        )
        for part in problem.parts
        if isinstance(part, RunPart)
    )
    error = sum(value for _, _, value in parts) + float((problem.space.priors(point) ** 2).sum())
    curves: dict[str, tuple[float, Floats]] = {}
    for each in problem.generators:
        if isinstance(each, RunGenerator):
            continue
        added = sum(float((piece**2).sum()) for piece in each.residuals(problem.space, point[None], [""], never))
        error += added
        if isinstance(each, FunctionGenerator):
            for drawn in each.overlays(problem.space, point):
                curves[each.name] = added, drawn.model
    return Look(error, parts, results, curves)


def beginnings(fit: "Fit") -> dict[str, float]:
    """Where each parameter of a fit begins, by name, those that are off too: its start, or the model's own value.

    A value out of bounds begins at the bound, and one that is no number in the middle.
    """
    made = simulations(fit)
    own = {
        f"{function.name}.{name}": value
        for function in fit.document.functions.values()
        for name, value in function.values
    }
    return {each.name: _beginning(each, made, own) for each in fit.parameters.values()}


def simulations(fit: "Fit") -> list[Simulation]:
    """The cell under its own settings and under those of each run of a fit, without those that cannot be."""
    found = []
    for protocol in (None, *(run.value.protocol for run in fit.runs.values())):
        try:
            found.append(Simulation(fit.cell, protocol))
        except (ValueError, KeyError, TypeError):  # what is wrong with a run, the fit tells when it is computed
            continue
    return found


def _beginning(each: Vary, simulations: list[Simulation], functions: Mapping[str, float]) -> float:
    if each.start is not None:
        return each.start
    if each.target in functions:
        return min(max(functions[each.target], each.low), each.high)
    for simulation in simulations:
        try:
            own = float(np.mean(present_value(simulation, each.target)))
        except KeyError:
            continue
        if np.isfinite(own):
            return min(max(own, each.low), each.high)
    return float(np.sqrt(each.low * each.high)) if each.log else (each.low + each.high) / 2


def check_match(cell: Cell, run: Run, match: Match) -> None:
    """Refuse a match that its run cannot be held against.

    **Raises:** ValueError, KeyError or TypeError that names what is wrong: what is recorded, the unit, the times.
    """
    alone = FitDocument("a match")
    with alone.edit("Try"):
        made = match.replace(on=True, weight=1.0)
        alone.put(("runs", run.name), run.replace(matches=(made,), on=True, weight=1.0))
    Problem(cell.freeze(), alone)
