"""NMODL: published channels, synapses and pumps, read from their files and run as mechanisms."""

from rheobase.mechanisms.nmodl.error import NmodlError as NmodlError
from rheobase.mechanisms.nmodl.load import (
    function_table as function_table,
    load_mod as load_mod,
    load_mods as load_mods,
)
