"""Edits of the order of places, in which the later wins, and of the names of subsets."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

from rheobase.model.document import Document
from rheobase.model.names import UnknownName
from rheobase.model.references import rename_places
from rheobase.model.structure import check_rules

_Key = TypeVar("_Key", bound=Hashable)


def order_places(document: Document, places: Sequence[str]) -> None:
    """Put regions and subsets in order, from the most general, which any later one overrules, to the most specific.

    What was assigned to them takes that order, and subsets are kept in it. Places that are not named, and what was
    assigned to these, stay where they are in the order.

    **Raises:** `KeyError` for an unknown place, `ValueError` for one that is named twice or is a section.
    """
    rank: dict[str, int] = {}
    for place in places:
        document.places.of(place)
        if place in rank:
            raise ValueError(f"{place!r} is in the order twice: name each place once")
        if place in document.sections and place not in document.places.regions:
            raise ValueError(f"{place!r} is a section, whose own values win over those of any region: leave it out")
        rank[place] = len(rank)
    with document.edit("Order places"):
        subsets = _ordered(list(document.subsets), {name: rank[name] for name in document.subsets if name in rank})
        document.reorder("subsets", subsets)
        check_rules(document)
        keys = list(document.assignments)
        ranks = {key: rank[key[1]] for key in keys if key[0] == "region" and key[1] in rank}
        document.reorder("assignments", _ordered(keys, ranks))


def rename_subset(document: Document, old: str, new: str) -> None:
    """Give a subset another name, and what is assigned and inserted under it with it.

    **Raises:** `KeyError` for an unknown subset, `ValueError` or `TypeError` for a name that is taken or cannot be.
    """
    if old not in document.subsets:
        raise UnknownName("subset", old, document.subsets)
    renamed = document.subsets[old].replace(name=new)
    if new == old:
        return
    if document.places.has(new) or new in document.placements or new in document.connections:
        raise ValueError(
            f"{new!r} is already a region, a subset, a section, a placed process or a connection: choose another name"
        )
    with document.edit(f"Rename {old} to {new}"):
        document.rekey("subsets", {old: (new, renamed)})
        rename_places(document, {("region", old): ("region", new), ("insertion", old): ("", new)})


def _ordered(keys: list[_Key], rank: dict[_Key, int]) -> list[_Key]:
    """Give keys with those that have a rank sorted by it, in the places where such keys were."""
    ranked = iter(sorted(rank, key=rank.__getitem__))
    return [next(ranked) if key in rank else key for key in keys]
