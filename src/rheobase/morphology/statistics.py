"""What is counted and measured of a neuron's shape.

Lengths, areas and volumes are those of the sections, truncated cones between their points, so that they are also the
cell's: what joins a neurite to the soma's middle has no length. Distances along the tree start in the middle of the
soma, or where a cell without one begins. Branch orders are centrifugal: what leaves the soma has order 1, and each
branch point adds one. Sholl (1953), *J. Anat.* 87:387, for the spheres.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.morphology.samples import SOMA, Floats, Integers, Samples, region_name
from rheobase.morphology.sections import SectionShape

if TYPE_CHECKING:
    import pandas as pd

_MOST_SPHERES = 100_000
_NICE = (1, 2, 5, 10)


class Statistics:
    """The numbers of one shape, worked out as they are asked for; each table is a DataFrame, in um, um2 and um3.

    **Attributes:** `regions`, a row for each type and for all; `sections`, `orders`, `branch_points` and `tips`, a row
    for each; and `sholl()`.

    >>> from rheobase.morphology import read_swc
    >>> numbers = read_swc('''
    ... 1 1  0  0 0 5 -1
    ... 2 3  0  5 0 1  1
    ... 3 3  0 55 0 1  2
    ... 4 3 30 95 0 1  3
    ... 5 3 -30 95 0 1 3''').statistics()
    >>> numbers.regions[["sections", "length", "branch_points", "tips"]]
          sections  length  branch_points  tips
    soma         1    10.0              0     0
    dend         3   150.0              1     2
    all          4   160.0              1     2
    >>> numbers.sholl(step=40)["dend"].tolist()
    [1, 2]
    """

    def __init__(self, samples: Samples, sections: tuple[SectionShape, ...]) -> None:
        self._samples = samples
        self._shapes = sections

    def __repr__(self) -> str:
        return repr(self.regions)

    def _repr_html_(self) -> str:
        return str(self.regions.to_html())

    @cached_property
    def sections(self) -> pd.DataFrame:
        """A row for each section, by name.

        Columns: `region`; `type`; `parent`, a name; `order`; `length`, `area`, `volume`; `diam`, the mean along its
        length; `start` and `end`, the distance along the tree; `row`, its height in a dendrogram, where tips have the
        rows 0, 1, 2, ... and what branches stands in the middle of what it carries; `parent_row`; `first` and `last`,
        the indices of its own samples; `points`.
        """
        import pandas as pd

        shapes = self._shapes
        length, area, volume, girth = self._cones
        parent = self._parents
        with np.errstate(invalid="ignore", divide="ignore"):
            diam = np.where(length > 0, girth / length, 0.0)
        start, end = self._distances
        row = self._rows
        table = {
            "region": [region_name(shape.type) for shape in shapes],
            "type": [shape.type for shape in shapes],
            "parent": [None if k < 0 else shapes[k].name for k in parent.tolist()],
            "order": self._orders,
            "length": length,
            "area": area,
            "volume": volume,
            "diam": diam,
            "start": start,
            "end": end,
            "row": row,
            "parent_row": np.where(parent >= 0, row[parent], np.nan),
            "first": [shape.first for shape in shapes],
            "last": [shape.last for shape in shapes],
            "points": [len(shape.points) for shape in shapes],
        }
        return pd.DataFrame(table, index=pd.Index([shape.name for shape in shapes], name="section"))

    @cached_property
    def regions(self) -> pd.DataFrame:
        """A row for each type of section, and one for all.

        Columns: `sections`, `samples`, `stems` (sections that leave the soma), `branch_points`, `tips`; `length`,
        `area`, `volume`; `diam`, the mean along the length; `order`, the highest; `path`, the longest way along the
        tree, and `radius`, the greatest distance from the soma's centre; `width`, `height` and `depth`, the extent in
        x, y and z.
        """
        import pandas as pd

        sections, samples = self.sections, self._samples
        kinds = sorted(set(sections["type"]))
        stem = np.array([k >= 0 and self._shapes[k].type == SOMA for k in self._parents.tolist()])
        stem &= (sections["type"] != SOMA).to_numpy()
        away = np.linalg.norm(samples.xyz - self.centre, axis=1)
        rows = {}
        for kind in [*kinds, None]:
            mine = np.ones(len(sections), dtype=bool) if kind is None else (sections["type"] == kind).to_numpy()
            own = np.ones(len(samples), dtype=bool) if kind is None else samples.type == kind
            part = sections[mine]
            length = part["length"].sum()
            extent = np.ptp(samples.xyz[own], axis=0) if own.any() else np.zeros(3)
            rows["all" if kind is None else region_name(int(kind))] = {
                "sections": int(mine.sum()),
                "samples": int(own.sum()),
                "stems": int((mine & stem).sum()),
                "branch_points": int((self._branching & own).sum()),
                "tips": int((self._ending & own).sum()),
                "length": length,
                "area": part["area"].sum(),
                "volume": part["volume"].sum(),
                "diam": (part["diam"] * part["length"]).sum() / length if length else 0.0,
                "order": int(part["order"].max()),
                "path": part["end"].max(),
                "radius": float(away[own].max()) if own.any() else 0.0,
                "width": float(extent[0]),
                "height": float(extent[1]),
                "depth": float(extent[2]),
            }
        return pd.DataFrame.from_dict(rows, orient="index")

    @cached_property
    def orders(self) -> pd.DataFrame:
        """A row for each branch order: `sections`, `length`, `area` and `volume`; somata have order 0."""
        grouped = self.sections.groupby("order")
        table = grouped[["length", "area", "volume"]].sum()
        table.insert(0, "sections", grouped.size())
        return table

    @cached_property
    def branch_points(self) -> pd.DataFrame:
        """A row for each branch point outside the soma, by the index of its sample.

        Columns: `region`; `order` of the section that ends there; `children`; `angle` between the first two, degrees;
        `path`, the distance along the tree; `radius`, that from the soma's centre; `x`, `y`, `z`; `line` of the file.
        """
        import pandas as pd

        samples = self._samples
        at = np.flatnonzero(self._branching)
        child = np.flatnonzero(samples.parent >= 0)
        child = child[np.argsort(samples.parent[child], kind="stable")]
        start = np.searchsorted(samples.parent[child], at)
        ways = [self._direction(child[start + k], samples.xyz[at]) for k in (0, 1)]
        cosine = np.clip((ways[0] * ways[1]).sum(axis=1), -1, 1)
        table = self._places(at)
        table.insert(2, "children", self._children[at])
        table.insert(3, "angle", np.degrees(np.arccos(cosine)))
        return pd.DataFrame(table)

    @cached_property
    def tips(self) -> pd.DataFrame:
        """A row for each tip, by the index of its sample.

        Columns: `region`; `order`; `path`, the distance along the tree; `radius`, that from the soma's centre; `x`,
        `y`, `z`; `line` of the file.
        """
        return self._places(np.flatnonzero(self._ending))

    def sholl(self, step: float | None = None, centre: ArrayLike | None = None) -> pd.DataFrame:
        """Count how often neurites cross spheres around the soma.

        **Arguments:** `step` between spheres, um, by default a round number that gives some 30; `centre`, x, y, z in
        um, by default the soma's.

        **Returns:** a DataFrame with a row for each radius, and a column for each type and for all.

        **Raises:** `ValueError` for a step that is not positive, or so small that there would be 100,000 spheres.
        """
        import pandas as pd

        middle = self.centre if centre is None else np.asarray(centre, dtype=float)
        if middle.shape != (3,) or not np.isfinite(middle).all():
            raise ValueError(f"centre = {centre!r}: give x, y and z (um)")
        nearest, furthest, kinds = self._spans(middle)
        most = float(furthest.max(initial=0.0))
        if step is None:
            step = _round_step(most / 30)
        if not (np.isfinite(step) and step > 0):
            raise ValueError(f"step = {step!r}: must be positive and finite (um)")
        if most / step > _MOST_SPHERES:
            raise ValueError(f"step = {step:g} um: there would be {most / step:.0f} spheres; take a larger one")
        radii = step * np.arange(1.0, int(most / step) + 1)
        columns = {
            region_name(int(kind)): _crossings(nearest[kinds == kind], furthest[kinds == kind], radii)
            for kind in np.unique(kinds)
        }
        columns["all"] = _crossings(nearest, furthest, radii)
        return pd.DataFrame(columns, index=pd.Index(np.round(radii, 9), name="radius"))

    @cached_property
    def centre(self) -> Floats:
        """The mean place of the soma's samples, or of the first sample where there is no soma, um."""
        soma = self._samples.type == SOMA
        return self._samples.xyz[soma].mean(axis=0) if soma.any() else self._samples.xyz[0]

    @cached_property
    def _parents(self) -> Integers:
        return np.array([-1 if shape.parent is None else shape.parent for shape in self._shapes])

    @cached_property
    def _ends(self) -> tuple[Floats, Floats, Integers]:
        """Give x, y, z, diameter of both ends of every cone, and the section of each."""
        points = np.concatenate([shape.points for shape in self._shapes])
        of = np.repeat(np.arange(len(self._shapes)), [len(shape.points) for shape in self._shapes])
        inside = of[1:] == of[:-1]
        return points[:-1][inside], points[1:][inside], of[1:][inside]

    @cached_property
    def _cones(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Give length, area, volume and length times diameter of each section."""
        a, b, of = self._ends
        # Differences in float32, as a section measures itself.
        h = np.linalg.norm((b[:, :3].astype(np.float32) - a[:, :3].astype(np.float32)).astype(float), axis=1)
        r, s = a[:, 3] / 2, b[:, 3] / 2
        area = np.pi * (r + s) * np.hypot(h, r - s)
        volume = np.pi / 3 * h * (r * r + r * s + s * s)
        n = len(self._shapes)
        sums = [np.bincount(of, each, n).astype(np.float64) for each in (h, area, volume, h * (r + s))]
        return sums[0], sums[1], sums[2], sums[3]

    @cached_property
    def _children(self) -> Integers:
        parent = self._samples.parent
        return np.bincount(parent[parent >= 0], minlength=len(parent))

    @cached_property
    def _branching(self) -> NDArray[np.bool_]:
        # Where a cell without a soma begins, two ways are one neurite that was entered in its middle.
        needed = np.where(self._samples.parent < 0, 3, 2)
        return (self._samples.type != SOMA) & (self._children >= needed)

    @cached_property
    def _ending(self) -> NDArray[np.bool_]:
        return (self._samples.type != SOMA) & (self._children == 0)

    @cached_property
    def _orders(self) -> Integers:
        orders: list[int] = []
        for shape in self._shapes:
            if shape.type == SOMA:
                orders.append(0)
            elif shape.parent is None or self._shapes[shape.parent].type == SOMA:
                orders.append(1)
            else:
                above = int(self._samples.parent[shape.first])
                orders.append(orders[shape.parent] + int(above >= 0 and bool(self._branching[above])))
        return np.array(orders)

    @cached_property
    def _distances(self) -> tuple[Floats, Floats]:
        length = self._cones[0].tolist()
        start: list[float] = []
        origin = 0.5 if self._shapes[0].type == SOMA else 0.0
        for shape in self._shapes:
            if shape.parent is None:
                start.append(0.0)
            else:
                from_start = shape.parent_x - origin if self._shapes[shape.parent].parent is None else shape.parent_x
                start.append(start[shape.parent] + abs(from_start) * length[shape.parent])
        end = np.array(start) + length
        end[0] = (1 - origin) * length[0]
        return np.array(start), end

    @cached_property
    def _rows(self) -> Floats:
        children: list[list[int]] = [[] for _ in self._shapes]
        for k, above in enumerate(self._parents.tolist()):
            if above >= 0:
                children[above].append(k)
        row = np.zeros(len(self._shapes))
        order, waiting, tips = [], [0], 0
        while waiting:
            k = waiting.pop()
            order.append(k)
            if not children[k]:
                row[k] = tips
                tips += 1
            waiting.extend(reversed(children[k]))
        for k in reversed(order):
            if children[k]:
                row[k] = (row[children[k][0]] + row[children[k][-1]]) / 2
        return row

    @cached_property
    def _home(self) -> Integers:
        """Give the section that each sample belongs to, -1 for one whose section was left out."""
        home = np.full(len(self._samples), -1)
        for k, shape in enumerate(self._shapes):
            home[shape.first : shape.last + 1] = k
        return home

    def _places(self, at: Integers) -> pd.DataFrame:
        import pandas as pd

        samples, home = self._samples, self._home[at]
        known = home >= 0
        xyz = samples.xyz[at]
        table = {
            "region": [region_name(kind) for kind in samples.type[at].tolist()],
            "order": np.where(known, self._orders[home], 0),
            "path": np.where(known, self._path[at], np.nan),
            "radius": np.linalg.norm(xyz - self.centre, axis=1),
            "x": xyz[:, 0],
            "y": xyz[:, 1],
            "z": xyz[:, 2],
            "line": samples.line[at],
        }
        return pd.DataFrame(table, index=pd.Index(at, name="sample"))

    @cached_property
    def _path(self) -> Floats:
        """Give each sample's distance along the tree: its section's start and the way from there."""
        path = np.full(len(self._samples), np.nan)
        start, _ = self._distances
        for k, shape in enumerate(self._shapes):
            steps = np.linalg.norm(np.diff(shape.points[:, :3], axis=0), axis=1)
            along = np.append(0.0, np.cumsum(steps))[-(shape.last - shape.first + 1) :]
            if k == 0 and shape.type == SOMA:
                along = np.abs(along - steps.sum() / 2)
            path[shape.first : shape.first + len(along)] = start[k] + along
        return path

    def _direction(self, samples: Integers, origin: Floats) -> Floats:
        """Give unit vectors from places to the samples, or to what follows those that lie at the same place."""
        at = samples.copy()
        for _ in range(3):
            same = (self._samples.xyz[at] == origin).all(axis=1) & (at + 1 < len(self._samples))
            follows = same.copy()
            follows[same] = self._samples.parent[at[same] + 1] == at[same]
            if not follows.any():
                break
            at[follows] += 1
        way = self._samples.xyz[at] - origin
        length = np.linalg.norm(way, axis=1, keepdims=True)
        return np.divide(way, length, out=np.zeros_like(way), where=length > 0)

    def _spans(self, centre: Floats) -> tuple[Floats, Floats, Integers]:
        """Give the least and the greatest distance of every stretch that only nears or only leaves a centre."""
        a, b, of = self._ends
        kinds = np.array([shape.type for shape in self._shapes])[of]
        neurite = kinds != SOMA
        a, b, kinds = a[neurite, :3] - centre, b[neurite, :3] - centre, kinds[neurite]
        way = b - a
        square = (way * way).sum(axis=1)
        turn = np.clip(-(a * way).sum(axis=1) / np.where(square > 0, square, 1.0), 0, 1)[:, None]
        closest = np.linalg.norm(a + turn * way, axis=1)
        far = [np.linalg.norm(end, axis=1) for end in (a, b)]
        low = np.concatenate([np.minimum(closest, each) for each in far])
        return low, np.concatenate(far), np.concatenate([kinds, kinds])


def _crossings(low: Floats, high: Floats, radii: ArrayLike) -> Integers:
    """Count the stretches that begin nearer than a radius and end at it or beyond."""
    return np.searchsorted(np.sort(low), radii) - np.searchsorted(np.sort(high), radii)


def _round_step(step: float) -> float:
    if not step > 0:
        return 1.0
    scale = 10.0 ** np.floor(np.log10(step))
    return float(scale * next(nice for nice in _NICE if nice * scale >= step * (1 - 1e-9)))
