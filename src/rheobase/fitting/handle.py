"""What the handles on parts of a fit have in common."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from rheobase.fitting.document import FitDocument
from rheobase.fitting.functions import Function
from rheobase.fitting.values import Nested, Run
from rheobase.model.names import UnknownName

_Value = TypeVar("_Value", Run, Function, Nested)


class Handle(Generic[_Value]):
    """A handle on one entry of a fit's document. Equal to another handle on the same one."""

    table: ClassVar[str]
    kind: ClassVar[str]

    def __init__(self, document: FitDocument, name: str) -> None:
        self._document, self.name = document, name

    @property
    def value(self) -> _Value:
        """The entry as it is in the document. **Raises:** KeyError once it was removed."""
        entries = self._entries
        found = entries.get(self.name)
        if found is None:
            raise UnknownName(self.kind, self.name, entries)
        return found

    @property
    def on(self) -> bool:
        """Whether it counts."""
        return self.value.on

    @on.setter
    def on(self, value: bool) -> None:
        self._put(f"Turn {self.name} {'on' if value else 'off'}", on=bool(value))

    @property
    def weight(self) -> float:
        """How much it counts."""
        return self.value.weight

    @weight.setter
    def weight(self, value: float) -> None:
        self._put(f"Weigh {self.name}", weight=value)

    def rename(self, name: str) -> None:
        """Call it otherwise; it keeps its place. **Raises:** ValueError for a name that is taken."""
        if name == self.name:
            return
        made = self.value.replace(name=name)
        self._document.check_new(name)
        with self._document.edit(f"Rename {self.name}"):
            self._document.put_in_place(self.table, self.name, name, made)
            self._bring(type(self)(self._document, name))
        self.name = name

    def copy(self, name: str | None = None) -> Self:
        """Put a copy of it after it. **Raises:** ValueError for a name that is taken.

        **Arguments:** `name`: its own with a number unless given.

        **Returns:** the handle on the copy.
        """
        name = self._document.numbered(self.name) if name is None else name
        made = self.value.replace(name=name)
        self._document.check_new(name)
        with self._document.edit(f"Copy {self.name}"):
            self._document.put((self.table, name), made)
            copy = type(self)(self._document, name)
            copy._place(list(self._entries).index(self.name) + 1)
            self._bring(copy)
        return copy

    def move(self, by: int) -> None:
        """Move it among those of its kind: by so many places down, or below 0 up, as far as there are any."""
        names = list(self._entries)
        old = names.index(self.value.name)
        new = min(max(old + int(by), 0), len(names) - 1)
        if new != old:
            with self._document.edit(f"Move {self.name}"):
                self._place(new)

    def remove(self) -> None:
        """Take it out of the fit."""
        _ = self.value
        with self._document.edit(f"Remove {self.kind} {self.name}"):
            self._document.put((self.table, self.name), None)

    def _bring(self, made: Self) -> None:
        """Within an edit, let what belongs to it go along with what was made from it."""

    @property
    def _entries(self) -> Mapping[str, _Value]:
        found: Mapping[str, _Value] = getattr(self._document, self.table)
        return found

    def _place(self, index: int) -> None:
        """Within an edit, put it at a place of its table."""
        names: list[str] = [each for each in self._entries if each != self.name]
        self._document.put(("order", self.table), (*names[:index], self.name, *names[index:]))

    def _put(self, edit: str, **fields: Any) -> None:
        with self._document.edit(edit):
            self._document.put((self.table, self.name), self.value.replace(**fields))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Handle):
            return NotImplemented
        return (self._document, self.table, self.name) == (other._document, other.table, other.name)

    def __hash__(self) -> int:
        return hash((id(self._document), self.table, self.name))
