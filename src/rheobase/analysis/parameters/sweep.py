"""Sweeps: runs over every combination of some parameters' values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.experiments import call
from rheobase.analysis.parameters.family import Family
from rheobase.analysis.parameters.varied import varied
from rheobase.model import Recordable
from rheobase.model.names import UnknownName
from rheobase.simulate import Cancelled, Results, Simulation
from rheobase.simulate.elsewhere import batch_elsewhere, scattered, simulation_text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_TILE = 64  # runs between two looks at whether to stop, and of a task elsewhere
_MOST_BYTES = 2 * 1024**3


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Runs over every combination of some parameters' values: see `sweep`.

    **Fields:**

    - `parameters`: the values of each, by name, in the order of the axes; `units` of each, by name.
    - `t`: ms, `(samples,)`; `recordables` and `recorded_units`.
    - `values`: an axis for each parameter, then `(recordables, samples)`.
    - `code`: the call that makes it.
    """

    parameters: Mapping[str, NDArray[np.float64]]
    units: Mapping[str, str]
    t: NDArray[np.float64]
    recordables: tuple[Recordable, ...]
    recorded_units: tuple[str, ...]
    values: NDArray[Any]
    code: str = ""

    def __len__(self) -> int:
        return int(np.prod([len(each) for each in self.parameters.values()]))

    def __getitem__(self, recordable: Recordable) -> NDArray[Any]:
        """One trace of all runs: an axis for each parameter, then the samples. **Raises:** KeyError."""
        if recordable not in self.recordables:
            labels = ", ".join(each.label for each in self.recordables)
            raise KeyError(f"{recordable!r} was not recorded; recorded are {labels}")
        return self.values[..., self.recordables.index(recordable), :]

    def results(self, *index: int) -> Results:
        """One run, by the number of each parameter's value."""
        if len(index) != len(self.parameters):
            raise IndexError(f"give {len(self.parameters)} numbers, one for each of {', '.join(self.parameters)}")
        return Results(self.t, self.recordables, self.recorded_units, self.values[index])

    def family(self, parameter: str | None = None, **at: int) -> Family:
        """The runs along one parameter, to be laid over one another.

        **Arguments:** `parameter`: the first unless given; `at`: of each other parameter, by the last part of its name
        (`gnabar`), the number of its value; the first unless given.

        **Raises:** KeyError for a name that is not swept.
        """
        names = list(self.parameters)
        along = names[0] if parameter is None else parameter
        if along not in names:
            raise UnknownName("parameter of the sweep", along, names)
        short = {name.rpartition(".")[2]: name for name in names}
        for name in at:
            if name not in short:
                raise UnknownName("parameter of the sweep", name, short)
        chosen = {short[name]: number for name, number in at.items()}
        runs = tuple(
            self.results(*(k if name == along else chosen.get(name, 0) for name in names))
            for k in range(len(self.parameters[along]))
        )
        return Family(along, self.units[along], self.parameters[along], runs, self.code)

    def to_xarray(self) -> xr.Dataset:
        """One variable a recordable, over a coordinate for each parameter and `t`, with units as attributes."""
        import xarray as xr

        names = tuple(self.parameters)
        variables = {
            each.label: ((*names, "t"), self.values[..., row, :], {"units": unit})
            for row, (each, unit) in enumerate(zip(self.recordables, self.recorded_units, strict=True))
        }
        coords: dict[str, Any] = {
            name: (name, array, {"units": self.units[name]}) for name, array in self.parameters.items()
        }
        return xr.Dataset(variables, coords={**coords, "t": ("t", self.t, {"units": "ms"})})

    def to_dataframe(self) -> pd.DataFrame:
        """One column a recordable; the index is the parameters' values and time in ms."""
        frame: pd.DataFrame = self.to_xarray().to_dataframe()
        return frame

    def __repr__(self) -> str:
        over = " and ".join(f"{len(values)} of {name}" for name, values in self.parameters.items())
        return f"<Sweep: {len(self)} runs, {over}>"


def sweep(
    simulation: Simulation,
    parameters: Mapping[str, ArrayLike],
    *,
    executor: Any = None,
    progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Sweep:
    """Run a simulation for every combination of some parameters' values.

    **Arguments:**

    - `parameters`: the values of each by name, as in `batch`.
    - `executor`: what runs them elsewhere: a `dask.distributed.Client`, or an executor of `concurrent.futures`.
    - `progress`: told the fraction done; `cancelled`: asked whether to stop.

    **Raises:** KeyError for an unknown name, ValueError for values that cannot be or traces that would not fit,
    Cancelled, SimulationError.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-70)
    >>> sim = rb.Simulation(cell, tstop=5, record=[soma(0.5).v])
    >>> found = rb.sweep(sim, {"soma.pas.e": [-80, -60], "soma.pas.g": [1e-4, 2e-4, 3e-4]})
    >>> found
    <Sweep: 6 runs, 2 of soma.pas.e and 3 of soma.pas.g>
    >>> dict(found.to_xarray().sizes)
    {'soma.pas.e': 2, 'soma.pas.g': 3, 't': 201}
    """
    if not isinstance(simulation, Simulation):
        raise TypeError(f"sweep runs a Simulation, not {simulation!r}: make one with rb.Simulation(cell, ...)")
    axes = {name: _checked(name, values) for name, values in parameters.items()}
    if not axes:
        raise ValueError("a sweep needs at least one parameter, such as {'soma.hh.gnabar': [0.1, 0.12]}")
    units = {name: varied(simulation, name).unit for name in axes}
    for name, array in axes.items():
        simulation.assembly.table.check(name, array)
    shape = tuple(len(each) for each in axes.values())
    count, rows = int(np.prod(shape)), len(simulation.recordables)
    if simulation.record_at is None:
        t: NDArray[Any] = simulation.protocol.dt * simulation.every * np.arange(simulation.samples + 1)
    else:
        t = simulation.record_at
    needed = np.dtype(simulation.precision).itemsize * count * rows * len(t)
    if needed > _MOST_BYTES:
        raise ValueError(
            f"{count} runs of {rows} traces with {len(t)} samples would fill {needed / 1e9:.1f} GB; "
            "sample less often (every=..., record_at=...), or sweep fewer values"
        )
    grid = np.meshgrid(*axes.values(), indexing="ij")
    columns = {name: each.ravel() for name, each in zip(axes, grid, strict=True)}
    tiles = [{name: c[k : k + _TILE] for name, c in columns.items()} for k in range(0, count, _TILE)]
    if executor is None:
        pieces = []
        for tile in tiles:
            if cancelled():
                raise Cancelled
            pieces.append(simulation.batch(tile))
            progress(len(pieces) / len(tiles))
    else:
        text = simulation_text(simulation)
        tasks = [(text, {name: c.tolist() for name, c in tile.items()}) for tile in tiles]
        done: Callable[[int], None] = lambda number: progress(number / len(tiles))  # noqa: E731
        pieces = scattered(executor, batch_elsewhere, tasks, stopped=cancelled, done=done)
    values = np.concatenate(pieces).reshape(*shape, rows, len(t))
    code = call("rb.sweep", parameters={name: each.tolist() for name, each in axes.items()})
    return Sweep(axes, units, t, simulation.recordables, simulation.units, values, code.replace("(cell,", "(sim,"))


def _checked(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.atleast_1d(np.asarray(values, float))
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {values!r}: give a list of numbers") from None
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name}: give a list of at least one number, all of them finite")
    return array
