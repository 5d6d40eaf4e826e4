"""What can be set on a cell: passive properties, parameters of mechanisms, what surrounds the membrane."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rheobase.mechanisms import ION_DEFAULTS, Mechanism, Parameter
from rheobase.mechanisms.ions import ion_called
from rheobase.model.names import UnknownName
from rheobase.units import to_float

if TYPE_CHECKING:
    from rheobase.model.document import Document

DEFAULTS = {"Ra": 35.4, "cm": 1.0}  # NEURON's
GEOMETRY = ("L", "diam", "nseg")
_PASSIVE = {"Ra": "ohm cm", "cm": "uF/cm2"}
_UNITS = {"reversal": "mV", "inside": "mM", "outside": "mM"}
SURROUNDINGS = tuple(_UNITS)  # what can be set of an ion


class Target:
    """A parsed name of something that can be set: `Ra`, `hh.gnabar`, `na.reversal`.

    - `name`: the text; `unit`: the unit of its values; `default`: its value where nothing is assigned.
    - `mechanism`: the mechanism it belongs to, or `None`.
    - `is_global`: one number serves the whole cell.
    """

    __slots__ = ("_parameter", "default", "is_global", "mechanism", "name", "unit")

    def __init__(self, name: str, definition: type[Mechanism] | None) -> None:
        self.name = name
        self.mechanism: str | None = None
        self.is_global = False
        self._parameter: Parameter | None = None
        owner, dot, attribute = name.partition(".")
        if not dot:
            self._passive(name)
        elif definition is None:
            self.unit = _UNITS[attribute]
            self.default = float(getattr(ion_called(owner), attribute))
        else:
            self._of_mechanism(owner, attribute, definition)

    def checked(self, value: Any, where: str) -> float:
        """Give one value as a float in this target's unit.

        **Raises:** `TypeError` or `ValueError` naming the target, the value, its unit and what is allowed.
        """
        if self._parameter is not None:
            return self._parameter.check(value, self.mechanism or "")
        number = to_float(value, self.unit, f"{self.name} of {where}")
        lowest = -math.inf if self.unit == "mV" else 0.0
        if number < lowest or (number == 0 and self.name in _PASSIVE):
            bound = "greater than 0" if self.name in _PASSIVE else "0 or more"
            raise ValueError(f"{self.name} of {where} = {value!r} {self.unit}: must be {bound}")
        return number

    def checked_many(self, values: Iterable[Any], where: str) -> tuple[float, ...]:
        """Give one value a segment as floats in this target's unit."""
        if self.name == "Ra":
            raise ValueError("Ra is one number a section, as in NEURON; give one number")
        return tuple(self.checked(value, where) for value in np.asarray(values).tolist())

    def _passive(self, name: str) -> None:
        if name in GEOMETRY:
            raise ValueError(f"{name} belongs to each section: set it there, as in cell['all'].set({name!r}, ...)")
        if name not in _PASSIVE:
            raise UnknownName("property", name, (*_PASSIVE, *GEOMETRY, "hh.gnabar", "na.reversal"))
        self.unit, self.default = _PASSIVE[name], DEFAULTS[name]

    def _of_mechanism(self, owner: str, attribute: str, definition: type[Mechanism]) -> None:
        parameters = {parameter.name: parameter for parameter in definition.parameters}
        if attribute not in parameters:
            raise UnknownName(f"parameter of {owner!r} called", attribute, parameters)
        if definition.kind != "density" and parameters[attribute].scope == "range":
            raise ValueError(f"{attribute} belongs to each {owner}: set it there, as in cell.process(name).set(...)")
        parameter = self._parameter = parameters[attribute]
        self.mechanism, self.is_global = owner, parameter.scope == "global"
        self.unit, self.default = parameter.unit, parameter.default


@lru_cache(maxsize=4096)
def _target(name: str, definition: Any) -> Target:
    return Target(name, definition)


def target_of(document: Document, name: str) -> Target:
    """Give the target of a name.

    **Raises:** `UnknownName` (a `KeyError`) that suggests the nearest.
    """
    if not isinstance(name, str):
        raise TypeError(f"name what to set by text such as 'hh.gnabar', not {name!r}")
    owner, dot, attribute = name.partition(".")
    if not dot or (owner in ION_DEFAULTS and attribute in SURROUNDINGS):
        return _target(name, None)
    try:
        definition = document.mechanism(owner)
    except KeyError:
        definition = None
    if definition is not None and definition.kind != "density" and not document.uses(owner):
        definition = None
    if definition is None or (attribute in SURROUNDINGS and all(p.name != attribute for p in definition.parameters)):
        ions = known_ions(document)
        if owner in ions and attribute in SURROUNDINGS:
            return _target(name, None)
        if owner in ions and definition is None:
            raise UnknownName(f"property of the ion {owner!r} called", attribute, SURROUNDINGS)
        if definition is None:
            raise UnknownName("mechanism or ion", owner, (*document.mechanism_names("density"), *ions))
    key: Any = definition  # a class is hashable, whatever its instances are
    return _target(name, key)


def known_ions(document: Document) -> tuple[str, ...]:
    """Give the names of NEURON's ions and of those that mechanisms use, the document's own and all that are known."""
    kinds = ("density", "point")
    known = [document.mechanism(name) for kind in kinds for name in document.mechanism_names(kind)]
    return tuple(dict.fromkeys((*ION_DEFAULTS, *(use.name for definition in known for use in definition.ions))))
