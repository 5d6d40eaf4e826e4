"""Taking over the content of another document whole."""

from rheobase.model.document import Document

# What others name comes first: it is put in first, and taken out last.
_TABLES = ("sections", "subsets", "sources", "insertions", "assignments", "placements", "connections", "pointers")


def take_over(document: Document, other: Document, name: str) -> None:
    """Let a document be equal in content to another, in one step of undo called `name`."""
    with document.edit(name):
        for table in reversed(_TABLES):
            document.remove(table, list(getattr(document, table)))
        if document.name != other.name:
            document.put(("name",), other.name)
        for table in _TABLES:
            for key, value in getattr(other, table).items():
                document.put((table, *((key,) if isinstance(key, str) else key)), value)
