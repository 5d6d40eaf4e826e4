"""Where a trace goes when a parameter changes, to first order: up and down, and at spikes to and fro in time.

On a steep upstroke a small shift in time is a large change in voltage, which no first-order change of the voltage can
draw. So time is moved first, by what the derivative says of each crossing, `dt = -dV / (dV/dt)`, and evenly between;
what then remains of the derivative moves the voltage. To first order both ways are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.parameters.landmarks import crossing, crossings

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_STRETCH = 2.0  # time drawn out or pressed together by more than this is no small change
_RISE = 40.0  # mV: nor is a voltage that moves by more, besides the shifts of spikes


@dataclass(frozen=True)
class Warp:
    """How moments of a trace move for a change of one unit: `shift`, ms, at `anchors`, ms; even in between.

    `spikes` are the times of the spikes and `moves` how each moves.
    """

    anchors: Floats
    shift: Floats
    spikes: Floats
    moves: Floats

    def at(self, t: Floats) -> Floats:
        """The shift at each moment."""
        found: Floats = np.interp(t, self.anchors, self.shift)
        return found


def warp_of(t: Floats, v: Floats, dv: Floats, level: float, edges: Sequence[float] = ()) -> Warp:
    """Tell how the spikes of a voltage move.

    **Arguments:** `v`, `dv`: mV and its derivative. `level`: mV, which a spike crosses. `edges`: ms, moments that stay
    where they are, as the beginning of a stimulus.
    """
    points = {float(t[0]): 0.0} | {float(edge): 0.0 for edge in edges if t[0] < edge < t[-1]}
    spikes, moves = [], []
    for rising in (True, False):
        for index in crossings(v, level, rising=rising):
            found = crossing(t, v, level, int(index))
            move = float(found.along(dv))
            points[found.value] = move
            if rising:
                spikes.append(found.value)
                moves.append(move)
    anchors = np.array(sorted(points))
    return Warp(anchors, np.array([points[a] for a in anchors.tolist()]), np.array(spikes), np.array(moves))


@dataclass(frozen=True, repr=False, eq=False)
class Band:
    """A trace, and where it goes when one parameter grows or falls by a part of its value, to first order.

    **Fields:**

    - `parameter`, `change`: 0.1 for ten per cent either way.
    - `t`: ms; `values`; `plus`, `minus`: with the parameter so much greater, and smaller.
    - `spikes`: ms; `shifts`: ms, of each for `+change`, to first order.
    - `holds_until`: ms. From there on the change is too large to be read off a derivative; infinite where it never is.
    """

    parameter: str
    change: float
    t: Floats
    values: Floats
    plus: Floats
    minus: Floats
    spikes: Floats
    shifts: Floats
    holds_until: float

    @property
    def low(self) -> Floats:
        """The lower edge."""
        return np.minimum(self.plus, self.minus)

    @property
    def high(self) -> Floats:
        """The upper edge."""
        return np.maximum(self.plus, self.minus)

    @property
    def remark(self) -> str:
        """How far the band can be trusted, in words; empty where nothing speaks against it."""
        if np.isinf(self.holds_until):
            return ""
        return (
            f"from {self.holds_until:.4g} ms on, {100 * self.change:g} % is too much for a derivative: spikes would "
            "move by as much as the time between them; look at a smaller change, or check with a run"
        )

    def to_dataframe(self) -> "pd.DataFrame":
        """The trace and both edges; the index is time in ms."""
        import pandas as pd

        columns = {"value": self.values, "plus": self.plus, "minus": self.minus}
        return pd.DataFrame(columns, index=pd.Index(self.t, name="t"))


def band_of(
    parameter: str, change: float, t: Floats, values: Floats, slope: Floats, warp: Warp | None, *, voltage: bool
) -> Band:
    """Make a band.

    **Arguments:** `slope`: the derivative by the logarithm of the parameter. `warp`: how moments move by the same;
    None where the trace has no spikes. `voltage`: whether the trace is one.
    """
    shift = np.zeros_like(t) if warp is None else warp.at(t)
    remaining = slope + np.gradient(values, t) * shift if warp is not None else slope
    spikes, moves = (np.empty(0), np.empty(0)) if warp is None else (warp.spikes, warp.moves)
    plus, minus = (_moved(t, values, shift, remaining, sign * change) for sign in (1, -1))
    until = np.inf if warp is None else _stretched(warp, change)
    if voltage:
        far = np.flatnonzero(np.abs(change * remaining) > _RISE)
        until = min(until, float(t[far[0]]) if len(far) else np.inf)
    return Band(parameter, change, t, values, plus, minus, spikes, change * moves, until)


def _moved(t: Floats, values: Floats, shift: Floats, remaining: Floats, by: float) -> Floats:
    # Moments that overtake one another are drawn together; the band says that it does not hold there.
    there = np.maximum.accumulate(t + by * shift)
    moved: Floats = np.interp(t, there, values + by * remaining)
    return moved


def _stretched(warp: Warp, change: float) -> float:
    """The first moment after which time would be stretched or pressed too far."""
    gaps = np.diff(warp.anchors)
    if not len(gaps):
        return np.inf
    stretch = 1 + change * np.abs(np.diff(warp.shift)) / gaps
    # Within a spike the two crossings may move apart by more than the little time between them.
    far = np.flatnonzero((stretch > _STRETCH) & (change * np.abs(np.diff(warp.shift)) > 0.2))
    return float(warp.anchors[far[0]]) if len(far) else np.inf
