"""Numbers read off a trace that move smoothly with it: each with its value and its slope by every sample.

What a landmark is (which sample is the highest, where a crossing lies) is chosen on the trace as it is and then stays,
so that the slope is that of the value between two such choices. A count of spikes has no slope; the time of each has.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Reading(NamedTuple):
    """A number and its slope: the derivative by sample `samples[k]` is `weight[k]`, by all others zero."""

    value: float
    samples: Ints
    weight: Floats

    def along(self, moves: Floats) -> Floats:
        """How the number moves when the trace moves by `moves`, `(..., samples)`."""
        moved: Floats = moves[..., self.samples] @ self.weight
        return moved


class Trace(NamedTuple):
    """What is read: times (ms), values, the voltage that a spike crosses, and when the first stimulus began (ms)."""

    t: Floats
    values: Floats
    level: float = -20.0
    onset: float = 0.0


class Unread(ValueError):
    """A trace does not have a landmark; the text says why."""


@dataclass(frozen=True)
class Landmark:
    """A number that can be read off a trace.

    **Fields:** `name`; `title`, for an axis; `unit`, in which `{}` is the unit of the trace; `spikes`, whether it is of
    spikes and so of voltages alone; `read`.
    """

    name: str
    title: str
    unit: str
    spikes: bool
    read: Callable[[Trace], Reading]


def _at(value: float, index: list[int], weight: list[float]) -> Reading:
    return Reading(float(value), np.array(index, np.int64), np.array(weight, float))


def _sum(value: float, parts: list[tuple[Reading, float]]) -> Reading:
    return Reading(
        float(value),
        np.concatenate([part.samples for part, _ in parts]),
        np.concatenate([factor * part.weight for part, factor in parts]),
    )


def _extreme(values: Floats, index: int) -> Reading:
    """The vertex of the parabola through a sample and its neighbours."""
    if not 0 < index < len(values) - 1:
        return _at(values[index], [index], [1.0])
    a, b, c = values[index - 1 : index + 2].tolist()
    bend = a - 2 * b + c
    if bend == 0:
        return _at(b, [index], [1.0])
    q = (a - c) / (2 * bend)  # where the vertex lies, in samples
    weight = [q * (q - 1) / 2, 1 - q * q, q * (q + 1) / 2]
    return _at(b - (a - c) ** 2 / (8 * bend), [index - 1, index, index + 1], weight)


def crossing(t: Floats, values: Floats, level: float, index: int) -> Reading:
    """The time at which the trace crosses a level between samples `index` and the next, by a straight line."""
    a, b = values[index], values[index + 1]
    dt, rise = t[index + 1] - t[index], b - a
    part = (level - a) / rise
    return _at(t[index] + part * dt, [index, index + 1], [dt * (part - 1) / rise, -dt * part / rise])


def crossings(values: Floats, level: float, *, rising: bool = True) -> Ints:
    """The samples after which a trace rises, or falls, through a level."""
    above = values >= level
    found: Ints = np.flatnonzero(above[1:] & ~above[:-1] if rising else above[:-1] & ~above[1:])
    return found


def _spike_times(trace: Trace, least: int) -> list[Reading]:
    found = crossings(trace.values, trace.level)
    if not len(found):
        raise Unread(f"there is no spike: nothing rises through {trace.level:g} mV")
    if len(found) < least:
        raise Unread("there is one spike only")
    return [crossing(trace.t, trace.values, trace.level, int(k)) for k in found]


def _first_spike(trace: Trace) -> Reading:
    return _spike_times(trace, 1)[0]


def _latency(trace: Trace) -> Reading:
    first = next((each for each in _spike_times(trace, 1) if each.value >= trace.onset), None)
    if first is None:
        raise Unread("there is no spike after the stimulus began")
    return first._replace(value=first.value - trace.onset)


def _last_spike(trace: Trace) -> Reading:
    return _spike_times(trace, 1)[-1]


def _interval(trace: Trace) -> Reading:
    first, second, *_ = _spike_times(trace, 2)
    return _sum(second.value - first.value, [(second, 1.0), (first, -1.0)])


def _rate(trace: Trace) -> Reading:
    times = _spike_times(trace, 2)
    intervals = len(times) - 1
    spanned = times[-1].value - times[0].value
    factor = -1000 * intervals / spanned**2
    return _sum(1000 * intervals / spanned, [(times[-1], factor), (times[0], -factor)])


def _falls(trace: Trace, after: int) -> int:
    down = crossings(trace.values, trace.level, rising=False)
    if not len(down) or down[-1] <= after:
        raise Unread("the first spike does not end")
    return int(down[down > after][0])


def _width(trace: Trace) -> Reading:
    up = _spike_times(trace, 1)[0]
    down = _falls(trace, up.samples[0])
    fall = crossing(trace.t, trace.values, trace.level, down)
    return _sum(fall.value - up.value, [(fall, 1.0), (up, -1.0)])


def _ahp(trace: Trace) -> Reading:
    up = [int(each.samples[0]) for each in _spike_times(trace, 1)]
    down = _falls(trace, up[0])
    end = up[1] if len(up) > 1 else len(trace.t) - 1
    return _extreme(trace.values, down + int(np.argmin(trace.values[down : end + 1])))


def _area_weights(t: Floats) -> Floats:
    gaps = np.diff(t)
    weights: Floats = np.zeros(len(t))
    weights[:-1] += gaps / 2
    weights[1:] += gaps / 2
    return weights


def _mean(trace: Trace) -> Reading:
    weights = _area_weights(trace.t) / (trace.t[-1] - trace.t[0])
    return Reading(float(weights @ trace.values), np.arange(len(weights)), weights)


def _area(trace: Trace) -> Reading:
    weights = _area_weights(trace.t)
    weights[0] -= trace.t[-1] - trace.t[0]
    return Reading(float(weights @ trace.values), np.arange(len(weights)), weights)


def _steady(trace: Trace) -> Reading:
    t = trace.t
    last = np.flatnonzero(t >= t[-1] - 0.1 * (t[-1] - t[0]))
    return Reading(float(trace.values[last].mean()), last, np.full(len(last), 1 / len(last)))


LANDMARKS: dict[str, Landmark] = {
    each.name: each
    for each in (
        Landmark("first_spike", "Time of the first spike", "ms", True, _first_spike),
        Landmark("latency", "First spike after the stimulus began", "ms", True, _latency),
        Landmark("last_spike", "Time of the last spike", "ms", True, _last_spike),
        Landmark("interval", "First interval between spikes", "ms", True, _interval),
        Landmark("rate", "Rate of firing", "Hz", True, _rate),
        Landmark("width", "Width of the first spike where it crosses", "ms", True, _width),
        Landmark("ahp", "Lowest value after the first spike", "{}", True, _ahp),
        Landmark("peak", "Peak", "{}", False, lambda x: _extreme(x.values, int(np.argmax(x.values)))),
        Landmark("trough", "Lowest value", "{}", False, lambda x: _extreme(x.values, int(np.argmin(x.values)))),
        Landmark("mean", "Mean", "{}", False, _mean),
        Landmark("steady", "Mean of the last tenth", "{}", False, _steady),
        Landmark("area", "Area over the first value", "{} ms", False, _area),
    )
}
"""Every landmark, by name."""


def landmark(name: str) -> Landmark:
    """The landmark of a name. **Raises:** KeyError with the names there are."""
    if name not in LANDMARKS:
        raise KeyError(f"there is no feature {name!r}; there are {', '.join(LANDMARKS)}")
    return LANDMARKS[name]
