"""Density mechanisms of a cell that lives in NEURON, and what we know them as."""

from typing import Any, Literal

import numpy as np

from rheobase.mechanisms import Mechanism, mechanism
from rheobase.model import Cell
from rheobase.share.error import ExchangeError
from rheobase.share.spread import insert_where, spread

_IN_EVERY_SECTION = frozenset({"capacitance", "morphology"})


def take_membrane(cell: Cell, names: dict[Any, str], missing: Literal["error", "skip"], notes: list[str]) -> None:
    """Insert the mechanisms of the sections, and set their values and the passive ones."""
    known = _known(list(names), missing, notes)
    _take_passive(cell, names)
    for name, definition in known.items():
        _take_mechanism(cell, names, name, definition)


def _known(sections: list[Any], missing: Literal["error", "skip"], notes: list[str]) -> dict[str, type[Mechanism]]:
    """The density mechanisms by name, in the order in which NEURON has them."""
    present = dict.fromkeys(each.name() for section in sections for each in section(0.5) if not each.is_ion())
    known = {}
    for name in present:
        if name in _IN_EVERY_SECTION:
            continue
        try:
            known[name] = definition_of(name, "density")
        except ExchangeError as error:
            if missing == "error":
                raise
            notes.append(f"left out: {error}")
    return known


def definition_of(name: str, kind: str) -> type[Mechanism]:
    """What we know a mechanism of NEURON's as. **Raises:** ExchangeError that says how to make it known."""
    try:
        definition = mechanism(name)
    except KeyError:
        definition = None
    if definition is None or definition.kind != kind:
        raise ExchangeError(
            f"NEURON's mechanism {name!r} is not known here: load its .mod file first, by rb.load_mod('{name}.mod'), "
            "or leave it out by from_neuron(..., missing='skip')"
        )
    return definition


def _take_passive(cell: Cell, names: dict[Any, str]) -> None:
    Ra = {name: np.full(section.nseg, section.Ra) for section, name in names.items()}
    cm = {name: np.array([segment.cm for segment in section]) for section, name in names.items()}
    spread(cell, {"Ra": Ra, "cm": cm})


def _take_mechanism(cell: Cell, names: dict[Any, str], name: str, definition: type[Mechanism]) -> None:
    from neuron import h

    inside = {names[section]: section for section in names if section.has_membrane(name)}
    places = insert_where(cell, definition, inside)
    found: dict[str, dict[str, Any]] = {}
    for parameter in definition.parameters:
        target, variable = f"{name}.{parameter.name}", f"{parameter.name}_{name}"
        if parameter.scope == "global":
            value = getattr(h, variable, None)
            if value is not None and float(value) != parameter.default:
                cell.set(target, float(value))
        elif all(hasattr(section(0.5), variable) for section in inside.values()):
            found[target] = {
                each: np.array([getattr(segment, variable) for segment in section]) for each, section in inside.items()
            }
    for place in places:
        spread(cell, found, within=place)
