"""A variable along the way between two places, and over the whole shape, as a run goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.experiments import Floats, cell_of, check_place, rerecorded
from rheobase.analysis.space.fields import way_between
from rheobase.analysis.space.variables import range_variables, sections_with
from rheobase.figures import FAINT, line, new_figure, with_unit
from rheobase.model import Cell, Location
from rheobase.model.names import UnknownName
from rheobase.model.shape import cell_shape
from rheobase.simulate import Simulation

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_FRAMES = 200
_MOST_NUMBERS = 30_000_000  # of a run, kept at once
_MOST_DRAWN = 100  # frames of an animation
_THICK = 6.0  # pixels, the thickest neurite of a picture


@dataclass(frozen=True, eq=False, repr=False)
class SpacePlot:
    """A variable along a way: see `space_plot`.

    **Fields:** `start`, `end`; `variable`, `unit`; `distance`: um from the start, `(places,)`; `places`: the middles of
    the segments on the way; `t`: ms, `(times,)`; `values`: `(times, places)`, NaN where the variable is not.
    """

    start: Location
    end: Location
    variable: str
    unit: str
    distance: Floats
    places: tuple[Location, ...]
    t: Floats
    values: Floats

    def profile(self, t: float) -> Floats:
        """The variable along the way at a time (ms), on straight lines between those there are.

        **Raises:** ValueError for a time outside the run.
        """
        if not self.t[0] <= t <= self.t[-1]:
            raise ValueError(f"t = {t:g} ms: must lie within the run, from {self.t[0]:g} to {self.t[-1]:g} ms")
        return np.array([np.interp(t, self.t, column) for column in self.values.T])

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one column a place, by its distance in um, one row a time in ms."""
        import pandas as pd

        columns = pd.Index(self.distance, name="distance")
        return pd.DataFrame(self.values, index=pd.Index(self.t, name="t"), columns=columns)

    def figure(self) -> "go.Figure":
        """Draw the variable along the way, animated: a button plays it, and a slider chooses the time."""
        figure = new_figure(f"Distance from {self.start!r} (um)", with_unit(self.variable, self.unit), height=480)
        names = [repr(place) for place in self.places]
        rows = _drawn(len(self.t))
        traces = [line(self.distance, self.values[row], self.variable, 0, text=names) for row in rows]
        figure.add_trace(traces[0])
        figure.update_yaxes(range=_limits(self.values))
        _animate(figure, [[trace] for trace in traces], self.t[rows])
        return figure

    def image(self) -> "go.Figure":
        """Draw the variable as colour over time and distance."""
        import plotly.graph_objects as go

        figure = new_figure("Time (ms)", f"Distance from {self.start!r} (um)", height=480)
        title = with_unit(self.variable, self.unit)
        figure.add_trace(
            go.Heatmap(x=self.t, y=self.distance, z=self.values.T, colorscale="Viridis", colorbar={"title": title})
        )
        return figure

    def __repr__(self) -> str:
        return (
            f"<SpacePlot of {self.variable} from {self.start!r} to {self.end!r}: {len(self.distance)} places over "
            f"{self.distance[-1]:.4g} um at {len(self.t)} times>"
        )


@dataclass(frozen=True, eq=False, repr=False)
class ShapePlot:
    """A variable over the whole shape: see `shape_plot`.

    **Fields:** `cell`; `variable`, `unit`; `t`: ms, `(times,)`; `values`: `(times, n_segments)` in document order, NaN
    where the variable is not.
    """

    cell: Cell
    variable: str
    unit: str
    t: Floats
    values: Floats

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one column a segment, by its place, one row a time in ms."""
        import pandas as pd

        names = [repr(place) for place in segment_middles(self.cell)]
        return pd.DataFrame(self.values, index=pd.Index(self.t, name="t"), columns=names)

    def figure(self) -> "go.Figure":
        """Draw the shape in space, its colour the variable, animated over the times."""
        import plotly.graph_objects as go

        figure = new_figure("", "", height=600)
        shape = cell_shape(self.cell)
        ends = shape.frusta.reshape(-1, 2, 4)[:, :, :3].astype(float)
        # A line is drawn through all points, so that a gap parts each piece from the next.
        points = np.concatenate([ends, np.full((len(ends), 1, 3), np.nan)], axis=1).reshape(-1, 3)
        segment = np.repeat(shape.segment, 3)
        there: Any = np.isfinite(self.values).any(axis=0)
        there = there[segment]
        places = segment_middles(self.cell)
        names = np.array([repr(places[k]) for k in segment])
        low, high = _limits(self.values, margin=0)
        bar = {"title": with_unit(self.variable, self.unit)}
        scale: dict[str, Any] = {"colorscale": "Viridis", "cmin": low, "cmax": high, "colorbar": bar, "width": _THICK}

        def coloured(row: int) -> dict[str, Any]:
            values = self.values[row][segment[there]]
            return {"line": {**scale, "color": values}, "customdata": [f"{value:.5g}" for value in values]}

        def drawn(mask: NDArray[np.bool_], hover: str, **more: Any) -> Any:
            x, y, z = points[mask].T
            told: dict[str, Any] = {"mode": "lines", "text": names[mask], "hovertemplate": hover, **more}
            return go.Scatter3d(x=x, y=y, z=z, name=self.variable, showlegend=False, **told)

        rows = _drawn(len(self.t))
        figure.add_trace(drawn(there, "%{text}: %{customdata}<extra></extra>", **coloured(int(rows[0]))))
        figure.add_trace(drawn(~there, "%{text}<extra></extra>", line={"color": FAINT, "width": _THICK / 2}))
        figure.update_layout(scene={"aspectmode": "data", **{f"{axis}axis_title": f"{axis} (um)" for axis in "xyz"}})
        _animate(figure, [[go.Scatter3d(**coloured(int(row)))] for row in rows], self.t[rows])
        return figure

    def __repr__(self) -> str:
        return f"<ShapePlot of {self.variable} on {self.values.shape[1]} segments at {len(self.t)} times>"


def space_plot(
    source: Cell | Simulation,
    start: Location,
    end: Location,
    variable: str = "v",
    *,
    times: ArrayLike | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    **run: Any,
) -> SpacePlot:
    """Run a model and follow a variable along the way from one place to another.

    **Arguments:**

    - `source`: a cell, with `run` parameters such as `tstop`, or a simulation, which is run anew.
    - `start`, `end`: the way goes along the tree, through the middles of segments.
    - `variable`: `"v"`, `"hh.m"`, `"ina"`, `"cai"`; it may be missing on parts of the way.
    - `times`: ms; by default some 200, evenly spread over the run.
    - `cancelled`: asked between chunks of the run whether to stop.

    **Raises:** KeyError for a place or variable that is not there, ValueError for times outside the run,
    Cancelled.

    >>> import rheobase as rb
    >>> cell = rb.Cell("cable")
    >>> axon = cell.add_section("axon", L=1000, diam=1, nseg=5)
    >>> rb.space_plot(cell, axon(0), axon(1), tstop=1)
    <SpacePlot of v from axon(0.0) to axon(1.0): 5 places over 900 um at 41 times>
    """
    cell = cell_of(source)
    for place in (start, end):
        check_place(cell, place)
    way = way_between(cell, start, end)
    middles = segment_middles(cell)
    places = tuple(middles[k] for k in way.segments)
    t, unit, values = _recorded(source, cell, places, variable, times, run, cancelled)
    return SpacePlot(start, end, variable, unit, way.distance, places, t, values)


def shape_plot(
    source: Cell | Simulation, variable: str = "v", *, times: ArrayLike | None = None, **run: Any
) -> ShapePlot:
    """Run a model and follow a variable over its whole shape.

    **Arguments and errors:** those of `space_plot`.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> _ = cell.add_section("soma", L=20, diam=20, nseg=3)
    >>> rb.shape_plot(cell, times=[0, 1], tstop=2).values.shape
    (2, 3)
    """
    cell = cell_of(source)
    t, unit, values = _recorded(source, cell, segment_middles(cell), variable, times, run)
    return ShapePlot(cell.freeze(), variable, unit, t, values)


def segment_middles(cell: Cell) -> tuple[Location, ...]:
    """The middle of each segment, in document order."""
    return tuple(section((k + 0.5) / section.nseg) for section in cell.sections for k in range(section.nseg))


def _recorded(
    source: Cell | Simulation,
    cell: Cell,
    places: Sequence[Location],
    variable: str,
    times: ArrayLike | None,
    run: dict[str, Any],
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Floats, str, Floats]:
    """Times, the unit, and the values `(times, places)` of a variable where it is."""
    having = set(sections_with(cell, variable))
    rows = [k for k, place in enumerate(places) if place.section in having]
    if not rows:
        known = [each.name for each in range_variables(cell)]
        raise UnknownName("variable here that can be recorded,", variable, known)
    record = [places[k][variable] for k in rows]
    simulation = rerecorded(source, record, **run)
    unit = simulation.units[0]
    wanted = None if times is None else _checked(times, simulation.protocol.tstop)
    fewest = 1 if wanted is None else -(-simulation.samples * len(rows) // _MOST_NUMBERS)
    step = max(1, simulation.samples // _FRAMES) if wanted is None else fewest
    if step > 1:
        simulation = rerecorded(source, record, apart=step, **run)
    results = simulation.run(cancelled=cancelled)
    if wanted is not None:
        results = results.at(wanted)
    elif results.orders is not None:
        results = results.at(np.linspace(0, results.t[-1], _FRAMES + 1))
    values = np.full((len(results.t), len(places)), np.nan)
    values[:, rows] = results.values.T
    return results.t, unit, values


def _checked(times: ArrayLike, tstop: float) -> Floats:
    found = np.unique(np.asarray(times, float))
    if not found.size or not (found[0] >= 0 and found[-1] <= tstop * (1 + 1e-9)):
        raise ValueError(f"times = {times!r}: must lie within the run, from 0 to {tstop:g} ms")
    return found


def _drawn(times: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, times - 1, min(times, _MOST_DRAWN)).round().astype(np.int64))


def _limits(values: Floats, margin: float = 0.05) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = margin * (high - low) or 1e-9 + 0.01 * abs(low)
    return low - room * (margin > 0), high + room * (margin > 0 or high == low)


def _animate(figure: "go.Figure", traces: Sequence[Sequence[Any]], t: Floats) -> None:
    """Frames, a button and a slider for each time."""
    import plotly.graph_objects as go

    names = [f"{time:.5g}" for time in t]
    figure.frames = [go.Frame(data=list(each), name=name) for each, name in zip(traces, names, strict=True)]
    now = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    going = {"frame": {"duration": 40, "redraw": True}, "fromcurrent": True, "transition": {"duration": 0}}
    buttons = [
        {"label": "Play", "method": "animate", "args": [None, going]},
        {"label": "Pause", "method": "animate", "args": [[None], now]},
    ]
    steps = [{"label": name, "method": "animate", "args": [[name], now]} for name in names]
    figure.update_layout(
        updatemenus=[
            {"type": "buttons", "direction": "left", "buttons": buttons, "x": 0, "y": -0.18, "yanchor": "top"}
        ],
        sliders=[{"steps": steps, "currentvalue": {"prefix": "t = ", "suffix": " ms"}, "x": 0.16, "len": 0.84}],
        margin={"b": 130},
    )
