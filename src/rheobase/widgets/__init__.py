"""Notebook tools on a cell. They edit the document and show runs; they hold no numerics."""

from rheobase.widgets.cell_builder import CellBuilder as CellBuilder
from rheobase.widgets.channel_builder import ChannelBuilder as ChannelBuilder
from rheobase.widgets.clamps import Clamps as Clamps
from rheobase.widgets.fitter import Fitter as Fitter
from rheobase.widgets.impedance import Impedance as Impedance
from rheobase.widgets.import3d import Import3D as Import3D
from rheobase.widgets.model_view import ModelView as ModelView
from rheobase.widgets.plots import Plots as Plots
from rheobase.widgets.run_control import RunControl as RunControl
from rheobase.widgets.sensitivity import Sensitivity as Sensitivity
from rheobase.widgets.session import Session as Session
from rheobase.widgets.traces import TracePlot as TracePlot
from rheobase.widgets.variable_time_step import VariableTimeStep as VariableTimeStep
from rheobase.widgets.viewer import MorphologyViewer as MorphologyViewer, ViewerTraits as ViewerTraits
from rheobase.widgets.workbench import Workbench as Workbench
