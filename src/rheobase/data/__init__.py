"""Files that come with the package."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Return the names of the files that `path` finds, in alphabetical order."""
    return tuple(sorted(file.name for file in _FOLDER.iterdir() if file.is_file() and file.suffix != ".py"))


def path(name: str) -> Path:
    """Return where a file that comes with the package is.

    Raises a `KeyError` that lists the files if there is none of this name.

    >>> path("grown_pyramidal.swc").name
    'grown_pyramidal.swc'
    """
    if name not in names():
        near = get_close_matches(name, names(), n=1) or names()
        message = f"no file '{name}' comes with Rheobase; did you mean {' or '.join(near)}?"
        raise KeyError(message)
    return _FOLDER / name
