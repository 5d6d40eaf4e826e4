"""The times of spikes, one against another in order."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.methods.matrices import sparse_matrix
from rheobase.fitting.methods.method import Method, Sampling, register
from rheobase.fitting.trace import Trace
from rheobase.fitting.values import Match
from rheobase.measures import crossings

Floats = NDArray[np.float64]

_OPTIONS = {"threshold": -20.0, "missing": 20.0}
_GRAZING = 1.0  # mV that a peak or trough may be from the threshold before a spike comes or goes with a small change


class SpikeTimesMeasure:
    """How many `scale` (ms) each spike is off, and for each that is missing or too many, `missing` of them."""

    smooth = True

    def __init__(self, match: Match, sampling: Sampling) -> None:
        if sampling.unit != "mV":
            raise ValueError(f"{sampling.label}: spikes are those of a voltage, and this is in {sampling.unit or '1'}")
        self._threshold = match.option("threshold", _OPTIONS["threshold"])
        self._missing = match.option("missing", _OPTIONS["missing"])
        self._t, self._scale = sampling.t, match.scale
        target = match.target
        if isinstance(target, Trace):
            times = crossings(target.time, target.value, self._threshold)[0]
        else:
            times = np.asarray(target, float)
        end = float(sampling.t[-1])
        inside = (times >= 0) & (times <= end)
        if match.regions:
            inside &= np.any([(times >= first) & (times <= last) for first, last, _ in match.regions], axis=0)
        self._regions = match.regions
        self._times = times[inside]
        self.count = len(self._times) + 1
        self.weights = np.full(self.count, 1 / self.count)
        self._root = 1 / np.sqrt(max(1, len(self._times)))

    def residuals(self, values: Floats) -> Floats:
        """See `Measure`."""
        return np.stack([self._row(each)[0] for each in values])

    def slopes(self, values: Floats) -> Any:
        """See `Measure`."""
        _, before = self._row(values)
        some = before[: len(self._times)]
        rise = values[some + 1] - values[some]
        part = (self._threshold - values[some]) / rise
        # t = t0 + step (level - v0) / (v1 - v0), by v0 and by v1.
        each = (self._t[some + 1] - self._t[some]) / rise / self._scale * self._root
        rows = np.arange(len(some))
        entries = np.concatenate([(part - 1) * each, -part * each])
        columns = np.concatenate([some, some + 1])
        return sparse_matrix(entries, np.concatenate([rows, rows]), columns, (self.count, len(self._t)))

    def roughness(self, values: Floats) -> str:
        """See `Measure`."""
        found, _ = self._spikes(values)
        if len(found) != len(self._times):
            return (
                f"the run has {len(found)} spikes and the target {len(self._times)}: no derivative tells how spikes "
                "come and go"
            )
        middle = values[1:-1]
        turns = middle[(np.diff(values)[:-1] * np.diff(values)[1:]) < 0]
        if (np.abs(turns - self._threshold) < _GRAZING).any():
            return "a peak or trough grazes the threshold, so that a small change adds or removes a spike"
        return ""

    def _spikes(self, values: Floats) -> tuple[Floats, NDArray[np.intp]]:
        found, after = crossings(self._t, values, self._threshold)
        before = after - 1
        if self._regions:
            inside = np.any([(found >= first) & (found <= last) for first, last, _ in self._regions], axis=0)
            return found[inside], before[inside]
        return found, before

    def _row(self, values: Floats) -> tuple[Floats, NDArray[np.intp]]:
        found, before = self._spikes(values)
        row = np.zeros(self.count)
        both = min(len(found), len(self._times))
        row[:both] = (found[:both] - self._times[:both]) / self._scale
        row[both:-1] = self._missing
        row[-1] = self._missing * np.sqrt(max(0, len(found) - len(self._times)))
        return row * self._root, before


register(Method("spike_times", "times of spikes against those wanted, in order", _OPTIONS, SpikeTimesMeasure))
