"""Diameters that no branch has, and those that stand in for them."""

import numpy as np

from rheobase.morphology.problem import Problem
from rheobase.morphology.samples import Samples

_LEAST = 1e-6  # um; a picometre is none
DEFAULT = 1.0  # um; about what a thin dendrite has, where the file gives nothing to go by


def with_positive_diameters(samples: Samples, problems: list[Problem]) -> Samples:
    """Give samples whose diameter is 0 that of the nearest of their type: the parent, else a descendant.

    Without such a neighbour, and where a diameter is negative, somebody has to decide; meanwhile stands in what a thin
    dendrite has, or the diameter without its sign.
    """
    thin = np.flatnonzero(samples.diam < _LEAST)
    if not len(thin):
        return samples
    given, kind, parent = samples.diam, samples.type, samples.parent
    diam = np.where(given < _LEAST, 0.0, given)
    child = np.flatnonzero((parent >= 0) & (kind[parent] == kind))[::-1]
    first_child = np.full(len(samples), -1)
    first_child[parent[child]] = child
    for k in thin.tolist():
        source = int(parent[k])
        if source < 0 or kind[source] != kind[k]:
            source = int(first_child[k])
            while source >= 0 and diam[source] == 0:
                source = int(first_child[source])
        diam[k] = diam[source] if source >= 0 else DEFAULT
        line, origin = int(samples.line[k]), f", that of line {samples.line[source]}" if source >= 0 else ""
        if given[k] <= -_LEAST:
            diam[k] = -given[k]
            message = f"radius {given[k] / 2:g} cannot be; {diam[k] / 2:g} um stand in"
            problems.append(Problem("negative-diameter", "error", line, message, k))
        elif source >= 0:
            message = f"radius 0 was replaced by {diam[k] / 2:g} um{origin}"
            problems.append(Problem("zero-diameter", "warning", line, message, k, repaired=True))
        else:
            message = f"radius is 0, and no neighbour of the same type has another; {DEFAULT / 2:g} um stand in"
            problems.append(Problem("zero-diameter", "error", line, message, k))
    return samples.replace(diam=diam)
