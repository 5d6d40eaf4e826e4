"""The cost of a time step against NEURON, Arbor and Jaxley: equal work, one thread, one run."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec

from tests.benchmarks import simulators
from tests.benchmarks.models import DT, SIZES
from tests.benchmarks.timing import best_of

TSTOP = 50.0  # ms


def report() -> Iterator[str]:
    """Tell microseconds a step for each size, and the ratios to each other simulator."""
    others: dict[str, Callable[[int], simulators.Run]] = {
        "NEURON exact": lambda n: simulators.neuron_run(n, TSTOP, tables=False),
        "NEURON tables": lambda n: simulators.neuron_run(n, TSTOP, tables=True),
    }
    if find_spec("arbor"):
        others["Arbor"] = lambda n: simulators.arbor_run(n, TSTOP)
    if find_spec("jaxley"):
        others["Jaxley"] = lambda n: simulators.jaxley_run(n, TSTOP)
    yield f"| compartments | Rheobase, us a step | {' | '.join(f'{name}, us (ratio)' for name in others)} |"
    yield f"| {' | '.join(['---:'] * (2 + len(others)))} |"
    for size in SIZES:
        ours = best_of(simulators.rheobase_run(size, TSTOP)) / (TSTOP / DT) * 1e6
        cells = []
        for build in others.values():
            theirs = best_of(build(size), repeats=5) / (TSTOP / DT) * 1e6
            cells.append(f"{theirs:.2f} ({ours / theirs:.2f})")
        yield f"| {size} | {ours:.2f} | {' | '.join(cells)} |"
