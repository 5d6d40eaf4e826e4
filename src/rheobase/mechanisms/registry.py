"""Mechanisms by name."""

from difflib import get_close_matches
from typing import TypeVar

from rheobase.mechanisms.mechanism import Mechanism

M = TypeVar("M", bound=type[Mechanism])

_known: dict[str, type[Mechanism]] = {}


def register(definition: M) -> M:
    """Make a mechanism known by its `name`; a class decorator. **Raises:** ValueError when it is taken."""
    if definition.name in _known:
        raise ValueError(f"a mechanism named {definition.name!r} is registered already")
    _known[definition.name] = definition
    return definition


def mechanism(name: str) -> type[Mechanism]:
    """The mechanism of this name.

    **Raises:** KeyError that suggests the nearest name.

    >>> mechanism("hh").kind
    'density'
    """
    if name in _known:
        return _known[name]
    alike = {known.lower(): known for known in _known}
    near = get_close_matches(str(name).lower(), alike, n=1)
    hint = f"did you mean {alike[near[0]]!r}?" if near else f"there are {', '.join(sorted(_known))}"
    raise KeyError(f"no mechanism is named {name!r}; {hint}")


def names(kind: str | None = None) -> tuple[str, ...]:
    """The names of all mechanisms, or of those of one kind, `"density"` or `"point"`.

    >>> "pas" in names("density"), "pas" in names("point")
    (True, False)
    """
    return tuple(sorted(name for name, m in _known.items() if kind in (None, m.kind)))
