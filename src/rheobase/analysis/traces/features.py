"""Electrophysiological features of a trace, by eFEL (https://github.com/openbraininstitute/eFEL)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.traces.spikes import THRESHOLD
from rheobase.figures import line, new_figure
from rheobase.measures import even_times, feature_library, feature_values
from rheobase.model import Recordable
from rheobase.model.names import UnknownName
from rheobase.simulate import Results

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]

FEATURES = (
    "spike_count",
    "mean_frequency",
    "time_to_first_spike",
    "inv_first_ISI",
    "all_ISI_values",
    "ISI_CV",
    "adaptation_index2",
    "AP_begin_voltage",
    "AP_amplitude",
    "AP_height",
    "AP_duration_half_width",
    "AP_rise_time",
    "AHP_depth_abs",
    "AHP_time_from_peak",
    "voltage_base",
    "steady_state_voltage_stimend",
    "sag_amplitude",
    "decay_time_constant_after_stim",
)
"""What is asked for unless something else is: how often it fires, how its spikes look, and what lies under them."""

_UNITS = {"constant": "", "MΩ": "megohm", "1/(ms)": "1/ms", "voltage": "mV", "time": "ms", "current": "nA"}


@dataclass(frozen=True, eq=False, repr=False)
class Features:
    """Features of one trace: see `features`.

    **Fields:**

    - `label`: of the trace.
    - `values`: by name; an array with one number, or one for each spike or interval, or None where the trace has no
      such feature: the intervals of a single spike, for example.
    - `units`: by name; empty for a pure number.
    - `stim_start`, `stim_end`: ms. `t`, ms, and `trace`, mV: what eFEL was given.
    """

    label: str
    values: Mapping[str, Floats | None]
    units: Mapping[str, str]
    stim_start: float
    stim_end: float
    t: Floats
    trace: Floats = field(default_factory=lambda: np.empty(0))

    def __getitem__(self, name: str) -> Floats | None:
        """The numbers of one feature. **Raises:** KeyError that suggests the nearest."""
        if name not in self.values:
            raise UnknownName("feature", name, self.values)
        return self.values[name]

    def mean(self, name: str) -> float:
        """The mean of one feature's numbers; NaN where it has none."""
        found = self[name]
        return float("nan") if found is None or not found.size else float(np.mean(found))

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row a feature: its `mean`, `unit`, how many numbers, the lowest, highest, and all `values`."""
        import pandas as pd

        rows = {}
        for name, found in self.values.items():
            some = np.empty(0) if found is None else found
            rows[name] = {
                "mean": self.mean(name),
                "unit": self.units[name],
                "count": some.size,
                "lowest": some.min() if some.size else np.nan,
                "highest": some.max() if some.size else np.nan,
                "values": some.tolist(),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("feature")

    def figure(self) -> "go.Figure":
        """Draw the trace with the time of the stimulus, and the features as a table under it."""
        import plotly.graph_objects as go
        from plotly.subplots import make_subplots

        table = self.to_dataframe()
        figure = make_subplots(
            2, 1, row_heights=[0.4, 0.6], specs=[[{"type": "xy"}], [{"type": "table"}]], vertical_spacing=0.1
        )
        figure.update_layout(new_figure("", "", height=300 + 24 * len(table)).layout)
        figure.update_layout(xaxis={"title": "Time (ms)"}, yaxis={"title": "Voltage (mV)"})
        figure.add_trace(line(self.t, self.trace, self.label, 0), 1, 1)
        figure.add_vrect(self.stim_start, self.stim_end, fillcolor="#E69F00", opacity=0.12, line_width=0, row=1, col=1)
        shown = [f"{mean:.5g}" if np.isfinite(mean) else "none" for mean in table["mean"]]
        cells = [list(table.index), shown, list(table["unit"]), [str(n) for n in table["count"]]]
        columns = ["Feature", "Mean", "Unit", "Numbers"]
        figure.add_trace(go.Table(header={"values": columns}, cells={"values": cells, "align": "left"}), 2, 1)
        return figure

    def __repr__(self) -> str:
        told = [f"{name} {self.mean(name):.4g}" for name in self.values if np.isfinite(self.mean(name))][:6]
        return f"<Features of {self.label}, {self.stim_start:g} to {self.stim_end:g} ms: {', '.join(told) or 'none'}>"


def feature_names() -> tuple[str, ...]:
    """The names of all features that `features` knows."""
    return tuple(feature_library().get_feature_names())


def features(
    source: Results | ArrayLike,
    recordable: Recordable | None = None,
    names: Iterable[str] = FEATURES,
    *,
    stim_start: float | None = None,
    stim_end: float | None = None,
    current: float | None = None,
    threshold: float = THRESHOLD,
    t: ArrayLike | None = None,
    **settings: Any,
) -> Features:
    """Measure the features of a voltage.

    **Arguments:**

    - `source`: results, and of which `recordable`, by default the first voltage; or a trace in mV at times `t`, ms.
    - `names`: which; `feature_names()` gives all.
    - `stim_start`, `stim_end`: ms, when the stimulus was on; the whole trace by default. `current`: nA, for
      `ohmic_input_resistance`.
    - `threshold`: mV, that counts as a spike. `settings`: eFEL's own, such as `strict_stiminterval=True`.

    A trace whose samples are not evenly spread, such as that of an adaptive run, is first interpolated.

    **Raises:** KeyError for an unknown feature, ValueError for times outside the trace, ImportError without eFEL.
    """
    efel = feature_library()
    wanted = list(dict.fromkeys([names] if isinstance(names, str) else names))
    known = efel.get_feature_names()
    for name in wanted:
        if name not in known:
            raise UnknownName("feature", name, known)
    label, times, v = _trace(source, recordable, t)
    start = float(times[0]) if stim_start is None else float(stim_start)
    end = float(times[-1]) if stim_end is None else float(stim_end)
    if not times[0] <= start < end <= times[-1] + 1e-9:
        raise ValueError(
            f"stim_start = {start:g} ms, stim_end = {end:g} ms: the stimulus must lie within the trace, from "
            f"{times[0]:g} to {times[-1]:g} ms, and end after it starts"
        )
    for setting in settings:
        known_settings = vars(efel.get_settings())
        if setting not in known_settings:
            raise UnknownName("setting of eFEL", setting, known_settings)
    (values,) = feature_values(
        times, [v], wanted, stim_start=start, stim_end=end, threshold=threshold, current=current, settings=settings
    )
    return Features(label, values, {name: _unit(name) for name in wanted}, start, end, times, v)


def _trace(source: Any, recordable: Recordable | None, t: ArrayLike | None) -> tuple[str, Floats, Floats]:
    if isinstance(source, Results):
        if recordable is None:
            voltages = [each for each in source.recordables if each.variable == "v"]
            if not voltages:
                raise ValueError("no voltage was recorded; record for example soma(0.5).v")
            recordable = voltages[0]
        times = even_times(source.t)
        found = source if times is source.t else source.at(times)
        return recordable.label, times, np.asarray(found[recordable], float)
    if t is None:
        raise ValueError("a trace alone has no times; give t=, the time of each sample in ms")
    times, v = np.asarray(t, float), np.asarray(source, float)
    if times.ndim != 1 or times.shape != v.shape:
        raise ValueError(f"t has shape {times.shape}, the trace {v.shape}: give one time for each sample")
    even = even_times(times)
    return "trace", even, v if even is times else np.interp(even, times, v)


def _unit(name: str) -> str:
    import efel.units

    try:
        unit = efel.units.get_unit(name)
    except KeyError:
        unit = name if name in _UNITS else "ms" if name == "ISIs" else ""
    return _UNITS.get(unit, unit)
