"""How much current for how long: rheobase, chronaxie and the curve between strength and duration of a pulse.

Thresholds are found by bisection of many amplitudes at once. The laws that are fitted: Weiss 1901, *Arch. Ital. Biol.*
35:413, `I = Ir (1 + c / d)`; Lapicque 1907, *J. Physiol. Pathol. Gén.* 9:620, `I = Ir / (1 - 2^(-d / c))`, which is
exact for a passive membrane of time constant `c / ln 2` that fires at a fixed voltage (Blair 1932).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.experiments import Floats, call, duration, many, numbers, with_electrode
from rheobase.analysis.traces.spikes import THRESHOLD
from rheobase.figures import FAINT, line, new_figure
from rheobase.measures import crossings
from rheobase.mechanisms import IClamp
from rheobase.model import Cell, Location
from rheobase.simulate import Simulation
from rheobase.units import to_float

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_ROUND = 12  # amplitudes that one round tries, for each duration
_DECADES = 4  # that the first round spans below the limit

Law = Literal["weiss", "lapicque"]


@dataclass(frozen=True, eq=False, repr=False)
class Threshold:
    """The least current at which a cell fires: see `rheobase`. Used as a number it is `amp`.

    **Fields:** `site`; `amp`: nA, the least found to fire, and `below`, the greatest found not to; `delay`, `dur`: ms,
    of the pulse; `t`: ms, and `fired` and `silent`: mV, the traces of both; `code`: the call that gave it.
    """

    site: Location
    amp: float
    below: float
    delay: float
    dur: float
    t: Floats
    fired: NDArray[Any]
    silent: NDArray[Any]
    code: str

    def __float__(self) -> float:
        return self.amp

    def to_dataframe(self) -> "pd.DataFrame":
        """Give the two traces (mV), one column each, by time in ms."""
        import pandas as pd

        columns = {f"{self.amp:.6g} nA": self.fired, f"{self.below:.6g} nA": self.silent}
        return pd.DataFrame(columns, index=pd.Index(self.t, name="t"))

    def figure(self) -> "go.Figure":
        """Draw the trace at threshold and the one just below."""
        figure = new_figure("Time (ms)", "Voltage (mV)")
        figure.add_trace(line(self.t, self.fired, f"{self.amp:.5g} nA", 1))
        figure.add_trace(line(self.t, self.silent, f"{self.below:.5g} nA", 0))
        figure.add_vrect(self.delay, self.delay + self.dur, fillcolor=FAINT, opacity=0.12, line_width=0)
        return figure

    def __repr__(self) -> str:
        return f"<Threshold: {self.amp:.5g} nA for {self.dur:g} ms at {self.site!r}>"


@dataclass(frozen=True)
class Fit:
    """A law fitted to thresholds: its name, its `rheobase` (nA), `chronaxie` (ms), and the relative `error` (rms)."""

    law: Law
    rheobase: float
    chronaxie: float
    error: float

    def evaluate(self, durations: ArrayLike) -> Floats:
        """The threshold at some durations (ms), nA."""
        return np.asarray(self.rheobase * _LAWS[self.law](np.asarray(durations, float) / self.chronaxie))


@dataclass(frozen=True, eq=False, repr=False)
class StrengthDuration:
    """Thresholds of pulses of many durations: see `strength_duration`.

    **Fields:**

    - `site`; `durations`: ms; `amps`: nA, the threshold of each.
    - `rheobase`: nA, the threshold of the longest pulse. `chronaxie`: ms, the duration of which the threshold is twice
      that; NaN where the durations do not reach it.
    - `weiss`, `lapicque`: the laws fitted to the thresholds, with a rheobase and a chronaxie of their own.
    - `code`: the call that gave it.
    """

    site: Location
    durations: Floats
    amps: Floats
    rheobase: float
    chronaxie: float
    weiss: Fit
    lapicque: Fit
    code: str

    @property
    def charges(self) -> Floats:
        """The charge of each threshold pulse, pC."""
        return self.amps * self.durations

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row a duration: `duration` (ms), `amp` (nA), `charge` (pC), and what both laws say (nA)."""
        import pandas as pd

        columns: dict[str, Floats] = {"duration": self.durations, "amp": self.amps, "charge": self.charges}
        columns |= {fit.law: fit.evaluate(self.durations) for fit in (self.weiss, self.lapicque)}
        return pd.DataFrame(columns)

    def figure(self) -> "go.Figure":
        """Draw the thresholds against the duration, both laws, rheobase and chronaxie."""
        figure = new_figure("Duration (ms)", "Threshold (nA)")
        smooth = np.geomspace(self.durations[0], self.durations[-1], 200)
        figure.add_trace(line(self.durations, self.amps, "threshold", 0, mode="markers", marker={"size": 8}))
        for k, fit in enumerate((self.weiss, self.lapicque), start=1):
            name = f"{fit.law.title()}: {fit.rheobase:.3g} nA, {fit.chronaxie:.3g} ms"
            figure.add_trace(line(smooth, fit.evaluate(smooth), name, k))
        faint = {"color": FAINT, "dash": "dot", "width": 1}
        figure.add_hline(self.rheobase, line=faint, annotation_text="rheobase")
        if np.isfinite(self.chronaxie):
            figure.add_hline(2 * self.rheobase, line=faint)
            # A line on a logarithmic axis is placed by the number itself, its words by the logarithm.
            figure.add_vline(self.chronaxie, line=faint)
            figure.add_annotation(x=np.log10(self.chronaxie), y=1, yref="paper", text="chronaxie", showarrow=False)
        figure.update_xaxes(type="log")
        figure.update_yaxes(rangemode="tozero")
        return figure

    def __repr__(self) -> str:
        return (
            f"<StrengthDuration: {len(self.amps)} pulses at {self.site!r}, rheobase {self.rheobase:.4g} nA, "
            f"chronaxie {self.chronaxie:.4g} ms>"
        )


def rheobase(
    cell: Cell,
    site: Location,
    *,
    dur: Any = 200.0,
    delay: Any = 10.0,
    limit: Any = 100.0,
    tolerance: float = 1e-4,
    threshold: float = THRESHOLD,
    at: Location | None = None,
    keep_electrodes: bool = False,
    **run: Any,
) -> Threshold:
    """Find the least current that makes a cell fire, with a pulse that is long.

    **Arguments:**

    - `site`: where the current goes in, and, unless `at` names another place, where spikes are looked for.
    - `dur`, `delay`: ms. `limit`: nA, the most that is tried; negative to look for the least hyperpolarisation.
    - `tolerance`: relative, of the current. `threshold`: mV, that counts as a spike.
    - `keep_electrodes`, `run`: as of `fi_curve`.

    **Raises:** ValueError where the cell fires without any current, or not even at the limit.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> round(float(rb.rheobase(cell, soma(0.5), dur=50)), 3)
    0.028
    """
    pulse = _Pulse(cell, site, duration("delay", delay), threshold, at, keep_electrodes, run)
    length, most = duration("dur", dur), _limit(limit)
    low, high = pulse.bisect(np.array([length]), most, _fraction(tolerance))
    t, traces = pulse.traces(np.array([high[0], low[0]]), np.array([length, length]))
    given: dict[str, Any] = {"dur": length, "delay": pulse.delay, "threshold": threshold}
    code = call("rb.rheobase", site, **given, **({"at": at} if at is not None else {}), **run)
    return Threshold(site, float(high[0]), float(low[0]), pulse.delay, length, t, traces[0], traces[1], code)


def strength_duration(
    cell: Cell,
    site: Location,
    durations: ArrayLike | None = None,
    *,
    dur: Any = 200.0,
    delay: Any = 10.0,
    limit: Any = 100.0,
    tolerance: float = 1e-4,
    threshold: float = THRESHOLD,
    at: Location | None = None,
    keep_electrodes: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
    **run: Any,
) -> StrengthDuration:
    """Find the thresholds of pulses of many durations, all at once.

    **Arguments:** `durations`: ms, rounded to whole steps; by default a dozen from 0.1 ms on. `dur`: ms, of the long
    pulse whose threshold is the rheobase, added to the durations. `cancelled`: asked between chunks of work whether to
    stop. All others as of `rheobase`.

    **Raises:** as of `rheobase`, telling for which duration; Cancelled.
    """
    pulse = _Pulse(cell, site, duration("delay", delay), threshold, at, keep_electrodes, run, cancelled)
    length = duration("dur", dur)
    given = np.geomspace(0.1, length, 12) if durations is None else numbers("durations", durations, "ms")
    if given[0] <= 0:
        raise ValueError(f"durations = {given[0]:g} ms: must be greater than 0")
    times = pulse.whole(np.append(given, length))
    _, amps = pulse.bisect(times, _limit(limit), _fraction(tolerance))
    written: dict[str, Any] = {"delay": pulse.delay, "threshold": threshold}
    return StrengthDuration(
        site=site,
        durations=times,
        amps=amps,
        rheobase=float(amps[-1]),
        chronaxie=_where_twice(times, amps),
        weiss=_fitted("weiss", times, amps),
        lapicque=_fitted("lapicque", times, amps),
        code=call("rb.strength_duration", site, durations=times, dur=length, **written, **run),
    )


def chronaxie(cell: Cell, site: Location, **options: Any) -> float:
    """Find the duration, ms, of which the threshold is twice the rheobase.

    **Arguments:** those of `rheobase`; `dur` is the length of its long pulse.

    **Raises:** as of `rheobase`; ValueError where a single step of the run is enough.
    """
    base = rheobase(cell, site, **options)
    names = ("delay", "limit", "tolerance", "threshold", "at", "keep_electrodes")
    run = {name: value for name, value in options.items() if name not in (*names, "dur")}
    pulse = _Pulse(
        cell,
        site,
        base.delay,
        options.get("threshold", THRESHOLD),
        options.get("at"),
        options.get("keep_electrodes", False),
        run,
    )
    dt = pulse.dt
    low, high = 0, round(base.dur / dt)
    while high - low > 1:
        tried = np.unique(np.geomspace(max(low, 1), high, _ROUND).round().astype(int))
        tried = tried[(tried > low) & (tried < high)]
        fires = pulse.fires(np.full(len(tried), 2 * base.amp), tried * dt)
        high = int(tried[fires][0]) if fires.any() else high
        silent = tried[~fires & (tried < high)]
        low = int(silent[-1]) if len(silent) else low
    if low == 0:
        raise ValueError(
            f"at twice the rheobase, {2 * base.amp:g} nA, a pulse of one step, {dt:g} ms, is enough; give a smaller dt"
        )
    # The threshold at whole steps on either side, and a straight line of their logarithms, for what lies between.
    sides = np.array([low, high]) * dt
    tolerance = _fraction(options.get("tolerance", 1e-4))
    _, amps = pulse.bisect(sides, _limit(options.get("limit", 100.0)), tolerance)
    return _between(sides, amps, 2 * base.amp)


class _Pulse:
    """A cell under pulses of current: which of them make it fire."""

    def __init__(
        self,
        cell: Cell,
        site: Location,
        delay: float,
        threshold: float,
        at: Location | None,
        keep_electrodes: bool,
        run: dict[str, Any],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cancelled = cancelled
        self._cell, self._name = with_electrode(cell, site, IClamp(delay, 1.0, 0.0), keep_electrodes=keep_electrodes)
        self._where, self._threshold, self._run, self.delay = (at or site), threshold, run, delay
        self.dt = Simulation(self._cell, tstop=1, record=[self._where.v], **run).protocol.dt

    def whole(self, durations: Floats) -> Floats:
        """Durations of whole steps, at least one."""
        return np.unique(np.maximum(1, (durations / self.dt).round())) * self.dt

    def traces(self, amps: Floats, durations: Floats) -> tuple[Floats, NDArray[Any]]:
        """Times (ms) and voltages (mV) of runs of some amplitudes, each with its duration."""
        # A spike that a short pulse evokes comes when the pulse is over.
        tstop = self.delay + float(durations.max()) + max(_AFTER, 0.25 * float(durations.max()))
        simulation = Simulation(self._cell, tstop=tstop, record=[self._where.v], **self._run)
        t, found = many(simulation, {f"{self._name}.amp": amps, f"{self._name}.dur": durations}, self._cancelled)
        return t, found[:, 0]

    def fires(self, amps: Floats, durations: Floats) -> NDArray[np.bool_]:
        """Which pulses make the cell fire, once they have begun."""
        t, traces = self.traces(amps, durations)
        return np.array([bool((crossings(t, v, self._threshold)[0] >= self.delay).any()) for v in traces])

    def bisect(self, durations: Floats, limit: float, tolerance: float) -> tuple[Floats, Floats]:
        """For each duration the greatest amplitude found not to fire, and the least found to.

        **Raises:** ValueError where the cell fires without current, or nowhere up to the limit.
        """
        rungs = np.append(0.0, limit * np.geomspace(10.0**-_DECADES, 1, _ROUND))
        ladder = np.tile(rungs, (len(durations), 1))
        fires = self._try(ladder, durations)
        if fires[:, 0].any():
            raise ValueError(
                f"the cell fires without any current at {self._where!r}, so it has no threshold; let it rest first: a "
                "v_init near its resting potential, a longer delay, or less of a depolarising current"
            )
        if not fires.any(axis=1).all():
            silent = durations[~fires.any(axis=1)].max()
            raise ValueError(
                f"up to {limit:g} nA for {silent:g} ms nothing at {self._where!r} reaches {self._threshold:g} mV: give "
                "a higher limit, a longer pulse or a lower threshold, or look whether the cell has sodium channels"
            )
        low, high = _bracket(ladder, fires)
        while (np.abs(high - low) > tolerance * np.abs(high)).any():
            share = np.arange(1, _ROUND + 1) / (_ROUND + 1)
            tried = low[:, None] + (high - low)[:, None] * share
            fires = self._try(tried, durations)
            rungs = np.column_stack([low, tried, high])
            known = np.column_stack([np.zeros(len(low), bool), fires, np.ones(len(low), bool)])
            low, high = _bracket(rungs, known)
        return low, high

    def _try(self, amps: Floats, durations: Floats) -> NDArray[np.bool_]:
        each = np.repeat(durations, amps.shape[1])
        return self.fires(amps.ravel(), each).reshape(amps.shape)


_AFTER = 20.0  # ms after a pulse in which its spike may come


def _bracket(amps: Floats, fires: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Of each row the first amplitude that fires and the one before it."""
    first = np.argmax(fires, axis=1)
    rows = np.arange(len(amps))
    return amps[rows, first - 1], amps[rows, first]


def _where_twice(durations: Floats, amps: Floats) -> float:
    """The duration at which the threshold falls to twice that of the longest pulse."""
    above = np.flatnonzero(np.abs(amps) >= 2 * abs(amps[-1]))
    if not len(above):
        return float("nan")
    k = above[-1]
    return _between(durations[k : k + 2], amps[k : k + 2], 2 * float(amps[-1]))


def _between(durations: Floats, amps: Floats, wanted: float) -> float:
    """Where the threshold has a value between two durations, on a straight line of logarithms."""
    x, y = np.log(durations), np.log(np.abs(amps))
    return float(np.exp(x[0] + (np.log(abs(wanted)) - y[0]) * (x[1] - x[0]) / (y[1] - y[0])))


_LAWS: dict[Law, Callable[[Floats], Floats]] = {
    "weiss": lambda x: 1 + 1 / x,
    "lapicque": lambda x: -1 / np.expm1(-np.log(2) * x),
}


def _fitted(law: Law, durations: Floats, amps: Floats) -> Fit:
    """A law with the rheobase and chronaxie of the least relative error."""
    from scipy.optimize import least_squares

    sign, size = np.sign(amps[-1]), np.log(np.abs(amps))

    def errors(guess: Floats) -> Floats:
        return guess[0] + np.log(_LAWS[law](durations / np.exp(guess[1]))) - size

    start = _where_twice(durations, amps)
    found = least_squares(errors, [size[-1], np.log(start if np.isfinite(start) else durations[len(durations) // 2])])
    base, time = np.exp(found.x)
    return Fit(law, float(sign * base), float(time), float(np.sqrt(np.mean(np.expm1(found.fun) ** 2))))


def _limit(limit: Any) -> float:
    most = to_float(limit, "nA", "limit")
    if most == 0:
        raise ValueError("limit = 0 nA: give the greatest current to try")
    return most


def _fraction(tolerance: Any) -> float:
    number = to_float(tolerance, "1", "tolerance")
    if not 1e-12 < number < 1:
        raise ValueError(f"tolerance = {tolerance!r}: give a fraction of the current, such as 1e-4")
    return number
