"""What a model is and does, asked of its document, its equations and its runs."""

from rheobase.analysis.dynamics.operating_point import (
    Hold as Hold,
    NoSteadyState as NoSteadyState,
    OperatingPoint as OperatingPoint,
    UnsteadyWarning as UnsteadyWarning,
)
from rheobase.analysis.dynamics.phase_plane import (
    FixedPoint as FixedPoint,
    PhasePlane as PhasePlane,
    phase_plane as phase_plane,
)
from rheobase.analysis.dynamics.steady import SteadyState as SteadyState, steady_state as steady_state
from rheobase.analysis.excitability.fi_curve import FICurve as FICurve, fi_curve as fi_curve
from rheobase.analysis.excitability.iv_curve import Carried as Carried, IVCurve as IVCurve, iv_curve as iv_curve
from rheobase.analysis.excitability.strength_duration import (
    Fit as Fit,
    StrengthDuration as StrengthDuration,
    Threshold as Threshold,
    chronaxie as chronaxie,
    rheobase as rheobase,
    strength_duration as strength_duration,
)
from rheobase.analysis.impedance.analyser import ImpedanceAnalyser as ImpedanceAnalyser, impedance as impedance
from rheobase.analysis.impedance.electrotonic import ElectrotonicTree as ElectrotonicTree
from rheobase.analysis.impedance.impedance import QUANTITIES as QUANTITIES, Impedance as Impedance
from rheobase.analysis.impedance.resonance import Resonance as Resonance
from rheobase.analysis.models.differences import (
    Difference as Difference,
    Differences as Differences,
    compare as compare,
)
from rheobase.analysis.models.overview import (
    Group as Group,
    Level as Level,
    Links as Links,
    Overview as Overview,
    Processes as Processes,
    Spread as Spread,
    overview as overview,
)
from rheobase.analysis.models.patch import membrane_patch as membrane_patch
from rheobase.analysis.parameters.family import (
    Family as Family,
    FamilyStudy as FamilyStudy,
    family as family,
    spaced as spaced,
)
from rheobase.analysis.parameters.sensitivity import (
    Sensitivity as Sensitivity,
    sensitivity as sensitivity,
)
from rheobase.analysis.parameters.sweep import Sweep as Sweep, sweep as sweep
from rheobase.analysis.precision.deviation import Deviation as Deviation, deviation as deviation
from rheobase.analysis.precision.recommendation import (
    Recommendation as Recommendation,
    Subject as Subject,
    WorkPoint as WorkPoint,
)
from rheobase.analysis.precision.tolerances import (
    StateScale as StateScale,
    StateScales as StateScales,
    rescaled as rescaled,
    state_scales as state_scales,
    steps_in_words as steps_in_words,
    steps_of as steps_of,
)
from rheobase.analysis.precision.work_precision import (
    WorkPrecision as WorkPrecision,
    WorkStudy as WorkStudy,
    work_precision as work_precision,
)
from rheobase.analysis.space.attenuation import Attenuation as Attenuation, attenuation as attenuation
from rheobase.analysis.space.plots import (
    ShapePlot as ShapePlot,
    SpacePlot as SpacePlot,
    shape_plot as shape_plot,
    space_plot as space_plot,
)
from rheobase.analysis.traces.currents import Currentscape as Currentscape, currentscape as currentscape
from rheobase.analysis.traces.features import Features as Features, feature_names as feature_names, features as features
from rheobase.analysis.traces.panels import Panels as Panels, panels as panels
from rheobase.analysis.traces.spikes import Spikes as Spikes, spikes as spikes
