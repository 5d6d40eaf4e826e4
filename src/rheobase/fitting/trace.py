"""Recorded data: numbers over time with a unit, checked as they come in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.units import to_float

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

UNITS = ("mV", "nA", "mA/cm2", "uS", "S/cm2", "mM", "megohm", "Hz", "1")
"""The units in which data are kept, each the first of its dimension."""

_EVEN = 1e-6  # of a sampling interval, that times may be off and still be even
_MISSING = ("refuse", "drop", "interpolate")


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """Data over time, as a run is held against it.

    **Arguments:**

    - `time`: of each sample, rising. `value`: as many numbers.
    - `unit`: of the values; kept in the field's unit of that dimension, so that `"V"` becomes mV.
    - `time_unit`: of the times, kept in ms.
    - `name`: what it is called in plots and tables.
    - `missing`: what to do about values that are NaN: `"refuse"`, `"drop"` or `"interpolate"`.

    Frozen, and equal by content; `trim`, `resample` and the others give another.

    **Raises:** ValueError naming the trace, the sample and the remedy.

    >>> trace = Trace(time=[0, 0.1, 0.2], value=[-0.065, -0.064, -0.063], unit="V")
    >>> trace
    <Trace: 3 samples from 0 to 0.2 ms, 0.1 ms apart; -65 to -63 mV>
    >>> Trace(time=[0, 1, 1], value=[0, 0, 0])
    Traceback (most recent call last):
    ...
    ValueError: trace: time[2] = 1 ms does not come after time[1] = 1 ms; sort the samples, and give each time once
    """

    time: Floats
    value: Floats
    unit: str = "mV"
    name: str = ""

    def __init__(
        self,
        time: ArrayLike,
        value: ArrayLike,
        unit: str = "mV",
        *,
        time_unit: str = "ms",
        name: str = "",
        missing: str = "refuse",
    ) -> None:
        what = f"trace {name!r}" if name else "trace"
        t, y = _numbers(what, "time", time), _numbers(what, "value", value)
        if t.shape != y.shape:
            raise ValueError(f"{what}: {len(t)} times for {len(y)} values; give one time for each value")
        if missing not in _MISSING:
            raise ValueError(f"missing = {missing!r}: give {', '.join(map(repr, _MISSING))}")
        t, y = _without_missing(what, t * unit_factor(time_unit, "ms", "time_unit"), y, missing)
        if len(t) < 1:
            raise ValueError(f"{what}: has no samples")
        _check_rising(what, t)
        kept, factor = field_unit(unit)
        y = y * factor
        for array in (t, y):
            array.setflags(write=False)
        for key, made in (("time", t), ("value", y), ("unit", kept), ("name", str(name))):
            object.__setattr__(self, key, made)

    # From elsewhere

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        time: str = "ms",
        value: str = "mV",
        *,
        columns: tuple[str | int, str | int] = (0, 1),
        missing: str = "refuse",
        name: str | None = None,
    ) -> "Trace":
        """Read a file of columns, separated by commas, semicolons, tabs or blanks, with or without a line of names.

        **Arguments:** `time`, `value`: the units of the columns; `columns`: which two, by number or name.

        **Raises:** ValueError that names the file and the line at fault; OSError.
        """
        from rheobase.fitting.columns import read_columns

        label, t, y = read_columns(path, columns)
        try:
            return cls(t, y, value, time_unit=time, name=label if name is None else name, missing=missing)
        except ValueError as error:
            raise ValueError(f"{os.fspath(path)}: {error}") from None

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        channel: int | str = 0,
        sweep: int = 0,
        missing: str = "refuse",
    ) -> "Trace":
        """Read a recording in a format of amplifiers or archives, such as ABF or NWB: see `Recording`.

        **Arguments:** `channel`: by number from 0, or by name; `sweep`: from 0.

        **Raises:** as `Recording`, and KeyError or IndexError for a channel or sweep that there is not.
        """
        from rheobase.fitting.recording import Recording

        return Recording(path).trace(channel, sweep, missing=missing)

    @classmethod
    def from_pandas(
        cls,
        source: Any,
        unit: str = "mV",
        *,
        column: Any = None,
        time: Any = None,
        time_unit: str = "ms",
        missing: str = "refuse",
    ) -> "Trace":
        """Take a Series, or a column of a DataFrame.

        **Arguments:** `column`: which, by default the first that is not the time; `time`: the column that holds the
        times, by default the index.

        **Raises:** KeyError for a column that is not there; ValueError as the class.
        """
        if not hasattr(source, "columns"):
            return cls(source.index, source, unit, time_unit=time_unit, name=str(source.name or ""), missing=missing)
        columns = list(source.columns)
        for wanted in (each for each in (column, time) if each is not None):
            if wanted not in columns:
                raise KeyError(f"there is no column {wanted!r}; there are {', '.join(map(str, columns))}")
        found = [each for each in columns if each != time]
        if not found:
            raise ValueError("the table has no column besides the time")
        wanted = found[0] if column is None else column
        times = source.index if time is None else source[time]
        return cls(times, source[wanted], unit, time_unit=time_unit, name=str(wanted), missing=missing)

    # What it is

    @property
    def dt(self) -> float:
        """The sampling interval, ms: the middle one where they differ; 0 of a single sample."""
        return float(np.median(np.diff(self.time))) if len(self.time) > 1 else 0.0

    @property
    def even(self) -> bool:
        """Whether all samples lie equally far apart."""
        steps = np.diff(self.time)
        return len(steps) < 1 or bool(np.ptp(steps) <= _EVEN * steps.max())

    def __len__(self) -> int:
        return len(self.time)

    # Preparation

    def trim(self, start: Any = None, end: Any = None, *, zero: bool = False) -> "Trace":
        """The samples of a time, ms. **Arguments:** `zero`: whether time begins at 0 there.

        **Raises:** ValueError where none is left.
        """
        first = self.time[0] if start is None else to_float(start, "ms", "start")
        last = self.time[-1] if end is None else to_float(end, "ms", "end")
        kept = (self.time >= first - 1e-9) & (self.time <= last + 1e-9)
        if not kept.any():
            raise ValueError(
                f"{self._what}: no sample lies from {first:g} to {last:g} ms; it spans {self.time[0]:g} to "
                f"{self.time[-1]:g} ms"
            )
        return self._with(self.time[kept] - (first if zero else 0.0), self.value[kept])

    def resample(self, dt: Any, *, average: bool = False) -> "Trace":
        """The same at even times `dt` ms apart, on straight lines, or by means over `dt` about each time.

        Means take less noise along, but also round off what is faster than `dt`, such as the peak of a spike.
        """
        step = to_float(dt, "ms", "dt")
        if not 0 < step <= self.time[-1] - self.time[0]:
            raise ValueError(f"dt = {step:g} ms: must be more than 0 and at most the length of the trace")
        count = int((self.time[-1] - self.time[0]) / step + 1e-9)
        t = self.time[0] + step * np.arange(count + 1)
        if not average:
            return self._with(t, np.interp(t, self.time, self.value))
        area = np.concatenate([[0.0], np.cumsum(np.diff(self.time) * (self.value[1:] + self.value[:-1]) / 2)])
        low, high = np.maximum(t - step / 2, self.time[0]), np.minimum(t + step / 2, self.time[-1])
        return self._with(t, (self._area(area, high) - self._area(area, low)) / (high - low))

    def shift(self, time: Any) -> "Trace":
        """The same so many ms later."""
        return self._with(self.time + to_float(time, "ms", "time"), self.value)

    def offset(self, value: Any) -> "Trace":
        """The same with a number, in the trace's unit, added to all values."""
        return self._with(self.time, self.value + to_float(value, self.unit, "offset"))

    def zero(self, start: Any = None, end: Any = None) -> "Trace":
        """The same with its mean over a time, ms, taken off."""
        return self.offset(-float(self.trim(start, end).value.mean()))

    def corrected(self, junction_potential: Any) -> "Trace":
        """The same as it was at the membrane: minus the liquid junction potential, mV (Neher 1992)."""
        if self.unit != "mV":
            raise ValueError(f"{self._what}: a junction potential belongs to a voltage, and this is in {self.unit}")
        return self.offset(-to_float(junction_potential, "mV", "junction_potential"))

    def at(self, times: ArrayLike) -> Floats:
        """The values at other times, ms, on straight lines. **Raises:** ValueError for times outside."""
        wanted = np.asarray(times, float)
        if wanted.size and not (wanted.min() >= self.time[0] - 1e-9 and wanted.max() <= self.time[-1] + 1e-9):
            raise ValueError(f"times must lie within the trace, from {self.time[0]:g} to {self.time[-1]:g} ms")
        return np.interp(wanted, self.time, self.value)

    # To elsewhere

    def to_dataframe(self) -> "pd.DataFrame":
        """One column, by the trace's name; the index is time in ms."""
        import pandas as pd

        return pd.DataFrame({self.name or "value": self.value}, index=pd.Index(self.time, name="t"))

    def to_data(self) -> dict[str, Any]:
        """The trace as plain data."""
        named = {"name": self.name} if self.name else {}
        return {**named, "unit": self.unit, "time": self.time.tolist(), "value": self.value.tolist()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Trace":
        """The trace of plain data. **Raises:** ValueError, KeyError."""
        return cls(data["time"], data["value"], data["unit"], name=data.get("name", ""))

    @property
    def _what(self) -> str:
        return f"trace {self.name!r}" if self.name else "trace"

    def _with(self, time: Floats, value: Floats) -> "Trace":
        return Trace(time, value, self.unit, name=self.name)

    def _area(self, area: Floats, t: Floats) -> Floats:
        k = np.clip(np.searchsorted(self.time, t, side="right") - 1, 0, len(self.time) - 2)
        ahead = t - self.time[k]
        slope = np.diff(self.value)[k] / np.diff(self.time)[k]
        found: Floats = area[k] + ahead * (self.value[k] + slope * ahead / 2)
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        same = (self.unit, self.name) == (other.unit, other.name)
        return same and np.array_equal(self.time, other.time) and np.array_equal(self.value, other.value)

    def __hash__(self) -> int:
        return hash((self.unit, self.name, len(self.time), self.value[:16].tobytes()))

    def __repr__(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        apart = f", {self.dt:.4g} ms apart" if len(self) > 1 and self.even else ""
        called = f" {self.name!r}" if self.name else ""
        return (
            f"<Trace{called}: {len(self)} samples from {self.time[0]:g} to {self.time[-1]:g} ms{apart}; "
            f"{self.value.min():.4g} to {self.value.max():.4g}{unit}>"
        )


def field_unit(unit: str) -> tuple[str, float]:
    """The unit in which data of a dimension are kept, and the factor into it.

    **Raises:** ValueError for no unit, or one of a dimension that no recording has.

    >>> field_unit("pA")
    ('nA', 0.001)
    """
    if not str(unit).strip():
        raise ValueError(f"unit = {unit!r}: give a unit such as 'mV'")
    for kept in UNITS:
        try:
            return kept, unit_factor(unit, kept, "unit")
        except ValueError:
            continue
    raise ValueError(f"unit = {unit!r}: is not a unit of {', '.join(UNITS[:-1])} or a pure number, '1'")


def unit_factor(unit: str, wanted: str, name: str) -> float:
    """What a number in a unit is multiplied by to be in another of its dimension. **Raises:** ValueError."""
    if unit == wanted:
        return 1.0
    return to_float(f"1 {unit}", wanted, name)


def _numbers(what: str, name: str, values: ArrayLike) -> Floats:
    try:
        array = np.array(values, float)
    except (TypeError, ValueError):
        raise ValueError(f"{what}: {name} holds something that is no number; give a list or an array") from None
    if array.ndim != 1:
        raise ValueError(f"{what}: {name} has shape {array.shape}; give one row of numbers")
    return array


def _without_missing(what: str, t: Floats, y: Floats, missing: str) -> tuple[Floats, Floats]:
    bad = np.flatnonzero(~np.isfinite(t))
    if len(bad):
        raise ValueError(f"{what}: time[{bad[0]}] is {t[bad[0]]}; every sample needs its time")
    bad = np.flatnonzero(~np.isfinite(y))
    if not len(bad):
        return t, y
    if missing == "refuse" or np.isinf(y).any() or len(bad) == len(y):
        raise ValueError(
            f"{what}: value[{bad[0]}], at {t[bad[0]]:g} ms, is {y[bad[0]]}, one of {len(bad)} such; "
            "give missing='drop' or missing='interpolate', or trim the trace"
        )
    good = np.isfinite(y)
    if missing == "drop":
        return t[good], y[good]
    return t, np.interp(t, t[good], y[good])


def _check_rising(what: str, t: Floats) -> None:
    late = np.flatnonzero(np.diff(t) <= 0)
    if len(late):
        k = int(late[0]) + 1
        raise ValueError(
            f"{what}: time[{k}] = {t[k]:g} ms does not come after time[{k - 1}] = {t[k - 1]:g} ms; "
            "sort the samples, and give each time once"
        )
