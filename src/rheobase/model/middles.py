"""The lengths and the middles of many sections at once: what rules measure, whatever the number of segments."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rheobase.model.values import SectionSpec

LENGTH, NSEG, DIAM, PLACE = 0, 1, 2, slice(3, 6)
"""The columns of what `middles` gives."""


def middles(specs: Sequence[SectionSpec]) -> NDArray[np.float64]:
    """Give, for each section, its length, um, nseg, and in its middle the diameter and x, y and z, um.

    **Returns:** (n, 6) array; x, y and z are NaN of a section without 3-D points.
    """
    found = np.full((len(specs), 6), np.nan)
    found[:, NSEG] = [spec.nseg for spec in specs]
    plain = [k for k, spec in enumerate(specs) if spec.points is None]
    found[plain, LENGTH] = [specs[k].L for k in plain]
    found[plain, DIAM] = [specs[k].diam for k in plain]
    traced = [k for k, spec in enumerate(specs) if spec.points is not None]
    if traced:
        found[traced, LENGTH], found[traced, DIAM], found[traced, PLACE] = _along(
            [specs[k].points or () for k in traced]
        )
    return found


def _along(
    rows: Sequence[tuple[tuple[float, float, float, float], ...]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the length along the points of each section, and the diameter and the place at half of it."""
    counts = np.array([len(points) for points in rows])
    points = np.fromiter(chain.from_iterable(chain.from_iterable(rows)), float, 4 * counts.sum()).reshape(-1, 4)
    owner = np.repeat(np.arange(len(rows)), counts)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    # As `arc_lengths`: differences in float32, sums in float64, one after another, so that no bit depends on how many
    # sections are measured at once.
    steps = np.zeros(len(points))
    dx, dy, dz = np.diff(points[:, :3].astype(np.float32), axis=0).astype(float).T
    steps[1:] = np.sqrt(dx * dx + dy * dy + dz * dz)
    steps[first] = 0.0
    arc = np.concatenate([np.cumsum(part) for part in np.split(steps, first[1:])])
    length = arc[first + counts - 1]
    # The last point before the middle, of which none is the last of all.
    before = first + np.clip(np.bincount(owner, arc <= length[owner] / 2, len(rows)).astype(int) - 1, 0, counts - 2)
    span = arc[before + 1] - arc[before]
    share = np.where(span > 0, (length / 2 - arc[before]) / np.where(span > 0, span, 1.0), 0.0)[:, None]
    at = (1 - share) * points[before] + share * points[before + 1]
    return length, at[:, 3], at[:, :3]
