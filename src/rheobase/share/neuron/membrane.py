"""Insertions and values of the membrane as code."""

from collections.abc import Iterable, Iterator

from rheobase.mechanisms import Mechanism, Parameter
from rheobase.model.document import Document
from rheobase.model.precedence import Resolved, sections_with
from rheobase.model.profile import Profile
from rheobase.model.targets import target_of
from rheobase.model.values import Assignment
from rheobase.share.neuron.attributes import Attributes
from rheobase.share.neuron.loops import Loops
from rheobase.share.neuron.mods import BUILT_IN
from rheobase.share.neuron.text import number, numbers

_STRENGTH = {"cell": 0, "region": 1, "section": 2}


def membrane(
    document: Document, attributes: Attributes, definitions: Iterable[type[Mechanism]]
) -> tuple[list[str], list[str]]:
    """What sets the membrane.

    **Arguments:** `definitions`: all mechanisms that are used.

    **Returns:** lines for global parameters, and lines for sections.
    """
    loops, shared = Loops(attributes), list[str]()
    targets = dict.fromkeys(assignment.target for assignment in document.assignments.values())
    for passive in ("Ra", "cm"):
        assign(loops, document, passive, passive, tuple(document.sections))
    for place, mechanism in document.insertions:
        sections = document.places.of(place)
        loops.add(sections, f"insert {mechanism}", f'{{sec}}.insert("{mechanism}")')
        for parameter in inexact(document.mechanism(mechanism), "range"):
            variable = f"{parameter.name}_{mechanism}"
            loops.add(sections, variable, f"{{sec}}.{variable} = {number(parameter.default)}", f"insert {mechanism}")
    for name in targets:
        owner, dot, what = name.partition(".")
        target = target_of(document, name)
        if not dot or target.mechanism is None:
            continue
        if target.is_global:
            value = document.assignments["cell", "all", name].value
            if isinstance(value, float):
                shared.append(f"h.{what}_{owner} = {number(value)}")
            continue
        present = sections_with(document, owner)
        sections = tuple(section for section in document.sections if section in present)
        assign(loops, document, name, f"{what}_{owner}", sections, after=f"insert {owner}")
    for definition in definitions:
        given = {name.partition(".")[2] for name in targets if name.startswith(f"{definition.name}.")}
        shared += [
            f"h.{parameter.name}_{definition.name} = {number(parameter.default)}"
            for parameter in inexact(definition, "global")
            if parameter.name not in given
        ]
    return shared, list(loops.lines())


def inexact(definition: type[Mechanism], scope: str) -> list[Parameter]:
    """The parameters whose defaults NEURON does not have exactly, for its compiler keeps six digits of each."""
    if definition.name in BUILT_IN and definition.made_from is None:
        return []
    return [p for p in definition.parameters if p.scope == scope and float(f"{p.default:g}") != p.default]


def assign(
    loops: Loops, document: Document, target: str, variable: str, relevant: tuple[str, ...], after: str = ""
) -> None:
    """Set a range variable of NEURON's as a target is assigned, weaker assignments first.

    **Arguments:** `relevant`: the sections that have the variable; `after`: the key of what must be done before.
    """
    resolved = Resolved(document, target)
    holding: dict[tuple[str, str], list[str]] = {}
    for section in relevant:
        found = resolved.assignment(section)
        if found is not None:
            holding.setdefault((found.scope, found.place), []).append(section)
    for assignment in _by_strength(document, target):
        held = holding.get((assignment.scope, assignment.place))
        if not held:
            continue
        value = assignment.value
        if isinstance(value, float):
            within = set(document.places.of(assignment.place))
            reached = tuple(section for section in relevant if section in within)
            loops.add(reached, variable, f"{{sec}}.{variable} = {number(value)}", after)
            continue
        along = [float(x) for section in held for x in resolved.at(section)]
        said = f"# {target}: {value!r}" if isinstance(value, Profile) and repr(value).isprintable() else ""
        loops.add_whole(held, variable, said if len(said) < 300 else "", f'"{variable}", {numbers(along)}')


def _by_strength(document: Document, target: str) -> Iterator[Assignment]:
    found = [assignment for assignment in document.assignments.values() if assignment.target == target]
    yield from sorted(found, key=lambda assignment: _STRENGTH[assignment.scope])
