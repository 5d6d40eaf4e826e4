"""What each remedy does to the samples."""

from collections.abc import Callable

import numpy as np

from rheobase.morphology.diameters import DEFAULT
from rheobase.morphology.forest import roots, subtree
from rheobase.morphology.samples import SOMA, Floats, Integers, Samples

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
    nearest = np.full(len(waiting), -1)
    gap = np.full(len(waiting), np.inf)
    new = np.flatnonzero(inside)
    while len(waiting):
        for k, root in enumerate(waiting.tolist()):
            away = surface_distance(samples, new, samples.xyz[root])
            if samples.type[root] == SOMA:  # somata touch with their own surfaces too
                away -= np.where(samples.type[new] == SOMA, samples.diam[root] / 2, 0.0)
            best = int(np.argmin(away))
            if away[best] < gap[k]:
                gap[k], nearest[k] = away[best], new[best]
        k = int(np.argmin(gap))
        parent[waiting[k]] = nearest[k]
        new = np.flatnonzero(tree == waiting[k])
        waiting, nearest, gap = np.delete(waiting, k), np.delete(nearest, k), np.delete(gap, k)
    return samples.replace(parent=parent, joint=joint)


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
    doubtful = np.zeros(len(samples), dtype=bool)
    doubtful[at] = True
    for k in at.tolist():
        found = neighbour_diameters(samples, diam, doubtful, k)
        diam[k] = float(np.float32(np.mean(found))) if found else DEFAULT
        doubtful[k] = False
    return samples.replace(diam=diam)


def neighbour_diameters(samples: Samples, diam: Floats, doubtful: np.ndarray, k: int) -> list[float]:
    """Give the diameters of the nearest samples above and below that are sure, along the unbranched way."""
    found = []
    soma = samples.type[k] == SOMA
    up = int(samples.parent[k])
    while up >= 0 and doubtful[up]:
        up = int(samples.parent[up])
    if up >= 0 and (samples.type[up] == SOMA) == soma:
        found.append(float(diam[up]))
    down = np.flatnonzero(samples.parent == k)
    while len(down) == 1 and doubtful[down[0]]:
        down = np.flatnonzero(samples.parent == down[0])
    found += [float(diam[c]) for c in down.tolist() if not doubtful[c] and (samples.type[c] == SOMA) == soma]
    return found


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
    z = samples.xyz[:, 2].copy()
    for k in at.tolist():
        around = [samples.parent[k], *np.flatnonzero(samples.parent == k)[:1]]
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
