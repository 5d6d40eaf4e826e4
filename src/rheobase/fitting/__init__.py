"""Fitting: data, what of a model may move, what it is held against, and the search for what fits."""

from rheobase.fitting.axes import Axes as Axes
from rheobase.fitting.best import Best as Best
from rheobase.fitting.fit import Fit as Fit
from rheobase.fitting.front import Front as Front
from rheobase.fitting.function import FitFunction as FitFunction
from rheobase.fitting.history import History as History
from rheobase.fitting.methods import methods as methods
from rheobase.fitting.nested import FitNested as FitNested
from rheobase.fitting.posterior import Posterior as Posterior
from rheobase.fitting.problem import Problem as Problem, RoughWarning as RoughWarning
from rheobase.fitting.profile import Profile as Profile
from rheobase.fitting.recording import Recording as Recording
from rheobase.fitting.run import FitRun as FitRun
from rheobase.fitting.search import Step as Step
from rheobase.fitting.shapes import closed_forms as closed_forms
from rheobase.fitting.store import StoreError as StoreError
from rheobase.fitting.study import FitStudy as FitStudy, Search as Search
from rheobase.fitting.table import optimisers as optimisers
from rheobase.fitting.trace import Trace as Trace
from rheobase.fitting.uncertainty import Uncertainty as Uncertainty
