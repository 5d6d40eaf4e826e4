"""The tool with which time steps are chosen."""

from typing import Any

from rheobase.model import Protocol
from rheobase.simulate import Simulation
from rheobase.widgets.bundle import bundle
from rheobase.widgets.variable_time_step.study import StudyTraits


class VariableTimeStep(StudyTraits):
    """The choice of time steps: the integrator, its step or tolerances, and what that did to accuracy and cost.

    The voltage stands over the length and the order of every step. *Analysis Run* fills a table of the types of
    state, and *Rescale* gives each a tolerance of its own size. *Measure* runs every integrator over a ladder of
    settings and recommends one. `protocol` has the settings, `work_precision` what was measured.

    **Arguments:**

    - `source`: a `Cell` or a `Simulation`, or a widget or `Session` on a cell.
    - `protocol`: the settings, further stimuli and recordings to begin with.
    - `live`: whether every change runs the cell anew.
    """

    _esm = bundle("plain.js")

    def __init__(self, source: Any, protocol: Protocol | None = None, *, live: bool = True, **traits: Any) -> None:
        super().__init__(source, protocol, live=live, component="variable_time_step", **traits)
        if live and self.session.picture is None:
            self.session.request()

    def simulation(self) -> Simulation:
        """The cell under these settings, to be run in code."""
        return self.session.maker()()
