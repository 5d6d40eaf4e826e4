"""A whole run as a pure function of its parameters, to be differentiated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from rheobase.kernel import Probes, Program, System, trajectory
from rheobase.simulate.course import Course

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation

_REVERSE_MODE_BYTES = (
    8 * 1024 * 1024
)  # what a cache holds: beyond it, running a segment again costs less than fetching it


def pure_function(
    simulation: "Simulation", per: str
) -> tuple[Callable[[Mapping[str, Any]], jax.Array], dict[str, jax.Array]]:
    """The function of `Simulation.function`, which says what is given and returned."""
    if per not in ("place", "segment"):
        raise ValueError(f"per = {per!r}: give 'place' or 'segment'")
    for given, what in (
        (simulation.schedule, "calls no function in between: make its simulation without at() and on()"),
        (simulation.beginning != "v_init", "begins as mechanisms do at v_init: make its simulation without init="),
        (simulation.record_at is not None, "gives all samples: make its simulation without record_at="),
    ):
        if given:
            raise ValueError(f"a run as a pure function {what}")
    f = _on_steps_taken(simulation) if simulation.protocol.method == "adaptive" else _on_fixed_steps(simulation)
    assembly = simulation.assembly
    params = {}
    for name, value in {**assembly.table.defaults, **simulation.values}.items():
        wide = per == "segment" and assembly.table.length(name) > 1
        number = np.squeeze(np.asarray(value, simulation.precision))
        params[name] = jnp.broadcast_to(number, (assembly.table.length(name),) if wide else number.shape)
    return f, params


def _on_steps_taken(simulation: "Simulation") -> Callable[[Mapping[str, Any]], jax.Array]:
    """The run on the very steps that it takes at present values.

    **Raises:** ValueError for a model in which events travel: their times would have to be differentiated too.
    """
    assembly, recording = simulation.assembly, simulation.recording
    if assembly.wiring is not None:
        raise ValueError(
            "method = 'adaptive' cannot be differentiated where events travel, since their times move with the "
            "parameters: use method='implicit_euler' or 'crank_nicolson'"
        )
    course = Course(simulation)
    course.begin()
    for _ in course.chunks(course.end):
        pass
    engine: Any = course.engine
    schedule, t = engine.schedule(), course.results().t
    dt = np.asarray(simulation.protocol.dt, simulation.precision)

    @jax.jit
    def f(params: Mapping[str, Any]) -> jax.Array:
        full = assembly.normalised(params, jnp)
        system = simulation.cast(assembly.system(full, jnp))
        raw = engine.replay(system, simulation.cast(assembly.voltages(full, jnp)), schedule)
        return recording.read(raw, t, dt, system)

    return f


def _on_fixed_steps(simulation: "Simulation") -> Callable[[Mapping[str, Any]], jax.Array]:
    """The run on fixed steps."""
    assembly, recording, every = simulation.assembly, simulation.recording, simulation.every
    used = tuple(np.unique(np.asarray(recording.probes.array)).tolist())
    plan = _Trajectory(assembly.program, simulation.samples, every, _segments(simulation), used)
    dt = np.asarray(simulation.protocol.dt, simulation.precision)
    t = simulation.protocol.dt * every * np.arange(simulation.samples + 1)

    @jax.jit
    def f(params: Mapping[str, Any]) -> jax.Array:
        full = assembly.normalised(params, jnp)
        system = simulation.cast(assembly.system(full, jnp))
        raw = _trajectory(plan, system, recording.probes, simulation.cast(assembly.voltages(full, jnp)), dt)
        return recording.read(raw, t, dt, system)

    return f


@dataclass(frozen=True)
class _Trajectory:
    """What fixes the shape of a differentiable run."""

    program: Program
    samples: int
    every: int
    segments: int
    used: tuple[int, ...]


@partial(jax.jit, static_argnums=0)
def _trajectory(plan: _Trajectory, system: System, probes: Probes, v: Any, dt: Any) -> jax.Array:
    return trajectory(
        plan.program,
        system,
        probes,
        v,
        dt,
        samples=plan.samples,
        every=plan.every,
        segments=plan.segments,
        used=plan.used,
    )


def _segments(simulation: "Simulation") -> int:
    """In how many segments reverse mode takes the run, to bound its memory."""
    assembly = simulation.assembly
    kept = 2 * len(assembly.grid.parent)  # a step's first voltages and its solved ones
    kept += sum(len(plan.filler) * len(plan.mechanism.states) for plan in assembly.plans)
    kept += sum(len(assembly.grid.parent) * len(ion.carries) for ion in assembly.ions.values())
    needed = np.dtype(simulation.precision).itemsize * kept * simulation.steps
    return 1 if needed <= _REVERSE_MODE_BYTES else int(np.ceil(np.sqrt(simulation.samples)))
