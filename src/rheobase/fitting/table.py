"""The optimisers there are, as a table."""

from typing import TYPE_CHECKING

from rheobase.fitting.optimisers import optimisers as every

if TYPE_CHECKING:
    import pandas as pd


def optimisers() -> "pd.DataFrame":
    """What `method` of `Fit.run` may be: one row an optimiser.

    **Returns:** columns `name`, `derivatives`, whether it needs them, `description`, `when` to use it, and `options`.

    >>> sorted(optimisers()["name"])[:4]
    ['adam', 'auto', 'bobyqa', 'cma_es']
    """
    import pandas as pd

    rows = [
        {
            "name": kind.name,
            "derivatives": kind.derivatives,
            "description": kind.description,
            "when": kind.when,
            "options": "; ".join(f"{name}: {told}" for name, told in kind.options.items()),
        }
        for kind in every()
    ]
    return pd.DataFrame(rows)
