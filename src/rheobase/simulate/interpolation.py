"""Values between samples, by polynomials of the order that each step had."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def interpolated(
    times: NDArray[np.float64],
    t: NDArray[np.float64],
    values: NDArray[Any],
    orders: NDArray[np.int64] | None = None,
) -> NDArray[Any]:
    """Traces at other times.

    Between samples `i - 1` and `i` stands the polynomial through samples `i - k` to `i`, with `k = orders[i]`. At an
    instant that has two samples, as where an event changed a state, the later one holds, of order 0.

    **Arguments:** `times` within `t`, which rises; `values`: `(traces, samples)`; without `orders`, straight lines.

    **Returns:** `(traces, times)`.
    """
    if orders is None:
        return np.stack([np.interp(times, t, row) for row in values])
    found = np.empty((len(values), len(times)), values.dtype)
    after = np.clip(np.searchsorted(t, times, side="right"), 1, len(t) - 1)
    order = np.minimum(orders[after], after)
    for k in np.unique(order):
        of_this = np.flatnonzero(order == k)
        rows = after[of_this, None] - np.arange(k, -1, -1)
        knots, x = t[rows], times[of_this]
        total = np.zeros((len(values), len(of_this)))
        for j in range(k + 1):
            others = np.delete(knots, j, axis=1)
            # No two samples of one instant are among them: orders grow by one at a time from that of the later one.
            weight = np.prod((x[:, None] - others) / (knots[:, j : j + 1] - others), axis=1)
            total += weight * values[:, rows[:, j]]
        found[:, of_this] = total
    return found
