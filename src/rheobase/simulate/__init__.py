"""Simulation: from a document through arrays to results."""

from rheobase.kernel import integrators as integrators
from rheobase.simulate.engine import Engine as Engine, Present as Present, Statistics as Statistics, Stretch as Stretch
from rheobase.simulate.live import LiveRunner as LiveRunner, Update as Update, Work as Work
from rheobase.simulate.results import Frames as Frames, Results as Results
from rheobase.simulate.sampling import (
    steps_a_sample as steps_a_sample,
    uneven_end as uneven_end,
    uneven_samples as uneven_samples,
)
from rheobase.simulate.simulation import (
    Cancelled as Cancelled,
    Progress as Progress,
    Simulation as Simulation,
    SimulationError as SimulationError,
    run as run,
)
from rheobase.simulate.standing import StandingRun as StandingRun, Task as Task
from rheobase.simulate.state_file import StateError as StateError
