"""The integrators there are, and which models each can run."""

from typing import TYPE_CHECKING

from rheobase.kernel import Integrator, integrator, integrators as every
from rheobase.simulate.assemble import Assembly

if TYPE_CHECKING:
    import pandas as pd


def integrators() -> "pd.DataFrame":
    """What `method` may be: one row an integrator.

    **Returns:** columns `name`; `order`, of one that changes its order the highest; `adaptive`, whether the error
    decides its steps; `stiff`, whether it is made for stiff models; `stability`, `description` and `when` to use it.

    >>> table = integrators().set_index("name")
    >>> int(table["order"]["crank_nicolson"]), table.index[table["adaptive"]].tolist()
    (2, ['adaptive', 'rk45'])
    """
    import pandas as pd

    rows = [
        {
            "name": each.name,
            "order": each.order,
            "adaptive": each.adaptive or each.subdivides,
            "stiff": each.stiff,
            "stability": each.stability,
            "description": each.description,
            "when": each.when,
        }
        for each in every()
    ]
    return pd.DataFrame(rows)


def refuse_unfit(assembly: Assembly, method: str) -> None:
    """Refuse a model that a method cannot run. **Raises:** ValueError that says why, and what to use instead."""
    chosen = integrator(method)
    if chosen.single and assembly.grid.count > 1:
        raise ValueError(
            f"method = {method!r} is for a single compartment, and this model has {_size_of(assembly)}: "
            f"use {_others(chosen)}"
        )
    if chosen.continuous:
        for mechanism in (plan.mechanism for plan in assembly.plans if not plan.mechanism.continuous):
            raise ValueError(
                f"{mechanism.name} cannot run under {method!r}: {mechanism.discrete}; use {_others(chosen)}"
            )


def _size_of(assembly: Assembly) -> str:
    segments, nodes = assembly.grid.n_segments, assembly.grid.count
    if segments > 1:
        return f"{segments} segments"
    count = nodes - segments
    return f"{count} point{'s' * (count > 1)} without membrane, the end of a section at which something is placed"


def _others(refused: Integrator) -> str:
    fit = [each.name for each in every() if not each.single and (refused.single or not each.continuous)]
    fit = [name for name in fit if name != refused.name]
    quoted = [repr(name) for name in fit]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
