"""Sodium channels."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.library.channel import Q10, Gate, Kinetics, SodiumChannel, boltzmann, gbar, linoid, rates
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class SquidSodium(SodiumChannel):
    """Fast sodium current of the squid axon: that of `hh`, by itself."""

    name = "na_hh"
    parameters = (gbar(0.12),)
    gates = (Gate("m", 3, Q10(3, 6.3)), Gate("h", 1, Q10(3, 6.3)))
    source = "Hodgkin and Huxley 1952, J Physiol 117:500, shifted to a rest of -65 mV"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {
            "m": rates(0.1 * linoid(-(v + 40), 10), 4 * jnp.exp(-(v + 65) / 18)),
            "h": rates(0.07 * jnp.exp(-(v + 65) / 20), boltzmann(v, -35, 10)),
        }


@register
class TraubSodium(SodiumChannel):
    """Fast sodium current of hippocampal pyramidal cells, which many cortical models shift by `vt`."""

    name = "na_traub"
    parameters = (gbar(0.1), Parameter("vt", -63.0, "mV", doc="voltage that the rates are measured from"))
    gates = (Gate("m", 3, Q10(3, 36)), Gate("h", 1, Q10(3, 36)))
    source = "Traub and Miles 1991, Neuronal Networks of the Hippocampus, Cambridge University Press"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        x = v - p.vt
        return {
            "m": rates(0.32 * linoid(13 - x, 4), 0.28 * linoid(x - 40, 5)),
            "h": rates(0.128 * jnp.exp((17 - x) / 18), 4 * boltzmann(x, 40, 5)),
        }


@register
class BazhenovSodium(TraubSodium):
    """Fast sodium current of thalamic cells: Traub and Miles's, shifted to `vt` of -50 mV."""

    name = "na_bazhenov"
    parameters = (gbar(0.09), Parameter("vt", -50.0, "mV", doc="voltage that the rates are measured from"))
    source = "Bazhenov, Timofeev, Steriade and Sejnowski 2002, J Neurosci 22:8691"


@register
class MainenSodium(SodiumChannel):
    """Fast sodium current of neocortical pyramidal cells, its axon's shift included."""

    name = "na_mainen"
    parameters = (gbar(0.1), Parameter("shift", -5.0, "mV", doc="what is added to the voltage in all rates"))
    gates = (Gate("m", 3, Q10(2.3, 23)), Gate("h", 1, Q10(2.3, 23)))
    conductance_q10 = Q10(2.3, 23)
    source = "Mainen and Sejnowski 1996, Nature 382:363"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        x = v + p.shift
        _, h_tau = rates(0.024 * linoid(-(x + 50), 5), 0.0091 * linoid(x + 75, 5))
        return {
            "m": rates(0.182 * linoid(-(x + 35), 9), 0.124 * linoid(x + 35, 9)),
            "h": (boltzmann(x, -65, -6.2), h_tau),
        }


@register
class PersistentSodium(SodiumChannel):
    """Persistent sodium current of entorhinal stellate cells, as used in layer 5 pyramidal cells."""

    name = "nap_magistretti"
    parameters = (gbar(1e-5),)
    gates = (Gate("m", 3, Q10(2.3, 21)), Gate("h", 1, Q10(2.3, 21)))
    source = "Magistretti and Alonso 1999, J Gen Physiol 114:491; Hay et al. 2011, PLoS Comput Biol 7:e1002107"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        _, m_tau = rates(0.182 * linoid(-(v + 38), 6), 0.124 * linoid(v + 38, 6))
        _, h_tau = rates(2.88e-6 * linoid(v + 17, 4.63), 6.94e-6 * linoid(-(v + 64.4), 2.63))
        return {"m": (boltzmann(v, -52.6, 4.6), 6 * m_tau), "h": (boltzmann(v, -48.8, -10), h_tau)}
