"""A fit: which parameters of a model may move, and which runs are held against which data."""

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.documents import Observer
from rheobase.fitting import file
from rheobase.fitting.axes import Axes, principal_axes
from rheobase.fitting.best import Best
from rheobase.fitting.code import program
from rheobase.fitting.document import FitDocument
from rheobase.fitting.history import History
from rheobase.fitting.problem import Problem
from rheobase.fitting.profile import Profile, profile
from rheobase.fitting.run import FitRun
from rheobase.fitting.search import Step
from rheobase.fitting.study import FitStudy, Search
from rheobase.fitting.values import Prior, Run, Tie, Vary, checked_word
from rheobase.mechanisms import PointProcess
from rheobase.model import Cell, Location, Protocol
from rheobase.model.names import UnknownName
from rheobase.simulate import Simulation
from rheobase.simulate.tangents import present_value
from rheobase.units import to_float

Floats = NDArray[np.float64]

_TAKEN = frozenset({"trial", "batch", "seconds", "error", "note", "best"})


class Fit:
    """What a cell's parameters should be, for its runs to give what was recorded.

    **Arguments:** the `cell`, which is looked at anew whenever the fit is computed; `name`.

    The fit is a document: `vary`, `tie`, `add_run` and a run's `match` edit it, `undo` and `redo` take edits back and
    forth, `save` and `to_code` write it.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", g=1e-4, e=-70)
    >>> data = rb.run(cell, tstop=20, v_init=-65, record=[soma(0.5).v])
    >>> soma.insert("pas", g=3e-4) is soma
    True
    >>> fit = rb.Fit(cell)
    >>> fit.vary("soma.pas.g", 1e-5, 1e-3, log=True, name="g")
    >>> run = fit.add_run("decay", tstop=20, v_init=-65)
    >>> run.match(soma(0.5).v, rb.Trace(data.t, data[soma(0.5).v], "mV"))
    >>> best = fit.run(budget=60)
    >>> f"{best.parameters['g']:.6f}"
    '0.000100'
    """

    def __init__(self, cell: Cell, name: str = "fit") -> None:
        if not isinstance(cell, Cell):
            raise TypeError(f"{cell!r} is no cell: give the Cell whose parameters are fitted")
        if not str(name).strip():
            raise ValueError(f"name = {name!r}: give the fit a name in text")
        self.cell = cell
        self.document = FitDocument(name)
        self._compiled: tuple[Any, Problem] | None = None
        self._stop = Event()

    # The document

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
          `"IClamp[0].amp"`, `"celsius"`.
        - `low`, `high`: its bounds, in its unit, or text such as `"10 mS/cm2"`.
        - `log`: whether it moves on a logarithmic scale.
        - `name`: by which ties and results call it; the target's own unless given.
        - `on`: whether it moves now. One that is off keeps its `start`.
        - `start`: from where; the model's own value unless given.
        - `prior`: mean and standard deviation, on a logarithmic scale mean and factor.

        **Raises:** KeyError for an unknown parameter, ValueError for bounds that cannot be.
        """
        old = next((each for each in self.document.parameters.values() if each.target == target), None)
        if name is None and old is None and target in self.document.parameters:
            old = self.document.parameters[target]
        simulation = self._knowing(old.target if old is not None else target)
        target = old.target if old is not None else target
        if old is None and (low is None or high is None):
            raise ValueError(f"{target}: give its bounds, as fit.vary({target!r}, low, high)")
        label = checked_word(name) if name is not None else old.name if old is not None else target
        given: dict[str, Any] = {"low": low, "high": high, "log": log, "on": on, "start": start}
        unit = ""
        for key in ("low", "high", "start"):
            if given[key] is not None:
                given[key] = to_float(given[key], unit or "1", f"{label}: {key}")
        given = {key: value for key, value in given.items() if value is not None}
        if prior is not None:
            given["prior"] = Prior(mean=prior[0], sd=prior[1])
        fields = {} if old is None else {key: getattr(old, key) for key in Vary.model_fields}
        made = Vary(**{**fields, **given, "name": label, "target": target})
        self._check_limits(simulation, made)
        self._check_free(made, old)
        self._warn_of_start(simulation, made)
        with self.document.edit(f"Vary {label}"):
            if old is not None and old.name != label:
                self.document.put(("parameters", old.name), None)
            self.document.put(("parameters", label), made)

    def fix(self, name: str) -> None:
        """Take a parameter out of the fit, by its name. **Raises:** KeyError, ValueError where a tie needs it."""
        made = self._parameter(name)
        for tie in self.document.ties.values():
            if name in file.expression_names(tie):
                raise ValueError(f"{tie.target} is tied to {name}: untie({tie.target!r}) first")
        with self.document.edit(f"Fix {name}"):
            self.document.put(("parameters", made.name), None)

    def tie(self, target: str, expression: str) -> None:
        """Let a parameter follow a formula of the names of varied ones, such as `fit.tie("axon.hh.gnabar", "2 * gna")`.

        **Raises:** KeyError for an unknown parameter or name, ValueError for a formula that cannot be.
        """
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
        if name in self.document.runs:
            raise ValueError(f"there is a run {name!r} already; choose another name, or remove it first")
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

    # Files and code

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fit to a file, with its cell and data."""
        file.write(self.cell, self.document, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Fit":
        """Read a fit from a file, or from a store that `run` wrote. **Raises:** ValueError that names what is wrong."""
        return cls.of_data(file.read(path))

    @classmethod
    def of_data(cls, data: Any) -> "Fit":
        """The fit of plain data, as `to_data` gives it. **Raises:** ValueError."""
        cell, document = file.from_data(data)
        made = cls(cell, document.name)
        made.document = document
        return made

    def to_data(self) -> dict[str, Any]:
        """The fit as plain data: dictionaries, lists, text and finite numbers."""
        return file.to_data(self.cell, self.document)

    def to_code(self) -> str:
        """The Python program that builds the fit again."""
        return program(self.cell, self.document)

    # Errors

    def error(self, parameters: Mapping[str, Any] | None = None) -> float:
        """The total error, at the start, or with some parameters given by name.

        **Raises:** SimulationError where a run blows up.
        """
        return float((self.residuals(parameters) ** 2).sum())

    def errors(self, candidates: Mapping[str, Any]) -> Floats:
        """The errors of many candidates, run together; infinite for one that blows up.

        **Arguments:** for each parameter by name one value a candidate; those not given keep their start.
        """
        problem = self.compiled()
        columns = {self._parameter(name).name: np.atleast_1d(np.asarray(x, float)) for name, x in candidates.items()}
        if len({len(each) for each in columns.values()}) != 1:
            raise ValueError("give equally many values of each parameter")
        count = len(next(iter(columns.values())))
        points = [self._point(problem, {name: column[k] for name, column in columns.items()}) for k in range(count)]
        history = History(problem.space, problem.labels)
        history.add(problem.evaluate(np.array(points)), 0.0)
        return history.errors

    def residuals(self, parameters: Mapping[str, Any] | None = None) -> Floats:
        """All residuals; the error is the sum of their squares. **Arguments, Raises:** as `error`."""
        problem = self.compiled()
        return problem.residuals(self._point(problem, parameters))

    def gradient(self, parameters: Mapping[str, Any] | None = None, *, mode: str = "forward") -> dict[str, float]:
        """The exact derivative of the error by each parameter that moves, by name, in the parameter's own unit.

        Where the error is not smooth, as with features or a spike that comes or goes, it warns.

        **Arguments, Raises:** as `error`; `mode`: `"forward"`, all directions along with the run, or `"reverse"`, which
        takes longer to compile and then costs the same for any number of parameters.
        """
        problem = self.compiled()
        point = self._point(problem, parameters)
        if mode not in ("forward", "reverse"):
            raise ValueError(f"mode = {mode!r}: give 'forward' or 'reverse'")
        if mode == "reverse":
            _, along = problem.backwards.gradient(point)
            return dict(zip(problem.space.names, (along / problem.space.stretch(point)).tolist(), strict=True))
        residuals, jacobian, traces = problem.linearised(point)
        problem.warn_of_roughness(traces, 3)
        slopes = 2 * jacobian.T @ residuals / problem.space.stretch(point)
        return dict(zip(problem.space.names, slopes.tolist(), strict=True))

    def axes(self, parameters: Mapping[str, Any] | None = None) -> Axes:
        """The principal axes of the error at some parameters: see `Axes`. **Arguments, Raises:** as `error`."""
        problem = self.compiled()
        return principal_axes(problem, self._point(problem, parameters))

    def compiled(self) -> Problem:
        """The fit ready to be computed; the same one until it or the cell changes. **Raises:** ValueError, KeyError."""
        key = (self.cell.revision, self.document.revision)
        if self._compiled is None or self._compiled[0] != key:
            self._compiled = key, Problem(self.cell.freeze(), self.document)
        return self._compiled[1]

    # Search

    def run(
        self,
        method: str = "auto",
        budget: int = 2000,
        *,
        seed: int = 0,
        store: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        derivatives: str = "exact",
        executor: Any = None,
        progress: bool | Callable[[Step], None] = False,
        cancelled: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> Best:
        """Search for the parameters of the least error.

        **Arguments:**

        - `method`: an optimiser's name, as `rb.optimisers()` lists them; `"auto"` chooses, and says why.
        - `budget`: how many trials there may be.
        - `seed`: of all chance; the same seed gives the same search.
        - `store`: a file in which every trial is kept, from which `resume` goes on; `overwrite` one that is there.
        - `derivatives`: `"exact"`, carried along with the runs; or `"differences"` of runs made together, which are
          coarser, and often quicker; or `"reverse"`, backwards through each run, for `"adam"` and `"lbfgs"` with many
          parameters. Runs by adaptive methods have differences alone.
        - `executor`: what runs trials elsewhere: a `dask.distributed.Client`, or an executor of `concurrent.futures`.
        - `progress`: called with a `Step` after each batch; True prints one line.
        - `cancelled`: asked whether to stop; so does `stop()` from another thread.
        - `options`: the optimiser's own.

        **Raises:** KeyError for an unknown optimiser, ValueError for a fit that cannot be computed, StoreError.
        """
        self._stop.clear()
        asked = Search(method, budget, int(seed), derivatives, options)
        study = FitStudy.begin(self, asked, store=store, overwrite=overwrite, executor=executor)
        return self._driven(study, progress, cancelled)

    def resume(
        self,
        store: str | os.PathLike[str],
        *,
        budget: int | None = None,
        executor: Any = None,
        progress: bool | Callable[[Step], None] = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Best:
        """Go on with a search that was stopped or killed, as if it had not been.

        **Arguments:** `store`: its file. `budget`: how many trials there may be in all, as before unless given. The
        others as of `run`.

        **Raises:** StoreError for a store of another fit, or one that cannot be read or written.
        """
        self._stop.clear()
        study = FitStudy.resume(self, store, budget=budget, executor=executor)
        return self._driven(study, progress, cancelled)

    def stop(self) -> None:
        """End the search that is under way, from any thread; it gives what it found so far."""
        self._stop.set()

    def profile(self, name: str, **options: Any) -> Profile:
        """The profile likelihood of a parameter: see `rheobase.fitting.profile.profile`."""
        return profile(self.compiled(), self._parameter(name).name, **options)

    def _driven(self, study: FitStudy, progress: bool | Callable[[Step], None], cancelled: Callable[[], bool]) -> Best:
        told = _printed if progress is True else progress or None
        for step in study.steps(lambda: self._stop.is_set() or cancelled()):
            if told is not None:
                told(step)
        return study.best

    def _parameter(self, name: str) -> Vary:
        found = self.document.parameters.get(name)
        if found is None:
            found = next((each for each in self.document.parameters.values() if each.target == name), None)
        if found is None:
            raise UnknownName("varied parameter", name, self.document.parameters)
        return found

    def _point(self, problem: Problem, parameters: Mapping[str, Any] | None) -> Floats:
        values = {}
        for name, value in (parameters or {}).items():
            each = self._parameter(name)
            if not each.on:
                raise ValueError(f"{name} is off, and keeps its value; turn it on with fit.vary({name!r}, on=True)")
            values[each.name] = to_float(value, "1", name)
        return problem.space.moved(problem.space.start, values)

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

    def _check_limits(self, simulation: Simulation, made: Vary) -> None:
        try:
            simulation.assembly.table.check(made.target, np.array([made.low, made.high]))
        except ValueError as error:
            raise ValueError(f"bounds of {made.name}: {error}") from None

    def _warn_of_start(self, simulation: Simulation, made: Vary) -> None:
        own = float(np.mean(present_value(simulation, made.target)))
        if made.start is None and np.isfinite(own) and not made.low <= own <= made.high:
            warnings.warn(
                f"{made.name} = {own:g}, the model's own value, lies outside its bounds: the fit begins at "
                f"{min(max(own, made.low), made.high):g}; give start=... to begin elsewhere",
                stacklevel=3,
            )

    def _check_free(self, made: Vary, old: Vary | None) -> None:
        others = [each for each in self.document.parameters.values() if each is not old]
        if made.name.lower() in {each.name.lower() for each in others} | _TAKEN:
            raise ValueError(f"name = {made.name!r}: is taken; choose another")
        if made.target in self.document.ties:
            raise ValueError(f"{made.target} is tied: untie({made.target!r}) before it is varied")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fit):
            return NotImplemented
        return self.document.content() == other.document.content() and self.cell == other.cell

    __hash__ = None  # type: ignore[assignment]  # equal by content and changeable

    def __repr__(self) -> str:
        on = sum(each.on for each in self.document.parameters.values())
        matches = sum(len(run.used) for run in self.document.runs.values() if run.on)
        return (
            f"<Fit {self.name!r} of {self.cell.name!r}: {on} parameters, {len(self.document.ties)} tied; "
            f"{len(self.document.runs)} runs with {matches} matches>"
        )


def _printed(step: Step) -> None:
    end = "\n" if step.trials >= step.budget else "\r"
    print(f"{step.trials} of {step.budget} trials, error {step.error:.6g}, {step.rate:.0f} a second", end=end)  # noqa: T201
