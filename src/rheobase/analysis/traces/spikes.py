"""Spikes: where voltages cross a threshold upwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.figures import FAINT, colour, line, new_figure
from rheobase.measures import crossings
from rheobase.model import Recordable
from rheobase.simulate import Results

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]

THRESHOLD = -20.0
"""mV, where a voltage that comes from below begins to count as a spike."""

_BETWEEN = 32  # parts of an adaptive step in which a spike is looked for


@dataclass(frozen=True, eq=False, repr=False)
class Spikes:
    """The spikes of some voltages: see `spikes`.

    **Fields:**

    - `labels`: the name of each voltage. `times`: ms, and `peaks`: mV, of its spikes.
    - `threshold`: mV.
    - `t`: ms, and `traces`: mV, `(voltages, samples)`: what was looked at.
    """

    labels: tuple[str, ...]
    times: tuple[Floats, ...]
    peaks: tuple[Floats, ...]
    threshold: float
    t: Floats
    traces: NDArray[Any]

    def __getitem__(self, which: Recordable | str | int) -> Floats:
        """The times of one voltage's spikes, ms; by what was recorded, its label or its number."""
        return self.times[self._row(which)]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> dict[str, int]:
        """How many spikes each voltage has."""
        return {label: len(times) for label, times in zip(self.labels, self.times, strict=True)}

    def intervals(self, which: Recordable | str | int = 0) -> Floats:
        """The times from each spike to the next, ms."""
        return np.diff(self[which])

    def rates(self, which: Recordable | str | int = 0) -> Floats:
        """The instantaneous rate of each interval, Hz."""
        return 1000 / self.intervals(which)

    def rate(self, which: Recordable | str | int = 0, start: float | None = None, end: float | None = None) -> float:
        """The number of spikes over a time, by default that of the whole trace, as Hz."""
        begun, ended = self.t[0] if start is None else start, self.t[-1] if end is None else end
        if not ended > begun:
            raise ValueError(f"the rate from {begun:g} to {ended:g} ms: the end must be later than the start")
        times = self[which]
        return 1000 * int(((times >= begun) & (times < ended)).sum()) / (ended - begun)

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row a spike: `trace`, `spike`, `time`, `interval` before it (ms), `peak` (mV) and `rate` (Hz)."""
        import pandas as pd

        pieces = []
        for label, times, peaks in zip(self.labels, self.times, self.peaks, strict=True):
            since = np.diff(times, prepend=np.nan)
            columns = {"time": times, "peak": peaks, "interval": since, "rate": 1000 / since}
            pieces.append(pd.DataFrame({"trace": label, "spike": np.arange(len(times)), **columns}))
        return pd.concat(pieces, ignore_index=True)

    def figure(self) -> "go.Figure":
        """Draw the traces with their spikes marked, and the instantaneous rates below."""
        figure = new_figure("Time (ms)", ("Voltage (mV)", "Rate (Hz)"), heights=(0.7, 0.3))
        figure.add_hline(self.threshold, line={"color": FAINT, "dash": "dot", "width": 1}, row=1, col=1)
        for k, label in enumerate(self.labels):
            times, marker = self.times[k], {"color": colour(k), "size": 7}
            same: dict[str, Any] = {"legendgroup": label, "showlegend": False}
            figure.add_trace(line(self.t, self.traces[k], label, k, legendgroup=label), 1, 1)
            figure.add_trace(line(times, self.peaks[k], label, k, mode="markers", marker=marker, **same), 1, 1)
            figure.add_trace(
                line(times[1:], self.rates(k), label, k, mode="lines+markers", marker=marker, **same), 2, 1
            )
        figure.update_yaxes(rangemode="tozero", row=2, col=1)
        return figure

    def _row(self, which: Recordable | str | int) -> int:
        if isinstance(which, int):
            return range(len(self.labels))[which]
        label = which.label if isinstance(which, Recordable) else which
        if label not in self.labels:
            raise KeyError(f"{label!r} is no voltage here; there are {', '.join(self.labels)}")
        return self.labels.index(label)

    def __repr__(self) -> str:
        told = ", ".join(f"{count} of {label}" for label, count in list(self.counts.items())[:8])
        more = f" and {len(self) - 8} more" if len(self) > 8 else ""
        return f"<Spikes above {self.threshold:g} mV: {told}{more}>"


def spikes(source: Results | ArrayLike, threshold: float = THRESHOLD, *, t: ArrayLike | None = None) -> Spikes:
    """Find the spikes of all voltages of a run, or of a trace.

    A spike is where a voltage that was below the threshold reaches it: between two samples on a straight line, and in
    an adaptive run on the polynomials of its steps.

    **Arguments:** `source`: results, or voltages in mV, `(samples,)` or `(traces, samples)`, at the times `t`, ms.

    **Raises:** ValueError for results without a voltage, times that do not rise or do not fit, or a bad threshold.

    >>> import rheobase as rb
    >>> rb.spikes([-70, 30, -70, -70, 10, -70], threshold=-20, t=range(6))[0]
    array([0.5  , 3.625])
    """
    if not np.isfinite(threshold):
        raise ValueError(f"threshold = {threshold!r} mV: must be a finite number")
    if isinstance(source, Results):
        rows = [k for k, recordable in enumerate(source.recordables) if recordable.variable == "v"]
        if not rows:
            found = ", ".join(recordable.label for recordable in source.recordables)
            raise ValueError(f"no voltage was recorded, only {found}; record for example soma(0.5).v")
        labels: Sequence[str] = [source.recordables[k].label for k in rows]
        dense = source if source.orders is None else source.at(_denser(source.t, source.values[rows], threshold))
        times, traces = dense.t, dense.values[rows]
    else:
        traces = np.atleast_2d(np.asarray(source, float))
        labels = ["trace"] if len(traces) == 1 else [f"trace {k}" for k in range(len(traces))]
        times = _checked_times(t, traces)
    found_at = [crossings(times, row, threshold) for row in traces]
    peaks = [_peaks(row, after, threshold) for row, (_, after) in zip(traces, found_at, strict=True)]
    return Spikes(tuple(labels), tuple(at for at, _ in found_at), tuple(peaks), float(threshold), times, traces)


def _denser(t: Floats, traces: NDArray[Any], threshold: float) -> Floats:
    """The times of an adaptive run, with more where a trace crosses the threshold or turns above it."""
    above: NDArray[np.bool_] = np.any(traces >= threshold, axis=0)
    steps = np.flatnonzero(above[1:] | above[:-1])
    inner = np.arange(1, _BETWEEN) / _BETWEEN
    return np.union1d(t, t[steps, None] + np.diff(t)[steps, None] * inner)


def _peaks(v: NDArray[Any], after: NDArray[np.intp], threshold: float) -> Floats:
    """The highest voltage from each crossing until the trace is below the threshold again."""
    found = np.empty(len(after))
    for k, (begun, ended) in enumerate(zip(after, np.append(after, len(v))[1:], strict=True)):
        below = np.flatnonzero(v[begun:ended] < threshold)
        found[k] = v[begun : begun + below[0] if len(below) else ended].max()
    return found


def _checked_times(t: ArrayLike | None, traces: NDArray[Any]) -> Floats:
    if t is None:
        raise ValueError("a trace alone has no times; give t=, the time of each sample in ms")
    times = np.asarray(t, float)
    if times.shape != (traces.shape[-1],) or traces.ndim != 2:
        raise ValueError(f"t has shape {times.shape}, the trace {traces.shape}: give one time for each sample")
    if not (np.diff(times) > 0).all():
        raise ValueError("t does not rise from each sample to the next")
    return times
