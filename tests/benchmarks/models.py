"""The one model that every simulator is timed on: Hodgkin-Huxley membrane everywhere on a binary tree."""

from typing import NamedTuple

SIZES = (1, 50, 300, 1500)
DT = 0.025  # ms
AMP, DELAY, DUR = 0.3, 1.0, 1000.0  # nA, ms, ms


class Branch(NamedTuple):
    """An unbranched cable: the index of its parent (-1 for the root), compartments, length and diameter in um."""

    parent: int
    ncomp: int
    length: float
    diam: float


def tree(compartments: int) -> list[Branch]:
    """A soma of one compartment and branches of ten, each end bearing two, until there are enough compartments."""
    branches = [Branch(-1, 1, 20.0, 20.0)]
    waiting, total = [0], 1
    while total < compartments:
        parent = waiting.pop(0)
        for _ in range(2):
            if total >= compartments:
                break
            ncomp = min(10, compartments - total)
            branches.append(Branch(parent, ncomp, 10.0 * ncomp, 2.0))
            waiting.append(len(branches) - 1)
            total += ncomp
    return branches
