"""Mechanisms that a file carries whole, as plain data."""

from typing import Any

from rheobase.mechanisms import Source, compiled


def source_data(name: str, source: Source) -> dict[str, Any]:
    """Give a source, and the name of the mechanism that it makes, as plain data."""
    tables = [[table, *map(list, numbers)] for table, numbers in source.tables]
    return {
        "mechanism": name,
        "kind": source.kind,
        "name": source.name,
        "text": source.text,
        **({"tables": tables} if tables else {}),
    }


def source_of(item: dict[str, Any]) -> tuple[str, Source]:
    """Give the name of a mechanism and its source, as `source_data` wrote them.

    **Raises:** `ValueError`, `TypeError` or `KeyError` for what cannot be, or a text that makes another mechanism.
    """
    name = item.pop("mechanism")
    tables = tuple((str(table), tuple(map(_floats, numbers))) for table, *numbers in item.pop("tables", ()))
    fields = {key: item.pop(key) for key in ("kind", "name", "text")}
    if item or not all(isinstance(value, str) for value in fields.values()):
        raise ValueError("has an entry that is unknown, or one that is no text")
    source = Source(**fields, tables=tables)
    definition = compiled(source)
    if definition.name != name:
        raise ValueError(f"is said to be of {str(name)[:80]!r}, but its text makes {definition.name!r}")
    return name, source


def _floats(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in values):
        raise TypeError("the axes and values of a table must be lists of numbers")
    return tuple(map(float, values))
