"""Where the instances of each mechanism are: the blocks of a compiled model, before they have numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import Layout, recurring_size
from rheobase.mechanisms import Mechanism
from rheobase.model import Cell, Placement
from rheobase.simulate.grid import Grid, Ints

# Above this share of the nodes it is cheaper to evaluate a mechanism on all of them than to index.
_DENSE_SHARE = 0.6

_NOWHERE = np.empty(0, np.int32)
_NO_SEGMENTS = np.empty(0, np.int64)


@dataclass(frozen=True)
class BlockPlan:
    """Where the instances of one mechanism are.

    **Fields:** `segments` of a density mechanism, or `names` of placed processes, one each an instance, and the
    `sites` of point processes, the segments that they are in; `filler`, for each row of the padded block the instance
    it takes its numbers from; `weight`, 1 for real rows and 0 for padding; `vectors`, by name the lists of each;
    `kept`, the currents and observables that something looks at as the run goes.
    """

    mechanism: type[Mechanism]
    layout: Layout
    node: Any
    slot: Any
    filler: Ints
    weight: NDArray[np.float64]
    segments: Ints
    names: tuple[str, ...] = ()
    sites: Ints = field(default_factory=lambda: _NO_SEGMENTS)
    vectors: Mapping[str, Sequence[tuple[float, ...]]] = field(default_factory=dict)
    kept: tuple[str, ...] = ()

    def segment_rows(self) -> Ints:
        """For each row of the padded block, the segment that it takes numbers of its surroundings from."""
        return (self.segments if self.mechanism.kind == "density" else self.sites)[self.filler]

    def rows_of(self, instances: Any) -> Ints:
        """The rows of the padded block in which instances stand: their own numbers, or, when dense, their nodes."""
        if self.layout is not Layout.DENSE:
            return np.asarray(instances, np.int64)
        rows = np.flatnonzero(self.weight)
        place = np.empty(len(self.segments), np.int64)
        place[self.filler[rows]] = rows
        return place[instances]

    def node_of(self, instance: int) -> int:
        """The node under an instance; of one that is nowhere, the root."""
        row = int(self.rows_of([instance])[0])
        if self.layout is Layout.DETACHED:
            return 0
        return row if self.layout is Layout.DENSE else int(self.node[row])

    def nodes(self) -> Ints:
        """The nodes that have an instance."""
        if self.layout is Layout.DENSE:
            return np.flatnonzero(self.weight)
        return np.asarray(self.node[: int(self.weight.sum())], np.int64)


def inserted(cell: Cell) -> dict[str, set[str]]:
    """The sections in which each density mechanism is."""
    where: dict[str, set[str]] = {}
    for insertion in cell.document.insertions.values():
        where.setdefault(insertion.mechanism, set()).update(cell.document.places.of(insertion.place))
    return where


def plan_blocks(cell: Cell, grid: Grid, placed: Sequence[Placement]) -> list[BlockPlan]:
    """One block for each mechanism, those that write concentrations first, then by kind and name."""
    where, document = inserted(cell), cell.document
    plans = [_density_plan(document.mechanism(name), grid.segments_of(where[name]), grid) for name in sorted(where)]
    points: dict[str, list[Placement]] = {}
    for p in placed:
        points.setdefault(p.mechanism, []).append(p)
    plans += [_placed_plan(type(points[name][0].process), points[name], grid) for name in sorted(points)]
    return sorted((plan for plan in plans if len(plan.filler)), key=lambda plan: not _writes_concentrations(plan))


def _writes_concentrations(plan: BlockPlan) -> bool:
    return any({"inside", "outside"} & set(use.writes) for use in plan.mechanism.ions)


def _density_plan(definition: type[Mechanism], segments: Ints, grid: Grid) -> BlockPlan:
    node = grid.node[segments]
    if len(segments) >= _DENSE_SHARE * grid.count:
        filler = np.zeros(len(grid.parent), np.int64)
        filler[node] = np.arange(len(segments))
        weight = np.zeros(len(grid.parent))
        weight[node] = 1.0
        return BlockPlan(definition, Layout.DENSE, _NOWHERE, _NOWHERE, filler, weight, segments)
    # In the order of the nodes, so that memory is read forwards.
    segments = segments[np.argsort(node)]
    size = recurring_size(len(segments))
    filler, weight = _padded(len(segments), size)
    node = np.append(grid.node[segments], np.zeros(size - len(segments), np.int64)).astype(np.int32)
    slot = np.full(len(grid.parent), size, np.int32)
    slot[node[: len(segments)]] = np.arange(len(segments))
    return BlockPlan(definition, Layout.GATHERED, node, slot, filler, weight, segments)


def _placed_plan(definition: type[Mechanism], placed: Sequence[Placement], grid: Grid) -> BlockPlan:
    count = len(placed)
    size = 1 if count == 1 else max(4, recurring_size(count))
    filler, weight = _padded(count, size)
    names = tuple(p.name for p in placed)
    where = [p.location for p in placed]
    vectors = {name: [p.process.lists()[name] for p in placed] for name in definition.vectors}
    if definition.kind == "artificial":
        return BlockPlan(
            definition, Layout.DETACHED, _NOWHERE, _NOWHERE, filler, weight, _NO_SEGMENTS, names, vectors=vectors
        )
    node = np.array([grid.node_at(site.section, site.x) for site in where if site], np.int32)[filler]
    sites = np.array([grid.segment_at(site.section, site.x) for site in where if site], np.int64)
    return BlockPlan(definition, Layout.SCATTERED, node, _NOWHERE, filler, weight, _NO_SEGMENTS, names, sites, vectors)


def _padded(count: int, size: int) -> tuple[Ints, NDArray[np.float64]]:
    rows = np.arange(size)
    return np.where(rows < count, rows, 0), (rows < count).astype(float)
