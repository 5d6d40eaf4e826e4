"""The grid told section by section: how long segments are, and whether nseg is what a rule asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rheobase.model.document import Document
from rheobase.model.grid import d_lambda_counts, d_X_counts, length_constants

if TYPE_CHECKING:
    import pandas as pd

AGREES, COARSER, FINER = "agrees", "coarser", "finer"


def audit_segments(document: Document, frequency: float, d_lambda: float, d_X: float | None) -> pd.DataFrame:
    """Hold the number of segments of every section against the d_lambda rule and, if `d_X` is given, the d_X rule.

    **Returns:** a row for each section, in document order, as `Cell.audit_segments` tells.
    """
    import pandas as pd

    specs = document.sections
    needed = d_lambda_counts(document, specs, d_lambda, frequency)
    if d_X is not None:
        needed = {name: max(needed[name], count) for name, count in d_X_counts(document, specs, d_X).items()}
    constants = length_constants(document, specs, frequency)
    rows = []
    for name, spec in specs.items():
        dx = spec.geometry.L / spec.nseg
        verdict = AGREES if spec.nseg == needed[name] else COARSER if spec.nseg < needed[name] else FINER
        rows.append((spec.nseg, needed[name], spec.geometry.L, dx, constants[name], dx / constants[name], verdict))
    columns = ["nseg", "needed", "L", "dx", "length_constant", "d_lambda", "verdict"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(list(specs), name="section", dtype=object))
