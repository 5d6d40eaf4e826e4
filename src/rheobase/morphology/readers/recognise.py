"""The reader that a file asks for, told by its contents."""

from rheobase.morphology.morphology import Morphology, MorphologyError
from rheobase.morphology.readers.source import MAX_BYTES, Source, read_text
from rheobase.morphology.readers.swc import parse_swc


def load_morphology(source: Source, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Morphology:
    """Read a morphology, recognising its format by what it holds and not by how it is called.

    **Arguments:** as `read_swc`.

    **Raises:** `MorphologyError` for other formats, by name, and as `read_swc` does.

    >>> load_morphology("1 1 0 0 0 5 -1").samples.diam
    array([10.])
    """
    text, found = read_text(source, max_bytes)
    start = text.lstrip("\ufeff \t\r\n")[:200]
    if start.startswith("<"):
        kind = "XML (NeuroML or MorphML?)"
    elif start.startswith(("(", ";")):
        kind = "Neurolucida"
    elif start.startswith("{"):
        kind = "JSON"
    else:
        return parse_swc(text, name or found)
    raise MorphologyError(
        f"this looks like {kind}, which is not read as a morphology", line=1, hint="convert it to SWC"
    )
