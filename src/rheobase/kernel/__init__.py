"""The simulation kernel: pure functions of arrays that know no names and no documents."""

from rheobase.kernel.events import Connections as Connections, Pending as Pending, Wiring as Wiring
from rheobase.kernel.integrators import (
    Integrator as Integrator,
    integrator as integrator,
    integrators as integrators,
    register as register,
    unregister as unregister,
)
from rheobase.kernel.integrators.explicit import moved as moved
from rheobase.kernel.ions import nernst as nernst
from rheobase.kernel.membrane import evaluate as evaluate
from rheobase.kernel.rates import Rates as Rates, rates as rates, shown as shown
from rheobase.kernel.replay import Schedule as Schedule, replayed as replayed
from rheobase.kernel.run import (
    BATCH_TILE as BATCH_TILE,
    CHUNK as CHUNK,
    advance as advance,
    initialise as initialise,
    trajectory as trajectory,
)
from rheobase.kernel.sizes import recurring_size as recurring_size
from rheobase.kernel.system import (
    Block as Block,
    Clock as Clock,
    Dynamics as Dynamics,
    IonField as IonField,
    Layout as Layout,
    Played as Played,
    Probes as Probes,
    Program as Program,
    Spread as Spread,
    State as State,
    System as System,
)
from rheobase.kernel.tree import Tree as Tree, breadth_first as breadth_first, solve as solve
from rheobase.kernel.unknowns import Unknowns as Unknowns, differential as differential, unknowns_of as unknowns_of
from rheobase.kernel.variable_step import (
    FINE as FINE,
    UNDERFLOW as UNDERFLOW,
    Memory as Memory,
    Tolerance as Tolerance,
    advance_variable as advance_variable,
    fresh_memory as fresh_memory,
)
