"""Mechanisms by name, and by what they are translated from."""

import warnings
from collections import deque
from collections.abc import Callable
from difflib import get_close_matches
from threading import RLock
from typing import NamedTuple, TypeVar
from weakref import WeakValueDictionary

from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.source import Source

M = TypeVar("M", bound=type[Mechanism])


class Translator(NamedTuple):
    """How sources of one kind become mechanisms.

    **Fields:** `compile` makes the class, whose `made_from` is the source; `program` gives a Python expression of
    which the value is the class, such as `rb.load_mod(text=..., name=...)`.
    """

    compile: Callable[[Source], type[Mechanism]]
    program: Callable[[Source], str]


_written: dict[str, type[Mechanism]] = {}
_loaded: dict[str, type[Mechanism]] = {}
_translators: dict[str, Translator] = {}
# Equal sources give the very same class, which compiled programs are known by, as long as anyone holds it.
_compiled: WeakValueDictionary[Source, type[Mechanism]] = WeakValueDictionary()
_recent: deque[type[Mechanism]] = deque(maxlen=1000)
_lock = RLock()


def register(definition: M) -> M:
    """Make a mechanism known by its `name`; a class decorator. **Raises:** ValueError when it is taken."""
    if definition.name in _written:
        raise ValueError(f"a mechanism named {definition.name!r} is registered already")
    _written[definition.name] = definition
    return definition


def register_loaded(definition: M, stacklevel: int = 3) -> M:
    """Make a mechanism that a user loaded known by its name.

    It replaces another of that name, built-in ones included, with a warning that says so. Cells that have the other
    keep it.
    """
    name = definition.name
    other = _loaded.get(name) or _written.get(name)
    if other is not None and other is not definition:
        what = "the one loaded before" if name in _loaded else "the built-in one"
        warnings.warn(
            f"the mechanism {name!r} that was just loaded replaces {what}; cells that have that one keep it",
            stacklevel=stacklevel,
        )
    _loaded[name] = definition
    return definition


def register_source_kind(kind: str, translator: Translator) -> None:
    """Say how sources of a kind become mechanisms. **Raises:** ValueError when the kind is taken."""
    if kind in _translators:
        raise ValueError(f"sources of kind {kind!r} have a translator already")
    _translators[kind] = translator


def compiled(source: Source) -> type[Mechanism]:
    """The class that a source makes; the identical one for equal sources.

    **Raises:** ValueError for a kind that no translator reads, and what the translator raises.
    """
    with _lock:
        found = _compiled.get(source)
        if found is None:
            found = _translator(source.kind).compile(source)
            _compiled[source] = found
            _recent.append(found)
        return found


def refill(definition: type[Mechanism], source: Source) -> type[Mechanism]:
    """Say that a class has become what another source makes, as when its empty tables were filled."""
    with _lock:
        if definition.made_from is not None:
            _compiled.pop(definition.made_from, None)
        definition.made_from = source
        _compiled[source] = definition
        return definition


def program_of(source: Source) -> str:
    """A Python expression of which the value is the class that a source makes, for programs that import `rb`."""
    return _translator(source.kind).program(source)


def mechanism(name: str) -> type[Mechanism]:
    """The mechanism of this name; one that was loaded stands before a built-in one.

    **Raises:** KeyError that suggests the nearest name.

    >>> mechanism("hh").kind
    'density'
    """
    if name in _loaded:
        return _loaded[name]
    if name in _written:
        return _written[name]
    raise _unknown(name)


def written(name: str) -> type[Mechanism]:
    """The mechanism of this name that a Python class defines, whatever was loaded. **Raises:** KeyError."""
    if name in _written:
        return _written[name]
    raise _unknown(name)


def names(kind: str | None = None) -> tuple[str, ...]:
    """The names of all mechanisms, or of those of one kind, `"density"`, `"point"` or `"artificial"`.

    >>> "pas" in names("density"), "pas" in names("point")
    (True, False)
    """
    return tuple(sorted(name for name, m in (_written | _loaded).items() if kind in (None, m.kind)))


def _translator(kind: str) -> Translator:
    if kind not in _translators:
        raise ValueError(f"{kind!r} is no kind of mechanism source; there are {', '.join(sorted(_translators))}")
    return _translators[kind]


def _unknown(name: object) -> KeyError:
    known = sorted({*_written, *_loaded})
    alike = {each.lower(): each for each in known}
    near = get_close_matches(str(name).lower(), alike, n=1)
    hint = f"did you mean {alike[near[0]]!r}?" if near else f"there are {', '.join(known)}"
    return KeyError(f"no mechanism is named {name!r}; {hint}")
