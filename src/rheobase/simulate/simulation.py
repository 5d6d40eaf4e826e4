"""Simulations: a model under a protocol, run, batched or made a pure function."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.kernel import (
    BATCH_TILE,
    CHUNK,
    Probes,
    Program,
    State,
    System,
    integrator,
    trajectory,
)
from rheobase.model import Cell, Protocol, Recordable
from rheobase.simulate.assemble import Assembly, assemble
from rheobase.simulate.error import SimulationError as SimulationError
from rheobase.simulate.queues import begin_run, take_steps
from rheobase.simulate.recording import Recording, plan_recording, unit_of
from rheobase.simulate.results import Frames, Results

_SECONDS_A_CHUNK = 0.06  # how long Cancel may have to wait
_FIRST_CHUNK = 300_000  # samples times nodes: some milliseconds on most machines
_MOST_SAMPLES = 50_000_000
_REVERSE_MODE_BYTES = (
    8 * 1024 * 1024
)  # what a cache holds: beyond it, running a segment again costs less than fetching it
_VOLTAGE_BEYOND_REASON = 1e5  # mV


class Cancelled(Exception):
    """A run was asked to stop."""


@dataclass(frozen=True)
class Progress:
    """How far a run has come: the `fraction` done, and the `results` until now."""

    fraction: float
    results: Results


class Simulation:
    """A cell under a protocol, ready to run.

    **Arguments:**

    - `cell`: the model. It is read once, now; later edits need a new simulation.
    - `protocol`: stimuli, recordings and run parameters as a document; what is given beside it wins.
    - `tstop`, `dt`: ms. `v_init`: mV. `celsius`: degC. `method`: an integrator's name.
    - `record`: what to record, such as `soma(0.5).v`; by default the voltage in the middle of the root section.
    - `every`: steps from one sample to the next.
    - `frames`: how many times to keep the voltage of the whole cell, evenly spread over the run.
    - `precision`: `"float64"` or `"float32"`.

    **Raises:** ValueError or TypeError for a number that cannot be right, KeyError for an unknown name.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-65)
    >>> sim = rb.Simulation(cell, tstop=1, record=[soma(0.5).v])
    >>> sim.run()[soma(0.5).v].shape
    (41,)
    """

    def __init__(
        self,
        cell: Cell,
        protocol: Protocol | None = None,
        *,
        tstop: Any = None,
        dt: Any = None,
        v_init: Any = None,
        celsius: Any = None,
        method: str | None = None,
        record: Recordable | Iterable[Recordable] | None = None,
        every: int = 1,
        frames: int = 0,
        precision: str = "float64",
    ) -> None:
        given: dict[str, Any] = {"tstop": tstop, "dt": dt, "v_init": v_init, "celsius": celsius, "method": method}
        given = {name: value for name, value in given.items() if value is not None}
        base = protocol if protocol is not None else Protocol()
        if record is not None:
            given["record"] = record
        self.protocol = base.replace(**given) if given else base
        self.cell = cell.freeze()
        p = self.protocol
        if not self.cell.sections:
            raise ValueError(f"cell {cell.name!r} has no sections; add one with add_section(name, L=..., diam=...)")
        integrator(p.method)
        self.precision = _checked_precision(precision)
        self.every = _checked_count("every", every, least=1)
        self.steps = max(1, round(p.tstop / p.dt))
        self.samples = self.steps // self.every
        if self.samples < 1:
            raise ValueError(f"every = {every}: the run has only {self.steps} steps; sample more often")
        if self.samples > _MOST_SAMPLES:
            raise ValueError(
                f"tstop = {p.tstop:g} ms at dt = {p.dt:g} ms makes {self.samples} samples; "
                "sample less often (every=...)"
            )
        self._frames = min(_checked_count("frames", frames, least=0), self.samples)
        self.assembly: Assembly = assemble(
            self.cell,
            p.placements(placed.name for placed in self.cell.placements),
            method=p.method,
            celsius=p.celsius,
            v_init=p.v_init,
        )
        recordables = tuple(p.record) or (self.cell.sections[0](0.5).v,)
        self.recording: Recording = plan_recording(self.assembly, recordables)
        self.units = tuple(unit_of(recordable, self.assembly) for recordable in recordables)

    @property
    def recordables(self) -> tuple[Recordable, ...]:
        """What is recorded, in order."""
        return self.recording.recordables

    def run(
        self,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Results:
        """Run from time 0 to `tstop`.

        **Arguments:** `progress` is called after each chunk, and `cancelled` asked whether to stop there.

        **Raises:** SimulationError when a voltage is no longer a number, with time and place; Cancelled.
        """
        for step in self.chunks():
            if progress is not None:
                progress(step)
            if step.fraction == 1:
                break
            if cancelled():
                raise Cancelled
        return step.results

    def chunks(self) -> Iterator[Progress]:
        """The run, chunk by chunk, each some tens of milliseconds of work."""
        began = perf_counter()
        assembly, recording, program = self.assembly, self.recording, self.assembly.program
        params = assembly.normalised({})
        system = self._cast(assembly.system(params))
        v, dt = self._cast(assembly.voltages(params)), self._number(self.protocol.dt)
        state, first = begin_run(program, system, recording.probes, v, dt)
        t: NDArray[Any] = self.protocol.dt * self.every * np.arange(self.samples + 1)
        values: NDArray[Any] = np.empty((len(self.recordables), self.samples + 1), self.precision)
        values[:, :1] = self._read(first[None], t[:1], dt, system)
        shots = _Shots(self, t)
        shots.take(0, state)
        done, chunk = 0, max(16, _FIRST_CHUNK // len(assembly.grid.parent))
        while done < self.samples:
            count = min(chunk, CHUNK, self.samples - done, shots.next_after(done) - done)
            started = perf_counter()
            before = state
            state, raw = take_steps(program, system, recording.probes, before, done * self.every, count, self.every, dt)
            raw = np.asarray(raw)[:count]
            self._check(system, before, state, raw, done, count, dt)
            rows = slice(done + 1, done + count + 1)
            values[:, rows] = self._read(raw, t[rows], dt, system)
            done += count
            shots.take(done, state)
            seconds = perf_counter() - started
            chunk = max(1, min(CHUNK, int(count * min(4.0, _SECONDS_A_CHUNK / max(seconds, 1e-6)))))
            partial_results = Results(
                t[: done + 1],
                self.recordables,
                self.units,
                values[:, : done + 1],
                shots.frames(),
                perf_counter() - began,
            )
            yield Progress(done / self.samples, partial_results)

    def function(self, per: str = "place") -> tuple[Callable[[Mapping[str, Any]], jax.Array], dict[str, jax.Array]]:
        """The whole run as a pure function of its numeric parameters.

        **Arguments:** `per="segment"` gives parameters of a place one number a segment instead of one in all.

        **Returns:** `f`, with `f(params) -> (recordables, samples)`, to be used under `jit`, `grad`, `jvp` and
        `vmap`; and `params`, every parameter by name at its present value. Any other valid name may be added.
        """
        if per not in ("place", "segment"):
            raise ValueError(f"per = {per!r}: give 'place' or 'segment'")
        assembly, recording = self.assembly, self.recording
        used = tuple(np.unique(np.asarray(recording.probes.array)).tolist())
        plan = _Trajectory(assembly.program, self.samples, self.every, self._segments(), used)
        dt = self._number(self.protocol.dt)
        t = self.protocol.dt * self.every * np.arange(self.samples + 1)

        @jax.jit
        def f(params: Mapping[str, Any]) -> jax.Array:
            full = assembly.normalised(params, jnp)
            system = self._cast(assembly.system(full, jnp))
            raw = _trajectory(plan, system, recording.probes, self._cast(assembly.voltages(full, jnp)), dt)
            return recording.read(raw, t, dt, system)

        params = {}
        for name, value in assembly.table.defaults.items():
            wide = per == "segment" and assembly.table.length(name) > 1
            shape = (assembly.table.length(name),) if wide else np.shape(value)
            params[name] = jnp.broadcast_to(jnp.asarray(value, self.precision), shape)
        return f, params

    def batch(self, values: Mapping[str, ArrayLike]) -> NDArray[Any]:
        """Many runs at once that differ in some parameters.

        **Arguments:** for each parameter one value a run, `(batch,)`, or one a run and segment of its place,
        `(batch, segments)`.

        **Returns:** `(batch, recordables, samples)`.

        **Raises:** KeyError for an unknown name, ValueError for lengths that differ or a value that is not finite,
        SimulationError when a run breaks down.
        """
        arrays = {name: _checked_values(name, value) for name, value in values.items()}
        lengths = {name: len(a) for name, a in arrays.items()}
        if len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise ValueError(f"a batch needs equally many values of each parameter; got {lengths or 'none'}")
        for name, array in arrays.items():
            self.assembly.table.check(name, array)
        count = next(iter(lengths.values()))
        pieces = []
        for start in range(0, count, BATCH_TILE):
            # Filled up to a size that recurs, with copies of the last run, so that any batch finds a compiled program.
            members = min(BATCH_TILE, count - start)
            rows = np.minimum(start + np.arange(_batch_size(members)), count - 1)
            pieces.append(self._tile({name: a[rows] for name, a in arrays.items()}, start)[:members])
        return np.concatenate(pieces)

    def _tile(self, values: dict[str, NDArray[Any]], start: int) -> NDArray[Any]:
        assembly, recording, program = self.assembly, self.recording, self.assembly.program
        params = assembly.normalised(values, batch=True)
        system = self._cast(assembly.system(params))
        dt = self._number(self.protocol.dt)
        v = self._cast(assembly.voltages(params))
        state, first = begin_run(program, system, recording.probes, v, dt)
        t = self.protocol.dt * self.every * np.arange(self.samples + 1)
        pieces = [self._read(first[None], t[:1], dt, system)]
        for done in range(0, self.samples, CHUNK):
            count = min(CHUNK, self.samples - done)
            before = state
            state, raw = take_steps(program, system, recording.probes, before, done * self.every, count, self.every, dt)
            raw = np.asarray(raw)[:count]
            self._check(system, before, state, raw, done, count, dt, start)
            pieces.append(self._read(raw, t[done + 1 : done + count + 1], dt, system))
        return np.concatenate(pieces, axis=-1)

    def _read(self, raw: Any, t: NDArray[Any], dt: Any, system: System) -> NDArray[Any]:
        if all(isinstance(source, int) for source in self.recording.sources):
            return np.asarray(self.recording.read(np.asarray(raw), t, dt, system))
        # To one length, so that the functions which read currents are compiled once.
        size = 1 if len(t) == 1 else CHUNK
        raw = np.concatenate([raw, np.repeat(raw[-1:], size - len(t), axis=0)])
        padded = np.concatenate([t, np.repeat(t[-1:], size - len(t))])
        return np.asarray(self.recording.read(raw, padded, dt, system))[..., : len(t)]

    def _check(
        self,
        system: System,
        before: State,
        after: State,
        raw: NDArray[Any],
        done: int,
        count: int,
        dt: Any,
        start: int = 0,
    ) -> None:
        """Refuse a state that blew up, naming the first step at which it did, the worst node and, of a batch, the run.

        **Arguments:** `done` samples came `before` these `count`; `start`: the number of a batch's first run.
        """
        if _sound(np.asarray(after.v)) and np.isfinite(raw).all():
            return
        low, high = 0, count * self.every
        program, probes = self.assembly.program, self.recording.probes
        state = before
        while high - low > 1:
            middle = (low + high) // 2
            state, _ = take_steps(program, system, probes, before, done * self.every, middle, 1, dt)
            low, high = (middle, high) if _sound(np.asarray(state.v)) else (low, middle)
        state, _ = take_steps(program, system, probes, before, done * self.every, high, 1, dt)
        v = np.abs(np.asarray(state.v)[: self.assembly.grid.count])
        node, *run = np.unravel_index(np.argmax(np.where(np.isfinite(v), v, np.inf)), v.shape)
        t, place = (done * self.every + high) * self.protocol.dt, self.assembly.grid.place_of(int(node))
        which = f"in run {start + int(run[0])} of the batch, " if run else ""
        raise SimulationError(
            f"{which}the voltage at {place} blew up at t = {t:g} ms; try a smaller dt than {self.protocol.dt:g} ms, "
            "or look for a conductance, current or resistance there that cannot be right",
            t,
            place,
        )

    def _segments(self) -> int:
        """In how many segments reverse mode takes the run, to bound its memory."""
        kept = 2 * len(self.assembly.grid.parent)  # a step's first voltages and its solved ones
        kept += sum(len(plan.filler) * len(plan.mechanism.states) for plan in self.assembly.plans)
        kept += sum(len(self.assembly.grid.parent) * len(ion.carries) for ion in self.assembly.ions.values())
        needed = np.dtype(self.precision).itemsize * kept * self.steps
        return 1 if needed <= _REVERSE_MODE_BYTES else int(np.ceil(np.sqrt(self.samples)))

    def _cast(self, tree: Any) -> Any:
        if self.precision == "float64":
            return tree
        return jax.tree.map(
            lambda x: x.astype(self.precision) if jnp.issubdtype(jnp.result_type(x), jnp.floating) else x, tree
        )

    def _number(self, value: float) -> Any:
        return np.asarray(value, self.precision)

    def __repr__(self) -> str:
        p = self.protocol
        return f"<Simulation of {self.cell.name!r}: {p.tstop:g} ms at dt {p.dt:g} ms, {p.method}>"


def run(cell: Cell, protocol: Protocol | None = None, **options: Any) -> Results:
    """Run a cell and return what was recorded; the arguments are those of `Simulation`.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> clamp = cell.place(rb.IClamp(delay=1, dur=5, amp=0.5), soma(0.5))
    >>> bool(rb.run(cell, tstop=10, record=[soma(0.5).v])[soma(0.5).v].max() > 0)
    True
    """
    return Simulation(cell, protocol, **options).run()


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


class _Shots:
    """Collects frames of the whole cell at evenly spread samples."""

    def __init__(self, simulation: Simulation, t: NDArray[Any]) -> None:
        grid = simulation.assembly.grid
        count = simulation._frames
        self._at: NDArray[np.int64] = np.unique(np.linspace(0, simulation.samples, count).round().astype(np.int64))
        self._t = t
        self._node = grid.node
        self._v = np.empty((len(self._at), grid.n_segments), np.float32)
        self._taken = 0

    def next_after(self, sample: int) -> int:
        """The next sample at which a frame is due, or a far one."""
        return int(self._at[self._taken]) if self._taken < len(self._at) else sample + CHUNK

    def take(self, sample: int, state: State) -> None:
        if self._taken < len(self._at) and self._at[self._taken] == sample:
            self._v[self._taken] = np.asarray(state.v)[self._node]
            self._taken += 1

    def frames(self) -> Frames | None:
        if not len(self._at):
            return None
        return Frames(self._t[self._at[: self._taken]], self._v[: self._taken])


def _batch_size(members: int) -> int:
    """The size of the batch that some members are run in: a power of two or half way between two."""
    return next(size for size in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, BATCH_TILE) if size >= members)


def _sound(v: NDArray[Any]) -> bool:
    return bool(np.isfinite(v).all() and np.abs(v).max() <= _VOLTAGE_BEYOND_REASON)


def _checked_count(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} = {value!r}: give a whole number of at least {least}")
    return int(value)


def _checked_values(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Numbers, one a run or `(batch, segments)`."""
    try:
        array = np.atleast_1d(np.asarray(values, float))
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {values!r}: give one number a run, or equally many a run") from None
    if array.ndim > 2:
        raise ValueError(f"{name} was given an array of shape {array.shape}; give one number a run, or one a segment")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has a value that is not a finite number")
    return array


def _checked_precision(precision: str) -> str:
    if precision not in ("float32", "float64"):
        raise ValueError(f"precision = {precision!r}: give 'float64' or 'float32'")
    if precision == "float64" and not jax.numpy.asarray(0.0).dtype == "float64":
        raise ValueError("this process runs JAX in float32 (RHEOBASE_X64=0): give precision='float32'")
    return precision
