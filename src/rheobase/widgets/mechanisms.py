"""What is in a cell's membrane, place by place, with the numbers that a hand may move."""

from typing import Any

import numpy as np
import traitlets

from rheobase.mechanisms import Mechanism, Parameter
from rheobase.model import Assignment, Cell, Profile
from rheobase.model.targets import target_of
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.quantities import quantity
from rheobase.widgets.session import Event
from rheobase.widgets.studies import StudyWidget

PASSIVE = (
    Parameter("Ra", 35.4, "ohm cm", minimum=1e-3, doc="axial resistivity"),
    Parameter("cm", 1.0, "uF/cm2", minimum=1e-6, doc="specific membrane capacitance"),
)
_STRUCTURE = frozenset({"sections", "subsets", "insertions", "sources"})


class Membrane:
    """What is in a cell's membrane, as groups of quantities.

    What was worked out is kept until it changes, so that a slider costs the same on a large cell as on a small one.
    `first` are the values first shown, to which fields reset.
    """

    def __init__(self, cell: Cell) -> None:
        self.first: dict[str, float] = {}
        self._cell = cell
        self._known: dict[tuple[str, str], tuple[list[dict[str, Any]], list[str]]] = {}
        self._masks: dict[str, np.ndarray] = {}

    def forget(self, targets: frozenset[str] | None = None) -> None:
        """Work these targets out anew, or everything."""
        if targets is None:
            self._known.clear()
            self._masks.clear()
        else:
            self._known = {key: value for key, value in self._known.items() if key[1] not in targets}

    def groups(self) -> list[dict[str, Any]]:
        """One group for each place and mechanism, then the cable and the ions."""
        cell = self._cell
        if not cell.sections or not cell.insertions:
            return []
        pairs = dict.fromkeys((each.place, each.mechanism) for each in cell.insertions)
        inserted = {name for _, name in pairs}
        definitions = {name: cell.document.mechanism(name) for name in inserted}
        for assignment in cell.assignments:
            owner = assignment.target.partition(".")[0]
            if owner in inserted and assignment.scope != "cell":
                pairs[assignment.place, owner] = None
        ions = dict.fromkeys(use.name for name in inserted for use in definitions[name].ions)
        reversals = [
            Parameter(f"{ion}.reversal", 0.0, "mV", doc=f"reversal potential of {ion}") for ion in sorted(ions)
        ]
        cable = [(parameter.name, parameter) for parameter in (*PASSIVE, *reversals)]
        shared = {name: _targets(definitions[name], "global") for _, name in pairs}
        return [
            *(
                self._group(place, name, definitions[name].source, _targets(definitions[name], "range"))
                for place, name in pairs
            ),
            *(
                self._group("all", name, "one value for the whole cell", targets, title=f"{name}, global")
                for name, targets in shared.items()
                if targets
            ),
            self._group("all", "cable and ions", "passive properties and reversal potentials of the whole cell", cable),
        ]

    def _group(
        self, place: str, name: str, doc: str, targets: list[tuple[str, Parameter]], title: str = ""
    ) -> dict[str, Any]:
        fields: list[dict[str, Any]] = []
        varying: list[str] = []
        for target, parameter in targets:
            if (place, target) not in self._known:
                self._known[place, target] = self._numbers(place, target, parameter)
            found, words = self._known[place, target]
            fields += found
            varying += words
        return {
            "key": f"{place}|{title or name}",
            "place": place,
            "mechanism": name,
            "title": title or name,
            "removable": not title and (place, name) in self._cell.document.insertions,
            "doc": doc,
            "parameters": fields,
            "varying": varying,
        }

    def _numbers(self, place: str, target: str, parameter: Parameter) -> tuple[list[dict[str, Any]], list[str]]:
        """The fields of one parameter over a place, and in words what no field can show."""
        assignment = assigned(self._cell, place, target)
        if assignment is not None and isinstance(assignment.value, Profile):
            coefficients = [
                self._field(f"{place}|{target}|{name}", Parameter(f"{parameter.name}: {name}", value, "1"), value)
                for name, value in assignment.value.coefficients.items()
            ]
            return coefficients, [f"{parameter.name} = {assignment.value!r}"]
        values = self._cell.values(target)[self._mask(place)]
        values = values[~np.isnan(values)]
        if values.size == 0:
            return [], []
        low, high = float(values.min()), float(values.max())
        if low != high:
            return [], [f"{parameter.name} varies here from {low:g} to {high:g} {parameter.unit}"]
        return [self._field(f"{place}|{target}|", parameter, low)], []

    def _field(self, key: str, parameter: Parameter, value: float) -> dict[str, Any]:
        return quantity(key, parameter, value, default=self.first.setdefault(key, value))

    def _mask(self, place: str) -> np.ndarray:
        if place not in self._masks:
            members = set(self._cell.sections_of(place))
            inside = [section.name in members for section in self._cell.sections for _ in range(section.nseg)]
            self._masks[place] = np.array(inside, dtype=bool)
        return self._masks[place]


def assigned(cell: Cell, place: str, target: str) -> Assignment | None:
    """What was assigned to a region or section by that name."""
    for scope in ("region", "section"):
        found = cell.document.assignments.get((scope, place, target))
        if found is not None:
            return found
    return None


def _targets(definition: type[Mechanism], scope: str) -> list[tuple[str, Parameter]]:
    return [(f"{definition.name}.{each.name}", each) for each in definition.parameters if each.scope == scope]


class MechanismTraits(StudyWidget):
    """The inserted mechanisms as the browser reads them, and the answers to what it asks to change."""

    mechanisms: Any = traitlets.List().tag(sync=True)

    _membrane: Membrane | None = None

    def hear(self, event: Event) -> None:
        """Bring the list up to date with the document."""
        super().hear(event)
        if self._membrane is None:
            self._membrane = Membrane(self.session.cell)
        structural = bool(event.paths & _STRUCTURE)
        if structural or event.targets:
            self._membrane.forget(None if structural else event.targets)
            self.mechanisms = self._membrane.groups()

    @action("mechanism.set")
    def set_mechanism(self, key: str, value: float | str, gesture: str) -> None:
        """Change one number; all values of one gesture are one step of undo. `key` is `place|target|coefficient`."""
        place, target, coefficient = key.split("|")
        cell = self.session.cell
        with cell.edit(f"Set {target} of {place}", coalesce=(self.model_id, key, gesture)):
            if coefficient:
                assignment = assigned(cell, place, target)
                if assignment is None or not isinstance(assignment.value, Profile):
                    raise ValueError(f"{target} of {place} is no profile any more")
                number = to_float(value, "1", coefficient)
                cell[place].set(target, assignment.value.with_coefficients(**{coefficient: number}))
            elif "." not in target or target.endswith(".reversal") or target_of(cell.document, target).is_global:
                cell.set(target, value)
            else:
                cell[place].set(target, value)

    @action("mechanism.set.reset")
    def reset_mechanism(self, key: str) -> None:
        """Give a number back the value that it had when this widget first showed it."""
        first = self._membrane.first if self._membrane is not None else {}
        self.set_mechanism(key, first[key], f"reset {key}")
