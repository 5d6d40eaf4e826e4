"""A table of numbers made into samples on one tree: repaired where that is safe, else refused."""

import numpy as np
from numpy.typing import NDArray

from rheobase.morphology.morphology import SOMA, Floats, Integers, MorphologyError, Problem, Samples
from rheobase.morphology.sections import joins_unrelated

COLUMNS = ("id", "type", "x", "y", "z", "radius", "parent")
_LARGEST_WHOLE = 2**53  # beyond it floats skip whole numbers
_LARGEST = 1e7  # um; ten metres hold any neuron, and more would only be a slip of the exponent


def samples_from_table(table: Floats, line: Integers) -> tuple[Samples, list[Problem]]:
    """Check and order the rows of an SWC file.

    **Arguments:** `table`, (n, 7) with the columns `COLUMNS`, um, n at least 1; `line` of each row.

    **Returns:** samples, parents before children, the soma's tree first; and what was repaired.

    **Raises:** `MorphologyError` with the line for a number that cannot be, an id given twice, a parent
    that is missing, a cycle, or two somata that are not joined.
    """
    problems: list[Problem] = []
    _check_values(table, line)
    table, line = _without_duplicates(table, line, problems)
    samples = _with_parents(table, line, problems)
    samples = _in_order(samples, problems)
    samples = _one_tree_first(samples, problems)
    if joins_unrelated(samples):
        problems.append(
            Problem(
                "reordered",
                "note",
                int(samples.line[0]),
                "the order of the samples breaks up unbranched stretches in a way that NEURON misreads; "
                "they were put in depth-first order",
            )
        )
        samples = samples.take(_depth_first(samples.parent))
    return _with_positive_diameters(samples, problems), problems


def _check_values(table: Floats, line: Integers) -> None:
    """Refuse numbers that no sample has."""
    finite = np.isfinite(table)
    _refuse_first(~finite, table, line, "must be a finite number")
    huge = np.zeros_like(finite)
    huge[:, 2:6] = np.abs(table[:, 2:6]) > _LARGEST
    _refuse_first(huge, table, line, f"must not be beyond {_LARGEST:g} um")
    whole = np.ones_like(finite)
    whole[:, [0, 1, 6]] = (table == np.floor(table))[:, [0, 1, 6]] & (np.abs(table) <= _LARGEST_WHOLE)[:, [0, 1, 6]]
    _refuse_first(~whole, table, line, "must be a whole number")
    negative = np.zeros_like(finite)
    negative[:, [0, 5]] = table[:, [0, 5]] < 0
    _refuse_first(negative, table, line, "must not be negative")


def _refuse_first(bad: NDArray[np.bool_], table: Floats, line: Integers, rule: str) -> None:
    if bad.any():
        row = int(np.argmax(bad.any(axis=1)))
        column = int(np.argmax(bad[row]))
        raise MorphologyError(f"{COLUMNS[column]} is {table[row, column]:g}: {rule}", line=int(line[row]))


def _without_duplicates(table: Floats, line: Integers, problems: list[Problem]) -> tuple[Floats, Integers]:
    """Drop rows that repeat an earlier row; an id that names two different samples is refused."""
    order = np.argsort(table[:, 0], kind="stable")
    again = np.flatnonzero(table[order[1:], 0] == table[order[:-1], 0]) + 1
    if not len(again):
        return table, line
    later, earlier = order[again], order[again - 1]
    differs = (table[later] != table[earlier]).any(axis=1)
    if differs.any():
        k = int(np.argmax(differs))
        raise MorphologyError(
            f"id {table[later[k], 0]:.0f} was given on line {line[earlier[k]]} to another sample",
            line=int(line[later[k]]),
            hint="give every sample an id of its own; two cells in one file need a file each",
        )
    for row, first in zip(later.tolist(), earlier.tolist(), strict=True):
        message = f"this repeats line {line[first]} and was left out"
        problems.append(Problem("duplicate", "note", int(line[row]), message))
    keep = np.ones(len(table), dtype=bool)
    keep[later] = False
    return table[keep], line[keep]


def _with_parents(table: Floats, line: Integers, problems: list[Problem]) -> Samples:
    """Sort rows by id and find each parent's index."""
    ids = table[:, 0].astype(np.int64)
    falls = np.flatnonzero(ids[1:] < ids[:-1])
    if len(falls):
        at = int(falls[0]) + 1
        problems.append(Problem("unsorted", "note", int(line[at]), f"id {ids[at]} follows {ids[at - 1]}; sorted by id"))
        order = np.argsort(ids, kind="stable")
        table, line, ids = table[order], line[order], ids[order]
    above = table[:, 6].astype(np.int64)
    found = np.minimum(np.searchsorted(ids, above), len(ids) - 1)
    parent = np.where(ids[found] == above, found, -1)
    missing = np.flatnonzero((parent < 0) & (above >= 0))
    rounded = table[:, 2:6].astype(np.float32).astype(float)
    for row in missing.tolist():
        if above[row] != 0:
            raise MorphologyError(
                f"sample {ids[row]} has the parent {above[row]}, which is not in the file",
                line=int(line[row]),
                hint="lines may have been lost; a root has the parent -1",
            )
        problems.append(Problem("root_as_zero", "note", int(line[row]), "parent 0 is taken as -1, a root"))
    return Samples(
        id=ids,
        type=table[:, 1].astype(np.int64),
        xyz=rounded[:, :3].copy(),
        diam=2 * rounded[:, 3],
        parent=parent.astype(np.int64),
        line=line.astype(np.int64),
    )


def _in_order(samples: Samples, problems: list[Problem]) -> Samples:
    """Give samples with every parent before its children."""
    late = np.flatnonzero(samples.parent >= np.arange(len(samples)))
    if not len(late):
        return samples
    _refuse_cycle(samples)
    at = int(late[0])
    message = f"sample {samples.id[at]} comes before its parent; all were put in depth-first order"
    problems.append(Problem("parent_after_child", "note", int(samples.line[at]), message))
    return samples.take(_depth_first(samples.parent))


def _refuse_cycle(samples: Samples) -> None:
    looping = _roots(samples.parent) < 0
    if not looping.any():
        return
    at = int(np.argmax(looping))
    cycle: dict[int, None] = {}
    while at not in cycle:
        cycle[at] = None
        at = int(samples.parent[at])
    members = list(cycle)
    members = sorted(members[members.index(at) :])
    lines = ", ".join(str(samples.line[k]) for k in members[:5]) + (", ..." if len(members) > 5 else "")
    message = f"sample {samples.id[members[0]]} is its own ancestor"
    if len(members) > 1:
        message += f": the parents on lines {lines} form a cycle"
    raise MorphologyError(message, line=int(samples.line[members[0]]), hint="a root has the parent -1")


def _roots(parent: Integers) -> Integers:
    """Give the root above each sample, itself for a root, -1 where parents go round in a cycle."""
    n = len(parent)
    up = np.where(parent < 0, np.arange(n), parent)
    for _ in range(n.bit_length()):  # each round doubles how far up one looks
        up = up[up]
    return np.where(parent[up] < 0, up, -1)


def _depth_first(parent: Integers) -> Integers:
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


def _one_tree_first(samples: Samples, problems: list[Problem]) -> Samples:
    """Put the tree of the soma first, and tell of further roots and somata."""
    above = samples.parent
    soma = samples.type == SOMA
    begins = np.flatnonzero(soma & ((above < 0) | (samples.type[above] != SOMA)))  # of each connected soma
    if (above < 0).sum() > 1:
        root = _roots(above)
        with_soma = np.unique(root[soma])
        if len(with_soma) > 1:
            first, second = (int(samples.line[np.argmax(soma & (root == r))]) for r in with_soma[:2])
            raise MorphologyError(
                f"this soma and the one on line {first} are not joined",
                line=second,
                hint="a file describes one cell; keep each in a file of its own, or join their samples",
            )
        if len(with_soma) and with_soma[0] != root[0]:
            message = "the tree with the soma does not come first in the file; it was put first"
            problems.append(Problem("soma_moved", "note", int(samples.line[with_soma[0]]), message))
            samples = samples.take(np.argsort(root != with_soma[0], kind="stable"))
        for line in samples.line[1:][samples.parent[1:] < 0].tolist():
            message = "this is a further root; what hangs on it was joined to the middle of the first section"
            problems.append(Problem("extra_root", "warning", line, message))
    elif len(begins) > 1:
        first = int(samples.line[begins[0]])
        for line in samples.line[begins[1:]].tolist():
            message = f"this is a second soma, apart from that of line {first}; both were kept"
            problems.append(Problem("two_somata", "warning", line, message))
    return samples


def _with_positive_diameters(samples: Samples, problems: list[Problem]) -> Samples:
    """Give samples of radius 0 the diameter of the nearest of their type: the parent, else a descendant."""
    thin = np.flatnonzero(samples.diam == 0)
    if not len(thin):
        return samples
    diam, kind, parent = samples.diam.copy(), samples.type, samples.parent
    first_child = np.full(len(samples), -1)
    child = np.flatnonzero((parent >= 0) & (kind[parent] == kind))[::-1]
    first_child[parent[child]] = child
    for k in thin.tolist():
        source = int(parent[k])
        if source < 0 or kind[source] != kind[k]:
            source = int(first_child[k])
            while source >= 0 and diam[source] == 0:
                source = int(first_child[source])
        if source < 0:
            raise MorphologyError(
                "radius is 0, and no neighbour of the same type has another",
                line=int(samples.line[k]),
                hint="give the radius in um",
            )
        diam[k] = diam[source]
        message = f"radius 0 was replaced by {diam[k] / 2:g} um, that of line {samples.line[source]}"
        problems.append(Problem("zero_radius", "warning", int(samples.line[k]), message))
    return Samples(samples.id, kind, samples.xyz, diam, parent, samples.line, samples.joint)
