"""What the pages of the CellBuilder share: the cell, the place that is edited and the sections that are chosen."""

from typing import Any

import traitlets

from rheobase.model import Cell
from rheobase.widgets.actions import ActingWidget


class Page(ActingWidget):
    """The base of the CellBuilder's pages, which are mixins of one widget.

    Each page has traits of its own, which it writes in `show_<page>()`, and answers actions named `<page>.<verb>`. An
    action edits `self.cell` by its public methods with `origin=self.model_id`, in one step of undo; the widget
    observes the cell and shows every page anew after each edit, whoever made it.

    - `place`: the name of the region, subset or section that is edited.
    - `chosen`: the names of the sections that are selected.
    """

    place = traitlets.Unicode("all").tag(sync=True)
    chosen: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)

    cell: Cell
