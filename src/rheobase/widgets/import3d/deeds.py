"""What was done to a morphology in the tool: undone, made again, and told as code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import traitlets

from rheobase.widgets.actions import action
from rheobase.widgets.import3d.shape import ShapeTraits


class DeedTraits(ShapeTraits):
    """The history of the morphology that is open.

    - `undo_label`, `redo_label`: what would be undone and redone.
    """

    undo_label = traitlets.Unicode().tag(sync=True)
    redo_label = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._origin = ""  # the code that opens the morphology
        self._deeds: dict[int, tuple[str, str]] = {}  # by place in the history: an edit's name and its code
        super().__init__(**traits)

    def begin(self, origin: str) -> None:
        """Forget all deeds: `origin` is the code that gives the morphology `m`."""
        self._origin = origin
        self._deeds.clear()

    @contextmanager
    def deed(self, code: str) -> Iterator[None]:
        """What is done within is one step of undo, and `code` does the same."""
        history = self.open_morphology.history
        before = len(history.done)
        yield
        if len(history.done) > before:
            self._deeds[before] = (history.done[before], code)

    def show_history(self) -> None:
        """Bring the labels up to date."""
        history = self.open_morphology.history
        self.undo_label = history.done[-1] if history.done else ""
        self.redo_label = history.undone[-1] if history.undone else ""

    def program(self) -> str:
        """Code that opens the morphology and does what was done to it, as far as it was done here."""
        lines = ["import rheobase as rb", "", self._origin]
        for place, name in enumerate(self.open_morphology.history.done):
            known, code = self._deeds.get(place, ("", ""))
            lines.append(code if known == name else f"# {name!r} was done elsewhere")
        return "\n".join([*lines, "cell = rb.Cell.from_morphology(m)", ""])

    @action("history.undo")
    def undo(self) -> None:
        """Take the last change back."""
        self.open_morphology.undo()

    @action("history.redo")
    def redo(self) -> None:
        """Make the last change undone again."""
        self.open_morphology.redo()

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program of what was done."""
        return {"content": self.program()}
