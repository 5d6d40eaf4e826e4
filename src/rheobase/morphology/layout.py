"""Places in space for sections that were given only a length and a diameter.

The picture is stylised, in the manner of NEURON's `define_shape`: a child goes on in its parent's direction
from the end it is joined to, or at a right angle from inside; several children of one place fan out. Points that
hang on a section without are moved, with all that hangs on them, to where that one ends in the picture.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.morphology.geometry import arc_lengths

Floats = NDArray[np.float64]

_FAN = 0.8  # radians between the outermost of several children
_BETWEEN_ROOTS = 100.0  # um in z


class Outline(NamedTuple):
    """What `layout` needs of a section.

    `points`, (n, 4) x, y, z, diameter in um, or `None` with `L` and `diam` (one number or one a segment, um);
    `parent`, the index of the parent in the sequence, `None` for a root; `parent_x`, where on it, 0 to 1;
    `child_end`, which end of this section is joined there.
    """

    points: ArrayLike | None = None
    L: float | None = None
    diam: float | Sequence[float] | None = None
    parent: int | None = None
    parent_x: float = 1.0
    child_end: int = 0


def layout(sections: Sequence[Outline]) -> tuple[Floats, ...]:
    """Give every section points.

    **Arguments:** `sections`, in any order.

    **Returns:** an (n, 4) array for each section: its own points unchanged, or points on a straight line that
    starts at the parent's place.

    **Raises:** `ValueError` for a section with neither points nor `L` and `diam`, or one that is its own
    ancestor.

    >>> soma = Outline(L=20, diam=20)
    >>> dend = Outline(L=100, diam=2, parent=0)
    >>> layout([soma, dend])[1].tolist()
    [[20.0, 0.0, 0.0, 2.0], [120.0, 0.0, 0.0, 2.0]]
    """
    placed: dict[int, Floats] = {}
    moved: dict[int, Floats] = {}  # how far the points of a section lie from where they were given
    joined: dict[int, dict[float, list[int]]] = {}  # the children of each section, by where they join it
    for k, section in enumerate(sections):
        if section.parent is None:
            placed[k] = _points(section, np.array([0.0, 0.0, _BETWEEN_ROOTS * len(placed)]), 0.0)
        else:
            joined.setdefault(section.parent, {}).setdefault(section.parent_x, []).append(k)
    waiting = list(placed)
    while waiting:
        parent = waiting.pop()
        for x, children in joined.get(parent, {}).items():
            start, angles = _directions(placed[parent], x, len(children))
            for child, angle in zip(children, angles, strict=True):
                placed[child] = _points(sections[child], start, angle)
                if sections[child].points is not None:
                    own = moved.get(parent) if sections[parent].points is not None else start - placed[child][0, :3]
                    if own is not None and own.any():
                        moved[child] = own
                        placed[child][:, :3] += own
            waiting.extend(children)
    if len(placed) < len(sections):
        lost = min(set(range(len(sections))) - placed.keys())
        raise ValueError(f"section {lost} is its own ancestor or has no such parent ({sections[lost].parent})")
    return tuple(placed[k] for k in range(len(sections)))


def _points(section: Outline, start: Floats, angle: float) -> Floats:
    """Give the section's own points, or a straight line from `start` in the xy plane."""
    if section.points is not None:
        return np.array(section.points, dtype=float)
    if section.L is None or section.diam is None:
        raise ValueError("a section needs points, or both L and diam (um)")
    diam = np.atleast_1d(np.asarray(section.diam, dtype=float))
    edges = np.linspace(0, section.L, len(diam) + 1)
    along = np.column_stack([edges[:-1], edges[1:]]).ravel()  # both ends of each segment, so that diam steps
    points = np.empty((len(along), 4))
    points[:, :3] = start + np.outer(along, [math.cos(angle), math.sin(angle), 0.0])
    points[:, 3] = np.repeat(diam, 2)
    if section.child_end:
        points[:, :3] = points[::-1, :3]
    return points


def _directions(parent: Floats, x: float, count: int) -> tuple[Floats, list[float]]:
    """Give the place at `x` on the parent, and the angle in the xy plane of each child there."""
    arc = arc_lengths(parent)
    at = x * arc[-1]
    start = np.array([np.interp(at, arc, parent[:, axis]) for axis in range(3)])
    across = parent[-1] - parent[0]
    angle = math.atan2(across[1], across[0]) if across[:2].any() else 0.0
    if 0 < x < 1:
        # Inside, children leave on both sides in turn.
        sides = [count - count // 2, count // 2]
        fans = [_fan(angle + side * math.pi / 2, n) for side, n in zip((1, -1), sides, strict=True)]
        return start, [fans[k % 2][k // 2] for k in range(count)]
    return start, _fan(angle + math.pi if x == 0 else angle, count)


def _fan(angle: float, count: int) -> list[float]:
    if count < 2:
        return [angle] * count
    return [angle + _FAN * (k / (count - 1) - 0.5) for k in range(count)]
