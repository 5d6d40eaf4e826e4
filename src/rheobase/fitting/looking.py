"""A fit looked at in one point: its runs, and what each match makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting import file
from rheobase.fitting.document import FitDocument
from rheobase.fitting.generators import FunctionGenerator, NestedGenerator, RunGenerator, RunPart
from rheobase.fitting.generators.generator import never
from rheobase.fitting.methods.features import FeaturesMeasure
from rheobase.fitting.problem import Problem
from rheobase.fitting.values import Match, Nested, Run, Vary
from rheobase.model import Cell
from rheobase.simulate import Results, Simulation
from rheobase.simulate.tangents import present_value

if TYPE_CHECKING:
    from rheobase.fitting.fit import Fit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """A number that was measured, and what it should be.

    **Fields:** its `name`; the `value`, NaN where the run has none; the `mean` and `sd` that are wanted; the `score`:
    by how many of these it is off.
    """

    name: str
    value: float
    mean: float
    sd: float
    score: float


@dataclass(frozen=True)
class Held:
    """One match of a run, looked at.

    **Fields:** the `run`'s name; the `index` of the match there; the `match`; the `error` it adds; its features,
    `measured`.
    """

    run: str
    index: int
    match: Match
    error: float
    measured: tuple[Measured, ...] = ()


@dataclass(frozen=True)
class Look:
    """A fit in one point.

    **Fields:** the `error`; `parts`, its matches; the `results` of each run, by name; `curves`, of each function that
    has points, by name: what it adds, and the curve, `(2, points)`; `numbers`, of each formula against a number: what
    it adds, and its value; `fits`, the fits within this one, by name, their errors as they count here.
    """

    error: float
    parts: tuple[Held, ...]
    results: dict[str, Results]
    curves: dict[str, tuple[float, Floats]]
    numbers: dict[str, tuple[float, Measured]]
    fits: dict[str, "Look"]


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
    found = _look(problem, point, 1.0)
    return replace(found, error=found.error + float((problem.space.priors(point) ** 2).sum()))


def _look(problem: Problem, point: Floats, weight: float) -> Look:
    """The same at a point of the cube and without priors, all errors times a weight."""
    space, total = problem.space, 0.0
    parts: list[Held] = []
    results: dict[str, Results] = {}
    curves: dict[str, tuple[float, Floats]] = {}
    numbers: dict[str, tuple[float, Measured]] = {}
    fits: dict[str, Look] = {}
    for each in problem.generators:
        if isinstance(each, NestedGenerator):
            fits[each.name] = _look(each.problem, each.inner(space, point), weight * each.weight)
            total += fits[each.name].error
        elif isinstance(each, RunGenerator):
            results |= each.results(space, point)
            held = [_held(part, results[each.name].values[None, part.row], weight) for part in each.parts]
            parts += held
            total += sum(part.error for part in held)
        elif isinstance(each, FunctionGenerator):
            (rows,) = each.residuals(space, point[None], [""], never)
            added = weight * float((rows**2).sum())
            total += added
            for drawn in each.overlays(space, point):
                curves[each.name] = added, drawn.model
            if not each.function.x:
                numbers[each.name] = added, _number(each, float(rows[0, 0]))
    return Look(total, tuple(parts), results, curves, numbers, fits)


def _held(part: RunPart, values: Floats, weight: float) -> Held:
    index = next(k for k, each in enumerate(part.run.matches) if each is part.match)
    measured: tuple[Measured, ...] = ()
    if isinstance(part.measure, FeaturesMeasure):
        numbers = part.measure.measured(values)
        wanted: Any = part.match.target
        measured = tuple(
            Measured(name, float(number), mean, sd, float(score))
            for (name, mean, sd), number, score in zip(wanted, numbers[0], part.measure.scores(numbers)[0], strict=True)
        )
    error = weight * float(((part.root * part.measure.residuals(values)) ** 2).sum())
    return Held(part.run.name, index, part.match, error, measured)


def _number(generator: FunctionGenerator, residual: float) -> Measured:
    function = generator.function
    score = residual / generator.parts[0].root
    return Measured(function.formula, function.y[0] + score * function.scale, function.y[0], function.scale, score)


@lru_cache(maxsize=32)
def document_of(nested: Nested) -> FitDocument:
    """What a fit within another holds against data, to be read only."""
    return file.opened(nested)[1]


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
