"""A fit as a document: what its edits are, and what they refuse."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from rheobase.documents import Observer
from rheobase.expressions import Expression
from rheobase.fitting import file
from rheobase.fitting.document import FitDocument
from rheobase.fitting.function import FitFunction
from rheobase.fitting.functions import Function, points_of, ranges_of
from rheobase.fitting.nested import FitNested
from rheobase.fitting.run import FitRun
from rheobase.fitting.shapes import SHAPES
from rheobase.fitting.targets import check_limits, parameter_unit, warn_of_start
from rheobase.fitting.values import Nested, Prior, Run, Tie, Vary, checked_word
from rheobase.mechanisms import PointProcess
from rheobase.model import Cell, Location, Protocol
from rheobase.model.names import UnknownName
from rheobase.simulate import Simulation
from rheobase.simulate.tangents import present_value
from rheobase.units import to_float

_TAKEN = frozenset({"trial", "batch", "seconds", "error", "note", "best", "guide"})


class Editing:
    """What of a fit is its document: parameters, ties, and what is held against data."""

    def __init__(self, cell: Cell, name: str) -> None:
        self.cell = cell
        self.document = FitDocument(name)

    @property
    def name(self) -> str:
        """The name."""
        return self.document.name

    @property
    def parameters(self) -> dict[str, Vary]:
        """What is varied, by name."""
        return dict(self.document.parameters)

    @property
    def ties(self) -> dict[str, Tie]:
        """What follows, by the model's parameter."""
        return dict(self.document.ties)

    @property
    def runs(self) -> dict[str, FitRun]:
        """The runs, by name."""
        return {name: FitRun(self.document, name) for name in self.document.runs}

    @property
    def functions(self) -> dict[str, FitFunction]:
        """The functions, by name."""
        return {name: FitFunction(self.document, name) for name in self.document.functions}

    @property
    def fits(self) -> dict[str, FitNested]:
        """The fits within this one, by name."""
        return {name: FitNested(self.document, name) for name in self.document.fits}

    def vary(
        self,
        target: str,
        low: Any = None,
        high: Any = None,
        *,
        log: bool | None = None,
        name: str | None = None,
        on: bool | None = None,
        start: Any = None,
        prior: tuple[float, float] | None = None,
    ) -> None:
        """Let a parameter move; given again, change what was said of it.

        **Arguments:**

        - `target`: any parameter of the model by name, as in `batch`: `"soma.hh.gnabar"`, `"dend.pas.g.slope"`,
          `"IClamp[0].amp"`, `"celsius"`; or one of a function's own, `"<function>.half"`.
        - `low`, `high`: its bounds, in its unit, or text such as `"10 mS/cm2"`.
        - `log`: whether it moves on a logarithmic scale.
        - `name`: by which ties and results call it; the target's own unless given.
        - `on`: whether it moves now. One that is off keeps its `start`.
        - `start`: from where; the model's own value unless given.
        - `prior`: mean and standard deviation, on a logarithmic scale mean and factor.

        **Raises:** KeyError for an unknown parameter, ValueError for bounds that cannot be.
        """
        old = next((each for each in self.document.parameters.values() if each.target == target), None)
        if old is None and target in self.document.parameters:
            old = self.document.parameters[target]
        target = old.target if old is not None else target
        simulation = None if self._of_function(target) else self._knowing(target)
        if old is None and (low is None or high is None):
            raise ValueError(f"{target}: give its bounds, as fit.vary({target!r}, low, high)")
        label = checked_word(name) if name is not None else old.name if old is not None else target
        given: dict[str, Any] = {"low": low, "high": high, "log": log, "on": on, "start": start}
        unit = "1" if simulation is None else parameter_unit(simulation, target)
        for key in ("low", "high", "start"):
            if given[key] is not None:
                given[key] = to_float(given[key], unit, f"{label}: {key}")
        given = {key: value for key, value in given.items() if value is not None}
        if prior is not None:
            given["prior"] = Prior(mean=prior[0], sd=prior[1])
        fields = {} if old is None else {key: getattr(old, key) for key in Vary.model_fields}
        made = Vary(**{**fields, **given, "name": label, "target": target})
        self._check_free(made, old)
        if simulation is not None:
            check_limits(simulation, made)
            warn_of_start(simulation, made)
        with self.document.edit(f"Vary {label}"):
            if old is not None and old.name != label:
                self._check_unused(old.name, "keeps its name")
                self.document.put(("parameters", old.name), None)
            self.document.put(("parameters", label), made)

    def fix(self, name: str) -> None:
        """Take a parameter out of the fit, by its name. **Raises:** KeyError, ValueError where a formula needs it."""
        made = self._parameter(name)
        self._check_unused(made.name, "cannot be fixed")
        with self.document.edit(f"Fix {name}"):
            self.document.put(("parameters", made.name), None)

    def tie(self, target: str, expression: str) -> None:
        """Let a parameter follow a formula of the names of varied ones, such as `fit.tie("axon.hh.gnabar", "2 * gna")`.

        **Raises:** KeyError for an unknown parameter or name, ValueError for a formula that cannot be.
        """
        if not self._of_function(target):
            self._knowing(target)
        made = Tie(target=target, expression=expression)
        for name in sorted(file.expression_names(made)):
            if name not in self.document.parameters:
                raise UnknownName("varied parameter called", name, self.document.parameters)
        taken = next((each for each in self.document.parameters.values() if each.target == target), None)
        if taken is not None:
            raise ValueError(f"{target} is varied itself, as {taken.name!r}: fix it before it is tied")
        with self.document.edit(f"Tie {target}"):
            self.document.put(("ties", target), made)

    def untie(self, target: str) -> None:
        """Let a tied parameter keep the model's own value. **Raises:** KeyError."""
        if target not in self.document.ties:
            raise UnknownName("tie of", target, self.document.ties)
        with self.document.edit(f"Untie {target}"):
            self.document.put(("ties", target), None)

    def add_run(
        self,
        name: str,
        *,
        protocol: Protocol | None = None,
        stimulus: PointProcess | Iterable[PointProcess] | None = None,
        at: Location | None = None,
        weight: float = 1.0,
        settings: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> FitRun:
        """Add a run: one protocol, whose results `match` then holds against data.

        **Arguments:**

        - `protocol`; or `stimulus`, one or more, `at` a place. `parameters` are those of a `Protocol`: `tstop`, `dt`,
          `v_init`, `celsius`, `method`.
        - `weight`: of this run in the total.
        - `settings`: parameters of the model that have another value in this run, by name.

        **Raises:** ValueError for a name that is taken or parameters that cannot be, KeyError for an unknown setting.
        """
        self.document.check_new(name)
        base = protocol if protocol is not None else Protocol()
        if not isinstance(base, Protocol):
            raise TypeError(f"protocol = {protocol!r}: must be an rb.Protocol")
        if stimulus is not None:
            if not isinstance(at, Location):
                raise TypeError(f"at = {at!r}: say where the stimulus is placed, such as at=soma(0.5)")
            placed = [stimulus] if isinstance(stimulus, PointProcess) else list(stimulus)
            parameters["stimuli"] = [*base.stimuli, *((at, each) for each in placed)]
        base = base.replace(**parameters) if parameters else base
        simulation = Simulation(self.cell, base)
        numbers = {key: to_float(value, "1", key) for key, value in (settings or {}).items()}
        simulation.varied(numbers)
        made = Run(name=name, protocol=base, settings=tuple(sorted(numbers.items())), weight=weight)
        with self.document.edit(f"Add run {name}"):
            self.document.put(("runs", name), made)
        return FitRun(self.document, name)

    def add_function(
        self,
        name: str,
        formula: str,
        x: Any,
        y: Any = None,
        *,
        bounds: Mapping[str, tuple[Any, Any]] | None = None,
        start: Mapping[str, Any] | None = None,
        regions: Iterable[tuple[Any, ...]] = (),
        scale: Any = 1.0,
        weight: float = 1.0,
        vary: bool = True,
    ) -> FitFunction:
        """Hold a function against points. It needs no run, and a fit of functions alone no cell.

        Its own parameters are varied beside the model's, as `"<name>.<parameter>"`: `vary` changes their bounds, `tie`
        lets one follow others, `fix` leaves one where it is. The error is the mean of the squares in units of `scale`.

        **Arguments:**

        - `formula`: the name of a closed form, as `rb.closed_forms()` lists them; or a formula of `x`. What is called
          as a varied parameter is that parameter; other names are parameters of the function's own.
        - `x`, `y`: the points; or a `Trace` in place of both.
        - `bounds`: of its own parameters, `{"half": (-60, -20)}`; those of a closed form are read off the points unless
          given.
        - `start`: from where they begin.
        - `regions`: what counts, as `(start, end, weight)` in `x`; everything unless given.
        - `scale`: the difference in `y` that counts as one. `weight`: in the total.
        - `vary`: whether its own parameters are varied; else they stay at `start` until `vary` says so.

        **Raises:** ValueError, KeyError, TypeError for what cannot be.
        """
        self.document.check_new(name)
        xs, ys, title = points_of(name, x, y)
        given = dict(start or {})
        shared = frozenset(self.document.parameters) - given.keys()
        ranges = ranges_of(name, formula, shared, (xs, ys), bounds or {}, given, needed=vary)
        kind = formula if formula in SHAPES else ""
        made = Function(
            name=name,
            formula=SHAPES[kind].formula if kind else formula,
            kind=kind,
            x=tuple(xs.tolist()),
            y=tuple(ys.tolist()),
            values=tuple((each, found.start) for each, found in ranges.items()),
            regions=tuple(regions),
            scale=scale,
            weight=weight,
            x_title=title,
        )
        with self.document.edit(f"Add function {name}"):
            self.document.put(("functions", name), made)
            for each, found in ranges.items():
                if vary and not found.fixed:
                    self.vary(f"{name}.{each}", found.low, found.high, log=found.log, start=found.start)
        return FitFunction(self.document, name)

    def add_formula(
        self, name: str, formula: str, *, target: Any = 0.0, scale: Any = 1.0, weight: float = 1.0
    ) -> FitFunction:
        """Hold a formula of the fit's parameters against a number: `fit.add_formula("ratio", "gna / gk", target=4)`.

        Its error is `((formula - target) / scale) ** 2`.

        **Raises:** KeyError for a name that is no varied parameter, ValueError for a formula that cannot be.
        """
        self.document.check_new(name)
        wanted = to_float(target, "1", "target")
        made = Function(name=name, formula=formula, y=(wanted,), scale=scale, weight=weight)
        known = set(self.document.parameters) | self._elsewhere()
        for each in sorted(Expression(made.formula).names):
            if known and each not in known:  # where nothing is varied yet, the fit tells when it is computed
                raise UnknownName("varied parameter called", each, known)
        with self.document.edit(f"Add formula {name}"):
            self.document.put(("functions", name), made)
        return FitFunction(self.document, name)

    def add_fit(self, name: str, fit: "Editing", *, weight: float = 1.0) -> FitNested:
        """Add the error of another fit, with its own cell, as it is now.

        What it varies is varied here too; parameters of the same name are one, with the bounds that are given here.

        **Arguments:** `name`; the `fit`; the `weight` of its error.

        **Raises:** ValueError for a name that is taken.
        """
        self.document.check_new(name)
        if not isinstance(fit, Editing):
            raise TypeError(f"{fit!r} is no fit: give an rb.Fit")
        made = Nested(name=name, fit=file.text(file.to_data(fit.cell, fit.document)), weight=weight)
        with self.document.edit(f"Add fit {name}"):
            self.document.put(("fits", name), made)
        return FitNested(self.document, name)

    def set_scale(self, *, log: bool, names: Iterable[str] | None = None) -> list[str]:
        """Put all parameters on a logarithmic scale, or on a linear one, as one edit.

        **Arguments:** `names`: those alone.

        **Returns:** the names of those that could not be: a logarithmic scale begins above 0.
        """
        left = []
        with self.document.edit("Scale all logarithmically" if log else "Scale all linearly"):
            for each in self._named(names):
                if log and (each.low <= 0 or (each.prior is not None and each.prior.sd <= 1)):
                    left.append(each.name)
                elif each.log != log:
                    self.document.put(("parameters", each.name), each.replace(log=log))
        return left

    def randomise(self, factor: float = 2.0, *, seed: int = 0, names: Iterable[str] | None = None) -> None:
        """Begin elsewhere: multiply each start by a number drawn from `1 / factor` to `factor`, within the bounds.

        **Arguments:** `seed`: of the chance; `names`: those alone.
        """
        wanted = to_float(factor, "1", "factor")
        if wanted <= 1:
            raise ValueError(f"factor = {wanted:g}: must be more than 1")
        chance = np.random.default_rng(seed)
        with self.document.edit("Randomise the start"):
            for each in self._named(names):
                start = self._beginning(each) * wanted ** chance.uniform(-1, 1)
                start = float(min(max(start, each.low), each.high))
                self.document.put(("parameters", each.name), each.replace(start=start))

    def edit(self, name: str) -> AbstractContextManager[Any]:
        """Group edits into one, as `with fit.edit("name"):`."""
        return self.document.edit(name)

    def undo(self) -> str | None:
        """Take the last edit back, and give its name; None if there is none."""
        return self.document.undo()

    def redo(self) -> str | None:
        """Make the last edit undone again, and give its name; None if there is none."""
        return self.document.redo()

    def observe(self, callback: Observer, *, grouped: bool = False) -> Callable[[], None]:
        """Call `callback` with each `Change`, or, `grouped`, with those of each edit. **Returns:** what ends it."""
        return self.document.observe(callback, grouped=grouped)

    def _parameter(self, name: str) -> Vary:
        found = self.document.parameters.get(name)
        if found is None:
            found = next((each for each in self.document.parameters.values() if each.target == name), None)
        if found is None:
            raise UnknownName("varied parameter", name, self.document.parameters)
        return found

    def _knowing(self, target: str) -> Simulation:
        """A simulation in which a parameter means something. **Raises:** KeyError that suggests the nearest."""
        first = None
        for protocol in (None, *(run.protocol for run in self.document.runs.values())):
            simulation = Simulation(self.cell, protocol)
            first = first or simulation
            try:
                simulation.assembly.table.length(target)
            except KeyError:
                continue
            return simulation
        assert first is not None  # noqa: S101
        raise first.assembly.table.unknown(target)

    def _check_free(self, made: Vary, old: Vary | None) -> None:
        others = [each for each in self.document.parameters.values() if each is not old]
        if made.name.lower() in {each.name.lower() for each in others} | _TAKEN:
            raise ValueError(f"name = {made.name!r}: is taken; choose another")
        if made.target in self.document.ties:
            raise ValueError(f"{made.target} is tied: untie({made.target!r}) before it is varied")

    def _check_unused(self, name: str, what: str) -> None:
        """Refuse to lose a name that a formula needs."""
        for tie in self.document.ties.values():
            if name in file.expression_names(tie):
                raise ValueError(f"{name} {what}: {tie.target} is tied to it; untie({tie.target!r}) first")
        for each in self.document.functions.values():
            if name in Expression(each.formula).names - dict(each.values).keys():
                raise ValueError(f"{name} {what}: {each.name!r} has it in its formula; remove that first")

    def _of_function(self, target: str) -> bool:
        """Whether a parameter is one of a function's own."""
        owner, _, name = target.rpartition(".")
        function = self.document.functions.get(owner)
        return function is not None and name in dict(function.values)

    def _elsewhere(self) -> set[str]:
        """The names of what fits within this one vary."""
        return {name for nested in self.document.fits.values() for name in file.opened(nested)[1].parameters}

    def _named(self, names: Iterable[str] | None) -> list[Vary]:
        return [*self.document.parameters.values()] if names is None else [self._parameter(name) for name in names]

    def _beginning(self, each: Vary) -> float:
        """From where a parameter begins."""
        own = each.start
        if own is None and not self._of_function(each.target):
            own = float(np.mean(present_value(self._knowing(each.target), each.target)))
        middle = float(np.sqrt(each.low * each.high)) if each.log else (each.low + each.high) / 2
        return own if own is not None and np.isfinite(own) else middle
