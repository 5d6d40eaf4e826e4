"""Variable steps against NEURON's CVODE: what a spike time costs, at equal error.

Both run the same tree, CVODE with its interpolated thresholds (`condition_order(2)`), the more exact of its two ways.
The error is the largest of the spikes at the soma against a run of NEURON at atol 1e-9.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.models import AMP, DELAY, DUR, tree
from tests.benchmarks.simulators import in_rheobase
from tests.benchmarks.timing import best_of

SIZES = (1, 300, 1500)
TSTOP = 50.0  # ms
THRESHOLD = 0.0  # mV
REPEATS, TURNS = 5, 4
TOLERANCES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
REFERENCE = 1e-9

Times = NDArray[np.float64]


def report() -> Iterator[str]:
    """A table of errors and costs, and the ratio of costs at the error that CVODE has at atol 1e-3."""
    yield "| compartments | atol | CVODE error | CVODE, ms | adaptive error | adaptive, ms | steps | iterations |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    ratios = []
    for size in SIZES:
        cvode = _cvode(size)
        exact, _ = cvode(REFERENCE, 0)
        # In turns, so that a busy moment of the machine meets both.
        turns = [[(*cvode(atol, REPEATS), *_adaptive(size, atol)) for atol in TOLERANCES] for _ in range(TURNS)]
        theirs, ours = [], []
        for atol, found in zip(TOLERANCES, zip(*turns, strict=True), strict=True):
            spikes, _, own_spikes, _, steps, iterations = found[0]
            theirs.append((_error(spikes, exact), min(each[1] for each in found)))
            ours.append((_error(own_spikes, exact), min(each[3] for each in found)))
            row = (*theirs[-1], *ours[-1])
            yield (
                f"| {size} | {atol:g} | {row[0]:.1e} | {1e3 * row[1]:.2f} | {row[2]:.1e} | {1e3 * row[3]:.2f} | "
                f"{steps} | {iterations} |"
            )
        wanted, cost = theirs[TOLERANCES.index(1e-3)]
        ratios.append(
            f"{size} compartments: {cost / _cost_at(ours, wanted):.2f} times cheaper at an error of {wanted:.1e} ms"
        )
    yield ""
    yield from ratios


def _error(spikes: Times, exact: Times) -> float:
    return float(np.abs(spikes - exact).max()) if len(spikes) == len(exact) else float("nan")


def _cost_at(found: list[tuple[float, float]], wanted: float) -> float:
    """What an error costs that is as wanted, read off the line between the two tolerances about it."""
    for (error, seconds), (next_error, next_seconds) in pairwise(found):
        if next_error <= wanted <= error:
            part = np.log(wanted / error) / np.log(next_error / error)
            return float(seconds ** (1 - part) * next_seconds**part)
    return float("nan")


def _cvode(compartments: int) -> Callable[[float, int], tuple[Times, float]]:
    from neuron import h

    h.load_file("stdrun.hoc")
    sections: list[Any] = []
    for k, branch in enumerate(tree(compartments)):
        section = h.Section(name=f"s{k}")
        section.L, section.diam, section.nseg, section.Ra = branch.length, branch.diam, branch.ncomp, 100
        if k:
            section.connect(sections[branch.parent](1))
        section.insert("hh")
        sections.append(section)
    clamp = h.IClamp(sections[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = DELAY, DUR, AMP
    h.usetable_hh = 0
    solver = h.CVode()
    solver.active(1)
    solver.condition_order(2)
    detector = h.NetCon(sections[0](0.5)._ref_v, None, sec=sections[0])
    detector.threshold = THRESHOLD
    spikes = h.Vector()
    detector.record(spikes)

    def solved(atol: float, repeats: int) -> tuple[Times, float]:
        solver.atol(atol)

        def run() -> Any:
            h.finitialize(-65)
            solver.solve(TSTOP)
            return sections, clamp, detector

        seconds = best_of(run, repeats) if repeats else 0.0
        if not repeats:
            run()
        return np.array(spikes), seconds

    return solved


def _adaptive(compartments: int, atol: float) -> tuple[Times, float, int, int]:
    """The spikes, the kernel's time, and what was counted."""
    import rheobase as rb
    from rheobase.simulate.adaptive import AdaptiveSteps

    cell, soma = in_rheobase(compartments)
    sim = rb.Simulation(cell, tstop=TSTOP, method="adaptive", atol=atol, record=[soma(0.5).v])
    assembly = sim.assembly
    params = assembly.normalised({})
    system = assembly.system(params)
    engine = AdaptiveSteps(assembly, sim.recording, 0.025, "float64", atol, 0.0, {})
    present, _ = engine.begin(system, assembly.voltages(params))

    def run() -> Any:
        now = present
        while now.t < TSTOP:
            now = engine.go(system, now, TSTOP, 10**6).present
        return now

    seconds = best_of(run, REPEATS)
    results = sim.run()
    told = results.statistics
    assert told is not None
    dense = np.arange(0, TSTOP, 0.001)
    v = results.at(dense)[soma(0.5).v]
    up = np.flatnonzero((v[:-1] <= THRESHOLD) & (v[1:] > THRESHOLD))
    spikes = dense[up] + (THRESHOLD - v[up]) / (v[up + 1] - v[up]) * 0.001
    return spikes, seconds, told.steps, told.newton_iterations
