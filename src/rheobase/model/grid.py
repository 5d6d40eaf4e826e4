"""Edits of the grid: the number of segments by a rule."""

import math
from collections.abc import Iterable

from rheobase.model.document import Document
from rheobase.model.precedence import Resolved
from rheobase.model.structure import kept_sound
from rheobase.model.values import MOST_SEGMENTS
from rheobase.morphology import odd_nseg
from rheobase.units import to_float


def use_d_lambda(document: Document, names: Iterable[str], d_lambda: float, frequency: float) -> None:
    """Give sections the odd number of segments of the d_lambda rule, from their Ra and their cm in the middle.

    **Raises:** `ValueError` for a fraction or frequency that is not above 0, or more segments than a section can have.
    """
    counts = d_lambda_counts(document, names, d_lambda, frequency)
    _use(document, counts, "Use d_lambda", f"d_lambda = {d_lambda!r}")


def use_d_X(document: Document, names: Iterable[str], d_X: float) -> None:
    """Give sections the odd number of segments that keeps each as long as `d_X`, um, or shorter.

    **Raises:** `ValueError` for a length that is not above 0, or so short that a section cannot have as many segments.
    """
    counts = d_X_counts(document, names, d_X)
    _use(document, counts, "Use d_X", f"d_X = {d_X!r} um")


def d_lambda_counts(document: Document, names: Iterable[str], d_lambda: float, frequency: float) -> dict[str, int]:
    """Give the odd number of segments that the d_lambda rule asks of each section."""
    fraction = _above_0("d_lambda", d_lambda, "1")
    constants = length_constants(document, names, frequency)
    return {name: odd_nseg(document.sections[name].geometry.L, fraction * each) for name, each in constants.items()}


def length_constants(document: Document, names: Iterable[str], frequency: float) -> dict[str, float]:
    """Give the length constant of each section at a frequency, Hz, in um, from its Ra and its cm in the middle."""
    hertz = _above_0("frequency", frequency, "Hz")
    Ra, cm = Resolved(document, "Ra"), Resolved(document, "cm")
    found = {}
    for spec in map(document.sections.__getitem__, names):
        product = hertz * float(Ra.at(spec.name)[0]) * float(cm.at(spec.name)[spec.nseg // 2])
        found[spec.name] = spec.length_constant / math.sqrt(product)
    return found


def d_X_counts(document: Document, names: Iterable[str], d_X: float) -> dict[str, int]:
    """Give the odd number of segments that keeps each segment of each section as long as `d_X`, um, or shorter."""
    longest = _above_0("d_X", d_X, "um")
    return {name: odd_nseg(document.sections[name].geometry.L, longest) for name in names}


def _use(document: Document, counts: dict[str, int], what: str, by: str) -> None:
    for name, nseg in counts.items():
        if nseg > MOST_SEGMENTS:
            raise ValueError(
                f"{by} would cut section {name!r} into {nseg} segments; a section has at most {MOST_SEGMENTS}: "
                "give a larger number"
            )
    with document.edit(what), kept_sound(document):
        for name, nseg in counts.items():
            if nseg != document.sections[name].nseg:
                document.put(("sections", name), document.sections[name].replace(nseg=nseg))


def _above_0(name: str, value: object, unit: str) -> float:
    number = to_float(value, unit, name)
    if number <= 0:
        raise ValueError(f"{name} = {value!r}{'' if unit == '1' else f' {unit}'}: must be greater than 0")
    return number
