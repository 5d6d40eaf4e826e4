"""Single points that a trace should pass through, near in value alone, or in value and time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.methods.matrices import interpolation, sparse_matrix
from rheobase.fitting.methods.method import Method, Sampling, register
from rheobase.fitting.methods.trace import checked_trace, weighted
from rheobase.fitting.values import Match

Floats = NDArray[np.float64]

_REACH = 4.0  # time scales within which the nearest passage is looked for


class PointsMeasure:
    """The distance of each point from the run.

    With `time_scale` it is the least distance in the plane of time over `time_scale` and value over `scale`, so that a
    peak that comes a little early is a small error.
    """

    smooth = True

    def __init__(self, match: Match, sampling: Sampling) -> None:
        target = checked_trace(match, sampling)
        self._times, self._values, weights = weighted(target, match.regions, sampling)
        self._root, self._scale = np.sqrt(weights), match.scale
        self._t, self._time_scale = sampling.t, match.option("time_scale", 0.0)
        each = 2 if self._time_scale > 0 else 1
        self.count, self.weights = each * len(self._times), np.repeat(weights / each, each)
        self._at = interpolation(sampling.t, self._times)
        reach = _REACH * self._time_scale
        self._windows = [np.arange(*np.searchsorted(self._t, (x - reach, x + reach), side="left")) for x in self._times]

    def residuals(self, values: Floats) -> Floats:
        """See `Measure`."""
        if not self._time_scale:
            found: Floats = ((self._at @ values.T).T - self._values) * (self._root / self._scale)
            return found
        rows = np.empty((len(values), self.count))
        for k, (x, y) in enumerate(zip(self._times, self._values, strict=True)):
            near = self._nearest(k, values)
            rows[:, 2 * k] = (self._t[near] - x) / self._time_scale * self._root[k]
            rows[:, 2 * k + 1] = (values[np.arange(len(values)), near] - y) / self._scale * self._root[k]
        return rows

    def slopes(self, values: Floats) -> Any:
        """See `Measure`. The nearest passage stays where it is, which leaves the derivative of the error exact."""
        if not self._time_scale:
            return interpolation(self._t, self._times, self._root / self._scale)
        near = [int(self._nearest(k, values[None])[0]) for k in range(len(self._times))]
        rows = 2 * np.arange(len(near)) + 1
        return sparse_matrix(self._root / self._scale, rows, near, (self.count, len(self._t)))

    def roughness(self, values: Floats) -> str:
        """See `Measure`."""
        return ""

    def _nearest(self, k: int, values: Floats) -> NDArray[np.int64]:
        window = self._windows[k]
        along = (self._t[window] - self._times[k]) / self._time_scale
        across = (values[:, window] - self._values[k]) / self._scale
        found: NDArray[np.int64] = window[np.argmin(along**2 + across**2, axis=1)]
        return found


register(
    Method(
        "points",
        "distance from single points, in value or, with time_scale (ms), in value and time",
        {"time_scale": 0.0},
        PointsMeasure,
    )
)
