"""Distances along the tree."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from rheobase.model.location import Location
from rheobase.model.names import UnknownName
from rheobase.model.values import SectionSpec


def path_distance(sections: Iterable[SectionSpec], origin: Location | None = None) -> NDArray[np.float64]:
    """Give the distance from `origin` along the tree to the middle of every segment.

    As NEURON's `h.distance`: the origin and the places where sections are joined are those of the grid, that is
    the ends of a section and the middles of its segments.

    **Arguments:**

    - `sections`: the sections of a cell in document order, parents before children.
    - `origin`: where the distance is 0; by default the middle of the root section.

    **Returns:** (n_segments,) array, um, in document order.

    **Raises:** `KeyError` if the origin's section is not there.
    """
    specs = {spec.name: spec for spec in sections}
    if not specs:
        return np.zeros(0)
    if origin is None:
        origin = Location(next(iter(specs)), 0.5)
    if origin.section not in specs:
        raise UnknownName("section", origin.section, specs)

    # For each section: where along it (um) a path from the origin comes in, and how long that path is.
    spec = specs[origin.section]
    arc, far = _arc(spec, origin.x), 0.0
    entry = {spec.name: (arc, far)}
    while spec.parent is not None:
        far += abs(arc - spec.child_end * spec.geometry.L)
        above = specs[spec.parent.section]
        arc = _arc(above, spec.parent.x)
        spec = above
        entry[spec.name] = (arc, far)
    pieces = []
    for spec in specs.values():
        if spec.name not in entry and spec.parent is not None:
            arc, far = entry[spec.parent.section]
            joint = _arc(specs[spec.parent.section], spec.parent.x)
            entry[spec.name] = (spec.child_end * spec.geometry.L, far + abs(joint - arc))
        arc, far = entry[spec.name]
        middles = (np.arange(spec.nseg) + 0.5) * (spec.geometry.L / spec.nseg)
        pieces.append(far + np.abs(middles - arc))
    return np.concatenate(pieces)


def _arc(spec: SectionSpec, x: float) -> float:
    """Give the arc length, um, of the grid point that `x` belongs to."""
    if x in (0.0, 1.0):
        return x * spec.geometry.L
    return (int(x * spec.nseg) + 0.5) * (spec.geometry.L / spec.nseg)
