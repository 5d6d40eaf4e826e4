"""Concentrations and reversal potentials of a cell that lives in NEURON."""

from typing import Any, NamedTuple

import numpy as np

from rheobase.mechanisms.ions import ion_called
from rheobase.model import Cell
from rheobase.share.spread import Found, spread


class _Style(NamedTuple):
    """How NEURON treats an ion in a section, from the number that its ion_style gives.

    **Fields:** `concentration` and `reversal`: 0 unused, 1 a parameter, 2 computed, 3 a state; `starts`: whether
    concentrations start from the ion's global values; `by_nernst`: whether the reversal potential is computed at the
    start.
    """

    concentration: int
    reversal: int
    starts: bool
    by_nernst: bool

    @classmethod
    def of(cls, number: int) -> "_Style":
        return cls(number & 3, number >> 3 & 3, bool(number & 4), bool(number & 32))


def take_ions(cell: Cell, names: dict[Any, str]) -> None:
    """Set what differs from an ion's defaults, and reversal potentials that hold though concentrations are used."""
    ions = dict.fromkeys(each.name() for section in names for each in section(0.5) if each.is_ion())
    for mechanism in ions:
        _take(cell, {name: section for section, name in names.items() if section.has_membrane(mechanism)}, mechanism)


def _take(cell: Cell, sections: dict[str, Any], mechanism: str) -> None:
    from neuron import h

    ion = mechanism.removesuffix("_ion")
    if ion not in _used(cell):
        return  # NEURON has the ion here, but nothing that we know uses it
    defaults = ion_called(ion)
    styles = {name: _Style.of(int(h.ion_style(mechanism, sec=section))) for name, section in sections.items()}
    kept = {name for name, style in styles.items() if not style.by_nernst and style.reversal == 1}
    reversal = _values({name: sections[name] for name in kept}, f"e{ion}")
    forced = any(styles[name].concentration and not (reversal[name] != defaults.reversal).any() for name in kept)
    if forced or any((values != defaults.reversal).any() for values in reversal.values()):
        _spread_all(cell, f"{ion}.reversal", reversal, set(sections) - kept, forced=forced)
    for what, variable, usual in (("inside", f"{ion}i", defaults.inside), ("outside", f"{ion}o", defaults.outside)):
        used = {name: section for name, section in sections.items() if styles[name].concentration}
        found = _values(used, variable)
        for name, section in used.items():
            if styles[name].concentration == 3 and styles[name].starts:
                found[name] = np.full(section.nseg, getattr(h, f"{variable}0_{mechanism}"))
        if any((values != usual).any() for values in found.values()):
            spread(cell, {f"{ion}.{what}": found}, apart=set(sections) - set(used))


def _spread_all(cell: Cell, target: str, found: Found, apart: set[str], *, forced: bool) -> None:
    spread(cell, {target: found}, apart=apart)
    if forced:
        # Where concentrations are used, a reversal potential holds only if it was set, even one of the default value.
        for name, values in found.items():
            if (values == values[0]).all() and not _is_set(cell, target, name):
                cell.section(name).set(target, float(values[0]))


def _is_set(cell: Cell, target: str, section: str) -> bool:
    return any(a.target == target and section in cell.sections_of(a.place) for a in cell.assignments)


def _values(sections: dict[str, Any], variable: str) -> dict[str, Any]:
    return {name: np.array([getattr(segment, variable) for segment in each]) for name, each in sections.items()}


def _used(cell: Cell) -> set[str]:
    """The ions that the mechanisms of a cell use."""
    inserted = [cell.document.mechanism(insertion.mechanism) for insertion in cell.insertions]
    placed = [type(placement.process) for placement in cell.placements]
    return {use.name for definition in (*inserted, *placed) for use in definition.ions}
