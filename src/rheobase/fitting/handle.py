"""What the handles on parts of a fit have in common."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

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
        entries: Mapping[str, _Value] = getattr(self._document, self.table)
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

    def remove(self) -> None:
        """Take it out of the fit."""
        _ = self.value
        with self._document.edit(f"Remove {self.kind} {self.name}"):
            self._document.put((self.table, self.name), None)

    def _put(self, edit: str, **fields: Any) -> None:
        with self._document.edit(edit):
            self._document.put((self.table, self.name), self.value.replace(**fields))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Handle):
            return NotImplemented
        return (self._document, self.table, self.name) == (other._document, other.table, other.name)

    def __hash__(self) -> int:
        return hash((id(self._document), self.table, self.name))
