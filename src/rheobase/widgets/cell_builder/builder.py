"""The CellBuilder: a cell on the screen, and the pages by which it is drawn, divided and described."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import traitlets

from rheobase.model import Cell, Change
from rheobase.model.document import Document
from rheobase.model.file import from_data, json_text
from rheobase.model.replace import take_over
from rheobase.morphology import load_morphology
from rheobase.widgets.actions import action
from rheobase.widgets.bundle import bundle
from rheobase.widgets.cell_builder.biophysics import BiophysicsPage
from rheobase.widgets.cell_builder.conflicts import ConflictsPage
from rheobase.widgets.cell_builder.geometry import GeometryPage
from rheobase.widgets.cell_builder.profiles import ProfilesPage
from rheobase.widgets.cell_builder.subsets import SubsetsPage
from rheobase.widgets.cell_builder.topology import TopologyPage
from rheobase.widgets.uploads import Uploads
from rheobase.widgets.viewer import ViewerTraits

_MOST_CHARACTERS = 20_000_000  # of a cell's file
_ABOUT_SECTIONS = ("Topology", "Subsets")  # the pages that say nothing of what is in a place


class CellBuilder(TopologyPage, SubsetsPage, GeometryPage, BiophysicsPage, ProfilesPage, ConflictsPage, ViewerTraits):
    """A cell built by hand: its tree drawn, its sections gathered into subsets, its shape and its membrane given.

    It edits the cell and nothing else. Each edit shows at once in three dimensions, is one step of undo, whoever
    made it, and is in the code under `</>`.

    - `tab`: the page that is open, by its title; empty before anyone has opened one.
    - `undo_label`, `redo_label`: what would be undone and redone; `status`: how large the cell is, in words.

    **Arguments:** `cell`: what is built; by default a new cell with a soma.

    **Raises:** TypeError for something that is not a cell.

    >>> builder = CellBuilder()
    >>> builder.cell
    <Cell 'cell': 1 section, 1 segment; no mechanisms; nothing placed>
    >>> builder.close()
    """

    _esm = bundle("spatial.js")
    _stale = False
    _stop_observing: Callable[[], None] = staticmethod(lambda: None)  # a refused builder is closed too

    tab = traitlets.Unicode().tag(sync=True)
    undo_label = traitlets.Unicode().tag(sync=True)
    redo_label = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)

    def __init__(self, cell: Cell | None = None, **traits: Any) -> None:
        cell = first_cell() if cell is None else cell
        if not isinstance(cell, Cell):
            raise TypeError(f"CellBuilder needs a cell, as in CellBuilder(rb.Cell('mine')), not {cell!r}")
        self.cell = cell
        self._uploads = Uploads(_MOST_CHARACTERS, "cell")
        super().__init__(lock=cell.document.lock, component="cell_builder", **traits)
        with self.lock, self.hold_sync():
            self._show({"sections", "name"})
        self._stop_observing = cell.observe(self._changed, grouped=True)

    def __repr__(self) -> str:
        return f"<CellBuilder on {self.cell!r}>"

    def close(self) -> None:
        """Take the widget off the page and follow the cell no more."""
        self._stop_observing()
        super().close()

    # Other faces

    @action("history.undo")
    def undo(self) -> None:
        """Take the last edit of the cell back."""
        self.cell.undo()

    @action("history.redo")
    def redo(self) -> None:
        """Make the last edit undone again."""
        self.cell.redo()

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program that makes the cell."""
        return {"content": self.cell.to_code()}

    @action("export.json")
    def to_file(self) -> dict[str, Any]:
        """The cell as the text of a file that `load_cell` opens."""
        return {"content": json_text(self.cell.document)}

    @action("import.file")
    def take_file(self, file: str, text: str, part: int = 0, parts: int = 1) -> None:
        """Take in a part of a cell's JSON or of a morphology, and with the last one let it take the cell's place."""
        source = self._uploads.take(file, text, part, parts)
        if source is None:
            return
        if source.lstrip("\ufeff \t\r\n").startswith("{"):
            document = _document(source)
        else:
            # Given as bytes, so that no text from a page is ever taken for a path.
            document = Cell.from_morphology(load_morphology(source.encode(), name=Path(file).stem)).document
        take_over(self.cell.document, document, f"Open {document.name}")

    @action("rename")
    def rename(self, name: str) -> None:
        """Give the cell another name."""
        self.cell.name = name

    # Keeping up

    def show_place(self) -> None:
        """Show what is said of the place that is described, when a page tells it or the shape is painted."""
        self._stale = self.tab in _ABOUT_SECTIONS and self.colour_by != "value"
        if not self._stale:
            super().show_place()

    @traitlets.observe("tab")
    def _open_tab(self, _: Any) -> None:
        """Show what was not worth working out while nobody saw it."""
        with self.lock, self.hold_sync():
            if self._stale:
                self.show_place()
                self.revision += not self._stale

    def _changed(self, changes: Sequence[Change]) -> None:
        kinds = {change.path[1] if change.path[0] == "order" else change.path[0] for change in changes}
        with self.lock:
            if self.comm is None:
                return
            with self.hold_sync():
                self._show(kinds)

    def _show(self, kinds: set[str]) -> None:
        """Bring everything up to date; `kinds` are the tables of the document that changed."""
        history = self.cell.history
        self.title = self.cell.name
        self.undo_label = history.done[-1] if history.done else ""
        self.redo_label = history.undone[-1] if history.undone else ""
        if "sections" in kinds:
            self.show_cell(self.cell)
            self.show_topology()
            there = self.cell.document.sections
            self.chosen = [name for name in self.chosen if name in there]
        if not self.cell.document.places.has(self.place):
            self.place = "all"
        self.show_subsets()
        self.show_place()
        self.status = _counted(len(self.cell.sections), "section") + ", " + _counted(self.cell.n_segments, "segment")
        self.revision += 1


def first_cell() -> Cell:
    """A cell to begin with: one soma."""
    cell = Cell()
    cell.add_section("soma", L=20, diam=20)
    cell.history.clear()
    return cell


def _document(text: str) -> Document:
    """Give the cell that a JSON text is. **Raises:** ValueError in words for any other."""
    try:
        return from_data(json.loads(text))
    except json.JSONDecodeError as error:
        raise ValueError(f"the file is not JSON: {error.msg} in line {error.lineno}") from None
    except RecursionError:
        raise ValueError("the file is nested too deeply to be a cell") from None


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}".replace(",", "\u202f")
