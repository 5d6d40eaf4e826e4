"""What was changed, in which edits, and how to take an edit back."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """One value of a document replaced by another.

    - `path`: the kind of value and its key: `("sections", "dend[3]")`, `("subsets", "trunk")`,
      `("insertions", "soma", "hh")`, `("assignments", "region", "soma", "hh.gnabar")`, `("placements", "ic")`,
      `("name",)`; or `("order", kind)` where values of a kind were put in another order.
    - `old`, `new`: the frozen values, `None` where there was or is none; for an order, the keys in order.
    - `origin`: who made it: `"code"`, `"undo"`, `"redo"` or the name of a view.
    """

    path: tuple[str, ...]
    old: Any
    new: Any
    origin: str

    def reversed(self, origin: str) -> "Change":
        """Give the change that takes this one back."""
        return Change(self.path, self.new, self.old, origin)

    def repeated(self, origin: str) -> "Change":
        """Give the same change by another origin."""
        return Change(self.path, self.old, self.new, origin)


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes that are done and undone together, under a name that a menu can show."""

    name: str
    changes: tuple[Change, ...]
    key: Hashable = None

    def followed_by(self, later: "Edit") -> "Edit":
        """Give one edit with the effect of this and then `later`.

        Where both only replace the values of the same paths, as the steps of a drag do, the steps between are
        forgotten, so that a long drag stays as small as its first step.
        """
        paths = [change.path for change in self.changes]
        same = paths == [change.path for change in later.changes] and len(set(paths)) == len(paths)
        if same:
            pairs = zip(self.changes, later.changes, strict=True)
            changes = tuple(Change(a.path, a.old, b.new, a.origin) for a, b in pairs)
        else:
            changes = self.changes + later.changes
        return Edit(self.name, changes, self.key)


class History:
    """The edits done and the edits undone, newest last. Commands, not snapshots."""

    __slots__ = ("_done", "_open", "_undone")

    def __init__(self) -> None:
        self._done: deque[Edit] = deque(maxlen=_REMEMBERED)
        self._undone: list[Edit] = []
        self._open = False

    def __repr__(self) -> str:
        return f"<History: {len(self._done)} to undo, {len(self._undone)} to redo>"

    @property
    def done(self) -> tuple[str, ...]:
        """The names of the edits that can be undone, oldest first."""
        return tuple(edit.name for edit in self._done)

    @property
    def undone(self) -> tuple[str, ...]:
        """The names of the edits that can be redone; the last is the next."""
        return tuple(edit.name for edit in self._undone)

    def record(self, edit: Edit) -> None:
        """Remember an edit; one with the last edit's key joins it, unless something was undone between."""
        self._undone.clear()
        if edit.key is not None and self._open and self._done and self._done[-1].key == edit.key:
            edit = self._done.pop().followed_by(edit)
        self._done.append(edit)
        self._open = True

    def step_back(self) -> Edit | None:
        """Move the last edit done to the undone, and give it."""
        return self._move(self._done, self._undone)

    def step_forward(self) -> Edit | None:
        """Move the last edit undone back to the done, and give it."""
        return self._move(self._undone, self._done)

    def clear(self) -> None:
        """Forget everything: there is nothing to undo any more."""
        self._done.clear()
        self._undone.clear()

    def _move(self, source: Any, target: Any) -> Edit | None:
        self._open = False
        if not source:
            return None
        edit = source.pop()
        target.append(edit)
        return edit
