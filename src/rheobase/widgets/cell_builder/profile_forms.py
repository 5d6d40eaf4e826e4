"""Forms of profiles: what each is called, how one begins where another ended, and its coefficients as fields."""

from math import ceil, exp, log2
from typing import Any

import numpy as np

from rheobase.mechanisms import Parameter
from rheobase.model.profile import Profile
from rheobase.model.profile_kinds import Along, Boltzmann, Exponential, Linear, Step, Table
from rheobase.widgets.quantities import quantity

FORMS = {
    "linear": ("Linear", "intercept + slope p"),
    "exponential": ("Exponential", "base + amplitude exp(−p / length)"),
    "boltzmann": ("Boltzmann", "base + amplitude / (1 + exp(slope (midpoint − p)))"),
    "step": ("Step", "below where p < at, else above"),
    "along": ("Formula", "of p and named constants, each of which becomes a slider"),
    "table": ("Table", "points joined by straight lines, the end values beyond"),
}
_TEXTS = {
    "linear": "intercept + slope * p",
    "exponential": "base + amplitude * exp(-p / length)",
    "boltzmann": "base + amplitude / (1 + exp(slope * (midpoint - p)))",
    "step": "below + (above - below) * heaviside(p - at)",
}
_VALUES = frozenset({"intercept", "base", "amplitude", "below", "above"})
_ROWS = 11  # of a table that a profile is sampled into
_STEEP = 10.0  # over the range of p, of a Boltzmann function that goes most of its way within it


def begun(kind: str, measure: dict[str, Any], low: float, high: float, ends: tuple[float, float]) -> Profile:
    """A profile of a form that goes from one end's value to the other's while p goes from `low` to `high`.

    **Raises:** ValueError for an unknown form.
    """
    first, last = ends
    span = high - low if high > low else 1.0
    if kind == "linear":
        slope = (last - first) / span
        return Linear(intercept=first - slope * low, slope=slope, **measure)
    if kind == "exponential":
        length = _rounded(span / 3)
        amplitude = (first - last) / (1 - exp(-span / length))
        return Exponential(base=first - amplitude, amplitude=amplitude * exp(low / length), length=length, **measure)
    if kind == "boltzmann":
        slope, midpoint = _rounded(_STEEP / span), _rounded(low + span / 2)
        return Boltzmann(base=first, amplitude=last - first, slope=slope, midpoint=midpoint, **measure)
    if kind == "step":
        return Step(below=first, above=last, at=_rounded(low + span / 2), **measure)
    if kind == "table":
        p = np.linspace(low, low + span, _ROWS)
        return Table(distances=tuple(p.tolist()), values=tuple(np.linspace(first, last, _ROWS).tolist()), **measure)
    if kind == "along":
        if first == last:
            return Along(expression="g", constants=(("g", first),), **measure)
        return as_formula(begun("linear", measure, low, high, ends))
    raise ValueError(f"{kind[:40]!r} is no form of a profile; there are {', '.join(FORMS)}")


def turned_into(kind: str, old: Profile, low: float, high: float) -> Profile:
    """Another form of a profile: the same function as a formula or a table, else one that agrees at both ends."""
    measure = measure_of(old)
    if kind == "along" and old.kind in _TEXTS:
        return as_formula(old)
    p, f = old.curve(low, high if high > low else low + 1.0, _ROWS)
    if kind == "table":
        return Table(distances=tuple(p.tolist()), values=tuple(f.tolist()), **measure)
    return begun(kind, measure, low, high, (float(f[0]), float(f[-1])))


def as_formula(old: Profile) -> Along:
    """The formula of a profile with its coefficients as constants."""
    return Along(expression=_TEXTS[old.kind], constants=tuple(old.coefficients.items()), **measure_of(old))


def rescaled(old: Profile, measure: dict[str, Any], was: tuple[float, float], now: tuple[float, float]) -> Profile:
    """The same curve over a p that is measured otherwise, its range going from `was` to `now`; a formula as it is."""
    width = was[1] - was[0]
    factor = (now[1] - now[0]) / width if width > 0 else 1.0
    shift = now[0] - factor * was[0]
    c = old.coefficients
    if factor <= 0:
        return old.replace(**measure)
    if isinstance(old, Linear):
        slope = c["slope"] / factor
        return old.replace(slope=slope, intercept=c["intercept"] - slope * shift, **measure)
    if isinstance(old, Exponential):
        length = c["length"] * factor
        return old.replace(length=length, amplitude=c["amplitude"] * exp(shift / length), **measure)
    if isinstance(old, Boltzmann):
        return old.replace(slope=c["slope"] / factor, midpoint=c["midpoint"] * factor + shift, **measure)
    if isinstance(old, Step):
        return old.replace(at=c["at"] * factor + shift, **measure)
    if isinstance(old, Table):
        return old.replace(distances=tuple(d * factor + shift for d in old.distances), **measure)
    return old.replace(**measure)


def measure_of(profile: Profile) -> dict[str, Any]:
    """How a profile measures p, as arguments."""
    return {name: getattr(profile, name) for name in ("metric", "origin", "direction", "offset", "normalise")}


def coefficient_fields(
    profile: Profile, place: str, target: str, parameter: Parameter, span: tuple[float, float], first: dict[str, float]
) -> list[dict[str, Any]]:
    """The coefficients as fields. `first` keeps the values that they reset to."""
    low, high = span
    width = high - low if high > low else 1.0
    of_p = "um" if profile.normalise == "none" else "1"
    known = profile.coefficients
    sizes = [abs(value) for name, value in known.items() if name in _VALUES] + [abs(parameter.default)]
    # A power of two, so that the ranges stand still during most of a drag.
    size = 2.0 ** ceil(log2(max(sizes))) if max(sizes) > 0 else 1.0
    fields = []
    for name, value in known.items():
        key = f"{place}|{target}|{profile.kind}|{name}"
        unit, reach = _range_of(profile, name, value, parameter, size, width, span)
        described = Parameter(name, value, unit if unit != "of p" else of_p, doc=_DOC.get(name, "a constant"))
        default = first.setdefault(key, value)
        fields.append(quantity(key, described, value, default=default, reach=reach))
    return fields


def _range_of(
    profile: Profile,
    name: str,
    value: float,
    parameter: Parameter,
    size: float,
    width: float,
    span: tuple[float, float],
) -> tuple[str, tuple[float, float]]:
    """The unit of a coefficient and the range of its slider."""
    per = parameter.unit if profile.normalise != "none" else f"{parameter.unit}/um"
    if isinstance(profile, Along):
        return "", (min(0.0, 2 * value), max(2 * abs(value), 1e-3))
    if name == "amplitude":
        return parameter.unit, (-2 * size, 2 * size)
    if name in _VALUES:
        return parameter.unit, (max(parameter.minimum, -2 * size), 2 * size)
    if name == "slope":
        if isinstance(profile, Linear):
            return per, (-2 * size / width, 2 * size / width)
        return "1" if profile.normalise != "none" else "1/um", (-40 / width, 40 / width)
    if name == "length":
        return "of p", (-2 * width, 2 * width)
    return "of p", span


def _rounded(value: float) -> float:
    """A number to begin with as a person would write it."""
    return float(f"{value:.3g}")


_DOC = {
    "intercept": "the value where p is 0",
    "slope": "how steeply it rises with p",
    "base": "the value far from where it changes",
    "amplitude": "how much is added",
    "length": "over which it falls to 1/e; it grows where this is negative",
    "midpoint": "the p at which half of the amplitude is added",
    "below": "the value where p is less than at",
    "above": "the value from there on",
    "at": "where it steps",
}
