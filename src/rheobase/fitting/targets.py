"""What the model says of a parameter that is to be varied: its unit, its limits, its own value."""

import warnings

import numpy as np

from rheobase.fitting.values import Vary
from rheobase.model.targets import target_of
from rheobase.simulate import Simulation
from rheobase.simulate.tangents import present_value

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


def check_limits(simulation: Simulation, made: Vary) -> None:
    """Refuse bounds out of the limits of the model. **Raises:** ValueError."""
    try:
        simulation.assembly.table.check(made.target, np.array([made.low, made.high]))
    except ValueError as error:
        raise ValueError(f"bounds of {made.name}: {error}") from None


def warn_of_start(simulation: Simulation, made: Vary) -> None:
    """Warn where the model's own value lies outside the bounds, and nothing else is said of the start."""
    own = float(np.mean(present_value(simulation, made.target)))
    if made.start is None and np.isfinite(own) and not made.low <= own <= made.high:
        warnings.warn(
            f"{made.name} = {own:g}, the model's own value, lies outside its bounds: the fit begins at "
            f"{min(max(own, made.low), made.high):g}; give start=... to begin elsewhere",
            stacklevel=3,
        )
