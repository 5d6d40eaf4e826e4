"""Which sections a place means, which sections are joined to which, and where they are."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.model.distance import Joints
from rheobase.model.measure import Measures
from rheobase.model.metric import Metric
from rheobase.model.names import UnknownName, base_name, is_pattern, matches
from rheobase.model.profile import Profile
from rheobase.model.rule import Mask, Rule
from rheobase.model.values import SectionSpec, Subset


class Places:
    """An index over the sections and subsets of a document, made from them and never a source of its own.

    It stays while only numbers change; what follows from numbers, such as what a rule by distance takes in, is then
    found anew when it is asked for.
    """

    def __init__(self, sections: Mapping[str, SectionSpec], subsets: Mapping[str, Subset]) -> None:
        self.regions: dict[str, list[str]] = {}
        self.children: dict[str, list[str]] = {}
        self._sections = sections
        self._subsets = subsets
        self._order: list[str] = []
        self._known: set[str] = set()
        self._joints: Joints | None = None
        self._masks: dict[tuple[str, str], Mask] = {}  # of regions, patterns and subtrees
        self._found: dict[str, tuple[str, ...] | None] = {}
        self._by_numbers: set[str] = set()  # those of the places found that other numbers may change
        self._measures: Measures | None = None
        self._before: tuple[Measures, set[str]] | None = None  # what was measured, and what has changed since
        for spec in sections.values():
            self.add(spec)

    # Kept in step by the document

    def add(self, spec: SectionSpec) -> None:
        """Take in a section that comes after all others."""
        for region in regions_of(spec):
            self.regions.setdefault(region, []).append(spec.name)
        if spec.parent is not None:
            self.children.setdefault(spec.parent.section, []).append(spec.name)
        self._order.append(spec.name)
        self._known.add(spec.name)
        self._joints = self._measures = self._before = None
        self._masks.clear()
        self._found.clear()
        self._by_numbers.clear()

    def forget_numbers(self, section: str) -> None:
        """Find anew what follows from the numbers of a section."""
        if self._measures is not None:
            self._before, self._measures = (self._measures, set()), None
        if self._before is not None:
            self._before[1].add(section)
        for place in self._by_numbers:
            self._found.pop(place, None)
        self._by_numbers.clear()

    def rename_subsets(self, subsets: Mapping[str, Subset]) -> None:
        """Find anew what subsets mean."""
        self._subsets = subsets
        self._found.clear()
        self._by_numbers.clear()

    def shared(self, sections: Mapping[str, SectionSpec], subsets: Mapping[str, Subset]) -> "Places":
        """Give the places of a document of the same content, which may go its own way."""
        other = Places({}, subsets)
        other._sections = sections
        for name in ("regions", "children", "_order", "_known", "_joints", "_masks", "_measures"):
            setattr(other, name, getattr(self, name))
        if self._before is not None:
            other._before = (self._before[0], self._before[1].copy())
        other._found = self._found.copy()
        other._by_numbers = self._by_numbers.copy()
        return other

    # Sections

    def of(self, place: str) -> tuple[str, ...]:
        """Give the names of the sections of a place, in document order; a rule may find none.

        **Raises:** `UnknownName` (a `KeyError`) if there is no such place; `all` is always a place.
        """
        found = self._sections_of(place)
        if found is not None:
            return found
        if is_pattern(place):
            raise UnknownName("section that matches", place, self._order)
        raise UnknownName("region, subset or section", place, self.names())

    def has(self, place: str) -> bool:
        """Tell whether there is such a place."""
        return self._sections_of(place) is not None

    def is_live(self, place: str) -> bool:
        """Tell whether a rule says what the place means, so that it can change while the sections stay."""
        subset = self._subsets.get(place)
        return subset is not None and subset.rule is not None

    def fitting(self, rule: Rule) -> tuple[str, ...]:
        """Give the names of the sections that fit a rule, in document order.

        **Raises:** `UnknownName` (a `KeyError`) for an origin that is not there.
        """
        return tuple(compress(self._order, rule.mask(self).tolist()))

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

    # Where they are

    @property
    def measures(self) -> Measures:
        """Where sections and segments are."""
        if self._measures is None:
            specs = list(self._sections.values())
            self._joints = joints = Joints.of(specs) if self._joints is None else self._joints.now(specs)
            if self._before is None:
                self._measures = Measures(joints)
            else:
                before, changed = self._before
                self._measures = before.changed(joints, [joints.index[name] for name in changed])
            self._before = None
        return self._measures

    def measured(self, profile: Profile, place: str) -> NDArray[np.float64]:
        """Give the `p` of a profile in each segment of a place, in document order.

        **Raises:** `KeyError` for an unknown place or origin, `ValueError` where `p` cannot be normalised.
        """
        return self.measures.over(profile, self._indices(place), place)

    def extent(self, profile: Profile, place: str) -> tuple[float, float]:
        """Give the lowest and the highest `p` of a profile over a place, the ends of its sections included."""
        return self.measures.extent(profile, self._indices(place), place)

    # What rules look at

    def in_region(self, name: str) -> Mask:
        """Tell which sections are of a region; none, if there is none of that name."""
        return self._kept("region", name, lambda: self.regions.get(name, ()))

    def named(self, pattern: str) -> Mask:
        """Tell which sections have a name, or fit a pattern."""
        if not is_pattern(pattern):
            return self._mask([pattern] if pattern in self._known else [])
        return self._kept("name", pattern, lambda: [name for name in self._order if matches(pattern, name)])

    def in_subtree(self, section: str) -> Mask:
        """Tell which sections are, or hang on, a section."""
        return self._kept("subtree", section, lambda: self.subtree(section) if section in self._known else [])

    def in_subset(self, name: str) -> Mask:
        """Tell which sections are of another subset."""
        return self._mask(self.of(name) if name in self._subsets else ())

    def of_middles(self, metric: Metric, origin: Any, direction: Any) -> NDArray[np.float64]:
        """Give where the middle of every section is by a metric."""
        return self.measures.of_middles(metric, origin, direction)

    @property
    def lengths(self) -> NDArray[np.float64]:
        """The length of every section, um."""
        return self.measures.lengths

    @property
    def diameters(self) -> NDArray[np.float64]:
        """The diameter in the middle of every section, um."""
        return self.measures.diameters

    @property
    def orders(self) -> NDArray[np.int64]:
        """The branch order of every section."""
        return self.measures.joints.orders

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
            subset = self._subsets[place]
            if subset.rule is None:
                members = frozenset(subset.sections)
                return tuple(name for name in self._order if name in members)
            if self._follows_numbers(subset.rule):
                self._by_numbers.add(place)
            return self.fitting(subset.rule)
        if is_pattern(place):
            return tuple(name for name in self._order if matches(place, name)) or None
        return None

    def _follows_numbers(self, rule: Rule) -> bool:
        for name in rule.named("subset"):
            self._sections_of(name)  # which notes whether that follows numbers
        return rule.looks_at_numbers or not self._by_numbers.isdisjoint(rule.named("subset"))

    def _indices(self, place: str) -> list[int]:
        index = self.measures.joints.index
        return [index[name] for name in self.of(place)]

    def _kept(self, kind: str, name: str, find: Callable[[], Iterable[str]]) -> Mask:
        if (kind, name) not in self._masks:
            self._masks[kind, name] = self._mask(find())
        return self._masks[kind, name]

    def _mask(self, names: Iterable[str]) -> Mask:
        index = self.measures.joints.index
        mask = np.zeros(len(self._order), bool)
        mask[[index[name] for name in names]] = True
        return mask


def regions_of(spec: SectionSpec) -> tuple[str, ...]:
    """Give the regions a section belongs to: its base name and, if it has one, the other it was given."""
    base = base_name(spec.name)
    return (base,) if spec.region is None or spec.region == base else (base, spec.region)
