"""The cell as its signals see it: lengths become logarithms of attenuation.

Of a voltage V that spreads along a cable, ln(V / V') adds up along the way as length does (Brown, Tsai and Carnevale
1992, Soc Neurosci Abstr 18:1464; Carnevale, Tsai, Claiborne and Brown 1997, J Neurophysiol 78:703). A picture of the
cell with these lengths, and directions as they are, is its morphoelectrotonic transform (Zador, Agmon-Snir and Segev
1995, J Neurosci 15:1669). It takes two: voltages that spread out from the electrode and such that spread in to it are
attenuated differently.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.dynamics.operating_point import Compiled
from rheobase.analysis.impedance.responses import Responses, outwards, rooted_at, ways_from
from rheobase.model import Location
from rheobase.model.shape import cell_shape

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Direction = Literal["out", "in"]


@dataclass(frozen=True, eq=False, repr=False)
class ElectrotonicTree:
    """A cell with log attenuations for lengths, seen from an electrode.

    **Fields:** of each node, the electrode's being number `root`:

    - `above`: the one before it on the way from the electrode. `places`: its name.
    - `distance`: um from the electrode along the tree.
    - `outwards`: the log attenuation of a voltage at the electrode that spreads to it; `inwards`: of one there that
      spreads to the electrode. Where channels amplify it may fall again on the way.
    - `sections`: the names of sections; `section`: of each node which.
    - `segment_node`: the node of each segment, in document order.
    - `at`: the electrode; `frequency`: Hz; `model`: of what.
    """

    at: Location
    frequency: float
    root: int
    above: Ints
    order: Ints
    places: tuple[str, ...]
    distance: Floats
    outwards: Floats
    inwards: Floats
    sections: tuple[str, ...]
    section: Ints
    segment_node: Ints
    model: Compiled

    @cached_property
    def position(self) -> Floats:
        """Where each node is in space, um, `(nodes, 3)`."""
        return _positions(self.model)

    def attenuation(self, direction: Direction = "in") -> Floats:
        """The log attenuation of each node. **Raises:** ValueError for another direction."""
        if direction not in ("out", "in"):
            raise ValueError(f"direction = {direction!r}: give 'out' or 'in'")
        return self.outwards if direction == "out" else self.inwards

    @cached_property
    def rank(self) -> Floats:
        """A height for each node in a dendrogram: its tips one apart, a branch point amid what hangs on it."""
        children: list[list[int]] = [[] for _ in self.above]
        for k in self.order.tolist():
            children[self.above[k]].append(k)
        height = np.zeros(len(self.above))
        todo, seen, tips = [self.root], [], 0
        while todo:
            k = todo.pop()
            seen.append(k)
            if not children[k]:
                height[k] = tips
                tips += 1
            todo.extend(reversed(children[k]))
        for k in reversed(seen):
            if children[k]:
                height[k] = (height[children[k][0]] + height[children[k][-1]]) / 2
        return height

    def lines(self, along: Floats) -> tuple[Floats, Floats]:
        """A dendrogram as one line broken by NaN. **Arguments:** `along`: of each node, how far out it is."""
        k, up = self.order, self.above[self.order]
        gap = np.full(len(k), np.nan)
        x = np.stack([along[up], along[up], along[k], gap], 1)
        y = np.stack([self.rank[up], self.rank[k], self.rank[k], gap], 1)
        return x.ravel(), y.ravel()

    def transform(self, direction: Direction = "in") -> Floats:
        """The morphoelectrotonic transform: a place for each node, `(nodes, 3)`, in units of log attenuation.

        Each piece keeps its direction in space; its length is what is attenuated along it, 0 where it is amplified.
        """
        length = np.zeros(len(self.above))
        attenuation = self.attenuation(direction)
        k, up = self.order, self.above[self.order]
        length[k] = np.maximum(attenuation[k] - attenuation[up], 0.0)
        step = self.position[k] - self.position[up]
        norm = np.linalg.norm(step, axis=1, keepdims=True)
        unit = np.divide(step, norm, out=np.zeros_like(step), where=norm > 0)
        place = np.zeros_like(self.position)
        for j, before, way in zip(k.tolist(), up.tolist(), unit * length[k, None], strict=True):
            place[j] = place[before] + way
        return place

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a section.

        `length` is in um from where the way from the electrode enters it to its last segment's middle, `length_out` and
        `length_in` are the log attenuations along that; `distance` (um), `attenuation_out` and `attenuation_in` are
        those of its farthest point from the electrode.
        """
        import pandas as pd

        rows = []
        k = self.order
        for number, name in enumerate(self.sections):
            own = k[self.section[k] == number]
            within = self.section == number
            if not within.any():
                continue
            last = int(np.flatnonzero(within)[np.argmax(self.distance[within])])
            before = self.above[own]
            rows.append(
                {
                    "section": name,
                    "length": float(np.sum(self.distance[own] - self.distance[before])),
                    "length_out": float(np.sum(self.outwards[own] - self.outwards[before])),
                    "length_in": float(np.sum(self.inwards[own] - self.inwards[before])),
                    "distance": float(self.distance[last]),
                    "attenuation_out": float(self.outwards[last]),
                    "attenuation_in": float(self.inwards[last]),
                }
            )
        return pd.DataFrame(rows).set_index("section")

    def figure(self, direction: Direction = "in") -> "go.Figure":
        """The cell's dendrogram as it is, in um, beside the electrotonic one.

        **Arguments:** `direction`: `"in"` to the electrode, `"out"` from it.
        """
        from rheobase.analysis.impedance.figures import dendrogram_figure

        return dendrogram_figure(self, direction)

    def transform_figure(self) -> "go.Figure":
        """The cell as it is, beside its morphoelectrotonic transforms outwards and inwards."""
        from rheobase.analysis.impedance.figures import transform_figure

        return transform_figure(self)

    def __repr__(self) -> str:
        return (
            f"<ElectrotonicTree of {len(self.sections)} sections seen from {self.at!r} at {self.frequency:g} Hz: log "
            f"attenuation to {self.outwards.max():.3g} outwards, {self.inwards.max():.3g} inwards>"
        )


def electrotonic_tree(model: Compiled, at: Location, responses: Responses) -> ElectrotonicTree:
    """The tree of a model's responses at one frequency; the arguments are those of `Impedance.electrotonic_tree`."""
    grid = model.assembly.grid
    root = model.node(at)
    way = outwards(grid, root)
    nearest = grid.nearest[: grid.count]
    section = np.searchsorted(grid.first, nearest, side="right") - 1
    return ElectrotonicTree(
        at=at,
        frequency=float(responses.frequencies[0]),
        root=root,
        above=rooted_at(grid, root),
        order=np.array([k for k, _ in way], np.int64),
        places=tuple(grid.place_of(k) for k in range(grid.count)),
        distance=ways_from(model, root),
        outwards=responses.quantity("attenuation_out")[:, 0],
        inwards=responses.quantity("attenuation_in")[:, 0],
        model=model,
        sections=tuple(spec.name for spec in grid.specs),
        section=section,
        segment_node=grid.node,
    )


def _positions(model: Compiled) -> Floats:
    """Where each node is in space, um; sections without points as they are drawn."""
    grid, shape = model.assembly.grid, cell_shape(model.cell)
    first, last = shape.frusta[:, :3].astype(float), shape.frusta[:, 4:7].astype(float)
    position = np.zeros((grid.count, 3))
    rows = np.split(np.arange(len(first)), np.flatnonzero(np.diff(shape.segment)) + 1)
    of_segment = {int(shape.segment[each[0]]): each for each in rows}
    for segment, node in enumerate(grid.node.tolist()):
        cones = of_segment[segment]
        corners = np.concatenate([first[cones[:1]], last[cones]])
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
        position[node] = [np.interp(arc[-1] / 2, arc, corners[:, axis]) for axis in range(3)]
    for (name, x), node in grid.ends.items():
        spec, cones = grid.specs[grid.index[name]], of_segment[grid.segment_at(name, x)]
        # Points run from the end by which a section is joined.
        backwards = spec.points is not None and spec.parent is not None and spec.child_end == 1
        position[node] = last[cones[-1]] if (x == 1) != backwards else first[cones[0]]
    return position
