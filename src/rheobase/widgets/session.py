"""A cell under study: its run settings, its latest run and the runs kept for comparison, without any widget."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from numpy.typing import ArrayLike

from rheobase.model import Cell, Protocol, Recordable
from rheobase.simulate import (
    LiveRunner,
    Progress,
    Results,
    Simulation,
    StandingRun,
    Task,
    Update,
    Work,
)
from rheobase.units import to_float
from rheobase.widgets.electrodes import Electrodes
from rheobase.widgets.pictures import Picture, Trace, traces_of
from rheobase.widgets.standing import Standing, Take

MOST_FRAMES = 400
_ENDS = 2  # frames of a run: its first and its last, for the colours; the movie is a run of its own
_LONG = 0.15  # s; partial traces of shorter runs would only flicker

SETTINGS = ("tstop", "dt", "v_init", "celsius", "method", "atol", "rtol", "max_step", "atol_scale")
_OWN = ("points", "start")  # settings of the session, which no protocol has
_MOST_POINTS = 1e6  # a ms


@dataclass(frozen=True)
class Event:
    """What happened to a session.

    - `kind`: `"document"`, `"settings"`, `"kept"`, `"requested"`, `"run"`, `"cancelled"`, `"stopped"` for a run that
      was stopped and stands, `"movie"` for a run that recorded the voltage of every segment, in document order, and
      nothing else, or `"study"` for other work.
    - `paths`: of a change of the document, the kinds of value that changed: `"placements"`, `"sections"`, ...
    - `targets`: what was assigned anew: `"hh.gnabar"`, `"Ra"`, ...
    - `update`, `stamp`: of a run, what the runner said, and the newest message that the run obeys.
    """

    kind: str
    paths: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    update: Update | None = None
    stamp: str = ""


@dataclass(frozen=True)
class _UnderWay:
    number: int
    kind: str
    traces: tuple[Trace, ...]
    stamp: str


class Session(Standing):
    """A cell, how it is run, and what came of it. Widgets on one session show the same runs.

    It observes the cell: any change to it, from code or from a widget, starts a run when the session is `live`.
    The newest change wins and nothing queues. A run that was begun, stopped or taken on by hand stands where it is, and
    changes hold from there on, until `request` runs from the beginning.

    **Arguments:**

    - `cell`: what is run; the session never changes it.
    - `protocol`: run settings, further stimuli and recordings to begin with.
    - `live`: whether changes start runs.

    `values` are parameters that its runs have in place of the cell's.

    `lock` is the document's own: one for the cell, its sessions and their widgets, so that none can wait for another.
    """

    def __init__(self, cell: Cell, protocol: Protocol | None = None, *, live: bool = True) -> None:
        self.cell = cell
        self.protocol = Protocol() if protocol is None else protocol
        self.live = live
        self.electrodes = Electrodes()
        self.picture: Picture | None = None
        self.results: Results | None = None
        self.kept: tuple[Picture, ...] = ()
        self.stamp = ""
        self.message = ""
        self.standing = False
        self.points: float | None = None
        self.start = "v_init"
        self.values: Mapping[str, ArrayLike] = {}
        self.lock = cell.document.lock
        self._runner: LiveRunner | None = None
        self._under_way = _UnderWay(0, "run", (), "")
        self._requested = 0
        self._finished = 0
        self._filmed = 0
        self._run = StandingRun()
        self._run_under: tuple[Any, ...] = ()  # what the run was last taken on under
        self._stopping = False
        self._listeners: dict[object, Callable[[Event], None]] = {}
        self._closed = False
        self._initial = {name: getattr(self.protocol, name) for name in SETTINGS}
        self.electrodes.assign(self._stimulus_names())
        self._unobserve = cell.observe(self._changed, grouped=True)

    def __repr__(self) -> str:
        return f"<Session on {self.cell!r}: {self.protocol.tstop:g} ms, {'live' if self.live else 'not live'}>"

    def listen(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with every `Event`; runs report from a thread of their own. Returns the way to stop."""
        token = object()
        self._listeners[token] = callback
        return lambda: self._listeners.pop(token, None) and None

    def set(self, name: str, value: Any) -> None:
        """Change a run setting: `tstop`, `dt`, `v_init`, `celsius`, `method`, a tolerance or `max_step`.

        Two belong to the session alone: `points`, how many samples there are a ms, None for one a step; and `start`,
        how a run begins, the `init` of `Simulation`.

        **Raises:** KeyError for another name, ValueError or TypeError for a value that cannot be.
        """
        if name in _OWN:
            if name == "points" and value is not None:
                value = to_float(value, "1/ms", "points")
                if not 0 < value <= _MOST_POINTS:
                    raise ValueError(f"points = {value:g}/ms: must be more than 0, and at most {_MOST_POINTS:g}")
            if value == getattr(self, name):
                return
            setattr(self, name, value)
        elif name in SETTINGS:
            protocol = self.protocol.replace(**{name: value})
            if protocol == self.protocol:
                return
            self.protocol = protocol
        else:
            raise KeyError(f"there is no run setting {name!r}; there are {', '.join((*SETTINGS, *_OWN))}")
        self._tell(Event("settings"))
        self._follow()

    def initial(self, name: str) -> Any:
        """The value that a run setting had when the session began."""
        return self._initial.get(name)

    def request(self) -> None:
        """Run the cell as it is now, from the beginning; a request that is still waiting is replaced."""
        self.standing = False
        self._take(self._run.whole, anew=True)

    def _take(self, take: Take, *, anew: bool) -> None:
        """Take the run on; `anew`, under a simulation of its own although nothing changed."""
        with self.lock:
            traces = self.traces()
            record = tuple(trace.recordable for trace in traces)
            under = self._under()
            every = self.every

            def work(make: Callable[..., Simulation]) -> Work:
                simulation = self._run.simulation
                if anew or simulation is None or self._run_under != under:
                    simulation = make(every=every)
                taken = take(simulation)

                def chunks() -> Iterator[Progress]:
                    for step in taken:
                        self._run_under = under
                        yield step

                return Task(chunks)

            submitted = self._submit("run", traces, record, work, frames=_ENDS)
        if submitted:
            self._tell(Event("requested"))

    def _under(self) -> tuple[Any, ...]:
        """What a run is taken on under: the same, and nothing changed."""
        recordables = tuple(trace.recordable for trace in self.traces())
        return (self.cell.revision, self.protocol, self.points, self.start, recordables)

    # Other work

    def request_movie(self) -> None:
        """Make the movie of the latest run, unless it was made already or another run is under way."""
        with self.lock:
            if self.results is None or self.busy or self.standing or self._filmed == self._finished:
                return
            self._filmed = self._finished
            steps = round(self.protocol.tstop / self.protocol.dt)
            record = tuple(
                section((index + 0.5) / section.nseg).v
                for section in self.cell.sections
                for index in range(section.nseg)
            )
            every = max(1, -(-steps // (MOST_FRAMES - 1)))
            self._submit("movie", (), record, lambda make: make(every=every))

    def study(self, make: Callable[[], Work]) -> int:
        """Do other work on the thread of the runs, told by events of kind `"study"`; the next run ends it.

        **Arguments:** `make` begins it, on that thread; let it hold frozen documents only.

        **Returns:** the number by which updates tell it; 0 when the session is closed.
        """
        if self._closed:
            return 0
        runner = self._runner = self._runner or LiveRunner(self._heard)
        under_way = _UnderWay(self._requested, "study", (), self.stamp)

        def work() -> Work:
            self._under_way = under_way
            return make()

        number = runner.request(work)
        if self._runner is not runner:  # closed meanwhile, by another thread
            runner.close()
        return number

    def _submit(
        self,
        kind: str,
        traces: tuple[Trace, ...],
        record: tuple[Recordable, ...],
        work: Callable[[Callable[..., Simulation]], Work],
        *,
        frames: int = 0,
    ) -> bool:
        if self._closed:
            return False
        runner = self._runner = self._runner or LiveRunner(self._heard)
        make = self.maker()
        self._requested += kind == "run"
        under_way = _UnderWay(self._requested, kind, traces, self.stamp)

        def begin() -> Work:
            self._under_way = under_way
            return work(partial(make, record=record, frames=frames))

        runner.request(begin, background=kind == "movie")
        if self._runner is not runner:  # closed meanwhile, by another thread
            runner.close()
        return True

    def cancel(self) -> None:
        """Stop the run that is under way and forget the one that waits; what was shown last stays."""
        with self.lock:
            runner, was_busy = self._runner, self.busy
            self._finished = self._requested
        if runner is not None:
            runner.cancel()
        if was_busy:
            self._tell(Event("cancelled"))

    @property
    def busy(self) -> bool:
        """Whether a run is under way or waits."""
        return self._finished < self._requested

    @property
    def state(self) -> Literal["idle", "running", "error"]:
        """`"running"` while a run is under way or waits, `"error"` after one that failed, with `message`."""
        return "running" if self.busy else "error" if self.message else "idle"

    def keep(self) -> bool:
        """Keep the latest run beneath the following ones; False when there is none."""
        with self.lock:
            if self.picture is None or self.picture in self.kept:
                return False
            self.kept = (*self.kept, self.picture)
        self._tell(Event("kept"))
        return True

    def exchange(self, before: Sequence[Picture], pictures: Sequence[Picture]) -> None:
        """Keep some pictures in place of others."""
        with self.lock:
            kept = (*(picture for picture in self.kept if picture not in before), *pictures)
            if kept == self.kept:
                return
            self.kept = kept
        self._tell(Event("kept"))

    def forget(self) -> None:
        """Drop the kept runs."""
        with self.lock:
            self.kept = ()
        self._tell(Event("kept"))

    def traces(self) -> tuple[Trace, ...]:
        """What a run records: the voltage at each electrode and its current, and what the protocol asks for."""
        return traces_of(self.cell, self.protocol, self.electrodes)

    def maker(self) -> Callable[..., Simulation]:
        """How to make simulations of all this as it is now, later and on any thread: `make(record=...)`."""
        snapshot, protocol, start, values = self.cell.freeze(), self.protocol, self.start, dict(self.values)

        def make(**options: Any) -> Simulation:
            simulation = Simulation(snapshot, protocol, init=start, **options)
            for name, value in values.items():
                simulation.set(name, value)
            return simulation

        return make

    def close(self) -> None:
        """Stop running and observing. Calling it again does nothing.

        It waits for no lock, because the garbage collector may call it from any thread at any moment.
        """
        self._closed = True
        runner, self._runner = self._runner, None
        self._unobserve()
        self._listeners.clear()
        if runner is not None:
            runner.close()

    def _stimulus_names(self) -> Sequence[str]:
        own = [placement.name for placement in self.cell.placements]
        return [*own, *(placement.name for placement in self.protocol.placements(own))]

    def _changed(self, changes: Sequence[Any]) -> None:
        paths = frozenset(change.path[1] if change.path[0] == "order" else change.path[0] for change in changes)
        if "placements" in paths:
            self.electrodes.assign(self._stimulus_names())
        targets = frozenset(change.path[-1] for change in changes if change.path[0] == "assignments")
        self._tell(Event("document", paths=paths, targets=targets))
        self._follow()

    def _follow(self) -> None:
        if self.live and not self.standing:
            self.request()

    def _heard(self, update: Update) -> None:
        run = self._under_way
        if run.kind == "study":
            self._tell(Event(run.kind, update=update, stamp=run.stamp))
            return
        if update.state == "cancelled" and self._stopping:
            self._stopped(update, run)
            return
        with self.lock:
            # A run that was cancelled here, or gave way to a newer one, has no more to say.
            if update.state == "cancelled" or (run.kind == "run" and run.number <= self._finished):
                return
            if run.kind == "movie" and update.state != "done":
                return
            worth_showing = update.state == "done" or update.elapsed >= _LONG
            if run.kind == "run" and update.results is not None and worth_showing:
                self.picture = Picture.of(update.results, run.traces, time.strftime("%H:%M:%S"))
                if update.state == "done":
                    self.results = update.results
            if update.state != "running" and run.kind == "run":
                newest = run.number == self._requested
                self.message = update.message if update.state == "error" and newest else ""
                self._finished = run.number
                self._stopping = False
        self._tell(Event(run.kind, update=update, stamp=run.stamp))

    def _stopped(self, update: Update, run: _UnderWay) -> None:
        with self.lock:
            self._stopping = False
            self._finished = self._requested
            if update.results is not None and run.kind == "run":
                self.picture = Picture.of(update.results, run.traces, time.strftime("%H:%M:%S"))
        self._tell(Event("stopped", update=update, stamp=run.stamp))

    def _tell(self, event: Event) -> None:
        for callback in tuple(self._listeners.values()):
            callback(event)
