"""Edits of subsets: sections that are named one by one, and rules that say which belong."""

from rheobase.model.document import Document
from rheobase.model.names import UnknownName
from rheobase.model.rule import Rule
from rheobase.model.structure import check_rules, drop_what_has_no_place, kept_sound
from rheobase.model.values import Subset

_MOST_STEPS = 50


def add_subset(document: Document, name: str, sections: list[str]) -> None:
    """Give a name to some sections, or give the name other sections.

    **Raises:** `ValueError` for no sections or a name that already means something else.
    """
    if not sections:
        raise ValueError(f"subset {name!r} would be empty: name at least one section")
    # Sorted by name, for document order can change.
    _put(document, Subset(name=name, sections=tuple(sorted(set(sections)))))


def add_rule(document: Document, name: str, rule: Rule) -> None:
    """Give a name to whatever sections fit a rule at the time, or give the name that rule instead.

    A subset comes after those that its rule names; where it does not, it is put there in the order.

    **Raises:** `KeyError` for a subset or a section that the rule names and that is not there, `ValueError` for a rule
    that leads back to the subset itself, or a name that already means something else.
    """
    subset = Subset(name=name, rule=rule)
    for other in rule.named("subset"):
        if other not in document.subsets and other != name:
            raise UnknownName("subset", other, document.subsets)
    for section in (*rule.named("subtree"), *(origin.section for origin in rule.origins())):
        if section not in document.sections:
            raise UnknownName("section", section, document.sections)
    _check_steps(document, name, rule)
    _put(document, subset)


def remove_subset(document: Document, name: str) -> None:
    """Forget a subset and what was assigned or inserted under its name; its sections stay.

    **Raises:** `ValueError` if another subset's rule names it.
    """
    if name not in document.subsets:
        raise UnknownName("subset", name, document.subsets)
    with document.edit(f"Remove {name}"), kept_sound(document):
        document.remove("subsets", [name])
        check_rules(document)
        drop_what_has_no_place(document)


def _put(document: Document, subset: Subset) -> None:
    name = subset.name
    others = document.placements.keys() | document.connections.keys()
    if name not in document.subsets and (document.places.has(name) or name in others):
        raise ValueError(
            f"{name!r} is already a region, a section, a placed process or a connection: choose another name"
        )
    if document.subsets.get(name) != subset:
        with document.edit(f"Name {name}"), kept_sound(document):
            document.put(("subsets", name), subset)
            document.reorder("subsets", _in_order(document))
            drop_what_has_no_place(document)


def _in_order(document: Document) -> list[str]:
    """Give the names of subsets in order, before each those that its rule names."""
    found: dict[str, None] = {}

    def take(name: str) -> None:
        if name not in found:
            for other in _named(document, name):
                take(other)
            found[name] = None

    for name in document.subsets:
        take(name)
    return list(found)


def _check_steps(document: Document, name: str, rule: Rule) -> None:
    """Refuse a rule that leads back to its own subset, or that is many steps away from sections."""
    ways: list[list[str]] = [[name, other] for other in rule.named("subset")]
    seen: set[str] = set()
    for way in ways:  # the shortest first, so that each subset is looked at once
        if way[-1] == name:
            steps = ", which names ".join(map(repr, way[1:]))
            raise ValueError(f"subset {name!r} would be made of itself: its rule names {steps}")
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, other] for other in _named(document, way[-1])]
    levels = {name: 0}
    for other in _in_order(document):
        levels[other] = 1 + max((levels.get(each, 0) for each in _named(document, other)), default=0)
    if max((levels.get(each, 0) for each in rule.named("subset")), default=0) >= _MOST_STEPS:
        raise ValueError(
            f"the rule of subset {name!r} goes through more than {_MOST_STEPS} subsets, each naming the next: write it "
            "with fewer"
        )


def _named(document: Document, name: str) -> tuple[str, ...]:
    subset = document.subsets.get(name)
    return () if subset is None or subset.rule is None else subset.rule.named("subset")
