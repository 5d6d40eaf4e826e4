"""The loop between an optimiser and a problem: ask, evaluate, keep, tell."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.history import History
from rheobase.fitting.optimisers import Ask, Optimiser
from rheobase.fitting.store import Store, StoreError
from rheobase.fitting.trials import Trials
from rheobase.simulate import Cancelled

Floats = NDArray[np.float64]

_AT_ONCE = 64  # candidates between two looks at whether to stop


@dataclass(frozen=True)
class Step:
    """How far a fit has come.

    **Fields:** `trials` so far and the `budget`; the least `error`, and the `parameters` that have it; `rate`, trials a
    second since it began or went on.
    """

    trials: int
    budget: int
    error: float
    parameters: dict[str, float]
    rate: float


class Evaluator(Protocol):
    """What evaluates candidates."""

    def __call__(
        self, points: Floats, derivatives: bool, stopped: Callable[[], bool], guide: float | None = None
    ) -> Trials:
        """The trials of some points, guided as an `Ask` says. **Raises:** Cancelled."""
        ...


def locally(problem: Any, how: str) -> Evaluator:
    """Evaluation in this process, on all its processors, as many together as the kernel takes."""

    def evaluate(points: Floats, derivatives: bool, stopped: Callable[[], bool], guide: float | None = None) -> Trials:
        guided = problem.guided(guide)
        # What runs together depends on nothing but the points, so that any machine finds the same trials.
        size = _AT_ONCE
        if derivatives:
            size = max(1, _AT_ONCE // (2 * points.shape[1] + 1)) if how == "differences" else 1

        def some(first: int) -> Trials:
            piece = points[first : first + size]
            if stopped():
                raise Cancelled
            found: Trials = (
                guided.differentiate(piece, stopped, how=how) if derivatives else guided.evaluate(piece, stopped)
            )
            return replace(found, guide=guide or 0.0)

        starts = range(0, len(points), size)
        if len(starts) == 1:
            return some(0)
        with ThreadPoolExecutor(_processors()) as threads:
            return Trials.joined(list(threads.map(some, starts)))

    return evaluate


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def search(
    optimiser: Optimiser,
    evaluate: Evaluator,
    history: History,
    budget: int,
    *,
    store: Store | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Search until the optimiser ends, the budget is spent or it is told to stop; a `Step` after each batch.

    What the store holds already is told to the optimiser first, which brings it to where it was.

    **Raises:** StoreError where the store is of another fit or cannot be written.
    """
    begun, known = time.perf_counter(), iter(store.batches() if store is not None else ())
    before = 0.0
    live = 0
    while history.count < budget and not stopped():
        asked = optimiser.ask()
        if asked is None:
            return
        points = asked.points[: budget - history.count]
        kept = next(known, None)
        if kept is not None:
            trials, before = kept
            _check_same(trials, points, asked, store)
            history.add(trials, before)
            # The last batch of an earlier run may have been cut by its budget, which has grown since.
            missing = points[len(trials) :]
            if len(missing):
                more = _evaluated(evaluate, missing, asked, stopped)
                if more is None:
                    return
                _keep(more, history, store, before)
                trials = Trials.joined([trials, more])
        else:
            found = _evaluated(evaluate, points, asked, stopped)
            if found is None:
                return
            trials = found
            seconds = before + time.perf_counter() - begun
            _keep(trials, history, store, seconds)
            live += len(trials)
            values = {name: float(x) for name, x in history.space.values(history.point).items()}
            rate = live / max(1e-9, time.perf_counter() - begun)
            yield Step(history.count, budget, history.error, values, rate)
        if len(trials) == len(asked.points):
            optimiser.tell(trials)


def _evaluated(evaluate: Evaluator, points: Floats, asked: Ask, stopped: Callable[[], bool]) -> Trials | None:
    try:
        return evaluate(points, asked.derivatives, stopped, asked.guide)
    except Cancelled:
        return None


def _keep(trials: Trials, history: History, store: Store | None, seconds: float) -> None:
    if store is not None:
        store.append(trials, len(history.batches), seconds, history.space.values(trials.points))
    history.add(trials, seconds)


def _check_same(trials: Trials, points: Floats, asked: Ask, store: Store | None) -> None:
    same = len(trials) <= len(points) and np.array_equal(trials.points, points[: len(trials)])
    if not same or trials.guide != (asked.guide or 0.0):
        name = store.path.name if store is not None else "the store"
        raise StoreError(
            f"{name}: its trials are not those that this fit asks for; it was written by another version of Rheobase "
            "or of an optimiser's library: begin a new run, from its best parameters"
        )
