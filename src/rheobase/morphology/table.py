"""A table of numbers made into samples: what it can mean is kept, and what is doubtful about it is said."""

import numpy as np
from numpy.typing import NDArray

from rheobase.morphology.diameters import with_positive_diameters
from rheobase.morphology.forest import ancestors, in_order, roots
from rheobase.morphology.problem import Problem
from rheobase.morphology.samples import Floats, Integers, MorphologyError, Samples

COLUMNS = ("id", "type", "x", "y", "z", "radius", "parent")
_LARGEST_WHOLE = 2**53  # beyond it floats skip whole numbers
_LARGEST = 1e7  # um; ten metres hold any neuron, and more would only be a slip of the exponent


def samples_from_table(table: Floats, line: Integers) -> tuple[Samples, list[Problem]]:
    """Order the rows of an SWC file and join them to trees.

    Where the rows contradict each other the samples show one meaning, and an error says so: a sample without its
    parent is a root, a cycle is cut at its longest link, a second sample of one id gets a new one.

    **Arguments:** `table`, (n, 7) with the columns `COLUMNS`, um, n at least 1; `line` of each row.

    **Returns:** samples, parents before children, the soma's tree first; and the problems, of which those with a
    place give the index of their sample.

    **Raises:** `MorphologyError` with the line for a number that cannot be.
    """
    problems: list[Problem] = []
    _check_values(table, line)
    table, line = _without_repeats(table, line, problems)
    samples = _linked(table, line, problems)
    samples = _without_cycles(samples, problems)
    placed = samples.id.copy()
    samples = in_order(samples, problems)
    # Problems found so far count samples as they stood in the table.
    at = np.argsort(samples.id)
    where = at[np.searchsorted(samples.id, placed, sorter=at)]
    problems = [p if p.sample is None else _moved(p, int(where[p.sample])) for p in problems]
    return with_positive_diameters(samples, problems), problems


def _moved(problem: Problem, sample: int) -> Problem:
    fields = (problem.code, problem.severity, problem.line, problem.message)
    return Problem(*fields, sample, repaired=problem.repaired)


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
    negative[:, 0] = table[:, 0] < 0
    _refuse_first(negative, table, line, "must not be negative")


def _refuse_first(bad: NDArray[np.bool_], table: Floats, line: Integers, rule: str) -> None:
    if bad.any():
        row = int(np.argmax(bad.any(axis=1)))
        column = int(np.argmax(bad[row]))
        raise MorphologyError(f"{COLUMNS[column]} is {table[row, column]:g}: {rule}", line=int(line[row]))


def _without_repeats(table: Floats, line: Integers, problems: list[Problem]) -> tuple[Floats, Integers]:
    """Drop rows that repeat an earlier row."""
    order = np.argsort(table[:, 0], kind="stable")
    if (table[order[1:], 0] != table[order[:-1], 0]).all():
        return table, line
    _, first, row_of = np.unique(table, axis=0, return_index=True, return_inverse=True)
    original = first[row_of.reshape(-1)]
    keep = original == np.arange(len(table))
    for row in np.flatnonzero(~keep).tolist():
        message = f"this repeats line {line[original[row]]} and was left out"
        problems.append(Problem("duplicate-point", "note", int(line[row]), message, repaired=True))
    return table[keep], line[keep]


def _linked(table: Floats, line: Integers, problems: list[Problem]) -> Samples:
    """Find each row's parent; where an id is given twice, the last before the row, else the first after it."""
    n = len(table)
    given, above = table[:, 0].astype(np.int64), table[:, 6].astype(np.int64)
    known, first, rank = np.unique(given, return_index=True, return_inverse=True)
    rank = rank.reshape(-1)
    by_rank = np.argsort(rank, kind="stable")
    key = rank[by_rank] * (n + 1) + by_rank  # sorted by id, then by row
    wanted = np.minimum(np.searchsorted(known, above), len(known) - 1)
    exists = known[wanted] == above
    before = np.searchsorted(key, wanted * (n + 1) + np.arange(n)) - 1
    fits = (before >= 0) & (rank[by_rank[before]] == wanted)
    parent = np.where(exists, by_rank[np.where(fits, before, np.minimum(before + 1, n - 1))], -1)
    again = first[rank] != np.arange(n)
    ids = given.copy()
    ids[again] = given.max() + 1 + np.arange(again.sum())
    for row in np.flatnonzero(again).tolist():
        message = (
            f"id {given[row]} was given on line {line[first[rank[row]]]} to another sample; this one is {ids[row]}"
        )
        problems.append(Problem("duplicate-id", "error", int(line[row]), message, row))
    falls = np.flatnonzero(given[1:] < given[:-1])
    if len(falls) and not again.any():
        at = int(falls[0]) + 1
        message = f"id {given[at]} follows {given[at - 1]}; sorted by id"
        problems.append(Problem("unsorted-parents", "note", int(line[at]), message, repaired=True))
    for row in np.flatnonzero(~exists & (above >= 0)).tolist():
        if above[row] == 0:
            message = "parent 0 is taken as -1, a root"
            problems.append(Problem("root-as-zero", "note", int(line[row]), message, row, repaired=True))
        else:
            message = f"sample {ids[row]} has the parent {above[row]}, which is not in the file"
            problems.append(Problem("missing-parent", "error", int(line[row]), message, row))
    rounded = table[:, 2:6].astype(np.float32).astype(float)
    return Samples(
        id=ids,
        type=table[:, 1].astype(np.int64),
        xyz=rounded[:, :3].copy(),
        diam=2 * rounded[:, 3],
        parent=parent.astype(np.int64),
        line=line.astype(np.int64),
    )


def _without_cycles(samples: Samples, problems: list[Problem]) -> Samples:
    """Make a root of one sample of each cycle: the one furthest from its parent."""
    looping = roots(samples.parent) < 0
    if not looping.any():
        return samples
    parent = samples.parent.copy()
    waiting = set(ancestors(samples.parent)[looping].tolist())
    while waiting:
        start = min(waiting)
        members = [start]
        while (above := int(samples.parent[members[-1]])) != start:
            members.append(above)
        waiting -= set(members)
        members.sort()
        away = np.linalg.norm(samples.xyz[members] - samples.xyz[samples.parent[members]], axis=1)
        cut = members[int(np.argmax(away))]
        parent[cut] = -1
        message = f"sample {samples.id[cut]} is its own ancestor"
        if len(members) > 1:
            lines = ", ".join(str(samples.line[k]) for k in members[:5]) + (", ..." if len(members) > 5 else "")
            message += f": the parents on lines {lines} form a cycle, cut here, at its longest link"
        problems.append(Problem("cycle", "error", int(samples.line[cut]), message, cut))
    return samples.replace(parent=parent)
