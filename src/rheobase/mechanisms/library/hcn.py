"""HCN channels: cation channels that open with hyperpolarisation."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.library.channel import (
    Q10,
    CationChannel,
    Channel,
    Gate,
    Kinetics,
    boltzmann,
    gbar,
    linoid,
    rates,
)
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class RelayHCN(CationChannel):
    """H current of thalamic relay cells, at 35.5 degC."""

    name = "hcn_huguenard"
    parameters = (gbar(2e-5), Parameter("e", -43.0, "mV", doc="reversal potential"))
    gates = (Gate("m"),)
    source = "Huguenard and McCormick 1992, J Neurophysiol 68:1373"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        tau = 1 / (jnp.exp(-14.59 - 0.086 * v) + jnp.exp(-1.87 + 0.0701 * v))
        return {"m": (boltzmann(v, -75, -5.5), tau)}


@register
class PyramidalHCN(CationChannel):
    """H current of neocortical layer 5 pyramidal cells, at 34 degC."""

    name = "hcn_kole"
    parameters = (gbar(1e-5), Parameter("e", -45.0, "mV", doc="reversal potential"))
    gates = (Gate("m"),)
    source = "Kole, Hallermann and Stuart 2006, J Neurosci 26:1677"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"m": rates(0.00643 * linoid(v + 154.9, 11.9), 0.193 * jnp.exp(v / 33.1))}


@register
class CalciumRegulatedHCN(CationChannel):
    """H current of thalamic relay cells that calcium locks open: `c <-> o1`, `4 ca + p0 <-> p1`, `o1 + p1 <-> o2`."""

    name = "hcn_destexhe"
    parameters = (
        gbar(2e-5),
        Parameter("e", -40.0, "mV", doc="reversal potential"),
        Parameter("cac", 2e-3, "mM", minimum=1e-9, maximum=1e9, doc="calcium that binds half of the protein"),
        Parameter("pc", 0.01, "1", minimum=1e-9, maximum=1e9, doc="bound protein that locks half of the open channels"),
        Parameter("k2", 4e-4, "1/ms", minimum=1e-12, maximum=1e9, doc="rate at which the protein unbinds calcium"),
        Parameter("k4", 1e-3, "1/ms", minimum=1e-12, maximum=1e9, doc="rate at which a channel unlocks"),
        Parameter("ginc", 2.0, "1", minimum=0, maximum=1e9, doc="conductance of a locked channel to an open one's"),
    )
    gates = (Gate("o1"), Gate("o2"), Gate("p1"))
    ions = (UseIon("ca", reads=("inside",), writes=()),)
    source = "Destexhe, Bal, McCormick and Sejnowski 1996, J Neurophysiol 76:2049"

    @staticmethod
    def prepare(p: Any, celsius: Array) -> Mapping[str, Array]:
        return {"h_q10": _WARMTH.factor ** ((celsius - _WARMTH.reference) / 10)}

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"h": (boltzmann(v, -75, -5.5), 20 + 1000 / (jnp.exp((v + 71.5) / 14.2) + jnp.exp(-(v + 89) / 11.6)))}

    @classmethod
    def initial(cls, v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        ((steady, _),) = cls.gating(v, p, ions).values()
        binding = (ions.ca.inside / p.cac) ** 4
        p1 = binding / (1 + binding)
        o1 = steady / (1 + steady * p1 / p.pc)
        return {"o1": o1, "o2": o1 * p1 / p.pc, "p1": p1}

    @classmethod
    def derivative(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        ((steady, tau),) = cls.gating(v, p, ions).values()
        locking = p.k4 * (s.p1 / p.pc * s.o1 - s.o2)
        opening = (steady * (1 - s.o1 - s.o2) - (1 - steady) * s.o1) * p.h_q10 / tau
        binding = (ions.ca.inside / p.cac) ** 4
        return {"o1": opening - locking, "o2": locking, "p1": p.k2 * (binding * (1 - s.p1) - s.p1)}

    @classmethod
    def advance(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return super(Channel, cls).advance(v, s, p, ions, clock)  # its states move each other

    @classmethod
    def conductance(cls, v: Array, s: Any, p: Any, ions: Any) -> Array:
        return p.gbar * (s.o1 + p.ginc * s.o2)


_WARMTH = Q10(3, 36)
