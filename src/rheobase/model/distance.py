"""Distances along the tree, for all sections at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.model.location import Location
from rheobase.model.middles import LENGTH, NSEG, middles
from rheobase.model.names import UnknownName
from rheobase.model.values import SectionSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def path_distance(sections: Iterable[SectionSpec], origin: Location | None = None) -> Floats:
    """Give the distance from `origin` along the tree to the middle of every segment.

    As NEURON's `h.distance`: the origin and the places where sections are joined are those of the grid, that is
    the ends of a section and the middles of its segments.

    **Arguments:**

    - `sections`: the sections of a cell in document order, parents before children.
    - `origin`: where the distance is 0; by default the middle of the root section.

    **Returns:** (n_segments,) array, um, in document order.

    **Raises:** `KeyError` if the origin's section is not there.
    """
    specs = list(sections)
    return Cables(Joints.of(specs), middles(specs)).paths(origin).segments


@dataclass(frozen=True, eq=False)
class Joints:
    """How the sections of a cell are joined: what stays as long as only numbers change.

    **Fields:** `index`, the place of each section in document order; and for each section `parent`, the index of its
    parent (a root is its own), `x`, where on that, and `end`, 0 or 1, the end that is joined.
    """

    specs: Sequence[SectionSpec]
    index: Mapping[str, int]
    parent: Ints
    x: Floats
    end: Floats

    @classmethod
    def of(cls, specs: Sequence[SectionSpec]) -> "Joints":
        """Read how sections are joined."""
        index = {spec.name: k for k, spec in enumerate(specs)}
        joints = [spec.parent for spec in specs]
        return cls(
            specs,
            index,
            np.array([k if at is None else index[at.section] for k, at in enumerate(joints)], np.int64),
            np.array([0.0 if at is None else at.x for at in joints]),
            np.array([0 if spec.parent is None else spec.child_end for spec in specs], float),
        )

    @cached_property
    def orders(self) -> Ints:
        """The branch order of each section: 0 of the root, 1 of what is joined to it, one more after a branch point.

        A section that alone goes on from the far end of another has the same order as that.
        """
        parent, own = self.parent, np.arange(len(self.parent))
        count = np.bincount(parent[parent != own], minlength=len(parent))
        goes_on = (count[parent] == 1) & (self.x == 1 - self.end[parent]) & (parent[parent] != parent)
        return sums_to_root(parent, np.where(parent == own, 0, np.where(goes_on, 0, 1)))

    def now(self, specs: Sequence[SectionSpec]) -> "Joints":
        """Give the same joints of sections that have other numbers."""
        other = Joints(specs, self.index, self.parent, self.x, self.end)
        if "orders" in self.__dict__:
            other.__dict__["orders"] = self.orders
        return other

    def __getitem__(self, section: str) -> int:
        """Give the index of a section. **Raises:** `KeyError` that suggests the nearest name."""
        try:
            return self.index[section]
        except KeyError:
            raise UnknownName("section", section, self.index) from None


def sums_to_root(parent: Ints, numbers: NDArray[Any]) -> NDArray[Any]:
    """Give for each section the sum of its number and those of all above it; a root is its own parent."""
    beyond = len(parent)
    up = np.append(np.where(parent == np.arange(beyond), beyond, parent), beyond)
    sums = np.append(numbers, np.zeros_like(numbers[:1]) if len(numbers) else 0)
    # In each round as far up again as in all rounds before.
    while (up != beyond).any():
        sums = sums + sums[up]
        up = up[up]
    return sums[:-1]


@dataclass(frozen=True, eq=False)
class Along:
    """A number for every segment, and for the two ends of every section."""

    segments: Floats
    ends: Floats
    first: Ints

    @cached_property
    def low(self) -> Floats:
        """The lowest of each section, its ends included."""
        return np.minimum(np.minimum.reduceat(self.segments, self.first), self.ends.min(axis=1))

    @cached_property
    def high(self) -> Floats:
        """The highest of each section, its ends included."""
        return np.maximum(np.maximum.reduceat(self.segments, self.first), self.ends.max(axis=1))


@dataclass(frozen=True, eq=False)
class Entries:
    """Where paths from an origin come into each section: how far `along` it, and how `far` from the origin, um.

    `towards`: for each section the one through which it is reached, itself where the origin is; `at`: how far along
    that one it is joined.
    """

    along: Floats
    far: Floats
    towards: Ints
    at: Floats


class Cables:
    """Sections as lengths that are joined: how far each place is along the tree. `found`: as of `middles`."""

    def __init__(self, joints: Joints, found: Floats) -> None:
        self.joints = joints
        self.L = found[:, LENGTH]
        self.nseg = found[:, NSEG].astype(np.int64)
        self.first = np.concatenate([[0], np.cumsum(self.nseg)[:-1]]).astype(np.int64)
        self.dx = self.L / self.nseg
        self._paths: dict[Location | None, Along] = {}

    @cached_property
    def section(self) -> Ints:
        """The index of the section of each segment."""
        return np.repeat(np.arange(len(self.L)), self.nseg)

    @cached_property
    def middles(self) -> Floats:
        """How far each segment's middle is from the start of its section, um."""
        within = np.arange(len(self.section)) - self.first[self.section]
        return (within + 0.5) * self.dx[self.section]

    def paths(self, origin: Location | None) -> Along:
        """Give the distance from an origin to every segment and end, as NEURON's grid has it."""
        if origin not in self._paths:
            if not len(self.L):
                return Along(np.zeros(0), np.zeros((0, 2)), self.first[:0])
            entries = self.entries(origin)
            far, along = entries.far, entries.along
            ends = far[:, None] + np.abs(np.column_stack([np.zeros_like(far), self.L]) - along[:, None])
            segments = far[self.section] + np.abs(self.middles - along[self.section])
            self._paths[origin] = Along(segments, ends, self.first)
        return self._paths[origin]

    def middle_paths(self, origin: Location | None) -> Floats:
        """Give the distance from an origin to the middle of every section, whatever its number of segments."""
        entries = self.entries(origin, on_grid=False)
        return entries.far + np.abs(self.L / 2 - entries.along)

    def entries(self, origin: Location | None, on_grid: bool = True) -> Entries:
        """Give where paths from an origin come into each section.

        **Arguments:** `on_grid`: whether places within a section count as the middles of their segments.
        """
        joints = self.joints
        parent = joints.parent
        start, x = (0, 0.5) if origin is None else (joints[origin.section], origin.x)
        ends = joints.end * self.L
        joined = self._place(parent, joints.x, on_grid)
        along, towards, at = ends.copy(), parent.copy(), joined.copy()
        place = self._place(np.array([start]), np.array([x]), on_grid)[0]
        # On the way from the origin to the root, sections are come into from their children.
        far = np.zeros(len(parent))
        on_way, total, below = [], 0.0, start
        k = start
        while True:
            along[k], far[k], towards[k] = place, total, below
            on_way.append(k)
            if parent[k] == k:
                break
            total += abs(place - ends[k])
            place, below, k = joined[k], k, int(parent[k])
            at[k] = ends[below]
        steps = np.abs(joined - along[parent])
        steps[on_way] = far[on_way]
        up = parent.copy()
        up[on_way] = on_way
        return Entries(along, sums_to_root(up, steps), towards, at)

    def _place(self, section: Ints, x: Floats, on_grid: bool) -> Floats:
        """Give how far along sections places are, um: on the grid, an end or the middle of a segment."""
        L, nseg = self.L[section], self.nseg[section]
        if not on_grid:
            return x * L
        inside = (np.floor(x * nseg) + 0.5) * (L / nseg)
        return np.where((x == 0) | (x == 1), x * L, inside)
