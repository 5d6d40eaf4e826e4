"""Which engine a simulation runs on."""

from typing import TYPE_CHECKING

import numpy as np

from rheobase.simulate.adaptive import AdaptiveSteps
from rheobase.simulate.engine import Engine
from rheobase.simulate.fixed import FixedSteps

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation


def engine_for(simulation: "Simulation") -> Engine:
    """The engine of a simulation's method."""
    protocol = simulation.protocol
    if protocol.method == "adaptive":
        return AdaptiveSteps(
            simulation.assembly,
            simulation.recording,
            protocol.dt,
            simulation.precision,
            protocol.atol,
            protocol.rtol,
            simulation.atol_scale,
            np.inf if protocol.max_step is None else protocol.max_step,
        )
    return FixedSteps(
        simulation.assembly, simulation.recording, simulation.protocol.dt, simulation.every, simulation.precision
    )
