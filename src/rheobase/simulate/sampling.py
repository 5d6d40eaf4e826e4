"""How often a run is sampled, and what becomes of one whose time step does not divide what was asked for."""

from math import ceil

_WHOLE = 1e-6  # how far from a whole number is still rounding


def steps_a_sample(dt: float, points: float | None) -> int:
    """How many steps lie between two samples, for so many samples a ms; each step has one if that is None.

    >>> steps_a_sample(0.025, 10), steps_a_sample(0.025, None)
    (4, 1)
    """
    return 1 if points is None else max(1, round(1 / (points * dt)))


def uneven_end(tstop: float, dt: float) -> str:
    """What becomes of a run whose steps do not divide its length, in words; nothing if they do.

    >>> uneven_end(100, 0.03)
    'dt = 0.03 ms does not divide 100 ms: the run ends at 99.99 ms; dt = 0.0300030003 ms would'
    >>> uneven_end(100, 0.025)
    ''
    """
    steps = tstop / dt
    whole = max(1, round(steps))
    if abs(steps - whole) <= _WHOLE * whole:
        return ""
    return (
        f"dt = {dt:.9g} ms does not divide {tstop:.9g} ms: the run ends at {whole * dt:.9g} ms; "
        f"dt = {tstop / whole:.9g} ms would"
    )


def uneven_samples(dt: float, points: float | None) -> str:
    """What becomes of samples that steps do not reach, in words; nothing if they do.

    >>> print(uneven_samples(0.03, 20))
    20 points/ms lie 0.05 ms apart, which dt = 0.03 ms does not divide: there are 16.6667 points/ms; dt = 0.025 ms would
    >>> uneven_samples(0.025, 10)
    ''
    """
    if points is None:
        return ""
    steps = 1 / (points * dt)
    whole = max(1, round(steps))
    if abs(steps - whole) <= _WHOLE * whole:
        return ""
    better = 1 / (points * max(1, ceil(steps - _WHOLE)))
    return (
        f"{points:.9g} points/ms lie {1 / points:.9g} ms apart, which dt = {dt:.9g} ms does not divide: "
        f"there are {1 / (whole * dt):.6g} points/ms; dt = {better:.9g} ms would"
    )
