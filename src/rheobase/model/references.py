"""What in a document names a section or a place, given another name or another place."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rheobase.model.document import Document
from rheobase.model.location import Location, Recordable
from rheobase.model.profile import Profile
from rheobase.model.rule import Rule
from rheobase.model.values import Assignment, Subset


def redirect(document: Document, to: Callable[[Location], Location]) -> None:
    """Within an edit, let everything that is at a place on a section be where `to` says.

    That is where sections are joined, what is placed, what connections and pointers look at, and what profiles are
    measured from.
    """
    for spec in list(document.sections.values()):
        if spec.parent is not None and (parent := to(spec.parent)) != spec.parent:
            document.put(("sections", spec.name), spec.replace(parent=parent))
    for placement in list(document.placements.values()):
        if placement.location is not None and (at := to(placement.location)) != placement.location:
            document.put(("placements", placement.name), placement.replace(section=at.section, x=at.x))
    for connection in list(document.connections.values()):
        if (source := _moved(connection.source, to)) != connection.source:
            document.put(("connections", connection.name), connection.replace(source=source))
    for key, target in list(document.pointers.items()):
        if (now := _moved(target, to)) != target:
            document.put(("pointers", *key), now)
    for path, assignment in [(key, document.assignments[key]) for key in document.profiled]:
        value = assignment.value
        if isinstance(value, Profile) and (moved := value.redirected(to)) != value:
            document.put(("assignments", *path), assignment.replace(value=moved))
    _change_rules(document, lambda rule: rule.redirected(to))


def _change_rules(document: Document, change: Callable[[Rule], Rule]) -> None:
    for subset in list(document.subsets.values()):
        if subset.rule is not None and (rule := change(subset.rule)) != subset.rule:
            document.put(("subsets", subset.name), subset.replace(rule=rule))


def measure_from(document: Document, origin: Location) -> None:
    """Within an edit, say in words where profiles and rules measure from that say nothing, which is about to change."""
    for key in list(document.profiled):
        assignment = document.assignments[key]
        if isinstance(assignment.value, Profile) and assignment.value.origin is None:
            value = assignment.value.replace(origin=origin)
            document.put(("assignments", *key), assignment.replace(value=value))
    _change_rules(document, lambda rule: rule.measured_from(origin))


def rename_member(document: Document, old: str, new: str) -> None:
    """Within an edit, let the subsets that have a section, and the rules that name it, do so under its new name."""
    _change_rules(document, lambda rule: rule.renamed("section", old, new))
    for subset in list(document.subsets.values()):
        if old in subset.sections:
            members = tuple(sorted({new, *subset.sections} - {old}))
            document.put(("subsets", subset.name), Subset(name=subset.name, sections=members))


def add_members(document: Document, heirs: Mapping[str, str]) -> None:
    """Within an edit, take new sections into the subsets that the sections they come from are in, or are named by."""
    for new, old in heirs.items():
        _change_rules(document, partial(Rule.joined, old=old, new=new))
    for subset in list(document.subsets.values()):
        joining = {new for new, old in heirs.items() if old in subset.sections}
        if joining:
            members = tuple(sorted(joining.union(subset.sections)))
            document.put(("subsets", subset.name), Subset(name=subset.name, sections=members))


def rename_places(document: Document, places: Mapping[tuple[str, str], tuple[str, str]]) -> None:
    """Within an edit, let what is inserted, assigned and bound over places be so over others, in the same order.

    **Arguments:** `places`: by kind and old place the kind and place that follow; a kind is the scope of an assignment,
    or `"insertion"` for what is inserted and the pointers of it. What is there already under the new name stays.
    """
    for (kind, old), (scope, new) in places.items():
        if kind == scope == "region":
            _change_rules(document, partial(_renamed_group, old=old, new=new))
    insertions = {
        (place, mechanism): (places["insertion", place][1], mechanism)
        for place, mechanism in document.insertions
        if ("insertion", place) in places
    }
    _rekey(document, "insertions", insertions, lambda value, key: value.replace(place=key[0]))
    assignments = {
        (scope, place, target): (*places[scope, place], target)
        for scope, place, target in document.assignments
        if (scope, place) in places
    }
    _rekey(document, "assignments", assignments, _reassigned)
    pointers = {}
    for owner, name in document.pointers:
        place, dot, mechanism = owner.rpartition(".")
        if dot and ("insertion", place) in places:
            pointers[owner, name] = (f"{places['insertion', place][1]}.{mechanism}", name)
    _rekey(document, "pointers", pointers, lambda value, _: value)


def _rekey(document: Document, kind: str, keys: Mapping[Any, Any], value: Callable[[Any, Any], Any]) -> None:
    table: dict[Any, Any] = getattr(document, kind)
    free = {old: new for old, new in keys.items() if new not in table and new != old}
    document.rekey(kind, {old: (new, value(table[old], new)) for old, new in free.items()})


def _reassigned(value: Assignment, key: tuple[Any, str, str]) -> Assignment:
    return value.replace(scope=key[0], place=key[1])


def _renamed_group(rule: Rule, old: str, new: str) -> Rule:
    return rule.renamed("region", old, new).renamed("subset", old, new)


def _moved(what: Recordable, to: Callable[[Location], Location]) -> Recordable:
    if what.x is None:
        return what
    at = to(Location(what.place, what.x))
    return Recordable(at.section, at.x, what.variable)
