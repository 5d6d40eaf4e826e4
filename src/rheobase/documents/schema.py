"""The head of a document's file: which schema it follows, and of which version."""

from typing import Any


def checked_schema(data: Any, what: str, schema: str, version: int) -> None:
    """Refuse data that is no document of a schema, or one that is newer than its reader.

    **Arguments:** the `data`; `what` it should be, in words; the `schema` and the newest `version` that is read.

    **Raises:** ValueError, to be read after a file's name.

    >>> checked_schema({"schema": "rheobase.cell", "version": 1}, "cell", "rheobase.cell", 1)
    >>> checked_schema({"schema": "rheobase.cell", "version": 9}, "cell", "rheobase.cell", 1)
    Traceback (most recent call last):
    ValueError: is of version 9, newer than 1, the newest that this Rheobase reads: update Rheobase
    """
    if not isinstance(data, dict) or data.get("schema") != schema:
        raise ValueError(f'is no {what}: it has no "schema": "{schema}"')
    found = data.get("version")
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise ValueError(f"has version {found!r}; a version is a whole number from 1")
    if found > version:
        raise ValueError(
            f"is of version {found}, newer than {version}, the newest that this Rheobase reads: update Rheobase"
        )
