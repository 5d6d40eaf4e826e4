"""How a cell's time steps are chosen: which integrator, how exactly, and what that costs."""

from rheobase.widgets.variable_time_step.tool import VariableTimeStep as VariableTimeStep
