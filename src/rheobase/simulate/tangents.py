"""Derivatives of a run by its parameters, carried along with it: forward mode, a tile of directions at a time.

The state and its derivatives go from chunk to chunk together, so that memory does not grow with the length of the run,
and that it can be told to stop. Only the mechanisms and the size of the tile fix the compiled program: numbers, another
length, another recording site find it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.kernel import CHUNK, Program, System, integrator
from rheobase.model import Recordable
from rheobase.simulate.error import SimulationError
from rheobase.simulate.forward import begin, floats, go, is_float, joined, look, padded
from rheobase.simulate.queues import failing, larger_queues, refuse_failure
from rheobase.simulate.recording import Recording, plan_recording, unit_of
from rheobase.simulate.resting import begun_with
from rheobase.simulate.simulation import Cancelled, Simulation

_TILES = (1, 4, 12, 16)  # directions that a program is compiled for; more than 16 fall out of the processor's cache
_MOST_BYTES = 1024**3
_AT_ONCE = 20_000  # samples times nodes of a first chunk: some tens of milliseconds
_MOST_AT_ONCE = 4_000_000  # samples times nodes and directions of the longest, so that it can be told to stop
_RELATIVE_STEP = 1e-3
# Fourth order (Abramowitz and Stegun, 25.3.6): at this step an algebraic function loses twelve digits' worth at most.
_STENCIL = ((-2.0, 1 / 12), (-1.0, -2 / 3), (1.0, 2 / 3), (2.0, -1 / 12))

Direction = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Tangents:
    """A run and its derivatives.

    **Fields:** `t`: ms, `(samples,)`; `units`: of what is recorded; `values`: `(recordables, samples)`; `derivatives`:
    by the way along each direction, `(directions, recordables, samples)`.
    """

    t: NDArray[np.float64]
    units: tuple[str, ...]
    values: NDArray[Any]
    derivatives: NDArray[Any]


def tangents(
    simulation: Simulation,
    directions: Sequence[Direction],
    *,
    at: Mapping[str, ArrayLike] | None = None,
    record: Sequence[Recordable] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda _: None,
) -> Tangents:
    """Run a simulation with the derivatives of all that it records.

    **Arguments:**

    - `directions`: each says how fast which parameters move: `{"soma.hh.gnabar": 1.0}` is the partial derivative by it.
      Of a parameter with a number for each segment, one rate or one for each.
    - `at`: values of parameters that differ from those of the simulation.
    - `record`: what to record; what the simulation does unless given.
    - `cancelled`: asked between chunks of work. `progress`: told the fraction done.

    **Raises:** KeyError for an unknown name; ValueError for an adaptive method, functions called during the
    run or more numbers than fit; Cancelled;
    SimulationError where the run or a derivative is no longer a number.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", g=1e-4, e=-65)
    >>> sim = rb.Simulation(cell, tstop=500, v_init=-65)
    >>> moved = tangents(sim, [{"soma.pas.e": 1.0}])    # the rest follows the leak's reversal potential
    >>> round(float(moved.derivatives[0, 0, -1]), 6)
    1.0
    """
    method = simulation.protocol.method
    if getattr(integrator(method), "adaptive", False):
        raise ValueError(
            f"method = {method!r} chooses its own steps, and derivatives of the run are taken at fixed ones: "
            "give the simulation method='implicit_euler' or 'crank_nicolson'"
        )
    if simulation.schedule:
        raise ValueError(
            "a function that is called during a run has no derivative: make the simulation without at() and on()"
        )
    recording = simulation.recording if record is None else plan_recording(simulation.assembly, record)
    rows, samples = len(recording.recordables), simulation.samples + 1
    needed = 8 * rows * samples * max(1, len(directions))
    if needed > _MOST_BYTES:
        raise ValueError(
            f"{len(directions)} derivatives of {rows} traces at {samples} times would fill {needed / 1e9:.1f} GB; "
            "sample less often (every=...), or ask for fewer parameters"
        )
    if at:
        simulation = simulation.varied(at)
    present = {name: present_value(simulation, name) for each in directions for name in each}
    derivatives: NDArray[Any] = np.empty((len(directions), rows, samples), simulation.precision)
    values: NDArray[Any] = np.empty((rows, samples), simulation.precision)
    starts = range(0, max(1, len(directions)), _TILES[-1])
    for k, start in enumerate(starts):
        tile = list(directions[start : start + _TILES[-1]])
        run = _TileRun(simulation, recording, tile, present)
        for done, columns, moved in run.chunks():
            values[:, columns] = run.values
            derivatives[start : start + len(tile), :, columns] = moved[: len(tile)]
            progress((k + done) / len(starts))
            if cancelled():
                raise Cancelled
    t: NDArray[Any] = simulation.protocol.dt * simulation.every * np.arange(samples)
    units = tuple(unit_of(each, simulation.assembly) for each in recording.recordables)
    return Tangents(t, units, values, derivatives)


def present_value(simulation: Simulation, name: str) -> NDArray[np.float64]:
    """The value that a parameter has in a simulation, `(1,)` or one a segment of its place.

    **Raises:** KeyError for an unknown name.
    """
    assembly = simulation.assembly
    table = assembly.table
    if name in simulation.values:
        return simulation.values[name]
    if name in table.defaults:
        return np.atleast_1d(np.asarray(table.defaults[name], float))
    if name in table.shared:
        return np.atleast_1d(np.asarray(table.shared[name].default, float))
    place, target = table.split(name)
    columns = table.spread(assembly.normalised(simulation.values))
    values: NDArray[np.float64] = np.asarray(columns[target], float)[table.resolve(place)[0]]
    return values[:1] if (values == values[0]).all() else values


class _TileRun:
    """One run with a few directions."""

    def __init__(
        self,
        simulation: Simulation,
        recording: Recording,
        directions: list[Direction],
        present: Mapping[str, NDArray[np.float64]],
    ) -> None:
        self.simulation = simulation
        self.recording = recording
        self.values: NDArray[Any] = np.empty(0)
        self.size = next(size for size in _TILES if size >= len(directions))
        assembly = simulation.assembly
        self.program: Program = assembly.program
        params = assembly.normalised(simulation.values)
        self.system: System = self._cast(assembly.system(params))
        self.v: Any = self._cast(assembly.voltages(params))
        self.d_system, self.d_v = self._slopes(directions, present)

    def chunks(self) -> Iterator[tuple[float, slice, NDArray[Any]]]:
        """The fraction done, which samples, and their derivatives `(directions, recordables, samples)`."""
        simulation, probes = self.simulation, self.recording.probes
        dt: Any = np.asarray(simulation.protocol.dt, simulation.precision)
        state, first, d_state, d_first = begin(self.program, self.system, probes, self.v, dt, self.d_system, self.d_v)
        if simulation.beginning != "v_init":
            state, d_state = begun_with(simulation, self.system, state, self.d_system, d_state)
            first, d_first = look(probes, state, d_state)
        every, total = simulation.every, simulation.samples
        yield 0.0, slice(0, 1), self._read(first[None], d_first[:, None], 0, 1, dt)
        done = 0
        nodes = len(simulation.assembly.grid.parent)
        count, most = max(8, _AT_ONCE // nodes), max(8, _MOST_AT_ONCE // (nodes * self.size))
        while done < total:
            count = min(count, CHUNK, total - done)
            while True:
                after, raw, d_after, d_raw = go(
                    self.program, self.system, probes, state, done * every, count, every, dt, self.d_system, d_state
                )
                if self.program.wiring is None or not failing(after):
                    break
                refuse_failure(after, done * every * float(dt), (done + count) * every * float(dt))
                grown = larger_queues(state.events, failing(after))
                d_state = d_state._replace(events=jax.tree.map(padded, d_state.events, floats(grown)[0]))
                state = state._replace(events=grown)
            state, d_state = after, d_after
            columns = slice(done + 1, done + count + 1)
            done += count
            yield done / total, columns, self._read(raw, d_raw, columns.start, count, dt)
            count = min(2 * count, most)

    def _read(self, raw: Any, d_raw: Any, start: int, count: int, dt: Any) -> NDArray[Any]:
        """Sets `values`, and gives the derivatives of what is recorded at some samples."""
        sources = self.recording.sources
        if all(isinstance(source, int) for source in sources):
            columns: Any = list(sources)
            self.values = np.asarray(raw)[:count, columns].T
            moved = np.asarray(d_raw)[:, :count, columns].transpose(0, 2, 1)
        else:
            dt_sample = self.simulation.protocol.dt * self.simulation.every
            t = jnp.asarray(dt_sample * (start + np.arange(raw.shape[0])))
            values, slopes = _read(self.recording, raw, d_raw, t, dt, self.system, self.d_system)
            self.values, moved = np.asarray(values)[:, :count], np.asarray(slopes)[..., :count]
        if not (np.isfinite(self.values).all() and np.isfinite(moved).all()):
            self.simulation.run()  # tells time and place where the run itself is at fault
            raise SimulationError(
                f"after {start * float(dt) * self.simulation.every:g} ms a derivative is no longer a number: the run "
                "depends on a parameter beyond all measure there, or not smoothly; ask for a shorter run",
                0.0,
                "",
            )
        return moved

    def _slopes(
        self, directions: list[Direction], present: Mapping[str, NDArray[np.float64]]
    ) -> tuple[System, NDArray[Any]]:
        """How the system's arrays and the first voltages move along each direction.

        They are algebra of the parameters, without time, and written for whole batches of NumPy's: differences of
        fourth order give them to twelve digits, in the time that JAX would take to dispatch a few operations.
        """
        assembly, names = self.simulation.assembly, list(present)
        units = [_unit_step(each, present) for each in directions]
        columns: dict[str, NDArray[np.float64]] = {}
        for name in names:
            length = max([len(present[name]), *(np.size(d[name]) for d in directions if name in d)])
            here = np.broadcast_to(present[name], length)
            moves = [
                here + node * unit * np.broadcast_to(np.asarray(d.get(name, 0.0), float), length)
                for d, unit in zip(directions, units, strict=True)
                for node, _ in _STENCIL
            ]
            columns[name] = np.stack(moves)
        if not columns:
            moved, v = self.system, self.v
            return jax.tree.map(lambda x: np.zeros((self.size, *np.shape(x))), floats(moved)[0]), np.zeros(
                (self.size, *np.shape(v))
            )
        batch = len(directions) * len(_STENCIL)
        standing = {name: np.broadcast_to(v, (batch, len(v))) for name, v in self.simulation.values.items()}
        params = assembly.normalised(standing | columns, batch=True)
        weights = np.array([weight for _, weight in _STENCIL])

        def slope(x: Any, like: Any) -> NDArray[Any]:
            shape = np.shape(like)
            whole = np.zeros((self.size, *shape))
            if np.ndim(x) > len(shape) and np.shape(x)[-1] == batch:  # others no parameter reaches
                away = (x - np.expand_dims(like, -1)).reshape(*shape, len(directions), len(weights))
                whole[: len(directions)] = np.moveaxis(away @ weights / np.asarray(units), -1, 0)
            return whole

        system = jax.tree.map(slope, floats(assembly.system(params))[0], floats(self.system)[0])
        return self._cast(system), self._cast(slope(assembly.voltages(params), self.v))

    def _cast(self, tree: Any) -> Any:
        precision = self.simulation.precision
        if precision == "float64":
            return tree
        return jax.tree.map(lambda x: np.asarray(x, precision) if is_float(x) else x, tree)


def _unit_step(direction: Direction, present: Mapping[str, NDArray[np.float64]]) -> float:
    """How far along a direction a difference reaches: a thousandth of the value that moves most slowly."""
    reach = [
        _RELATIVE_STEP * (float(np.abs(present[name]).max()) or 1.0) / float(np.abs(rate).max())
        for name, rate in direction.items()
        if np.any(rate)
    ]
    return min(reach, default=1.0)


def _read(
    recording: Recording, raw: Any, d_raw: Any, t: Any, dt: Any, system: System, d_system: Any
) -> tuple[Any, Any]:
    """What is recorded, of raw samples; not compiled as a whole, since a recording is no part of a program."""
    numbers, others = floats(jax.tree.map(jnp.asarray, system))
    raw = jnp.asarray(raw)

    def read(raw: Any, numbers: Any) -> Any:
        return recording.read(raw, t, dt, joined(numbers, others))

    def one(d_raw: Any, d_numbers: Any) -> tuple[Any, Any]:
        return jax.jvp(read, (raw, numbers), (d_raw, d_numbers))

    values, slopes = jax.vmap(one, out_axes=(None, 0))(d_raw, jax.tree.map(jnp.asarray, d_system))
    return values, slopes
