"""The spatial grid: sections and segments become the nodes of a tree, by NEURON's rules.

Each segment has a node at its centre; a section has zero-area nodes at its ends, and the end by which a child is
joined is the parent's own node there. A zero-area end to which nothing is attached carries no current, so its
voltage is its segment's and it gets no node of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import breadth_first, recurring_size
from rheobase.model import Location, SectionSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """The nodes of a cell, in the kernel's order and padded, and its segments in document order.

    **Fields:**

    - `parent`: `(nodes,)`; `count`: how many nodes are real.
    - `segment`: `(nodes,)`, the segment whose centre a node is, or `n_segments` where it is none.
    - `near_segment`, `near`, `far_segment`, `far`: `(nodes,)`. The axial resistance to the parent in megohm is
      `Ra[near_segment] near + Ra[far_segment] far`: the node's own half segment and its neighbour's.
    - `area`: um2, `diam` and `dx`, its length: um, `(n_segments,)`.
    - `first`: `(sections + 1,)`, where each section's segments begin.
    - `node`: `(n_segments,)`, the node of each segment.
    - `cylinder`: `(n_segments,)`, whether the segment's section is given by L and diam.
    - `ends`: the node of each zero-area end that has one.
    """

    specs: tuple[SectionSpec, ...]
    parent: Ints
    count: int
    segment: Ints
    near_segment: Ints
    near: Floats
    far_segment: Ints
    far: Floats
    area: Floats
    diam: Floats
    dx: Floats
    first: Ints
    node: Ints
    cylinder: NDArray[np.bool_]
    ends: dict[tuple[str, int], int]
    index: dict[str, int]

    @property
    def n_segments(self) -> int:
        """How many segments the cell has."""
        return len(self.area)

    @property
    def nseg_of_segment(self) -> Floats:
        """For each segment, how many its section has."""
        counts = np.diff(self.first)
        return np.repeat(counts, counts).astype(float)

    @cached_property
    def nearest(self) -> Ints:
        """For each node, the segment whose centre it is, or at whose end it lies."""
        return np.where(self.segment < self.n_segments, self.segment, self.far_segment)

    @cached_property
    def above(self) -> Ints:
        """For each segment's centre, the next centre towards the root, itself where there is none; ends pass it on.

        What hangs on the start of the root section hangs on its first segment, as in NEURON's diffusion.
        """
        nodes = np.arange(len(self.parent))
        found = nodes.copy()
        first = int(self.node[0]) if self.n_segments else 0
        for node in np.flatnonzero(self.segment < self.n_segments).tolist():
            up = int(self.parent[node])
            while self.segment[up] == self.n_segments and up != 0:
                up = int(self.parent[up])
            found[node] = up if self.segment[up] < self.n_segments else first
        return found

    @cached_property
    def _by_name(self) -> dict[str, SectionSpec]:
        return {spec.name: spec for spec in self.specs}

    def segments_of(self, sections: Iterable[str]) -> Ints:
        """The segments of some sections, in document order."""
        rows = sorted(self.index[name] for name in sections)
        if not rows:
            return np.empty(0, np.int64)
        return np.concatenate([np.arange(self.first[k], self.first[k + 1]) for k in rows])

    def segment_at(self, section: str, x: float) -> int:
        """The segment that a site falls in; ends belong to the outermost segments."""
        k = self.index[section]
        nseg = self.specs[k].nseg
        return int(self.first[k]) + min(int(x * nseg), nseg - 1)

    def node_at(self, section: str, x: float) -> int:
        """The node of a site: a segment's centre, or the section's end."""
        site = owner(Location(section, x), self._by_name)
        end = self.ends.get((site.section, int(site.x))) if site.x in (0, 1) else None
        return int(self.node[self.segment_at(site.section, site.x)]) if end is None else end

    def place_of(self, node: int) -> str:
        """The name of a node for people: `dend[3](0.5)`."""
        segment = int(self.segment[node]) if node < len(self.segment) else self.n_segments
        if segment == self.n_segments:
            for (section, x), end in self.ends.items():
                if end == node:
                    return f"{section}({x})"
            return "padding"
        k = int(np.searchsorted(self.first, segment, side="right")) - 1
        x = (segment - self.first[k] + 0.5) / self.specs[k].nseg
        return f"{self.specs[k].name}({x:g})"


def owner(site: Location, specs: Mapping[str, SectionSpec]) -> Location:
    """The site whose node a site shares: the end by which a section is joined is its parent's node."""
    spec = specs[site.section]
    while spec.parent is not None and site.x == spec.child_end:
        site = spec.parent
        spec = specs[site.section]
    return site


def build_grid(specs: Sequence[SectionSpec], attached: Iterable[Location] = ()) -> Grid:
    """Lay the grid of a cell.

    **Arguments:** its sections, parents before children; `attached`: where point processes sit, so that an end
    with one on it gets a node.
    """
    layout = _Layout(specs, attached)
    order = breadth_first(np.array(layout.parent))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    size = recurring_size(len(order))

    def ordered(values: list[Any], padding: float) -> NDArray[Any]:
        array = np.asarray(values)
        return np.concatenate([array[order], np.full(size - len(order), padding, array.dtype)])

    parent = ordered(layout.parent, 0)
    parent[: len(order)] = rank[parent[: len(order)]]
    n_segments = int(layout.first[-1])
    segment = ordered(layout.segment, n_segments)
    node = np.empty(n_segments, np.int64)
    real = segment < n_segments
    node[segment[real]] = np.flatnonzero(real)
    geometry = [spec.geometry for spec in specs]
    return Grid(
        specs=tuple(specs),
        parent=parent,
        count=len(order),
        segment=segment,
        near_segment=ordered(layout.near_segment, 0),
        near=ordered(layout.near, 0.0),
        far_segment=ordered(layout.far_segment, 0),
        far=ordered(layout.far, 0.0),
        area=np.concatenate([g.area for g in geometry]),
        diam=np.concatenate([g.diam for g in geometry]),
        dx=np.repeat([spec.geometry.L / spec.nseg for spec in specs], [spec.nseg for spec in specs]),
        first=np.asarray(layout.first),
        node=node,
        cylinder=np.repeat([s.points is None for s in specs], [s.nseg for s in specs]),
        ends={site: int(rank[k]) for site, k in layout.ends.items()},
        index={spec.name: k for k, spec in enumerate(specs)},
    )


class _Layout:
    """Nodes in the order in which they are made, each with its parent and its resistance to it."""

    def __init__(self, specs: Sequence[SectionSpec], attached: Iterable[Location]) -> None:
        self.parent: list[int] = []
        self.segment: list[int] = []
        self.near_segment: list[int] = []
        self.near: list[float] = []
        self.far_segment: list[int] = []
        self.far: list[float] = []
        self.first: list[int] = [0]
        self.ends: dict[tuple[str, int], int] = {}
        self._specs = {spec.name: spec for spec in specs}
        self._centres: dict[str, list[int]] = {}
        self._no_segment = sum(spec.nseg for spec in specs)
        sites = [*attached, *(spec.parent for spec in specs if spec.parent is not None)]
        owners = [owner(site, self._specs) for site in sites]
        self._needed = {(site.section, int(site.x)) for site in owners if site.x in (0, 1)}
        for spec in specs:
            self._add(spec)

    def _add(self, spec: SectionSpec) -> None:
        geometry, start = spec.geometry, self.first[-1]
        self.first.append(start + spec.nseg)
        forward = spec.parent is None or spec.child_end == 0
        near, far = (geometry.left, geometry.right) if forward else (geometry.right, geometry.left)
        centres = self._centres[spec.name] = [0] * spec.nseg
        above = self._above(spec)
        behind = (0, 0.0)
        for k in range(spec.nseg) if forward else range(spec.nseg - 1, -1, -1):
            above = self._node(above, start + k, (start + k, float(near[k])), behind)
            centres[k] = above
            behind = (start + k, float(far[k]))
        last = (spec.name, 1 if forward else 0)
        if last in self._needed:
            self.ends[last] = self._node(above, self._no_segment, (0, 0.0), behind)

    def _above(self, spec: SectionSpec) -> int:
        """The node that a section hangs from; for the root its own 0 end, or nothing but itself."""
        if spec.parent is not None:
            site = owner(spec.parent, self._specs)
            if site.x in (0, 1):
                return self.ends[site.section, int(site.x)]
            nseg = self._specs[site.section].nseg
            return self._centres[site.section][min(int(site.x * nseg), nseg - 1)]
        if (spec.name, 0) in self._needed:
            self.ends[spec.name, 0] = self._node(0, self._no_segment, (0, 0.0), (0, 0.0))
        return 0

    def _node(self, parent: int, segment: int, near: tuple[int, float], far: tuple[int, float]) -> int:
        self.parent.append(parent)
        self.segment.append(segment)
        self.near_segment.append(near[0])
        self.near.append(near[1])
        self.far_segment.append(far[0])
        self.far.append(far[1])
        return len(self.parent) - 1
