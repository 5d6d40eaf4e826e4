"""A measure along the tree that is 1 at every tip: uniform along the longest path, and stretched along the others."""

from collections.abc import Iterator, Sequence

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
        self.cables, self.entries, self.rows = cables, entries, rows
        self.below: dict[int, list[int]] = {k: [] for k in rows.tolist()}
        self.starts = []
        towards = entries.towards.tolist()
        for k in self.below:
            if towards[k] != k and towards[k] in self.below:
                self.below[towards[k]].append(k)
            else:
                self.starts.append(k)
        self.along, self.at, self.L = entries.along.tolist(), entries.at.tolist(), cables.L.tolist()
        moved = np.zeros(len(cables.L))
        moved[rows] = shift
        self.p = (entries.far - moved).tolist()  # where each section is come into
        self.farthest = self._farthest()

    def result(self) -> tuple[Floats, tuple[float, float]]:
        """Walk all parts."""
        cables, along = self.cables, self.entries.along
        q, slope = np.zeros(len(cables.L)), np.zeros(len(cables.L))
        bent: dict[int, list[tuple[Floats, Floats]]] = {}  # of sections with branch points on them
        found: dict[int, float] = {}  # q where each section is come into
        for k in self._outwards():
            entry, p = self.along[k], self.p[k]
            start = q[k] = found[k] if k in found else p / self.farthest[k]
            beyond = {0.0: self.L[k], self.L[k]: 0.0}.get(entry)  # the other end, if it is come into at one
            if beyond is not None and all(self.at[other] == beyond for other in self.below[k]):
                rest = self.farthest[k] - p
                slope[k] = (1 - start) / rest if rest > 0 else 0.0
                found |= dict.fromkeys(self.below[k], start + slope[k] * self.L[k])
            else:
                bent[k] = [self._line(k, sign, entry, p, start, found) for sign in (-1, 1)]
        here = np.zeros(len(cables.L), bool)
        here[self.rows] = True
        inside = here[cables.section]
        owner, middles = cables.section[inside], cables.middles[inside]
        values = q[owner] + slope[owner] * np.abs(middles - along[owner])
        ends = q[:, None] + slope[:, None] * np.abs(np.column_stack([np.zeros_like(q), cables.L]) - along[:, None])
        for k, lines in bent.items():
            mine = slice(*np.searchsorted(owner, [k, k + 1]))
            values[mine] = _on(lines, along[k], middles[mine])
            ends[k] = _on(lines, along[k], np.array([0.0, cables.L[k]]))
        every = np.concatenate([values, ends[self.rows].ravel()])
        return values, (float(every.min()), float(every.max()))

    def _line(
        self, k: int, sign: int, entry: float, p: float, q: float, found: dict[int, float]
    ) -> tuple[Floats, Floats]:
        """Go along a section in one direction, from branch point to branch point, noting q where others are joined.

        **Returns:** how far along the section it turns, rising, and q there.
        """
        ways = [(sign * (self.at[other] - entry), other) for other in self.below[k]]
        ahead = sorted((way, other) for way, other in ways if way > 0 or (way == 0 and sign > 0))
        stops = [*ahead, (sign * ((self.L[k] if sign > 0 else 0.0) - entry), -1)]
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
        return np.array(arcs[::sign]), np.array(values[::sign])

    def _outwards(self) -> Iterator[int]:
        waiting = list(self.starts)
        for k in waiting:
            yield k
            waiting.extend(self.below[k])

    def _farthest(self) -> dict[int, float]:
        """For each section the measure at the farthest tip that is reached through it."""
        farthest: dict[int, float] = {}
        for k in reversed(list(self._outwards())):
            own = self.p[k] + max(self.along[k], self.L[k] - self.along[k])
            farthest[k] = max([own, *(farthest[other] for other in self.below[k])])
        return farthest


def _on(lines: Sequence[tuple[Floats, Floats]], entry: float, arc: Floats) -> Floats:
    """Give q at places along a section that has a line in each direction from where it is come into."""
    before, after = (np.interp(arc, *line) for line in lines)
    return np.where(arc < entry, before, after)
