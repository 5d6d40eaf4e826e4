"""The frequency to which a cell answers most."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rheobase.model import Location

if TYPE_CHECKING:
    from rheobase.analysis.impedance.impedance import Impedance

Magnitude: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_COARSE, _FINE = 128, 32
_ZOOMS = 6
_LOWEST, _HIGHEST = 0.01, 1e4  # Hz
_LOG_STEP = np.log(_HIGHEST / _LOWEST) / (_COARSE - 1)


@dataclass(frozen=True)
class Resonance:
    """Where an impedance is largest (Hutcheon and Yarom 2000, Trends Neurosci 23:216).

    **Fields:**

    - `frequency`: Hz; 0 where the impedance only falls with frequency.
    - `impedance`: megohm, its magnitude there; `at_zero`: that for a steady current.
    - `q`: their ratio; 1 where there is no resonance.
    - `band`: Hz, where the magnitude falls to 0.707 of its peak; from 0 where it does not fall so far below it.
    """

    frequency: float
    impedance: float
    at_zero: float
    q: float
    band: tuple[float, float]

    def __str__(self) -> str:
        if not self.frequency:
            return f"no resonance; {self.at_zero:.4g} MΩ for a steady current, half the power at {self.band[1]:.4g} Hz"
        return f"{self.frequency:.4g} Hz: {self.impedance:.4g} MΩ, {self.q:.4g} times that for a steady current"


def resonance(z: "Impedance", loc: Location | None = None) -> Resonance:
    """Find where the input impedance at the electrode, or the transfer to a place, is largest."""

    def magnitude(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        there = z.at_frequencies(frequencies)
        return np.abs(there.input() if loc is None else there.transfer(loc))

    frequencies = np.concatenate([[0.0], np.geomspace(_LOWEST, _HIGHEST, _COARSE - 1)])
    values = magnitude(frequencies)
    at_zero, k = float(values[0]), int(np.argmax(values))
    if k <= 1:
        peak, height = 0.0, at_zero
    else:
        peak, height = _peak(magnitude, float(frequencies[k]))
    limit = height / np.sqrt(2)
    above = np.flatnonzero((frequencies > peak) & (values < limit))
    below = np.flatnonzero((frequencies < peak) & (values < limit))
    upper = _crossing(magnitude, frequencies[above[0] - 1], frequencies[above[0]], limit) if len(above) else np.inf
    lower = _crossing(magnitude, frequencies[below[-1]], frequencies[below[-1] + 1], limit) if len(below) else 0.0
    return Resonance(peak, height, at_zero, height / at_zero, (lower, upper))


def _peak(magnitude: Magnitude, near: float) -> tuple[float, float]:
    """The largest value about a frequency, by looking ever closer."""
    width = _LOG_STEP
    for _ in range(_ZOOMS):
        grid = near * np.exp(np.linspace(-width, width, _FINE))
        values = magnitude(grid)
        k = int(np.argmax(values))
        near, width = float(grid[k]), 2.5 * width / _FINE
    return near, float(values[k])


def _crossing(magnitude: Magnitude, low: float, high: float, limit: float) -> float:
    """Where the magnitude passes a limit between two frequencies."""
    rising = float(magnitude(np.array([low]))[0]) < limit
    for _ in range(_ZOOMS - 1):
        grid = np.linspace(low, high, _FINE)
        beyond = np.flatnonzero((magnitude(grid) < limit) != rising)
        k = int(beyond[0]) if len(beyond) else _FINE - 1
        low, high = float(grid[max(k - 1, 0)]), float(grid[k])
    return (low + high) / 2
