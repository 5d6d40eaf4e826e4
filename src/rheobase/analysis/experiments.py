"""What the classical experiments share: a cell with one electrode of theirs, run many times at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.mechanisms import PointProcess
from rheobase.model import Cell, Location, Recordable
from rheobase.model.names import UnknownName
from rheobase.simulate import Simulation
from rheobase.units import to_float

Floats = NDArray[np.float64]


def with_electrode(
    cell: Cell, site: Location, process: PointProcess, *, keep_electrodes: bool = False
) -> tuple[Cell, str]:
    """Give a copy of a cell with one electrode at a place, and the name of that electrode.

    **Arguments:** `keep_electrodes`: whether clamps that are on the cell already stay in the copy.

    **Raises:** TypeError for what is no cell or place, KeyError for an unknown section.
    """
    if not isinstance(cell, Cell):
        raise TypeError(f"{cell!r} is no cell: give the Cell itself, and run parameters such as celsius= by name")
    check_place(cell, site)
    copy = cell.copy()
    for placed in copy.placed if not keep_electrodes else ():
        if placed.process.electrode:
            placed.remove()
    return copy, copy.place(process, site).name


def check_place(cell: Cell, site: Any) -> None:
    """Refuse what is no place on the cell. **Raises:** TypeError, or KeyError that suggests the nearest name."""
    if not isinstance(site, Location):
        raise TypeError(f"site = {site!r}: give a place such as soma(0.5)")
    if site.section not in cell.document.sections:
        raise UnknownName("section", site.section, cell.document.sections)


def many(
    simulation: Simulation, values: Mapping[str, ArrayLike], cancelled: Callable[[], bool] = lambda: False
) -> tuple[Floats, NDArray[Any]]:
    """Runs that differ in some parameters.

    **Arguments:** `cancelled`: asked between chunks of work whether to stop.

    **Returns:** times (ms), and traces `(runs, recordables, samples)`.
    """
    traces = simulation.batch(values, cancelled=cancelled)
    t: NDArray[Any] = np.arange(traces.shape[-1]) * (simulation.protocol.dt * simulation.every)
    return t, traces


def numbers(name: str, values: Any, unit: str) -> Floats:
    """Give several numbers as an array, sorted.

    **Raises:** ValueError naming what they are for, where there are none or one of them is not finite.
    """
    try:
        array = np.unique(np.asarray(values, float))
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {values!r}: give numbers in {unit}, such as np.linspace(0, 1, 11)") from None
    if not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name} = {values!r}: give at least one number in {unit}, all of them finite")
    return array


def duration(name: str, value: Any, *, least: float = 0.0) -> float:
    """Give a length of time in ms. **Raises:** ValueError unless it is longer than `least`."""
    number = to_float(value, "ms", name)
    if not number > least:
        raise ValueError(f"{name} = {value!r} ms: must be more than {least:g} ms")
    return number


def call(function: str, site: Location | None = None, **arguments: Any) -> str:
    """Give the Python call of an analysis: what made a result, as text.

    >>> call("rb.fi_curve", Location("soma", 0.5), amps=np.array([0.1, 0.2]), dur=500.0)
    "rb.fi_curve(cell, rb.Location('soma', 0.5), amps=[0.1, 0.2], dur=500)"
    """
    places = [] if site is None else [_written(site)]
    return f"{function}({', '.join(['cell', *places, *(f'{name}={_written(x)}' for name, x in arguments.items())])})"


def _written(value: Any) -> str:
    if isinstance(value, Location):
        return f"rb.Location({value.section!r}, {value.x!r})"
    if isinstance(value, np.ndarray):
        return f"[{', '.join(f'{x:.12g}' for x in value.ravel())}]"
    if isinstance(value, float):
        return f"{value:.12g}"
    return repr(value)


def cell_of(source: Any) -> Cell:
    """The cell that is meant, or that a simulation runs. **Raises:** TypeError for anything else."""
    if isinstance(source, Cell):
        return source
    if isinstance(source, Simulation):
        return source.cell
    raise TypeError(f"{source!r} is neither a cell nor a simulation")


def simulation_of(source: Cell | Simulation, run: Mapping[str, Any]) -> Simulation:
    """The simulation that is meant, or that of a cell under run parameters.

    **Raises:** TypeError for what is neither a cell nor a simulation, or for parameters beside a simulation.
    """
    if isinstance(source, Cell):
        return Simulation(source, **run)
    cell_of(source)
    if run:
        raise TypeError(f"a simulation has its run parameters; {', '.join(run)} cannot be given beside it")
    return source


def rerecorded(source: Cell | Simulation, record: Sequence[Recordable], *, apart: int = 1, **run: Any) -> Simulation:
    """The simulation of a cell under run parameters, or one like another, with other things recorded.

    What was scheduled for the other happens in this one too.

    **Arguments:** `apart`: how many samples of the other lie between two of this.

    **Raises:** TypeError for what is neither a cell nor a simulation, or for parameters beside a simulation.
    """
    if isinstance(source, Cell):
        return Simulation(source, record=record, **{**run, "every": apart * run.get("every", 1)})
    given = simulation_of(source, run)
    return remade(given, record, every=given.every * apart)


def remade(given: Simulation, record: Sequence[Recordable], *, every: int, **settings: Any) -> Simulation:
    """A simulation like another, with other things recorded; what was scheduled for the other happens in it too.

    **Arguments:** `settings`: of its protocol, those that differ, such as `method` and `dt`.
    """
    same = Simulation(
        given.cell,
        given.protocol.replace(**settings) if settings else given.protocol,
        record=record,
        every=every,
        precision=given.precision,
        atol_scale=given.atol_scale,
        init=given.beginning,
    )
    same.values, same.schedule = dict(given.values), given.schedule
    return same
