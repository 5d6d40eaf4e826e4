"""The classical plots of a run, in one view that follows the cell."""

from rheobase.widgets.plots.tool import Plots as Plots
