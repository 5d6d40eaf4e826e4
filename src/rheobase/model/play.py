"""A course of values that is played into a parameter as a run goes."""

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, ValidationInfo

from rheobase.documents import Value


def _numbers(value: Any, info: ValidationInfo) -> tuple[float, ...]:
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError):
        raise TypeError(f"{info.field_name} = {value!r}: must be a list of numbers") from None
    if array.ndim != 1 or not len(array):
        raise ValueError(f"{info.field_name}: must be a list of at least one number, not of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{info.field_name}: holds {array[~np.isfinite(array)][0]}, which is no finite number")
    return tuple(array.tolist())


class Play(Value):
    """Values that a parameter takes as a run goes, as NEURON's `Vector.play`.

    **Arguments:**

    - `target`: the parameter's name, such as `"IClamp[0].amp"` or `"dend.hh.gnabar"`.
    - `times`: ms, rising. `values`: the parameter from each of these times on, in its unit.
    - `interpolate`: whether it moves on straight lines between them. It then has the first value from the start, and
      jumps where a time is given twice; without, it keeps its own value up to the first time.

    **Raises:** ValueError or TypeError naming what is wrong.

    >>> Play("IClamp[0].amp", [0, 5, 10], [0, 0.3, 0])
    <Play: 3 values into IClamp[0].amp, from 0 to 10 ms, in steps>
    """

    target: str
    times: Annotated[tuple[float, ...], BeforeValidator(_numbers)]
    values: Annotated[tuple[float, ...], BeforeValidator(_numbers)]
    interpolate: bool

    def __init__(self, target: str, times: Any, values: Any, *, interpolate: bool = False) -> None:
        super().__init__(target=target, times=times, values=values, interpolate=interpolate)
        if len(self.times) != len(self.values):
            raise ValueError(f"{target}: {len(self.times)} times for {len(self.values)} values; give equally many")
        if (np.diff(self.times) < 0).any() or (not interpolate and (np.diff(self.times) == 0).any()):
            raise ValueError(f"{target}: times must rise{'' if interpolate else ', each above the one before'}")

    def __repr__(self) -> str:
        how = "on straight lines" if self.interpolate else "in steps"
        first, last = self.times[0], self.times[-1]
        return f"<Play: {len(self.values)} values into {self.target}, from {first:g} to {last:g} ms, {how}>"
