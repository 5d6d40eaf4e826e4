"""Standard forms fitted to points by least squares."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.mechanisms.channel_spec.forms import (
    FORMS,
    MOST_POINTS,
    Constant,
    Exponential,
    Form,
    Formula,
    Linoid,
    Sigmoid,
    Table,
)

Floats: TypeAlias = NDArray[np.float64]

CLOSE = 0.01
"""The largest error, as a share of the range of the points, with which a form still stands for them."""

EXACT = 1e-9
"""The error, as a share of the range, below which a form is the very one that the points came from."""

_REST = -65.0  # mV
TEXTS = {
    "Constant": "A",
    "Exponential": "A * exp(k * (v - d))",
    "Sigmoid": "A / (1 + exp(k * (d - v)))",
    "Linoid": "A * exprelr(k * (d - v))",
}


def fitted(form: str, v: ArrayLike, y: ArrayLike) -> Form:
    """A form through points as near as can be.

    **Arguments:**

    - `form`: `"constant"`, `"exponential"`, `"linoid"`, `"sigmoid"`; `"formula"`, the nearest of these written out;
      `"table"`, the points themselves; `"best"`, the nearest standard form, or the table where none comes `CLOSE`.
    - `v`: mV, increasing; `y`: as many values.

    **Raises:** ValueError for an unknown form, or points that are no numbers.

    >>> v = np.linspace(-100, 50, 31)
    >>> fitted("best", v, 1 / (1 + np.exp(-(v + 35) / 10)))
    Sigmoid(A=1.0, k=0.1, d=-35.0)
    """
    v, y = _points(v, y)
    if form in _FITS:
        return _fit(form, v, y)
    if form == "table":
        return _table(v, y)
    nearest = _nearest(v, y)
    if form == "best":
        return nearest if misfit(nearest, v, y) < CLOSE else _table(v, y)
    if form == "formula":
        return Formula(text=TEXTS[type(nearest).__name__], constants=tuple(nearest.coefficients.items()))
    raise ValueError(f"{form!r} is no form to fit; there are {', '.join([*FORMS, 'best'])}")


def misfit(form: Form, v: ArrayLike, y: ArrayLike) -> float:
    """The largest error of a form at points, as a share of the points' range (of their size where they are level)."""
    v, y = np.asarray(v, float), np.asarray(y, float)
    with np.errstate(all="ignore"):
        error = np.abs(form(v) - y).max()
    scale = max(np.ptp(y), 1e-3 * np.abs(y).max())
    return float(error / scale) if scale and np.isfinite(error) else float(error > 0)


def _nearest(v: Floats, y: Floats) -> Form:
    found: list[tuple[float, Form]] = []
    for name in _FITS:
        form = _fit(name, v, y)
        found.append((misfit(form, v, y), form))
        if found[-1][0] < EXACT:
            break
    return min(found, key=lambda pair: pair[0])[1]


def _points(v: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    v, y = np.asarray(v, float), np.asarray(y, float)
    if v.ndim != 1 or v.shape != y.shape or v.size < 2:
        raise ValueError("a fit needs two or more voltages, and as many values")
    if not (np.isfinite(v).all() and np.isfinite(y).all()):
        raise ValueError("a fit needs points that are finite numbers")
    return v, y


def _table(v: Floats, y: Floats) -> Table:
    keep = np.unique(np.linspace(0, v.size - 1, min(v.size, MOST_POINTS)).round().astype(int))
    return Table(v=tuple(v[keep].tolist()), y=tuple(y[keep].tolist()))


def _fit(name: str, v: Floats, y: Floats) -> Form:
    """The best of the fits from all starts, with numbers as short as they may be."""
    from scipy.optimize import least_squares

    kind, starts, fixed = _FITS[name]
    scale = float(np.abs(y).max()) or 1.0
    evaluate, units = kind.model_construct().evaluate, tuple(kind.units)

    def off(x: Sequence[float]) -> Floats:
        with np.errstate(all="ignore"):
            found = evaluate(v, dict(zip(units, [*x, *fixed], strict=True)), 0.0) - y / scale
        return np.nan_to_num(found, nan=1e6, posinf=1e6, neginf=-1e6).clip(-1e6, 1e6)

    least, best = np.inf, np.zeros(0)
    for start in starts(v, y / scale):
        result = least_squares(
            off,
            start,
            method="lm",
            x_scale=_scales(start),
            max_nfev=100 * start.size,
            ftol=1e-14,
            xtol=1e-14,
            gtol=1e-14,
        )
        if result.cost < least:
            least, best = result.cost, result.x
        if least < EXACT**2:
            break
    size, *others = best.tolist()
    return _tidy(kind, [scale * size, *others], fixed, v, y)


def _form(kind: type[Form], x: Sequence[float]) -> Form:
    fields: dict[str, Any] = dict(zip(kind.units, x, strict=True))
    return kind(**fields)


def _scales(start: Floats) -> Floats:
    return np.where(start == 0, 1.0, np.abs(start))


def _tidy(kind: type[Form], x: list[float], fixed: tuple[float, ...], v: Floats, y: Floats) -> Form:
    """The form with the fewest digits in each number that fits as well."""
    most = 1.001 * misfit(_form(kind, [*x, *fixed]), v, y) + 1e-12
    for k, value in enumerate(x):
        for digits in (4, 6, 9, 12):
            short = [*x[:k], float(f"{value:.{digits}g}"), *x[k + 1 :]]
            if misfit(_form(kind, [*short, *fixed]), v, y) <= most:
                x = short
                break
    return _form(kind, [*x, *fixed])


def _constant_starts(v: Floats, y: Floats) -> Iterator[Floats]:
    yield np.full_like(v[:1], y.mean())


def _exponential_starts(v: Floats, y: Floats) -> Iterator[Floats]:
    sign = 1.0 if y[np.argmax(np.abs(y))] >= 0 else -1.0
    positive = sign * y > 1e-12
    if positive.sum() >= 2:
        k, offset = np.polyfit(v[positive] - _REST, np.log(sign * y[positive]), 1)
        yield np.array([sign * np.exp(offset), k])
    yield np.array([y.mean(), 0.01])
    yield np.array([y.mean(), -0.01])


def _sigmoid_starts(v: Floats, y: Floats) -> Iterator[Floats]:
    top = y[np.argmax(np.abs(y))]
    rising = 1.0 if abs(y[-1]) >= abs(y[0]) else -1.0
    middle = v[np.argmin(np.abs(y - top / 2))]
    steep = 4 * np.abs(np.gradient(y, v)).max() / max(abs(top), 1e-12)
    for k in (steep, 0.02, 0.1):
        yield np.array([top, rising * max(k, 1e-4), middle])


def _linoid_starts(v: Floats, y: Floats) -> Iterator[Floats]:
    # Far out the curve is a straight line through d, of slope A k.
    rising = 1.0 if abs(y[-1]) >= abs(y[0]) else -1.0
    ends = slice(-3, None) if rising > 0 else slice(0, 3)
    slope, offset = np.polyfit(v[ends], y[ends], 1)
    d = float(np.clip(-offset / slope if slope else v.mean(), v[0] - 50, v[-1] + 50))
    for width in (5.0, 10.0, 20.0, 40.0):
        yield np.array([abs(slope) * width * (1.0 if y[ends].mean() >= 0 else -1.0), rising / width, d])


Starts: TypeAlias = Callable[[Floats, Floats], Iterator[Floats]]
_FITS: dict[str, tuple[type[Form], Starts, tuple[float, ...]]] = {
    "constant": (Constant, _constant_starts, ()),
    # A and d of an exponential say the same thing twice: d is held.
    "exponential": (Exponential, _exponential_starts, (_REST,)),
    "sigmoid": (Sigmoid, _sigmoid_starts, ()),
    "linoid": (Linoid, _linoid_starts, ()),
}
