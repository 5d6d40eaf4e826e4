"""Text files sent by the browser, in parts, because one long message would drop the connection."""

MOST_BYTES = 2_000_000
"""Of one mechanism's file. The longest published ones have a twentieth of it."""

_MOST_FILES = 8  # under way at a time
_LONGEST_NAME = 200


class Uploads:
    """Puts the parts of files together.

    **Arguments:** `most`, the bytes of the largest file that is taken; `what` such a file is, in words; `base64`,
    whether files come written so, four characters for three bytes.

    >>> uploads = Uploads()
    >>> uploads.take("a.mod", "NEURON {", 0, 2)
    >>> uploads.take("a.mod", " }", 1, 2)
    'NEURON { }'
    """

    def __init__(self, most: int = MOST_BYTES, what: str = "mechanism", *, base64: bool = False) -> None:
        self._most = most
        self._longest = 4 * -(-most // 3) if base64 else most
        self._what = what
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
        if sum(map(len, had)) + len(text) > self._longest:
            del self._parts[name]
            raise ValueError(f"{name!r} is longer than {self._most // 1_000_000} MB, which no {self._what} file is")
        had.append(text)
        while len(self._parts) > _MOST_FILES:
            del self._parts[next(iter(self._parts))]
        if len(had) < parts:
            return None
        return "".join(self._parts.pop(name))
