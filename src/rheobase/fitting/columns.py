"""Columns of numbers in a text file, however they are separated."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rheobase.model.names import UnknownName

_LARGEST = 512 * 2**20
_SEPARATORS = (";", "\t", ",")


def read_columns(
    path: str | os.PathLike[str], columns: tuple[str | int, str | int]
) -> tuple[str, NDArray[np.float64], NDArray[np.float64]]:
    """Read two columns.

    **Arguments:** `columns`: by number from 0, or by the name in the first line.

    **Returns:** the name of the second, empty where there are no names, and both.

    **Raises:** ValueError that names the file, the line and what is wrong; KeyError for an unknown column.
    """
    path = Path(path)
    size = path.stat().st_size
    if size > _LARGEST:
        raise ValueError(f"{path.name}: is {size / 2**20:.0f} MiB; a table has at most {_LARGEST // 2**20} MiB")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: is not UTF-8 text; export the table as CSV") from None
    return columns_of(path.name, text, columns)


def columns_of(
    name: str, text: str, columns: tuple[str | int, str | int]
) -> tuple[str, NDArray[np.float64], NDArray[np.float64]]:
    """Two columns of a text: see `read_columns`. **Arguments:** `name`: of the text, for errors."""
    table = _table(name, text)
    which = [_number(name, each, table.names) for each in columns]
    found = np.empty((2, len(table.rows)))
    for row, (k, line) in enumerate(table.rows):
        fields = _split(line, table.separator)
        for column, wanted in enumerate(which):
            if wanted >= len(fields):
                raise ValueError(f"{name}, line {k}: has {len(fields)} columns, and no column {wanted}")
            number = _float(fields[wanted], comma=table.comma)
            if number is None:
                raise ValueError(f"{name}, line {k}: {fields[wanted][:40]!r} is no number")
            found[column, row] = number
    return (table.names[which[1]] if table.names else ""), found[0], found[1]


def glimpse(name: str, text: str, rows: int = 5) -> tuple[list[str], list[list[str]]]:
    r"""What a text of columns looks like: a name for each, and its first rows as they stand.

    **Raises:** ValueError for a text without numbers.

    >>> glimpse("step.csv", "t;v\n0;-65,1\n1;-64,9\n", rows=1)
    (['t', 'v'], [['0', '-65,1']])
    """
    table = _table(name, text)
    first = [_split(line, table.separator) for _, line in table.rows[:rows]]
    if not first:
        raise ValueError(f"{name}: holds no numbers")
    width = max(map(len, first))
    names = table.names or []
    return [names[k] if k < len(names) and names[k] else f"column {k + 1}" for k in range(width)], first


@dataclass(frozen=True)
class _Table:
    """A text as lines of fields: the `names` in its first line, and of each row the line's number and text."""

    names: list[str]
    rows: list[tuple[int, str]]
    separator: str | None
    comma: bool


def _table(name: str, text: str) -> _Table:
    lines = text.removeprefix("\ufeff").splitlines()
    rows = [(k, line) for k, line in enumerate(lines, start=1) if line.strip() and not line.lstrip().startswith("#")]
    if not rows:
        raise ValueError(f"{name}: holds no numbers")
    separator = next((each for each in _SEPARATORS if each in rows[-1][1]), None)
    comma = separator == ";" or (separator == "\t" and "," in rows[-1][1])  # a decimal comma, as German Excel writes
    names = _names(_split(rows[0][1], separator), comma=comma)
    return _Table(names, rows[bool(names) :], separator, comma)


def _split(line: str, separator: str | None) -> list[str]:
    parts = re.split(r"\s+", line.strip()) if separator is None else line.split(separator)
    return [part.strip().strip('"') for part in parts]


def _names(fields: list[str], *, comma: bool) -> list[str]:
    """The names in the first line; none where it holds numbers."""
    return fields if any(_float(each, comma=comma) is None for each in fields if each) else []


def _float(text: str, *, comma: bool) -> float | None:
    if text.lower() in ("", "na", "nan", "null"):
        return float("nan")
    try:
        return float(text.replace(",", ".") if comma else text)
    except ValueError:
        return None


def _number(name: str, column: str | int, names: list[str]) -> int:
    if isinstance(column, str):
        if column not in names:
            raise UnknownName(f"column in {name}", column, names)
        return names.index(column)
    return column
