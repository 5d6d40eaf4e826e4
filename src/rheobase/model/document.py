"""The document of a cell: ordered tables of frozen values under one lock, with one change stream and one history."""

import logging
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from rheobase.model.history import Change, Edit, History
from rheobase.model.names import checked_title
from rheobase.model.places import Places
from rheobase.model.profile import Profile
from rheobase.model.values import Assignment, Insertion, Placement, SectionSpec, Subset

Observer = Callable[[Any], None]
AssignmentKey = tuple[str, str, str]

_STRUCTURAL = frozenset({"sections", "subsets", "insertions"})
_log = logging.getLogger("rheobase")


class FrozenDocument(RuntimeError):
    """A snapshot was asked to change."""


class Document:
    """What a cell is, as values; every change to it goes through `edit`.

    The tables are ordinary dictionaries, to be read by anyone and written by nobody but this class. Their order
    is part of the content: parents come before their children, and a later assignment wins.
    """

    def __init__(self, name: str) -> None:
        self.name = checked_title(name)
        self.sections: dict[str, SectionSpec] = {}
        self.subsets: dict[str, Subset] = {}
        self.insertions: dict[tuple[str, str], Insertion] = {}
        self.assignments: dict[AssignmentKey, Assignment] = {}
        self.placements: dict[str, Placement] = {}
        self.listed: set[AssignmentKey] = set()  # the assignments of one number a segment
        self.profiled: set[AssignmentKey] = set()  # and those of a profile
        self.revision = 0
        self.structure_revision = 0
        self.frozen = False
        self.history = History()
        self.lock = RLock()
        self._observers: dict[object, tuple[Observer, bool]] = {}
        self._pending: deque[tuple[Change, ...]] = deque()
        self._delivering = False
        self._edit: list[Change] | None = None
        self._origin = "code"
        self._places: Places | None = None
        self._places_lent = False
        self._by_target: dict[str, tuple[Assignment, ...]] | None = None
        self._snapshot: Document | None = None

    # What follows from the tables

    @property
    def places(self) -> Places:
        """Which sections belong to which place, and which are joined to which."""
        places = self._places
        if places is None:
            places = self._places = Places(self.sections, self.subsets)
            self._places_lent = False
        return places

    def broad_assignments(self, target: str) -> tuple[Assignment, ...]:
        """Give the assignments of `target` to the cell and to regions, in order."""
        if self._by_target is None:
            found: dict[str, list[Assignment]] = {}
            for (scope, _, name), assignment in self.assignments.items():
                if scope != "section":
                    found.setdefault(name, []).append(assignment)
            self._by_target = {name: tuple(items) for name, items in found.items()}
        return self._by_target.get(target, ())

    def content(self) -> tuple[Any, ...]:
        """Give everything that makes two documents equal."""
        tables = (self.sections, self.subsets, self.insertions, self.assignments, self.placements)
        return (self.name, *(tuple(table.values()) for table in tables))

    # Edits

    @contextmanager
    def edit(self, name: str, *, coalesce: Hashable = None, origin: str | None = None) -> Iterator["Document"]:
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

    def remove(self, kind: str, keys: Iterable[Any]) -> None:
        """Within an edit, remove values. They are first moved to the end, so that undoing puts each where it was."""
        leaving = set(keys)
        if not leaving:
            return
        table = getattr(self, kind)
        going = [key for key in table if key in leaving]
        self.reorder(kind, [*(key for key in table if key not in leaving), *going])
        for key in reversed(going):
            self.put((kind, *((key,) if isinstance(key, str) else key)), None)

    def reorder(self, kind: str, keys: list[Any]) -> None:
        """Within an edit, put the values of a table in the order of `keys`."""
        old = tuple(getattr(self, kind))
        if old != tuple(keys):
            self._within_edit(Change(("order", kind), old, tuple(keys), self._origin))

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

    # Snapshots

    def freeze(self) -> "Document":
        """Give a snapshot that shares the values and refuses edits; the same one until something changes."""
        with self.lock:
            if self.frozen:
                return self
            if self._snapshot is None:
                self._places_lent = self._places is not None
                self._snapshot = self.copy()
                self._snapshot.frozen = True
            return self._snapshot

    def copy(self) -> "Document":
        """Give an independent document of the same content, without history or observers."""
        with self.lock:
            other = Document(self.name)
            for kind in ("sections", "subsets", "insertions", "assignments", "placements", "listed", "profiled"):
                setattr(other, kind, getattr(self, kind).copy())
            other.revision, other.structure_revision = self.revision, self.structure_revision
            other._by_target = self._by_target
            if self._places_lent:
                other._places, other._places_lent = self._places, True
            return other

    # The one way in

    def _refuse_if_frozen(self) -> None:
        if self.frozen:
            raise FrozenDocument(
                f"this is a frozen snapshot of cell {self.name!r}: change the cell itself, or a copy made by copy()"
            )

    def _get(self, path: tuple[str, ...]) -> Any:
        if path == ("name",):
            return self.name
        return getattr(self, path[0]).get(_key(path))

    def _within_edit(self, change: Change) -> None:
        if self._edit is None:
            raise RuntimeError("a document changes only within an edit: `with document.edit(...)`")
        self._apply(change)
        self._edit.append(change)

    def _apply(self, change: Change) -> None:
        kind = change.path[0]
        if kind == "name":
            self.name = change.new
        elif kind == "order":
            kind = change.path[1]
            table = getattr(self, kind)
            setattr(self, kind, {key: table[key] for key in change.new})
        elif change.new is None:
            del getattr(self, kind)[_key(change.path)]
        else:
            getattr(self, kind)[_key(change.path)] = change.new
        self.revision += 1
        self._snapshot = None
        if kind in _STRUCTURAL or (kind == "placements" and _moved(change)):
            self.structure_revision += 1
        if kind in ("sections", "subsets"):
            self._update_places(change)
        elif kind == "assignments":
            self._update_assignments(change)

    def _update_places(self, change: Change) -> None:
        if self._places is None:
            return
        if change.path[0] == "sections" and change.old is None and not self._places_lent:
            self._places.add(change.new)
        elif change.path[0] != "sections" or change.old is None or not _in_same_place(change.old, change.new):
            self._places = None

    def _update_assignments(self, change: Change) -> None:
        if change.path[0] == "order":
            self._by_target = None
            return
        scope, place, target = change.path[1:]
        key = (scope, place, target)
        value = None if change.new is None else change.new.value
        for kind, keys in ((tuple, self.listed), (Profile, self.profiled)):
            if isinstance(value, kind):
                keys.add(key)
            else:
                keys.discard(key)
        if scope != "section":
            self._by_target = None

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
                            _log.exception("an observer of cell %r failed; the document is sound", self.name)
        except BaseException:
            self._delivering = False
            raise


def _key(path: tuple[str, ...]) -> Any:
    return path[1] if len(path) == 2 else path[1:]


def _moved(change: Change) -> bool:
    if change.path[0] == "order" or change.old is None or change.new is None:
        return True
    old, new = change.old, change.new
    return (old.mechanism, old.section, old.x) != (new.mechanism, new.section, new.x)


def _in_same_place(old: SectionSpec, new: SectionSpec | None) -> bool:
    return new is not None and (old.region, old.parent) == (new.region, new.parent)
