"""A run held against data: one protocol, and what of it is matched."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.generators.generator import Linear, Overlay, central, never
from rheobase.fitting.generators.guidance import guided, spiking
from rheobase.fitting.methods import Measure, method_named
from rheobase.fitting.methods.method import Sampling
from rheobase.fitting.reverse import Backwards
from rheobase.fitting.space import Space
from rheobase.fitting.trace import Trace
from rheobase.fitting.values import Match, Run
from rheobase.kernel import integrator
from rheobase.model import Cell
from rheobase.simulate import Results, Simulation, SimulationError
from rheobase.simulate.tangents import present_value, tangents

Floats = NDArray[np.float64]

_BESIDE = 1e-3  # of the cube, between points whose difference stands in for a derivative that there is not


@dataclass(frozen=True)
class RunPart:
    """One match of a run, ready: its `row` of what is recorded, its measure, and the root of its weight."""

    run: Run
    match: Match
    row: int
    measure: Measure
    root: float

    @property
    def label(self) -> str:
        """See `Part`."""
        return f"{self.run.name}: {self.match.label}"

    @property
    def count(self) -> int:
        """See `Part`."""
        return self.measure.count

    @property
    def weights(self) -> Floats:
        """See `Part`."""
        return self.measure.weights

    @property
    def smooth(self) -> bool:
        """See `Part`."""
        return self.measure.smooth

    @property
    def scaled(self) -> bool:
        """See `Part`."""
        return self.match.method == "features"


class RunGenerator:
    """One run, ready. **Raises:** ValueError, KeyError or TypeError that names the run and what in it cannot be."""

    def __init__(self, cell: Cell, run: Run) -> None:
        record = tuple(dict.fromkeys(match.recordable for match in run.used))
        try:
            simulation = Simulation(cell, run.protocol, record=record)
            simulation = simulation.varied(dict(run.settings))
        except (ValueError, KeyError, TypeError) as error:
            raise type(error)(f"run {run.name!r}: {error}") from error
        t: NDArray[Any] = simulation.protocol.dt * simulation.every * np.arange(simulation.samples + 1)
        total = sum(match.weight for match in run.used)
        parts = []
        for match in run.used:
            row = record.index(match.recordable)
            sampling = Sampling(t, simulation.units[row], f"run {run.name!r}, {match.recordable.label}")
            measure = method_named(match.method).make(match, sampling)
            parts.append(RunPart(run, match, row, measure, float(np.sqrt(run.weight * match.weight / total))))
        self.run, self.name, self.simulation = run, run.name, simulation
        self._cell = cell
        self.parts: tuple[RunPart, ...] = tuple(parts)

    @property
    def spikes(self) -> bool:
        """Whether it has spikes in its data, to which it can be `guided`."""
        return self.exact and spiking(self.run.used)

    def guided(self, rate: float) -> "RunGenerator":
        """The same run with voltages drawn to the data, if these have spikes.

        **Arguments:** `rate`: per ms of the cell's whole capacitance. What draws is there at a rate of 0 too, and in a
        run without spikes, so that all have one compiled program.
        """
        if not self.exact:
            return self
        assembly = self.simulation.assembly
        capacitance = assembly.system(assembly.normalised(self.simulation.values)).capacitance
        conductance = rate * float(np.sum(capacitance)) if self.spikes else 0.0
        return RunGenerator(self._cell, guided(self._cell, self.run, conductance))

    @property
    def exact(self) -> bool:
        """Whether derivatives can be carried along with the run, which takes fixed steps."""
        return not integrator(self.simulation.protocol.method).adaptive

    def knows(self, target: str) -> bool:
        """See `Generator`."""
        try:
            self.simulation.assembly.table.length(target)
        except KeyError:
            return False
        return True

    def present(self, target: str) -> float:
        """See `Generator`."""
        return float(np.mean(present_value(self.simulation, target)))

    def residuals(
        self, space: Space, points: Floats, notes: list[str], cancelled: Callable[[], bool] = never
    ) -> list[Floats]:
        """See `Generator`."""
        values = self._own(space.model(points))
        fit = _fitting(self.simulation, values, notes)
        traces = np.full((len(points), len(self.simulation.recordables), 1), np.nan)
        if fit.any():
            some = {name: column[fit] for name, column in values.items()}
            found = _runs(self.simulation, some, int(fit.sum()), cancelled)
            traces = np.full((len(points), *found.shape[1:]), np.nan)
            traces[fit] = found
        sound = np.isfinite(traces).all((1, 2))
        for k in np.flatnonzero(fit & ~sound):
            notes[k] = notes[k] or f"{self.name}: the run blew up"
        pieces = []
        for part in self.parts:
            rows = np.full((len(points), part.count), np.nan)
            if sound.any():
                rows[sound] = part.root * part.measure.residuals(traces[sound, part.row])
            pieces.append(rows)
        return pieces

    def linear(self, space: Space, point: Floats, cancelled: Callable[[], bool] = never) -> Linear:
        """See `Generator`."""
        slopes = space.slopes(point)
        values = self._checked(space, point)
        moved = None
        if self.exact and any(part.smooth for part in self.parts):
            directions = [{name: slopes[name][k] for name in values if slopes[name][k] != 0} for k in range(len(space))]
            asked = [each for each in directions if each]
            moved = tangents(self.simulation, asked, at=values, cancelled=cancelled)
            derivatives = np.zeros((len(space), *moved.values.shape))
            derivatives[[bool(each) for each in directions]] = moved.derivatives
        traces = moved.values if moved is not None else self.simulation.varied(values).run().values
        pieces, rows, rough = [], [], []
        beside: list[Floats] | None = None
        for k, part in enumerate(self.parts):
            trace = traces[part.row]
            pieces.append(part.root * part.measure.residuals(trace[None])[0])
            if moved is not None and part.smooth:
                rows.append(part.root * (part.measure.slopes(trace) @ derivatives[:, part.row].T))
            else:
                beside = beside or self._differences(space, point)
                rows.append(beside[k])
            reason = part.measure.roughness(trace)
            rough += [f"{part.label}: {reason}"] if reason else []
        return Linear(pieces, rows, rough)

    def gradient(self, space: Space, point: Floats) -> tuple[list[Floats], Floats]:
        """See `Generator`."""
        slopes, values = space.slopes(point), self._checked(space, point)
        traces, pull = self._backwards.run(values)
        if not np.isfinite(traces).all():
            raise SimulationError(f"{self.name}: the run blew up", 0.0, "")
        cotangent = np.zeros_like(traces)
        pieces = []
        for part in self.parts:
            trace = traces[part.row]
            residuals = part.root * part.measure.residuals(trace[None])[0]
            pieces.append(residuals)
            cotangent[part.row] += 2 * part.root * (part.measure.slopes(trace).T @ residuals)
        total = np.zeros(len(space))
        for name, slope in pull(cotangent).items():
            total = total + slope * slopes[name]
        return pieces, total

    def overlays(self, space: Space, point: Floats) -> Iterator[Overlay]:
        """See `Generator`."""
        curves = [part for part in self.parts if isinstance(part.match.target, Trace)]
        results = self.results(space, point)[self.name] if curves else None
        for part in curves:
            match, target = part.match, part.match.target
            if isinstance(target, Trace) and results is not None:
                data = np.stack([target.time, target.value])
                model = np.stack([results.t, results[match.recordable]])
                yield Overlay(part.label, "Time (ms)", target.unit, data, model, match.regions)

    def results(self, space: Space, point: Floats) -> dict[str, Results]:
        """See `Generator`."""
        at = {name: float(value) for name, value in space.model(point).items()}
        return {self.name: self.simulation.varied(self._own(at)).run()}

    @cached_property
    def _backwards(self) -> Backwards:
        return Backwards(self.simulation)

    def _own(self, model: dict[str, Any]) -> dict[str, Any]:
        """The parameters that mean something to this run."""
        return {name: value for name, value in model.items() if self.knows(name)}

    def _checked(self, space: Space, point: Floats) -> dict[str, float]:
        values = self._own(space.model(point))
        notes = [""]
        _fitting(self.simulation, values, notes)
        if notes[0]:
            raise SimulationError(notes[0], 0.0, "")
        return {name: float(value) for name, value in values.items()}

    def _differences(self, space: Space, point: Floats) -> list[Floats]:
        """Central differences, where there is no derivative."""

        def residuals(points: Floats) -> list[Floats]:
            traces = _runs(self.simulation, self._own(space.model(points)), len(points))
            return [part.root * part.measure.residuals(np.nan_to_num(traces[:, part.row])) for part in self.parts]

        return central(residuals, point, _BESIDE)


def _fitting(simulation: Simulation, values: dict[str, Any], notes: list[str]) -> NDArray[np.bool_]:
    """Which candidates have values within the limits of the model; the others are noted."""
    table = simulation.assembly.table
    fit = np.array([not note for note in notes])
    for name, column in values.items():
        array = np.atleast_1d(column)
        bad = np.flatnonzero(~np.isfinite(array))
        for k in bad:
            notes[k], fit[k] = notes[k] or f"{name} is no finite number", False
        if not fit.any():
            break
        try:
            table.check(name, array[fit])
        except ValueError:
            for k in np.flatnonzero(fit):
                try:
                    table.check(name, array[k : k + 1])
                except ValueError as error:
                    notes[k], fit[k] = notes[k] or str(error), False
    return fit


def _runs(simulation: Simulation, values: dict[str, Any], count: int, cancelled: Callable[[], bool] = never) -> Floats:
    with np.errstate(all="ignore"):
        if not values:
            one = simulation.batch({"celsius": [simulation.protocol.celsius]}, forgiving=True)
            return np.repeat(one, count, axis=0)
        return simulation.batch(values, forgiving=True, cancelled=cancelled)
