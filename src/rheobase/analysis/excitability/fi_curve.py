"""Frequency against current: how often a cell fires under steps of current."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.experiments import Floats, call, duration, many, numbers, with_electrode
from rheobase.analysis.traces.spikes import THRESHOLD
from rheobase.figures import line, new_figure
from rheobase.measures import crossings
from rheobase.mechanisms import IClamp
from rheobase.model import Cell, Location
from rheobase.simulate import Simulation

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_STOPPED = 2.0  # a cell that is silent for so many of its last intervals before the step ends has stopped firing


@dataclass(frozen=True, eq=False, repr=False)
class FICurve:
    """How often a cell fires under steps of current: see `fi_curve`. Arrays are `(amplitudes,)`.

    **Fields:**

    - `site`; `amps`: nA; `delay`, `dur`: ms, when the step began and how long it was.
    - `counts`: spikes during the step. `rates`: Hz, their number over its length.
    - `first`: Hz, of the first interval. `steady`: Hz, of the last interval; 0 where firing stopped before the end.
    - `latencies`: ms from the start of the step to the first spike; NaN where there is none.
    - `spikes`: ms, the times of each run's spikes. `t`: ms, and `traces`: mV, `(amplitudes, samples)`.
    - `code`: the call that gave it.
    """

    site: Location
    amps: Floats
    delay: float
    dur: float
    counts: NDArray[np.int64]
    rates: Floats
    first: Floats
    steady: Floats
    latencies: Floats
    spikes: tuple[Floats, ...]
    t: Floats
    traces: NDArray[Any]
    code: str

    @property
    def onset(self) -> float:
        """The least of the amplitudes that made the cell fire, nA; NaN if none did."""
        fired = self.amps[self.counts > 0]
        return float(fired[0]) if len(fired) else float("nan")

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row an amplitude: `amp` (nA), `count`, `rate`, `first`, `steady` (Hz) and `latency` (ms)."""
        import pandas as pd

        columns = {"count": self.counts, "rate": self.rates, "first": self.first, "steady": self.steady}
        return pd.DataFrame({"amp": self.amps, **columns, "latency": self.latencies})

    def figure(self) -> "go.Figure":
        """Draw the rates of the whole step, of the first and of the last interval against the current."""
        figure = new_figure("Current (nA)", "Rate (Hz)")
        for k, (name, rates) in enumerate(
            (("whole step", self.rates), ("first interval", self.first), ("last interval", self.steady))
        ):
            figure.add_trace(line(self.amps, rates, name, k, mode="lines+markers"))
        figure.update_yaxes(rangemode="tozero")
        return figure

    def __repr__(self) -> str:
        reach = f"{self.amps[0]:g} to {self.amps[-1]:g} nA at {self.site!r}"
        return f"<FICurve: {len(self.amps)} steps of {self.dur:g} ms, {reach}, up to {self.rates.max():.4g} Hz>"


def fi_curve(
    cell: Cell,
    site: Location,
    amps: ArrayLike,
    *,
    dur: Any = 500.0,
    delay: Any = 50.0,
    threshold: float = THRESHOLD,
    at: Location | None = None,
    keep_electrodes: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
    **run: Any,
) -> FICurve:
    """Count the spikes that steps of current evoke; all steps are run at once.

    **Arguments:**

    - `site`: where the current goes in, and, unless `at` names another place, where spikes are counted.
    - `amps`: nA. `dur`, `delay`: ms. `threshold`: mV, that counts as a spike.
    - `keep_electrodes`: whether clamps on the cell stay; without them, the cell has this one electrode.
    - `cancelled`: asked between chunks of work whether to stop.
    - `run`: parameters of the runs, such as `dt`, `v_init` and `celsius`.

    **Raises:** ValueError for amplitudes or times that cannot be, KeyError for an unknown section, Cancelled.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> rb.fi_curve(cell, soma(0.5), [0, 0.2], dur=40, delay=5).counts.tolist()
    [0, 4]
    """
    steps = numbers("amps", amps, "nA")
    begun, length = duration("delay", delay, least=-1.0), duration("dur", dur)
    clamped, name = with_electrode(cell, site, IClamp(begun, length, 0.0), keep_electrodes=keep_electrodes)
    where = site if at is None else at
    simulation = Simulation(clamped, tstop=begun + length, record=[where.v], **run)
    t, traces = many(simulation, {f"{name}.amp": steps}, cancelled)
    fired = [crossings(t, trace, threshold)[0] for trace in traces[:, 0]]
    spikes = tuple(times[(times >= begun) & (times < begun + length)] for times in fired)
    counts = np.array([len(times) for times in spikes])
    options = {"at": at} if at is not None else {}
    return FICurve(
        site=site,
        amps=steps,
        delay=begun,
        dur=length,
        counts=counts,
        rates=1000 * counts / length,
        first=np.array([1000 / (times[1] - times[0]) if len(times) > 1 else 0.0 for times in spikes]),
        steady=np.array([_steady(times, begun + length) for times in spikes]),
        latencies=np.array([times[0] - begun if len(times) else np.nan for times in spikes]),
        spikes=spikes,
        t=t,
        traces=traces[:, 0],
        code=call("rb.fi_curve", site, amps=steps, dur=length, delay=begun, threshold=threshold, **options, **run),
    )


def _steady(times: Floats, end: float) -> float:
    if len(times) < 2:
        return 0.0
    last = times[-1] - times[-2]
    return 0.0 if end - times[-1] > _STOPPED * last else float(1000 / last)
