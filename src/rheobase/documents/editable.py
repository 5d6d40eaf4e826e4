"""What every document can do: change only through edits, tell its observers, and take an edit back."""

import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any, Self

from rheobase.documents.history import Change, Edit, History

Observer = Callable[[Any], None]

_log = logging.getLogger("rheobase")


class FrozenDocument(RuntimeError):
    """A snapshot was asked to change."""


class Editable(ABC):
    """A document under one lock, with one change stream and one history; every change to it goes through `edit`.

    A family of documents keeps its values as it likes, and says how to read, replace and name them.

    **Attributes:** `name`; `revision`, a count of changes; `frozen`, of a snapshot; `history`; `lock`.
    """

    _what = "document"
    name: str

    def __init__(self) -> None:
        self.revision = 0
        self.frozen = False
        self.history = History()
        self.lock = RLock()
        self._observers: dict[object, tuple[Observer, bool]] = {}
        self._pending: deque[tuple[Change, ...]] = deque()
        self._delivering = False
        self._edit: list[Change] | None = None
        self._origin = "code"

    @abstractmethod
    def _get(self, path: tuple[str, ...]) -> Any:
        """Give the value at a path, `None` if there is none."""

    @abstractmethod
    def _apply(self, change: Change) -> None:
        """Put a change's new value in its place and count the revision."""

    @contextmanager
    def edit(self, name: str, *, coalesce: Hashable = None, origin: str | None = None) -> Iterator[Self]:
        """Make the changes within into one edit: all of them happen, or, on an exception, none.

        An edit within an edit becomes part of it; if it fails alone, only its own changes are taken back. Observers
        hear of the changes when the outermost edit is complete. `coalesce` is a key that names one drag: edits in
        a row with the same key are undone together.
        """
        with self.lock:
            self._refuse_if_frozen()
            outermost = self._edit is None
            if self._edit is None:
                self._edit, self._origin = [], origin or "code"
            mark = len(self._edit)
            try:
                yield self
            except BaseException:
                for change in reversed(self._edit[mark:]):
                    self._apply(change.reversed(change.origin))
                del self._edit[mark:]
                raise
            finally:
                if outermost:
                    changes, self._edit = tuple(self._edit), None
            if not outermost or not changes:
                return
            self.history.record(Edit(name, changes, coalesce))
            self._pending.append(changes)
        self._deliver()

    def put(self, path: tuple[str, ...], new: Any) -> None:
        """Within an edit, add a value at the end of its table, replace it in its place, or, with `None`, remove it."""
        self._within_edit(Change(path, self._get(path), new, self._origin))

    def undo(self) -> str | None:
        """Take the last edit back, and give its name; `None` if there is none."""
        return self._travel("undo")

    def redo(self) -> str | None:
        """Make the last edit undone again, and give its name; `None` if there is none."""
        return self._travel("redo")

    def observe(self, callback: Observer, *, grouped: bool = False) -> Callable[[], None]:
        """Call `callback` with each `Change`, or, `grouped`, with the tuple of changes of each edit.

        **Returns:** a function that ends it.
        """
        token = object()
        with self.lock:
            self._observers[token] = (callback, grouped)
        return lambda: self._observers.pop(token, None) and None

    def _refuse_if_frozen(self) -> None:
        if self.frozen:
            raise FrozenDocument(
                f"this is a frozen snapshot of {self._what} {self.name!r}: change the {self._what} itself, or a copy "
                "made by copy()"
            )

    def _within_edit(self, change: Change) -> None:
        if self._edit is None:
            raise RuntimeError("a document changes only within an edit: `with document.edit(...)`")
        self._apply(change)
        self._edit.append(change)

    def _travel(self, direction: str) -> str | None:
        with self.lock:
            self._refuse_if_frozen()
            if self._edit is not None:
                raise RuntimeError(f"cannot {direction} within an edit: finish it first")
            back = direction == "undo"
            edit = self.history.step_back() if back else self.history.step_forward()
            if edit is None:
                return None
            if back:
                changes = tuple(change.reversed(direction) for change in reversed(edit.changes))
            else:
                changes = tuple(change.repeated(direction) for change in edit.changes)
            for change in changes:
                self._apply(change)
            self._pending.append(changes)
        self._deliver()
        return edit.name

    def _deliver(self) -> None:
        """Tell the observers, in the order of the edits, even where an observer edits in its turn."""
        with self.lock:
            if self._delivering:
                return
            self._delivering = True
        try:
            while True:
                with self.lock:
                    if not self._pending:
                        self._delivering = False
                        return
                    changes = self._pending.popleft()
                    observers = tuple(self._observers.values())
                for callback, grouped in observers:
                    for news in (changes,) if grouped else changes:
                        try:
                            callback(news)
                        except Exception:  # noqa: BLE001  # whatever a view does wrong, the document goes on
                            _log.exception("an observer of %s %r failed; the document is sound", self._what, self.name)
        except BaseException:
            self._delivering = False
            raise
