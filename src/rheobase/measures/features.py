"""Electrophysiological features of arrays, by eFEL (https://github.com/openbraininstitute/eFEL)."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP = 0.025  # ms, of a trace whose times are uneven

_turn = Lock()  # eFEL keeps its settings and its trace for the whole process


def feature_library() -> Any:
    """The module `efel`. **Raises:** ImportError in words."""
    try:
        import efel
    except ImportError:
        raise ImportError("features are measured by eFEL, which is not installed: pip install efel") from None
    return efel


def feature_values(
    t: Floats,
    traces: Sequence[Floats],
    names: Sequence[str],
    *,
    stim_start: float,
    stim_end: float,
    threshold: float,
    current: float | None = None,
    settings: Mapping[str, Any] | None = None,
) -> list[dict[str, Floats | None]]:
    """The numbers of each feature of some traces, mV at even times in ms; None where a trace has no such feature.

    **Arguments:** `names` and `settings`: eFEL's own. `current`: nA.
    """
    efel = feature_library()
    given: list[dict[str, Any]] = [
        {"T": t, "V": v, "stim_start": [stim_start], "stim_end": [stim_end]}
        | ({} if current is None else {"stimulus_current": [float(current)]})
        for v in traces
    ]
    with _turn:
        before = dict(vars(efel.get_settings()))
        try:
            efel.set_setting("Threshold", float(threshold))
            efel.set_setting("interp_step", float(t[1] - t[0]))
            for name, value in (settings or {}).items():
                efel.set_setting(name, value)
            found = efel.get_feature_values(given, list(names), raise_warnings=False)
        finally:
            for name, value in before.items():
                efel.set_setting(name, value)
    return [
        {name: None if each[name] is None else np.atleast_1d(np.asarray(each[name], float)) for name in names}
        for each in found
    ]


def even_times(t: Floats) -> Floats:
    """Evenly spread times over the same while; the very same where they are even already. **Raises:** ValueError."""
    if len(t) < 2 or not (np.diff(t) > 0).all():
        raise ValueError("features need a trace of at least two samples, each later than the one before")
    steps = np.diff(t)
    if np.ptp(steps) <= 1e-6 * steps.max():
        return t
    return np.linspace(t[0], t[-1], max(2, round((t[-1] - t[0]) / _STEP) + 1))
