"""Many runs at once that differ in some parameters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.kernel import BATCH_TILE, CHUNK
from rheobase.simulate.course import Cancelled
from rheobase.simulate.engines import engine_for
from rheobase.simulate.error import SimulationError
from rheobase.simulate.fixed import FixedSteps, sound_runs
from rheobase.simulate.interpolation import interpolated
from rheobase.simulate.options import checked_values

_AT_ONCE = 3_000_000  # samples times runs times nodes between two looks at whether to stop: about 0.1 s

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation


def batch(
    simulation: "Simulation",
    values: Mapping[str, ArrayLike],
    forgiving: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> NDArray[Any]:
    """The runs of `Simulation.batch`, which says what is given and raised."""
    arrays = {name: checked_values(name, value) for name, value in values.items()}
    lengths = {name: len(a) for name, a in arrays.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise ValueError(f"a batch needs equally many values of each parameter; got {lengths or 'none'}")
    for name, array in arrays.items():
        simulation.assembly.table.check(name, array)
    count = next(iter(lengths.values()))
    arrays = {name: np.broadcast_to(v, (count, len(v))) for name, v in simulation.values.items()} | arrays
    if not isinstance(engine_for(simulation), FixedSteps) or simulation.schedule or simulation.beginning != "v_init":
        return _one_by_one(simulation, arrays, range(count), forgiving, cancelled)
    pieces = []
    for start in range(0, count, BATCH_TILE):
        # Filled up to a size that recurs, with copies of the last run, so that any batch finds a compiled program.
        members = min(BATCH_TILE, count - start)
        rows = np.minimum(start + np.arange(_batch_size(members)), count - 1)
        tile = {name: a[rows] for name, a in arrays.items()}
        try:
            pieces.append(_tile(simulation, tile, start, forgiving, cancelled)[:members])
        except SimulationError:
            if not forgiving:
                raise
            pieces.append(_one_by_one(simulation, arrays, range(start, start + members), forgiving, cancelled))
    return np.concatenate(pieces)


def _one_by_one(
    simulation: "Simulation",
    arrays: Mapping[str, NDArray[Any]],
    which: Iterable[int],
    forgiving: bool,
    cancelled: Callable[[], bool],
) -> NDArray[Any]:
    """The runs of a batch that cannot be stepped together, at the times of fixed steps."""
    every = simulation.protocol.dt * simulation.every * np.arange(simulation.samples + 1)
    times = np.minimum(every, simulation.protocol.tstop) if simulation.record_at is None else simulation.record_at
    found = []
    for k in which:
        try:
            results = simulation.varied({name: array[k] for name, array in arrays.items()}).run(cancelled=cancelled)
        except SimulationError:
            if not forgiving:
                raise
            found.append(np.full((len(simulation.recordables), len(times)), np.nan))
            continue
        if results.orders is not None:
            results = results.at(times)
        if len(results.t) != len(times):
            raise ValueError(f"run {k} of the batch was stopped at t = {results.t[-1]:g} ms; a batch needs whole runs")
        found.append(results.values)
    return np.stack(found)


def _tile(
    simulation: "Simulation",
    values: dict[str, NDArray[Any]],
    start: int,
    forgiving: bool,
    cancelled: Callable[[], bool],
) -> NDArray[Any]:
    assembly, recording = simulation.assembly, simulation.recording
    engine: Any = engine_for(simulation)
    engine = replace(engine, first_run=start, forgiving=forgiving)
    params = assembly.normalised(values, batch=True)
    system = simulation.cast(assembly.system(params))
    dt = np.asarray(simulation.protocol.dt, simulation.precision)
    until = simulation.steps * simulation.protocol.dt
    present, first = engine.begin(system, simulation.cast(assembly.voltages(params)))
    sound = np.ones(len(next(iter(values.values()))), bool)
    times, pieces = [np.zeros(1)], [recording.rows(first[None], np.zeros(1), dt, system)]
    done, most = 0, max(1, min(CHUNK, _AT_ONCE // (len(sound) * len(assembly.grid.parent))))
    while done < simulation.samples:
        if cancelled():
            raise Cancelled
        stretch = engine.go(system, present, until, most)
        done += len(stretch.t)
        present = stretch.present
        if forgiving:
            sound &= sound_runs(np.asarray(present.state.v))
            if not sound.any():
                return np.full((len(sound), len(simulation.recordables), _length(simulation)), np.nan)
        times.append(stretch.t)
        pieces.append(recording.rows(stretch.raw, stretch.t, dt, system))
    runs = np.concatenate(pieces, axis=-1)
    runs[~sound] = np.nan
    if simulation.record_at is None:
        return runs
    t = np.concatenate(times)
    return np.stack([interpolated(simulation.record_at, t, each) for each in runs])


def _length(simulation: "Simulation") -> int:
    """How many samples each run gives."""
    return simulation.samples + 1 if simulation.record_at is None else len(simulation.record_at)


def _batch_size(members: int) -> int:
    """The size of the batch that some members are run in: a power of two or half way between two."""
    return next(size for size in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, BATCH_TILE) if size >= members)
