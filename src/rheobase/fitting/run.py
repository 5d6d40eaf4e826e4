"""A handle on one run of a fit."""

from collections.abc import Iterable
from typing import Any

from rheobase.fitting.handle import Handle
from rheobase.fitting.methods import method_named
from rheobase.fitting.values import Match, Run, checked_target
from rheobase.model import Recordable
from rheobase.model.names import UnknownName
from rheobase.units import to_float


class FitRun(Handle[Run]):
    """One run of a fit: a protocol, and what of it is held against data."""

    table = "runs"
    kind = "run"

    @property
    def matches(self) -> tuple[Match, ...]:
        """What it is held against."""
        return self.value.matches

    def match(
        self,
        recordable: Recordable,
        target: Any,
        *,
        method: str = "trace",
        regions: Iterable[tuple[Any, ...]] = (),
        weight: float = 1.0,
        scale: Any = 1.0,
        **options: Any,
    ) -> None:
        """Hold something recorded against a target.

        **Arguments:**

        - `recordable`: such as `soma(0.5).v`.
        - `target`: a `Trace`; of `"spike_times"` also a list of times, ms; of `"features"` a dictionary from a
          feature's name to its mean and standard deviation.
        - `method`: `"trace"`, `"points"`, `"passages"`, `"spike_times"`, `"spike_shape"`, `"density"` or `"features"`.
        - `regions`: what counts, as `(start, end, weight)` in ms; everything unless given.
        - `weight`: of this match in its run.
        - `scale`: the difference that counts as one: mV of a voltage, ms of spike times and passages, parts of the time
          of a density.
        - `options` of the method: `each_region` of traces, 1 for the mean of each region by itself, as NEURON's fitter
          has it; `time_scale` (ms) of points; `threshold` (mV) and `missing` (how much a spike, passage or feature that
          is not there counts); `stim_start`, `stim_end` (ms) of features; `before`, `after`, `peak_scale` (ms) of the
          spike's shape; `bins` and `margin` (of the data's range) of the density.

        **Raises:** KeyError for an unknown method or option, ValueError and TypeError for what cannot be.
        """
        if not isinstance(recordable, Recordable):
            raise TypeError(f"{recordable!r} cannot be matched; give something to record, such as soma(0.5).v")
        known = method_named(method).options
        for name in options:
            if name not in known:
                raise UnknownName(f"option of method {method!r}", name, known)
        made = Match(
            recordable=recordable,
            method=method,
            target=checked_target(target, method),
            regions=tuple(regions),
            weight=weight,
            scale=scale,
            options=tuple(sorted((name, to_float(value, "1", name)) for name, value in options.items())),
        )
        self._put(f"Match {made.label}", matches=(*self.matches, made))

    def change_match(self, index: int, **fields: Any) -> None:
        """Change a match, by its number: its `regions`, `weight`, `scale`, `on` or `target`."""
        old = self.matches[index]
        new = old.replace(**fields)
        matches = tuple(new if each is old else each for each in self.matches)
        self._put(f"Change {new.label}", matches=matches)

    def remove_match(self, index: int) -> None:
        """Take a match away, by its number."""
        gone = self.matches[index]
        self._put(f"Remove {gone.label}", matches=tuple(each for each in self.matches if each is not gone))

    def __repr__(self) -> str:
        run = self.value
        return f"<FitRun {self.name!r}: {run.protocol.tstop:g} ms, {len(run.matches)} matches>"
