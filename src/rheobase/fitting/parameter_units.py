"""The unit of a parameter of a model, so that bounds may be given in another."""

from rheobase.model.targets import target_of
from rheobase.simulate import Simulation

_OF_RUNS = {"celsius": "degC", "v_init": "mV"}


def parameter_unit(simulation: Simulation, name: str) -> str:
    """The unit of a parameter, `"1"` for a pure number and for the coefficients of a profile.

    **Raises:** KeyError for a name that means nothing to the model.
    """
    if name in _OF_RUNS:
        return _OF_RUNS[name]
    table = simulation.assembly.table
    if name in table.shared:
        return table.shared[name].unit or "1"
    owner, _, parameter = name.rpartition(".")
    for plan in simulation.assembly.plans:
        if owner in plan.names:
            return next((p.unit for p in plan.mechanism.parameters if p.name == parameter), "1") or "1"
    target = name.partition(".")[2]
    if target in ("L", "diam"):
        return "um"
    if target in table.columns:
        return target_of(simulation.cell.document, target).unit or "1"
    return "1"
