"""The numbers of a shape: tables and curves for the page, and the same as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rheobase.widgets.actions import action
from rheobase.widgets.import3d.shape import ShapeTraits

if TYPE_CHECKING:
    import pandas as pd

    from rheobase.morphology.statistics import Statistics

_COLUMNS = {
    "sections": "sections",
    "branch_points": "branch points",
    "tips": "tips",
    "length": "length µm",
    "area": "area µm²",
    "volume": "volume µm³",
    "diam": "mean diam µm",
    "order": "order",
    "path": "longest path µm",
    "radius": "reach µm",
}
_BINS = 24


class MeasureTraits(ShapeTraits):
    """Statistics of what is shown, worked out when they are asked for."""

    _statistics: tuple[int, Statistics] | None = None

    @action("statistics")
    def measure(self) -> dict[str, Any]:
        """Everything that the page shows: the table by type, the plots and the dendrogram."""
        numbers = self._numbers()
        regions, sections = numbers.regions, numbers.sections
        return {
            "table": {
                "columns": ["type", *_COLUMNS.values()],
                "rows": [[name, *row] for name, row in zip(regions.index, _plain(regions[[*_COLUMNS]]), strict=True)],
            },
            "plots": [_sholl(numbers), _orders(numbers), _paths(numbers)],
            "dendrogram": {
                "start": sections["start"].tolist(),
                "end": sections["end"].tolist(),
                "row": sections["row"].tolist(),
                "parent_row": [None if np.isnan(row) else row for row in sections["parent_row"].tolist()],
                "kind": sections["region"].tolist(),
                "name": sections.index.tolist(),
                "diam": sections["diam"].tolist(),
                "sample": sections["last"].tolist(),
            },
        }

    @action("export.csv")
    def csv(self, table: str) -> dict[str, Any]:
        """One of the tables, as the text of a file with a header."""
        numbers = self._numbers()
        tables: dict[str, pd.DataFrame] = {
            "table": numbers.regions.rename_axis("type"),
            "sholl": numbers.sholl(),
            "orders": numbers.orders,
            "paths": numbers.tips,
            "dendrogram": numbers.sections,
        }
        if table not in tables:
            raise ValueError(f"there is no table {table[:40]!r}; there are {', '.join(tables)}")
        return {"content": tables[table].to_csv(), "name": f"{self.open_morphology.name}_{table}.csv"}

    def _numbers(self) -> Statistics:
        morphology = self.open_morphology
        if self._statistics is None or self._statistics[0] != self.measured:
            self._statistics = (self.measured, morphology.statistics())
        return self._statistics[1]


def _sholl(numbers: Statistics) -> dict[str, Any]:
    table = numbers.sholl()
    kinds = [name for name in table if name != "all"]
    shown = [*kinds, "all"] if len(kinds) > 1 else kinds
    return {
        "name": "sholl",
        "title": "Sholl: crossings",
        "along": "distance from the soma (µm)",
        "x": [0.0, *table.index.tolist()],
        "curves": [{"name": name, "values": [0, *table[name].tolist()]} for name in shown],
        "stepped": False,
    }


def _orders(numbers: Statistics) -> dict[str, Any]:
    counts = numbers.sections["order"].value_counts().sort_index()
    orders = np.arange(int(numbers.sections["order"].max()) + 1)
    values = counts.reindex(orders, fill_value=0).tolist()
    return {
        "name": "orders",
        "title": "Sections by branch order",
        "along": "branch order (0: soma)",
        "x": [*(orders - 0.5).tolist(), float(orders[-1]) + 0.5],
        "curves": [{"name": "", "values": [*values, values[-1]]}],
        "stepped": True,
    }


def _paths(numbers: Statistics) -> dict[str, Any]:
    ways = numbers.tips["path"].dropna().to_numpy()
    counts, edges = np.histogram(ways, bins=_BINS, range=(0.0, float(ways.max(initial=0.0)) or 1.0))
    return {
        "name": "paths",
        "title": "Tips by path length",
        "along": "path length from the soma (µm)",
        "x": edges.tolist(),
        "curves": [{"name": "", "values": [*counts.tolist(), int(counts[-1])]}],
        "stepped": True,
    }


def _plain(table: pd.DataFrame) -> list[list[float | int]]:
    """Rows as numbers of Python, counts whole."""
    columns = [table[name].tolist() for name in table]
    return [list(row) for row in zip(*columns, strict=True)]
