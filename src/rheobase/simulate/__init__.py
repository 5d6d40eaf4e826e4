"""Simulation: from a document through arrays to results."""

from rheobase.kernel import integrators as integrators
from rheobase.simulate.engine import Engine as Engine, Present as Present, Statistics as Statistics, Stretch as Stretch
from rheobase.simulate.live import LiveRunner as LiveRunner, Update as Update, Work as Work
from rheobase.simulate.results import Frames as Frames, Results as Results
from rheobase.simulate.simulation import (
    Cancelled as Cancelled,
    Progress as Progress,
    Simulation as Simulation,
    SimulationError as SimulationError,
    run as run,
)
