"""Delayed rectifiers: potassium channels that open with depolarisation and stay open."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.library.channel import Q10, Gate, Kinetics, PotassiumChannel, gbar, linoid, rates
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class SquidDelayedRectifier(PotassiumChannel):
    """Delayed rectifier of the squid axon: that of `hh`, by itself."""

    name = "kdr_hh"
    parameters = (gbar(0.036),)
    gates = (Gate("n", 4, Q10(3, 6.3)),)
    source = "Hodgkin and Huxley 1952, J Physiol 117:500, shifted to a rest of -65 mV"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"n": rates(0.01 * linoid(-(v + 55), 10), 0.125 * jnp.exp(-(v + 65) / 80))}


@register
class TraubDelayedRectifier(PotassiumChannel):
    """Delayed rectifier of hippocampal pyramidal cells, which many cortical models shift by `vt`."""

    name = "kdr_traub"
    parameters = (gbar(0.01), Parameter("vt", -63.0, "mV", doc="voltage that the rates are measured from"))
    gates = (Gate("n", 4, Q10(3, 36)),)
    source = "Traub and Miles 1991, Neuronal Networks of the Hippocampus, Cambridge University Press"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        x = v - p.vt
        return {"n": rates(0.032 * linoid(15 - x, 5), 0.5 * jnp.exp((10 - x) / 40))}


@register
class BazhenovDelayedRectifier(TraubDelayedRectifier):
    """Delayed rectifier of thalamic cells: Traub and Miles's, shifted to `vt` of -50 mV."""

    name = "kdr_bazhenov"
    parameters = (gbar(0.01), Parameter("vt", -50.0, "mV", doc="voltage that the rates are measured from"))
    source = "Bazhenov, Timofeev, Steriade and Sejnowski 2002, J Neurosci 22:8691"


@register
class MainenDelayedRectifier(PotassiumChannel):
    """Delayed rectifier of neocortical pyramidal cells."""

    name = "kdr_mainen"
    parameters = (gbar(0.02),)
    gates = (Gate("n", 1, Q10(2.3, 23)),)
    conductance_q10 = Q10(2.3, 23)
    source = "Mainen and Sejnowski 1996, Nature 382:363"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"n": rates(0.02 * linoid(-(v - 25), 9), 0.002 * linoid(v - 25, 9))}
