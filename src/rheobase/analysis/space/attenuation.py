"""How a signal shrinks, and when it comes, along the way from one place to another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rheobase.analysis.experiments import Floats, call, simulation_of
from rheobase.analysis.space.plots import SpacePlot, space_plot
from rheobase.figures import line, new_figure
from rheobase.model import Cell, Location
from rheobase.simulate import Simulation

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Measure = Literal["peak", "steady"]


@dataclass(frozen=True, eq=False, repr=False)
class Attenuation:
    """What becomes of a change in voltage along a way: see `attenuation`. Arrays are `(places,)`.

    **Fields:**

    - `start`, `end`; `places`; `distance`: um from the start. `measure`: `"peak"` or `"steady"`.
    - `amplitudes`: mV, how far the voltage moves from where it was. `ratios`: of these to the first.
    - `times`: ms, of the peak; of a steady change the end of the run.
    - `course`: the voltages along the way. `code`: the call that gave it.
    """

    start: Location
    end: Location
    places: tuple[Location, ...]
    distance: Floats
    measure: Measure
    amplitudes: Floats
    ratios: Floats
    times: Floats
    course: SpacePlot
    code: str

    @property
    def logarithms(self) -> Floats:
        """The natural logarithm of the change at the start over that at each place, as impedance has it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return -np.log(self.ratios)

    @property
    def length_constant(self) -> float:
        """The distance (um) over which the change falls to 1/e, by a straight line through the logarithms; or inf."""
        sound = np.isfinite(self.logarithms)
        if sound.sum() < 2:
            return float("nan")
        slope = np.polyfit(self.distance[sound], self.logarithms[sound], 1)[0]
        return float(1 / slope) if slope > 0 else float("inf")

    @property
    def velocity(self) -> float:
        """How fast the peak travels, m/s, by a straight line through its times; NaN for a steady change."""
        if self.measure == "steady" or len(self.distance) < 2:
            return float("nan")
        slope = np.polyfit(self.distance, self.times, 1)[0]
        # Peaks within half a sample of each other are told to come at once.
        at_once = abs(slope) * np.ptp(self.distance) < 0.5 * float(np.diff(self.course.t[:2])[0])
        return float("inf") if at_once else float(1e-3 / slope)

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row a place: `place`, `distance` (um), `amplitude` (mV), `ratio`, `logarithm` and `time` (ms)."""
        import pandas as pd

        columns = {"distance": self.distance, "amplitude": self.amplitudes, "ratio": self.ratios}
        more = {"logarithm": self.logarithms, "time": self.times}
        return pd.DataFrame({"place": [repr(place) for place in self.places], **columns, **more})

    def figure(self) -> "go.Figure":
        """Draw the change and its share of the first against the distance, and when its peak comes."""
        titles = ["Change (mV)", "Share of the first", *(["Peak (ms)"] if self.measure == "peak" else [])]
        figure = new_figure(f"Distance from {self.start!r} (um)", titles, height=160 + 150 * len(titles))
        names = [repr(place) for place in self.places]
        rows = (("change", self.amplitudes), ("share", self.ratios), ("time of the peak", self.times))
        for k, (name, values) in enumerate(rows[: len(titles)]):
            drawn = line(self.distance, values, name, k, mode="lines+markers", text=names, showlegend=False)
            figure.add_trace(drawn, k + 1, 1)
        return figure

    def __repr__(self) -> str:
        return (
            f"<Attenuation from {self.start!r} to {self.end!r}: {self.measure} {self.amplitudes[0]:.4g} mV, "
            f"{self.amplitudes[-1]:.4g} mV after {self.distance[-1]:.4g} um>"
        )


def attenuation(
    source: Cell | Simulation,
    start: Location,
    end: Location,
    *,
    measure: Measure = "peak",
    after: float = 0.0,
    until: float | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    **run: Any,
) -> Attenuation:
    """Run a model and measure how a change in voltage shrinks along a way.

    **Arguments:**

    - `source`, `start`, `end`, `run`: as of `space_plot`.
    - `measure`: `"peak"`, the largest change in either direction; or `"steady"`, that at the end.
    - `after`, `until`: ms; changes are from the voltage at `after`, and are looked for up to `until`.
    - `cancelled`: asked between chunks of the run whether to stop.

    **Raises:** as of `space_plot`; ValueError for times outside the run, or where nothing changes at the start.
    """
    if measure not in ("peak", "steady"):
        raise ValueError(f"measure = {measure!r}: give 'peak' or 'steady'")
    plain = simulation_of(source, run)
    step, tstop = plain.protocol.dt * plain.every, plain.protocol.dt * plain.steps
    last = tstop if until is None else float(until)
    if not 0 <= after < last <= tstop * (1 + 1e-9):
        raise ValueError(f"after = {after:g} ms, until = {last:g} ms: must lie in this order within 0 to {tstop:g} ms")
    times = np.linspace(after, min(last, tstop), max(2, round((last - after) / step) + 1))
    course = space_plot(source, start, end, times=times, cancelled=cancelled, **run)
    change = course.values - course.values[0]
    rows = np.argmax(np.abs(change), axis=0) if measure == "peak" else np.full(change.shape[1], len(change) - 1)
    amplitudes = change[rows, np.arange(change.shape[1])]
    if amplitudes[0] == 0:
        raise ValueError(f"the voltage at {start!r} does not change; place a stimulus there, such as an IClamp")
    options: dict[str, Any] = {"measure": measure, "after": float(after), **run}
    return Attenuation(
        start=start,
        end=end,
        places=course.places,
        distance=course.distance,
        measure=measure,
        amplitudes=amplitudes,
        ratios=amplitudes / amplitudes[0],
        times=course.t[rows],
        course=course,
        code=call("rb.attenuation", start, end=end, **options),
    )
