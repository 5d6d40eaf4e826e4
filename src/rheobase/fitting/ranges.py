"""Where a parameter may lie: its scale, its sign, its width, and what is known of it."""

from typing import Any

import numpy as np

from rheobase.fitting.values import Prior, Vary
from rheobase.units import to_float

_LEAST = 1e-3  # of the upper bound, of a parameter that is kept above 0


def prior_of(name: str, given: tuple[Any, ...], unit: str, *, log: bool) -> Prior | None:
    """The prior of a parameter as it is given, `(mean, sd)`; None of an empty one. **Raises:** ValueError."""
    if not given:
        return None
    if len(given) != 2:
        raise ValueError(f"{name}: prior = {given!r}: give its mean and sd, or () for none")
    mean, sd = given
    return Prior(
        mean=to_float(mean, unit, f"{name}: mean of the prior"),
        sd=to_float(sd, "1" if log else unit, f"{name}: sd of the prior"),
    )


def restated(each: Vary, *, log: bool) -> Prior | None:
    """What is known of a parameter, told on a logarithmic scale or a linear one.

    About the mean a factor `f` is nearly a standard deviation of `mean * log(f)`.

    **Raises:** ValueError for a mean that has no logarithm.
    """
    prior = each.prior
    if prior is None or each.log == log:
        return prior
    if not log:
        return Prior(mean=prior.mean, sd=float(prior.mean * np.log(prior.sd)))
    if prior.mean <= 0:
        raise ValueError(f"{each.name}: its prior has the mean {prior.mean:g}, which has no logarithm")
    return Prior(mean=prior.mean, sd=float(np.exp(prior.sd / prior.mean)))


def rescaled(each: Vary, *, log: bool) -> Vary:
    """A parameter on a logarithmic scale, or on a linear one. **Raises:** ValueError for what has no logarithm."""
    return each.replace(log=log, prior=restated(each, log=log))


def positive(each: Vary) -> Vary:
    """A parameter whose lower bound lies above 0: a thousandth of the upper, where it did not.

    **Raises:** ValueError where the upper bound is not above 0 either.
    """
    if each.low > 0:
        return each
    if each.high <= 0:
        raise ValueError(f"{each.name}: lies between {each.low:g} and {each.high:g}, and cannot be above 0")
    low = _LEAST * each.high
    return each.replace(low=low, start=each.start if each.start is None else max(each.start, low))


def widened(each: Vary, factor: float) -> Vary:
    """A parameter each bound of which is so many times further out, and none across 0."""
    low = each.low * factor if each.low < 0 else each.low / factor
    high = each.high * factor if each.high > 0 else each.high / factor
    return each.replace(low=low, high=high)
