"""The cost a cell of a batch against a cell alone, and against NEURON."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from tests.benchmarks import simulators
from tests.benchmarks.models import DT
from tests.benchmarks.timing import best_of

SIZES, BATCH, TSTOP = (1, 50, 300, 1500), 128, 10.0


def report() -> Iterator[str]:
    """Tell microseconds a step and cell in a batch of 128, and the ratio to NEURON with exact rates."""
    import rheobase as rb

    yield "| compartments | batch of 128, us a step and cell | alone | NEURON exact | ratio to NEURON |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    for size in SIZES:
        cell, soma = simulators.in_rheobase(size)
        sim = rb.Simulation(cell, tstop=TSTOP, record=[soma(0.5).v])
        values = {"all.hh.gnabar": np.linspace(0.1, 0.14, BATCH)}
        steps = TSTOP / DT
        together = best_of(partial(sim.batch, values), repeats=3) / steps / BATCH * 1e6
        alone = best_of(simulators.rheobase_run(size, TSTOP)) / steps * 1e6
        theirs = best_of(simulators.neuron_run(size, TSTOP, tables=False)) / steps * 1e6
        yield f"| {size} | {together:.2f} | {alone:.2f} | {theirs:.2f} | {together / theirs:.3f} |"
