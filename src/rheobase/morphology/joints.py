"""Where sections join, told in comments of an SWC file: its rows have no room for it.

Other programs read such a file by the rules for SWC alone, which cut and join sections almost the same way.
"""

import re
import zlib

import numpy as np

from rheobase.morphology.problem import Problem
from rheobase.morphology.samples import Samples

_HEAD = re.compile(r"#\s*joints of ([0-9a-f]{8})\s*$")
_ROW = re.compile(r"#\s*at ([0-9.e+-]{1,30}):((?: \d{1,18})+)\s*$")
_IDS_A_LINE = 16


def joint_comments(samples: Samples) -> list[str]:
    """Give comments that tell of the samples' joints, none if there are none.

    >>> from rheobase.morphology import read_swc
    >>> m = read_swc("1 1 0 0 0 5 -1")
    >>> joint_comments(m.samples.replace(joint=np.array([0.5])))
    ['# joints of 06b5dab1', '# at 0.5: 1']
    """
    lines = []
    for at in np.unique(samples.joint[~np.isnan(samples.joint)]).tolist():
        ids = samples.id[samples.joint == at].tolist()
        rows = (ids[k : k + _IDS_A_LINE] for k in range(0, len(ids), _IDS_A_LINE))
        lines += [f"# at {at!r}: {' '.join(map(str, row))}" for row in rows]
    return [f"# joints of {_mark(samples)}", *lines] if lines else []


def with_joints(samples: Samples, lines: list[str], problems: list[Problem]) -> Samples:
    """Give samples the joints that comments tell of, if they are of a file with these ids and parents.

    **Arguments:** `lines` of the file; `problems`, to which it is added that joints were left out.
    """
    head = next(((k, found) for k, line in enumerate(lines, start=1) if (found := _HEAD.match(line))), None)
    if head is None:
        return samples
    line, found = head
    if found[1] != _mark(samples):
        message = "the joints that comments tell of are those of other samples; they were left out"
        problems.append(Problem("left-out", "note", line, message))
        return samples
    joint = samples.joint.copy()
    index = {number: k for k, number in enumerate(samples.id.tolist())}
    for line, row in enumerate(map(_ROW.match, lines), start=1):
        if row is None:
            continue
        at = _fraction(row[1])
        numbers = [int(word) for word in row[2].split()]
        if at is None or not all(number in index for number in numbers):
            message = "a comment tells of a joint that cannot be: it lies from 0 to 1, at a sample of this file"
            problems.append(Problem("left-out", "note", line, message))
            continue
        for k in map(index.__getitem__, numbers):
            # A root has nothing to be joined to.
            if samples.parent[k] >= 0:
                joint[k] = at
    return samples.replace(joint=joint)


def _fraction(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def _mark(samples: Samples) -> str:
    """Give a sum of all ids and parents: samples that were renumbered or joined anew have another."""
    order = np.argsort(samples.id, kind="stable")
    parents = np.append(samples.id, -1)[samples.parent]
    both = np.column_stack([samples.id, parents])[order]
    return f"{zlib.crc32(both.astype('<i8').tobytes()):08x}"
