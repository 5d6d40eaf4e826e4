"""What is in a cell's membrane, place by place, with the numbers that a hand may move."""

from typing import Any

import numpy as np
import traitlets

from rheobase.mechanisms import Mechanism, Parameter, mechanism
from rheobase.model import Assignment, Cell, Profile
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.quantities import quantity
from rheobase.widgets.session import Event
from rheobase.widgets.studies import StudyWidget

_PASSIVE = (
    Parameter("Ra", 35.4, "ohm cm", minimum=1e-3, doc="axial resistivity"),
    Parameter("cm", 1.0, "uF/cm2", minimum=1e-6, doc="specific membrane capacitance"),
)
_MEMBRANE = frozenset({"sections", "subsets", "insertions", "assignments"})


class MechanismTraits(StudyWidget):
    """The inserted mechanisms as the browser reads them, and the answers to what it asks to change."""

    mechanisms: Any = traitlets.List().tag(sync=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._first_values: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def hear(self, event: Event) -> None:
        """Bring the list up to date with the document."""
        super().hear(event)
        if event.paths & _MEMBRANE:
            self.mechanisms = membrane(self.session.cell, self._first_values)

    @action("mechanism.set")
    def set_mechanism(self, key: str, value: float | str, gesture: str) -> None:
        """Change one number; all values of one gesture are one step of undo. `key` is `place|target|coefficient`."""
        place, target, coefficient = key.split("|")
        cell = self.session.cell
        with cell.edit(f"Set {target} of {place}", coalesce=(self.model_id, key, gesture)):
            if coefficient:
                assignment = _assigned(cell, place, target)
                if assignment is None or not isinstance(assignment.value, Profile):
                    raise ValueError(f"{target} of {place} is no profile any more")
                number = to_float(value, "1", coefficient)
                cell[place].set(target, assignment.value.with_coefficients(**{coefficient: number}))
            elif "." not in target or target.endswith(".reversal"):
                cell.set(target, value)
            else:
                cell[place].set(target, value)

    @action("mechanism.set.reset")
    def reset_mechanism(self, key: str) -> None:
        """Give a number back the value that it had when this widget first showed it."""
        self.set_mechanism(key, self._first_values[key], f"reset {key}")


def membrane(cell: Cell, first: dict[str, float]) -> list[dict[str, Any]]:
    """All of it as groups of quantities; `first` keeps, and is given, the values that fields reset to."""
    if not cell.sections or not cell.insertions:
        return []
    pairs = dict.fromkeys((each.place, each.mechanism) for each in cell.insertions)
    for assignment in cell.assignments:
        owner, dot, _ = assignment.target.partition(".")
        if dot and assignment.scope != "cell" and any(owner == name for _, name in pairs):
            pairs[assignment.place, owner] = None
    groups = [_group(cell, place, mechanism(name), first) for place, name in pairs]
    return [*groups, _cable(cell, first)]


def _group(cell: Cell, place: str, definition: type[Mechanism], first: dict[str, float]) -> dict[str, Any]:
    fields, varying = [], []
    for parameter in definition.parameters:
        target = f"{definition.name}.{parameter.name}"
        found, words = _numbers(cell, place, target, parameter, first)
        fields += found
        varying += words
    return {
        "key": f"{place}|{definition.name}",
        "place": place,
        "mechanism": definition.name,
        "doc": definition.source,
        "parameters": fields,
        "varying": varying,
    }


def _cable(cell: Cell, first: dict[str, float]) -> dict[str, Any]:
    """The passive cable and the ions' reversal potentials, which belong to the whole cell."""
    ions = dict.fromkeys(use.name for each in cell.insertions for use in mechanism(each.mechanism).ions)
    reversals = [Parameter(f"{ion}.reversal", 0.0, "mV", doc=f"reversal potential of {ion}") for ion in ions]
    fields, varying = [], []
    for parameter in (*_PASSIVE, *reversals):
        found, words = _numbers(cell, "all", parameter.name, parameter, first)
        fields += found
        varying += words
    return {
        "key": "all|cable",
        "place": "all",
        "mechanism": "cable and ions",
        "doc": "passive properties and reversal potentials of the whole cell",
        "parameters": fields,
        "varying": varying,
    }


def _numbers(
    cell: Cell, place: str, target: str, parameter: Parameter, first: dict[str, float]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The fields of one parameter over a place, and in words what no field can show."""
    assignment = _assigned(cell, place, target)
    if assignment is not None and isinstance(assignment.value, Profile):
        coefficients = [
            _field(f"{place}|{target}|{name}", Parameter(f"{parameter.name}: {name}", value, "1"), value, first)
            for name, value in assignment.value.coefficients.items()
        ]
        return coefficients, [f"{parameter.name} = {assignment.value!r}"]
    values = cell.values(target)[_mask(cell, place)]
    values = values[~np.isnan(values)]
    if values.size == 0:
        return [], []
    low, high = float(values.min()), float(values.max())
    if low != high:
        return [], [f"{parameter.name} varies here from {low:g} to {high:g} {parameter.unit}"]
    return [_field(f"{place}|{target}|", parameter, low, first)], []


def _field(key: str, parameter: Parameter, value: float, first: dict[str, float]) -> dict[str, Any]:
    return quantity(key, parameter, value, default=first.setdefault(key, value))


def _assigned(cell: Cell, place: str, target: str) -> Assignment | None:
    for assignment in cell.assignments:
        if assignment.place == place and assignment.target == target and assignment.scope != "cell":
            return assignment
    return None


def _mask(cell: Cell, place: str) -> np.ndarray:
    members = set(cell.sections_of(place))
    return np.array([section.name in members for section in cell.sections for _ in range(section.nseg)])
