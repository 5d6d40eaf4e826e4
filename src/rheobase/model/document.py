"""The document of a cell: ordered tables of frozen values under one lock, with one change stream and one history."""

from collections.abc import Iterable, Mapping
from typing import Any

from rheobase.documents import Change, Editable
from rheobase.mechanisms import Mechanism, Source, compiled, mechanism, names, written
from rheobase.model.location import Recordable
from rheobase.model.names import checked_title
from rheobase.model.places import Places
from rheobase.model.profile import Profile
from rheobase.model.values import Assignment, ConnectionSpec, Insertion, Placement, SectionSpec, Subset

AssignmentKey = tuple[str, str, str]

_TABLES = ("sections", "subsets", "insertions", "assignments", "placements", "sources", "connections", "pointers")
_UNORDERED = frozenset({"sources", "pointers"})
_STRUCTURAL = frozenset({"sections", "subsets", "insertions", "sources", "pointers"})


class Document(Editable):
    """What a cell is, as values; every change to it goes through `edit`.

    The tables are ordinary dictionaries, to be read by anyone and written by nobody but this class. Their order
    is part of the content: parents come before their children, and a later assignment wins.
    """

    _what = "cell"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = checked_title(name)
        self.sections: dict[str, SectionSpec] = {}
        self.subsets: dict[str, Subset] = {}
        self.insertions: dict[tuple[str, str], Insertion] = {}
        self.assignments: dict[AssignmentKey, Assignment] = {}
        self.placements: dict[str, Placement] = {}
        self.sources: dict[str, Source] = {}
        self.connections: dict[str, ConnectionSpec] = {}
        self.pointers: dict[tuple[str, str], Recordable] = {}
        self.listed: set[AssignmentKey] = set()  # the assignments of one number a segment
        self.profiled: set[AssignmentKey] = set()  # and those of a profile
        self.structure_revision = 0
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

    def mechanism(self, name: str) -> type[Mechanism]:
        """Give the mechanism that a name means here: what the document carries, before anything loaded elsewhere.

        **Raises:** `KeyError` that suggests the nearest name.
        """
        source = self.sources.get(name)
        if source is not None:
            return compiled(source)
        return written(name) if self.uses(name) else mechanism(name)

    def uses(self, name: str) -> bool:
        """Tell whether a mechanism of this name is inserted or placed."""
        return any(each == name for _, each in self.insertions) or any(
            placement.mechanism == name for placement in self.placements.values()
        )

    def mechanism_names(self, kind: str) -> tuple[str, ...]:
        """Give the names of the mechanisms of a kind, those that only this document knows included."""
        carried = {name for name, source in self.sources.items() if compiled(source).kind == kind}
        return tuple(sorted({name for name in names(kind) if name not in self.sources} | carried))

    def content(self) -> tuple[Any, ...]:
        """Give everything that makes two documents equal."""
        tables = ((kind, getattr(self, kind)) for kind in _TABLES)
        return (
            self.name,
            *(tuple(sorted(table.items()) if kind in _UNORDERED else table.values()) for kind, table in tables),
        )

    # Edits

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

    def rekey(self, kind: str, new: Mapping[Any, tuple[Any, Any]]) -> None:
        """Within an edit, give values other keys, each in its place: old key to new key and value."""
        order = [new[key][0] if key in new else key for key in getattr(self, kind)]
        self.remove(kind, new)
        for key, value in new.values():
            self.put((kind, *((key,) if isinstance(key, str) else key)), value)
        self.reorder(kind, order)

    def reorder(self, kind: str, keys: list[Any]) -> None:
        """Within an edit, put the values of a table in the order of `keys`."""
        old = tuple(getattr(self, kind))
        if old != tuple(keys):
            self._within_edit(Change(("order", kind), old, tuple(keys), self._origin))

    # Snapshots

    def freeze(self) -> "Document":
        """Give a snapshot that shares the values and refuses edits; the same one until something changes."""
        with self.lock:
            if self.frozen:
                return self
            if self._snapshot is None:
                self._snapshot = self.copy()
                self._snapshot.frozen = True
            return self._snapshot

    def copy(self) -> "Document":
        """Give an independent document of the same content, without history or observers."""
        with self.lock:
            other = Document(self.name)
            for kind in (*_TABLES, "listed", "profiled"):
                setattr(other, kind, getattr(self, kind).copy())
            other.revision, other.structure_revision = self.revision, self.structure_revision
            other._by_target = self._by_target
            if self._places is not None:
                other._places = self._places.shared(other.sections, other.subsets)
                self._places_lent = other._places_lent = True
            return other

    # The one way in

    def _get(self, path: tuple[str, ...]) -> Any:
        if path == ("name",):
            return self.name
        return getattr(self, path[0]).get(_key(path))

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
        if change.path[0] == "subsets" or change.path == ("order", "subsets"):
            self._places.rename_subsets(self.subsets)
        elif change.path[0] == "sections" and change.old is None and not self._places_lent:
            self._places.add(change.new)
        elif change.path[0] == "sections" and change.old is not None and _in_same_place(change.old, change.new):
            self._places.forget_numbers(change.new.name)
        else:
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


def _key(path: tuple[str, ...]) -> Any:
    return path[1] if len(path) == 2 else path[1:]


def _moved(change: Change) -> bool:
    if change.path[0] == "order" or change.old is None or change.new is None:
        return True
    old, new = change.old, change.new
    return (old.mechanism, old.section, old.x) != (new.mechanism, new.section, new.x)


def _in_same_place(old: SectionSpec, new: SectionSpec | None) -> bool:
    return new is not None and (old.region, old.parent, old.child_end) == (new.region, new.parent, new.child_end)
