"""A fit: which parameters of a model may move, and which runs are held against which data."""

import os
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting import file
from rheobase.fitting.axes import Axes, principal_axes
from rheobase.fitting.best import Best
from rheobase.fitting.code import program
from rheobase.fitting.editing import Editing
from rheobase.fitting.executing import evaluator
from rheobase.fitting.generators.generator import never
from rheobase.fitting.history import History
from rheobase.fitting.posterior import Posterior, posterior
from rheobase.fitting.problem import Problem, warn_of_roughness
from rheobase.fitting.profile import Profile, profile
from rheobase.fitting.search import Step
from rheobase.fitting.study import FitStudy, Search
from rheobase.fitting.values import Vary
from rheobase.model import Cell
from rheobase.units import to_float

Floats = NDArray[np.float64]


class Fit(Editing):
    """What a cell's parameters should be, for its runs to give what was recorded.

    **Arguments:** the `cell`, which is looked at anew whenever the fit is computed, and which a fit of functions alone
    does not need; `name`.

    The fit is a document: `vary`, `tie`, `add_run`, a run's `match`, `add_function`, `add_formula` and `add_fit` edit
    it, `undo` and `redo` take edits back and forth, `save` and `to_code` write it.

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

    def __init__(self, cell: Cell | None = None, name: str = "fit") -> None:
        cell = Cell("none") if cell is None else cell
        if not isinstance(cell, Cell):
            raise TypeError(f"{cell!r} is no cell: give the Cell whose parameters are fitted")
        if not str(name).strip():
            raise ValueError(f"name = {name!r}: give the fit a name in text")
        super().__init__(cell, name)
        self._compiled: tuple[Any, Problem] | None = None
        self._stop = Event()

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

    def copy(self) -> "Fit":
        """Another fit of the same content, with a cell of its own."""
        return type(self).of_data(self.to_data())

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
        columns = {
            self._searched(problem, name).name: np.atleast_1d(np.asarray(x, float)) for name, x in candidates.items()
        }
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
            _, along = problem.gradient(point)
            return dict(zip(problem.space.names, (along / problem.space.stretch(point)).tolist(), strict=True))
        residuals, jacobian, rough = problem.linearised(point)
        warn_of_roughness(rough, 3)
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
        problem = self.compiled()
        return profile(problem, self._searched(problem, name).name, **options)

    def posterior(
        self,
        best: Best,
        *,
        steps: int = 600,
        burn: int = 300,
        walkers: int | None = None,
        seed: int = 0,
        noise: Mapping[str, float] | None = None,
        executor: Any = None,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> Posterior:
        """Sample what the data leave of the parameters: see `rheobase.fitting.posterior`.

        **Arguments:**

        - `best`: what `run` found, about which the walkers begin.
        - `steps` of each of so many `walkers` after `burn` that are forgotten; 4 walkers a parameter unless given, and
          at least 32. Each step of each walker is one trial.
        - `seed`: of all chance.
        - `noise`: the standard deviation of some matches or runs by name, in units of their `scale`, where it is known.
        - `executor`, `cancelled`: as of `run`; `progress`: called with the steps that are done and those in all.

        **Raises:** ImportError without emcee, ValueError, KeyError for what cannot be; Cancelled before the burn-in is
        over.
        """
        self._stop.clear()
        problem = self.compiled()
        evaluate = evaluator(problem, self.to_data, executor, "exact")

        def stopped() -> bool:
            return self._stop.is_set() or cancelled()

        return posterior(
            problem,
            evaluate,
            best,
            steps=steps,
            burn=burn,
            walkers=walkers,
            seed=seed,
            noise=noise,
            progress=progress,
            cancelled=stopped,
        )

    def _driven(self, study: FitStudy, progress: bool | Callable[[Step], None], cancelled: Callable[[], bool]) -> Best:
        told = _printed if progress is True else progress or None
        for step in study.steps(lambda: self._stop.is_set() or cancelled()):
            if told is not None:
                told(step)
        return study.best

    def _searched(self, problem: Problem, name: str) -> Vary:
        """What is called so here, or in a fit within this one. **Raises:** KeyError."""
        found = next((each for each in problem.space.parameters if each.name == name), None)
        return self._parameter(name) if found is None else found

    def _point(self, problem: Problem, parameters: Mapping[str, Any] | None) -> Floats:
        values = {}
        for name, value in (parameters or {}).items():
            each = self._searched(problem, name)
            if not each.on:
                raise ValueError(f"{name} is off, and keeps its value; turn it on with fit.vary({name!r}, on=True)")
            values[each.name] = to_float(value, "1", name)
        return problem.space.moved(problem.space.start, values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fit):
            return NotImplemented
        return self.document.content() == other.document.content() and self.cell == other.cell

    __hash__ = None  # type: ignore[assignment]  # equal by content and changeable

    def __repr__(self) -> str:
        on = sum(each.on for each in self.document.parameters.values())
        matches = sum(len(run.used) for run in self.document.runs.values() if run.on)
        also = {"functions": len(self.document.functions), "fits": len(self.document.fits)}
        more = "".join(f", {count} {what}" for what, count in also.items() if count)
        return (
            f"<Fit {self.name!r} of {self.cell.name!r}: {on} parameters, {len(self.document.ties)} tied; "
            f"{len(self.document.runs)} runs with {matches} matches{more}>"
        )


def _printed(step: Step) -> None:
    end = "\n" if step.trials >= step.budget else "\r"
    print(f"{step.trials} of {step.budget} trials, error {step.error:.6g}, {step.rate:.0f} a second", end=end)  # noqa: T201
