"""Rheobase: a notebook laboratory for biophysical neuron models.

Importing it enables float64 in JAX for the process and keeps compiled programs between processes; set
`RHEOBASE_X64=0` or `RHEOBASE_CACHE=off` in the environment beforehand to decline either.
"""

from importlib.metadata import version

from rheobase.kernel.backend import configure

configure()

from rheobase.analysis import (  # noqa: E402  JAX is set up before anything makes an array
    Hold as Hold,
    NoSteadyState as NoSteadyState,
    UnsteadyWarning as UnsteadyWarning,
    attenuation as attenuation,
    chronaxie as chronaxie,
    compare as compare,
    currentscape as currentscape,
    family as family,
    feature_names as feature_names,
    features as features,
    fi_curve as fi_curve,
    impedance as impedance,
    iv_curve as iv_curve,
    membrane_patch as membrane_patch,
    overview as overview,
    panels as panels,
    phase_plane as phase_plane,
    rheobase as rheobase,
    sensitivity as sensitivity,
    shape_plot as shape_plot,
    space_plot as space_plot,
    spaced as spaced,
    spikes as spikes,
    steady_state as steady_state,
    strength_duration as strength_duration,
    sweep as sweep,
    work_precision as work_precision,
)
from rheobase.fitting import (  # noqa: E402
    Fit as Fit,
    Recording as Recording,
    StoreError as StoreError,
    Trace as Trace,
    closed_forms as closed_forms,
    optimisers as optimisers,
)
from rheobase.mechanisms import (  # noqa: E402
    AMPA as AMPA,
    NMDA as NMDA,
    AlphaSynapse as AlphaSynapse,
    APCount as APCount,
    ChannelSpec as ChannelSpec,
    Exp2Syn as Exp2Syn,
    ExpSyn as ExpSyn,
    GABAa as GABAa,
    GABAb as GABAb,
    IClamp as IClamp,
    NetStim as NetStim,
    NmodlError as NmodlError,
    SEClamp as SEClamp,
    VClamp as VClamp,
    VecStim as VecStim,
    channel_spec,
    function_table as function_table,
    load_mod as load_mod,
    load_mods as load_mods,
)
from rheobase.model import (  # noqa: E402
    Cell as Cell,
    Connection as Connection,
    Location as Location,
    Play as Play,
    Protocol as Protocol,
    Recordable as Recordable,
    along as along,
    boltzmann as boltzmann,
    connect as connect,
    exponential as exponential,
    linear as linear,
    load_cell as load_cell,
    step as step,
    table as table,
    where as where,
)
from rheobase.morphology import (  # noqa: E402
    Morphology as Morphology,
    MorphologyError as MorphologyError,
    load_morphology as load_morphology,
    neuromorpho as neuromorpho,
)
from rheobase.share import (  # noqa: E402
    Bundle as Bundle,
    BundleError as BundleError,
    ExchangeError as ExchangeError,
    export_neuroml as export_neuroml,
    export_neuron as export_neuron,
    from_neuron as from_neuron,
    load_bundle as load_bundle,
    load_parameters as load_parameters,
    save_bundle as save_bundle,
)
from rheobase.simulate import (  # noqa: E402
    Results as Results,
    Simulation as Simulation,
    SimulationError as SimulationError,
    run as run,
)
from rheobase.simulate.methods import integrators as integrators  # noqa: E402
from rheobase.widgets import (  # noqa: E402
    CellBuilder as CellBuilder,
    ChannelBuilder as ChannelBuilder,
    Clamps as Clamps,
    Import3D as Import3D,
    ModelView as ModelView,
    MorphologyViewer as MorphologyViewer,
    RunControl as RunControl,
    Session as Session,
    TracePlot as TracePlot,
    VariableTimeStep as VariableTimeStep,
    Workbench as Workbench,
)

channel = channel_spec  # rb.channel.Gate, rb.channel.Linoid, ...

__version__ = version("rheobase")
