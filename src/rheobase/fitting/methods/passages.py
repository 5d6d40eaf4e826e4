"""When a run passes through given values: points in x, as NEURON's fitter calls them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.methods.matrices import sparse_matrix
from rheobase.fitting.methods.method import Method, Sampling, register
from rheobase.fitting.methods.trace import checked_trace, weighted
from rheobase.fitting.values import Match

Floats = NDArray[np.float64]

_OPTIONS = {"missing": 20.0}


class PassagesMeasure:
    """How many `scale` (ms) the nearest passage through each point's value is off; `missing` of them where it has none.

    A point counts as a passage upwards or downwards alike.
    """

    smooth = True

    def __init__(self, match: Match, sampling: Sampling) -> None:
        target = checked_trace(match, sampling)
        self._times, self._values, self.weights = weighted(target, match.regions, sampling)
        self._root, self._scale = np.sqrt(self.weights), match.scale
        self._t, self._missing = sampling.t, match.option("missing", _OPTIONS["missing"])
        self.count = len(self._times)

    def residuals(self, values: Floats) -> Floats:
        """See `Measure`."""
        rows = np.full((len(values), self.count), self._missing)
        for row, trace in zip(rows, values, strict=True):
            for k, (passed, _) in enumerate(self._passages(trace)):
                if passed is not None:
                    off = (passed - self._times[k]) / self._scale
                    row[k] = np.clip(off, -self._missing, self._missing)
        return rows * self._root

    def slopes(self, values: Floats) -> Any:
        """See `Measure`."""
        entries, rows, columns = [], [], []
        for k, (passed, before) in enumerate(self._passages(values)):
            if passed is None or abs(passed - self._times[k]) >= self._missing * self._scale:
                continue
            rise = values[before + 1] - values[before]
            part = (self._values[k] - values[before]) / rise
            each = (self._t[before + 1] - self._t[before]) / rise / self._scale * self._root[k]
            entries += [(part - 1) * each, -part * each]
            rows += [k, k]
            columns += [before, before + 1]
        return sparse_matrix(np.array(entries), rows, columns, (self.count, len(self._t)))

    def roughness(self, values: Floats) -> str:
        """See `Measure`."""
        never = sum(passed is None for passed, _ in self._passages(values))
        return f"the run never takes {never} of the {self.count} values, and no derivative tells how it might" * (
            never > 0
        )

    def _passages(self, trace: Floats) -> list[tuple[float | None, int]]:
        """For each point the time of the nearest passage, None where there is none, and the sample before it."""
        found: list[tuple[float | None, int]] = []
        for time, value in zip(self._times, self._values, strict=True):
            above = trace >= value
            before = np.flatnonzero(above[1:] != above[:-1])
            if not len(before):
                found.append((None, 0))
                continue
            part = (value - trace[before]) / (trace[before + 1] - trace[before])
            times = self._t[before] + part * (self._t[before + 1] - self._t[before])
            nearest = int(np.argmin(np.abs(times - time)))
            found.append((float(times[nearest]), int(before[nearest])))
        return found


register(Method("passages", "when it passes the values of single points, ms", _OPTIONS, PassagesMeasure))
