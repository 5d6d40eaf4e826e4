"""A run that stands where it was left, and goes on from there under the model as it is by then."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rheobase.kernel import integrator
from rheobase.simulate.changes import following
from rheobase.simulate.course import Course, Progress
from rheobase.simulate.engine import Present
from rheobase.simulate.results import Frames, Results
from rheobase.simulate.simulation import Simulation

_WHOLE = 1e-6  # of a step, how far from a whole one is still rounding


class Task:
    """Work for a `LiveRunner`: what `begin` gives, chunk by chunk."""

    def __init__(self, begin: Callable[[], Iterator[Progress]]) -> None:
        self._begin = begin

    def chunks(self) -> Iterator[Progress]:
        """Do it."""
        return self._begin()


class StandingRun:
    """A run that is begun, left and continued, also under another simulation of the same structure.

    Each of its methods takes it on chunk by chunk and may be left between two of them; it then stands where it is.
    One thread at a time may take it on; any may look.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> run = StandingRun()
    >>> for step in run.init(rb.Simulation(cell, tstop=5)):
    ...     pass
    >>> cell.cm = 2
    >>> for step in run.until(rb.Simulation(cell, tstop=5), 3):
    ...     pass
    >>> run.t, len(run.results)
    (3.0, 121)
    """

    def __init__(self) -> None:
        self._simulation: Simulation | None = None
        self._before: Results | None = None

    @property
    def simulation(self) -> Simulation | None:
        """What it runs on, None before the first."""
        return self._simulation

    @property
    def t(self) -> float | None:
        """Where it stands, ms; None before the first."""
        return None if self._simulation is None else self._simulation.t

    @property
    def elapsed(self) -> float:
        """Seconds that it took so far."""
        before = 0.0 if self._before is None else self._before.elapsed
        return before + (0.0 if self._simulation is None else self._simulation.results.elapsed)

    @property
    def results(self) -> Results:
        """What was recorded so far, under all simulations; its frame is the present. **Raises:** ValueError if none."""
        if self._simulation is None:
            raise ValueError("there is no run yet: Init begins one")
        found = self._simulation.results
        present = self._simulation.present
        v = np.asarray(present.state.v)[self._simulation.assembly.grid.node].astype(np.float32)
        shot = Frames(np.array([present.t]), v[None])
        return replace(found if self._before is None else joined(self._before, found), frames=shot)

    def whole(self, simulation: Simulation) -> Iterator[Progress]:
        """Begin anew and run to the end."""
        self._simulation, self._before = simulation, None
        yield from simulation.chunks()

    def init(self, simulation: Simulation) -> Iterator[Progress]:
        """Begin anew, and stand at time 0."""
        simulation.init()
        self._simulation, self._before = simulation, None
        yield Progress(1.0, self.results)

    def until(self, simulation: Simulation, t: float) -> Iterator[Progress]:
        """Go on to a time (ms); a run that has not begun begins.

        **Raises:** ValueError for a time that is over, or a simulation of another structure.
        """
        now = self._under(simulation)
        for step in now.chunks_until(t):
            yield Progress(step.fraction, self.results)

    def step(self, simulation: Simulation) -> Iterator[Progress]:
        """Take a single step. **Raises:** ValueError for a simulation of another structure."""
        self._under(simulation).step()
        yield Progress(1.0, self.results)

    def stand(self, simulation: Simulation) -> Iterator[Progress]:
        """Stand where a simulation stands, as after its state was restored; what was recorded begins there."""
        self._simulation, self._before = simulation, None
        yield Progress(1.0, self.results)

    def _under(self, simulation: Simulation) -> Simulation:
        old = self._simulation
        if old is None:
            simulation.init()
            self._simulation = simulation
        elif simulation is not old:
            before = self.results
            take_over(simulation, old)
            self._simulation, self._before = simulation, before
        return simulation


def take_over(new: Simulation, old: Simulation) -> None:
    """Let a simulation stand where another one of the same structure stands, and go on under its own parameters.

    **Raises:** ValueError in words if the state of the old one has no meaning in the new one.
    """
    t = old.t
    if _structure(new) != _structure(old):
        raise ValueError(
            f"the model was rebuilt while the run stood at {t:g} ms: with other sections, segments, mechanisms or "
            "electrodes its state has no place in it; Init begins anew"
        )
    dt = new.protocol.dt
    if not _adaptive(new) and abs(t / dt - round(t / dt)) > _WHOLE:
        raise ValueError(
            f"the run stands at {t:g} ms, which is no whole number of steps of dt = {dt:g} ms: take a dt that divides "
            "it, or Init to begin anew"
        )
    given = {**new.assembly.table.defaults, **new.values}
    known = {**old.assembly.table.defaults, **old.values}
    changed = {
        name: value
        for name, value in given.items()
        if name not in known or not np.array_equal(np.atleast_1d(value), np.atleast_1d(known[name]))
    }
    old_system, new_system = (
        each.cast(each.assembly.system(each.assembly.normalised(each.values))) for each in (old, new)
    )
    state = following(new.assembly, old.present.state, old_system, new_system, changed)
    course = Course(new)
    course.resume(Present(t, new.cast(state)))
    new._course = course


def joined(before: Results, after: Results) -> Results:
    """What was recorded before a change and after it, as one; only the latter where something else was recorded."""
    if before.recordables != after.recordables or before.units != after.units:
        return after
    even = before.orders is None and after.orders is None
    # Fixed steps have one sample at an instant; of an adaptive run both stay, before the change and after it.
    first = 1 if even and len(after.t) and before.t[-1] >= after.t[0] else 0
    orders = None
    if not even:
        straight = [np.ones(len(each.t), np.int64) if each.orders is None else each.orders for each in (before, after)]
        orders = np.concatenate(straight)
    return Results(
        np.concatenate([before.t, after.t[first:]]),
        after.recordables,
        after.units,
        np.concatenate([before.values, after.values[:, first:]], axis=1),
        after.frames,
        before.elapsed + after.elapsed,
        after.statistics,
        orders,
    )


def _structure(simulation: Simulation) -> tuple[Any, ...]:
    assembly = simulation.assembly
    return (
        assembly.program._replace(method=""),
        tuple((spec.name, spec.nseg) for spec in assembly.grid.specs),
        assembly.grid.parent.tobytes(),
        tuple((plan.mechanism.name, plan.names) for plan in assembly.plans),
        simulation.precision,
    )


def _adaptive(simulation: Simulation) -> bool:
    return integrator(simulation.protocol.method).adaptive
