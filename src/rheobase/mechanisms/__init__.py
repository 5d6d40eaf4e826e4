"""Mechanisms: channels, clamps and synapses, all of one interface whatever their source."""

from rheobase.mechanisms.channel_spec import ChannelSpec as ChannelSpec
from rheobase.mechanisms.ions import ION_DEFAULTS as ION_DEFAULTS, Ion as Ion, UseIon as UseIon, nernst as nernst
from rheobase.mechanisms.library import (
    AMPA as AMPA,
    NMDA as NMDA,
    AlphaSynapse as AlphaSynapse,
    APCount as APCount,
    Exp2Syn as Exp2Syn,
    ExpSyn as ExpSyn,
    GABAa as GABAa,
    GABAb as GABAb,
    IClamp as IClamp,
    NetStim as NetStim,
    SEClamp as SEClamp,
    VClamp as VClamp,
    VecStim as VecStim,
)
from rheobase.mechanisms.mechanism import Mechanism as Mechanism, PointProcess as PointProcess
from rheobase.mechanisms.nmodl import (
    NmodlError as NmodlError,
    function_table as function_table,
    load_mod as load_mod,
    load_mods as load_mods,
)
from rheobase.mechanisms.parameter import Parameter as Parameter
from rheobase.mechanisms.registry import (
    Translator as Translator,
    compiled as compiled,
    mechanism as mechanism,
    names as names,
    program_of as program_of,
    register as register,
    register_loaded as register_loaded,
    register_source_kind as register_source_kind,
    written as written,
)
from rheobase.mechanisms.scheme import Scheme as Scheme
from rheobase.mechanisms.source import Source as Source
