"""Leaks of one ion: constant conductances at the ion's reversal potential."""

from collections.abc import Mapping
from typing import Any

from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register

CONDUCTANCE = Parameter("g", 1e-5, "S/cm2", minimum=0, maximum=1e9, doc="leak conductance")
SOURCE = "Hodgkin and Huxley 1952, J Physiol 117:500, a leak to each ion"


@register
class SodiumLeak(Mechanism):
    """Leak of sodium, `ina = g (v - ena)`."""

    name = "na_leak"
    parameters = (CONDUCTANCE,)
    ions = (UseIon("na"),)
    current_names = {"ina": "na"}
    source = SOURCE

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"ina": p.g * (v - ions.na.reversal)}


@register
class PotassiumLeak(Mechanism):
    """Leak of potassium, `ik = g (v - ek)`."""

    name = "k_leak"
    parameters = (CONDUCTANCE,)
    ions = (UseIon("k"),)
    current_names = {"ik": "k"}
    source = SOURCE

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"ik": p.g * (v - ions.k.reversal)}


@register
class ChlorideLeak(Mechanism):
    """Leak of chloride, `icl = g (v - ecl)`."""

    name = "cl_leak"
    parameters = (CONDUCTANCE,)
    ions = (UseIon("cl", valence=-1),)
    current_names = {"icl": "cl"}
    source = SOURCE

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"icl": p.g * (v - ions.cl.reversal)}
