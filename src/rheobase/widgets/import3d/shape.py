"""A morphology on the screen: its points as they were traced, and the sections made of them."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rheobase.morphology import Morphology, SectionShape, region_name
from rheobase.morphology.readers.outlines import outlines
from rheobase.widgets.actions import ActingWidget
from rheobase.widgets.viewer import ViewerTraits

_LEAST_RADIUS = 0.01  # um; what is drawn of a point without any
_WIDEST = np.iinfo(np.int32)


class ShapeTraits(ViewerTraits, ActingWidget):
    """What the picture of a morphology needs.

    - `points`: float32 (n, 4), x, y, z and diameter of each point, um; `point_facts`: int32 (n, 4), the index of its
      parent, its type, its line and the index of its section, -1 where that was left out.
    - `kinds`: the types there are, each with its name.
    - `contours`: float32 (m, 3), um, outlines of a soma, one after the other, of `contour_sizes` points each.
    - `opened`: grows with each morphology opened; `measured` with each change of what statistics tell.
    """

    points = traitlets.Bytes().tag(sync=True)
    point_facts = traitlets.Bytes().tag(sync=True)
    kinds: Any = traitlets.List().tag(sync=True)
    contours = traitlets.Bytes().tag(sync=True)
    contour_sizes: Any = traitlets.List().tag(sync=True)
    opened = traitlets.Int().tag(sync=True)
    measured = traitlets.Int().tag(sync=True)

    _morphology: Morphology | None = None
    _shown: Morphology | None = None

    @property
    def morphology(self) -> Morphology | None:
        """The morphology that is open; None before one is."""
        return self._morphology

    @property
    def open_morphology(self) -> Morphology:
        """The morphology that is open. **Raises:** ValueError while there is none."""
        if self._morphology is None:
            raise ValueError("open a morphology first")
        return self._morphology

    def show_shape(self, morphology: Morphology) -> None:
        """Show the points and sections of a morphology: of the one that is open, or of one that it might become."""
        self._shown = morphology
        samples = morphology.samples
        home = np.full(len(samples), -1)
        for k, shape in enumerate(morphology.sections):
            home[shape.first : shape.last + 1] = k
        facts = np.column_stack([samples.parent, samples.type, samples.line, home])
        self.points = np.column_stack([samples.xyz, samples.diam]).astype(np.float32).tobytes()
        self.point_facts = facts.clip(_WIDEST.min, _WIDEST.max).astype(np.int32).tobytes()
        self.kinds = [{"type": kind, "name": region_name(kind)} for kind in np.unique(samples.type).tolist()]
        self._show_sections(morphology.sections)

    def show_outlines(self, morphology: Morphology) -> None:
        """Show the outlines of somata that the file has."""
        found = outlines(morphology.text, morphology.format)
        self.contour_sizes = [len(each) for each in found]
        self.contours = b"".join(np.ascontiguousarray(each, np.float32).tobytes() for each in found)

    def _show_sections(self, shapes: tuple[SectionShape, ...]) -> None:
        pieces = [_pieces(shape.points) for shape in shapes]
        counts = [len(each) for each in pieces]
        lengths = [float(np.linalg.norm(each[:, 4:7] - each[:, :3], axis=1).sum()) for each in pieces]
        widths = [float(each[:, [3, 7]].mean()) * 2 if len(each) else 0.0 for each in pieces]
        self.geometry = np.concatenate(pieces).astype(np.float32).tobytes()
        self.segments = np.repeat(np.arange(len(shapes)), counts).astype(np.int32).tobytes()
        self.segment_diam = np.array(widths, np.float32).tobytes()
        self.segment_distance = np.array(distances(shapes, lengths), np.float32).tobytes()
        self.sections = [
            {"name": shape.name, "region": region_name(shape.type), "first": k, "nseg": 1}
            for k, shape in enumerate(shapes)
        ]


def _pieces(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The frusta between points, (m, 8), less those without a length; of points all in one place the first."""
    ends = np.column_stack([points[:, :3], np.maximum(points[:, 3] / 2, _LEAST_RADIUS)])
    pieces = np.concatenate([ends[:-1], ends[1:]], axis=1)
    real = (pieces[:, :3] != pieces[:, 4:7]).any(axis=1)
    return pieces[real] if real.any() else pieces[:1]


def distances(shapes: tuple[SectionShape, ...], lengths: list[float]) -> list[float]:
    """How far along the tree the middle of each section is from the middle of the root, um."""
    start: list[float] = []
    for shape in shapes:
        if shape.parent is None:
            start.append(0.0)
            continue
        above = shapes[shape.parent]
        from_middle = abs(shape.parent_x - 0.5) if above.parent is None else shape.parent_x
        start.append(start[shape.parent] + from_middle * lengths[shape.parent])
    return [
        here + (0.0 if shape.parent is None else length / 2)
        for shape, here, length in zip(shapes, start, lengths, strict=True)
    ]
