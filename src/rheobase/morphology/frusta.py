"""Truncated cones to draw a section with, each inside one segment."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.morphology.geometry import arc_lengths, as_points


def segment_frusta(points: ArrayLike, nseg: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Cut the frusta between 3-D points where segments end.

    **Arguments:** `points`, (n, 4) x, y, z, diameter in um; `nseg`, the number of equal segments.

    **Returns:** `frusta`, (m, 8) float32: x, y, z and radius of one end, then of the other, um; and
    `segment`, (m,) int32, the segment from 0 that each lies in. Every segment has one at least; frusta
    without length are left out.

    >>> frusta, segment = segment_frusta([(0, 0, 0, 4), (10, 0, 0, 2)], nseg=2)
    >>> frusta[:, [0, 3, 4, 7]].tolist(), segment.tolist()
    ([[0.0, 2.0, 5.0, 1.5], [5.0, 1.5, 10.0, 1.0]], [0, 1])
    """
    array = as_points(points)
    if nseg < 1:
        raise ValueError(f"nseg = {nseg}: must be 1 or more")
    arc = arc_lengths(array)
    length = arc[-1]
    edges = np.sort(np.concatenate([arc, np.linspace(0, length, nseg + 1)[1:-1]]))
    real = np.diff(edges) > 1e-9 * length / nseg  # a segment's end may miss a point by rounding
    start, stop = edges[:-1][real], edges[1:][real]
    middle = (start + stop) / 2
    # No step of diameter at one place is ever found here, having no length.
    span = np.searchsorted(arc, middle, side="right") - 1
    ends = [_interpolate(array, arc, span, at) for at in (start, stop)]
    segment = np.minimum(middle * (nseg / length), nseg - 1).astype(np.int32)
    return np.concatenate(ends, axis=1).astype(np.float32), segment


def _interpolate(
    points: NDArray[np.float64], arc: NDArray[np.float64], span: NDArray[np.intp], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give x, y, z and radius at arc lengths `at` that lie on the frusta `span`."""
    fraction = np.clip((at - arc[span]) / (arc[span + 1] - arc[span]), 0, 1)[:, None]
    found: NDArray[np.float64] = (1 - fraction) * points[span] + fraction * points[span + 1]
    found[:, 3] /= 2
    return found
