"""Ions: valence, concentrations and reversal potentials, with NEURON's defaults."""

from dataclasses import dataclass, field

import numpy as np

FARADAY = 96485.3321233100184
"""C/mol, 2019 SI."""

GAS_CONSTANT = 8.31446261815324
"""J/(mol K), 2019 SI."""

ZERO_CELSIUS = 273.15
"""K."""


@dataclass(frozen=True)
class Ion:
    """An ion species.

    **Fields:** `name`; `valence`, None where nobody states it; default `reversal` in mV; default concentrations
    `inside` and `outside` in mM.
    """

    name: str
    valence: float | None
    reversal: float
    inside: float
    outside: float


@dataclass(frozen=True)
class UseIon:
    """How a mechanism uses an ion.

    **Fields:** `name`; `reads` and `writes`, of `"reversal"`, `"inside"`, `"outside"` and `"current"`; the ion's
    `valence`, where the mechanism states it. What a mechanism writes besides its currents, its `initial`, `advance`,
    `currents` and `receive` return by the name `"ca.inside"`.
    """

    name: str
    reads: tuple[str, ...] = ("reversal",)
    writes: tuple[str, ...] = field(default=("current",))
    valence: float | None = None


def nernst(inside: float, outside: float, valence: float, celsius: float) -> float:
    """The Nernst potential in mV.

    `E = R T / (z F) ln(outside / inside)` (Nernst 1888).

    **Arguments:** concentrations in mM, temperature in degC.

    **Raises:** ValueError unless both concentrations are positive.

    >>> round(nernst(54.4, 140, 1, 6.3), 3)
    22.763
    """
    if not (inside > 0 and outside > 0):
        raise ValueError(
            f"a Nernst potential needs positive concentrations; inside is {inside:g} mM, outside {outside:g} mM"
        )
    return float(1e3 * GAS_CONSTANT * (celsius + ZERO_CELSIUS) / (valence * FARADAY) * np.log(outside / inside))


ION_DEFAULTS = {
    "na": Ion("na", 1, 50.0, 10.0, 140.0),
    "k": Ion("k", 1, -77.0, 54.4, 2.5),
    "ca": Ion("ca", 2, 132.4579341637009, 5e-5, 2.0),
}
"""NEURON 9's predefined ions."""


def ion_called(name: str) -> Ion:
    """The ion of a name: one of NEURON's, or another with NEURON's defaults for those that mechanisms invent.

    >>> ion_called("cl")
    Ion(name='cl', valence=None, reversal=0.0, inside=1.0, outside=1.0)
    """
    return ION_DEFAULTS.get(name) or Ion(name, None, 0.0, 1.0, 1.0)
