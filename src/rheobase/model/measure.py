"""Where segments and sections are by every metric, with the offset and the normalisation that a profile asks for.

The metrics, offsets and normalisations are those of NEURON's `SubsetDomainIterator` (`subiter.hoc`): a segment is
at its middle, along the tree or where its 3-D points put that, and the range of a place is over the middles of its
segments and the ends of its sections.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.model.distance import Along, Cables, Floats, Ints, Joints
from rheobase.model.location import Location
from rheobase.model.metric import UPWARDS, Metric, Point
from rheobase.model.middles import DIAM, LENGTH, PLACE, middles
from rheobase.model.profile import Profile
from rheobase.model.tips import to_tips
from rheobase.model.values import SectionSpec
from rheobase.morphology import Outline, layout


class Measures:
    """The places of sections and segments, computed when asked and kept; of sections that do not change."""

    def __init__(self, joints: Joints, found: Floats | None = None) -> None:
        self.joints = joints
        self._found = middles(joints.specs) if found is None else found
        self._kept: dict[Any, Any] = {}

    def changed(self, joints: Joints, rows: Sequence[int]) -> "Measures":
        """Give what it is after the numbers of some sections were changed."""
        found = self._found.copy()
        found[rows] = middles([joints.specs[k] for k in rows])
        return Measures(joints, found)

    @cached_property
    def cables(self) -> Cables:
        """The sections as lengths that are joined."""
        return Cables(self.joints, self._found)

    # For rules: one number a section, of its middle, whatever its number of segments

    @property
    def lengths(self) -> Floats:
        """The length of every section, um."""
        return self._found[:, LENGTH]

    @property
    def diameters(self) -> Floats:
        """The diameter in the middle of every section, um."""
        return self._found[:, DIAM]

    def of_middles(self, metric: Metric, origin: Location | Point | None, direction: Point | None) -> Floats:
        """Give where the middle of every section is by a metric."""
        if not self.joints.specs:
            return np.zeros(0)
        if metric == "path_distance":
            return self._once((metric, origin, "middle"), lambda: self.cables.middle_paths(_on_tree(origin)))
        return self._in_space(metric, self._middles, origin, direction)

    # For profiles: one number a segment

    def of_segments(self, metric: Metric, origin: Location | Point | None, direction: Point | None) -> Along:
        """Give where every segment, and both ends of every section, are by a metric."""
        if metric == "path_distance":
            return self.cables.paths(_on_tree(origin))

        def measure() -> Along:
            cables, (segments, ends) = self.cables, self._positions
            return Along(
                self._in_space(metric, segments, origin, direction),
                self._in_space(metric, ends, origin, direction),
                cables.first,
            )

        return self._once((metric, origin, direction), measure)

    def over(self, profile: Profile, members: Sequence[int], where: str) -> Floats:
        """Give the `p` of each segment of some sections.

        **Arguments:** `members`: indices of sections, in document order; `where`: what they are called.

        **Raises:** `ValueError` where `p` cannot be normalised.
        """
        return self._domain(profile, members, where)[0]

    def extent(self, profile: Profile, members: Sequence[int], where: str) -> tuple[float, float]:
        """Give the lowest and the highest `p` of some sections, their ends included."""
        return self._domain(profile, members, where)[1]

    def _domain(self, profile: Profile, members: Sequence[int], where: str) -> tuple[Floats, tuple[float, float]]:
        rows = np.asarray(members, np.int64)
        if not len(rows):
            return np.zeros(0), (0.0, 0.0)
        way = (profile.metric, profile.origin, profile.direction, profile.offset, profile.normalise)
        key = (*way, rows.tobytes())
        return self._once(key, lambda: self._domain_of(profile, rows, where))

    def _domain_of(self, profile: Profile, rows: Ints, where: str) -> tuple[Floats, tuple[float, float]]:
        cables = self.cables
        along = self.of_segments(profile.metric, profile.origin, profile.direction)
        low, high = along.low[rows], along.high[rows]
        inside = np.zeros(len(cables.L), bool)
        inside[rows] = True
        segments = inside[cables.section]
        owner = np.repeat(np.arange(len(rows)), cables.nseg[rows])  # for each segment, which of the rows it is of
        p = along.segments[segments]
        part = self._parts(rows, inside)
        shift = np.zeros(len(rows))
        if profile.offset == "most_proximal":
            shift[:] = low.min()
        elif profile.offset == "all_proximal":
            lowest = np.full(len(rows), np.inf)
            np.minimum.at(lowest, part, low)
            shift = lowest[part]
        p, low, high = p - shift[owner], low - shift, high - shift
        if profile.normalise == "none":
            return p, (float(low.min()), float(high.max()))
        highest = np.full(len(rows), high.max())
        if profile.normalise == "all_distal":
            highest = np.full(len(rows), -np.inf)
            np.maximum.at(highest, part, high)
            highest = highest[part]
        if highest.min() <= 0:
            raise ValueError(
                f"{profile.metric} over {where!r} cannot be normalised: its highest value is {highest.min():g} um "
                f"and cannot be made 1; choose {_remedy(profile)}"
            )
        if profile.normalise == "all_distal" and profile.metric == "path_distance":
            entries = cables.entries(_on_tree(profile.origin))
            p, (lowest_q, highest_q) = to_tips(cables, entries, rows, shift)
            return p, (lowest_q, highest_q)
        return p / highest[owner], (float((low / highest).min()), float((high / highest).max()))

    def _parts(self, rows: Ints, inside: NDArray[np.bool_]) -> Ints:
        """Give for each of some sections which of them its connected part is called after."""
        parent = self.joints.parent
        up = np.where(inside & inside[parent], parent, np.arange(len(parent)))
        while (up != up[up]).any():
            up = up[up]
        number = np.zeros(len(parent), np.int64)
        number[rows] = np.arange(len(rows))
        return number[up[rows]]

    # In space

    @cached_property
    def _courses(self) -> list[Floats]:
        specs = self.joints.specs
        if all(spec.points is not None for spec in specs):
            return [_given(spec) for spec in specs]
        drawn = layout(outlines(specs))
        return [_given(spec) if spec.points is not None else _straight(spec, drawn[k]) for k, spec in enumerate(specs)]

    @cached_property
    def _positions(self) -> tuple[Floats, Floats]:
        """Where segments and ends are: (n_segments, 3) and (n, 2, 3)."""
        cables = self.cables
        rows = np.concatenate([course[:, :3] for course in self._courses])
        start = np.concatenate([[0], np.cumsum(cables.nseg + 3)[:-1]])
        within = np.arange(len(cables.section)) - cables.first[cables.section]
        segments = rows[start[cables.section] + 1 + within]
        return segments, np.stack([rows[start], rows[start + cables.nseg + 1]], axis=1)

    @cached_property
    def _middles(self) -> Floats:
        """Where the middles of sections are, (n, 3)."""
        if not np.isnan(self._found[:, PLACE]).any():
            return self._found[:, PLACE]
        return np.array([course[-1, :3] for course in self._courses]).reshape(-1, 3)

    def _in_space(self, metric: Metric, at: Floats, origin: Location | Point | None, direction: Point | None) -> Floats:
        way = at - self._zero(origin)
        if metric == "radial_distance":
            return np.asarray(np.sqrt((way * way).sum(axis=-1)))
        along = np.array(UPWARDS if direction is None else direction)
        return np.asarray(way @ (along / np.linalg.norm(along)))

    def _zero(self, origin: Location | Point | None) -> Floats:
        if isinstance(origin, tuple):
            return np.array(origin)
        if not self.joints.specs:
            return np.zeros(3)  # of a cell without sections, in which nothing is measured
        k, x = (0, 0.5) if origin is None else (self.joints[origin.section], origin.x)
        spec = self.joints.specs[k]
        if spec.points is None:
            start, end = self._courses[k][0, :3], self._courses[k][-2, :3]
            return np.asarray(start + x * (end - start))
        return np.asarray(spec.at(x)[:3])

    def _once(self, key: Any, compute: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = compute()
        return self._kept[key]


def outlines(specs: Sequence[SectionSpec]) -> list[Outline]:
    """Give what `layout` needs of sections."""
    index = {spec.name: k for k, spec in enumerate(specs)}
    return [
        Outline(
            points=spec.points,
            L=spec.L,
            diam=spec.diam,
            parent=None if spec.parent is None else index[spec.parent.section],
            parent_x=1.0 if spec.parent is None else spec.parent.x,
            child_end=spec.child_end,
        )
        for spec in specs
    ]


def _on_tree(origin: Location | Point | None) -> Location | None:
    return None if isinstance(origin, tuple) else origin


def _given(spec: SectionSpec) -> Floats:
    return np.zeros((0, 4)) if spec.course is None else spec.course.rows


def _straight(spec: SectionSpec, drawn: Floats) -> Floats:
    x = spec.stops[:, None]
    return np.asarray((1 - x) * drawn[0] + x * drawn[-1])


def _remedy(profile: Profile) -> str:
    if profile.offset == "none":
        return "offset='most_proximal', or another origin or direction"
    return "normalise='none', for all of it, or of a part of it, lies at one place"
