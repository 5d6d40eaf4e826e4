"""Text files sent by the browser, in parts, because one long message would drop the connection."""

MOST_BYTES = 2_000_000
"""Of one file. The longest published mechanisms have a twentieth of it."""

_MOST_FILES = 8  # under way at a time
_LONGEST_NAME = 200


class Uploads:
    """Puts the parts of text files together.

    >>> uploads = Uploads()
    >>> uploads.take("a.mod", "NEURON {", 0, 2)
    >>> uploads.take("a.mod", " }", 1, 2)
    'NEURON { }'
    """

    def __init__(self) -> None:
        self._parts: dict[str, list[str]] = {}

    def take(self, name: str, text: str, part: int, parts: int) -> str | None:
        """Take in one part; the whole text with the last, before that None.

        **Raises:** ValueError for a file that is too long, or parts that do not follow one another.
        """
        if not name or len(name) > _LONGEST_NAME:
            raise ValueError(f"a file's name has 1 to {_LONGEST_NAME} characters")
        if part == 0:
            self._parts[name] = []
        had = self._parts.get(name)
        if had is None or part != len(had) or not part < parts:
            raise ValueError(f"{name!r} arrived in disorder: choose the file again")
        if sum(len(each.encode()) for each in had) + len(text.encode()) > MOST_BYTES:
            del self._parts[name]
            raise ValueError(f"{name!r} is longer than {MOST_BYTES // 1_000_000} MB, which no mechanism file is")
        had.append(text)
        while len(self._parts) > _MOST_FILES:
            del self._parts[next(iter(self._parts))]
        if len(had) < parts:
            return None
        return "".join(self._parts.pop(name))
