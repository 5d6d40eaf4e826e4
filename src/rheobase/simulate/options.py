"""What a simulation is given, checked."""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.model.names import UnknownName
from rheobase.simulate.assemble import Assembly
from rheobase.units import to_float

_OF_AN_ION = {"inside": "{}i", "outside": "{}o"}


def checked_count(name: str, value: Any, least: int) -> int:
    """A whole number. **Raises:** ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} = {value!r}: give a whole number of at least {least}")
    return int(value)


def checked_times(name: str, times: ArrayLike | None) -> NDArray[np.float64] | None:
    """Rising times from 0 on, ms. **Raises:** ValueError."""
    if times is None:
        return None
    array = checked_values(name, times)
    if array.ndim != 1 or not len(array) or array[0] < 0 or (np.diff(array) <= 0).any():
        raise ValueError(f"{name}: give times in ms from 0 on, each later than the one before")
    return array


def checked_values(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Numbers, one a run or `(batch, segments)`. **Raises:** ValueError."""
    try:
        array = np.atleast_1d(np.asarray(values, float))
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {values!r}: give one number a run, or equally many a run") from None
    if array.ndim > 2:
        raise ValueError(f"{name} was given an array of shape {array.shape}; give one number a run, or one a segment")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has a value that is not a finite number")
    return array


def checked_precision(precision: str) -> str:
    """`"float64"` or `"float32"`. **Raises:** ValueError, also where the process has no float64."""
    if precision not in ("float32", "float64"):
        raise ValueError(f"precision = {precision!r}: give 'float64' or 'float32'")
    if precision == "float64" and not jax.numpy.asarray(0.0).dtype == "float64":
        raise ValueError("this process runs JAX in float32 (RHEOBASE_X64=0): give precision='float32'")
    return precision


def ion_type(name: str) -> str:
    """The type of a concentration: `"cai"` of `"ca.inside"`."""
    ion, _, what = name.partition(".")
    return _OF_AN_ION[what].format(ion)


def state_types(assembly: Assembly) -> tuple[str, ...]:
    """The types of state that a tolerance may be scaled for: `"v"`, `"hh.m"`, `"cai"`."""
    own = [f"{plan.mechanism.name}.{state}" for plan in assembly.plans for state in plan.mechanism.states]
    carried = [
        form.format(name)
        for name, ion in assembly.ions.items()
        for what, form in _OF_AN_ION.items()
        if what in ion.carries
    ]
    return ("v", *own, *carried)


def checked_scale(scale: Mapping[str, float], known: Iterable[str]) -> dict[str, float]:
    """Factors by which the absolute tolerance is multiplied, by type of state.

    **Raises:** KeyError for a type that is not there, ValueError for a factor that is not above 0.
    """
    known, checked = tuple(known), {}
    for name, factor in scale.items():
        if name not in known:
            raise UnknownName("type of state", name, known)
        checked[name] = to_float(factor, "1", f"atol_scale[{name!r}]")
        if checked[name] <= 0:
            raise ValueError(f"atol_scale[{name!r}] = {factor!r}: must be greater than 0")
    return checked
