"""The look of figures that a person takes away: plotly on white, in colours that colour-blind people tell apart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Okabe and Ito 2008, Color Universal Design, the darker first."""

FAINT = "#9A9A9A"


def colour(k: int) -> str:
    """The colour of the k-th thing; they recur.

    >>> colour(0) == colour(len(COLOURS))
    True
    """
    return COLOURS[k % len(COLOURS)]


def new_figure(
    x: str | Sequence[str],
    y: str | Sequence[str],
    title: str = "",
    *,
    heights: Sequence[float] | None = None,
    height: int = 420,
) -> "go.Figure":
    """Give an empty figure with axis titles, one panel for each of `y`, one above the other on the same x axis.

    **Arguments:** `x`: its title; or one for each panel, which then have x axes of their own. `heights`: the share of
    each panel. `height`: pixels in all.
    """
    from plotly.subplots import make_subplots

    titles = [y] if isinstance(y, str) else list(y)
    shares = None if heights is None else list(heights)
    below = [*[""] * (len(titles) - 1), x] if isinstance(x, str) else list(x)
    spacing = 0.04 if isinstance(x, str) else 0.3 / len(titles)
    figure = make_subplots(
        len(titles), 1, shared_xaxes=isinstance(x, str), row_heights=shares, vertical_spacing=spacing
    )
    figure.update_layout(
        template="plotly_white",
        colorway=list(COLOURS),
        title=title or None,
        height=height,
        margin={"l": 70, "r": 20, "t": 50 if title else 20, "b": 50},
        legend={"tracegroupgap": 0},
    )
    for row, (along, text) in enumerate(zip(below, titles, strict=True), start=1):
        figure.update_xaxes(title=along or None, row=row, col=1)
        figure.update_yaxes(title=text, row=row, col=1)
    return figure


def line(x: Any, y: Any, name: str, k: int, dash: str = "solid", **more: Any) -> "go.Scatter":
    """Give a line in the k-th colour; `more` are plotly's own options."""
    import plotly.graph_objects as go

    style = {"color": colour(k), "width": 2, "dash": dash}
    return go.Scatter(x=x, y=y, name=name, **{"mode": "lines", "line": style, **more})


def with_unit(name: str, unit: str) -> str:
    """The title of an axis.

    >>> with_unit("V", "mV"), with_unit("hh.m", "")
    ('V (mV)', 'hh.m')
    """
    return f"{name} ({unit})" if unit else name
