"""What is changed while a run is under way: parameters, voltages and states."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.kernel import Clock, Probes, Program, State, System
from rheobase.kernel.membrane import membrane, prepare
from rheobase.kernel.play import playing
from rheobase.model import Recordable
from rheobase.simulate.addresses import Address
from rheobase.simulate.assemble import Assembly
from rheobase.simulate.recording import plan_recording


def checked_parameter(assembly: Assembly, name: str, value: ArrayLike) -> NDArray[np.float64]:
    """A value of a parameter, `(1,)` or one number a segment of its place.

    **Raises:** KeyError for an unknown name; ValueError for no number, one out of limits, or too many.
    """
    try:
        array = np.atleast_1d(np.asarray(value, float))
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {value!r}: give a number, or one for each segment of its place") from None
    length = assembly.table.length(name)
    if array.ndim != 1 or len(array) not in (1, length):
        raise ValueError(
            f"{name} was given an array of shape {array.shape}; its place has {length} "
            f"segment{'s' if length != 1 else ''}: give one number, or one for each"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} = {value!r}: must be a finite number")
    assembly.table.check(name, array)
    return array


def address_in(assembly: Assembly, recordable: Recordable) -> Address:
    """Where in a state something is that can be set. **Raises:** KeyError, TypeError, ValueError in words."""
    recording = plan_recording(assembly, (recordable,))
    (source,) = recording.sources
    if not isinstance(source, int):
        raise ValueError(f"{recordable.label} cannot be set: it follows from states and parameters; set one of those")
    return int(recording.probes.array[source]), int(recording.probes.offset[source])


def sampled(state: State, probes: Probes) -> NDArray[Any]:
    """The sample of a state, `(probes,)`."""
    arrays = [np.asarray(array) for array in state.arrays()]
    pairs = zip(np.asarray(probes.array).tolist(), np.asarray(probes.offset).tolist(), strict=True)
    return np.array([arrays[array][offset] for array, offset in pairs])


def with_number(state: State, address: Address, value: float) -> State:
    """The state with a number in it changed."""
    place, offset = address

    def changed(array: Any) -> Any:
        copy = np.array(array)
        copy[offset] = value
        return copy

    if place == 0:
        return state._replace(v=changed(state.v))
    mechanisms, ions = [dict(own) for own in state.mechanisms], {ion: dict(pool) for ion, pool in state.ions.items()}
    count = 0
    for named in (*mechanisms, *(ions[ion] for ion in sorted(ions))):
        for name in sorted(named):
            count += np.ndim(named[name]) == state.v.ndim
            if count == place and np.ndim(named[name]) == state.v.ndim:
                named[name] = changed(named[name])
                return state._replace(mechanisms=tuple(mechanisms), ions=ions)
    return _with_weight(state, place - count - 1, offset, value)


def _with_weight(state: State, row: int, column: int, value: float) -> State:
    events: Any = state.events
    weights = np.array(events.weights)
    weights[row, column] = value
    return state._replace(events=events._replace(weights=weights))


def following(assembly: Assembly, state: State, old: System, new: System, given: Mapping[str, Any]) -> State:
    """The state once parameters were changed, of which it holds some itself: weights, and what moves of ions.

    **Arguments:** the `old` and the `new` system; `given`: the parameters that were changed.
    """
    if assembly.wiring is not None:
        weights = {
            f"{spec.name}.{name}": (row, column)
            for column, (spec, names) in enumerate(zip(assembly.wiring.specs, assembly.wiring.names, strict=True))
            for row, name in enumerate(names)
        }
        for name in weights.keys() & given.keys():
            state = _with_weight(state, *weights[name], float(np.asarray(given[name]).reshape(-1)[0]))
    ions = dict(state.ions)
    for ion, pool in state.ions.items():
        for what in pool.keys() - {"current"}:
            before, after = np.asarray(getattr(old.ions[ion], what)), np.asarray(getattr(new.ions[ion], what))
            moved = before != after
            if moved.any():
                taken: Any = np.where(moved, after, np.asarray(pool[what]))
                ions[ion] = {**ions[ion], what: taken}
    return state._replace(ions=ions)


def settled(program: Program, system: System, state: State, t: float, dt: Any) -> State:
    """The state with everything brought up to date that evaluating the currents makes, as at the start of a run."""
    return _settled(program, system, state, np.asarray(t, dt.dtype), dt) if program.settles else state


@partial(jax.jit, static_argnames="program")
def _settled(program: Program, system: System, state: State, t: Any, dt: Any) -> State:
    return membrane(program, playing(program, prepare(program, system), t), state, Clock(t, dt)).state
