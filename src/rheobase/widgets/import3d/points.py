"""The chosen point, and what a hand can do to it."""

from typing import Any

import numpy as np
import traitlets

from rheobase.morphology import Morphology, region_name
from rheobase.widgets.actions import action
from rheobase.widgets.import3d.deeds import DeedTraits


class PointTraits(DeedTraits):
    """The point that is looked at.

    - `chosen`: its index among the samples, -1 for none; the browser writes it too.
    - `point`: what there is to say of it.
    """

    chosen = traitlets.Int(-1).tag(sync=True)
    point: Any = traitlets.Dict().tag(sync=True)

    _chosen_id: int | None = None

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.observe(self._chosen_moved, "chosen")

    def choose(self, *, line: int) -> None:
        """Choose the point on a line of the file, or the first after it, and look at it."""
        self.chosen = int(self.at_line(line)["sample"])

    def show_point(self, morphology: Morphology) -> None:
        """Keep the chosen point chosen, if it is still there, and say what it is like now."""
        if self._chosen_id is not None:
            found = np.flatnonzero(morphology.samples.id == self._chosen_id)
            self.chosen = int(found[0]) if len(found) else -1
        self._describe()

    @action("point.at_line")
    def at_line(self, line: float | str) -> dict[str, Any]:
        """The point on a line, or on the first line after it that has one."""
        lines = self.open_morphology.samples.line
        wanted = _whole("line", line, 1)
        if wanted > int(lines.max()):
            raise ValueError(f"line {wanted}: the last point is on line {int(lines.max())}")
        later = np.where(lines >= wanted, lines, np.iinfo(np.int64).max)
        return {"sample": int(np.argmin(later))}

    @action("edit.z_jump")
    def largest_z_jump(self) -> dict[str, Any]:
        """The point whose z is furthest from its parent's."""
        return {"sample": int(self.open_morphology.largest_z_jump())}

    @action("edit.shift")
    def shift(self, sample: int, dz: float | str) -> None:
        """Shift a point and all beyond it in z, um."""
        at, by = self._known(sample), _number("the shift in z", dz)
        with self.deed(f"m.shift_subtree({at}, {by!r})"):
            self.open_morphology.shift_subtree(at, by)

    @action("edit.level")
    def level(self, sample: int) -> None:
        """Shift a point and all beyond it in z to the z of its parent."""
        at = self._known(sample)
        samples = self.open_morphology.samples
        above = int(samples.parent[at])
        if above < 0:
            raise ValueError("a root has no parent to be level with")
        self.shift(at, float(samples.xyz[above, 2] - samples.xyz[at, 2]))

    @action("edit.average")
    def average(self, sample: int) -> None:
        """Put a point between its neighbours."""
        at = self._known(sample)
        with self.deed(f"m.average_with_neighbours({at})"):
            self.open_morphology.average_with_neighbours(at)

    @action("edit.median")
    def median(self, sample: int = -1, window: float | str = 3) -> None:
        """Give every point the median z of the points around it."""
        width = _whole("the window", window, 3)
        with self.deed(f"m.median_z(window={width})"):
            self.open_morphology.median_z(window=width)

    @action("edit.reattach")
    def reattach(self, sample: int, parent: int | None = None, line: float | str | None = None) -> None:
        """Join a point to another, given by its index or its line."""
        at = self._known(sample)
        if parent is None:
            if line in (None, ""):
                raise ValueError("give the line of the point to join it to")
            wanted = _whole("line", line, 1)
            found = np.flatnonzero(self.open_morphology.samples.line == wanted)
            if not len(found):
                raise ValueError(f"there is no point on line {wanted}")
            parent = int(found[0])
        above = self._known(parent)
        with self.deed(f"m.reattach({at}, {above})"):
            self.open_morphology.reattach(at, above)

    @action("edit.remove")
    def remove(self, sample: int) -> None:
        """Take out a point and all beyond it."""
        at = self._known(sample)
        with self.deed(f"m.remove_subtree({at})"):
            self.open_morphology.remove_subtree(at)

    @action("edit.type")
    def set_type(self, sample: int, type: float | str, subtree: bool = True) -> None:  # noqa: A002  the field's name
        """Give a point, or it and all beyond it, a type."""
        at, kind = self._known(sample), _whole("the type", type, 0)
        with self.deed(f"m.set_type({at}, {kind}, subtree={bool(subtree)!r})"):
            self.open_morphology.set_type(at, kind, subtree=bool(subtree))

    @action("edit.diam")
    def set_diam(self, sample: int, diam: float | str) -> None:
        """Give a point a diameter, um."""
        at, wide = self._known(sample), _number("the diameter", diam)
        with self.deed(f"m.set_diam({at}, {wide!r})"):
            self.open_morphology.set_diam(at, wide)

    def _known(self, sample: Any) -> int:
        count = len(self.open_morphology.samples)
        if isinstance(sample, bool) or not isinstance(sample, int) or not 0 <= sample < count:
            raise ValueError("choose a point first")
        return sample

    def _chosen_moved(self, _: Any) -> None:
        with self.lock:
            morphology = self._morphology
            known = morphology is not None and 0 <= self.chosen < len(morphology.samples)
            self._chosen_id = int(morphology.samples.id[self.chosen]) if morphology is not None and known else None
            self._describe()

    def _describe(self) -> None:
        morphology = self._morphology
        if morphology is None or not 0 <= self.chosen < len(morphology.samples):
            self.point = {}
            return
        samples, at = morphology.samples, self.chosen
        above = int(samples.parent[at])
        beyond = np.zeros(len(samples), dtype=bool)
        beyond[at] = True
        for k, parent in enumerate(samples.parent[at + 1 :].tolist(), start=at + 1):
            beyond[k] = parent >= 0 and beyond[parent]
        x, y, z = (float(f"{each:.6g}") for each in samples.xyz[at])
        self.point = {
            "sample": at,
            "id": str(int(samples.id[at])),
            "line": int(samples.line[at]),
            "type": int(samples.type[at]),
            "kind": region_name(int(samples.type[at])),
            "x": x,
            "y": y,
            "z": z,
            "diam": float(f"{samples.diam[at]:.6g}"),
            "parent": "" if above < 0 else str(int(samples.id[above])),
            "parent_line": None if above < 0 else int(samples.line[above]),
            "children": int((samples.parent == at).sum()),
            "beyond": int(beyond.sum()) - 1,
        }


def _number(what: str, value: float | str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise ValueError(f"{what} is {str(value)[:40]!r}: give a number, um")
    return number


def _whole(what: str, value: Any, least: int) -> int:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else np.nan
    if not np.isfinite(number) or number != int(number) or number < least:
        raise ValueError(f"{what} is {str(value)[:40]!r}: give a whole number, {least} or more")
    return int(number)
