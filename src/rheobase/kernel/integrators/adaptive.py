"""The variable step: its formulas are in `kernel/bdf`, its run in `kernel/variable_step`."""

from rheobase.kernel.integrators.base import Integrator, register

ADAPTIVE = register(
    Integrator(
        "adaptive",
        5,
        "Backward differentiation formulas of order 1 to 5 whose step and order follow the estimated error; events are "
        "met exactly.",
        None,
        adaptive=True,
        stiff=True,
        continuous=True,
        stability="A-stable to order 2, stiffly stable to order 5",
        when="for spike times to a known accuracy, long quiet stretches, and models whose time scales lie far apart",
    )
)
