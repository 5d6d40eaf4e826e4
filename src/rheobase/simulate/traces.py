"""What a run has recorded so far: rows as they come, and frames of the whole cell."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.simulate.engine import Present
from rheobase.simulate.grid import Grid
from rheobase.simulate.interpolation import interpolated
from rheobase.simulate.results import Frames

_LONGEST = 8  # rows that a polynomial may reach back
_ROUNDING = 1e-12  # of a time


class Traces:
    """Samples as they come. Its arrays grow, so that nobody needs to know beforehand how many there will be.

    **Arguments:** `recordables`: how many values a sample has; `expected` samples, for which there is room at first.
    """

    def __init__(self, recordables: int, expected: int, precision: str) -> None:
        self.count = 0
        self._t: NDArray[np.float64] = np.empty(expected)
        self._values: NDArray[Any] = np.empty((recordables, expected), precision)
        self._orders: NDArray[np.int64] | None = None

    @property
    def t(self) -> NDArray[np.float64]:
        """When, ms, `(samples,)`."""
        return self._t[: self.count]

    @property
    def values(self) -> NDArray[Any]:
        """What, `(recordables, samples)`."""
        return self._values[:, : self.count]

    @property
    def orders(self) -> NDArray[np.int64] | None:
        """By which polynomial each sample is reached, `(samples,)`; None for straight lines."""
        return None if self._orders is None else self._orders[: self.count]

    def add(self, t: NDArray[np.float64], values: NDArray[Any], orders: NDArray[np.int64] | None = None) -> None:
        """Take in samples, `values` of them `(recordables, samples)`."""
        rows = slice(self.count, self.count + len(t))
        if rows.stop > len(self._t):
            self._grow(rows.stop)
        self._t[rows], self._values[:, rows] = t, values
        if orders is not None:
            if self._orders is None:
                self._orders = np.zeros(len(self._t), np.int64)
            self._orders[rows] = orders
        self.count = rows.stop

    def _grow(self, least: int) -> None:
        size = max(least, 2 * len(self._t))
        self._t = np.append(self.t, np.empty(size - self.count))
        room = np.empty((len(self._values), size - self.count), self._values.dtype)
        self._values = np.append(self.values, room, axis=1)
        if self._orders is not None:
            self._orders = np.append(self._orders[: self.count], np.zeros(size - self.count, np.int64))


class WantedTraces(Traces):
    """Samples at wanted times, of rows that come at others.

    **Arguments:** `wanted`: ms, rising.
    """

    def __init__(self, recordables: int, wanted: NDArray[np.float64], precision: str) -> None:
        super().__init__(recordables, len(wanted), precision)
        self._wanted, self._recordables = wanted, recordables
        self._latest: tuple[Any, Any, Any] | None = None

    def add(self, t: NDArray[np.float64], values: NDArray[Any], orders: NDArray[np.int64] | None = None) -> None:
        """Take in rows, and of these the samples that are wanted."""
        if not len(t):
            return
        if self._latest is not None:
            before_t, before_values, before_orders = self._latest
            t, values = np.append(before_t, t), np.append(before_values, values, axis=1)
            orders = None if orders is None or before_orders is None else np.append(before_orders, orders)
        due = int(np.searchsorted(self._wanted, t[-1] + _ROUNDING * max(1.0, t[-1]), side="right"))
        times = self._wanted[self.count : due]
        if len(times):
            super().add(times, interpolated(times, t, values, orders))
        kept = slice(max(0, len(t) - _LONGEST), None)
        self._latest = t[kept], values[:, kept], None if orders is None else orders[kept]


class Shots:
    """Collects frames of the whole cell, each at a wanted time or with the first sample after it.

    **Arguments:** `wanted`: when, ms, rising; `slack`: how much before it is in time.
    """

    def __init__(self, grid: Grid, wanted: NDArray[np.float64], slack: float) -> None:
        self._wanted, self._slack, self._node = wanted, slack, grid.node
        self._t: NDArray[np.float64] = np.empty(len(wanted))
        self._v = np.empty((len(wanted), grid.n_segments), np.float32)
        self._taken = 0
        self._next = 0

    @property
    def next(self) -> float:
        """When the next frame is wanted, ms; `inf` after the last."""
        return float(self._wanted[self._next]) if self._next < len(self._wanted) else np.inf

    def take(self, present: Present) -> None:
        """Take a frame if one is due."""
        due = int(np.searchsorted(self._wanted, present.t + self._slack, side="right"))
        if due > self._next:
            self._t[self._taken], self._v[self._taken] = present.t, np.asarray(present.state.v)[self._node]
            self._taken += 1
            self._next = due

    def frames(self) -> Frames | None:
        """Those taken; None when none were asked for."""
        return Frames(self._t[: self._taken], self._v[: self._taken]) if len(self._wanted) else None
