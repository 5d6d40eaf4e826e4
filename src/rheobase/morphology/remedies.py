"""What each remedy does to the samples."""

from collections.abc import Callable, Iterator

import numpy as np

from rheobase.morphology.diameters import DEFAULT
from rheobase.morphology.forest import Kin, roots, subtree
from rheobase.morphology.samples import SOMA, Floats, Integers, Samples

_MOST_PIECES = 5000  # that are joined one after the other, the nearest first
_FURTHEST = 50  # samples that one looks along for a diameter
_BLOCK = 2**20  # distances worked out at once
FORK_AND_END = (5, 6)  # the types of samples where branches fork and end, in old files

Deed = Callable[[Samples, Integers], Samples]  # of samples and the indices of those that have the problem


def apply(samples: Samples, code: str, remedy: str, at: Integers) -> Samples:
    """Give samples in which a remedy was applied to all problems of a code at these samples, in any order.

    A remedy that is no deed takes the meaning that the samples show already.
    """
    deed = _DEEDS.get((code, remedy)) or _DEEDS.get(("", remedy))
    return samples if deed is None else deed(samples, np.unique(at))


def joined(samples: Samples, at: Integers) -> Samples:
    """Join each of these trees, or subtrees, to the nearest point of the others; the nearest of them first."""
    parent, joint = samples.parent.copy(), samples.joint.copy()
    parent[at], joint[at] = -1, np.nan
    tree = roots(parent)
    inside = ~np.isin(tree, at)  # what is in place already
    if not inside.any():
        inside = tree == at[0]
    waiting = at[~inside[at]]
    nearest, gap, open_ = np.full(len(waiting), -1), np.full(len(waiting), np.inf), np.ones(len(waiting), dtype=bool)
    new = np.flatnonzero(inside)
    if len(waiting) > _MOST_PIECES:  # dust, of which no piece is part of another
        from scipy.spatial import KDTree

        parent[waiting] = new[KDTree(samples.xyz[new]).query(samples.xyz[waiting])[1]]
        return samples.replace(parent=parent, joint=joint)
    for _ in range(len(waiting)):
        for some, k in _pairs(np.flatnonzero(open_), new):
            away = _root_distance(samples, waiting[some], k)
            best = np.argmin(away, axis=1)
            away = away[np.arange(len(some)), best]
            nearer = away < gap[some]
            gap[some[nearer]], nearest[some[nearer]] = away[nearer], k[best[nearer]]
        next_ = int(np.argmin(np.where(open_, gap, np.inf)))
        open_[next_] = False
        parent[waiting[next_]] = nearest[next_]
        new = np.flatnonzero(tree == waiting[next_])
    return samples.replace(parent=parent, joint=joint)


def _pairs(one: Integers, other: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Cut the pairs of two sets into blocks that fit into memory."""
    rows = max(1, _BLOCK // len(other))
    for k in range(0, len(one), rows):
        yield one[k : k + rows], other


def _root_distance(samples: Samples, at: Integers, among: Integers) -> Floats:
    """Give how far each of some roots is from the surface at each of other samples, um."""
    from scipy.spatial.distance import cdist

    away: Floats = cdist(samples.xyz[at], samples.xyz[among]) - samples.diam[among] / 2
    # Somata touch with their own surfaces too.
    both = np.outer(samples.type[at] == SOMA, samples.type[among] == SOMA)
    return away - np.where(both, samples.diam[at, None] / 2, 0.0)


def surface_distance(samples: Samples, among: Integers, place: Floats) -> Floats:
    """Give how far a place is from the surface at each of some samples, um; negative inside."""
    away: Floats = np.linalg.norm(samples.xyz[among] - place, axis=1) - samples.diam[among] / 2
    return away


def trees_joined(samples: Samples, at: Integers) -> Samples:
    """Join the whole trees of these samples to the nearest point of the others."""
    return joined(samples, np.unique(roots(samples.parent)[at]))


def left_out(samples: Samples, at: Integers) -> Samples:
    """Leave these samples out, and all that hangs on them."""
    gone = np.zeros(len(samples), dtype=bool)
    gone[at] = True
    for k, above in enumerate(samples.parent.tolist()):
        if above >= 0 and gone[above]:
            gone[k] = True
    return samples.take(np.flatnonzero(~gone))


def trees_left_out(samples: Samples, at: Integers) -> Samples:
    """Leave the whole trees of these samples out."""
    return left_out(samples, np.unique(roots(samples.parent)[at]))


def dropped(samples: Samples, at: Integers) -> Samples:
    """Leave out these samples alone; what hangs on them hangs on their parents."""
    gone = np.zeros(len(samples), dtype=bool)
    gone[at] = True
    parent, joint = samples.parent.copy(), samples.joint.copy()
    for k, above in enumerate(samples.parent.tolist()):
        if above >= 0 and gone[above]:
            parent[k] = parent[above]
            joint[k] = joint[above] if np.isnan(joint[k]) else joint[k]
    return samples.replace(parent=parent, joint=joint).take(np.flatnonzero(~gone))


def like_neighbours(samples: Samples, at: Integers) -> Samples:
    """Give these samples the mean diameter of the samples next to them, somata aside."""
    diam = samples.diam.copy()
    doubtful = set(at.tolist())
    kin = Kin(samples)
    for k in at.tolist():
        found = neighbour_diameters(samples, kin, diam, doubtful, k)
        diam[k] = float(np.float32(np.mean(found))) if found else DEFAULT
        doubtful.discard(k)
    return samples.replace(diam=diam)


def neighbour_diameters(samples: Samples, kin: Kin, diam: Floats, doubtful: set[int], k: int) -> list[float]:
    """Give the diameters of the nearest samples above and below that are sure, along the unbranched way."""
    soma = samples.type[k] == SOMA
    up = int(samples.parent[k])
    down = kin.children(k)
    for _ in range(_FURTHEST):
        up = int(samples.parent[up]) if up in doubtful else up
        down = kin.children(down[0]) if len(down) == 1 and down[0] in doubtful else down
    around = [*([up] if up >= 0 else []), *down]
    return [float(diam[each]) for each in around if each not in doubtful and (samples.type[each] == SOMA) == soma]


def like_parent(samples: Samples, at: Integers) -> Samples:
    """Give these samples, and those of their type that follow, the type of their parent."""
    kind = samples.type.copy()
    changed = np.zeros(len(samples), dtype=bool)
    starts = set(at.tolist())
    for k, above in enumerate(samples.parent.tolist()):
        if above < 0:
            continue
        if k in starts or (changed[above] and samples.type[k] == samples.type[above]):
            kind[k], changed[k] = kind[above], True
    return samples.replace(type=kind)


def like_subtree(samples: Samples, sample: int, kind: int, *, whole: bool) -> Samples:
    """Give a sample a type, and, if `whole`, all that hangs on it."""
    at = subtree(samples, sample) if whole else np.array([sample])
    if (samples.type[at] == kind).all():
        return samples
    kinds = samples.type.copy()
    kinds[at] = kind
    return samples.replace(type=kinds)


def unmarked(samples: Samples, at: Integers) -> Samples:
    """Give all samples that mark forks and ends the type of what they follow, or of what follows them."""
    del at
    kind, parents = samples.type.copy(), samples.parent.tolist()
    for k, above in enumerate(parents):
        if above >= 0 and kind[k] in FORK_AND_END and kind[above] != SOMA:
            kind[k] = kind[above]
    for k in range(len(parents) - 1, 0, -1):
        above = parents[k]
        if above >= 0 and kind[above] in FORK_AND_END and kind[k] not in FORK_AND_END:
            kind[above] = kind[k]
    return samples.replace(type=kind)


def shifted(samples: Samples, at: Integers) -> Samples:
    """Shift these samples in z to their parents, each with all that hangs on it."""
    down = np.zeros(len(samples))
    down[at] = samples.xyz[at, 2] - samples.xyz[samples.parent[at], 2]
    for k, above in enumerate(samples.parent.tolist()):
        if above >= 0:
            down[k] += down[above]
    return _with_z(samples, samples.xyz[:, 2] - down)


def levelled(samples: Samples, at: Integers) -> Samples:
    """Put these samples half way between their parents and what follows them in z."""
    z, kin = samples.xyz[:, 2].copy(), Kin(samples)
    for k in at.tolist():
        around = [int(samples.parent[k]), *kin.children(k)[:1]]
        z[k] = samples.xyz[around, 2].mean()
    return _with_z(samples, z)


def _with_z(samples: Samples, z: Floats) -> Samples:
    xyz = samples.xyz.copy()
    xyz[:, 2] = z.astype(np.float32)
    return samples.replace(xyz=xyz)


def as_sphere(samples: Samples, at: Integers) -> Samples:
    """Make one sample of the soma's outline: its centre, and its mean distance from there as the radius."""
    del at
    soma = np.flatnonzero(samples.type == SOMA)
    centre = samples.xyz[soma].mean(axis=0)
    xyz, diam = samples.xyz.copy(), samples.diam.copy()
    xyz[0] = centre.astype(np.float32)
    diam[0] = np.float32(2 * np.linalg.norm(samples.xyz[soma] - centre, axis=1).mean())
    return dropped(samples.replace(xyz=xyz, diam=diam), soma[1:])


def with_soma(samples: Samples, at: Integers) -> Samples:
    """Make these samples a soma."""
    kind = samples.type.copy()
    kind[at] = SOMA
    return samples.replace(type=kind)


def centred(samples: Samples, at: Integers) -> Samples:
    """Move the cell so that it begins at the origin."""
    del at
    return samples.replace(xyz=(samples.xyz - samples.xyz[0]).astype(np.float32).astype(float))


# By code and remedy; for any code where none is given.
_DEEDS: dict[tuple[str, str], Deed] = {
    ("", "join"): joined,
    ("", "leave-out"): left_out,
    ("", "neighbours"): like_neighbours,
    ("", "like-parent"): like_parent,
    ("several-somata", "join"): trees_joined,
    ("several-somata", "leave-out"): trees_left_out,
    ("duplicate-id", "drop"): dropped,
    ("type-change", "unmark"): unmarked,
    ("z-jump", "shift"): shifted,
    ("z-jump", "level"): levelled,
    ("soma-contour", "sphere"): as_sphere,
    ("no-soma", "make-soma"): with_soma,
    ("zero-length", "centre"): centred,
}
