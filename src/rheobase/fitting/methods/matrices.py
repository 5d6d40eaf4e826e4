"""Sparse matrices from samples to residuals."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sparse_matrix(entries: Floats, rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    """The matrix with some entries; those of one place add up."""
    from scipy.sparse import csr_array

    return csr_array((entries, (rows, columns)), shape=shape)


def interpolation(t: Floats, times: Floats, factor: Floats | float = 1.0) -> Any:
    """The matrix that takes values at `t` to `factor` times the values at `times`, on straight lines."""
    k = np.clip(np.searchsorted(t, times, side="right") - 1, 0, len(t) - 2)
    part = np.clip((times - t[k]) / (t[k + 1] - t[k]), 0.0, 1.0)
    part[np.abs(part) < 1e-9], part[np.abs(part - 1) < 1e-9] = 0.0, 1.0
    rows = np.arange(len(times))
    entries = np.concatenate([factor * (1 - part), factor * part])
    return sparse_matrix(entries, np.concatenate([rows, rows]), np.concatenate([k, k + 1]), (len(times), len(t)))
