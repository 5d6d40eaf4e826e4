"""What the parts of the fitter have in common: the fit, its edits, and how they hear of a change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import traitlets

from rheobase.documents import Change
from rheobase.fitting import Fit
from rheobase.fitting.document import FitDocument
from rheobase.model import Cell
from rheobase.widgets.actions import ActingWidget, action


class FitWidget(ActingWidget):
    """A widget on a fit. It edits the fit's document and follows it, whoever edits it.

    Parts join in by overriding `follow` and calling the next; each runs with the widget's lock held and within one
    message to the browser.

    - `undo_label`, `redo_label`: the edit that would be undone or redone, empty for none.
    """

    undo_label = traitlets.Unicode().tag(sync=True)
    redo_label = traitlets.Unicode().tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        # What close() needs is there before anything can fail.
        self._stops: list[Callable[[], None]] = []
        fit = Fit(source) if isinstance(source, Cell) else source
        if not isinstance(fit, Fit):
            raise TypeError(
                f"{type(self).__name__} needs a fit, as in {type(self).__name__}(rb.Fit(cell)), not {source!r}"
            )
        self.fit = fit
        # One lock for the cell, the fit and their widgets, so that none can wait for another.
        fit.document.lock = fit.cell.document.lock
        super().__init__(lock=fit.document.lock, title=fit.name, **traits)
        with self.lock, self.hold_sync():
            self.follow()
            self._stops = [
                fit.observe(self._changed, grouped=True),
                fit.cell.observe(self._changed, grouped=True),
            ]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} on {self.fit!r}>"

    def follow(self) -> None:
        """Bring the traits up to date with the fit."""
        history = self.fit.document.history
        self.title = self.fit.name
        self.undo_label = history.done[-1] if history.done else ""
        self.redo_label = history.undone[-1] if history.undone else ""
        self.revision += 1

    def close(self) -> None:
        """Take the widget off the page, and follow the fit no more."""
        for stop in self._stops:
            stop()
        super().close()

    @action("history.undo")
    def undo(self) -> None:
        """Take the last edit of the fit back."""
        self.fit.undo()

    @action("history.redo")
    def redo(self) -> None:
        """Make the last edit undone again."""
        self.fit.redo()

    @contextmanager
    def editing(self, name: str, key: Any = None) -> Iterator[FitDocument]:
        """One edit of the fit; those in a row with the same `key`, as of one drag, are undone together."""
        with self.fit.document.edit(name, coalesce=key, origin="fitter") as document:
            yield document

    def _changed(self, _: tuple[Change, ...]) -> None:
        with self.lock:
            if self.comm is None:
                return
            with self.hold_sync():
                self.follow()
