"""The derivative of a recorded trace by each parameter, and what it says of a small change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.experiments import rerecorded
from rheobase.analysis.parameters.bands import Band, Warp, band_of, warp_of
from rheobase.analysis.parameters.finite import FiniteChange, compared
from rheobase.analysis.parameters.landmarks import LANDMARKS, Landmark, Reading, Trace, Unread, crossings, landmark
from rheobase.analysis.parameters.varied import GROUPS, Varied, edges, moments, varied, varied_by_default
from rheobase.model import Recordable
from rheobase.model.names import UnknownName
from rheobase.simulate import Simulation
from rheobase.simulate.tangents import Direction, tangents

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]

_PREFERRED = ("first_spike", "peak")  # of a trace with and without spikes


@dataclass(frozen=True)
class Effect:
    """How one parameter moves a feature: `slope` by one unit of it, `by_change` when it grows by the chosen part."""

    parameter: Varied
    slope: float
    by_change: float


@dataclass(frozen=True, repr=False)
class Effects:
    """Which parameters move a feature most, the strongest first.

    **Fields:** the `feature` and its `value`, in `unit`; `change`: 0.1 for ten per cent; `ranked`: the effects.
    """

    feature: Landmark
    value: float
    unit: str
    change: float
    ranked: tuple[Effect, ...]

    def to_dataframe(self) -> "pd.DataFrame":
        """A row for each parameter, the strongest first: value, unit, slope and the move for the change."""
        import pandas as pd

        rows = [(e.parameter.name, e.parameter.value, e.parameter.unit, e.slope, e.by_change) for e in self.ranked]
        by = f"{self.feature.name} at {100 * self.change:+g} %"
        return pd.DataFrame(rows, columns=["parameter", "value", "unit", "slope", by]).set_index("parameter")

    def figure(self, most: int = 20) -> "go.Figure":
        """A bar for each of the `most` strongest."""
        from rheobase.figures import COLOURS, new_figure

        shown = self.ranked[:most][::-1]
        title = f"{self.feature.title} at {100 * self.change:+g} % ({self.unit})" if self.unit else self.feature.title
        figure = new_figure(title, "", height=120 + 22 * len(shown))
        figure.add_bar(
            x=[e.by_change for e in shown],
            y=[e.parameter.name for e in shown],
            orientation="h",
            marker={"color": [COLOURS[0] if e.by_change >= 0 else COLOURS[1] for e in shown]},
            showlegend=False,
        )
        return figure

    def __repr__(self) -> str:
        first = ", ".join(f"{e.parameter.name} {e.by_change:+.3g}" for e in self.ranked[:3])
        return f"<Effects on {self.feature.name} of {100 * self.change:+g} %, in {self.unit or '1'}: {first}, ...>"


@dataclass(frozen=True, repr=False, eq=False)
class Sensitivity:
    """A recorded trace and its derivatives by parameters.

    **Fields:**

    - `simulation`: the run. `trace`, `unit`: what was recorded.
    - `t`: ms, `(samples,)`. `values`: `(samples,)`.
    - `parameters`: which. `slopes`: the derivative by one unit of each, `(parameters, samples)`; where a parameter has
      a number for each segment, all grow together in proportion.
    - `voltage`, `voltage_slopes`: the same of the voltage there, by which spikes are told; of the trace if it is one.
    - `feature`: the feature that `effects` ranks by unless told.
    - `level`: mV, the voltage that a spike rises through.
    """

    simulation: Simulation
    trace: Recordable
    unit: str
    t: Floats
    values: Floats
    parameters: tuple[Varied, ...]
    slopes: Floats
    voltage: Floats | None
    voltage_slopes: Floats | None
    feature: str
    level: float = -20.0

    def __getitem__(self, parameter: str) -> Floats:
        """The derivative by one unit of a parameter, `(samples,)`."""
        slope: Floats = self.slopes[self._row(parameter)]
        return slope

    def of(self, parameter: str) -> Varied:
        """A parameter as it was. **Raises:** KeyError for one that nothing was differentiated by."""
        return self.parameters[self._row(parameter)]

    def relative(self, parameter: str) -> Floats:
        """The derivative by the logarithm of a parameter: a tenth of it is the move for ten per cent."""
        row = self._row(parameter)
        slope: Floats = self.slopes[row] * self.parameters[row].value
        return slope

    def band(self, parameter: str, change: float = 0.1) -> Band:
        """Where the trace goes when a parameter grows or falls by a part of its value.

        **Raises:** KeyError for another parameter; ValueError for a change that is not between 0 and 1, or of zero.
        """
        _check_change(change)
        if self.of(parameter).value == 0:
            raise ValueError(f"{parameter} is 0, and no part of it is a change; its derivative is sens[{parameter!r}]")
        warp = self._warp(parameter)
        is_voltage = self.trace.variable == "v" and self.unit == "mV"
        return band_of(parameter, change, self.t, self.values, self.relative(parameter), warp, voltage=is_voltage)

    def spike_shifts(self, parameter: str) -> tuple[Floats, Floats]:
        """The times of the spikes, ms, and the derivative of each by the logarithm of a parameter, ms."""
        warp = self._warp(parameter)
        return (np.empty(0), np.empty(0)) if warp is None else (warp.spikes, warp.moves)

    @property
    def features(self) -> tuple[str, ...]:
        """The features that this trace has."""
        return tuple(name for name in LANDMARKS if self._read(name)[0] is not None)

    def missing(self) -> dict[str, str]:
        """The features that it does not have, and why."""
        return {name: reason for name in LANDMARKS for reading, reason in [self._read(name)] if reading is None}

    def effects(self, feature: str | None = None, change: float = 0.1) -> Effects:
        """Which parameters move a feature most.

        **Arguments:** `feature`: one of `features`. `change`: the part by which each parameter grows.

        **Raises:** KeyError for an unknown feature; ValueError for one that the trace does not have.
        """
        _check_change(change)
        known = landmark(self.feature if feature is None else feature)
        reading, reason = self._read(known.name)
        if reading is None:
            raise ValueError(f"{self.trace.label} has no {known.name}: {reason}")
        moves = reading.along(self.voltage_slopes if known.spikes and self.voltage_slopes is not None else self.slopes)
        found = [
            Effect(each, float(move), float(move) * each.value * change)
            for each, move in zip(self.parameters, moves, strict=True)
        ]
        found.sort(key=lambda effect: -abs(effect.by_change))
        unit = ("mV" if known.spikes else self.unit).join(known.unit.split("{}"))
        return Effects(known, reading.value, unit.strip(), change, tuple(found))

    def check(self, parameter: str, change: float = 0.1) -> FiniteChange:
        """Run twice more, with the parameter greater and smaller, and hold the band against it.

        **Raises:** as `band`; ValueError for a value out of the limits of the parameter.
        """
        band = self.band(parameter, change)
        values = np.array(self.of(parameter).values)
        sim = self.simulation
        if self.trace not in sim.recordables:
            sim = rerecorded(sim, [self.trace])
        both = np.stack([values * (1 - change), values * (1 + change)])
        runs = sim.batch({parameter: both[:, 0] if both.shape[1] == 1 else both})
        minus, plus = runs[:, sim.recordables.index(self.trace)]
        return compared(band, minus, plus, self.level if self.trace.variable == "v" else None)

    def to_dataframe(self) -> "pd.DataFrame":
        """The trace, then its derivative by one unit of each parameter; the index is time in ms."""
        import pandas as pd

        columns = {self.trace.label: self.values} | {
            f"d/d {each.name}": slope for each, slope in zip(self.parameters, self.slopes, strict=True)
        }
        return pd.DataFrame(columns, index=pd.Index(self.t, name="t"))

    def figure(self, parameter: str | None = None, change: float = 0.1) -> "go.Figure":
        """The trace with the band of a parameter; of the strongest unless told."""
        from rheobase.figures import COLOURS, line, new_figure, with_unit

        if parameter is None:
            parameter = self.effects(change=change).ranked[0].parameter.name
        band = self.band(parameter, change)
        figure = new_figure("Time (ms)", with_unit(self.trace.label, self.unit), band.remark)
        edge = {"width": 0}
        figure.add_scatter(x=self.t, y=band.low, line=edge, mode="lines", showlegend=False, hoverinfo="skip")
        figure.add_scatter(
            x=self.t, y=band.high, line=edge, mode="lines", fill="tonexty", fillcolor="rgba(0, 114, 178, 0.2)",
            name=f"{parameter} ±{100 * change:g} %", hoverinfo="skip",
        )  # fmt: skip
        figure.add_trace(line(self.t, band.plus, f"{parameter} +{100 * change:g} %", 1, dash="dot"))
        figure.add_trace(line(self.t, self.values, self.trace.label, 0))
        figure.update_layout(colorway=list(COLOURS))
        return figure

    def __repr__(self) -> str:
        return f"<Sensitivity of {self.trace.label} to {len(self.parameters)} parameters over {self.t[-1]:g} ms>"

    def _row(self, parameter: str) -> int:
        row = self._rows.get(parameter)
        if row is None:
            raise UnknownName("derivative here by", parameter, self._rows)
        return row

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {each.name: row for row, each in enumerate(self.parameters)}

    @cached_property
    def _edges(self) -> tuple[float, ...]:
        return edges(self.simulation)

    def _warp(self, parameter: str) -> Warp | None:
        if self.voltage is None or self.voltage_slopes is None or not len(crossings(self.voltage, self.level)):
            return None
        row = self._row(parameter)
        slope = self.voltage_slopes[row] * self.parameters[row].value
        return warp_of(self.t, self.voltage, slope, self.level, self._edges)

    def _read(self, name: str) -> tuple[Reading | None, str]:
        known = LANDMARKS[name]
        values = self.voltage if known.spikes else self.values
        if values is None:
            return None, "spikes are told by a voltage, and this trace has none"
        onset = self._edges[0] if self._edges else 0.0
        try:
            return known.read(Trace(self.t, values, self.level, onset)), ""
        except Unread as error:
            return None, str(error)


def sensitivity(
    sim: Simulation,
    trace: Recordable | None = None,
    parameters: str | Iterable[str] | None = None,
    feature: str | None = None,
    *,
    level: float = -20.0,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda _: None,
) -> Sensitivity:
    """Differentiate a recorded trace by parameters, exactly, in forward mode along with the run.

    Spikes that come or go have no derivative: it tells of small changes. `Sensitivity.check` runs a finite one.

    **Arguments:**

    - `sim`: at fixed steps. `trace`: what to differentiate; what is recorded first unless given.
    - `parameters`: names, as in `Simulation.function`, or a group of them: `"membrane"` (the default: what mechanisms,
      ions and the membrane itself are set to), `"shape"`, `"stimuli"`, `"run"`, or several groups.
    - `feature`: what `effects` ranks by; the time of the first spike, or the peak where there is none, unless given.
    - `level`: mV, the voltage that a spike rises through.
    - `cancelled`: asked between pieces of the run. `progress`: told the fraction done.

    **Raises:** KeyError for an unknown name; ValueError for an adaptive method or a moment of a stimulus; Cancelled.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> _ = cell.place(rb.IClamp(delay=1, dur=8, amp=0.2), soma(0.5))
    >>> sens = rb.sensitivity(rb.Simulation(cell, tstop=10), soma(0.5).v)
    >>> [each.parameter.name for each in sens.effects("first_spike").ranked[:2]]
    ['all.k.reversal', 'soma.hh.el']
    """
    if not isinstance(sim, Simulation):
        raise TypeError(f"sensitivity differentiates a Simulation, as in rb.Simulation(cell, tstop=50), not {sim!r}")
    trace = sim.recordables[0] if trace is None else trace
    chosen, named = _chosen(sim, parameters)
    if feature is not None:
        landmark(feature)
    directions: list[Direction] = []
    for each in chosen:
        values = np.array(each.values)
        # All in proportion, where there are several: the mean then grows by one.
        directions.append({each.name: values / each.value if len(values) > 1 and each.value != 0 else 1.0})
    record = [trace]
    is_voltage = trace.variable == "v" and trace.x is not None
    if trace.x is not None and not is_voltage:
        record.append(Recordable(trace.place, trace.x, "v"))
    moved = tangents(sim, directions, record=record, cancelled=cancelled, progress=progress)
    values, slopes = moved.values.astype(float), moved.derivatives.astype(float)
    # A jump lies between two steps wherever exactly it is: that nothing moves with its moment is no finding.
    still = [not slope.any() for slope in slopes]
    jumps = [each.name for each, zero in zip(chosen, still, strict=True) if zero and each.name in moments(sim)]
    if jumps and named:
        raise ValueError(
            f"{jumps[0]} is a moment at which a stimulus begins or ends: a run in steps of {sim.protocol.dt:g} ms "
            "has no derivative by it; compare runs that have other values"
        )
    kept = [row for row, each in enumerate(chosen) if each.name not in jumps]
    chosen, slopes = [chosen[row] for row in kept], slopes[kept]
    where = None if trace.x is None else -1
    voltage = None if where is None else values[where]
    if feature is None:
        feature = _PREFERRED[0 if voltage is not None and len(crossings(voltage, level)) else 1]
    return Sensitivity(
        sim,
        trace,
        moved.units[0],
        moved.t,
        values[0],
        tuple(chosen),
        slopes[:, 0],
        voltage,
        None if where is None else slopes[:, where],
        feature,
        level,
    )


def _chosen(sim: Simulation, parameters: str | Iterable[str] | None) -> tuple[Sequence[Varied], bool]:
    """The parameters, and whether they were asked for by name."""
    names: list[Any] = [parameters] if isinstance(parameters, str) else list(parameters or ("membrane",))
    named = any(name not in GROUPS for name in names)
    if not named:
        chosen: Sequence[Varied] = varied_by_default(sim, names)
    else:
        chosen = [varied(sim, name) for name in dict.fromkeys(names)]
    if not chosen:
        others = ", ".join(repr(name) for name in GROUPS if name not in names)
        raise ValueError(
            f"{sim.cell.name!r} has no parameters of {' and '.join(map(repr, names))} to vary: "
            f"add some, or vary those of {others}"
        )
    return chosen, named


def _check_change(change: float) -> None:
    if not 0 < change < 1:
        raise ValueError(f"change = {change!r}: give a part between 0 and 1, such as 0.1 for ten per cent")
