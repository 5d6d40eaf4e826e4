"""The cost of a time step against NEURON, Arbor and Jaxley: equal work, one thread, one run of this program.

Each simulator has processes of its own, so that none runs under another's settings.
"""

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec

from tests.benchmarks import simulators
from tests.benchmarks.models import DT, SIZES
from tests.benchmarks.timing import best_of
from tests.fresh_process import in_fresh_process

TSTOP = 50.0  # ms
SIMULATORS: dict[str, Callable[[int, float], simulators.Run]] = {
    "Rheobase": simulators.rheobase_run,
    "NEURON exact": partial(simulators.neuron_run, tables=False),
    "NEURON tables": partial(simulators.neuron_run, tables=True),
    "Arbor": simulators.arbor_run,
    "Jaxley": simulators.jaxley_run,
}


def report() -> Iterator[str]:
    """Tell microseconds a step for each size, and the ratio of Rheobase's to each other."""
    present = {"Arbor": find_spec("arbor") is not None, "Jaxley": find_spec("jaxley") is not None}
    names = [name for name in SIMULATORS if present.get(name, True)]
    yield f"| compartments | {', us | '.join(names)}, us |"
    yield f"| {' | '.join(['---:'] * (1 + len(names)))} |"
    for size in SIZES:
        times = [in_fresh_process(step_time, name, size) for name in names]
        others = (f"{theirs:.2f} ({times[0] / theirs:.2f})" for theirs in times[1:])
        yield f"| {size} | {times[0]:.2f} | {' | '.join(others)} |"


def step_time(name: str, size: int) -> float:
    """Microseconds a step of one simulator."""
    return best_of(SIMULATORS[name](size, TSTOP), repeats=9) / (TSTOP / DT) * 1e6
