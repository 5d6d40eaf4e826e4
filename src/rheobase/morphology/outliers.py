"""What is unlike the rest of a cell: diameters, jumps in depth, and gaps.

What counts as usual differs from cell to cell: boutons are ten times as wide as the axon between them, a slice may be
scanned in steps of 5 um, and a tracer sets one point a micrometre or one a branch. So each value is first held
against its neighbours along the branch, and then against the values of the same cell: it is far out if it exceeds, by
a factor, what all but a few (half a percent, or up to 5) of the cell's samples keep below. A file in which much is
wrong sets its own measure; what a person sees of it is the worst.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rheobase.morphology.forest import subtree
from rheobase.morphology.samples import SOMA, Floats, Integers, Samples

_EXCEPTIONS = 0.005  # of the samples of a cell may be far out without making that usual
_FEW = (2, 5)  # exceptions in a small cell: one in ten samples, and so many at least and at most
_REACH = 4  # samples up and down the branch that a value is held against
_FEWEST_NEIGHBOURS = 3
_LEAST_RATIO = 5.0  # of a diameter to those around it; swellings of axons and tapering starts reach 3 to 4
_DIAMETER_FACTOR = 1.5  # in the logarithm
_JUMP_FACTOR = 2.0
_STEEP = 3.0  # a jump goes so much further in z than in the plane
_GAP_FACTOR = 2.0
_GAP_STEPS = 10.0  # usual steps of the tree beyond a gap
_MOST_GAPS = 200  # of a file; more are no accident
_FEWEST_BEYOND = 5  # samples; short stubs are often drawn with two or three long steps


def wild_diameters(samples: Samples) -> tuple[Integers, Floats]:
    """Give the samples whose diameter is far from the median of those around it, and that median, um."""
    around = _around(samples, samples.diam, _alike(samples))
    enough = (np.isfinite(around).sum(axis=0) >= _FEWEST_NEIGHBOURS) & (samples.type != SOMA)
    if not enough.any():
        return np.empty(0, dtype=np.int64), np.empty(0)
    at = np.flatnonzero(enough)
    # Of an even number there are two medians; the one that is more like the sample itself speaks for it.
    ordered, count = np.sort(around[:, at], axis=0), np.isfinite(around[:, at]).sum(axis=0)
    medians = np.array([ordered[(count - 1) // 2, np.arange(len(at))], ordered[count // 2, np.arange(len(at))]])
    each = np.abs(np.log(samples.diam[at] / medians))
    nearer = np.argmin(each, axis=0)[None]
    away, median = (np.take_along_axis(each_of, nearer, axis=0)[0] for each_of in (each, medians))
    far = away > max(np.log(_LEAST_RATIO), _DIAMETER_FACTOR * _usual(away))
    return at[far], median[far]


@dataclass(frozen=True, slots=True)
class Jumps:
    """Samples that lie far above or below their parents: by how much, um, and whether the next jumps back."""

    at: Integers
    dz: Floats
    back: NDArray[np.bool_]


def z_jumps(samples: Samples) -> Jumps:
    """Find the jumps in depth within neurites."""
    step, edge = _steps(samples)
    dz = np.abs(step[:, 2])
    steep = edge & (dz > _STEEP * np.hypot(step[:, 0], step[:, 1]))
    bar = max(_JUMP_FACTOR * _usual(dz[edge]), 5 * _median(np.linalg.norm(step[edge], axis=1)))
    around = _around(samples, np.where(edge, dz, np.nan), _alike(samples))
    at = np.flatnonzero(steep & (dz > bar))
    near = np.array([_median(each[np.isfinite(each)]) for each in around[:, at].T])
    at = at[dz[at] > 5 * near]
    # One sample out of its plane jumps there and back: the way back is the same fault.
    jumps = np.zeros(len(samples), dtype=bool)
    jumps[at] = True
    only = np.full(len(samples) + 1, -1)
    child = np.flatnonzero(edge)
    only[samples.parent[child]] = child
    only[:-1][np.bincount(samples.parent[child], minlength=len(samples)) != 1] = -1
    next_ = only[at]
    back = (next_ >= 0) & (np.abs(step[next_, 2] + step[at, 2]) < 0.5 * dz[at])
    returns = next_[back]
    keep = ~np.isin(at, returns)
    return Jumps(at[keep], step[at, 2][keep], back[keep])


def gaps(samples: Samples) -> tuple[Integers, Floats]:
    """Give the samples that begin a tree far from the surface of what it hangs on, and how far, um."""
    step, _ = _steps(samples)
    above, n = samples.parent, len(samples)
    child = above >= 0
    length = np.where(child, np.linalg.norm(step, axis=1), 0.0)
    stem = child & (samples.type[above] == SOMA) & (samples.type != SOMA)
    gap = np.where(stem, np.maximum(length - samples.diam[above] / 2, 0.0), length)
    within = child & (samples.type != SOMA)
    if not within.any():
        return np.empty(0, dtype=np.int64), np.empty(0)
    bar = np.full(n, max(_GAP_FACTOR * _usual(gap[within]), _GAP_STEPS * _median(length[within])))
    soma = samples.type == SOMA
    if stem.any():
        # Outlines of somata are rough: up to its own size, what hangs on a soma is near.
        size = max(float(np.ptp(samples.xyz[soma], axis=0).max()), float(samples.diam[soma].max()))
        bar[stem] = np.maximum(bar[stem], size)
    children = np.bincount(above[child], minlength=n)
    begins = stem | (child & (children[above] > 1)) | ~np.isnan(samples.joint)
    found = []
    candidates = np.flatnonzero(within & begins & (gap > bar))
    widest = candidates[np.argsort(-gap[candidates], kind="stable")[:_MOST_GAPS]]
    for k in np.sort(widest).tolist():
        if stem[k]:
            gap[k] = (np.linalg.norm(samples.xyz[soma] - samples.xyz[k], axis=1) - samples.diam[soma] / 2).min()
        beyond = subtree(samples, k)[1:]
        if gap[k] > bar[k] and len(beyond) >= _FEWEST_BEYOND and gap[k] > _GAP_STEPS * _median(length[beyond]):
            found.append(k)
    at = np.array(found, dtype=np.int64)
    return at, gap[at]


def _usual(values: Floats) -> float:
    """Give what all but a few of the values keep below."""
    exceptions = max(int(np.clip(len(values) // 10, *_FEW)), int(_EXCEPTIONS * len(values)))
    if len(values) <= exceptions:
        return 0.0
    return float(np.partition(values, len(values) - 1 - exceptions)[len(values) - 1 - exceptions])


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _steps(samples: Samples) -> tuple[Floats, NDArray[np.bool_]]:
    """Give the way from each sample's parent to it, and which ways lie within neurites."""
    step = samples.xyz - samples.xyz[samples.parent]
    step[samples.parent < 0] = 0.0
    edge = (samples.parent >= 0) & (samples.type != SOMA) & (samples.type[samples.parent] != SOMA)
    return step, edge


def _alike(samples: Samples) -> NDArray[np.bool_]:
    """Tell which samples have a parent of their type."""
    alike: NDArray[np.bool_] = (samples.parent >= 0) & (samples.type[samples.parent] == samples.type)
    return alike


def _around(samples: Samples, values: Floats, alike: NDArray[np.bool_]) -> Floats:
    """Give the values of the samples up and down each branch, NaN beyond its ends; (8, n).

    Upwards the way is clear; downwards it follows the first child.
    """
    n = len(samples)
    up, down = np.append(np.where(alike, samples.parent, n), n), np.full(n + 1, n)
    child = np.flatnonzero(alike)[::-1]
    down[samples.parent[child]] = child
    padded = np.append(values, np.nan)
    above = below = np.arange(n)
    rows = []
    for _ in range(_REACH):
        above, below = up[above], down[below]
        rows += [padded[above], padded[below]]
    return np.array(rows)
