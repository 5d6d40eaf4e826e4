"""Run control: a simulation that is initialised, stepped, stopped, changed and continued."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.model import Play, Protocol, Recordable
from rheobase.simulate.assemble import Assembly
from rheobase.simulate.changes import checked_parameter
from rheobase.simulate.course import Cancelled, Course, Progress
from rheobase.simulate.engine import Present
from rheobase.simulate.recording import Recording
from rheobase.simulate.results import Results
from rheobase.simulate.schedule import Registration, Schedule
from rheobase.simulate.state_file import read_state, save_state
from rheobase.units import to_float

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation


class Controlled:
    """The run control of a simulation.

    A run that is under way goes on from wherever it was left, by whichever of these; `init`, `run` and `chunks` begin
    another.
    """

    protocol: Protocol
    assembly: Assembly
    recording: Recording
    schedule: Schedule
    values: dict[str, NDArray[np.float64]]
    _course: Course | None

    # Going on

    def init(self) -> None:
        """Begin a run: everything is initialised, and stands at time 0.

        Voltages are set, mechanisms take their first states, events of time 0 are received; `on` puts functions of your
        own between these.
        """
        self._idle("init")
        simulation: Any = self
        course = self._course = Course(simulation)
        try:
            course.begin()
        except BaseException:
            self._course = None
            raise

    def run(
        self,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Results:
        """Run from time 0 to `tstop`.

        **Arguments:** `progress` is called after each chunk, and `cancelled` asked whether to stop there.

        **Raises:** SimulationError when a voltage is no longer a number, with time and place; Cancelled.
        """
        return _driven(self.chunks(), progress, cancelled)

    def chunks(self) -> Iterator[Progress]:
        """The run, chunk by chunk, each some tens of milliseconds of work."""
        self.init()
        course = self._going
        yield from course.chunks(course.end)

    def step(self) -> None:
        """Take a single step, of `dt` or, under an adaptive method, of the length that it chooses."""
        self._idle("step")
        self._going.step()

    def run_for(self, duration: Any) -> Results:
        """Go on for some time (ms). **Returns:** what was recorded so far."""
        return self.run_until(self.t + to_float(duration, "ms", "duration"))

    def run_until(
        self,
        t: Any,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Results:
        """Go on until a time (ms), with fixed steps to the step nearest to it; `tstop` is no limit.

        **Arguments:** `progress` and `cancelled` as of `run`.

        **Returns:** what was recorded so far.

        **Raises:** ValueError for a time that is over; as `run`.
        """
        return _driven(self.chunks_until(t), progress, cancelled)

    def chunks_until(self, t: Any) -> Iterator[Progress]:
        """As `run_until`, chunk by chunk."""
        self._idle("run")
        until, course = to_float(t, "ms", "t"), self._going
        if until < course.present.t - course.engine.slack:
            raise ValueError(f"t = {until:g} ms is over: the run stands at {course.present.t:g} ms; init() begins anew")
        yield from course.chunks(until)

    def stop(self) -> None:
        """Ask the run that is under way to stop soon; from a function that it calls, at once."""
        if self._course is not None:
            self._course.stopped = True

    # Looking

    @property
    def t(self) -> float:
        """Where the run stands, ms; 0 before the first."""
        course = self._course
        return course.present.t if course is not None and course.begun else 0.0

    @property
    def present(self) -> Present:
        """The present of the run, with the kernel's state; it begins one if there is none."""
        return self._going.present

    @property
    def results(self) -> Results:
        """What the run has recorded so far; it begins one if there is none."""
        return self._going.results()

    def get(self, what: str | Recordable) -> float | NDArray[np.float64]:
        """A parameter by its name, as `"soma.hh.gnabar"`, or what a recordable such as `soma(0.5).v` is at present.

        **Raises:** KeyError for what is not there.
        """
        if isinstance(what, Recordable):
            return self._going.value(what)
        own = {} if self._course is None else self._course.values
        given = {**self.assembly.table.defaults, **self.values, **own}
        if what not in given:
            raise self.assembly.table.unknown(what)
        value = np.asarray(given[what], float)
        return value if value.size > 1 else float(value.reshape(-1)[0])

    # Changing

    def set(self, what: str | Recordable, value: ArrayLike) -> None:
        """Change a parameter from now on, or a voltage or state at this instant.

        **Arguments:**

        - `what`: a parameter's name, as in `batch`; or something to record, such as `soma(0.5).v` or
          `soma(0.5)["hh.m"]`.
        - `value`: of a parameter one number, or one for each segment of its place.

        A parameter that a function of `at` or `on` sets holds to the end of that run; one set otherwise holds in the
        run under way and in all that follow.

        **Raises:** KeyError for a name that is not there, ValueError for a value that cannot be.
        """
        if isinstance(what, Recordable):
            self._going.put(what, to_float(value, "1", what.label))
            return
        array = checked_parameter(self.assembly, what, value)
        self.assembly.system(self.assembly.normalised({**self.values, what: array}))
        course = self._course
        if course is not None and course.calling:
            if what.rpartition(".")[2] == "v_init" and course.has_voltages:
                raise ValueError(f"{what} holds where voltages are set, which is over; set a voltage, as soma(0.5).v")
            course.values[what] = array
        else:
            self.values[what] = array
            if course is not None:
                course.values.pop(what, None)
        if course is not None:
            course.refresh({what: array})

    def play(self, target: str, times: ArrayLike, values: ArrayLike, *, interpolate: bool = False) -> Registration:
        """Play values into a parameter of a mechanism, point process or clamp, in all runs that begin from now on.

        **Arguments:** as of `Play`, which a protocol takes too.

        **Returns:** a registration, whose `remove()` ends it.

        **Raises:** KeyError for a parameter that is not there; ValueError for one that cannot change as a run goes, or
        for values out of its limits.
        """
        play = Play(target, times, values, interpolate=interpolate)
        self._play((*self.plays, play))

        def remove() -> None:
            self._play([each for each in self.plays if each is not play])

        return Registration(remove, repr(play))

    @property
    def plays(self) -> tuple[Play, ...]:
        """What is played into parameters."""
        return tuple(plan.play for plan in self.assembly.plays)

    def _play(self, plays: Sequence[Play]) -> None:
        self.assembly = self.assembly.playing(plays)
        self.recording = replace(self.recording, assembly=self.assembly)

    # Files

    def save_state(self, path: str | os.PathLike[str]) -> None:
        """Write where the run stands to a file: time, voltages, states, ions, events on their way and changed values.

        **Raises:** OSError.
        """
        simulation: Any = self
        save_state(path, simulation, self._going)

    def restore_state(self, path: str | os.PathLike[str]) -> None:
        """Go on from a state that was saved; under the same method with traces equal to the last bit.

        Parameters are those of this simulation, but for those that were changed by `set` when the state was saved.

        **Raises:** StateError, saying what differs, if the state is of another model; OSError.
        """
        self._idle("restore")
        simulation: Any = self
        course = Course(simulation)
        course.resume(read_state(path, simulation, course))
        self._course = course

    def varied(self, values: Mapping[str, ArrayLike]) -> "Simulation":
        """Another simulation, which differs in some parameters; runs of the one leave the other alone.

        **Raises:** KeyError for an unknown name, ValueError for a value that cannot be.
        """
        other: Any = copy(self)
        other._course = None
        other.values = {**self.values, **{n: checked_parameter(self.assembly, n, v) for n, v in values.items()}}
        self.assembly.system(self.assembly.normalised(other.values))
        return cast("Simulation", other)

    # Calling

    def at(self, t: Any, call: "Callable[[Simulation], Any]") -> Registration:
        """Call a function with the simulation when a run reaches a time (ms), in this run and in all that follow.

        It may `get`, `set` and `stop`. An adaptive method ends a step there exactly; fixed steps take the nearest.

        **Returns:** a registration, whose `remove()` ends it.
        """
        return self.schedule.at(t, call)

    def on(self, stage: str, call: "Callable[[Simulation], Any]") -> Registration:
        """Call a function with the simulation in each initialisation.

        **Arguments:** `stage`: `"before_v"`, before anything is set; `"after_v"`, when voltages are set; when all
        states are, `"after_initial"`; or `"ready"`, the last before the first sample. These are types 3, 0, 1 and 2 of
        NEURON's `FInitializeHandler`.

        **Returns:** a registration, whose `remove()` ends it.
        """
        return self.schedule.on(stage, call)

    @property
    def _going(self) -> Course:
        """The run under way, begun if there is none."""
        if self._course is None:
            self.init()
        course = self._course
        if course is None:
            raise RuntimeError("init() begins a run")
        return course

    def _idle(self, what: str) -> None:
        if self._course is not None and self._course.calling:
            raise RuntimeError(f"a function that a run calls cannot {what} it; it may get, set and stop")


def _driven(
    chunks: Iterator[Progress], progress: Callable[[Progress], None] | None, cancelled: Callable[[], bool]
) -> Results:
    for step in chunks:
        if progress is not None:
            progress(step)
        if step.fraction == 1:
            break
        if cancelled():
            raise Cancelled
    return step.results
