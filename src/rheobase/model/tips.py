"""A measure along the tree that is 1 at every tip: uniform along the longest path, and stretched along the others."""

from collections.abc import Iterator

import numpy as np

from rheobase.model.distance import Cables, Entries, Floats, Ints


def to_tips(cables: Cables, entries: Entries, rows: Ints, shift: Floats) -> tuple[Floats, tuple[float, float]]:
    """Give the path distance of each segment of some sections, so scaled that it is 1 at each of their tips.

    From where a path comes into a connected part it grows evenly to the farthest tip, and along each side branch evenly
    from the value at the branch point to its own farthest tip.

    **Arguments:** `rows`: the sections, in document order; `shift`: what is subtracted from the distance in each.

    **Returns:** a number for each segment, and the lowest and the highest, ends included.
    """
    return _Stretch(cables, entries, rows, shift).result()


class _Stretch:
    """The walk along the parts of a place, from where it is come into."""

    def __init__(self, cables: Cables, entries: Entries, rows: Ints, shift: Floats) -> None:
        self.cables, self.entries, self.rows = cables, entries, rows.tolist()
        self.shift = dict(zip(self.rows, shift.tolist(), strict=True))
        self.below: dict[int, list[int]] = {k: [] for k in self.rows}
        self.starts = []
        for k in self.rows:
            towards = int(entries.towards[k])
            if towards != k and towards in self.below:
                self.below[towards].append(k)
            else:
                self.starts.append(k)
        self.farthest = self._farthest()
        self.lines: dict[int, list[tuple[Floats, Floats]]] = {}  # for both directions: arc along the section, and q

    def result(self) -> tuple[Floats, tuple[float, float]]:
        """Walk all parts."""
        found: dict[int, float] = {}  # q where each section is come into
        for k in self._outwards():
            entry = float(self.entries.along[k])
            p = float(self.entries.far[k]) - self.shift[k]
            q = found.get(k)
            if q is None:
                q = p / self.farthest[k]
            self.lines[k] = []
            for sign in (-1, 1):
                arcs, values = self._line(k, sign, entry, p, q, found)
                order = np.argsort(arcs)
                self.lines[k].append((np.array(arcs)[order], np.array(values)[order]))
        pieces, low, high = [], np.inf, -np.inf
        cables = self.cables
        for k in self.rows:
            first = cables.first[k]
            middles = cables.middles[first : first + cables.nseg[k]]
            sampled = np.concatenate([[0.0], middles, [cables.L[k]]])
            before, after = (np.interp(sampled, *line) for line in self.lines[k])
            q = np.where(sampled < self.entries.along[k], before, after)
            low, high = min(low, float(q.min())), max(high, float(q.max()))
            pieces.append(q[1:-1])
        return np.concatenate(pieces), (low, high)

    def _line(
        self, k: int, sign: int, entry: float, p: float, q: float, found: dict[int, float]
    ) -> tuple[list[float], list[float]]:
        """Go along a section in one direction, from branch point to branch point, noting q where others are joined."""
        last = float(self.cables.L[k]) if sign > 0 else 0.0
        here = [(float(self.entries.at[other]), other) for other in self.below[k]]
        ahead = sorted((sign * (at - entry), other) for at, other in here if sign * (at - entry) >= 0)
        if sign < 0:
            ahead = [(way, other) for way, other in ahead if way > 0]
        stops = [*ahead, (sign * (last - entry), -1)]
        far = [p + way if other < 0 else self.farthest[other] for way, other in stops]
        limits = np.maximum.accumulate(far[::-1])[::-1].tolist()  # the farthest tip from each stop on
        arcs, values = [entry], [q]
        at = 0.0
        for (way, other), limit in zip(stops, limits, strict=True):
            if way > at:
                rest = limit - (p + at)
                q += (1 - q) * (way - at) / rest if rest > 0 else 0.0
                at = way
            if other >= 0:
                found[other] = q
            arcs.append(entry + sign * at)
            values.append(q)
        return arcs, values

    def _outwards(self) -> Iterator[int]:
        waiting = list(self.starts)
        for k in waiting:
            yield k
            waiting.extend(self.below[k])

    def _farthest(self) -> dict[int, float]:
        """For each section the measure at the farthest tip that is reached through it."""
        entries, L = self.entries, self.cables.L
        farthest: dict[int, float] = {}
        for k in reversed(list(self._outwards())):
            own = float(entries.far[k]) + max(float(entries.along[k]), float(L[k] - entries.along[k])) - self.shift[k]
            farthest[k] = max([own, *(farthest[other] for other in self.below[k])])
        return farthest
