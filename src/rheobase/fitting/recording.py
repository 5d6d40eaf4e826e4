"""Recordings in the formats of amplifiers and archives, through neo: ABF, NWB, AxoGraph, Spike2, WinWCP and others."""

import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.trace import Trace
from rheobase.model.names import UnknownName

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_EPOCHS = {0: "", 1: "", 2: "a ramp", 3: "a train of pulses"}  # of ABF2: off, a step, ...
_FROM_FILE = 2  # source of a waveform in ABF2

_REFUSED = frozenset({"PickleIO"})  # its files run what they hold


@dataclass(frozen=True)
class Channel:
    """One channel of one sweep, before its numbers are read.

    **Fields:** `sweep` and `channel`, from 0; `name`; `unit`; `samples`; `dt`, ms, 0 where samples are uneven.
    """

    sweep: int
    channel: int
    name: str
    unit: str
    samples: int
    dt: float


class Recording:
    """A file of recordings, of which only what is asked for is read.

    **Raises:** FileNotFoundError; ValueError for a file that no reader knows or that is damaged; ImportError naming
    what is to be installed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise FileNotFoundError(f"there is no file {os.fspath(path)!r}")
        self._reader = _reader(self.path)
        with _Told(self.path, self._reader):
            # That of NWB says that it reads only what is asked for, and fails at it.
            lazy = bool(getattr(self._reader, "support_lazy", False)) and self.format != "NWB"
            read = self._reader.read(lazy=True) if lazy else self._reader.read()
            blocks = read if isinstance(read, list) else [read]
            self._sweeps = [segment for block in blocks for segment in block.segments]
        if not self.channels:
            raise ValueError(f"{self.path.name}: holds no signals over time")

    @property
    def format(self) -> str:
        """The name of neo's reader."""
        return type(self._reader).__name__.removesuffix("IO")

    @property
    def sweeps(self) -> int:
        """How many sweeps there are."""
        return len(self._sweeps)

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """Every channel of every sweep."""
        found = []
        for sweep, segment in enumerate(self._sweeps):
            columns = [column for signal in _signals(segment) for column in _columns(signal)]
            for channel, (signal, _, name) in enumerate(columns):
                unit = _unit(signal)
                rate = getattr(signal, "sampling_rate", None)
                dt = 1000 / float(rate.rescale("Hz").magnitude) if rate is not None else 0.0
                found.append(Channel(sweep, channel, name, unit, int(signal.shape[0]), dt))
        return tuple(found)

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a channel of a sweep: its `name`, `unit`, `samples`, `dt` and `duration`, ms."""
        import pandas as pd

        frame = pd.DataFrame([vars(each) for each in self.channels]).set_index(["sweep", "channel"])
        frame["duration"] = frame["dt"] * frame["samples"]
        return frame

    def trace(self, channel: int | str = 0, sweep: int = 0, *, missing: str = "refuse") -> Trace:
        """Read one channel of one sweep; its time begins at 0.

        **Arguments:** `channel`: by number from 0, or by name; `sweep`: from 0; `missing`: as of `Trace`.

        **Raises:** KeyError, IndexError for one that there is not; ValueError for a unit that no recording has.
        """
        if not 0 <= sweep < self.sweeps:
            raise IndexError(f"{self.path.name}: has no sweep {sweep}; there are {self.sweeps}, from 0")
        columns = [column for signal in _signals(self._sweeps[sweep]) for column in _columns(signal)]
        names = [name for _, _, name in columns]
        if isinstance(channel, str):
            if channel not in names:
                raise UnknownName(f"channel in sweep {sweep} of {self.path.name}", channel, names)
            channel = names.index(channel)
        if not 0 <= channel < len(columns):
            raise IndexError(f"{self.path.name}: has no channel {channel} in sweep {sweep}; there are {len(columns)}")
        signal, column, name = columns[channel]
        return self._trace(signal, column, name, missing)

    def command(self, sweep: int = 0, channel: int = 0) -> Trace:
        """What the amplifier was told in a sweep, where the file says it, as ABF2 does; its time begins at 0.

        **Raises:** ValueError where the file does not say it, or it was more than steps; IndexError.
        """
        read = getattr(self._reader, "read_protocol", None)
        if read is None:
            raise ValueError(f"{self.path.name}: a file of the kind {self.format} does not tell what was commanded")
        try:
            segments = read()
        except Exception as error:  # a reader raises whatever it stumbles over
            raise ValueError(f"{self.path.name}: does not tell what was commanded ({error})") from error
        if not 0 <= sweep < len(segments):
            raise IndexError(f"{self.path.name}: tells nothing of what was commanded in sweep {sweep}")
        columns = [column for signal in _signals(segments[sweep]) for column in _columns(signal)]
        if not 0 <= channel < len(columns):
            raise IndexError(f"{self.path.name}: commands {len(columns)} channels in sweep {sweep}, from 0")
        return self._commanded(self._trace(*columns[channel], "refuse"), channel)

    def _commanded(self, steps: Trace, channel: int) -> Trace:
        """What was commanded, where neo gives all epochs as steps. **Raises:** ValueError for other ones."""
        info = self._reader._axon_info
        output, epochs = info["listDACInfo"][channel], info["dictEpochInfoPerDAC"].get(channel, {}).values()
        if not (output["nWaveformEnable"] and output["nWaveformSource"]):
            return replace(steps, value=np.full(len(steps), steps.value[0]))  # it is off, and holds
        kinds = {_EPOCHS.get(epoch["nEpochType"], "other than steps") for epoch in epochs} - {""}
        if output["nWaveformSource"] == _FROM_FILE:
            kinds = {"a waveform from another file"}
        if kinds:
            told = " and ".join(sorted(kinds))
            raise ValueError(f"{self.path.name}: commands {told}, which neo does not tell; only steps are read")
        return steps

    def _trace(self, signal: Any, column: int, name: str, missing: str) -> Trace:
        with _Told(self.path, self._reader):
            loaded = signal.load() if hasattr(signal, "load") else signal
            values = np.asarray(loaded.magnitude, float)[:, column]
            times = np.asarray(loaded.times.rescale("ms").magnitude, float)
        if not len(times):
            raise ValueError(f"{self.path.name}: {name!r} has no samples")
        rate = getattr(loaded, "sampling_rate", None)
        if rate is not None:  # even times, without what was lost by adding the start
            times = np.arange(len(values)) * (1000 / float(rate.rescale("Hz").magnitude))
        try:
            return Trace(times - times[0], values, _unit(loaded), name=name, missing=missing)
        except ValueError as error:
            raise ValueError(f"{self.path.name}: {error}") from None

    def __repr__(self) -> str:
        first = [each for each in self.channels if each.sweep == 0]
        told = "; ".join(f"{each.channel}: {each.name} ({each.unit})" for each in first[:6])
        more = f"; and {len(first) - 6} more" if len(first) > 6 else ""
        lasts = f", {first[0].samples * first[0].dt:g} ms each" if first and first[0].dt else ""
        sweeps = f"{self.sweeps} sweep{'s' * (self.sweeps != 1)}{lasts}"
        return f"<Recording {self.path.name} ({self.format}): {sweeps}; channels {told}{more}>"


def _reader(path: Path) -> Any:
    try:
        import neo
    except ImportError:
        raise ImportError("reading recordings needs neo: pip install 'rheobase[recordings]'") from None
    try:
        candidates = [each for each in neo.io.list_candidate_ios(path) if each.__name__ not in _REFUSED]
    except ValueError:
        candidates = []
    if not candidates:
        raise ValueError(
            f"{path.name}: is in no format that neo reads; export it as ABF, NWB, or as text for Trace.from_csv"
        )
    kind = candidates[0]
    with _Told(path, kind):
        return kind(str(path)) if kind.mode != "dir" else kind(dirname=str(path))


class _Told:
    """Tell in words what a reader stumbles over, whatever it raises."""

    def __init__(self, path: Path, reader: Any) -> None:
        self._path = path
        self._kind = (reader if isinstance(reader, type) else type(reader)).__name__

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or not isinstance(error, Exception):
            return
        name = self._path.name
        if isinstance(error, ImportError):
            needed = error.name or str(error)
            remedy = "'rheobase[recordings]'" if needed == "pynwb" else needed
            raise ImportError(f"{name}: {self._kind} needs {needed}: pip install {remedy}") from None
        words = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ValueError(f"{name}: cannot be read by neo's {self._kind}; it may be damaged ({words})") from error


def _signals(segment: Any) -> list[Any]:
    return [*segment.analogsignals, *segment.irregularlysampledsignals]


def _columns(signal: Any) -> list[tuple[Any, int, str]]:
    """Each column of a signal with its name."""
    count = int(signal.shape[1]) if len(signal.shape) > 1 else 1
    names = [str(each) for each in signal.array_annotations.get("channel_names", ())]
    if len(names) != count:
        names = [str(signal.name or "signal") + (f" {k}" if count > 1 else "") for k in range(count)]
    return [(signal, k, name) for k, name in enumerate(names)]


def _unit(signal: Any) -> str:
    unit = signal.units.dimensionality.string
    return "1" if unit == "dimensionless" else str(unit)
