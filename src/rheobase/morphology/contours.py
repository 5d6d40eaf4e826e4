"""Outlines of a soma, as a person traces them, made into a soma of discs.

The rules are those of NEURON 9's `Import3d_GUI` and `Import3d_Section`, stated here in full:

- A contour is spread into 101 points at equal steps, measured in the plane of x and y, along the line through its
  points, which is left open; their mean is its centre.
- Of a single contour, the axis in which these points lie furthest apart (the first principal axis, with its largest
  component positive) becomes the axis of the soma. The two sides of the outline, between the points furthest along
  it and furthest back, lose each point that does not lie further along the axis than the one before. At 21 equal
  steps between the second points from either end, the distance between the two sides, across the axis and in the
  plane of x and y, is a diameter. The first and the last are averaged with their neighbours, lest they be zero.
- Of a stack of contours, each becomes one disc at its centre, of the mean of two diameters: that of a circle with
  the contour's perimeter, and twice the mean distance of its points from the centre.
- Successive contours whose bounding boxes in x and y touch are a stack; others are somata of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS = 100  # along a contour
_DISCS = 20  # steps along a soma's axis
_SAME = 1e-11  # um; what counts as equal


class ShapelessError(ValueError):
    """An outline of which no soma can be made."""


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """One traced contour.

    **Attributes:** `points`, (n, 3) um, n at least 3; `line` of the file where it begins.
    """

    points: Floats
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The contours of one soma, one or more."""

    contours: tuple[Contour, ...]

    @property
    def centre(self) -> Floats:
        """What neurites are joined to: the contour's centre, or the middle of the line through all centres."""
        centres = np.array([spread(contour.points).mean(axis=0) for contour in self.contours])
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(centres, axis=0), axis=1))])
        middle = arc[-1] / 2
        return np.array([np.interp(middle, arc, column) for column in centres.T]) if middle > 0 else centres[0]

    def holds(self, points: Floats) -> NDArray[np.bool_]:
        """Tell which points lie in the bounding box in x and y, 0.5 um wider for a contour that is alone."""
        margin = 0.5 if len(self.contours) == 1 else 0.0
        together = np.concatenate([contour.points for contour in self.contours])[:, :2]
        low, high = together.min(axis=0) - margin, together.max(axis=0) + margin
        inside: NDArray[np.bool_] = ((points[:, :2] >= low) & (points[:, :2] <= high)).all(axis=1)
        return inside


def stacks(contours: Sequence[Contour]) -> list[Stack]:
    """Put contours that follow each other and overlap into one stack."""
    found: list[list[Contour]] = []
    for contour in contours:
        if found and _touch(found[-1][-1].points, contour.points):
            found[-1].append(contour)
        else:
            found.append([contour])
    return [Stack(tuple(together)) for together in found]


def discs(stack: Stack) -> Floats:
    """Give the soma of a stack as rows of x, y, z and diameter.

    **Raises:** `ShapelessError` for a contour without an extent, or one that stands upright in z.

    >>> t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    >>> ellipse = np.column_stack([10 * np.cos(t), 5 * np.sin(t), 0 * t])
    >>> rows = discs(Stack((Contour(ellipse, 1),)))
    >>> len(rows), rows[10].round(1) + 0.0
    (21, array([ 0.,  0.,  0., 10.]))
    """
    if len(stack.contours) == 1:
        return _along_axis(spread(stack.contours[0].points))
    return np.array([_circle(contour.points) for contour in stack.contours])


def oddities(stack: Stack) -> list[tuple[int, str]]:
    """Tell what makes the surface of a stack doubtful, each with its line."""
    if len(stack.contours) == 1:
        return []
    odd = []
    rises = []
    for k, contour in enumerate(stack.contours):
        z = contour.points[:, 2]
        if (z != z[0]).any():
            odd.append((contour.line, "this contour of a stack is not level, so the soma's area is doubtful"))
        elif k:
            rises.append(z[0] - stack.contours[k - 1].points[0, 2])
            if rises[-1] == 0:
                odd.append((contour.line, "this contour has the same z as the one before, so the soma is doubtful"))
    if len({rise > 0 for rise in rises if rise}) > 1:
        odd.append((stack.contours[0].line, "the soma's contours are not in the order of z: its surface is doubtful"))
    return odd


def spread(points: Floats) -> Floats:
    """Give 101 points at equal steps along the line through a contour's points."""
    steps = np.linalg.norm(np.diff(points[:, :2], axis=0), axis=1)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    if not arc[-1] > 0:
        raise ShapelessError("the soma's contour is a single place in x and y")
    at = np.arange(_STEPS + 1) * (arc[-1] / _STEPS)
    end = np.clip(np.searchsorted(arc, at), 1, len(arc) - 1)  # of the line that each step lies on, which has a length
    end = np.where(at <= 0, 1, end)
    length = arc[end] - arc[end - 1]
    part = np.where(at <= 0, 0.0, np.minimum((at - arc[end - 1]) / np.where(length > 0, length, 1), 1.0))[:, None]
    return (1 - part) * points[end - 1] + part * points[end]


def _along_axis(points: Floats) -> Floats:
    centre = _added(points) / len(points)
    away = points - centre
    # Not `eigh`: of an outline like a square, rounding decides which axis is the longest; this rounds as NEURON does.
    variances, axes = np.linalg.eig(_added(away[:, :, None] * away[:, None, :]))
    minor, major = axes.real[:, np.argsort(variances.real, kind="stable")].T[1:]
    if major[np.argmax(np.abs(major))] < 0:
        major = -major
    minor = np.array([minor[0], minor[1], 0.0])
    size = float(np.linalg.norm(minor))
    if size < 1e-6:
        raise ShapelessError("the soma's contour is a line, or stands upright in z")
    along, across = _added((away * major).T), _added((away * (minor / size)).T)
    start = int(np.argmax(along))
    along, across = np.roll(along, -start), np.roll(across, -start)
    turn = int(np.argmin(along))
    if turn == 0:
        raise ShapelessError("the soma's contour has no extent")
    here = _rising(along[:turn][::-1], across[:turn][::-1])
    there = _rising(along[turn:], across[turn:])
    ordered = np.sort(np.concatenate([here[0], there[0]]))
    low, high = ordered[1], ordered[-2]
    if not high > low:
        raise ShapelessError("the soma's contour has no extent")
    at = low + np.arange(_DISCS + 1) * ((high - low) / _DISCS)
    diam = np.abs(np.interp(at, *here) - np.interp(at, *there))
    diam[0] = (diam[0] + diam[1]) / 2
    diam[-1] = (diam[-1] + diam[-2]) / 2
    return np.column_stack([at[:, None] * major + centre, diam])


def _added(terms: Floats) -> Floats:
    """Add along the first axis, one by one."""
    total: Floats = np.cumsum(terms, axis=0)[-1]
    return total


def _rising(along: Floats, across: Floats) -> tuple[Floats, Floats]:
    """Leave out points until each lies further along than the one before, comparing from the end."""
    along_kept, across_kept = along.tolist(), across.tolist()
    k = len(along_kept) - 1
    while k > 0:
        if along_kept[k] <= along_kept[k - 1] + _SAME:
            del along_kept[k], across_kept[k]
            k = min(k, len(along_kept) - 1)  # what moved to this place is compared next
        else:
            k -= 1
    return np.array(along_kept), np.array(across_kept)


def _circle(points: Floats) -> Floats:
    perimeter = float(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1).sum())
    around = spread(points)
    centre = around.mean(axis=0)
    return np.append(centre, np.linalg.norm(around - centre, axis=1).mean() + perimeter / (2 * np.pi))


def _touch(one: Floats, other: Floats) -> bool:
    a, b = one[:, :2], other[:, :2]
    return bool((a.min(axis=0) <= b.max(axis=0)).all() and (b.min(axis=0) <= a.max(axis=0)).all())
