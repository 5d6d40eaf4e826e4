"""The built-in mechanisms, one file a member; importing this registers them."""

from rheobase.mechanisms.library.alphasynapse import AlphaSynapse as AlphaSynapse
from rheobase.mechanisms.library.hh import HodgkinHuxley as HodgkinHuxley
from rheobase.mechanisms.library.iclamp import IClamp as IClamp
from rheobase.mechanisms.library.pas import Passive as Passive
from rheobase.mechanisms.library.seclamp import SEClamp as SEClamp
from rheobase.mechanisms.library.vclamp import VClamp as VClamp
