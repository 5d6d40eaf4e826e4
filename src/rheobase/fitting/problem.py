"""A fit compiled: from points of its space to errors, residuals and their derivatives."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.document import FitDocument
from rheobase.fitting.methods import Measure, method_named
from rheobase.fitting.methods.method import Sampling
from rheobase.fitting.reverse import Backwards
from rheobase.fitting.space import Space
from rheobase.fitting.trials import Derivatives, Trials
from rheobase.fitting.values import Match, Run
from rheobase.kernel import integrator
from rheobase.model import Cell
from rheobase.simulate import Cancelled, Results, Simulation, SimulationError
from rheobase.simulate.tangents import present_value, tangents

Floats = NDArray[np.float64]

WORST = 1e30
"""The error of a candidate that blows up."""

_BESIDE = 1e-3  # of the cube, between points whose difference stands in for a derivative that there is not
_CLOSE = 3e-5  # and for one that there is


class RoughWarning(UserWarning):
    """A derivative was asked for where the error is not smooth."""


@dataclass(frozen=True)
class _Part:
    """One match of a run, ready: its `row` of what is recorded, its measure, and the root of its weight."""

    run: Run
    match: Match
    row: int
    measure: Measure
    root: float

    @property
    def label(self) -> str:
        return f"{self.run.name}: {self.match.label}"


@dataclass(frozen=True)
class _Generator:
    """One run, ready. `settings` are the parameters that differ in it."""

    run: Run
    simulation: Simulation
    parts: tuple[_Part, ...]

    def knows(self, name: str) -> bool:
        """Whether a parameter means something to this run."""
        try:
            self.simulation.assembly.table.length(name)
        except KeyError:
            return False
        return True

    def own(self, model: dict[str, Any]) -> dict[str, Any]:
        """The parameters that mean something to this run."""
        return {name: value for name, value in model.items() if self.knows(name)}


class Problem:
    """Everything that evaluating candidates needs. Immutable: an edit of the fit makes another.

    **Raises:** ValueError or KeyError that names what in the fit cannot be.
    """

    def __init__(self, cell: Cell, document: FitDocument) -> None:
        runs = [run for run in document.runs.values() if run.on and run.weight > 0 and run.used]
        if not runs:
            raise ValueError(
                f"fit {document.name!r} holds nothing against data: add_run(...) and give it match(...), or turn one on"
            )
        self.cell = cell
        self.generators = tuple(_generator(cell, run) for run in runs)
        self.parts = tuple(part for each in self.generators for part in each.parts)
        self.space = Space(document, _present(document, [each.simulation for each in self.generators]))
        self._check_names(document)

    def __len__(self) -> int:
        return len(self.space)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each match is called, no two alike."""
        found: list[str] = []
        for part in self.parts:
            same = sum(each.label == part.label for each in self.parts[: len(found)])
            found.append(f"{part.label} ({same + 1})" if same else part.label)
        return tuple(found)

    @property
    def smooth(self) -> bool:
        """Whether all residuals have derivatives."""
        return all(part.measure.smooth for part in self.parts)

    @property
    def exact(self) -> bool:
        """Whether derivatives can be carried along with every run, which takes fixed steps."""
        return not any(integrator(each.simulation.protocol.method).adaptive for each in self.generators)

    @property
    def residual_count(self) -> int:
        """How many residuals there are, priors included."""
        return sum(part.measure.count for part in self.parts) + sum(p.prior is not None for p in self.space.parameters)

    def weights(self) -> list[Floats]:
        """The weight of each residual within its match, `(residuals,)` of each; they sum to one."""
        return [part.measure.weights for part in self.parts]

    # Errors

    def evaluate(self, points: Floats, cancelled: Callable[[], bool] = lambda: False) -> Trials:
        """The errors of many candidates, run together.

        **Arguments:** `points`, `(candidates, n)`, each number from 0 to 1; `cancelled`: asked often whether to stop.

        **Raises:** Cancelled.
        """
        return self._trials(points, self._residual_parts(points, cancelled))

    def residuals(self, point: Floats) -> Floats:
        """All residuals at a point, `(residuals,)`; the error is the sum of their squares."""
        pieces, notes = self._residual_parts(point[None], lambda: False)
        if notes[0]:
            raise SimulationError(notes[0], 0.0, "")
        return np.concatenate([*(piece[0] for piece in pieces), self.space.priors(point)])

    def _residual_parts(self, points: Floats, cancelled: Callable[[], bool]) -> tuple[list[Floats], list[str]]:
        points = np.atleast_2d(points)
        model = self.space.model(points)
        notes = [""] * len(points)
        pieces: list[Floats] = []
        for generator in self.generators:
            values = generator.own(model)
            fit = _fitting(generator.simulation, values, notes)
            traces = np.full((len(points), len(generator.simulation.recordables), 1), np.nan)
            if fit.any():
                some = {name: column[fit] for name, column in values.items()}
                found = _runs(generator.simulation, some, int(fit.sum()), cancelled)
                traces = np.full((len(points), *found.shape[1:]), np.nan)
                traces[fit] = found
            sound = np.isfinite(traces).all((1, 2))
            for k in np.flatnonzero(fit & ~sound):
                notes[k] = notes[k] or f"{generator.run.name}: the run blew up"
            for part in generator.parts:
                rows = np.full((len(points), part.measure.count), np.nan)
                if sound.any():
                    rows[sound] = part.root * part.measure.residuals(traces[sound, part.row])
                pieces.append(rows)
        return pieces, notes

    def _trials(self, points: Floats, found: tuple[list[Floats], list[str]]) -> Trials:
        pieces, notes = found
        points = np.atleast_2d(points)
        parts = np.stack([(rows**2).sum(1) for rows in pieces], axis=1)
        errors = parts.sum(1) + (self.space.priors(points) ** 2).sum(-1)
        bad = ~np.isfinite(errors) | (errors >= WORST)
        for k in np.flatnonzero(bad):
            notes[k] = notes[k] or "the error is no finite number"
        errors = np.where(bad, WORST, errors)
        return Trials(points, errors, parts, tuple(notes))

    def results(self, point: Floats) -> dict[str, Results]:
        """The runs at a point, by name. **Raises:** SimulationError."""
        at = {name: float(value) for name, value in self.space.model(point).items()}
        return {each.run.name: each.simulation.varied(each.own(at)).run() for each in self.generators}

    # Derivatives

    def differentiate(
        self, points: Floats, cancelled: Callable[[], bool] = lambda: False, *, how: str = "exact"
    ) -> Trials:
        """As `evaluate`, with the derivatives of all residuals along the directions of the cube.

        **Arguments:** `how`: `"exact"`, carried along with the run; `"differences"` of runs made together, which is
        coarser and often quicker; or `"reverse"`, the gradient alone, backwards through the run.
        """
        if how == "differences" or (how == "exact" and not self.exact):
            return self._by_differences(np.atleast_2d(points), cancelled)
        if how == "reverse":
            return self._by_reverse(np.atleast_2d(points), cancelled)
        found = [self._one(point, cancelled) for point in np.atleast_2d(points)]
        trials = Trials.joined([trials for trials, _ in found])
        return trials.with_derivatives([jacobian for _, jacobian in found])

    def linearised(
        self, point: Floats, cancelled: Callable[[], bool] = lambda: False
    ) -> tuple[Floats, Floats, list[Floats]]:
        """The residuals, `(residuals,)`, their derivatives, `(residuals, n)`, and the traces of each run, at a point.

        **Raises:** SimulationError.
        """
        slopes, at = self.space.slopes(point), self.space.model(point)
        pieces, rows, traces = [], [], []
        for generator in self.generators:
            values = generator.own(at)
            moved = None
            if self.exact and any(part.measure.smooth for part in generator.parts):
                directions = [
                    {name: slopes[name][k] for name in values if slopes[name][k] != 0} for k in range(len(self))
                ]
                asked = [each for each in directions if each]
                moved = tangents(generator.simulation, asked, at=values, cancelled=cancelled)
                derivatives = np.zeros((len(self), *moved.values.shape))
                derivatives[[bool(each) for each in directions]] = moved.derivatives
            run = moved.values if moved is not None else generator.simulation.varied(values).run().values
            traces.append(run)
            for part in generator.parts:
                pieces.append(part.root * part.measure.residuals(run[None, part.row])[0])
                if moved is not None and part.measure.smooth:
                    rows.append(part.root * (part.measure.slopes(run[part.row]) @ derivatives[:, part.row].T))
                else:
                    rows.append(self._differences(generator, part, point))
        pieces.append(self.space.priors(point))
        rows.append(self.space.prior_slopes(point))
        return np.concatenate(pieces), np.concatenate(rows), traces

    def roughness(self, traces: list[Floats]) -> list[str]:
        """Why derivatives say little at some traces, in words, one for each match that is not smooth there."""
        found = []
        for generator, run in zip(self.generators, traces, strict=True):
            for part in generator.parts:
                reason = part.measure.roughness(run[part.row])
                if reason:
                    found.append(f"{part.label}: {reason}")
        return found

    def warn_of_roughness(self, traces: list[Floats], depth: int) -> None:
        """Warn where derivatives say little."""
        for reason in self.roughness(traces):
            warnings.warn(reason, RoughWarning, stacklevel=depth)

    def _by_differences(self, points: Floats, cancelled: Callable[[], bool]) -> Trials:
        count, n = points.shape
        beside = np.stack([_beside(point, _CLOSE) for point in points])
        found, notes = self._residual_parts(np.concatenate([points, beside.reshape(-1, n)]), cancelled)
        apart = (beside[:, ::2] - beside[:, 1::2])[:, np.arange(n), np.arange(n)]
        trials = self._trials(points, ([rows[:count] for rows in found], notes[:count]))
        derivatives: list[Derivatives | None] = []
        for k, point in enumerate(points):
            rows = np.concatenate([piece[count + 2 * n * k : count + 2 * n * (k + 1)] for piece in found], axis=1)
            jacobian = np.concatenate(
                [((rows[::2] - rows[1::2]) / apart[k][:, None]).T, self.space.prior_slopes(point)]
            )
            residuals = np.concatenate([*(piece[k] for piece in found), self.space.priors(point)])
            sound = np.isfinite(jacobian).all() and np.isfinite(residuals).all()
            derivatives.append(Derivatives.of(residuals, jacobian) if sound else None)
        return trials.with_derivatives(derivatives)

    @cached_property
    def backwards(self) -> Backwards:
        """The gradient in reverse mode. **Raises:** ValueError where there is none."""
        return Backwards(self)

    def _by_reverse(self, points: Floats, cancelled: Callable[[], bool]) -> Trials:
        trials, derivatives = [], []
        for point in points:
            if cancelled():
                raise Cancelled
            try:
                pieces, gradient = self.backwards.gradient(point)
                note = "" if np.isfinite(gradient).all() else "the derivative is no finite number"
            except SimulationError as error:
                pieces, gradient, note = [np.full(part.measure.count, np.nan) for part in self.parts], None, str(error)
            trials.append(self._trials(point, ([piece[None] for piece in pieces], [note])))
            derivatives.append(None if note or gradient is None else Derivatives.of_gradient(gradient))
        return Trials.joined(trials).with_derivatives(derivatives)

    def _one(self, point: Floats, cancelled: Callable[[], bool]) -> tuple[Trials, Derivatives | None]:
        model = self.space.model(point[None])
        notes = [""]
        for generator in self.generators:
            known = generator.own(model)
            _fitting(generator.simulation, known, notes)
        try:
            if notes[0]:
                raise SimulationError(notes[0], 0.0, "")
            residuals, jacobian, _ = self.linearised(point, cancelled)
        except SimulationError as error:
            nothing = [np.full((1, part.measure.count), np.nan) for part in self.parts]
            return self._trials(point, (nothing, [notes[0] or str(error)])), None
        ends = np.cumsum([part.measure.count for part in self.parts])
        trials = self._trials(point, ([piece[None] for piece in np.split(residuals, ends)[:-1]], notes))
        return trials, Derivatives.of(residuals, jacobian)

    def _differences(self, generator: _Generator, part: _Part, point: Floats) -> Floats:
        """Central differences of one match, where it has no derivative."""
        n = len(self)
        beside = _beside(point, _BESIDE)
        model = self.space.model(beside)
        values = generator.own(model)
        traces = _runs(generator.simulation, values, len(beside))
        rows = part.root * part.measure.residuals(np.nan_to_num(traces[:, part.row]))
        apart = (beside[::2] - beside[1::2])[np.arange(n), np.arange(n)]
        found: Floats = ((rows[::2] - rows[1::2]) / apart[:, None]).T
        return found

    def _check_names(self, document: FitDocument) -> None:
        targets = [each.target for each in document.parameters.values()] + [*document.ties]
        for target in targets:
            if not any(generator.knows(target) for generator in self.generators):
                raise self.generators[0].simulation.assembly.table.unknown(target)


def _beside(point: Floats, step: float) -> Floats:
    """Points a little up and down along each direction in turn, within the cube."""
    n = len(point)
    beside = np.repeat(point[None], 2 * n, axis=0)
    k = np.arange(n)
    beside[2 * k, k], beside[2 * k + 1, k] = np.minimum(1.0, point + step), np.maximum(0.0, point - step)
    return beside


def _generator(cell: Cell, run: Run) -> _Generator:
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
        parts.append(_Part(run, match, row, measure, float(np.sqrt(run.weight * match.weight / total))))
    return _Generator(run, simulation, tuple(parts))


def _present(document: FitDocument, simulations: list[Simulation]) -> dict[str, float]:
    found = {}
    for each in document.parameters.values():
        for simulation in simulations:
            try:
                value = present_value(simulation, each.target)
            except KeyError:
                continue
            found[each.name] = float(np.mean(value))
            break
    return {name: value for name, value in found.items() if np.isfinite(value)}


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


def _runs(
    simulation: Simulation, values: dict[str, Any], count: int, cancelled: Callable[[], bool] = lambda: False
) -> Floats:
    with np.errstate(all="ignore"):
        if not values:
            one = simulation.batch({"celsius": [simulation.protocol.celsius]}, forgiving=True)
            return np.repeat(one, count, axis=0)
        return simulation.batch(values, forgiving=True, cancelled=cancelled)
