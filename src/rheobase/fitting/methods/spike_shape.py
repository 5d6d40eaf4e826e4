"""The shape of the first spike, wherever it falls: values at times from its peak, and the time of the peak."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.methods.matrices import interpolation, sparse_matrix
from rheobase.fitting.methods.method import Method, Sampling, register
from rheobase.fitting.methods.trace import checked_trace
from rheobase.fitting.values import Match
from rheobase.measures import crossings

Floats = NDArray[np.float64]

_OPTIONS = {"threshold": -20.0, "before": 2.0, "after": 5.0, "peak_scale": 0.0, "missing": 20.0}


class SpikeShapeMeasure:
    """The voltage about the first peak less that of the data about its own, in units of `scale`.

    With `peak_scale` (ms) the time of the peak counts as much as the shape. Without a spike each residual is `missing`.
    """

    smooth = True

    def __init__(self, match: Match, sampling: Sampling) -> None:
        target = checked_trace(match, sampling)
        if sampling.unit != "mV":
            raise ValueError(f"{sampling.label}: spikes are those of a voltage, and this is in {sampling.unit or '1'}")
        options = {name: match.option(name, default) for name, default in _OPTIONS.items()}
        self._threshold, self._missing, self._scale = options["threshold"], options["missing"], match.scale
        self._t, self._peak_scale = sampling.t, options["peak_scale"]
        found = self._peak(target.time, target.value)
        if found is None:
            raise ValueError(f"{sampling.label}: the target has no spike above {self._threshold:g} mV")
        self._wanted = found[0]
        from_peak = target.time - self._wanted
        used = (from_peak >= -options["before"]) & (from_peak <= options["after"])
        self._from_peak, self._data = from_peak[used], target.value[used]
        timed = int(self._peak_scale > 0)
        self.count = len(self._data) + timed
        shape = np.full(len(self._data), 1 / len(self._data) / (1 + timed))
        self.weights = np.append(shape, [0.5] * timed)
        self._root = np.sqrt(self.weights)

    def residuals(self, values: Floats) -> Floats:
        """See `Measure`."""
        rows = np.full((len(values), self.count), self._missing)
        for row, trace in zip(rows, values, strict=True):
            found = self._peak(self._t, trace)
            if found is not None:
                shape = np.interp(found[0] + self._from_peak, self._t, trace)
                row[: len(shape)] = (shape - self._data) / self._scale
                row[len(shape) :] = (found[0] - self._wanted) / (self._peak_scale or 1.0)
        return rows * self._root

    def slopes(self, values: Floats) -> Any:
        """See `Measure`."""
        shape = (self.count, len(self._t))
        found = self._peak(self._t, values)
        if found is None:
            return sparse_matrix(np.empty(0), np.empty(0, int), np.empty(0, int), shape)
        peak, top, moved = found
        count = len(self._data)
        at = np.clip(peak + self._from_peak, self._t[0], self._t[-1])
        still = interpolation(self._t, at, self._root[:count] / self._scale)
        # The peak takes the whole shape along: by the slope of the trace at each of its times.
        k = np.clip(np.searchsorted(self._t, at, side="right") - 1, 0, len(self._t) - 2)
        inside = (at > self._t[0]) & (at < self._t[-1])
        speed = np.where(inside, (values[k + 1] - values[k]) / (self._t[k + 1] - self._t[k]), 0.0)
        along = np.append(speed * self._root[:count] / self._scale, self._root[count:] / (self._peak_scale or 1.0))
        rows = np.repeat(np.arange(self.count), 3)
        columns = np.tile(np.arange(top - 1, top + 2), self.count)
        whole = sparse_matrix(np.outer(along, moved).ravel(), rows, columns, shape)
        entries = still.tocoo()
        return whole + sparse_matrix(entries.data, entries.row, entries.col, shape)

    def roughness(self, values: Floats) -> str:
        """See `Measure`."""
        found = self._peak(self._t, values)
        return "the run has no spike, and no derivative tells how one comes" if found is None else ""

    def _peak(self, t: Floats, trace: Floats) -> tuple[float, int, Floats] | None:
        """The time of the first peak, its sample, and how that time follows the three samples about it."""
        times, after = crossings(t, trace, self._threshold)
        if not len(times):
            return None
        below = np.flatnonzero(trace[after[0] :] < self._threshold)
        end = after[0] + (below[0] if len(below) else len(trace) - after[0])
        top = int(after[0] + np.argmax(trace[after[0] : end]))
        if not 0 < top < len(trace) - 1:
            return None
        # The vertex of the parabola through three samples, on even steps.
        left, middle, right = trace[top - 1 : top + 2]
        step = t[top + 1] - t[top]
        bend = left - 2 * middle + right
        if bend >= 0:
            return float(t[top]), top, np.zeros(3)
        part = (left - right) / (2 * bend)
        by_bend = -part / bend
        moved = step * (np.array([1.0, 0.0, -1.0]) / (2 * bend) + by_bend * np.array([1.0, -2.0, 1.0]))
        return float(t[top] + step * part), top, moved


register(Method("spike_shape", "the first spike, laid peak over peak, and when it comes", _OPTIONS, SpikeShapeMeasure))
