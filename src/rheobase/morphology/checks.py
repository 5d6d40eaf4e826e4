"""What looks wrong about samples, whatever file they come from, and what can be done about it."""

from collections.abc import Iterator

import numpy as np

from rheobase.morphology.diameters import DEFAULT
from rheobase.morphology.forest import roots
from rheobase.morphology.problem import KEEP, Problem, Remedy, Severity
from rheobase.morphology.remedies import neighbour_diameters
from rheobase.morphology.samples import SOMA, MorphologyError, Samples
from rheobase.morphology.sections import split_samples

_JOIN = Remedy("join", "Join it to the nearest point of the rest")
_LEAVE_OUT = Remedy("leave-out", "Leave it out, with all that hangs on it")
_LEAVE_OUT_TREE = Remedy("leave-out", "Leave its tree out")
_ROOT = Remedy("root", "Take it as the root", safe=True)
_LIKE_PARENT = Remedy("like-parent", "Give it the type of its parent")
_CENTRE = Remedy("centre", "Move the cell to the origin")
_NEIGHBOURS = Remedy("neighbours", "Take the diameter of its neighbours")
_ABSOLUTE = Remedy("absolute", "Drop the sign")
_DEFAULT = Remedy("default", f"Take a diameter of {DEFAULT:g} um")
_RENUMBER = Remedy("renumber", "Keep it under an id of its own")
_DROP = Remedy("drop", "Leave it out; what hangs on it hangs on its parent")


def find(samples: Samples) -> list[Problem]:
    """Tell what looks wrong."""
    return [*_trees(samples), *_somata(samples), *_sections(samples)]


def offers(samples: Samples, problem: Problem) -> tuple[Remedy, ...]:
    """Give what can be done about a problem that a reader found, the likeliest first."""
    k = problem.sample
    if k is None:
        return (KEEP,) if problem.code in ("dangling-tree", "soma-contour") else ()
    match problem.code:
        case "missing-parent" | "cycle":
            return (_JOIN, _LEAVE_OUT) if k > 0 else (_ROOT,)
        case "duplicate-id":
            return (_RENUMBER, _DROP) if len(samples) > 1 else (_RENUMBER,)
        case "zero-diameter" | "negative-diameter":
            return _diameters(samples, problem.code, k)
        case "dangling-tree" | "soma-contour":
            return (KEEP,)
    return ()


def _diameters(samples: Samples, code: str, k: int) -> tuple[Remedy, ...]:
    own = _ABSOLUTE if code == "negative-diameter" else _DEFAULT
    doubtful = np.zeros(len(samples), dtype=bool)
    doubtful[k] = True
    around = neighbour_diameters(samples, samples.diam, doubtful, k)
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
    soma = samples.type == SOMA
    has_soma = np.zeros(len(samples), dtype=bool)
    has_soma[root[soma]] = True
    first = int(samples.line[np.argmax(soma)])
    for k in further:
        if has_soma[k]:
            at = int(np.argmax(soma & (root == k)))
            message = f"this soma and the one on line {first} are not joined"
            yield _problem(samples, "several-somata", "error", at, message, _LEAVE_OUT_TREE, _JOIN)
        else:
            message = "this is a further root; what hangs on it is joined to the middle of the first section"
            yield _problem(samples, "several-roots", "warning", k, message, _JOIN, _LEAVE_OUT, KEEP)


def _somata(samples: Samples) -> Iterator[Problem]:
    """Further somata along a tree."""
    above, soma = samples.parent, samples.type == SOMA
    begins = np.flatnonzero(soma & (above >= 0) & (samples.type[above] != SOMA)).tolist()
    first = int(np.argmax(soma))
    for k in begins:
        if k != first:
            message = f"this is a second soma, apart from that of line {samples.line[first]}; both are kept"
            yield _problem(samples, "several-somata", "warning", k, message, _LIKE_PARENT, KEEP)


def _sections(samples: Samples) -> Iterator[Problem]:
    """Sections without a length, which are left out."""
    try:
        yield from split_samples(samples)[1]
    except MorphologyError as error:
        yield _problem(samples, "zero-length", "error", 0, error.message, _CENTRE)


def _problem(samples: Samples, code: str, severity: Severity, sample: int, message: str, *remedies: Remedy) -> Problem:
    return Problem(code, severity, int(samples.line[sample]), message, sample, remedies=remedies)
