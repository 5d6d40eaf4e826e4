"""A fit compiled: from points of its space to errors, residuals and their derivatives."""

import warnings
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting import file
from rheobase.fitting.document import FitDocument
from rheobase.fitting.generators import FunctionGenerator, Generator, NestedGenerator, Overlay, RunGenerator
from rheobase.fitting.generators.generator import Part, never, points_beside
from rheobase.fitting.space import Space
from rheobase.fitting.trials import Derivatives, Trials
from rheobase.fitting.values import Vary
from rheobase.model import Cell
from rheobase.model.names import UnknownName
from rheobase.simulate import Cancelled, Results, SimulationError

Floats = NDArray[np.float64]

WORST = 1e30
"""The error of a candidate that blows up."""

_CLOSE = 3e-5  # of the cube, between points whose difference stands in for a derivative that there is


class RoughWarning(UserWarning):
    """A derivative was asked for where the error is not smooth."""


class Problem:
    """Everything that evaluating candidates needs. Immutable: an edit of the fit makes another.

    **Raises:** ValueError or KeyError that names what in the fit cannot be.
    """

    def __init__(self, cell: Cell, document: FitDocument) -> None:
        self.cell = cell
        self.generators: tuple[Generator, ...] = tuple(_generators(cell, document))
        if not self.generators:
            raise ValueError(
                f"fit {document.name!r} holds nothing against data: add_run(...) and give it match(...), or turn one "
                "on; or add_function(...)"
            )
        self.parts: tuple[Part, ...] = tuple(part for each in self.generators for part in each.parts)
        own = [each for each in document.parameters.values() if _counts(document, each.target)]
        ties = [each for each in document.ties.values() if _counts(document, each.target)]
        self._check_names([each.target for each in own] + [each.target for each in ties])
        elsewhere = _elsewhere(self.generators, {each.name for each in own})
        self.space = Space(own, ties, _present(own, self.generators), elsewhere)
        self._guided: dict[float, Problem] = {}

    def __len__(self) -> int:
        return len(self.space)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each part is called, no two alike."""
        found: list[str] = []
        for part in self.parts:
            same = sum(each.label == part.label for each in self.parts[: len(found)])
            found.append(f"{part.label} ({same + 1})" if same else part.label)
        return tuple(found)

    @property
    def smooth(self) -> bool:
        """Whether all residuals have derivatives."""
        return all(part.smooth for part in self.parts)

    @property
    def spikes(self) -> bool:
        """Whether there are spikes in the data, to which voltages can be drawn."""
        return any(isinstance(each, RunGenerator) and each.spikes for each in self.generators)

    def guided(self, rate: float | None) -> "Problem":
        """The same with voltages drawn to data that have spikes, at `rate` per ms; itself for None."""
        if rate is None:
            return self
        if rate not in self._guided:
            found = self._guided[rate] = copy(self)
            found.generators = tuple(
                each.guided(rate) if isinstance(each, RunGenerator) else each for each in self.generators
            )
            found.parts = tuple(part for each in found.generators for part in each.parts)
        return self._guided[rate]

    @property
    def exact(self) -> bool:
        """Whether derivatives can be carried along with every run, which takes fixed steps."""
        return all(each.exact for each in self.generators)

    @property
    def residual_count(self) -> int:
        """How many residuals there are, priors included."""
        return sum(part.count for part in self.parts) + sum(p.prior is not None for p in self.space.parameters)

    # Errors

    def evaluate(self, points: Floats, cancelled: Callable[[], bool] = never) -> Trials:
        """The errors of many candidates, run together.

        **Arguments:** `points`, `(candidates, n)`, each number from 0 to 1; `cancelled`: asked often whether to stop.

        **Raises:** Cancelled.
        """
        return self._trials(points, self.residual_parts(points, cancelled))

    def residuals(self, point: Floats) -> Floats:
        """All residuals at a point, `(residuals,)`; the error is the sum of their squares."""
        pieces, notes = self.residual_parts(point[None], never)
        if notes[0]:
            raise SimulationError(notes[0], 0.0, "")
        return np.concatenate([*(piece[0] for piece in pieces), self.space.priors(point)])

    def residual_parts(
        self, points: Floats, cancelled: Callable[[], bool], before: list[str] | None = None
    ) -> tuple[list[Floats], list[str]]:
        """The residuals of each part, `(candidates, count)`, and what went wrong with each candidate.

        **Arguments:** `before`: what went wrong with each already; those are not run.
        """
        points = np.atleast_2d(points)
        notes = list(before) if before is not None else [""] * len(points)
        pieces: list[Floats] = []
        for generator in self.generators:
            pieces += generator.residuals(self.space, points, notes, cancelled)
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
        found: dict[str, Results] = {}
        for each in self.generators:
            found |= each.results(self.space, point)
        return found

    def within(self, name: str) -> NestedGenerator:
        """A fit within this one. **Raises:** KeyError."""
        found = {each.name: each for each in self.generators if isinstance(each, NestedGenerator)}
        if name not in found:
            raise UnknownName("fit within this one", name, found)
        return found[name]

    def overlays(self, point: Floats) -> Iterator[Overlay]:
        """Data and model at a point, for each part that is a curve. **Raises:** SimulationError."""
        labels = iter(self.labels)
        for each in self.generators:
            own = {part.label: label for part, label in zip(each.parts, labels, strict=False)}
            for overlay in each.overlays(self.space, point):
                yield replace(overlay, label=own.get(overlay.label, overlay.label))

    # Derivatives

    def differentiate(self, points: Floats, cancelled: Callable[[], bool] = never, *, how: str = "exact") -> Trials:
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

    def linearised(self, point: Floats, cancelled: Callable[[], bool] = never) -> tuple[Floats, Floats, list[str]]:
        """The residuals, `(residuals,)`, their derivatives, `(residuals, n)`, and why these say little, if so.

        **Raises:** SimulationError.
        """
        found = [each.linear(self.space, point, cancelled) for each in self.generators]
        pieces = [*(piece for each in found for piece in each.pieces), self.space.priors(point)]
        rows = [*(row for each in found for row in each.rows), self.space.prior_slopes(point)]
        return np.concatenate(pieces), np.concatenate(rows), [reason for each in found for reason in each.rough]

    def gradient(self, point: Floats) -> tuple[list[Floats], Floats]:
        """The residuals of each part, and the derivative of the error, `(n,)`, in reverse mode.

        **Raises:** SimulationError where a run blows up; ValueError where there is no such mode.
        """
        rough = [label for label, part in zip(self.labels, self.parts, strict=True) if not part.smooth]
        if rough:
            raise ValueError(f"{rough[0]} has no derivative: leave derivatives='exact', where differences stand in")
        total: Floats = 2 * self.space.prior_slopes(point).T @ self.space.priors(point)
        pieces: list[Floats] = []
        for each in self.generators:
            found, slope = each.gradient(self.space, point)
            pieces += found
            total = total + slope
        return pieces, total

    def _by_differences(self, points: Floats, cancelled: Callable[[], bool]) -> Trials:
        count, n = points.shape
        beside = np.stack([points_beside(point, _CLOSE) for point in points])
        found, notes = self.residual_parts(np.concatenate([points, beside.reshape(-1, n)]), cancelled)
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

    def _by_reverse(self, points: Floats, cancelled: Callable[[], bool]) -> Trials:
        trials, derivatives = [], []
        for point in points:
            if cancelled():
                raise Cancelled
            try:
                pieces, gradient = self.gradient(point)
                note = "" if np.isfinite(gradient).all() else "the derivative is no finite number"
            except SimulationError as error:
                pieces, gradient, note = self._nothing(), None, str(error)
            trials.append(self._trials(point, ([piece[None] for piece in pieces], [note])))
            derivatives.append(None if note or gradient is None else Derivatives.of_gradient(gradient))
        return Trials.joined(trials).with_derivatives(derivatives)

    def _one(self, point: Floats, cancelled: Callable[[], bool]) -> tuple[Trials, Derivatives | None]:
        try:
            residuals, jacobian, _ = self.linearised(point, cancelled)
        except SimulationError as error:
            return self._trials(point, ([piece[None] for piece in self._nothing()], [str(error)])), None
        ends = np.cumsum([part.count for part in self.parts])
        trials = self._trials(point, ([piece[None] for piece in np.split(residuals, ends)[:-1]], [""]))
        return trials, Derivatives.of(residuals, jacobian)

    def _nothing(self) -> list[Floats]:
        return [np.full(part.count, np.nan) for part in self.parts]

    def _check_names(self, targets: list[str]) -> None:
        for target in targets:
            if any(each.knows(target) for each in self.generators):
                continue
            runs = [each for each in self.generators if isinstance(each, RunGenerator)]
            if runs:
                raise runs[0].simulation.assembly.table.unknown(target)
            raise UnknownName("parameter", target, ())


def warn_of_roughness(reasons: list[str], depth: int) -> None:
    """Warn where derivatives say little."""
    for reason in reasons:
        warnings.warn(reason, RoughWarning, stacklevel=depth)


def _generators(cell: Cell, document: FitDocument) -> Iterator[Generator]:
    for run in document.runs.values():
        if run.on and run.weight > 0 and run.used:
            yield RunGenerator(cell, run)
    nested = []
    for each in document.fits.values():
        if each.on and each.weight > 0:
            try:
                inner, within = file.opened(each)
                nested.append(NestedGenerator(each.name, Problem(inner.freeze(), within), each.weight))
            except (ValueError, KeyError, TypeError) as error:
                raise type(error)(f"fit {each.name!r}: {error}") from error
    names = frozenset(document.parameters) | {each.name for inner in nested for each in inner.varied()}
    for function in document.functions.values():
        if function.on and function.weight > 0:
            yield FunctionGenerator(function, names)
    yield from nested


def _counts(document: FitDocument, target: str) -> bool:
    """Whether a parameter has a part in the fit; those of functions that are off have none."""
    owner = document.functions.get(target.rpartition(".")[0])
    return owner is None or (owner.on and owner.weight > 0)


def _elsewhere(generators: tuple[Generator, ...], known: set[str]) -> list[Vary]:
    """What moves in fits within this one and is not of it already; those of one name are one."""
    found: dict[str, Vary] = {}
    for each in generators:
        if isinstance(each, NestedGenerator):
            for varied in each.varied():
                if varied.name not in known:
                    found.setdefault(varied.name, varied)
    return list(found.values())


def _present(varied: list[Vary], generators: tuple[Generator, ...]) -> dict[str, float]:
    found: dict[str, Any] = {}
    for each in varied:
        for generator in generators:
            if generator.knows(each.target):
                found[each.name] = generator.present(each.target)
                break
    return {name: value for name, value in found.items() if np.isfinite(value)}
