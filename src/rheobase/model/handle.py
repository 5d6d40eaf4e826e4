"""What names a part of a document: a handle reads and edits it there, and holds no values of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rheobase.model.document import Document


class Handle:
    """A part of a cell by name; handles of one part are equal."""

    __slots__ = ("_document", "_name")

    _document: Document
    _name: str

    def __init__(self, document: Document, name: str) -> None:
        object.__setattr__(self, "_document", document)
        object.__setattr__(self, "_name", name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self._document is other._document and self._name == other._name

    def __hash__(self) -> int:
        return hash((id(self._document), self._name))
