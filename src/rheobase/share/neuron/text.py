"""Numbers, lists and names as they stand in a script."""

import keyword
import math
import re
import textwrap
from collections.abc import Iterable, Sequence

import numpy as np

WIDTH = 100


def number(value: float) -> str:
    """A number as a person writes it: `20`, not `20.0`.

    >>> number(20.0), number(1e-4), number(float("inf"))
    ('20', '0.0001', 'float("inf")')
    """
    if not math.isfinite(value):
        return f'float("{value}")'
    return repr(float(value)).removesuffix(".0")


def numbers(values: Iterable[float]) -> str:
    """Numbers as a list, broken into lines where one would be too long."""
    return listed(map(number, values))


def listed(items: Iterable[str]) -> str:
    """Pieces of code as a list, broken into lines of at most `WIDTH` characters where one would be longer."""
    line = ", ".join(items)
    if len(line) <= WIDTH - 24:
        return f"[{line}]"
    rows = textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(["[", *(f"    {row}" for row in rows[:-1]), f"    {rows[-1]},", "]"])


def points(rows: Sequence[Sequence[float]]) -> list[str]:
    """3-D points, one a line, with the fewest digits that give the same float32 back."""
    shortest = np.asarray(rows, np.float32).astype(str).tolist()
    return [f"({', '.join(each.removesuffix('.0') for each in row)})," for row in shortest]


def identifier(name: str, taken: Iterable[str] = ()) -> str:
    """A name that Python takes for an attribute and that is not taken.

    >>> identifier("lambda"), identifier("__init__"), identifier("soma", ["soma"])
    ('lambda_', 'x__init__', 'soma_')
    """
    found = re.sub(r"\W", "_", name, flags=re.ASCII) or "x"
    # Two underscores in front are mangled within a class, or are Python's own.
    if found.startswith("__") or not found.isidentifier():
        found = f"x{found}"
    taken = set(taken)
    while keyword.iskeyword(found) or found in taken:
        found = f"{found}_"
    return found


def class_name(title: str, taken: Iterable[str]) -> str:
    """The name of a class for a cell's title.

    >>> class_name("ball and stick", []), class_name("5", []), class_name("h", ["H"])
    ('BallAndStick', 'Cell5', 'HCell')
    """
    words = re.findall(r"[A-Za-z0-9]+", title)
    found = "".join(word[0].upper() + word[1:] for word in words)[:80] or "Cell"
    if found[0].isdigit():
        found = f"Cell{found}"
    return f"{found}Cell" if keyword.iskeyword(found) or found in set(taken) else found
