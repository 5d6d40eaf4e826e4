"""What a study draws: panels of series, one above the other, as the browser takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.figures import COLOURS
from rheobase.model import Recordable

INK, QUIET = "ink", "quiet"
"""Colours that are the page's own."""


@dataclass(frozen=True, eq=False)
class Series:
    """One thing in a panel.

    **Fields:**

    - `name`: for the legend; empty for what has no place there.
    - `style`: `"line"`, `"dashed"`, `"points"`, `"hollow"`, `"both"` for a line through points; `"band"` between two
      lines; or `"arrows"`, at a place and in a direction, as parts of both axes.
    - `colour`; `rows`: x and y, of a band x, low and high, of arrows x, y, right and up.
    """

    name: str
    style: str
    colour: str
    rows: tuple[NDArray[np.float32], ...]


def series(name: str, style: str, colour: int | str, *rows: ArrayLike) -> Series:
    """A series in the k-th colour, or in one of the page's own."""
    shown = colour if isinstance(colour, str) else COLOURS[colour % 6]
    return Series(name, style, shown, tuple(np.asarray(row, np.float32) for row in rows))


@dataclass(frozen=True, eq=False)
class Panel:
    """Series on axes of their own.

    **Fields:** `label`, `unit`: of the vertical axis; `along`: what the horizontal one is, with its unit; `log`: which
    are logarithmic, of `"x"` and `"y"`; `x_range`, `y_range`: where they should not follow the series, from high to low
    for an axis that runs downwards; `height`: its share; `zero`: whether 0 stays in sight.
    """

    label: str
    unit: str
    along: str
    series: tuple[Series, ...]
    log: str = ""
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    height: float = 1.0
    zero: bool = False


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a study shows.

    **Fields:** its `panels`; in `words` what it found; a `table` of rows, the first its head; the `result` itself, and
    the `code` that makes it of a `cell` or a `sim`, which records what is in `record`, or the voltage of the place.
    """

    panels: tuple[Panel, ...]
    words: str
    result: Any
    code: str
    table: tuple[tuple[str, ...], ...] = ()
    record: tuple[Recordable, ...] = ()

    def beneath(self, kept: Sequence["Drawing"]) -> "Drawing":
        """With the lines of others beneath, faint."""
        panels = list(self.panels)
        for other in kept:
            for k, (panel, below) in enumerate(zip(panels, other.panels, strict=False)):
                faint = [
                    replace(each, name="", style="faint")
                    for each in below.series
                    if each.style in ("line", "dashed", "both")
                ]
                panels[k] = replace(panel, series=(*faint, *panel.series))
        return replace(self, panels=tuple(panels))

    def wire(self) -> tuple[dict[str, Any], bytes]:
        """Everything about it, and its numbers: of each series its rows, one after the other."""
        info = {
            "words": self.words,
            "table": [list(row) for row in self.table],
            "panels": [
                {
                    **{name: getattr(panel, name) for name in ("label", "unit", "along", "log", "height", "zero")},
                    "x_range": panel.x_range,
                    "y_range": panel.y_range,
                    "series": [
                        {"name": each.name, "style": each.style, "colour": each.colour, "rows": len(each.rows),
                         "count": len(each.rows[0])}
                        for each in panel.series
                    ],
                }
                for panel in self.panels
            ],
        }  # fmt: skip
        rows = [row for panel in self.panels for each in panel.series for row in each.rows]
        return info, np.concatenate(rows).tobytes() if rows else b""
