"""What a run gives back: time, traces by what was recorded, and frames of the whole cell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.model import Recordable
from rheobase.simulate.engine import Statistics
from rheobase.simulate.interpolation import interpolated

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True)
class Frames:
    """The voltage of every segment at some times.

    **Fields:** `t`: ms, `(frames,)`; `v`: mV, float32 `(frames, n_segments)`, segments in document order.
    """

    t: NDArray[np.float64]
    v: NDArray[np.float32]


@dataclass(frozen=True, repr=False, eq=False)
class Results:
    """Recorded traces, indexed by what was recorded: `rec[soma(0.5).v]`.

    **Fields:**

    - `t`: ms, `(samples,)`, from 0.
    - `recordables`, `units`: what was recorded and in which unit.
    - `values`: `(recordables, samples)`.
    - `frames`: `Frames`, when asked for.
    - `elapsed`: seconds that the run took.
    - `statistics`: what an adaptive run did, None for fixed steps.
    - `orders`: `(samples,)`, of an adaptive run the order of the polynomial through each sample and those before it;
      None where samples are joined by straight lines.
    """

    t: NDArray[np.float64]
    recordables: tuple[Recordable, ...]
    units: tuple[str, ...]
    values: NDArray[Any]
    frames: Frames | None = None
    elapsed: float = 0.0
    statistics: Statistics | None = None
    orders: NDArray[np.int64] | None = None

    def __getitem__(self, recordable: Recordable) -> NDArray[Any]:
        """One trace, `(samples,)`. **Raises:** KeyError that says what was recorded."""
        row = self._rows.get(recordable)
        if row is None:
            labels = self._labels()
            more = f" and {len(labels) - 20} more" if len(labels) > 20 else ""
            raise KeyError(f"{recordable!r} was not recorded; recorded are {', '.join(labels[:20])}{more}")
        return self.values[row]

    @cached_property
    def _rows(self) -> dict[Recordable, int]:
        return {recordable: row for row, recordable in enumerate(self.recordables)}

    def __len__(self) -> int:
        return len(self.t)

    def at(self, times: ArrayLike) -> "Results":
        """The same traces at other times: on straight lines between samples, and of an adaptive run on its polynomials.

        **Arguments:** `times`: ms, at least one, within the run. **Raises:** ValueError for times outside.
        """
        times = np.atleast_1d(np.asarray(times, float))
        slack = 1e-9 * max(1.0, float(self.t[-1]))
        # So put, NaN is refused too.
        if not times.size or not (times.min() >= self.t[0] - slack and times.max() <= self.t[-1] + slack):
            raise ValueError(f"times must lie within the run, from {self.t[0]:g} to {self.t[-1]:g} ms")
        return replace(
            self, t=times, values=interpolated(times, self.t, self.values, self.orders), frames=None, orders=None
        )

    def to_dataframe(self) -> "pd.DataFrame":
        """One column a recordable, by its label; the index is time in ms."""
        import pandas as pd

        columns = dict(zip(self._labels(), self.values, strict=True))
        return pd.DataFrame(columns, index=pd.Index(self.t, name="t"))

    def to_xarray(self) -> "xr.Dataset":
        """One variable a recordable, with its unit as attribute, over the coordinate `t` in ms."""
        import xarray as xr

        variables = {
            label: ("t", row, {"units": unit})
            for label, row, unit in zip(self._labels(), self.values, self.units, strict=True)
        }
        return xr.Dataset(variables, coords={"t": ("t", self.t, {"units": "ms"})})

    def _labels(self) -> Sequence[str]:
        return [recordable.label for recordable in self.recordables]

    def __repr__(self) -> str:
        labels = self._labels()
        names = ", ".join(labels[:8]) + (f" and {len(labels) - 8} more" if len(labels) > 8 else "")
        over = f"{len(self.t)} samples over {self.t[-1]:g} ms" if len(self.t) else "no samples yet"
        return f"<Results: {over} of {names}>"
