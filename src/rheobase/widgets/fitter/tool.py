"""The tool with which a model is fitted to data."""

from typing import Any

from rheobase.widgets.bundle import bundle
from rheobase.widgets.fitter.probing import ProbingTraits


class Fitter(ProbingTraits):
    """A fit in one view: the data and the model over them, the parameters, the search and what it found.

    Every change is an edit of the fit: it can be undone, and shows in `fit.to_code()`. *Run* searches on a thread of
    its own, so that the notebook goes on; *Pause* holds it, and parameters can be moved by hand. `best` is what was
    found.

    **Arguments:** `source`: an `rb.Fit`, or a `Cell`, of which a fit is begun.
    """

    _esm = bundle("plain.js")

    def __init__(self, source: Any, **traits: Any) -> None:
        super().__init__(source, component="fitter", **traits)
