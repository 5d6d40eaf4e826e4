"""The edits by which a person's hand sets a shape right."""

import operator
from abc import abstractmethod
from collections.abc import Hashable, Iterable
from typing import Self

import numpy as np

from rheobase.documents import Editable
from rheobase.morphology.forest import in_order, subtree
from rheobase.morphology.remedies import left_out, like_subtree
from rheobase.morphology.samples import Floats, Integers, Samples, region_name

_LARGEST = 1e7  # um
_TYPES = 2**31


class ShapeEdits(Editable):
    """What a hand can do to the samples of a shape, each an edit of its own that gives the shape itself.

    `sample` is the index of a sample in `samples`; `coalesce` a key that names one drag, and `origin` who edits, as of
    `edit`.
    """

    @property
    @abstractmethod
    def samples(self) -> Samples:
        """The points, parents before children."""

    @abstractmethod
    def take_samples(self, samples: Samples, decided: Iterable[str] = (), at: Iterable[int] = ()) -> None:
        """Within an edit, take other samples; problems of the codes `decided` at the samples `at` are settled by it."""

    def shift_subtree(self, sample: int, dz: float, *, coalesce: Hashable = None, origin: str | None = None) -> Self:
        """Move a sample and all that hangs on it by `dz` um along z."""
        with self.edit("Shift in z", coalesce=coalesce, origin=origin):
            at = subtree(self.samples, self._checked(sample))
            self._take_z(at, self.samples.xyz[at, 2] + _number("dz", dz), ("z-jump", "dangling-tree"))
        return self

    def average_with_neighbours(self, sample: int, *, origin: str | None = None) -> Self:
        """Put the z of a sample half way between its own and the mean of its parent's and children's."""
        k = self._checked(sample)
        samples = self.samples
        around = np.flatnonzero(samples.parent == k)
        if samples.parent[k] >= 0:
            around = np.append(around, samples.parent[k])
        if len(around):
            with self.edit("Average z", origin=origin):
                z = samples.xyz[:, 2]
                self._take_z(np.array([k]), np.array([(z[k] + z[around].mean()) / 2]), ("z-jump",))
        return self

    def median_z(self, samples: Iterable[int] | None = None, window: int = 3, *, origin: str | None = None) -> Self:
        """Give samples the median z of those around them along their unbranched stretch.

        **Arguments:** `samples`, by default all; `window`, the number of samples that a median is taken of, odd. At an
        end or a branch the window takes in what there is on both sides equally; the first and the last sample of a
        stretch stay where they are.

        **Raises:** `ValueError` for a window that is not odd and 3 or more.
        """
        if window != int(window) or window < 3 or window % 2 == 0:
            raise ValueError(f"window = {window!r}: must be an odd number from 3")
        chosen = None if samples is None else np.unique([self._checked(k) for k in samples])
        z = _running_median(self.samples, window // 2)
        at = np.arange(len(z)) if chosen is None else chosen.astype(np.int64)
        at = at[z[at] != self.samples.xyz[at, 2]]
        if len(at):
            with self.edit("Median of z", origin=origin):
                self._take_z(at, z[at], ("z-jump",))
        return self

    def reattach(self, sample: int, parent: int, *, origin: str | None = None) -> Self:
        """Let a sample, with all that hangs on it, hang on another one.

        **Raises:** `ValueError` if the other one hangs on it itself.
        """
        k, above = self._checked(sample), self._checked(parent)
        samples = self.samples
        if above in subtree(samples, k):
            raise ValueError(f"sample {samples.id[k]} cannot hang on {samples.id[above]}, which hangs on it")
        if samples.parent[k] == above:
            return self
        parents, joint = samples.parent.copy(), samples.joint.copy()
        parents[k], joint[k] = above, np.nan
        with self.edit("Reattach", origin=origin):
            moved = in_order(samples.replace(parent=parents, joint=joint))
            self.take_samples(moved, ("missing-parent", "cycle", "dangling-tree"), [k])
        return self

    def remove_subtree(self, sample: int, *, origin: str | None = None) -> Self:
        """Leave out a sample and all that hangs on it.

        **Raises:** `ValueError` if nothing would be left.
        """
        k = self._checked(sample)
        if len(subtree(self.samples, k)) == len(self.samples):
            raise ValueError("nothing would be left of the cell")
        with self.edit("Remove subtree", origin=origin):
            self.take_samples(in_order(left_out(self.samples, np.array([k]))))
        return self

    def set_type(self, sample: int, type: int, subtree: bool = True, *, origin: str | None = None) -> Self:  # noqa: A002
        """Give a sample another type, 1 soma, 2 axon, 3 dendrite, 4 apical, ..., with all that hangs on it.

        **Arguments:** `subtree`, whether what hangs on it goes along.
        """
        if type != int(type) or abs(type) >= _TYPES:
            raise ValueError(f"type = {type!r}: must be a whole number, such as 1 soma, 2 axon, 3 dendrite or 4 apical")
        k = self._checked(sample)
        changed = like_subtree(self.samples, k, int(type), whole=subtree)
        if changed is not self.samples:
            with self.edit(f"Make {region_name(int(type))}", origin=origin):
                self.take_samples(in_order(changed), ("type-change",), [k])
        return self

    def set_diam(self, sample: int, d: float, *, coalesce: Hashable = None, origin: str | None = None) -> Self:
        """Give a sample another diameter, um.

        **Raises:** `ValueError` unless it is positive and finite.
        """
        k, wide = self._checked(sample), _number("diam", d)
        if not np.float32(wide) > 0:
            raise ValueError(f"diam = {d!r}: must be positive and finite (um)")
        diam = self.samples.diam.copy()
        diam[k] = np.float32(wide)
        with self.edit("Set diameter", coalesce=coalesce, origin=origin):
            self.take_samples(
                self.samples.replace(diam=diam), ("zero-diameter", "negative-diameter", "wild-diameter"), [k]
            )
        return self

    def largest_z_jump(self) -> int:
        """Give the sample that lies furthest above or below its parent."""
        samples = self.samples
        jumps = np.abs(np.where(samples.parent < 0, 0.0, samples.xyz[:, 2] - samples.xyz[samples.parent, 2]))
        return int(np.argmax(jumps))

    def _checked(self, sample: int) -> int:
        k, count = operator.index(sample), len(self.samples)
        if not 0 <= k < count:
            raise IndexError(f"there is no sample {k}; there are {count}, counted from 0")
        return k

    def _take_z(self, at: Integers, z: Floats, decided: tuple[str, ...]) -> None:
        if (np.abs(z) > _LARGEST).any():
            raise ValueError(f"z would be beyond {_LARGEST:g} um")
        xyz = self.samples.xyz.copy()
        xyz[at, 2] = z.astype(np.float32)
        self.take_samples(self.samples.replace(xyz=xyz), decided, at.tolist())


def _number(name: str, value: float) -> float:
    if isinstance(value, bool | str) or not np.isfinite(value) or abs(value) > _LARGEST:
        raise ValueError(f"{name} = {value!r}: must be a finite number, um")
    return float(value)


def _running_median(samples: Samples, reach: int) -> Floats:
    """Give each sample's median z along its unbranched stretch, `reach` samples to either side at most."""
    parent, z = samples.parent.tolist(), samples.xyz[:, 2]
    count = np.bincount(samples.parent[samples.parent >= 0], minlength=len(samples))
    stretch: list[list[int]] = []
    of = [0] * len(parent)
    for k, above in enumerate(parent):
        if above >= 0 and count[above] == 1 and samples.type[above] == samples.type[k]:
            of[k] = of[above]
        else:
            of[k] = len(stretch)
            # A stretch takes in the sample that it leaves, so that its own first sample has two neighbours.
            alike = above >= 0 and samples.type[above] == samples.type[k]
            stretch.append([above] if alike else [])
        stretch[of[k]].append(k)
    found = z.copy()
    for members in stretch:
        for i in range(1, len(members) - 1):
            near = min(reach, i, len(members) - 1 - i)
            found[members[i]] = np.median(z[members[i - near : i + near + 1]])
    return found
