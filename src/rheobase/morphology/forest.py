"""The order of samples, and which tree each belongs to."""

import numpy as np

from rheobase.morphology.problem import Problem
from rheobase.morphology.samples import SOMA, Integers, Samples
from rheobase.morphology.sections import joins_unrelated


class Kin:
    """The children of every sample, found once."""

    def __init__(self, samples: Samples) -> None:
        child = np.flatnonzero(samples.parent >= 0)
        order = np.argsort(samples.parent[child], kind="stable")
        self._child = child[order]
        self._start = np.searchsorted(samples.parent[self._child], np.arange(len(samples) + 1))

    def children(self, sample: int) -> list[int]:
        """The indices of what hangs directly on a sample, in order."""
        found: list[int] = self._child[self._start[sample] : self._start[sample + 1]].tolist()
        return found


def roots(parent: Integers) -> Integers:
    """Give the root above each sample, itself for a root, -1 where parents go round in a cycle."""
    up = ancestors(parent)
    return np.where(parent[up] < 0, up, -1)


def ancestors(parent: Integers) -> Integers:
    """Give the root above each sample, or, where parents go round in a cycle, some sample on the cycle."""
    n = len(parent)
    up = np.where(parent < 0, np.arange(n), parent)
    for _ in range(n.bit_length()):  # each round doubles how far up one looks
        up = up[up]
    return up


def depth_first(parent: Integers) -> Integers:
    """Order samples so that each is followed by all that hangs on it, children in their present order."""
    children: list[list[int]] = [[] for _ in range(len(parent) + 1)]
    for k, above in enumerate(parent.tolist()):
        children[above].append(k)  # -1, a root, is the last list
    order, waiting = [], children[-1][::-1]
    while waiting:
        k = waiting.pop()
        order.append(k)
        waiting.extend(reversed(children[k]))
    return np.array(order)


def subtree(samples: Samples, sample: int) -> Integers:
    """Give the indices of a sample and of all that hangs on it, in order."""
    inside = np.zeros(len(samples), dtype=bool)
    inside[sample] = True
    parents = samples.parent.tolist()
    found = [sample]
    for k in range(sample + 1, len(parents)):
        if parents[k] >= 0 and inside[parents[k]]:
            inside[k] = True
            found.append(k)
    return np.array(found)


def in_order(samples: Samples, notes: list[Problem] | None = None) -> Samples:
    """Put samples in the order of ids where that is one: parents first, the soma's tree first, as NEURON reads them.

    **Arguments:** `samples`, a forest in any order; `notes`, to which what had to be moved is added.
    """
    notes = [] if notes is None else notes
    if (samples.id[1:] < samples.id[:-1]).any():
        samples = samples.take(np.argsort(samples.id, kind="stable"))
    late = np.flatnonzero(samples.parent >= np.arange(len(samples)))
    if len(late):
        message = f"sample {samples.id[late[0]]} comes before its parent; all were put in depth-first order"
        notes.append(_note("unsorted-parents", int(samples.line[late[0]]), message))
        samples = samples.take(depth_first(samples.parent))
    if (samples.parent < 0).sum() > 1:
        samples = _soma_first(samples, notes)
    if joins_unrelated(samples):
        message = (
            "the order of the samples breaks up unbranched stretches in a way that NEURON misreads; "
            "they were put in depth-first order"
        )
        notes.append(_note("reordered", int(samples.line[0]), message))
        samples = samples.take(depth_first(samples.parent))
    return samples


def _soma_first(samples: Samples, notes: list[Problem]) -> Samples:
    soma = samples.type == SOMA
    if not soma.any():
        return samples
    root = roots(samples.parent)
    home = root[np.argmax(soma)]
    if home == root[0]:
        return samples
    message = "the tree with the soma does not come first in the file; it was put first"
    notes.append(_note("soma-moved", int(samples.line[home]), message))
    return samples.take(np.argsort(root != home, kind="stable"))


def _note(code: str, line: int, message: str) -> Problem:
    return Problem(code, "note", line, message, repaired=True)
