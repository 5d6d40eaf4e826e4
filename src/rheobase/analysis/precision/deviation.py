"""How far one run of a model lies from another: in voltage, and in the times of its spikes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.words import brief
from rheobase.model import Recordable
from rheobase.simulate import Results

SPIKE_THRESHOLD = -20.0  # mV; crossed upwards, steeply, by every spike and by few other things


@dataclass(frozen=True)
class Deviation:
    """How far a run lies from a reference, over all voltages that both recorded.

    **Fields:**

    - `voltage`: mV, the largest difference at the run's own times.
    - `spike`: ms, the largest shift of a spike; NaN where nothing spikes, infinite where the numbers of spikes differ.
    - `spikes`, `expected`: how many spikes there are, and how many in the reference.

    >>> str(Deviation(voltage=0.3, spike=0.0042, spikes=3, expected=3))
    'spikes within 0.0042 ms, voltage within 0.3 mV'
    """

    voltage: float
    spike: float
    spikes: int
    expected: int

    def __str__(self) -> str:
        within = f"voltage within {brief(self.voltage)} mV"
        if self.spike == inf:
            return f"{self.spikes} spikes instead of {self.expected}"
        return within if np.isnan(self.spike) else f"spikes within {brief(self.spike)} ms, {within}"


def deviation(results: Results, reference: Results, threshold: float = SPIKE_THRESHOLD) -> Deviation:
    """Compare a run with a reference run of the same model.

    Between samples the voltage is an adaptive run's own polynomial, and a cubic spline of fixed steps, so that a fine
    reference adds no error of its own. A spike is where the voltage rises through `threshold` (mV).

    **Raises:** ValueError when they recorded no voltage in common, are too short or end at different times.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-70)
    >>> coarse, fine = (rb.run(cell, tstop=5, dt=dt) for dt in (0.1, 0.001))
    >>> deviation(coarse, fine).voltage < 0.1
    True
    """
    shared = voltages(results.recordables) & voltages(reference.recordables)
    if not shared:
        raise ValueError("the two runs recorded no voltage in common: record the same place in both")
    if min(len(results), len(reference)) < 2:
        raise ValueError("a run of a single sample cannot be compared: sample more often")
    ends = float(results.t[-1]), float(reference.t[-1])
    if abs(ends[0] - ends[1]) > 1e-6 * max(ends):
        raise ValueError(f"the runs end at {ends[0]:g} and {ends[1]:g} ms: give both the same tstop")
    off, shift, found, expected = 0.0, nan, 0, 0
    for place in shared:
        true, curve = _curve(reference, place), _curve(results, place)
        off = max(off, float(np.abs(results[place] - true(np.clip(results.t, 0, ends[1]))).max()))
        here = _crossings(results.t, results[place], curve, threshold)
        there = _crossings(reference.t, reference[place], true, threshold)
        found, expected = max(found, len(here)), max(expected, len(there))
        if len(here) != len(there):
            shift = inf
        elif len(here):
            shift = float(np.fmax(shift, np.abs(here - there).max()))
    return Deviation(off, shift, found, expected)


def voltages(recordables: Sequence[Recordable]) -> set[Recordable]:
    """Those of the recordables that are membrane potentials."""
    return {each for each in recordables if each.variable == "v" and each.x is not None}


def _curve(results: Results, place: Recordable) -> Callable[[Any], NDArray[Any]]:
    """The voltage at any time of a run."""
    if results.orders is not None:
        return lambda times: results.at(times)[place]
    from scipy.interpolate import CubicSpline

    return CubicSpline(results.t, results[place])


def _crossings(
    t: NDArray[Any], v: NDArray[Any], curve: Callable[[Any], NDArray[Any]], threshold: float
) -> NDArray[np.float64]:
    """When a voltage rises through the threshold, ms."""
    from scipy.optimize import brentq

    def above(time: float) -> float:
        return np.ravel(curve(time))[0] - threshold

    rising = np.flatnonzero((v[:-1] < threshold) & (v[1:] >= threshold) & (t[1:] > t[:-1]))
    return np.array([brentq(above, t[i], t[i + 1], xtol=1e-12) for i in rising])
