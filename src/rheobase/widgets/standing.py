"""A session's run taken on by hand: begun, stepped, continued, stopped, saved and restored."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from re import sub
from tempfile import TemporaryDirectory
from typing import Any

from rheobase.model import Protocol
from rheobase.simulate import LiveRunner, Progress, Simulation, StandingRun, steps_a_sample
from rheobase.units import to_float

_LONGEST_NAME = 80

Take = Callable[[Simulation], Iterator[Progress]]


@dataclass(frozen=True)
class Moment:
    """Where a session's run stands.

    **Fields:** `t`: ms, None before the first run; `elapsed`: seconds that it took; `standing`, whether it waits there
    to be told to go on; `changed`, whether the model or a setting was changed since.
    """

    t: float | None
    elapsed: float
    standing: bool
    changed: bool


class Standing:
    """What takes a session's run on by hand. Where it then stands it stays, and changes hold from there on."""

    protocol: Protocol
    points: float | None
    standing: bool
    lock: AbstractContextManager[Any]
    _run: StandingRun
    _run_under: tuple[Any, ...]
    _runner: LiveRunner | None
    _stopping: bool

    @property
    def busy(self) -> bool:
        """Whether a run is under way or waits."""
        raise NotImplementedError

    @property
    def simulation(self) -> Simulation | None:
        """What the latest run runs on, None before the first."""
        return self._run.simulation

    @property
    def moment(self) -> Moment:
        """Where the latest run stands."""
        t = self._run.t
        changed = t is not None and self._run_under != self._under()
        return Moment(t, self._run.elapsed, self.standing, changed)

    @property
    def every(self) -> int:
        """How many steps lie between two samples."""
        return steps_a_sample(self.protocol.dt, self.points)

    def init(self) -> None:
        """Begin a run anew, and stand at time 0."""
        self._stand(self._run.init, anew=True)

    def step(self) -> None:
        """Take a single step from where the run stands."""
        self._stand(self._run.step)

    def run_for(self, duration: Any) -> None:
        """Go on for some time, ms. **Raises:** ValueError or TypeError for one that cannot be."""
        ms = to_float(duration, "ms", "duration")
        if not ms > 0:
            raise ValueError(f"duration = {duration!r} ms: must be greater than 0")
        self._stand(lambda simulation: self._run.until(simulation, (self._run.t or 0.0) + ms))

    def run_until(self, t: Any) -> None:
        """Go on until a time, ms. **Raises:** ValueError or TypeError for one that cannot be, or is over."""
        ms, now = to_float(t, "ms", "t"), self._run.t or 0.0
        if not ms > now:
            raise ValueError(f"t = {ms:g} ms is over: the run stands at {now:g} ms; Init begins anew")
        self._stand(lambda simulation: self._run.until(simulation, ms))

    def stop(self) -> None:
        """Stop the run that is under way where it is, and forget the one that waits; it can go on from there."""
        with self.lock:
            runner, self._stopping = self._runner, self.busy
            self.standing = self.standing or self._stopping
        if runner is not None:
            runner.cancel()

    def save_state(self) -> bytes:
        """The state that the run stands in, as the contents of a file.

        **Raises:** RuntimeError while a run is under way, or before there was one.
        """
        with self.lock:
            simulation = self._run.simulation
            if self.busy:
                raise RuntimeError("a run is under way: stop it first, then save the state it stands in")
            if simulation is None:
                raise RuntimeError("there is no run yet whose state could be saved: Init begins one")
            with TemporaryDirectory() as folder:
                file = Path(folder) / "state.npz"
                simulation.save_state(file)
                return file.read_bytes()

    def restore_state(self, data: bytes, name: str = "state.npz") -> None:
        """Stand in a state that was saved, of a model of the same structure; `name` is what errors call it."""

        def restored(simulation: Simulation) -> Iterator[Progress]:
            with TemporaryDirectory() as folder:
                file = Path(folder) / (sub(r"[^\w .-]", "_", name)[-_LONGEST_NAME:].lstrip(".") or "state.npz")
                file.write_bytes(data)
                simulation.restore_state(file)
            return self._run.stand(simulation)

        self._stand(restored, anew=True)

    def _stand(self, take: Take, *, anew: bool = False) -> None:
        if self.busy and not anew:
            raise RuntimeError("a run is under way: stop it first, then go on from where it stands")
        self.standing = True
        self._take(take, anew=anew)

    def _take(self, take: Take, *, anew: bool) -> None:
        raise NotImplementedError

    def _under(self) -> tuple[Any, ...]:
        raise NotImplementedError
