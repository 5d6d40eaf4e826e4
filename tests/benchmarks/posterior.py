"""The posterior of two fits: independent samples a second by the ensemble, and by NUTS with exact gradients.

Of one Hodgkin-Huxley segment three conductances, of the pyramidal cell that simulators are timed on, here with one
segment a branch, ten; to all voltages noise of 1 mV is added. NUTS is that of mici, with the metric that the
derivatives give at the best point and steps that are adapted; it walks over the logits of the cube, which has no walls
there.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from subprocess import run
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks import pyramidal

Floats = NDArray[np.float64]

NOISE = 1.0  # mV
STEPS = {  # of each walker or chain, after so many that are forgotten
    ("segment", "ensemble"): (600, 300),
    ("segment", "nuts"): (300, 100),
    ("pyramidal", "ensemble"): (2500, 1500),
    ("pyramidal", "nuts"): (60, 40),
}
DEEPEST = 8  # doublings of a trajectory


def report() -> Iterator[str]:
    """Tell what each samples a second, on one core and on two."""
    yield "| fit | by | cores | trials or gradients | a second | independent samples | a second | largest R-hat |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for fit, by in STEPS:
        for cores in (1, 2):
            command = [sys.executable, "-m", "tests.benchmarks.posterior", fit, by, str(cores)]
            yield run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]


def _measured(name: str, by: str, cores: int) -> str:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    fit = _segment() if name == "segment" else _pyramidal()
    best = fit.run("levenberg_marquardt", budget=100)
    steps, burn = STEPS[name, by]
    found, asked, seconds = (_by_ensemble if by == "ensemble" else _by_nuts)(fit, best, steps, burn, cores)
    samples = min(found.effective_samples.values())
    told = (
        f"{asked} | {asked / seconds:.0f} | {samples:.0f} | {samples / seconds:.2g} | {max(found.r_hat.values()):.3f}"
    )
    return f"| {name} | {by} | {cores} | {told} |"


def _by_ensemble(fit: Any, best: Any, steps: int, burn: int, _: int) -> tuple[Any, int, float]:
    fit.posterior(best, steps=2, burn=0)  # compiles
    times = []
    found = fit.posterior(best, steps=steps, burn=burn, progress=lambda *_: times.append(time.perf_counter()))
    return found, found.logs.size, times[-1] - times[burn - 1]


def _by_nuts(fit: Any, best: Any, steps: int, burn: int, cores: int) -> tuple[Any, int, float]:
    import mici

    from rheobase.fitting.posterior import Posterior

    problem = fit.compiled()
    density = _Density(problem)
    start = np.clip(best.point, 1e-4, 1 - 1e-4)
    middle = np.log(start / (1 - start))
    precision = density.precision(start)
    spread = np.linalg.cholesky(np.linalg.inv(precision))
    chance = np.random.default_rng(1)
    asked: list[tuple[float, int]] = []

    # Functions, as mici would copy an object with its methods.
    def slope(logits: Floats) -> tuple[Floats, float]:
        return density.slope(logits)

    def value(logits: Floats) -> float:
        return density.slope(logits)[1]

    system = mici.systems.EuclideanMetricSystem(value, grad_neg_log_dens=slope, metric=precision)
    walk = mici.integrators.LeapfrogIntegrator(system)
    sampler = mici.samplers.DynamicMultinomialHMC(system, walk, chance, max_tree_depth=DEEPEST)

    def told(state: Any) -> dict[str, Any]:
        asked.append((time.perf_counter(), density.asked))
        return {"at": state.pos}

    begun = [middle + 0.1 * spread @ chance.standard_normal(len(middle)) for _ in range(cores)]
    results = sampler.sample_chains(
        burn,
        steps,
        begun,
        trace_funcs=[told],
        adapters=[mici.adapters.DualAveragingStepSizeAdapter(0.8)],
        trace_warm_up=True,
        n_worker=cores,
        use_thread_pool=True,
        display_progress=False,
    )
    chain = np.stack([each[burn:] for each in results.traces["at"]], axis=1)
    first, last = sorted(asked)[burn * cores - 1], max(asked)
    cube = 1 / (1 + np.exp(-chain))
    return Posterior(problem.space, cube, np.zeros(cube.shape[:2]), 1.0, ""), last[1] - first[1], last[0] - first[0]


class _Density:
    """The negative logarithm of the probability of logits, up to a constant, and its slope."""

    def __init__(self, problem: Any) -> None:
        self._problem = problem
        self.asked = 0

    def slope(self, logits: Floats) -> tuple[Floats, float]:
        from rheobase.simulate import SimulationError

        self.asked += 1
        point = 1 / (1 + np.exp(-logits))
        stretch = point * (1 - point)
        try:
            pieces, rows = self._linearised(point)
        except SimulationError:
            return np.zeros_like(logits), np.inf
        value, slope = -np.log(stretch).sum(), 2 * point - 1
        for residuals, derivatives, count in zip(pieces, rows, self._counts, strict=True):
            square = residuals @ residuals
            value += 0.5 * count * np.log(square)
            slope = slope + count * (derivatives.T @ residuals) / square * stretch
        return slope, float(value)

    def precision(self, point: Floats) -> Floats:
        """What the derivatives say at a point, beside what all logits have: a logistic distribution."""
        stretch = point * (1 - point)
        found = 3 / np.pi**2 * np.eye(len(point))
        for residuals, derivatives, count in zip(*self._linearised(point), self._counts, strict=True):
            along = derivatives * stretch
            found = found + count * (along.T @ along) / (residuals @ residuals)
        return found

    @property
    def _counts(self) -> list[float]:
        return [1 / float((part.weights**2).sum()) for part in self._problem.parts]

    def _linearised(self, point: Floats) -> tuple[list[Floats], list[Floats]]:
        residuals, jacobian, _ = self._problem.linearised(point)
        ends = np.cumsum([part.count for part in self._problem.parts])[:-1]
        return np.split(residuals, ends), np.split(jacobian, ends)


def _segment() -> Any:
    import rheobase as rb

    cell = rb.Cell("patch")
    soma = cell.add_section("soma", L=20, diam=20).insert("hh")
    protocol = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(delay=5, dur=20, amp=0.2))], tstop=30)
    recorded = rb.run(cell, protocol, record=[soma(0.5).v])
    fit = rb.Fit(cell, "segment")
    for name, low, high in (("gnabar", 0.02, 0.6), ("gkbar", 0.005, 0.2), ("gl", 3e-5, 3e-3)):
        fit.vary(f"soma.hh.{name}", low, high, log=True)
    noisy = _noise()(recorded[soma(0.5).v])
    fit.add_run("step", protocol=protocol).match(soma(0.5).v, rb.Trace(recorded.t, noisy, "mV"))
    return fit


def _pyramidal() -> Any:
    import rheobase as rb

    length = round(pyramidal.TSTOP / pyramidal.DT / pyramidal.EVERY) + 1
    blank = pyramidal.in_rheobase([np.zeros(length)] * len(pyramidal.AMPS))
    for part in pyramidal.PARTS:
        blank.cell[part.name].nseg = 1
    names = [f"{each.part}.hh.{each.name}" for each in pyramidal.SOUGHT]
    noisy, wanted = _noise(), []
    for each in blank.runs.values():
        sites = [match.recordable for match in each.matches]
        sim = rb.Simulation(blank.cell, each.value.protocol, record=sites)
        results = sim.varied(dict(zip(names, pyramidal.TRUTH, strict=True))).run()
        wanted.append(noisy(results.values[0][:: pyramidal.EVERY]))
    fit = pyramidal.in_rheobase(wanted)
    for part in pyramidal.PARTS:
        fit.cell[part.name].nseg = 1
    for name, value in zip(names, pyramidal.TRUTH, strict=True):
        fit.vary(name.replace(".hh.", "_"), start=value)
    return fit


def _noise() -> Callable[[Floats], Floats]:
    chance = np.random.default_rng(1)
    return lambda values: values + NOISE * chance.standard_normal(len(values))


if __name__ == "__main__":
    print(_measured(sys.argv[1], sys.argv[2], int(sys.argv[3])))  # noqa: T201
