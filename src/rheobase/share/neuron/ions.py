"""Concentrations and reversal potentials as code: NEURON's, with its styles changed where ours mean something else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rheobase.mechanisms import ION_DEFAULTS, Mechanism
from rheobase.model.document import Document
from rheobase.model.precedence import Resolved
from rheobase.model.targets import SURROUNDINGS
from rheobase.share.neuron.attributes import Attributes
from rheobase.share.neuron.loops import Loops
from rheobase.share.neuron.membrane import assign

VARIABLES = {"reversal": "e{}", "inside": "{}i", "outside": "{}o"}
_CONCENTRATIONS = frozenset({"inside", "outside"})


@dataclass(frozen=True)
class _Use:
    """What the mechanisms of a section do with an ion's reversal potential and concentrations."""

    reads: frozenset[str]
    writes: frozenset[str]


@dataclass(frozen=True)
class IonCode:
    """**Fields:** `lines`, which set what is constant; `initial`, which set concentrations that then move."""

    lines: list[str]
    initial: list[str]


def ions(document: Document, attributes: Attributes, placed: Sequence[tuple[str, type[Mechanism]]]) -> IonCode:
    """The code for all ions. **Arguments:** `placed`: the section and the mechanism of each point process."""
    constant, initial = Loops(attributes), Loops(attributes)
    assigned = {a.target for a in document.assignments.values()}
    for ion, uses in _uses(document, placed).items():
        given = {what: f"{ion}.{what}" for what in SURROUNDINGS if f"{ion}.{what}" in assigned}
        if not given:
            continue
        resolved = {what: Resolved(document, target) for what, target in given.items()}
        moving = tuple(section for section, use in uses.items() if use.writes & _CONCENTRATIONS)
        for what, target in given.items():
            variable = VARIABLES[what].format(ion)
            assign(constant, document, target, variable, tuple(uses))
            if what != "reversal":
                assign(initial, document, target, variable, moving)
        styles: dict[tuple[int, ...], list[str]] = {}
        for section, use in uses.items():
            held = frozenset(what for what in given if resolved[what].assignment(section) is not None)
            style = _style(use, held, ion in ION_DEFAULTS or _states_valence(document, ion, placed))
            if style is not None:
                styles.setdefault(style, []).append(section)
        for chosen, sections in styles.items():
            numbers = ", ".join(map(str, chosen))
            constant.add(sections, f"style {ion}", f'h.ion_style("{ion}_ion", {numbers}, sec={{sec}})')
    return IonCode(list(constant.lines()), list(initial.lines()))


def _style(use: _Use, held: frozenset[str], has_valence: bool) -> tuple[int, int, int, int, int] | None:
    """The arguments of ion_style where NEURON's own choice would not do what Rheobase does, else None.

    NEURON computes the reversal potential at the start wherever a mechanism uses a concentration, and starts a
    concentration that is written from one number for all cells. Rheobase keeps a reversal potential that was set,
    and computes it where concentrations were set.
    """
    concentrations = _CONCENTRATIONS & (use.reads | use.writes)
    if "reversal" in use.writes:
        return None
    moves = bool(use.writes & _CONCENTRATIONS)
    reversal_kept = "reversal" in held and bool(concentrations)
    reversal_made = "reversal" not in held and bool(held) and not concentrations and has_valence
    starts_elsewhere = moves and bool(held & _CONCENTRATIONS)
    if not (reversal_kept or reversal_made or starts_elsewhere):
        return None
    by_nernst = int("reversal" not in held)
    return (
        3 if moves else 1,
        2 if moves or by_nernst else 1,
        by_nernst,
        int(moves),
        int(moves and not starts_elsewhere),
    )


def _uses(document: Document, placed: Sequence[tuple[str, type[Mechanism]]]) -> dict[str, dict[str, _Use]]:
    """By ion and section, in document order, how mechanisms there use it."""
    found: dict[str, dict[str, tuple[set[str], set[str]]]] = {}
    for section, definition in (*_inserted(document), *placed):
        for use in definition.ions:
            reads, writes = found.setdefault(use.name, {}).setdefault(section, (set(), set()))
            reads.update(use.reads)
            writes.update(use.writes)
    order = list(document.sections)
    return {
        ion: {name: _Use(*map(frozenset, sections[name])) for name in order if name in sections}
        for ion, sections in found.items()
    }


def _inserted(document: Document) -> Iterator[tuple[str, type[Mechanism]]]:
    for place, name in document.insertions:
        definition = document.mechanism(name)
        yield from ((section, definition) for section in document.places.of(place))


def _states_valence(document: Document, ion: str, placed: Sequence[tuple[str, type[Mechanism]]]) -> bool:
    definitions = [*(document.mechanism(name) for _, name in document.insertions), *(each for _, each in placed)]
    return any(use.name == ion and use.valence is not None for each in definitions for use in each.ions)
