"""Impedance of a tree with active channels at 200 frequencies, against NEURON's Impedance class on the same tree.

NEURON's numbers are wrong where gates are active (9.0.2); its work is that of the right ones.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.benchmarks.models import tree
from tests.benchmarks.simulators import in_rheobase
from tests.benchmarks.timing import best_of, once

SIZES = (1, 300, 1500)
FREQUENCIES = np.logspace(0, 3, 200)


def report() -> Iterator[str]:
    """A table of times, of all voltages for a current at the soma."""
    yield "| compartments | compile, s | Rheobase, ms | with its steady state anew, ms | NEURON, ms | ratio |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    for size in SIZES:
        first, ours, anew = _ours(size)
        theirs = _theirs(size)
        times = " | ".join(f"{1e3 * seconds:.1f}" for seconds in (ours, anew, theirs))
        yield f"| {size} | {first:.2f} | {times} | {ours / theirs:.2f} |"


def _ours(compartments: int) -> tuple[float, float, float]:
    from rheobase.analysis import ImpedanceAnalyser

    cell, soma = in_rheobase(compartments)
    analyser = ImpedanceAnalyser(cell)

    def measure(**asked: Any) -> None:
        analyser.impedance(soma(0.5), FREQUENCIES, check=False, **asked).transfer(soma(0.5))

    first = once(measure)
    point = analyser.point()
    return first, best_of(lambda: measure(operating_point=point)), best_of(measure)


def _theirs(compartments: int) -> float:
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
    h.usetable_hh = 0
    h.finitialize(-65)
    impedance = h.Impedance()
    impedance.loc(0.5, sec=sections[0])

    def measure() -> None:
        for frequency in FREQUENCIES:
            impedance.compute(float(frequency), 1)

    return best_of(measure, 3)
