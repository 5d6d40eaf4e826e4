"""How often a run is where in the plane of a value and its speed: the phase-plane trajectory density.

LeMasson & Maex 2001 (in De Schutter, Computational Neuroscience, ch. 1), Van Geit, Achard & De Schutter 2007 (Frontiers
in Neuroinformatics 1:1). Time does not enter, so that spikes need not fall together; all that counts is which shapes
they have and how long the voltage lingers where. Here every sample is shared among the four nearest nodes of the grid,
so that densities have derivatives.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.methods.matrices import interpolation, sparse_matrix
from rheobase.fitting.methods.method import Method, Sampling, register
from rheobase.fitting.methods.trace import checked_trace, weighted
from rheobase.fitting.values import Match

Floats = NDArray[np.float64]

_OPTIONS = {"bins": 20.0, "margin": 0.25}
_TOGETHER = 1.5  # middle sampling intervals, within which two samples are neighbours
_MOST = 200


class DensityMeasure:
    """The part of the time spent about each node of the grid, less that of the data, in units of `scale`."""

    smooth = True

    def __init__(self, match: Match, sampling: Sampling) -> None:
        target = checked_trace(match, sampling)
        times, values, weights = weighted(target, match.regions, sampling)
        steps = np.diff(times)
        pairs = np.flatnonzero(steps <= _TOGETHER * target.dt)
        if len(pairs) < 2:
            raise ValueError(
                f"{sampling.label}: a density needs a trace, and {len(times)} samples lie too far apart; give it whole"
            )
        self._bins = int(match.option("bins", _OPTIONS["bins"]))
        if not 2 <= self._bins <= _MOST:
            raise ValueError(f"{sampling.label}: bins = {self._bins}: give a number from 2 to {_MOST}")
        share = weights[pairs] + weights[pairs + 1]
        self._share = share / share.sum() / match.scale
        k = np.arange(len(pairs))
        rows, columns = np.concatenate([k, k]), np.concatenate([pairs, pairs + 1])
        shape = (len(pairs), len(times))
        half, rate = np.full(len(pairs), 0.5), 1 / steps[pairs]
        middles = sparse_matrix(np.concatenate([half, half]), rows, columns, shape)
        speeds = sparse_matrix(np.concatenate([-rate, rate]), rows, columns, shape)
        at = interpolation(sampling.t, times)
        margin = match.option("margin", _OPTIONS["margin"])
        self._axes = (middles @ at, speeds @ at)
        data = (middles @ values, speeds @ values)
        self._low, self._step = [], []
        for each in data:
            reach = max(float(np.ptp(each)), 1e-6)
            self._low.append(float(each.min()) - margin * reach)
            self._step.append((1 + 2 * margin) * reach / (self._bins - 1))
        self.count = self._bins**2
        self.weights = np.full(self.count, 1 / self.count)
        self._data = self._density(*data)

    def residuals(self, values: Floats) -> Floats:
        """See `Measure`."""
        found = [self._density(*(axis @ each for axis in self._axes)) for each in values]
        return np.stack(found) - self._data

    def slopes(self, values: Floats) -> Any:
        """See `Measure`."""
        nodes, parts, inside = self._placed(*(axis @ values for axis in self._axes))
        pairs = np.arange(len(self._share))
        total: Any = 0
        for axis in (0, 1):
            across = parts[1 - axis]
            entries, rows = [], []
            for end in (0, 1):
                for other in (0, 1):
                    sign = (1.0 if end else -1.0) / self._step[axis]
                    entries.append(self._share * sign * (across if other else 1 - across) * inside[axis])
                    corner = (end, other) if axis == 0 else (other, end)
                    rows.append(self._node(nodes, *corner))
            shape = (self.count, len(pairs))
            moved = sparse_matrix(np.concatenate(entries), np.concatenate(rows), np.concatenate([pairs] * 4), shape)
            total = total + moved @ self._axes[axis]
        return total

    def roughness(self, values: Floats) -> str:
        """See `Measure`."""
        _, _, inside = self._placed(*(axis @ values for axis in self._axes))
        out = 1 - float((inside[0] * inside[1]).mean())
        return f"{100 * out:.0f} % of the run lies beyond the grid about the data" if out > 0.5 else ""

    def _density(self, middle: Floats, speed: Floats) -> Floats:
        nodes, (a, b), _ = self._placed(middle, speed)
        found = np.zeros(self.count)
        for end in (0, 1):
            for other in (0, 1):
                share = self._share * (a if end else 1 - a) * (b if other else 1 - b)
                found += np.bincount(self._node(nodes, end, other), share, self.count)
        return found

    def _placed(self, *axes: Floats) -> tuple[list[Any], list[Floats], list[Floats]]:
        """The lower node of each pair along both axes, how far beyond it lies, and whether it lies within the grid."""
        nodes, parts, inside = [], [], []
        for axis, low, step in zip(axes, self._low, self._step, strict=True):
            place = (axis - low) / step
            held = np.clip(place, 0, self._bins - 1)
            node = np.minimum(held.astype(int), self._bins - 2)
            nodes.append(node)
            parts.append(held - node)
            inside.append((place == held).astype(float))
        return nodes, parts, inside

    def _node(self, nodes: list[Any], end: int, other: int) -> Any:
        return (nodes[0] + end) * self._bins + nodes[1] + other


register(
    Method(
        "density",
        "how often it is where in the plane of value and speed, whatever the times (phase-plane density)",
        _OPTIONS,
        DensityMeasure,
    )
)
