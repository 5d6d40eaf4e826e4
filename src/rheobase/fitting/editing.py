"""A fit as a document: what its edits are, and what they refuse."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from rheobase.documents import Observer
from rheobase.expressions import Expression
from rheobase.fitting import file
from rheobase.fitting.function import FitFunction
from rheobase.fitting.functions import Function, points_of, ranges_of
from rheobase.fitting.nested import FitNested
from rheobase.fitting.run import FitRun
from rheobase.fitting.shapes import SHAPES
from rheobase.fitting.values import Nested, Run
from rheobase.fitting.varying import Varying
from rheobase.mechanisms import PointProcess
from rheobase.model import Location, Protocol
from rheobase.model.names import UnknownName
from rheobase.simulate import Simulation
from rheobase.units import to_float


class Editing(Varying):
    """What of a fit is its document: parameters, ties, and what is held against data."""

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

    def _elsewhere(self) -> set[str]:
        """The names of what fits within this one vary."""
        return {name for nested in self.document.fits.values() for name in file.opened(nested)[1].parameters}
