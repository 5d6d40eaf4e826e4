"""Which sections a place means, and which sections are joined to which."""

from collections.abc import Iterator, Mapping

from rheobase.model.names import UnknownName, base_name, is_pattern, matches
from rheobase.model.values import SectionSpec, Subset


class Places:
    """An index over the sections and subsets of a document, made from them and never a source of its own."""

    def __init__(self, sections: Mapping[str, SectionSpec], subsets: Mapping[str, Subset]) -> None:
        self.regions: dict[str, list[str]] = {}
        self.children: dict[str, list[str]] = {}
        self._subsets = {name: frozenset(subset.sections) for name, subset in subsets.items()}
        self._order: list[str] = []
        self._known: set[str] = set()
        self._found: dict[str, tuple[str, ...] | None] = {}
        for spec in sections.values():
            self.add(spec)

    def add(self, spec: SectionSpec) -> None:
        """Take in a section that comes after all others."""
        for region in regions_of(spec):
            self.regions.setdefault(region, []).append(spec.name)
        if spec.parent is not None:
            self.children.setdefault(spec.parent.section, []).append(spec.name)
        self._order.append(spec.name)
        self._known.add(spec.name)
        self._found.clear()

    def of(self, place: str) -> tuple[str, ...]:
        """Give the names of the sections of a place, in document order.

        **Raises:** `UnknownName` (a `KeyError`) if there is no such place; `all` is always a place.
        """
        found = self._sections_of(place)
        if found is not None:
            return found
        if is_pattern(place):
            raise UnknownName("section that matches", place, self._order)
        raise UnknownName("region, subset or section", place, self.names())

    def has(self, place: str) -> bool:
        """Tell whether the place means any section."""
        return bool(self._sections_of(place))

    def names(self) -> Iterator[str]:
        """Give the names of all places: regions, subsets, then sections."""
        yield "all"
        yield from self.regions
        yield from self._subsets
        yield from (name for name in self._order if name not in self.regions)

    def subtree(self, section: str) -> list[str]:
        """Give the section and all that hang on it, parents first."""
        found = [section]
        for name in found:
            found.extend(self.children.get(name, ()))
        return found

    def _sections_of(self, place: str) -> tuple[str, ...] | None:
        if place not in self._found:
            self._found[place] = self._find(place)
        return self._found[place]

    def _find(self, place: str) -> tuple[str, ...] | None:
        if place == "all":
            return tuple(self._order)
        if place in self.regions:
            return tuple(self.regions[place])
        if place in self._known:
            return (place,)
        if place in self._subsets:
            members = self._subsets[place]
            return tuple(name for name in self._order if name in members)
        if is_pattern(place):
            return tuple(name for name in self._order if matches(place, name)) or None
        return None


def regions_of(spec: SectionSpec) -> tuple[str, ...]:
    """Give the regions a section belongs to: its base name and, if it has one, the other it was given."""
    base = base_name(spec.name)
    return (base,) if spec.region is None or spec.region == base else (base, spec.region)
