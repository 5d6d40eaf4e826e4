"""Places on a cell that a tool begins with, and what it says of a cell that has none."""

import numpy as np

from rheobase.model import Cell, Location

NO_SECTIONS = "This cell has no sections yet. Add one, as in cell.add_section('soma', L=20, diam=20)."


def farthest(cell: Cell, origin: Location) -> Location:
    """The middle of the segment that is farthest from a place along its tree.

    >>> cell = Cell("fork")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> dend = cell.add_section("dend", L=400, diam=2, nseg=5, parent=soma(1))
    >>> farthest(cell, soma(0.5))
    dend(0.9)
    """
    away = cell.path_distance(origin)
    index = int(np.argmax(np.where(np.isfinite(away), away, -1)))
    for section in cell.sections:
        if index < section.nseg:
            return section((index + 0.5) / section.nseg)
        index -= section.nseg
    raise AssertionError("a distance for every segment")
