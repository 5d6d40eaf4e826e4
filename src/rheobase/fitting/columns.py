"""Columns of numbers in a text file, however they are separated."""

import os
import re
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
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: is not UTF-8 text; export the table as CSV") from None
    rows = [(k, line) for k, line in enumerate(lines, start=1) if line.strip() and not line.lstrip().startswith("#")]
    if not rows:
        raise ValueError(f"{path.name}: holds no numbers")
    separator = next((each for each in _SEPARATORS if each in rows[-1][1]), None)
    comma = separator == ";" or (separator == "\t" and "," in rows[-1][1])  # a decimal comma, as German Excel writes
    names = _names(_split(rows[0][1], separator), comma=comma)
    which = [_number(path, each, names) for each in columns]
    table = np.empty((2, len(rows) - bool(names)))
    for row, (k, line) in enumerate(rows[bool(names) :]):
        fields = _split(line, separator)
        for column, wanted in enumerate(which):
            if wanted >= len(fields):
                raise ValueError(f"{path.name}, line {k}: has {len(fields)} columns, and no column {wanted}")
            number = _float(fields[wanted], comma=comma)
            if number is None:
                raise ValueError(f"{path.name}, line {k}: {fields[wanted][:40]!r} is no number")
            table[column, row] = number
    return (names[which[1]] if names else ""), table[0], table[1]


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


def _number(path: Path, column: str | int, names: list[str]) -> int:
    if isinstance(column, str):
        if column not in names:
            raise UnknownName(f"column in {path.name}", column, names)
        return names.index(column)
    return column
