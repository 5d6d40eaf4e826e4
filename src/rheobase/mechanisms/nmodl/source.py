"""The text of an NMODL file, and where in it something stands."""

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.syntax import Place

MAX_CHARACTERS = 1_000_000


@dataclass(slots=True)
class Source:
    """One text.

    **Fields:** `name`, what errors call it; `included`, whether another text reads it in; `folder`, where its INCLUDEs
    are looked for, or None.
    """

    text: str
    name: str = ""
    folder: Path | None = None
    included: bool = False
    _starts: list[int] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        if len(self.text) > MAX_CHARACTERS:
            raise NmodlError(
                f"the text has {len(self.text)} characters; a mechanism may have {MAX_CHARACTERS}", file=self.name
            )
        self.text = self.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        start = -1
        self._starts = [0]
        while (start := self.text.find("\n", start + 1)) >= 0:
            self._starts.append(start + 1)

    def place(self, offset: int) -> Place:
        """The line and column of a character."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1, self.name if self.included else "")

    def fail(self, offset: int, message: str, hint: str = "") -> NoReturn:
        """Raise the error of what stands at `offset`."""
        place = self.place(offset)
        raise NmodlError(message, place.line, place.column, hint, self.name)


def decode(data: bytes) -> str:
    """The text of a file's bytes: UTF-8, or Latin-1 as older files have it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
