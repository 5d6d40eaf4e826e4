"""Calcium channels that open high above rest: of types L, N, P/Q and R."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.ghk import ghk_drive
from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.library.channel import (
    Q10,
    CalciumChannel,
    CalciumPermeability,
    Channel,
    Gate,
    Kinetics,
    boltzmann,
    gbar,
    linoid,
    pbar,
    rates,
)
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register


@register
class CorticalHighThreshold(CalciumChannel):
    """High-threshold calcium current of neocortical pyramidal cells, not parted into types."""

    name = "cahva_reuveni"
    parameters = (gbar(1e-4),)
    gates = (Gate("m", 2, Q10(2.3, 23)), Gate("h", 1, Q10(2.3, 23)))
    source = "Reuveni, Friedman, Amitai and Gutnick 1993, J Neurosci 13:4609"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {
            "m": rates(0.055 * linoid(-(v + 27), 3.8), 0.94 * jnp.exp(-(v + 75) / 17)),
            "h": rates(0.000457 * jnp.exp(-(v + 13) / 50), 0.0065 * boltzmann(v, -15, 28)),
        }


@register
class RelayLCalcium(CalciumPermeability):
    """L current of thalamic relay cells, with the rates of hippocampal ones at 21 degC."""

    name = "cal_mccormick"
    parameters = (pbar(8e-5),)
    gates = (Gate("m", 2, Q10(3, 21)),)
    source = "McCormick and Huguenard 1992, J Neurophysiol 68:1384, with its authors' erratum"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"m": rates(1.6 * boltzmann(v, -5, 1 / 0.072), 0.02 * linoid(v - 1.31, 5.36))}


@register
class InterneuronLCalcium(CalciumChannel):
    """L current of olfactory bulb interneurons, with no temperature of its own."""

    name = "cal_inoue"
    parameters = (gbar(5e-4),)
    gates = (Gate("m", 2), Gate("h"))
    source = (
        "Inoue and Strowbridge 2008, J Neurophysiol 99:187, as in Li, Henriquez and Frohlich 2017, "
        "PLoS Comput Biol 13:e1005797"
    )

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {
            "m": (boltzmann(v, -10, 4), 0.4 + 0.35 / jnp.cosh((v + 5) / 15)),
            "h": (boltzmann(v, -25, -2), 300 + 50 / jnp.cosh((v + 40) / 9.5)),
        }


class HippocampalCalcium(Channel):
    """A calcium channel that inside calcium closes, `ki / (ki + ca)`, with a conductance and a GHK driving force."""

    ions = (UseIon("ca", reads=("inside", "outside")),)
    current_names = {"ica": "ca"}

    @staticmethod
    def drive(v: Array, p: Any, ions: Any) -> Array:
        return ghk_drive(v, ions.ca.inside, ions.ca.outside, 2, p.celsius)

    @classmethod
    def conductance(cls, v: Array, s: Any, p: Any, ions: Any) -> Array:
        return super().conductance(v, s, p, ions) * p.ki / (p.ki + ions.ca.inside)


KI = Parameter("ki", 1e-3, "mM", minimum=1e-9, maximum=1e9, doc="calcium that closes half of the channels")


@register
class HippocampalLCalcium(HippocampalCalcium):
    """L current of hippocampal pyramidal cells."""

    name = "cal_jaffe"
    parameters = (gbar(3e-3), KI)
    gates = (Gate("m", 2),)
    source = "Jaffe, Ross, Lisman, Lasser-Ross, Miyakawa and Johnston 1994, J Neurophysiol 71:1065"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"m": rates(15.69 * linoid(-(v - 81.5), 10), 0.29 * jnp.exp(-v / 10.86))}


@register
class HippocampalNCalcium(HippocampalCalcium):
    """N current of hippocampal pyramidal cells."""

    name = "can_jaffe"
    parameters = (gbar(3e-4), KI)
    gates = (Gate("m", 2), Gate("h"))
    source = "Jaffe, Ross, Lisman, Lasser-Ross, Miyakawa and Johnston 1994, J Neurophysiol 71:1065"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {
            "m": rates(0.1967 * linoid(-(v - 19.88), 10), 0.046 * jnp.exp(-v / 20.73)),
            "h": rates(1.6e-4 * jnp.exp(-v / 48.4), boltzmann(v, 39, 10)),
        }


@register
class PurkinjePCalcium(CalciumChannel):
    """P current of cerebellar Purkinje cells, with slow inactivation."""

    name = "cap_deschutter"
    parameters = (gbar(4.5e-3),)
    gates = (Gate("m", 1, Q10(3, 37)), Gate("h", 1, Q10(3, 37)))
    source = "De Schutter and Bower 1994, J Neurophysiol 71:375"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {
            "m": rates(8.5 * boltzmann(v, 8, 12.5), 35 * boltzmann(v, -74, -14.5)),
            "h": rates(0.0015 * boltzmann(v, -29, -8), 0.0055 * boltzmann(v, -23, 8)),
        }


@register
class PurkinjePQCalcium(CalciumPermeability):
    """P/Q current of cerebellar Purkinje cells, of Cav2.1 channels."""

    name = "capq_anwar"
    parameters = (pbar(2.2e-4),)
    gates = (Gate("m", 3, Q10(3, 23)),)
    source = "Anwar, Hong and De Schutter 2012, Cerebellum 11:681; data of Swensen and Bean 2005, J Neurosci 25:3509"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        peak = 0.2702 + 1.1622 * jnp.exp(-((v + 26.798) ** 2) / 164.19)
        tau = jnp.where(v < -40, 0.6923 * jnp.exp(v / 1089.372), peak)
        return {"m": (boltzmann(v, -29.458, 8.429), tau)}


@register
class DendriticRCalcium(CalciumChannel):
    """R current of the dendrites of hippocampal pyramidal cells."""

    name = "car_poirazi"
    parameters = (gbar(3e-4),)
    gates = (Gate("m", 3), Gate("h"))
    source = "Poirazi, Brannon and Mel 2003, Neuron 37:977; Magee and Johnston 1995, J Physiol 487:67"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        return {"m": (boltzmann(v, -48.5, 3), 50.0), "h": (boltzmann(v, -53, -1), 5.0)}
