"""Figures of impedance: against frequency, along a path, and as trees."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rheobase.figures import FAINT, colour, line, new_figure
from rheobase.model import Location

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from rheobase.analysis.dynamics.steady import SteadyState
    from rheobase.analysis.impedance.electrotonic import ElectrotonicTree
    from rheobase.analysis.impedance.impedance import Impedance

_ATTENUATION = "Log attenuation"
_WAY = {"out": "outwards, from", "in": "inwards, to"}


def frequency_figure(z: "Impedance", locs: Sequence[Location]) -> "go.Figure":
    """See `Impedance.figure`."""
    figure = new_figure("Frequency (Hz)", ["|Z| (MΩ)", "Phase (degrees)"], heights=[0.6, 0.4], height=460)
    order = np.argsort(z.frequencies)
    f = z.frequencies[order]
    curves = [(f"input at {z.at!r}", z.input())]
    curves += [(f"transfer to {loc!r}", z.transfer(loc)) for loc in locs]
    for k, (name, unsorted) in enumerate(curves):
        values = unsorted[order]
        phase = np.degrees(np.unwrap(np.angle(values)))
        figure.add_trace(line(f, np.abs(values), name, k, legendgroup=name), row=1, col=1)
        figure.add_trace(line(f, phase, name, k, legendgroup=name, showlegend=False), row=2, col=1)
    if (f > 0).all() and len(f) > 1 and f[-1] / f[0] > 20:
        figure.update_xaxes(type="log")
    figure.update_yaxes(rangemode="tozero", row=1, col=1)
    return figure


def profile_figure(z: "Impedance", to: Location, start: Location | None, frequency: Any) -> "go.Figure":
    """See `Impedance.profile_figure`."""
    table = z.along(to, start, frequency)
    begin = z.at if start is None else start
    titles = ["|Z| (MΩ)", _ATTENUATION]
    figure = new_figure(f"Distance from {begin!r} (µm)", titles, heights=[0.5, 0.5], height=460)
    shown = [("input", "input", 1), ("transfer", f"transfer with {z.at!r}", 1)]
    shown += [(f"attenuation_{way}", f"{words} {z.at!r}", 2) for way, words in _WAY.items()]
    for k, (column, name, row) in enumerate(shown):
        trace = line(table["distance"], table[column], name, k, text=list(table.index), mode="lines+markers")
        figure.add_trace(trace, row=row, col=1)
    figure.update_yaxes(rangemode="tozero")
    return figure


def attenuation_figure(z: "Impedance", frequency: Any) -> "go.Figure":
    """See `Impedance.attenuation_figure`."""
    tree = z.electrotonic_tree(float(z.frequencies.min()) if frequency is None else frequency)
    figure = new_figure(f"Distance from {z.at!r} (µm)", f"{_ATTENUATION} at {tree.frequency:g} Hz")
    for k, (way, values) in enumerate((("out", tree.outwards), ("in", tree.inwards))):
        rows, up = tree.order, tree.above[tree.order]
        gap = np.full(len(rows), np.nan)
        x = np.stack([tree.distance[up], tree.distance[rows], gap], 1).ravel()
        y = np.stack([values[up], values[rows], gap], 1).ravel()
        figure.add_trace(line(x, y, f"{_WAY[way]} {z.at!r}", k))
    return figure


def dendrogram_figure(tree: "ElectrotonicTree", direction: Literal["out", "in"]) -> "go.Figure":
    """See `ElectrotonicTree.figure`."""
    from plotly.subplots import make_subplots

    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.06)
    names = f"{_WAY[direction]} {tree.at!r}, {tree.frequency:g} Hz"
    panels = [(tree.distance, "Distance (µm)"), (tree.attenuation(direction), f"{_ATTENUATION} {names}")]
    regions = sorted({name.partition("[")[0] for name in tree.sections})
    for column, (along, title) in enumerate(panels, start=1):
        x, y = tree.lines(along)
        owner = np.repeat(tree.section[tree.order], 4)
        for k, region in enumerate(regions):
            mine = np.array([name.partition("[")[0] == region for name in tree.sections])[owner]
            text = np.repeat([tree.places[j] for j in tree.order.tolist()], 4)
            trace = line(
                np.where(mine, x, np.nan),
                np.where(mine, y, np.nan),
                region,
                k,
                legendgroup=region,
                showlegend=column == 1,
                text=text,
                hovertemplate="%{text}: %{x:.4g}",
            )
            figure.add_trace(trace, row=1, col=column)
        figure.update_xaxes(title=title, row=1, col=column)
    figure.update_yaxes(visible=False)
    figure.update_layout(template="plotly_white", height=460, margin={"l": 20, "r": 20, "t": 20, "b": 50})
    return figure


def transform_figure(tree: "ElectrotonicTree") -> "go.Figure":
    """See `ElectrotonicTree.transform_figure`."""
    from plotly.subplots import make_subplots

    titles = ["as it is", *(f"{_WAY[way]} {tree.at!r}" for way in ("out", "in"))]
    figure = make_subplots(1, 3, subplot_titles=titles, horizontal_spacing=0.03)
    shapes = [(tree.position, "um"), (tree.transform("out"), ""), (tree.transform("in"), "")]
    for column, (place, unit) in enumerate(shapes, start=1):
        k, up = tree.order, tree.above[tree.order]
        gap = np.full(len(k), np.nan)
        x = np.stack([place[up, 0], place[k, 0], gap], 1).ravel()
        y = np.stack([place[up, 1], place[k, 1], gap], 1).ravel()
        shown = line(x, y, "", 0, showlegend=False, hoverinfo="skip")
        figure.add_trace(shown, row=1, col=column)
        _add_bar(figure, place, unit, column)
        axis = "" if column == 1 else str(column)
        figure.update_xaxes(visible=False, row=1, col=column)
        figure.update_yaxes(visible=False, scaleanchor=f"x{axis}", row=1, col=column)
    figure.update_layout(template="plotly_white", height=420, margin={"l": 10, "r": 10, "t": 40, "b": 10})
    return figure


def _add_bar(figure: "go.Figure", place: Any, unit: str, column: int) -> None:
    """A bar that tells lengths: 1, 2 or 5 times a power of ten, near a fifth of the picture."""
    low, high = place[:, :2].min(axis=0), place[:, :2].max(axis=0)
    wanted = max(float((high - low).max()), 1e-9) / 5
    power = 10.0 ** np.floor(np.log10(wanted))
    length = power * max(step for step in (1, 2, 5) if step * power <= wanted)
    y = low[1] - 0.06 * (high[1] - low[1])
    bar = line([low[0], low[0] + length], [y, y], "", 0, showlegend=False, hoverinfo="skip", mode="lines+text")
    bar.line.color = FAINT
    bar.text, bar.textposition = ["", f"{length:g} {'µm' if unit else ''}".strip()], "middle right"
    figure.add_trace(bar, row=1, col=column)


def spectrum_figure(steady: "SteadyState") -> "go.Figure":
    """See `SteadyState.figure`."""
    figure = new_figure("Growth (per ms)", "Frequency (Hz)")
    values = steady.eigenvalues
    grows = values.real > 0
    for k, (name, which) in enumerate((("decays", ~grows), ("grows", grows))):
        x, y = values.real[which], values.imag[which] * 1e3 / (2 * np.pi)
        trace = line(
            x, y, name, k, mode="markers", marker={"size": 9, "color": colour(k), "symbol": ("circle", "x")[k]}
        )
        figure.add_trace(trace)
    figure.add_vline(0, line={"color": FAINT, "width": 1})
    return figure
