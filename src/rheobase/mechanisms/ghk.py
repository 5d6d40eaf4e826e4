"""Currents of ions that cross the membrane as charges in a constant field."""

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.exponential import expm1_ratio
from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS


def ghk_current(v: Array, inside: Array, outside: Array, valence: float, celsius: Array) -> Array:
    """The current of an ion through a membrane of permeability 1 cm/s, mA/cm2, outward positive.

    `i = z F (c_i f(-w) - c_o f(w))` with `w = z F v / (R T)` and `f(w) = w / (exp(w) - 1)`, continued through `w = 0`
    (Goldman 1943, J Gen Physiol 27:37; Hodgkin and Katz 1949, J Physiol 108:37).

    **Arguments:** `v` in mV, concentrations in mM, temperature in degC.

    >>> round(float(ghk_current(0.0, 1.0, 2.0, 2, 20.0)), 6)  # 2 F (1 - 2) mmol/l at 1 cm/s
    -192.970664
    """
    w = jnp.asarray(v) / thermal_voltage(valence, celsius)
    return 1e-3 * valence * FARADAY * (inside / expm1_ratio(-w) - outside / expm1_ratio(w))


def ghk_drive(v: Array, inside: Array, outside: Array, valence: float, celsius: Array) -> Array:
    """A driving force in mV of the shape of `ghk_current`, for channels whose size is told as a conductance.

    `R T / (z F) (c_i / c_o exp(w) - 1) f(w)`: at negative voltages it approaches `v`, as an ohmic current of the
    outside ions would.

    **Arguments:** as for `ghk_current`.
    """
    unit = thermal_voltage(valence, celsius)
    w = jnp.asarray(v) / unit
    return unit * (inside / outside / expm1_ratio(-w) - 1 / expm1_ratio(w))


def thermal_voltage(valence: float, celsius: Array) -> Array:
    """`R T / (z F)` in mV."""
    return 1e3 * GAS_CONSTANT * (celsius + ZERO_CELSIUS) / (valence * FARADAY)
