"""The outlines of somata as they stand in a file, of which the samples have only the discs that were made of them."""

from rheobase.morphology.readers.eutectic import outlines_of as eutectic_outlines
from rheobase.morphology.readers.neurolucida import outlines_of as neurolucida_outlines
from rheobase.morphology.samples import Floats, MorphologyError

_READERS = {"neurolucida": neurolucida_outlines, "eutectic": eutectic_outlines}


def outlines(text: str, format: str) -> tuple[Floats, ...]:  # noqa: A002
    """Give the outlines in a file that was read before, each (n, 3) um; none for formats that have no outlines.

    **Arguments:** `text` and `format` of the morphology that was read.

    >>> outlines("1 1 0 0 0 5 -1", "swc")
    ()
    """
    reader = _READERS.get(format)
    if reader is None:
        return ()
    try:
        return reader(text)
    except MorphologyError:  # Neurolucida's version 1 is of another grammar
        return ()
