"""What of a cell goes by which attribute of its class in a script."""

from collections.abc import Iterable, Sequence

from rheobase.model.document import Document
from rheobase.model.names import base_name
from rheobase.share.neuron.text import identifier

RESERVED = frozenset(
    {
        "all", "sections", "position", "connect2target", "x", "y", "z", "make_sections", "join_sections",
        "shape_sections", "set_membrane", "place_processes", "set_ions", "connect_processes", "bind_pointers",
        "set_concentrations", "play_spikes", "count", "index", "initialisers",
    }
)  # fmt: skip


class Attributes:
    """The attributes of one cell's class.

    Names with an index share one, `dend`: a list if the indices run from 0, else a dictionary.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._order = {name: k for k, name in enumerate(document.sections)}
        self._taken = set(RESERVED)
        self._held: dict[str, str] = {}
        self.families: dict[str, list[str]] = {}
        self.lists: dict[str, tuple[str, ...]] = {}
        self._groups: dict[frozenset[str], str] = {frozenset(document.sections): "all"}
        self.sections = self._assign(document.sections)
        for base, members in self.families.items():
            if len(members) > 1:
                self._groups.setdefault(frozenset(members), self._whole(base))
        self._name_lists()
        self.processes = self._assign(document.placements)
        self.connections = self._assign(document.connections)

    def of(self, name: str) -> str:
        """The attribute of a section, a placed process or a connection: `soma`, `dend[3]`."""
        return self._held[name]

    def group(self, names: Iterable[str], owner: str = "self") -> str:
        """An expression for some sections, over which a loop can go."""
        members = sorted(names, key=self._order.__getitem__)
        known = self._groups.get(frozenset(members))
        if known is not None:
            return f"{owner}.{known}"
        pieces = list(self._runs(members, owner))
        if len(pieces) == 1 and pieces[0].startswith("*"):
            return pieces[0][1:]
        return f"[{', '.join(pieces)}]"

    def pieces(self, names: Iterable[str], owner: str = "self") -> list[str]:
        """Expressions for sections in document order, of which those of a run are starred."""
        return list(self._runs(list(names), owner))

    def _assign(self, names: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Choose attributes for names. **Returns:** each attribute with the names that share it, in order."""
        bases: dict[str, list[str]] = {}
        for name in names:
            bases.setdefault(base_name(name), []).append(name)
        found = []
        for base, members in bases.items():
            held = identifier(base, self._taken)
            self._taken.add(held)
            for name in members:
                self._held[name] = held + name[len(base) :]
            if members != [base]:
                self.families[held] = sorted(members, key=_index)
            found.append((held, self.families.get(held, members)))
        return found

    def _whole(self, base: str) -> str:
        return base if is_list(self.families[base]) else f"{base}.values()"

    def _name_lists(self) -> None:
        places = self._document.places
        for place in (*self._document.subsets, *places.regions):
            members = places.of(place)
            if place in self._document.subsets or (len(members) > 1 and frozenset(members) not in self._groups):
                held = identifier(place if place not in self._taken else f"{place}_sections", self._taken)
                self._taken.add(held)
                self.lists[held] = members
                self._groups.setdefault(frozenset(members), held)

    def _runs(self, members: Sequence[str], owner: str) -> Iterable[str]:
        """Pieces of a list of sections: one, or a run of consecutive indices of a family as a slice."""
        k = 0
        while k < len(members):
            held = self._held[members[k]]
            base, bracket, _ = held.partition("[")
            last = k
            if bracket and is_list(self.families[base]):
                first = _index(members[k])
                while last + 1 < len(members) and self._held[members[last + 1]] == f"{base}[{first + last + 1 - k}]":
                    last += 1
            if last == k:
                yield f"{owner}.{held}"
            elif last + 1 - k == len(self.families[base]):
                yield f"*{owner}.{base}"
            else:
                yield f"*{owner}.{base}[{first or ''}:{first + last + 1 - k}]"
            k = last + 1


def is_list(members: Sequence[str]) -> bool:
    """Whether the indices of names run from 0 without a gap."""
    return [_index(name) for name in members] == list(range(len(members)))


def _index(name: str) -> int:
    _, bracket, rest = name.partition("[")
    return int(rest[:-1]) if bracket else -1
