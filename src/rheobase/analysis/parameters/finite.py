"""What a derivative said of a change, held against runs with that change."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.parameters.bands import Band
from rheobase.analysis.parameters.landmarks import crossing, crossings

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]

_PART = 0.25  # of the true move: an error beyond it is no longer a small one
_SLACK = 0.01  # of the reach of the trace, and
_SLACK_MS = 0.05  # ms of a spike: nothing less is worth a word
_SLOW = 5.0  # mV/ms; where a trace moves faster its spikes tell, and not its height


@dataclass(frozen=True, repr=False, eq=False)
class FiniteChange:
    """A band, and the runs that it foretold.

    **Fields:**

    - `band`: what the derivative said. `plus`, `minus`: the traces of the runs.
    - `spikes_plus`, `spikes_minus`: ms, the spikes of these; empty where the trace is no voltage.
    - `breaks_at`: ms, from where on the runs leave the band by more than a quarter of how far they moved; infinite if
      they never do.
    - `verdict`: the same in words.
    """

    band: Band
    plus: Floats
    minus: Floats
    spikes_plus: Floats
    spikes_minus: Floats
    breaks_at: float
    verdict: str

    def to_dataframe(self) -> "pd.DataFrame":
        """The band's columns and those of the runs, `plus_run` and `minus_run`."""
        return self.band.to_dataframe().assign(plus_run=self.plus, minus_run=self.minus)

    def figure(self) -> "go.Figure":
        """What was foretold, dotted, over what came."""
        from rheobase.figures import line, new_figure

        band, percent = self.band, 100 * self.band.change
        figure = new_figure("Time (ms)", "", self.verdict)
        for k, (sign, run, foretold) in enumerate((("+", self.plus, band.plus), ("−", self.minus, band.minus))):
            figure.add_trace(line(band.t, run, f"{band.parameter} {sign}{percent:g} %, run", k))
            figure.add_trace(line(band.t, foretold, f"{sign}{percent:g} %, foretold", k, dash="dot"))
        return figure

    def __repr__(self) -> str:
        return f"<FiniteChange of {self.band.parameter} by {100 * self.band.change:g} %: {self.verdict}>"


def compared(band: Band, minus: Floats, plus: Floats, level: float | None) -> FiniteChange:
    """Hold a band against the runs with the parameter smaller and greater.

    **Arguments:** `level`: mV, the voltage that a spike crosses; None where the trace is no voltage.
    """
    came = {1: np.asarray(plus, float), -1: np.asarray(minus, float)}
    foretold = {1: band.plus, -1: band.minus}
    spikes = {sign: _spikes(band.t, trace, level) for sign, trace in came.items()}
    found: list[tuple[float, str]] = []
    for sign, word in ((1, f"+{100 * band.change:g} %"), (-1, f"-{100 * band.change:g} %")):
        there = band.spikes + sign * band.shifts
        here = spikes[sign]
        if level is not None and len(here) != len(band.spikes):
            missing = len(here) - len(band.spikes)
            kept = min(len(here), len(there))
            when = (here if missing > 0 else there)[kept]
            more, several = missing > 0, abs(missing) > 1
            verb = ("come" if several else "comes") if more else ("go" if several else "goes")
            what = f"{abs(missing)} spikes" if several else "a spike"
            found.append((float(when), f"at {word} {what} {verb}"))
        off = [
            (
                float(now),
                f"at {word} a spike is {abs(now - then):.2g} ms {'later' if now > then else 'earlier'} than said",
            )
            for now, then, before in zip(here, there, band.spikes, strict=False)
            if abs(now - then) > _PART * abs(now - before) + _SLACK_MS
        ]
        found += off[:1]
        found += _heights(band, came[sign], foretold[sign], word, level is not None and bool(len(band.spikes)))
    breaks_at, why = min(found, default=(np.inf, ""))
    worst = max((abs(a - b) for s in (1, -1) for a, b in zip(spikes[s], band.spikes + s * band.shifts, strict=False)),
                default=0.0)  # fmt: skip
    precisely = f", spikes to {max(worst, 1e-3):.2g} ms" if len(band.spikes) else ""
    verdict = f"the derivative foretells both runs{precisely}"
    if np.isfinite(breaks_at):
        verdict = f"linear until {breaks_at:.4g} ms: {why}"
    return FiniteChange(band, came[1], came[-1], spikes[1], spikes[-1], breaks_at, verdict)


def _spikes(t: Floats, trace: Floats, level: float | None) -> Floats:
    if level is None:
        return np.empty(0)
    return np.array([crossing(t, trace, level, int(k)).value for k in crossings(trace, level)])


def _heights(band: Band, came: Floats, foretold: Floats, word: str, spiking: bool) -> list[tuple[float, str]]:
    """The first moment, away from spikes, at which the run is not where it was foretold to be."""
    reach = float(np.ptp(band.values)) or 1.0
    error = np.abs(came - foretold)
    moved = float(np.abs(came - band.values).max()) if not spiking else np.abs(came - band.values)
    allowed = _PART * np.maximum(moved, np.abs(foretold - band.values)) + _SLACK * reach
    beyond = error > allowed
    if spiking:
        speed = np.maximum(np.abs(np.gradient(came, band.t)), np.abs(np.gradient(foretold, band.t)))
        beyond &= speed < _SLOW
    where = np.flatnonzero(beyond)
    return [] if not len(where) else [(float(band.t[where[0]]), f"at {word} the run goes elsewhere")]
