"""Which place's value wins in each section, and which values it overrules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rheobase.model.document import Document
from rheobase.model.precedence import Resolved, sections_with
from rheobase.model.values import Assignment

if TYPE_CHECKING:
    import pandas as pd

CELL, DEFAULT = "the cell", "the default"  # with a space, so that no place has these names


def contest(document: Document, target: str) -> pd.DataFrame:
    """Tell for every section that has a target which place's value holds and which others would, were it not there.

    **Returns:** a row for each section, in document order, as `Cell.precedence` tells.
    """
    import pandas as pd

    resolved = Resolved(document, target)
    owner = resolved.target.mechanism
    present = sections_with(document, owner) if owner else document.sections.keys()
    names = [name for name in document.sections if name in present]
    rows = []
    for name in names:
        reaching = resolved.reaching(name)
        values = resolved.at(name)
        winner = reaching[0] if reaching else None
        rows.append(
            (
                len(values),
                "default" if winner is None else winner.scope,
                DEFAULT if winner is None else _place(winner),
                resolved.target.default if winner is None else winner.value,
                float(values.min()),
                float(values.max()),
                tuple(map(_place, reaching[1:])),
            )
        )
    columns = ["segments", "scope", "place", "value", "low", "high", "overruled"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(names, name="section", dtype=object))


def _place(assignment: Assignment) -> str:
    return CELL if assignment.scope == "cell" else assignment.place
