"""SWC files: one sample a line, `id type x y z radius parent`.

Source of the format: Cannon, Turner, Pyapali and Wheal (1998), *J. Neurosci. Methods* 84:49, and
http://www.neuronland.org/NLMorphologyConverter/MorphologyFormats/SWC/Spec.html.
"""

import numpy as np

from rheobase.morphology.joints import with_joints
from rheobase.morphology.morphology import Floats, Integers, Morphology, MorphologyError
from rheobase.morphology.problem import Problem
from rheobase.morphology.readers.rounding import rounded_once
from rheobase.morphology.readers.source import MAX_BYTES, Source, read_text, text_lines
from rheobase.morphology.repair import as_read
from rheobase.morphology.table import COLUMNS, samples_from_table


def read_swc(source: Source, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Morphology:
    r"""Read an SWC file.

    Comments, blank lines, any line ends, commas between numbers, ids in any order and with gaps are
    understood. What is repaired, and what a person has to decide, is listed in the result's `problems`, each with
    its line.

    **Arguments:**

    - `source`: a path, or the contents as bytes or as a string of several lines.
    - `name`: of the morphology; by default the file's, without its ending.
    - `max_bytes`: the largest file that is read.

    **Raises:** `MorphologyError` with the line for text where a number belongs, a missing column, NaN or infinity;
    `OSError` if the file cannot be opened.

    >>> cell = read_swc("1 1 0 0 0 5 -1\n2 3 0 9 0 0 1\n3 3 0 50 0 1 2\n")
    >>> print(cell.problems[0])
    line 2: radius 0 was replaced by 1 um, that of line 3
    >>> read_swc("1 1 0 0 0 five -1\n")
    Traceback (most recent call last):
    ...
    rheobase.morphology.samples.MorphologyError: line 1: radius is 'five', not a number
    """
    text, found = read_text(source, max_bytes)
    return parse_swc(text, name or found)


def parse_swc(text: str, name: str) -> Morphology:
    """Make a morphology of the text of an SWC file."""
    table, line, problems = _table(text)
    if not len(table):
        raise MorphologyError(
            "the file ends without a sample",
            line=len(text.splitlines()) or 1,
            hint="a sample is a line of id, type, x, y, z, radius and parent, such as 1 1 0 0 0 5 -1",
        )
    samples, found = samples_from_table(table, line)
    samples = with_joints(samples, text_lines(text), found)
    return as_read(name, samples, problems + found, text=text, format="swc")


def _table(text: str) -> tuple[Floats, Integers, list[Problem]]:
    """Give the numbers, the line of each row, and what was odd about the text."""
    lines = text_lines(text)
    at = [k for k, line in enumerate(lines, start=1) if line and not line.isspace() and line.lstrip()[0] != "#"]
    rows = [lines[k - 1] for k in at]
    if not any(row.split("#", 1)[0].strip(" \t\f\v,;") for row in rows):
        return np.empty((0, 7)), np.empty(0, dtype=np.int64), []
    odd = []
    separated = next((k for k, row in zip(at, rows, strict=True) if "," in row or ";" in row), None)
    if separated is not None:
        rows = [row.replace(",", " ").replace(";", " ") for row in rows]
        odd.append(_separators(separated))
    try:
        table = np.loadtxt(rows, ndmin=2)
    except ValueError:
        table = np.empty((0, 0))
    if table.shape != (len(rows), 7):
        return _table_line_by_line([(k, lines[k - 1]) for k in at])
    table[:, 2:6] = rounded_once(table[:, 2:6], lambda row: rows[row].split()[2:6])
    return table, np.array(at), odd


def _separators(line: int) -> Problem:
    return Problem("separators", "note", line, "commas separate the numbers")


def _table_line_by_line(numbered: list[tuple[int, str]]) -> tuple[Floats, Integers, list[Problem]]:
    """Read what is not seven columns of plain numbers: find its fault, or understand it."""
    rows: list[list[float]] = []
    texts: list[list[str]] = []
    at: list[int] = []
    odd: dict[str, Problem] = {}
    for k, line in numbered:
        content = line.split("#", 1)[0]
        plain = content.split()
        words = content.replace(",", " ").replace(";", " ").split() if "," in line or ";" in line else plain
        if words != plain:
            _refuse_decimal_commas(plain, k)
            odd.setdefault("separators", _separators(k))
        if not words:
            continue
        if not rows and "header" not in odd and len(words) >= 7 and not any(map(_is_number, words)):
            odd["header"] = Problem("header", "note", k, "this line names the columns and was left out")
            continue
        if len(words) > 7:
            message = f"only the first 7 of {len(words)} columns are read"
            odd.setdefault("extra-columns", Problem("extra-columns", "note", k, message))
        rows.append(_row(words, k))
        texts.append(words[2:6])
        at.append(k)
    table = np.array(rows, dtype=float).reshape(-1, 7)
    table[:, 2:6] = rounded_once(table[:, 2:6], texts.__getitem__)
    return table, np.array(at, dtype=np.int64), list(odd.values())


def _row(words: list[str], line: int) -> list[float]:
    for name, word in zip(COLUMNS, words, strict=False):
        if not _is_number(word):
            shown = word if len(word) <= 30 else word[:27] + "..."
            raise MorphologyError(f"{name} is {shown!r}, not a number", line=line)
    if len(words) < 7:
        raise MorphologyError(
            f"only {len(words)} of a sample's 7 columns ({', '.join(COLUMNS)})",
            line=line,
            hint="the file may be cut off here" if len(words) > 1 else "",
        )
    return [float(word) for word in words[:7]]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word  # Python reads 1_000, files don't mean it


def _refuse_decimal_commas(words: list[str], line: int) -> None:
    if len(words) == 7 and any("," in word.strip(",;") for word in words):
        raise MorphologyError("numbers have decimal commas", line=line, hint="write 0.5, not 0,5")
