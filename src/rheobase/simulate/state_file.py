"""The state of a run in a file, from which another run of the same model goes on exactly.

It is NumPy's `.npz`: one array for each part of the state, and `manifest`, JSON that tells the time, which model it is
and how it was run. Nothing in it is run, and no array is read that the model has no use for.
"""

import json
import os
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from rheobase.documents import checked_schema
from rheobase.kernel import Pending, State
from rheobase.simulate.assemble import Assembly
from rheobase.simulate.changes import checked_parameter
from rheobase.simulate.engine import Present

if TYPE_CHECKING:
    from rheobase.simulate.course import Course
    from rheobase.simulate.simulation import Simulation

_SCHEMA = "rheobase.state"
_VERSION = 1
_MANIFEST = "manifest"
_MOST_EVENTS = 65536
_MOST_BYTES = 2**31
_MOST_TOLD = 3


class StateError(ValueError):
    """A state that cannot be read, or is not one of this model. Its text says where they differ."""


def save_state(path: str | os.PathLike[str], simulation: "Simulation", course: "Course") -> None:
    """Write where a run stands; the file is written whole or not at all."""
    present, protocol = course.present, simulation.protocol
    arrays = {**_named(present.state), **_memory(present.memory)}
    manifest = {
        "schema": _SCHEMA,
        "version": _VERSION,
        "rheobase": version("rheobase"),
        "t": present.t,
        "method": protocol.method,
        "dt": protocol.dt,
        "precision": simulation.precision,
        "model": _model(simulation.assembly),
        "values": {name: value.tolist() for name, value in {**simulation.values, **course.values}.items()},
    }
    text = np.frombuffer(json.dumps(manifest, allow_nan=False).encode(), np.uint8)
    path = Path(path)
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **{_MANIFEST: text}, **arrays)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_state(path: str | os.PathLike[str], simulation: "Simulation", course: "Course") -> Present:
    """Give the present that a file holds, and the course the parameters that it was run with.

    **Raises:** StateError for a file that is none or of another model; OSError if it cannot be opened.
    """
    name = Path(path).name
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            _compare(manifest, simulation, course.engine.slack > 0)
            for key, value in manifest["values"].items():
                course.values[key] = checked_parameter(simulation.assembly, key, value)
            template = course.fresh()
            state = _filled(template.state, archive)
            memory = None
            # What one engine remembers is of no use to another.
            remembers = any(info.filename.startswith("memory/") for info in archive.infolist())
            if remembers and manifest["method"] == simulation.protocol.method:
                memory = _remembered(course.remembering(template).memory, archive)
            return Present(float(manifest["t"]), state, memory)
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, AttributeError, ValueError) as error:
        words = error.args[0] if isinstance(error, KeyError) and error.args else error
        raise StateError(f"{name}: {words}") from error


def _named(state: State) -> dict[str, NDArray[Any]]:
    found = {"v": state.v}
    for k, own in enumerate(state.mechanisms):
        found |= {f"mechanisms/{k}/{name}": x for name, x in own.items()}
    for ion, pool in state.ions.items():
        found |= {f"ions/{ion}/{what}": x for what, x in pool.items()}
    if state.events is not None:
        found |= {f"events/{name}": x for name, x in state.events._asdict().items()}
    return {name: np.asarray(x) for name, x in found.items()}


def _memory(memory: Any) -> dict[str, NDArray[Any]]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(memory)
    return {f"memory/{jax.tree_util.keystr(path)}": np.asarray(leaf) for path, leaf in leaves}


# What is read


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    text = _array(archive, _MANIFEST, None, np.dtype(np.uint8), 1)
    manifest = json.loads(text.tobytes())
    checked_schema(manifest, "state of a run", _SCHEMA, _VERSION)
    if not isinstance(manifest["values"], dict) or not np.isfinite(float(manifest["t"])):
        raise ValueError("its manifest is not sound")
    return dict(manifest)


def _filled(template: State, archive: zipfile.ZipFile) -> State:
    def taken(name: str, like: Any) -> Any:
        return _array(archive, name, np.shape(like), np.asarray(like).dtype)

    mechanisms = tuple(
        {name: taken(f"mechanisms/{k}/{name}", x) for name, x in own.items()}
        for k, own in enumerate(template.mechanisms)
    )
    ions = {
        ion: {what: taken(f"ions/{ion}/{what}", x) for what, x in pool.items()} for ion, pool in template.ions.items()
    }
    events: Any = template.events
    if events is not None:
        events = Pending(**{name: _queue(archive, f"events/{name}", x) for name, x in events._asdict().items()})
    return State(taken("v", template.v), mechanisms, ions, events)


def _queue(archive: zipfile.ZipFile, name: str, like: Any) -> Any:
    """An array of events; a queue may have grown."""
    like = np.asarray(like)
    if like.ndim < 2 or name.endswith("weights"):
        return _array(archive, name, like.shape, like.dtype)
    array = _array(archive, name, None, like.dtype, like.ndim)
    if array.shape[1:] != like.shape[1:] or not 1 <= len(array) <= _MOST_EVENTS:
        raise ValueError(f"{name} is of shape {array.shape}, where the model has {like.shape}")
    return array


def _remembered(template: Any, archive: zipfile.ZipFile) -> Any:
    leaves, tree = jax.tree_util.tree_flatten_with_path(template)
    taken = [
        _array(archive, f"memory/{jax.tree_util.keystr(path)}", np.shape(leaf), np.asarray(leaf).dtype)
        for path, leaf in leaves
    ]
    return jax.tree_util.tree_unflatten(tree, taken)


def _array(
    archive: zipfile.ZipFile, name: str, shape: tuple[int, ...] | None, dtype: np.dtype[Any], ndim: int | None = None
) -> NDArray[Any]:
    """An array of a known shape, or of a known number of dimensions. Its header is looked at before it is read."""
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise ValueError(f"it has no {name!r}") from None
    if info.file_size > _MOST_BYTES:
        raise ValueError(f"{name} is larger than {_MOST_BYTES // 2**20} MiB")
    with archive.open(info) as stream:
        if npy.read_magic(stream) != (1, 0):
            raise ValueError(f"{name} is of another version of NumPy's format")
        found, fortran, kind = npy.read_array_header_1_0(stream)
        size = int(np.prod([int(n) for n in found], dtype=object)) * dtype.itemsize
        if fortran or kind != dtype or (shape is not None and found != shape) or ndim not in (None, len(found)):
            expected = f"{shape} of {dtype}" if shape is not None else f"{ndim}-dimensional of {dtype}"
            raise ValueError(f"{name} is {found} of {kind}, where the model has {expected}")
        data = stream.read(size + 1)
    if len(data) != size:
        raise ValueError(f"{name} is cut off or too long")
    return np.frombuffer(data, dtype).reshape(found).copy()


# Whether it is of this model


def _model(assembly: Assembly) -> dict[str, Any]:
    """What must be equal of two models for the state of one to be one of the other, by names."""
    grid = assembly.grid
    mechanisms = {}
    for plan in assembly.plans:
        at = list(plan.names) or [grid.place_of(plan.node_of(k)) for k in range(len(plan.segments))]
        mechanisms[plan.mechanism.name] = {"at": at, "states": [*plan.mechanism.states, *plan.kept]}
    wiring = assembly.wiring
    return {
        "segments": [grid.place_of(int(node)) for node in grid.node],
        "mechanisms": mechanisms,
        "ions": {name: sorted(ion.carries) for name, ion in assembly.ions.items() if ion.carries},
        "connections": [] if wiring is None else [spec.name for spec in wiring.specs],
    }


def _compare(manifest: Mapping[str, Any], simulation: "Simulation", fixed: bool) -> None:
    """Refuse the state of another model, saying what differs."""
    saved, here = manifest["model"], _model(simulation.assembly)
    found: list[str] = []
    _differ(found, "segments", saved["segments"], here["segments"])
    _differ(found, "mechanisms", sorted(saved["mechanisms"]), sorted(here["mechanisms"]))
    for name in saved["mechanisms"].keys() & here["mechanisms"].keys():
        for what in ("at", "states"):
            told = f"{name}" if what == "at" else f"states of {name}"
            _differ(found, told, saved["mechanisms"][name][what], here["mechanisms"][name][what])
    _differ(found, "ions that move", sorted(saved["ions"].items()), sorted(here["ions"].items()))
    _differ(found, "connections", saved["connections"], here["connections"])
    if manifest["precision"] != simulation.precision:
        found.append(f"precision: {manifest['precision']} there, {simulation.precision} here")
    dt, t = simulation.protocol.dt, float(manifest["t"])
    if fixed and abs(t / dt - round(t / dt)) > 1e-6:
        found.append(f"t = {t:g} ms is no multiple of dt = {dt:g} ms (it was saved under dt = {manifest['dt']:g} ms)")
    if found:
        raise ValueError(f"this is the state of another model ({'; '.join(found)})")


def _differ(found: list[str], what: str, saved: list[Any], here: list[Any]) -> None:
    saved, here = [str(x) for x in saved], [str(x) for x in here]
    if saved == here:
        return
    alone, missing = [x for x in saved if x not in here], [x for x in here if x not in saved]
    parts = [f"only there {_some(alone)}"] * bool(alone) + [f"only here {_some(missing)}"] * bool(missing)
    found.append(f"{what}: {', '.join(parts) or 'in another order'}")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
    return ", ".join(names[:_MOST_TOLD]) + more
