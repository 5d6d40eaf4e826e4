"""The document of a fit: tables of frozen values with one change stream and one history."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from rheobase.documents import Change, Editable
from rheobase.fitting.functions import Function
from rheobase.fitting.values import Nested, Run, Tie, Vary

_TABLES = ("parameters", "ties", "runs", "functions", "fits")


class FitDocument(Editable):
    """What is varied, what follows, and what is held against data; every change goes through `edit`.

    **Attributes:** `parameters`, by name; `ties`, by target; `runs`, `functions` and `fits`, by name: dictionaries to
    be read.
    """

    _what = "fit"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.parameters: dict[str, Vary] = {}
        self.ties: dict[str, Tie] = {}
        self.runs: dict[str, Run] = {}
        self.functions: dict[str, Function] = {}
        self.fits: dict[str, Nested] = {}

    def content(self) -> tuple[Any, ...]:
        """Everything that makes two fits equal, besides the cell."""
        return (self.name, *(tuple(getattr(self, table).values()) for table in _TABLES))

    def put(self, path: tuple[str, ...], new: Any) -> None:
        """Within an edit, add a value at the end of its table, replace it in its place, or, with `None`, remove it."""
        if new is None and path[0] in _TABLES:
            keys = tuple(getattr(self, path[0]))
            # It goes from the end, so that taking this back puts it where it was.
            if path[1] in keys[:-1]:
                super().put(("order", path[0]), (*(key for key in keys if key != path[1]), path[1]))
        super().put(path, new)

    def put_in_place(self, table: str, old: str, key: str, new: Any) -> None:
        """Within an edit, put a value under another key in the place of the one at `old`."""
        order = tuple(key if each == old else each for each in getattr(self, table))
        self.put((table, key), new)
        if key != old:
            self.put((table, old), None)
            self.put(("order", table), order)

    def check_new(self, name: str) -> None:
        """Refuse a name that a run, a function or a fit has. **Raises:** ValueError."""
        if not str(name).strip():
            raise ValueError(f"name = {name!r}: give a name in text")
        for what, table in self._held():
            if name in table:
                raise ValueError(f"there is a {what} {name!r} already; choose another name, or remove it first")

    def numbered(self, name: str) -> str:
        """The name with the first number after it that makes it one that nothing has."""
        taken = {each for _, table in self._held() for each in table}
        return next(each for number in count(2) if (each := f"{name} ({number})") not in taken)

    def _held(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """What is held against data, which has one set of names."""
        return ("run", self.runs), ("function", self.functions), ("fit", self.fits)

    def _get(self, path: tuple[str, ...]) -> Any:
        if path == ("name",):
            return self.name
        if path[0] == "order":
            return tuple(getattr(self, path[1]))
        return getattr(self, path[0]).get(path[1])

    def _apply(self, change: Change) -> None:
        kind = change.path[0]
        if kind == "name":
            self.name = change.new
        elif kind == "order":
            table = getattr(self, change.path[1])
            setattr(self, change.path[1], {key: table[key] for key in change.new})
        elif change.new is None:
            del getattr(self, kind)[change.path[1]]
        else:
            getattr(self, kind)[change.path[1]] = change.new
        self.revision += 1
