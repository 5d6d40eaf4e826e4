"""Traces as linked panels, one for each unit: one time axis, one crosshair, and the values under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from rheobase.figures import colour, line, new_figure, with_unit
from rheobase.simulate import Results

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_KINDS = {
    "mV": "Voltage",
    "nA": "Current",
    "mA/cm2": "Current density",
    "mM": "Concentration",
    "S/cm2": "Conductance",
    "uS": "Conductance",
    "": "State",
}
_MOST = 5000  # points of a trace that the page is given
_TOOLS = "xpan,xwheel_zoom,box_zoom,reset,save"


@dataclass(frozen=True, eq=False, repr=False)
class Panels:
    """Traces of some runs in panels by unit: see `panels`.

    **Fields:** `runs`: results by name; `units`: of the panels, from above.
    """

    runs: Mapping[str, Results]
    units: tuple[str, ...]

    def rows(self, unit: str) -> list[tuple[str, str, Results, int]]:
        """What a panel shows: of each trace its name, its run's, the results and the row in them."""
        found = []
        for run, results in self.runs.items():
            for k, recordable in enumerate(results.recordables):
                if results.units[k] == unit:
                    name = f"{run}: {recordable.label}" if len(self.runs) > 1 else recordable.label
                    found.append((name, run, results, k))
        return found

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one column a trace, by run and label, over all times; NaN between the samples of a run."""
        import pandas as pd

        pieces = {run: results.to_dataframe() for run, results in self.runs.items()}
        return pd.concat(pieces, axis=1).sort_index() if len(pieces) > 1 else next(iter(pieces.values()))

    def layout(self, height: int = 200) -> Any:
        """Give the panels as a bokeh layout, for `bokeh.io.show` or a page of one's own.

        **Arguments:** `height`: pixels, of each panel.
        """
        from bokeh.layouts import gridplot
        from bokeh.models import CrosshairTool, CustomJSTickFormatter, HoverTool, Range1d
        from bokeh.models.annotations import Span
        from bokeh.plotting import figure

        end = max(float(results.t[-1]) for results in self.runs.values())
        shared = Range1d(start=0.0, end=end, bounds=(0.0, end))
        cursor = Span(dimension="height", line_color="#7F7F7F", line_dash="dotted", line_width=1)
        plots: list[list[Any | None]] = []
        for place, unit in enumerate(self.units):
            last = place == len(self.units) - 1
            plot = figure(
                height=height + 30 * last,
                x_range=shared,
                x_axis_label="Time (ms)" if last else None,
                y_axis_label=with_unit(_KINDS.get(unit, "Value"), unit),
                tools=_TOOLS,
                active_drag="box_zoom",
                sizing_mode="stretch_width",
                output_backend="canvas",
            )
            plot.add_tools(CrosshairTool(overlay=(Span(dimension="width", line_alpha=0), cursor)))
            for k, (name, _, results, row) in enumerate(self.rows(unit)):
                t, y = _thinned(results, row)
                drawn = plot.line(t, y, color=colour(k), line_width=2, legend_label=name)
                tips = [(name, "@y{0.0000} " + unit), ("t", "@x{0.000} ms")]
                plot.add_tools(HoverTool(renderers=[drawn], tooltips=tips, mode="vline", line_policy="interp"))
            plot.legend.click_policy = "hide"
            plot.legend.label_text_font_size = "9pt"
            plot.legend.background_fill_alpha = 0.7
            plot.xaxis.visible = last
            plot.yaxis.formatter = CustomJSTickFormatter(code="return Number(tick.toPrecision(4)).toString()")
            plots.append([plot])
        return gridplot(plots, sizing_mode="stretch_width", merge_tools=True, toolbar_location="right")

    def show(self, height: int = 200) -> None:
        """Show the panels in a notebook, with all that they need in the page itself."""
        from bokeh.io import output_notebook, show
        from bokeh.resources import INLINE

        output_notebook(resources=INLINE, hide_banner=True)
        show(self.layout(height))

    def figure(self) -> "go.Figure":
        """Draw the same panels as a plotly figure, to be taken away."""
        titles = [with_unit(_KINDS.get(unit, "Value"), unit) for unit in self.units]
        figure = new_figure("Time (ms)", titles, height=120 + 180 * len(titles))
        for place, unit in enumerate(self.units, start=1):
            for k, (name, _, results, row) in enumerate(self.rows(unit)):
                figure.add_trace(line(results.t, results.values[row], name, k, legend=_legend(place)), place, 1)
        tops = np.linspace(1, 0, len(titles) + 1)[:-1]
        figure.update_layout({_legend(k): {"y": top, "x": 1.02} for k, top in enumerate(tops.tolist(), start=1)})
        figure.update_layout(hovermode="x unified", hoversubplots="axis")
        figure.update_xaxes(showspikes=True, spikemode="across", spikethickness=1)
        return figure

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.rows(unit))} in {unit or 'no unit'}" for unit in self.units)
        return f"<Panels of {len(self.runs)} run{'s' * (len(self.runs) != 1)}: {counts}>"


def panels(results: Results | Mapping[str, Results] | Sequence[Results], units: Sequence[str] | None = None) -> Panels:
    """Lay out recorded traces in linked panels: voltages, currents, states, each unit its own.

    **Arguments:** `results`: of a run, or of several, by name or in a list; `units`: which, from above; by default all.

    **Raises:** ValueError where there are no results, or none of a unit.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> panels(rb.run(cell, tstop=5, record=[soma(0.5).v, soma(0.5)["hh.m"], soma(0.5)["hh.h"]]))
    <Panels of 1 run: 1 in mV, 2 in no unit>
    """
    if isinstance(results, Results):
        runs: dict[str, Results] = {"run": results}
    elif isinstance(results, Mapping):
        runs = dict(results)
    else:
        runs = {f"run {k}": each for k, each in enumerate(results)}
    if not runs or not all(isinstance(each, Results) for each in runs.values()):
        raise ValueError(f"{results!r}: give the results of a run, or of several, such as {{'control': rec}}")
    there = dict.fromkeys(unit for unit in _KINDS if any(unit in each.units for each in runs.values()))
    there |= dict.fromkeys(unit for each in runs.values() for unit in each.units)
    chosen = tuple(there) if units is None else tuple(units)
    missing = [unit for unit in chosen if unit not in there]
    if missing or not chosen:
        raise ValueError(f"units = {units!r}: recorded are traces in {', '.join(unit or 'no unit' for unit in there)}")
    return Panels(runs, chosen)


def _thinned(results: Results, row: int) -> tuple[Any, Any]:
    """A trace of at most so many points that keep the least and the greatest of each stretch."""
    t, y = results.t, results.values[row]
    if len(t) <= _MOST:
        return t, y
    edges = np.linspace(0, len(t), _MOST // 2 + 1).round().astype(int)
    kept = np.concatenate(
        [[low + int(np.argmin(y[low:high])), low + int(np.argmax(y[low:high]))] for low, high in pairwise(edges)]
    )
    kept = np.unique(np.concatenate([[0], kept, [len(t) - 1]]))
    return t[kept], y[kept]


def _legend(place: int) -> str:
    return "legend" if place == 1 else f"legend{place}"
