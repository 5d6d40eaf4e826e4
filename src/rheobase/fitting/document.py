"""The document of a fit: tables of frozen values with one change stream and one history."""

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
