"""What a fit varies: its parameters, one by one or all together, and those that follow them."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from rheobase.expressions import Expression
from rheobase.fitting import file
from rheobase.fitting.document import FitDocument
from rheobase.fitting.ranges import positive, prior_of, rescaled, restated, widened
from rheobase.fitting.targets import check_limits, parameter_unit, warn_of_start
from rheobase.fitting.values import Tie, Vary, checked_word
from rheobase.model import Cell
from rheobase.model.names import UnknownName
from rheobase.simulate import Simulation
from rheobase.simulate.tangents import present_value
from rheobase.units import to_float

_TAKEN = frozenset({"trial", "batch", "seconds", "error", "note", "best", "guide"})


class Varying:
    """What of a fit is varied and what is tied."""

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
        prior: tuple[Any, ...] | None = None,
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
        - `prior`: mean and standard deviation, on a logarithmic scale mean and factor; `()` takes one back.

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
        fields = {} if old is None else {key: getattr(old, key) for key in Vary.model_fields}
        fields |= {**given, "name": label, "target": target}
        logarithmic = bool(fields.get("log"))
        if prior is not None:
            fields["prior"] = prior_of(label, prior, unit, log=logarithmic)
        elif old is not None:
            fields["prior"] = restated(old, log=logarithmic)
        made = Vary(**fields)
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

    def set_scale(self, *, log: bool, names: Iterable[str] | None = None) -> list[str]:
        """Put all parameters on a logarithmic scale, or on a linear one, as one edit; priors are told on it.

        **Arguments:** `names`: those alone.

        **Returns:** the names of those that could not be: a logarithmic scale begins above 0.
        """
        edit = "Scale all logarithmically" if log else "Scale all linearly"
        return self._change_all(edit, lambda each: rescaled(each, log=log), names)

    def keep_positive(self, *, names: Iterable[str] | None = None) -> list[str]:
        """Keep all parameters above 0, as one edit: where a lower bound is not, it becomes a thousandth of the upper.

        **Arguments:** `names`: those alone.

        **Returns:** the names of those that could not be, because their upper bound is not above 0 either.
        """
        return self._change_all("Keep all positive", positive, names)

    def widen(self, factor: float = 10.0, *, names: Iterable[str] | None = None) -> list[str]:
        """Move each bound of all parameters so many times further out, and none across 0, as one edit.

        **Arguments:** `factor`, more than 1; `names`: those alone.

        **Returns:** the names of those that stay as they are, because the model allows no wider bounds.
        """
        by = _above_one(factor)
        return self._change_all("Widen all bounds", lambda each: widened(each, by), names)

    def randomise(self, factor: float = 2.0, *, seed: int = 0, names: Iterable[str] | None = None) -> None:
        """Begin elsewhere: multiply each start by a number drawn from `1 / factor` to `factor`, within the bounds.

        **Arguments:** `seed`: of the chance; `names`: those alone.
        """
        wanted = _above_one(factor)
        chance = np.random.default_rng(seed)
        with self.document.edit("Randomise the start"):
            for each in self._named(names):
                start = self._beginning(each) * wanted ** chance.uniform(-1, 1)
                start = float(min(max(start, each.low), each.high))
                self.document.put(("parameters", each.name), each.replace(start=start))

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

    def _named(self, names: Iterable[str] | None) -> list[Vary]:
        return [*self.document.parameters.values()] if names is None else [self._parameter(name) for name in names]

    def _change_all(self, edit: str, change: Callable[[Vary], Vary], names: Iterable[str] | None) -> list[str]:
        """Change all parameters that can be changed so, and give the names of the others."""
        left = []
        with self.document.edit(edit):
            for each in self._named(names):
                try:
                    made = change(each)
                    wider = (made.low, made.high) != (each.low, each.high)
                    if wider and not self._of_function(each.target):
                        check_limits(self._knowing(each.target), made)
                except ValueError:
                    left.append(each.name)
                    continue
                if made != each:
                    self.document.put(("parameters", each.name), made)
        return left

    def _beginning(self, each: Vary) -> float:
        """From where a parameter begins."""
        own = each.start
        if own is None and not self._of_function(each.target):
            own = float(np.mean(present_value(self._knowing(each.target), each.target)))
        middle = float(np.sqrt(each.low * each.high)) if each.log else (each.low + each.high) / 2
        return own if own is not None and np.isfinite(own) else middle


def _above_one(factor: Any) -> float:
    wanted = to_float(factor, "1", "factor")
    if wanted <= 1:
        raise ValueError(f"factor = {wanted:g}: must be more than 1")
    return wanted
