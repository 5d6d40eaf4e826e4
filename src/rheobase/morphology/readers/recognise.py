"""The reader that a file asks for, told by its contents."""

import re
from collections.abc import Callable

from rheobase.morphology.morphology import Morphology, MorphologyError
from rheobase.morphology.readers.eutectic import CODES, parse_eutectic
from rheobase.morphology.readers.neurolucida import parse_neurolucida
from rheobase.morphology.readers.neurolucida1 import parse_neurolucida1
from rheobase.morphology.readers.neuroml import parse_neuroml
from rheobase.morphology.readers.source import MAX_BYTES, Source, read_text, text_lines
from rheobase.morphology.readers.swc import parse_swc

_LINES = 1000  # looked at; headers are shorter
_WIDTH = 300  # of a line that is looked at
# What the first telling line begins with, format by format. A number may stand without digits before its point.
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_READERS: tuple[tuple[re.Pattern[str], Callable[[str, str], Morphology]], ...] = (
    (re.compile(r"\s*(?:\(|;\s*V3)"), parse_neurolucida),
    (re.compile(r"\s*\[\s*\d+\s*,\s*\d+\s*\]\s*\("), parse_neurolucida1),
    (re.compile(rf"\s*\d+\s+(?:{'|'.join(CODES)})\s", re.IGNORECASE), parse_eutectic),
    (re.compile(rf"\s*{_NUMBER}(?:[\s,;]+{_NUMBER}){{6}}"), parse_swc),
)


def load_morphology(source: Source, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Morphology:
    """Read a morphology, recognising its format by what it holds and not by how it is called.

    SWC, Neurolucida of versions 1 and 3, Eutectic, and NeuroML of versions 1 and 2 are read.

    **Arguments:** as `read_swc`.

    **Raises:** `MorphologyError` for other formats, and as the reader of each format does.

    >>> load_morphology("1 1 0 0 0 5 -1").samples.diam
    array([10.])
    """
    text, found = read_text(source, max_bytes)
    return _reader(text)(text, name or found)


def _reader(text: str) -> Callable[[str, str], Morphology]:
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start == "<":
        return parse_neuroml
    if start == "{":
        raise MorphologyError(
            "this looks like JSON, which is not read as a morphology",
            line=1,
            hint="a cell that Rheobase saved is read with load_cell",
        )
    for line in text_lines(text)[:_LINES]:
        for pattern, reader in _READERS:
            if pattern.match(line[:_WIDTH]):
                return reader
    return parse_swc  # which tells what is wrong with its first line
