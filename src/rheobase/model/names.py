"""Names: what a section, a region, a placed process or a cell may be called, and the nearest name to a wrong one."""

import difflib
import re
from collections.abc import Iterable

NAME = re.compile(r"(?P<base>[A-Za-z_][A-Za-z0-9_]{0,199})(?:\[(?P<index>0|[1-9][0-9]{0,8})\])?")
PATTERN = re.compile(r"[A-Za-z0-9_\[\]*]{1,300}")
RESERVED = frozenset({"all", "global"})
_LONGEST_TITLE = 200


class UnknownName(KeyError):
    """A name that nothing in the document goes by. Its text suggests the nearest one."""

    def __init__(self, what: str, name: object, known: Iterable[str]) -> None:
        known = list(known)
        super().__init__(f"there is no {what} {name!r}{suggestion(name, known)}")

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which would put the sentence in quotes.
        return str(self.args[0])


def suggestion(name: object, known: Iterable[str]) -> str:
    """Give the end of a sentence that names the nearest of `known`, or lists them where none is near.

    >>> suggestion("gnabr", ["gnabar", "gkbar", "gl"])
    "; did you mean 'gnabar'?"
    """
    # Comparing with more names than this would take longer than anyone waits for a message.
    known = list(known)
    near = difflib.get_close_matches(str(name)[:_LONGEST_TITLE], known[:5000], n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    if not known:
        return "; there are none yet"
    more = ", ..." if len(known) > 8 else ""
    return f"; there are {', '.join(map(repr, known[:8]))}{more}" if len(known) > 1 else f"; there is {known[0]!r}"


def checked_name(value: object, what: str) -> str:
    """Give `value` if it can name a section, a subset or a placed process: `soma`, `dend[3]`.

    **Raises:** `TypeError` if it is no string, `ValueError` if it is not an ASCII identifier with, at most, one
    index in brackets, or is one of the reserved words `all` and `global`.
    """
    if not isinstance(value, str):
        raise TypeError(f"the name of a {what} must be text such as 'dend' or 'dend[3]', not {value!r}")
    if NAME.fullmatch(value) is None:
        raise ValueError(
            f"{value[:_LONGEST_TITLE]!r} cannot name a {what}: use letters, digits and underscores, "
            "not starting with a digit, with at most one index, such as 'dend' or 'dend[3]'"
        )
    if value in RESERVED:
        raise ValueError(f"{value!r} cannot name a {what}: the word has a meaning of its own; choose another")
    return value


def checked_title(value: object) -> str:
    """Give `value` if it can be the name of a cell.

    **Raises:** `TypeError` if it is no string, `ValueError` unless it is 1 to 200 printable characters without
    quotes, backslashes or angle brackets.
    """
    if not isinstance(value, str):
        raise TypeError(f"the name of a cell must be text, not {value!r}")
    if not value.strip() or len(value) > _LONGEST_TITLE or not all(map(_fits_title, value)):
        raise ValueError(
            f"{value[:_LONGEST_TITLE]!r} cannot name a cell: use 1 to {_LONGEST_TITLE} printable characters, "
            "without quotes, backslashes or angle brackets"
        )
    return value


def title_from(text: str) -> str:
    """Give a name for a cell that is as near to `text`, such as a file's name, as it may be.

    >>> title_from('<my> "cell"')
    '_my_ _cell_'
    """
    fitting = "".join(c if _fits_title(c) else "_" for c in text[:_LONGEST_TITLE])
    return fitting if fitting.strip() else "cell"


def _fits_title(character: str) -> bool:
    return character.isprintable() and character not in "\"'<>`\\"


def base_name(name: str) -> str:
    """Give the name without its index: `dend` of `dend[3]`."""
    return name.partition("[")[0]


def is_pattern(place: str) -> bool:
    """Tell whether a place is a pattern, such as `dend[*]`, and not a name."""
    return "*" in place


def matches(pattern: str, name: str) -> bool:
    """Tell whether a name fits a pattern, in which `*` stands for any text.

    >>> matches("dend[*]", "dend[12]"), matches("*_left", "dend_right")
    (True, False)
    """
    first, *middle, last = pattern.split("*")
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    # Taking the earliest fit of each piece is enough, and linear; a regular expression would try them all.
    start, end = len(first), len(name) - len(last)
    for piece in middle:
        found = name.find(piece, start, end)
        if found < 0:
            return False
        start = found + len(piece)
    return True
