"""What holds in a section, kept for the sections that take its place or are copied from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rheobase.model.document import Document
from rheobase.model.location import Location
from rheobase.model.precedence import Resolved
from rheobase.model.profile import Profile
from rheobase.model.structure import Heir
from rheobase.model.values import Assignment, Insertion


@dataclass(frozen=True, slots=True)
class Held:
    """The mechanisms in a section, what is assigned there, and the places it belongs to, before an edit.

    - `winners`: by target, the assignment that holds; a list is cut to the section's own segments, and a profile that
      is told from a whole place is a list of what it gives these.
    """

    nseg: int
    mechanisms: tuple[str, ...]
    winners: Mapping[str, Assignment]
    places: frozenset[str]


def held(document: Document, names: Iterable[str]) -> dict[str, Held]:
    """Give what holds in each of some sections."""
    wanted = list(names)
    targets = dict.fromkeys(key[2] for key in document.assignments)
    resolved = {target: Resolved(document, target) for target in targets}
    used = {key[0] for key in document.insertions} | {key[1] for key in document.assignments}
    members = {place: frozenset(document.places.of(place)) for place in used}
    found = {}
    for name in wanted:
        winners = {}
        for target, values in resolved.items():
            winner = values.assignment(name)
            if winner is not None:
                value = winner.value
                if isinstance(value, tuple) or (
                    winner.scope != "section" and isinstance(value, Profile) and value.depends_on_place
                ):
                    winner = winner.replace(value=tuple(values.at(name).tolist()))
                winners[target] = winner
        found[name] = Held(
            nseg=document.sections[name].nseg,
            mechanisms=tuple(dict.fromkeys(m for place, m in document.insertions if name in members[place])),
            winners=winners,
            places=frozenset(place for place, inside in members.items() if name in inside),
        )
    return found


def keep_held(
    document: Document,
    before: Mapping[str, Held],
    heirs: Mapping[str, Heir],
    *,
    renamed: Mapping[str, str] | None = None,
    origins: Mapping[str, str] | None = None,
) -> None:
    """Within an edit, give heirs what held in the sections they come from, where no place says so for them.

    What reaches an heir by a region, a subset or a pattern stays there and live; the rest is given to the heir alone.
    A value that comes with the heir's own name, from a place that the old section was not of, is left to win.

    **Arguments:** `renamed`: places that go by another name now; `origins`: sections from whose copies profiles are
    to be measured.
    """
    renamed, origins = renamed or {}, origins or {}
    for new, heir in heirs.items():
        was = before[heir.section]
        present = {m for place, m in document.insertions if new in document.places.of(place)}
        for mechanism in was.mechanisms:
            if mechanism not in present:
                document.put(("insertions", new, mechanism), Insertion(place=new, mechanism=mechanism))
        old_places = {renamed.get(place, place) for place in was.places}
        for target, winner in was.winners.items():
            if winner.scope != "section":
                place = renamed.get(winner.place, winner.place)
                if winner.scope == "cell" or (document.places.has(place) and new in document.places.of(place)):
                    continue
                now = Resolved(document, target).assignment(new)
                if now is not None and now.scope != "cell" and now.place not in old_places:
                    continue
            if ("section", new, target) in document.assignments:
                continue
            value = winner.value
            if isinstance(value, tuple):
                nseg = document.sections[new].nseg
                value = tuple(value[heir.segment(i, nseg, was.nseg)] for i in range(nseg))
            elif (
                not isinstance(value, float) and isinstance(value.origin, Location) and value.origin.section in origins
            ):
                value = value.replace(origin=Location(origins[value.origin.section], value.origin.x))
            pinned = Assignment(scope="section", place=new, target=target, value=value)
            document.put(("assignments", "section", new, target), pinned)
