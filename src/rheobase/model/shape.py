"""The cell's shape in space, as arrays for a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.model.location import Location
from rheobase.model.places import regions_of
from rheobase.model.values import SectionSpec
from rheobase.morphology import Outline, layout, segment_frusta
from rheobase.morphology.geometry import arc_lengths

if TYPE_CHECKING:
    from rheobase.model.cell import Cell
    from rheobase.model.document import Document


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What a picture of a cell needs.

    **Fields:**

    - `frusta`: (m, 8) float32: x, y, z and radius of one end, then of the other, um, cut where segments end.
    - `segment`: (m,) int32, the segment each frustum belongs to, counted over the cell in document order.
    - `section_names`, `types`: (n_sections,) the name of each section and the region it is coloured by.
    - `first_segment`, `nseg`: (n_sections,) int32, where a section's segments start and how many they are.
    - `path_distance`, `diam`: (n_segments,) um, the distance from the middle of the root along the tree, and the
      mean diameter.
    """

    frusta: NDArray[np.float32]
    segment: NDArray[np.int32]
    section_names: tuple[str, ...]
    types: tuple[str, ...]
    first_segment: NDArray[np.int32]
    nseg: NDArray[np.int32]
    path_distance: NDArray[np.float64]
    diam: NDArray[np.float64]

    @property
    def n_segments(self) -> int:
        """The number of segments."""
        return len(self.diam)


def cell_shape(cell: Cell) -> Shape:
    """Give a cell's shape in space. Sections without 3-D points are laid out in the manner of NEURON's define_shape.

    >>> from rheobase.model import Cell
    >>> cell = Cell("one")
    >>> soma = cell.add_section("soma", L=20, diam=20, nseg=3)
    >>> shape = cell_shape(cell)
    >>> shape.segment.tolist(), shape.types
    ([0, 1, 2], ('soma',))
    """
    specs = tuple(cell.document.sections.values())
    index = {spec.name: k for k, spec in enumerate(specs)}
    counts = [spec.nseg for spec in specs]
    first = list(accumulate(counts, initial=0))[:-1]
    frusta, segments = [np.zeros((0, 8), np.float32)], [np.zeros(0, np.int32)]
    for spec, points, nseg, start in zip(specs, layout(_outlines(specs)), counts, first, strict=True):
        cones, within = _frusta(points.tobytes(), nseg)
        if spec.points is not None and spec.parent is not None and spec.child_end == 1:
            within = nseg - 1 - within  # given points run from the joined end, which is here the end 1
        frusta.append(cones)
        segments.append(within + np.int32(start))
    return Shape(
        frusta=np.concatenate(frusta),
        segment=np.concatenate(segments),
        section_names=tuple(index),
        types=tuple(regions_of(spec)[-1] for spec in specs),
        first_segment=np.array(first, np.int32),
        nseg=np.array(counts, np.int32),
        path_distance=cell.path_distance(),
        diam=np.concatenate([spec.geometry.diam for spec in specs]) if specs else np.zeros(0),
    )


@lru_cache(maxsize=20_000)
def _frusta(points: bytes, nseg: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Cut a section of a picture where its segments end: most are as they were before an edit."""
    return segment_frusta(np.frombuffer(points).reshape(-1, 4), nseg)


def position(document: Document, at: Location) -> NDArray[np.float64]:
    """Give where a place of a cell is, x, y and z in um: on the section's own points, or else in the picture."""
    specs = tuple(document.sections.values())
    k = next(k for k, spec in enumerate(specs) if spec.name == at.section)
    spec = specs[k]
    points = layout(_outlines(specs))[k] if spec.points is None else np.array(spec.points)
    reverse = spec.points is not None and spec.parent is not None and spec.child_end == 1
    arc = arc_lengths(points)
    along = (1 - at.x if reverse else at.x) * arc[-1]
    return np.array([np.interp(along, arc, points[:, axis]) for axis in range(3)])


def _outlines(specs: tuple[SectionSpec, ...]) -> list[Outline]:
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
