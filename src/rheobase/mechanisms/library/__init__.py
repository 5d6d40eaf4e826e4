"""The built-in mechanisms, one file a member or a family of channels; importing this registers them."""

from rheobase.mechanisms.library import (
    a_type as a_type,
    calcium_potassium as calcium_potassium,
    calcium_shells as calcium_shells,
    cation as cation,
    concentration as concentration,
    delayed_rectifier as delayed_rectifier,
    hcn as hcn,
    high_threshold_calcium as high_threshold_calcium,
    inward_rectifier as inward_rectifier,
    leak as leak,
    low_threshold_calcium as low_threshold_calcium,
    slow_potassium as slow_potassium,
    sodium as sodium,
)
from rheobase.mechanisms.library.alphasynapse import AlphaSynapse as AlphaSynapse
from rheobase.mechanisms.library.apcount import APCount as APCount
from rheobase.mechanisms.library.exp2syn import Exp2Syn as Exp2Syn
from rheobase.mechanisms.library.expsyn import ExpSyn as ExpSyn
from rheobase.mechanisms.library.hh import HodgkinHuxley as HodgkinHuxley
from rheobase.mechanisms.library.iclamp import IClamp as IClamp
from rheobase.mechanisms.library.netstim import NetStim as NetStim
from rheobase.mechanisms.library.pas import Passive as Passive
from rheobase.mechanisms.library.receptors import AMPA as AMPA, NMDA as NMDA, GABAa as GABAa, GABAb as GABAb
from rheobase.mechanisms.library.seclamp import SEClamp as SEClamp
from rheobase.mechanisms.library.vclamp import VClamp as VClamp
from rheobase.mechanisms.library.vecstim import VecStim as VecStim
