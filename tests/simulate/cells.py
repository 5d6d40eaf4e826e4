"""Small cells that the tests of simulations share, so that they share compiled programs too."""

from typing import Any

import numpy as np

import rheobase as rb
from rheobase.simulate import Simulation


def forked(nseg: int = 3) -> tuple[rb.Cell, Any, tuple[Any, ...]]:
    """A soma with two dendrites; hh in the soma, pas in the dendrites, a clamp named `ic`."""
    cell = rb.Cell("forked")
    soma = cell.add_section("soma", L=20, diam=20)
    dends = tuple(cell.add_section(f"dend[{k}]", L=100, diam=2, nseg=nseg, parent=soma(1)) for k in range(2))
    cell["soma"].insert("hh")
    cell["dend"].insert("pas", g=1e-4, e=-65)
    cell.place(rb.IClamp(delay=1, dur=2, amp=0.3), soma(0.5), name="ic")
    return cell, soma, dends


def spread(cell: rb.Cell, target: str, varied: dict[str, Any] | None = None) -> Any:
    """The value of a target in every segment as a run takes it, under varied parameters."""
    assembly = Simulation(cell, tstop=1).assembly
    params = assembly.normalised({name: np.asarray(value, float) for name, value in (varied or {}).items()})
    return assembly.table.spread(params)[target]
