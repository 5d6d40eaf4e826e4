"""What each remedy does to the samples."""

from collections.abc import Callable

import numpy as np

from rheobase.morphology.diameters import DEFAULT
from rheobase.morphology.forest import roots, subtree
from rheobase.morphology.samples import SOMA, Floats, Integers, Samples

Deed = Callable[[Samples, Integers], Samples]  # of samples and the indices of those that have the problem


def apply(samples: Samples, code: str, remedy: str, at: Integers) -> Samples:
    """Give samples in which a remedy was applied to all problems of a code at these samples, in any order."""
    return DEEDS[code, remedy](samples, np.unique(at))


def left_as_is(samples: Samples, at: Integers) -> Samples:
    """Take the meaning that the samples show already."""
    del at
    return samples


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


def centred(samples: Samples, at: Integers) -> Samples:
    """Move the cell so that it begins at the origin."""
    del at
    return samples.replace(xyz=(samples.xyz - samples.xyz[0]).astype(np.float32).astype(float))


DEEDS: dict[tuple[str, str], Deed] = {
    ("duplicate-id", "renumber"): left_as_is,
    ("duplicate-id", "drop"): dropped,
    ("zero-diameter", "default"): left_as_is,
    ("zero-diameter", "neighbours"): like_neighbours,
    ("negative-diameter", "absolute"): left_as_is,
    ("negative-diameter", "neighbours"): like_neighbours,
    ("cycle", "join"): joined,
    ("cycle", "leave-out"): left_out,
    ("cycle", "root"): left_as_is,
    ("missing-parent", "join"): joined,
    ("missing-parent", "leave-out"): left_out,
    ("missing-parent", "root"): left_as_is,
    ("several-somata", "join"): trees_joined,
    ("several-somata", "leave-out"): trees_left_out,
    ("several-somata", "like-parent"): like_parent,
    ("several-somata", "keep"): left_as_is,
    ("several-roots", "join"): joined,
    ("several-roots", "leave-out"): left_out,
    ("several-roots", "keep"): left_as_is,
    ("dangling-tree", "join"): joined,
    ("dangling-tree", "leave-out"): left_out,
    ("dangling-tree", "keep"): left_as_is,
    ("soma-contour", "keep"): left_as_is,
    ("zero-length", "centre"): centred,
}
