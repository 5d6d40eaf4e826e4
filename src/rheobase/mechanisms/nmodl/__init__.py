"""NMODL: published channels, synapses and pumps, read from their files and run as mechanisms."""

from rheobase.mechanisms.nmodl.error import NmodlError as NmodlError
