"""Branches that a file cuts itself, and traced outlines, made into samples."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rheobase.morphology.contours import ShapelessError, Stack, discs, oddities
from rheobase.morphology.diameters import with_positive_diameters
from rheobase.morphology.problem import Problem
from rheobase.morphology.samples import SOMA, Floats, MorphologyError, Samples

LARGEST = 1e7  # um; ten metres hold any neuron, and more would only be a slip of the exponent
Row = tuple[float, float, float, float]


@dataclass(slots=True)
class Branch:
    """One section as a file has it.

    **Attributes:** `type`, the SWC type; `rows` of x, y, z, diameter and the `lines` they stand on; `parent`, the
    number of the branch that it leaves, `None` for the first of a tree; `at`, where on the parent it begins, and
    `leaves`, the row of the parent that is nearest to this, `None` for the one at that end; `soma_at`, where on the
    soma a tree begins.
    """

    type: int
    rows: list[Row] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    parent: int | None = None
    at: float = 1.0
    leaves: int | None = None
    soma_at: float = 0.5

    def end(self, branches: Sequence["Branch"]) -> Row | None:
        """The last point of the branch that this one leaves."""
        return branches[self.parent].rows[-1] if self.parent is not None else None


def number(word: str, what: str, line: int) -> float:
    """Read a coordinate or a diameter, um.

    **Raises:** `MorphologyError` for what is no finite number or beyond ten metres.
    """
    try:
        value = float(word)
    except ValueError:
        value = None
    if value is None or "_" in word:  # Python reads 1_000, files don't mean it
        raise MorphologyError(f"{what} is {shown(word)}, not a number", line=line)
    if not np.isfinite(value):
        raise MorphologyError(f"{what} is {value:g}: must be a finite number", line=line)
    if abs(value) > LARGEST:
        raise MorphologyError(f"{what} is {value:g}: must not be beyond {LARGEST:g} um", line=line)
    return value


def shown(word: str) -> str:
    """Quote a word of a file, cut to a length that a message holds."""
    return repr(word if len(word) <= 30 else word[:27] + "...")


def samples_of(somata: Sequence[Stack], branches: Sequence[Branch], problems: list[Problem]) -> Samples:
    """Join trees to the somata, and give all as samples: somata first, then the branches in their order.

    The first branch of a tree joins the middle of the soma in whose bounding box it begins, else of the nearest
    soma, without the way there.

    **Arguments:** `branches`, parents before children; `problems`, to which what was noticed is added.

    **Raises:** `MorphologyError` for a single outline that has no shape.
    """
    bodies = [_body(soma, problems) for soma in somata]
    pieces = [*bodies, *(np.array(branch.rows) for branch in branches)]
    stops = np.cumsum([len(piece) for piece in pieces])
    starts = stops - [len(piece) for piece in pieces]
    parent, joint = np.arange(stops[-1]) - 1, np.full(stops[-1], np.nan)
    parent[starts] = -1
    for k, branch in enumerate(branches, start=len(bodies)):
        if branch.parent is not None:
            above = branch.parent + len(bodies)
            end = 0 if branch.at == 0 else stops[above] - 1 - starts[above]
            parent[starts[k]] = starts[above] + (end if branch.leaves is None else branch.leaves)
            joint[starts[k]] = branch.at
        elif bodies:
            home = _home(np.array(branch.rows[0][:3]), somata, branch, problems)
            parent[starts[k]] = (starts[home] + stops[home] - 1) // 2
            joint[starts[k]] = branch.soma_at
    rows = np.concatenate(pieces).astype(np.float32).astype(float)
    lines = [np.full(len(body), soma.contours[0].line) for soma, body in zip(somata, bodies, strict=True)]
    kinds = [np.full(len(body), SOMA) for body in bodies]
    samples = Samples(
        id=np.arange(1, len(rows) + 1),
        type=np.concatenate([*kinds, *(np.full(len(branch.rows), branch.type) for branch in branches)]),
        xyz=rows[:, :3].copy(),
        diam=rows[:, 3].copy(),
        parent=parent,
        line=np.concatenate([*lines, *(np.array(branch.lines) for branch in branches)]),
        joint=joint,
    )
    return with_positive_diameters(samples, problems)


def _body(soma: Stack, problems: list[Problem]) -> Floats:
    try:
        rows = discs(soma)
    except ShapelessError as error:
        raise MorphologyError(
            str(error), line=soma.contours[0].line, hint="trace the soma's outline in the plane of x and y"
        ) from None
    problems += [Problem("soma-contour", "warning", line, message) for line, message in oddities(soma)]
    return rows


def _home(start: Floats, somata: Sequence[Stack], branch: Branch, problems: list[Problem]) -> int:
    for k, soma in enumerate(somata):
        if soma.holds(start[None])[0]:
            return k
    away = [float(np.linalg.norm(start - soma.centre)) for soma in somata]
    nearest = int(np.argmin(away))
    message = f"this tree begins outside the soma, {away[nearest]:.4g} um from its centre; it was joined to its middle"
    problems.append(Problem("dangling-tree", "warning", branch.lines[0], message))
    return nearest
