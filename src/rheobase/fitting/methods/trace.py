"""The mean square difference from a trace, weighted by regions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.methods.matrices import interpolation
from rheobase.fitting.methods.method import Method, Sampling, register
from rheobase.fitting.trace import Trace, field_unit
from rheobase.fitting.values import Match

Floats = NDArray[np.float64]


class TraceMeasure:
    """The run at the data's own times, less the data; the weights sum to one."""

    smooth = True

    def __init__(self, match: Match, sampling: Sampling) -> None:
        target = checked_trace(match, sampling)
        alone = match.option("each_region", 0.0) > 0
        times, values, weights = weighted(target, match.regions, sampling, each_region=alone)
        self.count = len(times)
        self.weights = weights
        self._data = values
        self._factor = np.sqrt(weights) / match.scale
        self._at = interpolation(sampling.t, times)
        self._slopes = interpolation(sampling.t, times, self._factor)

    def residuals(self, values: Floats) -> Floats:
        """See `Measure`."""
        found: Floats = ((self._at @ values.T).T - self._data) * self._factor
        return found

    def slopes(self, values: Floats) -> Any:
        """See `Measure`."""
        return self._slopes

    def roughness(self, values: Floats) -> str:
        """See `Measure`."""
        return ""


def checked_trace(match: Match, sampling: Sampling) -> Trace:
    """The target, which has to be a trace in the unit of what is recorded. **Raises:** TypeError, ValueError."""
    target = match.target
    if not isinstance(target, Trace):
        raise TypeError(f"{sampling.label}: method {match.method!r} needs a Trace as its target")
    kept, _ = field_unit(sampling.unit or "1")
    if target.unit != kept:
        raise ValueError(
            f"{sampling.label}: the target is in {target.unit} and the model gives {sampling.unit or 'a pure number'}; "
            "give the trace's unit, or match something else"
        )
    return target


def weighted(
    target: Trace,
    regions: tuple[tuple[float, float, float], ...],
    sampling: Sampling,
    *,
    each_region: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """The samples of a target that count: times, values, and weights that sum to one.

    **Arguments:** `each_region`: whether a region's weight is that of all its samples together, and not of each.

    **Raises:** ValueError for a region without samples, and for a target that the run does not reach.
    """
    t, end = target.time, float(sampling.t[-1])
    within = (t >= -1e-9) & (t <= end + 1e-9)
    if not within.any():
        raise ValueError(
            f"{sampling.label}: the run lasts from 0 to {end:g} ms and the target from {t[0]:g} to {t[-1]:g} ms; "
            "shift the trace, or change tstop"
        )
    # Where samples are uneven each stands for the time about it.
    widths = np.gradient(t) if len(t) > 1 and not target.even else np.ones(len(t))
    density = np.zeros(len(t)) if regions else np.ones(len(t))
    for first, last, weight in regions:
        inside = within & (t >= first - 1e-9) & (t <= last + 1e-9)
        if not inside.any():
            raise ValueError(
                f"{sampling.label}: the region from {first:g} to {last:g} ms holds no sample of the target, which "
                f"spans {t[0]:g} to {t[-1]:g} ms in a run of {end:g} ms; widen it, or trim the target"
            )
        density[inside] += weight / widths[inside].sum() if each_region else weight
    used = within & (density > 0)
    weights = (density * widths)[used]
    return np.clip(t[used], 0.0, end), target.value[used], weights / weights.sum()


register(
    Method(
        "trace",
        "mean square difference from a trace, weighted by regions; with each_region=1 each is a mean by itself",
        {"each_region": 0.0},
        TraceMeasure,
    )
)
