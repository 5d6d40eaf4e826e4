"""Which value holds where: cell default < region, in the order assigned < section."""

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from rheobase.model.document import Document
from rheobase.model.profile import Profile
from rheobase.model.targets import target_of
from rheobase.model.values import Assignment


class Resolved:
    """The values of one target over a document, looked up section by section."""

    def __init__(self, document: Document, target: str) -> None:
        self.target = target_of(document, target)
        self._document = document
        broad = document.broad_assignments(target)
        weakest_first = sorted(broad, key=lambda assignment: assignment.scope == "region")
        self._broad = [(assignment, frozenset(document.places.of(assignment.place))) for assignment in weakest_first]
        self._starts: dict[str, dict[str, int]] = {}
        self._evaluated: dict[tuple[str, str], NDArray[np.float64]] = {}

    def assignment(self, section: str) -> Assignment | None:
        """Give the assignment that holds in a section, or `None` where the default does."""
        reaching = self.reaching(section)
        return reaching[0] if reaching else None

    def reaching(self, section: str) -> list[Assignment]:
        """Give the assignments that reach a section, the one that holds first, then those that it overrules."""
        own = self._document.assignments.get(("section", section, self.target.name))
        found = [] if own is None else [own]
        return found + [assignment for assignment, members in reversed(self._broad) if section in members]

    def at(self, section: str) -> NDArray[np.float64]:
        """Give the value in each segment of a section, an array of (nseg,)."""
        assignment, nseg = self.assignment(section), self._document.sections[section].nseg
        if assignment is None:
            return np.full(nseg, self.target.default)
        value = assignment.value
        if isinstance(value, Profile):
            start = self._start(assignment.place, section)
            return self._over(assignment, value)[start : start + nseg]
        if isinstance(value, tuple):
            start = self._start(assignment.place, section)
            return np.asarray(value[start : start + nseg])
        return np.full(nseg, value)

    def _over(self, assignment: Assignment, profile: Profile) -> NDArray[np.float64]:
        """Give a profile's value in each segment of its place; worked out once for all of the place's sections."""
        key = (assignment.scope, assignment.place)
        if key not in self._evaluated:
            p = self._document.places.measured(profile, assignment.place)
            self._evaluated[key] = np.asarray(profile.evaluate(profile.coefficients, p), dtype=float)
        return self._evaluated[key]

    def _start(self, place: str, section: str) -> int:
        """Give the index of a section's first segment among those of a place."""
        if place not in self._starts:
            names = self._document.places.of(place)
            counts = (self._document.sections[name].nseg for name in names)
            self._starts[place] = dict(zip(names, accumulate(counts, initial=0), strict=False))
        return self._starts[place][section]


def values(document: Document, target: str) -> NDArray[np.float64]:
    """Give the value in every segment, (n_segments,) in document order; NaN where its mechanism is not inserted."""
    resolved = Resolved(document, target)
    owner = resolved.target.mechanism
    present = sections_with(document, owner) if owner else set(document.sections)
    pieces = [
        resolved.at(name) if name in present else np.full(spec.nseg, np.nan) for name, spec in document.sections.items()
    ]
    return np.concatenate(pieces) if pieces else np.zeros(0)


def sections_with(document: Document, mechanism: str) -> set[str]:
    """Give the names of the sections that a mechanism is inserted in."""
    found: set[str] = set()
    for place, name in document.insertions:
        if name == mechanism:
            found.update(document.places.of(place))
    return found


class Reach:
    """Whether mechanisms are where values are given to them."""

    def __init__(self, document: Document) -> None:
        self._places = document.places
        self._where: dict[str, list[str]] = {}
        for place, mechanism in document.insertions:
            self._where.setdefault(mechanism, []).append(place)
        self._sections: dict[str, set[str]] = {}

    def of(self, mechanism: str, place: str) -> bool:
        """Tell whether a mechanism is in a section of a place, or may come to be, where a rule says what is of it."""
        where = self._where.get(mechanism, [])
        if where and any(map(self._places.is_live, (place, *where))):
            return True
        if mechanism not in self._sections:
            self._sections[mechanism] = {name for each in where for name in self._places.of(each)}
        return not self._sections[mechanism].isdisjoint(self._places.of(place))
