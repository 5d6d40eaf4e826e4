"""What an adaptive run did, type of state by type of state, and the scales of its tolerance that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log10
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.words import brief, counted, number
from rheobase.simulate import Results
from rheobase.simulate.engine import Statistics

if TYPE_CHECKING:
    import pandas as pd

_CLEAR = 1e-9  # of a power of ten, so that 0.001 is one


@dataclass(frozen=True)
class StateScale:
    """How exactly one type of state was followed.

    **Fields:** `name`, such as `"cai"`, and its `unit`; `scale`, the factor on the absolute tolerance; `largest`, its
    largest magnitude; `error`, the largest that was estimated in a step; `allowed`, what the tolerances allow there.
    """

    name: str
    unit: str
    scale: float
    largest: float
    error: float
    allowed: float


@dataclass(frozen=True)
class StateScales:
    """The types of state of an adaptive run, as `rows`."""

    rows: tuple[StateScale, ...]

    def __getitem__(self, name: str) -> StateScale:
        """One type of state. **Raises:** KeyError with those there are."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(
            f"there is no type of state {name!r} in this run; there are {', '.join(r.name for r in self.rows)}"
        )

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a type of state, by the names of the fields of `StateScale`."""
        import pandas as pd

        return pd.DataFrame([vars(row) for row in self.rows]).set_index("name")


def state_scales(
    statistics: Statistics,
    atol: float = 1e-3,
    rtol: float = 0.0,
    atol_scale: Mapping[str, float] | None = None,
) -> StateScales:
    """What an adaptive run with these tolerances made of each type of state."""
    scales = {} if atol_scale is None else atol_scale
    rows = []
    for name, largest in statistics.largest.items():
        scale = scales.get(name, 1.0)
        unit = "mV" if name == "v" else "" if "." in name else "mM"
        allowed = float(f"{atol * scale + rtol * largest:.12g}")
        rows.append(StateScale(name, unit, scale, float(largest), float(statistics.error[name]), allowed))
    return StateScales(tuple(rows))


def rescaled(statistics: Statistics, atol_scale: Mapping[str, float] | None = None) -> dict[str, float]:
    """Scales of the absolute tolerance at the power of ten at or above the largest magnitude of each type of state.

    A calcium concentration of 2e-4 mM is followed as exactly as a gate near 1 once its scale is 1e-3. No state is
    followed less exactly than without a scale: what grows larger than 1, such as a voltage, keeps 1.

    **Arguments:** `atol_scale`: what the run had; a type that stayed at 0 keeps its scale.

    **Returns:** the scales other than 1, for `rb.run(..., atol_scale=...)`.

    >>> t, error = np.array([0.1, 0.3, 1.0]), {"v": 9e-4, "hh.m": 2e-4, "cai": 3e-8}
    >>> largest = {"v": 65.0, "hh.m": 0.9, "cai": 2e-4}
    >>> rescaled(Statistics(3, 1, 7, 9, t, np.array([1, 1, 2]), np.diff(t, prepend=0), largest, error))
    {'cai': 0.001}
    """
    scales = dict(atol_scale or {})
    for name, largest in statistics.largest.items():
        if largest > 0:
            scales[name] = min(1.0, float(f"1e{ceil(log10(largest) - _CLEAR)}"))
    return {name: scale for name, scale in scales.items() if scale != 1}


def steps_of(results: Results, order: int = 1, every: int = 1) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The length (ms) and the order of the step that led to each sample, and of the first step at time 0.

    **Arguments:** of a run of fixed steps, `order`: that of the method, and `every`: how many lead to a sample.
    """
    told = results.statistics
    if told is None or not len(told.t):
        lengths = np.diff(results.t, prepend=results.t[0]) / every
        lengths[0] = lengths[1] if len(lengths) > 1 else 0.0
        return lengths, np.full(len(results.t), order)
    step = np.clip(np.searchsorted(told.t, results.t * (1 - 1e-12)), 0, len(told.t) - 1)
    return told.step_size[step], told.order[step]


def steps_in_words(results: Results, every: int = 1) -> str:
    """What a run cost, in words; of a run of fixed steps, `every` so many of them lead to a sample.

    >>> from rheobase.simulate import Results
    >>> steps_in_words(Results(np.linspace(0, 1, 41), (), (), np.empty((0, 41)), elapsed=0.0123))
    '40 steps of 0.025 ms; 12.3 ms in all'
    """
    told = results.statistics
    took = f"{1000 * results.elapsed:.3g} ms" if results.elapsed < 1 else f"{results.elapsed:.3g} s"
    if told is None:
        steps = every * (len(results.t) - 1)
        dt = f" of {number(results.t[-1] / steps)} ms" if steps else ""
        return f"{_many(steps, 'step')}{dt}; {took} in all"
    shortest, longest = (brief(size(told.step_size)) for size in (np.min, np.max)) if len(told.t) else ("0", "0")
    parts = [
        f"{_many(told.steps, 'step')}, {shortest} to {longest} ms long, of order up to {np.max(told.order, initial=0)}",
        f"{told.rejected:,} rejected",
        _many(told.newton_iterations, "Newton iteration"),
        f"{_many(told.evaluations, 'evaluation')} of the model",
        f"{took} in all",
    ]
    return "; ".join(parts)


def _many(count: int, noun: str) -> str:
    return counted(count, noun).replace(str(count), f"{count:,}", 1)
