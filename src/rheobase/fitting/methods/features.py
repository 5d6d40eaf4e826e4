"""Features measured by eFEL, in units of their standard deviation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.methods.method import Method, Sampling, register
from rheobase.fitting.trace import Trace
from rheobase.fitting.values import Match
from rheobase.measures import even_times, feature_library, feature_values
from rheobase.model.names import UnknownName

Floats = NDArray[np.float64]

_OPTIONS = {"threshold": -20.0, "missing": 20.0, "stim_start": np.nan, "stim_end": np.nan}


class FeaturesMeasure:
    """How many standard deviations each feature is off; `missing` of them where the run has none."""

    smooth = False

    def __init__(self, match: Match, sampling: Sampling) -> None:
        rows: Any = match.target
        if isinstance(rows, Trace) or not rows or not isinstance(rows[0], tuple):
            raise TypeError(
                f"{sampling.label}: method 'features' needs means and sds, such as {{'spike_count': (5, 0.5)}}"
            )
        if sampling.unit != "mV":
            raise ValueError(
                f"{sampling.label}: features are those of a voltage, and this is in {sampling.unit or '1'}"
            )
        known = feature_library().get_feature_names()
        self._names = tuple(name for name, _, _ in rows)
        for name in self._names:
            if name not in known:
                raise UnknownName("feature", name, known)
        self._mean = np.array([mean for _, mean, _ in rows])
        self._sd = np.array([sd for _, _, sd in rows])
        self._t = sampling.t
        start, end = match.option("stim_start", np.nan), match.option("stim_end", np.nan)
        self._start = float(sampling.t[0]) if np.isnan(start) else start
        self._end = float(sampling.t[-1]) if np.isnan(end) else end
        if not sampling.t[0] <= self._start < self._end <= sampling.t[-1] + 1e-9:
            raise ValueError(
                f"{sampling.label}: stim_start = {self._start:g} ms, stim_end = {self._end:g} ms: the stimulus must "
                f"lie within the run of {sampling.t[-1]:g} ms, and end after it starts"
            )
        self._threshold = match.option("threshold", _OPTIONS["threshold"])
        self._missing = match.option("missing", _OPTIONS["missing"])
        self.count = len(rows)
        self.weights = np.full(self.count, 1 / self.count)

    def residuals(self, values: Floats) -> Floats:
        """See `Measure`."""
        return self.scores(self.measured(values)) / np.sqrt(self.count)

    def measured(self, values: Floats) -> Floats:
        """Each feature of traces, `(batch, count)`, the mean where it has several values; NaN where there is none."""
        times = even_times(self._t)
        traces = [each if times is self._t else np.interp(times, self._t, each) for each in values]
        found = feature_values(
            times,
            traces,
            self._names,
            stim_start=self._start,
            stim_end=self._end,
            threshold=self._threshold,
        )
        rows = np.full((len(values), self.count), np.nan)
        for row, each in zip(rows, found, strict=True):
            for k, name in enumerate(self._names):
                numbers = each[name]
                if numbers is not None and numbers.size and np.isfinite(numbers).all():
                    row[k] = numbers.mean()
        return rows

    def scores(self, measured: Floats) -> Floats:
        """How many standard deviations such features are off, at most `missing`, and so many where there is none."""
        off = np.clip((measured - self._mean) / self._sd, -self._missing, self._missing)
        return np.where(np.isnan(measured), self._missing, off)

    def slopes(self, values: Floats) -> Any:
        """See `Measure`: features are read off a trace by rules, and have none."""
        raise NotImplementedError

    def roughness(self, values: Floats) -> str:
        """See `Measure`."""
        return "features are read off a trace by rules and counts, which have no derivative; differences stand in"


register(Method("features", "features by eFEL, in standard deviations", _OPTIONS, FeaturesMeasure))
