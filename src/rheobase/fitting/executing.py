"""Where trials are run: in this process, or wherever an executor runs them."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting import file
from rheobase.fitting.problem import Problem
from rheobase.fitting.search import Evaluator, locally
from rheobase.fitting.trials import Derivatives, Trials
from rheobase.simulate.elsewhere import check_executor, scattered

Floats = NDArray[np.float64]

_SIZE = 32  # candidates a task: enough for the kernel to take together, few enough for many workers


def evaluator(problem: Problem, data: Callable[[], Any], executor: Any, how: str) -> Evaluator:
    """What evaluates candidates of a problem.

    **Arguments:** `data`: gives the fit as plain data, which travels to workers; `executor`: None for this process, or
    anything with `submit(function, *arguments)` that gives futures: `concurrent.futures`, `dask.distributed.Client`;
    `how` derivatives are taken.

    **Raises:** TypeError for what is no executor.
    """
    if executor is None:
        return locally(problem, how)
    check_executor(executor)
    document = file.text(data())

    def evaluate(points: Floats, derivatives: bool, stopped: Callable[[], bool], guide: float | None = None) -> Trials:
        size = 1 if derivatives else _SIZE
        pieces = [points[first : first + size] for first in range(0, len(points), size)]
        tasks = [(document, piece.tolist(), how if derivatives else "", guide) for piece in pieces]
        found = scattered(executor, run_trials, tasks, stopped=stopped)
        trials = Trials.joined([_trials(rows, piece) for rows, piece in zip(found, pieces, strict=True)])
        return replace(trials, guide=guide or 0.0)

    return evaluate


def run_trials(document: str, points: list[list[float]], derivatives: str, guide: float | None) -> list[Any]:
    """Run trials on a worker, from a fit as JSON.

    **Arguments:** `derivatives`: how, or empty for none; `guide`: see `Ask`. **Returns:** plain numbers and text.
    """
    problem = _problem(document).guided(guide)
    array = np.array(points)
    trials = problem.differentiate(array, how=derivatives) if derivatives else problem.evaluate(array)
    reduced = trials.derivatives or (None,) * len(trials)
    return [
        (
            float(trials.errors[k]),
            trials.parts[k].tolist(),
            trials.notes[k],
            None if each is None else (each.triangle.tolist(), each.projected.tolist()),
        )
        for k, each in enumerate(reduced)
    ]


@lru_cache(maxsize=4)
def _problem(document: str) -> Problem:
    cell, fit = file.from_data(file.plain(document))
    return Problem(cell.freeze(), fit)


def _trials(rows: list[Any], points: Floats) -> Trials:
    derivatives = [None if row[3] is None else Derivatives(np.array(row[3][0]), np.array(row[3][1])) for row in rows]
    return Trials(
        points,
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        tuple(row[2] for row in rows),
        tuple(derivatives) if any(each is not None for each in derivatives) else None,
    )
