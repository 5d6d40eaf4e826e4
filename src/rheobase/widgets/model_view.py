"""Any cell looked through: what there is, where it is, and what differs from another."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import traitlets

from rheobase.analysis import Overview, compare, overview
from rheobase.model import Cell, Change, Location
from rheobase.widgets.actions import ActingWidget, action
from rheobase.widgets.bundle import bundle
from rheobase.widgets.model_tree import Listing, difference_tree, model_tree, values_at
from rheobase.widgets.viewer import ViewerTraits


class ModelView(ViewerTraits, ActingWidget):
    """A model browsed: counts, groups of sections, the values of every parameter, grid, processes and connections.

    A click on a line shows on the cell where it holds, or paints the cell by its values and plots them against the
    distance along the tree; a click on the cell tells every value there. It follows the cell and never changes it.

    **Arguments:** `model`: the cell; `other`: another, from which the differences are listed.

    **Raises:** TypeError for something that is not a cell.

    >>> cell = Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> view = ModelView(cell)
    >>> view.overview.counts["sections"]
    1
    >>> view.close()
    """

    _esm = bundle("spatial.js")
    _stop_observing: Callable[[], None] = staticmethod(lambda: None)  # a refused view is closed too

    nodes: Any = traitlets.List().tag(sync=True)
    differences: Any = traitlets.List(None, allow_none=True).tag(sync=True)
    other_title = traitlets.Unicode().tag(sync=True)
    here: Any = traitlets.List().tag(sync=True)
    space = traitlets.Bytes().tag(sync=True)
    space_info: Any = traitlets.Dict().tag(sync=True)

    def __init__(self, model: Cell, other: Cell | None = None, **traits: Any) -> None:
        for value in (model, other):
            if value is not None and not isinstance(value, Cell):
                raise TypeError(f"ModelView needs a cell, as in ModelView(rb.load_cell('cell.swc')), not {value!r}")
        self.cell = model
        self.other = None if other is None else other.freeze()
        self._listing = Listing()
        self._overview: Overview | None = None
        super().__init__(lock=model.document.lock, component="model_view", **traits)
        with self.lock, self.hold_sync():
            self._show({"sections"})
        self.observe(self._tell_here, "selected")
        self._stop_observing = model.observe(self._changed, grouped=True)

    def __repr__(self) -> str:
        return f"<ModelView on {self.cell!r}>"

    @property
    def overview(self) -> Overview:
        """What the view shows, as values, text and table."""
        if self._overview is None:
            self._overview = overview(self.cell)
        return self._overview

    def close(self) -> None:
        """Take the widget off the page and follow the cell no more."""
        self._stop_observing()
        super().close()

    @action("show")
    def show(self, id: int) -> dict[str, Any]:  # noqa: A002  # as the browser calls it
        """Show a line of the tree on the cell; with its text, if it has one to be read."""
        if type(id) is not int or not 0 <= id < len(self._listing.nodes):
            raise ValueError(f"there is no line {id!r} any more: the model has changed")
        node = self._listing.nodes[id]
        self.highlighted = list(node.sections)
        if node.values is not None:
            values = node.values()
            self.show_values(values, node.label, unit=node.unit)
            distance = self.cell.path_distance()
            order = np.argsort(distance, kind="stable")
            self.space = np.stack([distance[order], values[order]]).astype(np.float32).tobytes()
            self.space_info = {"label": node.label, "unit": node.unit}
        if node.place is not None:
            self.select(node.place)
        return {"content": node.text} if node.text else {}

    @action("clear")
    def clear(self) -> None:
        """Let nothing stand out, and colour the cell by type again."""
        self.highlighted = []
        self.space, self.space_info = b"", {}
        self.colour_by = "type"

    @action("text")
    def to_text(self) -> dict[str, Any]:
        """The overview, and the differences, as plain text."""
        text = self.overview.to_text()
        if self.other is not None:
            text += "\n" + compare(self.cell, self.other).to_text()
        return {"content": text}

    @action("table")
    def to_table(self) -> dict[str, Any]:
        """The parameters as a table of comma-separated values."""
        return {"content": self.overview.to_dataframe().to_csv(index=False)}

    def _changed(self, changes: Sequence[Change]) -> None:
        kinds = {change.path[1] if change.path[0] == "order" else change.path[0] for change in changes}
        with self.lock:
            if self.comm is None:
                return
            with self.hold_sync():
                self._show(kinds)

    def _show(self, kinds: set[str]) -> None:
        self._overview = None
        if "sections" in kinds:
            self.show_cell(self.cell)
            self.highlighted = []
            self.space, self.space_info = b"", {}
        self._listing = Listing()
        self.title = self.cell.name
        frozen = self.cell.freeze()
        self.nodes = self._listing.entries(model_tree(frozen, self.overview))
        if self.other is not None:
            self.other_title = self.other.name
            self.differences = self._listing.entries(difference_tree(frozen, compare(frozen, self.other)))
        self._tell_here(None)
        self.revision += 1

    def _tell_here(self, _: Any) -> None:
        place = self.selected_place
        known = place is not None and place.section in self.cell.document.sections
        self.here = values_at(self.cell, self.overview, place) if isinstance(place, Location) and known else []
