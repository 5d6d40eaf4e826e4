"""Lines of a file around one that is meant, short enough for a page."""

from typing import Any

_AROUND = 4
_LONGEST = 300  # characters of a line


def lines_of(text: str) -> list[str]:
    """The lines of a text as readers count them: at each line feed or carriage return, and nowhere else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def excerpt(lines: list[str], line: int | None) -> dict[str, Any]:
    """The lines around `line`, counted from 1, with the number of the first; none where there is no such line.

    >>> excerpt(["a", "b", "c"], 2)
    {'first': 1, 'lines': ['a', 'b', 'c']}
    """
    if line is None or not 1 <= line <= len(lines):
        return {"first": 1, "lines": []}
    first = max(1, line - _AROUND)
    return {"first": first, "lines": [_cut(each) for each in lines[first - 1 : line + _AROUND]]}


def _cut(line: str) -> str:
    shown = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    # What would not show, or would turn the text around, stands as a mark.
    return "".join(each if each.isprintable() or each == "\t" else "\N{REPLACEMENT CHARACTER}" for each in shown)
