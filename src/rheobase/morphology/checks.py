"""What looks wrong about samples, whatever file they come from, and what can be done about it."""

from collections.abc import Iterator

import numpy as np

from rheobase.morphology import outliers
from rheobase.morphology.diameters import DEFAULT
from rheobase.morphology.forest import Kin, roots, subtree
from rheobase.morphology.problem import KEEP, Problem, Remedy, Severity
from rheobase.morphology.remedies import FORK_AND_END, neighbour_diameters, surface_distance
from rheobase.morphology.samples import APIC, AXON, DEND, SOMA, Integers, MorphologyError, Samples, region_name
from rheobase.morphology.sections import split_samples

_JOIN = Remedy("join", "Join it to the nearest point of the rest")
_LEAVE_OUT = Remedy("leave-out", "Leave it out, with all that hangs on it")
_LEAVE_OUT_TREE = Remedy("leave-out", "Leave its tree out")
_ROOT = Remedy("root", "Take it as the root", safe=True)
_LIKE_PARENT = Remedy("like-parent", "Give it the type of its parent")
_UNMARK = Remedy("unmark", "Give such samples the type of the branch they lie on")
_CENTRE = Remedy("centre", "Move the cell to the origin")
_NEIGHBOURS = Remedy("neighbours", "Take the diameter of its neighbours")
_ABSOLUTE = Remedy("absolute", "Drop the sign")
_DEFAULT = Remedy("default", f"Take a diameter of {DEFAULT:g} um")
_RENUMBER = Remedy("renumber", "Keep it under an id of its own")
_DROP = Remedy("drop", "Leave it out; what hangs on it hangs on its parent")
_SHIFT = Remedy("shift", "Shift it in z to its parent, with all that hangs on it")
_LEVEL = Remedy("level", "Put it between its neighbours in z")
_SPHERE = Remedy("sphere", "Take the outline as one sphere")
_MAKE_SOMA = Remedy("make-soma", "Take the first sample as the soma")

_FEWEST_OF_OUTLINE = 6  # samples; fewer go round by chance
_GAPS_LOOKED_INTO = 50  # for something nearer, which takes a look at every sample


def find(samples: Samples) -> list[Problem]:
    """Tell what looks wrong."""
    return [
        *_trees(samples),
        *_somata(samples),
        *_outline(samples),
        *_types(samples),
        *_gaps(samples),
        *_jumps(samples),
        *_wild(samples),
        *_sections(samples),
    ]


def offers(samples: Samples, problem: Problem, kin: Kin) -> tuple[Remedy, ...]:
    """Give what can be done about a problem that a reader found, the likeliest first."""
    k = problem.sample
    match problem.code:
        case "missing-parent" | "cycle" if k is not None:
            return (_JOIN, _LEAVE_OUT) if k > 0 else (_ROOT,)
        case "duplicate-id" if k is not None:
            return (_RENUMBER, _DROP) if len(samples) > 1 else (_RENUMBER,)
        case "zero-diameter" | "negative-diameter" if k is not None:
            return _diameters(samples, kin, problem.code, k)
        case "dangling-tree" if k is not None and k > 0:
            return (KEEP, _JOIN, _LEAVE_OUT)
        case "dangling-tree" | "soma-contour":
            return (KEEP,)
    return (KEEP,) if problem.severity == "error" else ()


def _diameters(samples: Samples, kin: Kin, code: str, k: int) -> tuple[Remedy, ...]:
    own = _ABSOLUTE if code == "negative-diameter" else _DEFAULT
    around = neighbour_diameters(samples, kin, samples.diam, {k}, k)
    if not around:
        return (own,)
    ratio = float(samples.diam[k] / np.mean(around))
    return (own, _NEIGHBOURS) if own is _ABSOLUTE and 0.5 <= ratio <= 2 else (_NEIGHBOURS, own)


def _trees(samples: Samples) -> Iterator[Problem]:
    """Further roots, and further somata apart from the first."""
    further = np.flatnonzero(samples.parent < 0)[1:].tolist()
    if not further:
        return
    root = roots(samples.parent)
    soma = np.flatnonzero(samples.type == SOMA)[::-1]
    first_soma = np.full(len(samples), -1)
    first_soma[root[soma]] = soma
    near = _near_first_soma(samples, root)
    for k in further:
        at = int(first_soma[k])
        if at >= 0:
            message = f"this soma and the one on line {samples.line[first_soma[root[0]]]} are not joined"
            ways = (_JOIN, _LEAVE_OUT_TREE) if near[at] else (_LEAVE_OUT_TREE, _JOIN)
            yield _problem(samples, "several-somata", "error", at, message, *ways)
        else:
            message = "this is a further root; what hangs on it is joined to the middle of the first section"
            yield _problem(samples, "several-roots", "warning", k, message, _JOIN, _LEAVE_OUT, KEEP)


def _near_first_soma(samples: Samples, root: Integers) -> np.ndarray:
    """Tell which samples lie so near the first tree's soma that they belong to the same one."""
    soma = samples.type == SOMA
    first = soma & (root == root[0])
    if not first.any() or first.sum() == soma.sum():
        return np.zeros(len(samples), dtype=bool)
    from scipy.spatial import KDTree

    places = samples.xyz[first]
    size = max(float(np.ptp(places, axis=0).max()), float(samples.diam[first].max()))
    away, _ = KDTree(places).query(samples.xyz, distance_upper_bound=size)
    return np.isfinite(away)


def _somata(samples: Samples) -> Iterator[Problem]:
    """Further somata along a tree, or none at all."""
    above, soma = samples.parent, samples.type == SOMA
    if not soma.any():
        yield _problem(
            samples, "no-soma", "note", 0, "there is no soma; the cell begins with this sample", _MAKE_SOMA, KEEP
        )
        return
    begins = np.flatnonzero(soma & (above >= 0) & (samples.type[above] != SOMA)).tolist()
    if not begins:
        return
    root, at = roots(above), np.flatnonzero(soma)[::-1]
    first = np.full(len(samples), -1)
    first[root[at]] = at
    for k in begins:
        other = int(first[root[k]])
        if k != other:
            message = f"this is a second soma, apart from that of line {samples.line[other]}; both are kept"
            yield _problem(samples, "several-somata", "warning", k, message, _LIKE_PARENT, KEEP)


def _outline(samples: Samples) -> Iterator[Problem]:
    """A soma whose samples go round it: as the axis of a cable they have not its surface."""
    soma = np.flatnonzero(samples.type == SOMA)
    n = len(soma)
    if n < _FEWEST_OF_OUTLINE or soma[0] != 0 or soma[-1] != n - 1 or (samples.parent[1:n] != np.arange(n - 1)).any():
        return
    places = samples.xyz[:n]
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    closing = float(np.linalg.norm(places[-1] - places[0]))
    span = float(np.ptp(places, axis=0).max())
    if closing <= 2 * steps.max() < span and float(samples.diam[:n].max()) < span / 2:
        message = f"the soma's {n} samples go round it; taken as a cable they have not its surface"
        yield _problem(samples, "soma-contour", "warning", 0, message, _SPHERE, KEEP)


def _types(samples: Samples) -> Iterator[Problem]:
    """Changes of type that no neurite makes: along a branch, or from an axon to a dendrite."""
    above, kind = samples.parent, samples.type
    usual = (AXON, DEND, APIC)
    changed = (above >= 0) & (kind != kind[above]) & np.isin(kind, usual) & np.isin(kind[above], usual)
    children = np.bincount(above[above >= 0], minlength=len(samples))
    along = (children[above] == 1) & (np.isnan(samples.joint) | (samples.joint == 1))
    for k in np.flatnonzero(changed & (along | (kind[above] == AXON))).tolist():
        message = f"the type changes from {region_name(int(kind[above[k]]))} to {region_name(int(kind[k]))} here"
        yield _problem(samples, "type-change", "warning", k, message, _LIKE_PARENT, KEEP)
    marks = np.isin(kind, FORK_AND_END)
    if marks.any() and (children[marks] != 1).mean() > 0.9:
        message = "types 5 and 6 stand at forks and ends only, as in old files; each makes a section of its own"
        yield _problem(samples, "type-change", "note", int(np.argmax(marks)), message, _UNMARK, KEEP)


def _gaps(samples: Samples) -> Iterator[Problem]:
    """Trees that begin far from what they hang on."""
    at, away = outliers.gaps(samples)
    for count, (k, gap) in enumerate(zip(at.tolist(), away.tolist(), strict=True)):
        message = f"this tree begins {gap:.3g} um from the surface of what it hangs on"
        join = (_JOIN,) if count < _GAPS_LOOKED_INTO and _nearest(samples, k) < gap / 2 else ()
        yield _problem(samples, "dangling-tree", "warning", k, message, *join, KEEP, _LEAVE_OUT)


def _nearest(samples: Samples, k: int) -> float:
    """Give how far a sample is from the nearest surface that does not hang on it, um."""
    others = np.setdiff1d(np.arange(len(samples)), subtree(samples, k), assume_unique=True)
    return float(surface_distance(samples, others, samples.xyz[k]).min())


def _jumps(samples: Samples) -> Iterator[Problem]:
    jumps = outliers.z_jumps(samples)
    for k, dz, back in zip(jumps.at.tolist(), jumps.dz.tolist(), jumps.back.tolist(), strict=True):
        if back:
            message = f"this sample lies {dz:+.3g} um in z from the plane of those before and after it"
            yield _problem(samples, "z-jump", "warning", k, message, _LEVEL, KEEP)
        else:
            message = f"z jumps by {dz:+.3g} um from the parent to this sample"
            yield _problem(samples, "z-jump", "warning", k, message, _SHIFT, KEEP)


def _wild(samples: Samples) -> Iterator[Problem]:
    for k, usual in zip(*(each.tolist() for each in outliers.wild_diameters(samples)), strict=True):
        message = f"radius {samples.diam[k] / 2:.3g} um is unlike those around it, {usual / 2:.3g} um"
        yield _problem(samples, "wild-diameter", "warning", k, message, _NEIGHBOURS, KEEP)


def _sections(samples: Samples) -> Iterator[Problem]:
    """Sections without a length, which are left out."""
    try:
        yield from split_samples(samples)[1]
    except MorphologyError as error:
        yield _problem(samples, "zero-length", "error", 0, error.message, _CENTRE)


def _problem(samples: Samples, code: str, severity: Severity, sample: int, message: str, *remedies: Remedy) -> Problem:
    return Problem(code, severity, int(samples.line[sample]), message, sample, remedies=remedies)
