"""The same fit by Rheobase, by Jaxley's gradient and by BluePyOpt with NEURON: seconds to an error, compiling included.

Each begins with its compiled code still to be made, on the same one core, from candidates over the whole space, and
is held against what its own simulator makes of the truth. Jaxley leaves the search to its users: here candidates are
run together, and Adam descends from the best, one at a time. BluePyOpt has two: IBEA, its usual one, and CMA-ES.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from subprocess import run
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks import pyramidal

Floats = NDArray[np.float64]
Course = list[tuple[float, int, float]]
"""Seconds, runs of all protocols, and the least error so far."""

ERRORS = (10.0, 3.0, 1.0, 0.3, 0.1, 0.01)
LIMIT = 150.0  # s
DESIGN = 160
SEEDS = (1, 2, 3)
RATES = (0.05, 0.02)  # of Adam, first and after its first stretch without progress
PATIENCE = 60  # steps without progress that end a descent


class _Spent(Exception):
    """The time is over, or nothing is left to find."""


class _Watch:
    """Notes the least error over time."""

    def __init__(self) -> None:
        self.course: Course = []
        self._began, self._trials, self._least = time.perf_counter(), 0, np.inf

    def told(self, error: float, trials: int = 1) -> None:
        self._trials += trials
        if error < self._least:
            self._least = error
            self.course.append((time.perf_counter() - self._began, self._trials, error))
        if self._least <= ERRORS[-1] or time.perf_counter() - self._began > LIMIT:
            raise _Spent


def report() -> Iterator[str]:
    """Seconds to each error, by each of them and by seed."""
    names = ("rheobase", "jaxley", "ibea", "cma")
    yield "| by | seed | " + " | ".join(f"to {error:g}" for error in ERRORS) + " | least | runs of the protocols |"
    yield "| --- " * (len(ERRORS) + 4) + "|"
    found: dict[str, list[Course]] = {name: [] for name in names}
    for seed in SEEDS:
        for name in names:  # in turns, so that a busy moment of the machine meets all
            course = _elsewhere(name, seed)
            found[name].append(course)
            times = " | ".join(_shown(_seconds(course, error)) for error in ERRORS)
            yield f"| {name} | {seed} | {times} | {course[-1][2]:.2g} | {course[-1][1]} |"
    yield ""
    for error in ERRORS:
        middle = {name: float(np.median([_seconds(course, error) for course in found[name]])) for name in names}
        own = middle["rheobase"]
        theirs = ", ".join(f"{name} {middle[name] / own:.1f}" for name in names[1:])
        yield f"to an error of {error:g}: {own:.1f} s; times as long: {theirs} (infinite: not within {LIMIT:g} s)"


def _seconds(course: Course, error: float) -> float:
    return next((seconds for seconds, _, least in course if least <= error), np.inf)


def _shown(seconds: float) -> str:
    return f"{seconds:.1f}" if np.isfinite(seconds) else "-"


def _elsewhere(name: str, seed: int) -> Course:
    """The course of a search in a process of its own, without compiled programs from before."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "RHEOBASE_CACHE": "off", "XDG_CACHE_HOME": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # which would have each compile its libraries' Python
        command = [sys.executable, "-m", "tests.benchmarks.fitting", name, str(seed)]
        told = run(command, env=environment, capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in told.splitlines() if line.startswith("at ")]
    return [(float(seconds), int(trials), float(error)) for _, seconds, trials, error in lines]


def _by_rheobase(seed: int, watch: Callable[[], _Watch]) -> _Watch:
    wanted = pyramidal.InNeuron(tables=False).traces(pyramidal.TRUTH)
    import scipy.optimize
    import scipy.sparse  # noqa: F401

    import rheobase  # noqa: F401

    watched = watch()
    fit = pyramidal.in_rheobase(wanted)
    before = 0

    def told(step: Any) -> None:
        nonlocal before
        watched.told(step.error, step.trials - before)
        before = step.trials

    with suppress(_Spent):
        fit.run(budget=10**6, seed=seed, progress=told)
    return watched


def _by_jaxley(seed: int, watch: Callable[[], _Watch]) -> _Watch:
    import jax
    import jax.numpy as jnp
    import jaxley  # noqa: F401
    import optax
    import scipy.stats  # noqa: F401

    watched = watch()
    model = pyramidal.InJaxley()
    wanted = model.traces(pyramidal.TRUTH)
    low, high = map(np.log, pyramidal.bounds())

    def values(free: Any) -> Any:
        return jnp.exp(low + (high - low) * jax.nn.sigmoid(free))

    gradient = jax.jit(jax.value_and_grad(lambda free: model.loss(values(free), wanted)))
    free = _spread(seed)
    starts = np.log(free / (1 - free))
    try:
        errors = np.concatenate(
            [np.asarray(model.losses(jax.vmap(values)(some), wanted)) for some in np.split(starts, DESIGN // 32)]
        )
        watched.told(float(errors.min()), DESIGN)
        for start in starts[np.argsort(errors)]:
            _descend(gradient, start, watched, optax)
    except _Spent:
        pass
    return watched


def _descend(gradient: Any, start: Floats, watched: _Watch, optax: Any) -> None:
    free: Any = start
    for rate in RATES:
        optimiser = optax.adam(rate)
        state = optimiser.init(free)
        least, since = np.inf, 0
        while since < PATIENCE:
            error, slope = gradient(free)
            error = float(error)
            watched.told(error)
            since = 0 if error < 0.99 * least else since + 1
            least = min(least, error)
            change, state = optimiser.update(slope, state)
            free = optax.apply_updates(free, change)


def _by_bluepyopt(selector: str, seed: int, watch: Callable[[], _Watch]) -> _Watch:
    import bluepyopt
    from bluepyopt.deapext import optimisations, optimisationsCMA

    watched = watch()
    model = pyramidal.InNeuron(tables=True)
    wanted = model.traces(pyramidal.TRUTH)
    low, high = map(np.log, pyramidal.bounds())

    class Evaluator(bluepyopt.evaluators.Evaluator):  # type: ignore[misc]  # BluePyOpt is without types
        def evaluate_with_lists(self, params: Any = None, target: str = "scores") -> list[float]:
            traces = model.traces(np.exp(params))
            errors = [pyramidal.error([v], [w]) for v, w in zip(traces, wanted, strict=True)]
            watched.told(sum(errors))
            return errors

        def init_simulator_and_evaluate_with_lists(self, params: Any = None, target: str = "scores") -> list[float]:
            return self.evaluate_with_lists(params)

    parameters = [
        bluepyopt.parameters.Parameter(f"{sought.part}_{sought.name}", bounds=pair)
        for sought, *pair in zip(pyramidal.SOUGHT, low, high, strict=True)
    ]
    evaluator = Evaluator([bluepyopt.objectives.Objective(f"{amp:g} nA") for amp in pyramidal.AMPS], parameters)
    if selector == "ibea":
        search = optimisations.IBEADEAPOptimisation(evaluator, seed=seed, offspring_size=50)
    else:
        search = optimisationsCMA.DEAPOptimisationCMA(
            evaluator, seed=seed, offspring_size=20, selector_name="single_objective"
        )
    with suppress(_Spent):
        search.run(max_ngen=10**6)
    return watched


def _spread(seed: int) -> Floats:
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(len(pyramidal.SOUGHT), rng=np.random.default_rng(seed)).random(DESIGN))


def main(name: str, seed: int) -> None:
    """Search, and print the course."""
    if name == "rheobase":
        watched = _by_rheobase(seed, _Watch)
    elif name == "jaxley":
        watched = _by_jaxley(seed, _Watch)
    else:
        watched = _by_bluepyopt(name, seed, _Watch)
    for seconds, trials, error in watched.course:
        print("at", seconds, trials, error)  # noqa: T201  # read by the process that began this one


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
