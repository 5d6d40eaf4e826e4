"""Where a trace crosses a threshold upwards."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def crossings(t: Floats, v: NDArray[Any], threshold: float) -> tuple[Floats, NDArray[np.intp]]:
    """The times (ms) at which a trace crosses a threshold upwards, and the sample after each.

    >>> crossings(np.arange(4.0), np.array([-70.0, 30.0, -70.0, -70.0]), -20.0)
    (array([0.5]), array([1]))
    """
    above = v >= threshold
    after = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    low, high = v[after - 1], v[after]
    return t[after - 1] + (t[after] - t[after - 1]) * (threshold - low) / (high - low), after
