"""Areas, axial resistances and the number of segments of one section, by NEURON's rules.

A section has `nseg` segments of equal length. Its diameter is constant (a cylinder), or piecewise linear
between 3-D points; each half segment is then integrated along the points, so area counts the surface taper
and resistance does not come from a mean diameter.

Source of the rules: Carnevale and Hines, *The NEURON Book* (2006), chapter 5, and NEURON 9's `nrn_area_ri`
and `diam_from_list`, with which the numbers agree to rounding.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# 1 ohm cm / um = 0.01 megohm, and a frustum of end diameters d1, d2 has the resistance 4 Ra dx / (pi d1 d2).
_OHM_CM_PER_UM_IN_MEGOHM = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class SegmentGeometry:
    """What the cable equation needs of a section's shape; every array has one value a segment.

    **Attributes:**

    - `area`: membrane area, um2. The ends of a section are not capped.
    - `left`, `right`: axial resistance of the half segment before and after the centre, divided by `Ra`: with
      `Ra` in ohm cm, `Ra * left` is in megohm.
    - `diam`: diameter averaged over the length, um. For reading: `area` and `left` don't derive from it.
    - `L`: length of the section, um.
    """

    area: Floats
    left: Floats
    right: Floats
    diam: Floats
    L: float

    def reversed(self) -> "SegmentGeometry":
        """Give the same section measured from its other end."""
        return SegmentGeometry(self.area[::-1], self.right[::-1], self.left[::-1], self.diam[::-1], self.L)


def segment_geometry(
    *, L: float | None = None, diam: ArrayLike | None = None, points: ArrayLike | None = None, nseg: int = 1
) -> SegmentGeometry:
    """Measure the segments of one section, given by `L` and `diam` or by `points`.

    **Arguments:**

    - `L`: length, um.
    - `diam`: diameter, um; one number, or one a segment.
    - `points`: (n, 4) array of x, y, z and diameter, um, n at least 2. Rounded to float32, as NEURON does.
    - `nseg`: number of segments.

    **Raises:** `ValueError` for a length, diameter or `nseg` that is not positive and finite, or for arrays
    of another shape.

    >>> cylinder = segment_geometry(L=100, diam=2, nseg=2)
    >>> cylinder.area.round(3)
    array([314.159, 314.159])
    >>> cone = segment_geometry(points=[(0, 0, 0, 4), (100, 0, 0, 2)])
    >>> cone.diam, round(cone.area.sum(), 3)
    (array([3.]), np.float64(942.525))
    """
    _check_nseg(nseg)
    if points is not None:
        if L is not None or diam is not None:
            raise ValueError("a section's shape is either points or L and diam, not both")
        return _along_points(as_points(points), nseg)
    if L is None or diam is None:
        raise ValueError("a section's shape needs points, or both L and diam (um)")
    length = _positive("L", float(L))
    wide = np.asarray(diam, dtype=float)
    if wide.shape not in ((), (nseg,)):
        raise ValueError(f"diam has shape {wide.shape}; give one number or one for each of {nseg} segments")
    if not (np.isfinite(wide).all() and (wide > 0).all()):
        raise ValueError(f"diam = {diam!r}: must be positive and finite (um)")
    wide = np.broadcast_to(wide, (nseg,)).copy()
    dx = length / nseg
    half = _OHM_CM_PER_UM_IN_MEGOHM * (dx / 2) / (math.pi * wide * wide / 4)
    return SegmentGeometry(area=math.pi * wide * dx, left=half, right=half.copy(), diam=wide, L=length)


def as_points(points: ArrayLike) -> Floats:
    """Check 3-D points and round them to float32, in a new float64 array of shape (n, 4).

    **Raises:** `ValueError` unless there are two points or more, all finite with positive diameters, and some
    length between them.
    """
    array = np.array(points, dtype=float)
    if array.ndim != 2 or array.shape[1] != 4 or len(array) < 2:
        raise ValueError(f"points have shape {array.shape}; give 2 or more rows of x, y, z, diam (um)")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32).astype(float)
    finite = np.isfinite(array).all(axis=1)
    if not finite.all():
        raise ValueError(f"point {int(np.argmin(finite))} has a coordinate or diameter that is not finite")
    thick = array[:, 3] > 0
    if not thick.all():
        bad = int(np.argmin(thick))
        raise ValueError(f"point {bad} has diameter {array[bad, 3]:g}: must be positive (um)")
    if not (array[1:, :3] != array[:-1, :3]).any():
        raise ValueError("all points lie at one place, so the section has no length")
    return array


def arc_lengths(points: Floats) -> Floats:
    """Give the distance along the points from the first, um; differences in float32, sums in float64."""
    steps = np.diff(points[:, :3].astype(np.float32), axis=0).astype(float)
    dx, dy, dz = steps.T
    arc = np.zeros(len(points))
    np.cumsum(np.sqrt(dx * dx + dy * dy + dz * dz), out=arc[1:])
    return arc


def _along_points(points: Floats, nseg: int) -> SegmentGeometry:
    """Integrate each half segment along the frusta between points and the ends of half segments."""
    arc, d = arc_lengths(points), points[:, 3]
    length = float(arc[-1])
    ds = length / nseg
    start = np.arange(nseg) * ds
    ends = np.empty(2 * nseg)  # where each half segment ends; in this order of operations for equal rounding
    ends[::2] = start + ds / 2
    ends[1::2] = ends[::2] + ds / 2
    # The frustum in which each half ends. A point at the very end of a half belongs to that half, with any
    # step of diameter there; the last frustum is extended if rounding puts an end beyond it.
    inside = np.clip(np.searchsorted(arc, ends, side="right") - 1, 0, len(arc) - 2)
    span = arc[inside + 1] - arc[inside]
    whole = span < 1e-10
    fraction = np.where(whole, 1.0, (ends - arc[inside]) / np.where(whole, 1.0, span))
    d_ends = (1 - fraction) * d[inside] + fraction * d[inside + 1]
    # Lay inner points and ends of halves out in one row, in order; the last point is never passed.
    inner = np.arange(1, len(arc) - 1)
    at_end = 1 + inside + np.arange(2 * nseg)
    at_inner = inner + np.searchsorted(inside, inner, side="left")
    x, y = np.empty(len(arc) - 1 + 2 * nseg), np.empty(len(arc) - 1 + 2 * nseg)
    x[0], y[0] = 0.0, d[0]
    x[at_inner], y[at_inner] = arc[inner], d[inner]
    x[at_end], y[at_end] = ends, d_ends
    half = np.zeros(len(x) - 1, dtype=np.intp)  # the half that each piece belongs to
    half[at_end[:-1]] = 1
    np.cumsum(half, out=half)
    dx, total, taper = np.diff(x), y[1:] + y[:-1], (y[1:] - y[:-1]) / 2
    area = np.bincount(half, total * np.hypot(dx, taper), 2 * nseg) * (math.pi / 2)
    frusta = dx / (y[1:] * y[:-1])
    resistance = np.bincount(half, frusta, 2 * nseg) * (4 * _OHM_CM_PER_UM_IN_MEGOHM / math.pi)
    diam = np.bincount(half, total * dx, 2 * nseg) * (0.5 / ds)
    return SegmentGeometry(
        area=area[::2] + area[1::2],
        left=np.array(resistance[::2], dtype=float),
        right=np.array(resistance[1::2], dtype=float),
        diam=diam[::2] + diam[1::2],
        L=length,
    )


def lambda_f(
    frequency: float,
    *,
    Ra: float,
    cm: float,
    diam: float | None = None,
    points: ArrayLike | None = None,
) -> float:
    """Give the length constant of a section at `frequency`, um, ignoring its membrane conductance.

    For a cylinder `1e5 * sqrt(diam / (4 pi f Ra cm))`; along 3-D points the electrotonic lengths of the
    frusta are summed. Source: Hines and Carnevale (2001), *The Neuroscientist* 7:123; NEURON 9's `lambda_f`.

    **Arguments:** `frequency` in Hz, `Ra` in ohm cm, `cm` in uF/cm2; `diam` in um, or `points`.

    >>> round(lambda_f(100, Ra=100, cm=1, diam=1), 6)
    282.094792
    """
    scale = 4 * math.pi * _positive("frequency", frequency) * _positive("Ra", Ra) * _positive("cm", cm)
    if points is None:
        if diam is None:
            raise ValueError("lambda_f needs a diam or points (um)")
        return 1e5 * math.sqrt(_positive("diam", diam) / scale)
    if diam is not None:
        raise ValueError("a section's shape is either points or L and diam, not both")
    array = as_points(points)
    arc, d = arc_lengths(array), array[:, 3]
    electrotonic = float(np.sum(np.diff(arc) / np.sqrt(d[1:] + d[:-1])))
    return float(arc[-1]) / (electrotonic * math.sqrt(2) * 1e-5 * math.sqrt(scale))


def d_lambda_nseg(
    *,
    Ra: float,
    cm: float,
    points: ArrayLike | None = None,
    L: float | None = None,
    diam: float | None = None,
    d_lambda: float = 0.1,
    frequency: float = 100,
) -> int:
    """Give the odd number of segments that keeps each below `d_lambda` length constants at `frequency`.

    **Arguments:** as for `lambda_f`, and `d_lambda`, the longest segment allowed, as a fraction of the length
    constant. Source: Hines and Carnevale (2001), *The Neuroscientist* 7:123; NEURON 9's CellBuilder.

    >>> d_lambda_nseg(L=400, diam=2, Ra=100, cm=1)
    11
    """
    _positive("d_lambda", d_lambda)
    if points is not None and L is not None:
        raise ValueError("a section's shape is either points or L and diam, not both")
    if points is None:
        if L is None:
            raise ValueError("d_lambda_nseg needs points, or both L and diam (um)")
        length = _positive("L", L)
    else:
        length = float(arc_lengths(as_points(points))[-1])
    constant = lambda_f(frequency, Ra=Ra, cm=cm, diam=diam, points=points)
    return odd_nseg(length, d_lambda * constant)


def odd_nseg(L: float, longest: float) -> int:
    """Give the odd number of segments of a section of length `L` that are not longer than `longest`, both um.

    Source: the d_lambda and d_X rules of NEURON 9's CellBuilder, `int((L/longest + 0.999)/2)*2 + 1`.

    >>> odd_nseg(100, 50), odd_nseg(100, 100)
    (3, 1)
    """
    return int((L / longest + 0.999) / 2) * 2 + 1


def _positive(name: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} = {value!r}: must be positive and finite")
    return value


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check_nseg(nseg: int) -> None:
    if not _is_whole(nseg) or nseg < 1:
        raise ValueError(f"nseg = {nseg!r}: must be a whole number, 1 or more")
