"""Functions given as tables."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np


def interpolation(table: tuple[tuple[float, ...], ...]) -> Callable[..., Any]:
    """Straight lines between the points of a table, its end values outside; over several arguments multilinear.

    **Arguments:** the points of each argument, then the values, the last argument moving fastest.

    >>> float(interpolation(((0.0, 1.0), (3.0, 5.0)))(0.25))
    3.5
    """
    *axes, flat = table
    points = [np.asarray(axis) for axis in axes]
    values = np.asarray(flat).reshape(tuple(len(axis) for axis in axes))

    def function(*arguments: Any) -> Any:
        result: Any = 0.0
        cells = [_cell(axis, x) for axis, x in zip(points, arguments, strict=True)]
        for corner in np.ndindex(*(2,) * len(cells)):
            weight: Any = 1.0
            for high, (_, fraction) in zip(corner, cells, strict=True):
                weight = weight * (fraction if high else 1 - fraction)
            place = tuple(below + high for high, (below, _) in zip(corner, cells, strict=True))
            result = result + weight * jnp.asarray(values)[place]
        return result

    return function


def _cell(axis: Any, x: Any) -> tuple[Any, Any]:
    """The interval in which `x` lies, and where in it, from 0 to 1."""
    inside = jnp.clip(x, axis[0], axis[-1])
    below = jnp.clip(jnp.searchsorted(jnp.asarray(axis), inside, side="right") - 1, 0, len(axis) - 2)
    start = jnp.asarray(axis)[below]
    return below, (inside - start) / (jnp.asarray(axis)[below + 1] - start)
