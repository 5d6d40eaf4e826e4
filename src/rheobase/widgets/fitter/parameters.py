"""The table of parameters: their values, bounds and scales, ties, and all the numbers of the model to choose from."""

from collections.abc import Mapping
from typing import Any

import traitlets

from rheobase.analysis.parameters.varied import varied
from rheobase.fitting.looking import simulations
from rheobase.fitting.targets import parameter_unit
from rheobase.fitting.values import Vary
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.fitter.shown import ShownTraits
from rheobase.widgets.quantities import number_in_words

_MOST_FOUND = 60
_COLUMNS = ("name", "target", "value", "low", "high", "log", "on", "prior_mean", "prior_sd")
_NUMBERS = ("low", "high")
_FIRST_PRIOR = 2.0  # as a factor; on a linear scale a quarter of the range
_YES = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class ParameterTraits(ShownTraits):
    """What is varied and what is tied.

    - `parameters`: a dictionary a parameter: `name`, `target`, `unit`, the `value` that is shown, `low`, `high`, `log`,
      `on`, and its `prior`, mean and standard deviation, or None.
    - `ties`: `target`, `expression` and `on` of each.
    """

    parameters: Any = traitlets.List().tag(sync=True)
    ties: Any = traitlets.List().tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        self._shaken = 0
        self._known: tuple[Any, dict[str, tuple[str, float]]] = (None, {})
        self._units: dict[str, str] = {}
        super().__init__(source, **traits)

    def follow(self) -> None:
        """List the parameters and ties as they are."""
        super().follow()
        self.show_values()
        self.ties = [
            {"target": tie.target, "expression": tie.expression, "on": tie.on} for tie in self.fit.ties.values()
        ]

    def show_values(self) -> None:
        """List the parameters with the values that are shown."""
        values = self.values
        self.parameters = [
            {
                "name": each.name,
                "target": each.target,
                "unit": self._unit(each.target),
                "value": values[each.name],
                "low": each.low,
                "high": each.high,
                "log": each.log,
                "on": each.on,
                "prior": None if each.prior is None else [each.prior.mean, each.prior.sd],
            }
            for each in self.fit.parameters.values()
        ]

    @action("parameter.set")
    def set_parameter(self, name: str, field: str, value: Any, gesture: str = "") -> None:
        """Change one thing of a parameter: its `value`, `low`, `high`, `log` or `on`; or of its prior.

        `prior`: whether it has one, at first about the value that is shown; `mean`, `sd`.
        """
        old = self._of(name)
        key = ("parameter", name, field, gesture) if gesture else None
        if field == "value":
            number = self._number(old, value, "value")
            if not old.low <= number <= old.high:
                raise ValueError(f"{name} = {number:g}: must lie within its bounds, from {old.low:g} to {old.high:g}")
            self.begin_at({**self.values, name: number}, f"Move {name}", key)
            return
        if field in _NUMBERS:
            changed: dict[str, Any] = {field: self._number(old, value, field)}
        elif field in ("log", "on"):
            changed = {field: bool(value)}
        elif field in ("prior", "mean", "sd"):
            changed = {"prior": self._prior(old, field, value)}
        else:
            raise ValueError(f"there is no {str(field)[:40]!r} of a parameter")
        low, high = changed.get("low", old.low), changed.get("high", old.high)
        if old.start is not None and low < high:
            changed["start"] = min(max(old.start, low), high)
        with self.editing(f"Change {name}", key):
            self.fit.vary(old.name, **self._with_start(old, changed))

    @action("parameter.add")
    def add_parameter(self, target: str) -> None:
        """Vary one more of the model's parameters, at first within a factor of ten."""
        unit_and_value = self._numbers().get(target)
        if unit_and_value is None:
            raise ValueError(f"the model has no parameter {target[:80]!r}")
        value = unit_and_value[1]
        log = value > 0
        reach = abs(value) or 1.0
        low, high = (value / 10, value * 10) if log else (value - reach, value + reach)
        self.fit.vary(target, float(f"{low:.6g}"), float(f"{high:.6g}"), log=log, start=value)

    @action("parameter.remove")
    def remove_parameter(self, name: str) -> None:
        """Vary a parameter no more."""
        self.fit.fix(name)

    @action("parameter.find")
    def find_parameters(self, text: str = "") -> dict[str, Any]:
        """The model's parameters whose name holds every word of a text."""
        wanted = text.lower().split()
        taken = {each.target for each in self.fit.parameters.values()} | set(self.fit.ties)
        found = [
            {"name": name, "unit": unit, "value": number_in_words(value)}
            for name, (unit, value) in self._numbers().items()
            if all(word in name.lower() for word in wanted) and name not in taken
        ]
        return {"found": found[:_MOST_FOUND], "more": max(0, len(found) - _MOST_FOUND)}

    @action("parameter.scale")
    def scale_all(self, log: bool) -> dict[str, Any]:
        """Give every parameter a logarithmic scale, or a linear one, and name those that cannot have a logarithm."""
        return _but(self.fit.set_scale(log=bool(log)), "linear: a logarithmic scale begins above 0")

    @action("parameter.positive")
    def keep_positive(self) -> dict[str, Any]:
        """Raise lower bounds that are not above 0 to a thousandth of the upper, and name those that cannot be."""
        return _but(self.fit.keep_positive(), "as before: the upper bound is not above 0 either")

    @action("parameter.widen")
    def widen(self, factor: float = 10.0) -> dict[str, Any]:
        """Move all bounds so many times further out, and name those that the model limits."""
        return _but(self.fit.widen(factor), "as before: the model allows no wider bounds")

    @action("parameter.shake")
    def shake(self, factor: float = 2.0) -> None:
        """Begin elsewhere: each start times or over up to a factor, by chance, each time otherwise."""
        self.showing = "start"
        self._shaken += 1
        self.fit.randomise(float(factor), seed=self._shaken)

    @action("parameter.table")
    def table(self) -> dict[str, Any]:
        """The parameters as tab-separated text, with names in the first line."""
        lines = ["\t".join(_COLUMNS)]
        for each in self.parameters:
            cells = [each["name"], each["target"], *(repr(each[key]) for key in ("value", "low", "high"))]
            prior = [repr(number) for number in each["prior"]] if each["prior"] else ["", ""]
            cells += [str(int(each["log"])), str(int(each["on"])), *prior]
            lines.append("\t".join(cells))
        return {"content": "\n".join(lines) + "\n"}

    @action("parameter.paste")
    def paste(self, text: str) -> None:
        """Take parameters from such a text: those that are there are changed, others are added."""
        rows = [line.split("\t") for line in text.splitlines() if line.strip()]
        if not rows or "target" not in rows[0] or not set(rows[0]) <= set(_COLUMNS):
            raise ValueError(f"begin with a line of names, separated by tabs: {', '.join(_COLUMNS)}")
        with self.editing("Paste parameters"):
            for number, row in enumerate(rows[1:], start=2):
                if len(row) != len(rows[0]):
                    raise ValueError(f"line {number} has {len(row)} fields and the first line {len(rows[0])}")
                try:
                    self._paste(dict(zip(rows[0], (cell.strip() for cell in row), strict=True)))
                except (ValueError, KeyError) as error:
                    raise ValueError(f"line {number}: {error.args[0]}") from None

    @action("tie.set")
    def tie(self, target: str, expression: str) -> None:
        """Let a parameter of the model follow a formula."""
        if not target.strip() or not expression.strip():
            raise ValueError("give the parameter that follows, and a formula such as 2 * gna")
        self.fit.tie(target.strip(), expression.strip())

    @action("tie.remove")
    def untie(self, target: str) -> None:
        """Let a parameter follow no more."""
        self.fit.untie(target)

    def begin_at(self, values: Mapping[str, float], edit: str, key: Any = None) -> None:
        """Make some values those that the fit begins at, in one edit, and show them."""
        self.showing = "start"
        known, revision = self.fit.parameters, self.fit.document.revision
        with self.editing(edit, key) as document:
            for name, value in values.items():
                each = known.get(name)
                if each is None:
                    continue
                within = min(max(float(value), each.low), each.high)
                if self._starts.get(name) != within:
                    document.put(("parameters", name), each.replace(start=within))
        # Where nothing was edited nobody follows, and yet what is shown may have changed.
        if self.fit.document.revision == revision:
            with self.lock, self.hold_sync():
                self.follow()

    def _paste(self, row: dict[str, str]) -> None:
        target = row["target"]
        old = next((each for each in self.fit.parameters.values() if each.target == target), None)
        given: dict[str, Any] = {key: row[key] for key in _NUMBERS if row.get(key)}
        given = {key: to_float(_float(text), "1", key) for key, text in given.items()}
        for key in ("log", "on"):
            if row.get(key):
                if row[key].lower() not in _YES:
                    raise ValueError(f"{key} = {row[key][:20]!r}: give 1 or 0")
                given[key] = _YES[row[key].lower()]
        if row.get("value"):
            given["start"] = to_float(_float(row["value"]), "1", "value")
        elif old is not None:
            given = self._with_start(old, given)
        if "prior_mean" in row and "prior_sd" in row:
            both = [_float(row[key]) for key in ("prior_mean", "prior_sd") if row[key]]
            given["prior"] = tuple(both)
        if row.get("name") and row["name"] != target:
            given["name"] = row["name"]
        self.fit.vary(target, **given)

    def _prior(self, of: Vary, field: str, value: Any) -> tuple[Any, ...]:
        """The prior of a parameter after a change of it."""
        if field == "prior":
            if not value:
                return ()
            shown = self.values[of.name]
            return (shown, _FIRST_PRIOR if of.log else float(f"{(of.high - of.low) / 4:.3g}"))
        if of.prior is None:
            raise ValueError(f"{of.name} has no prior yet")
        return (value, of.prior.sd) if field == "mean" else (of.prior.mean, value)

    def _with_start(self, old: Vary, changed: dict[str, Any]) -> dict[str, Any]:
        """With a start within the new bounds, where the model's own value would lie outside."""
        low, high = changed.get("low", old.low), changed.get("high", old.high)
        start = changed.get("start", self._starts.get(old.name, old.start))
        if start is None or low >= high:
            return changed
        return {**changed, "start": min(max(start, low), high)}

    def _of(self, name: str) -> Vary:
        found = self.fit.parameters.get(name)
        if found is None:
            raise ValueError(f"there is no parameter {str(name)[:80]!r} in this fit")
        return found

    def _number(self, of: Vary, value: Any, what: str) -> float:
        return to_float(value, self._unit(of.target) or "1", f"{of.name}: {what}")

    def _unit(self, target: str) -> str:
        known = self._numbers().get(target)
        if known is not None:
            return known[0]
        if target not in self._units:
            units = (parameter_unit(simulation, target) for simulation in simulations(self.fit))
            self._units[target] = next((unit for unit in units if unit != "1"), "")
        return self._units[target]

    def _numbers(self) -> dict[str, tuple[str, float]]:
        """Every number of the model and of its runs by name: its unit and value."""
        document = self.fit.document
        key = (self.fit.cell.revision, tuple(run.protocol for run in document.runs.values()))
        if self._known[0] != key:
            found: dict[str, tuple[str, float]] = {}
            for simulation in simulations(self.fit):
                for name in simulation.assembly.table.defaults:
                    if name not in found:
                        each = varied(simulation, name)
                        found[name] = each.unit, each.value
            self._known, self._units = (key, found), {}
        return self._known[1]


def _but(left: list[str], why: str) -> dict[str, Any]:
    """A reply that names those that could not be changed."""
    return {"error": f"{', '.join(left)} {'stay' if len(left) > 1 else 'stays'} {why}"} if left else {}


def _float(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
