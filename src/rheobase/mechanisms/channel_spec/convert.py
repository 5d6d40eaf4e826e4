"""A pair of rates in another form, fitted to what it was."""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rheobase.mechanisms.channel_spec.curves import Bath, alpha_beta, inf_tau
from rheobase.mechanisms.channel_spec.fit import CLOSE, TEXTS, fitted, misfit
from rheobase.mechanisms.channel_spec.forms import Constant, Exponential, Form, Formula, Linoid, Sigmoid, Table
from rheobase.mechanisms.channel_spec.kinetics import AlphaBeta, BorgGraham, Gate, InfTau, Rates
from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS

Floats: TypeAlias = NDArray[np.float64]

SPAN = np.linspace(-120.0, 80.0, 101)  # mV
"""Where the old and the new form of a rate shall agree."""

_PAIRS: dict[str, type[Rates]] = {"alpha_beta": AlphaBeta, "inf_tau": InfTau, "borg_graham": BorgGraham}
_LONGEST = 1000  # characters of a formula that is still better than points


def converted(rates: Rates, form: str, celsius: float = 6.3) -> Rates:
    """Rates in another form, `"alpha_beta"`, `"inf_tau"` or `"borg_graham"`, fitted to what they were.

    What no standard form follows becomes a formula of the old forms, or, of tables, a table.

    **Raises:** ValueError for another form.

    >>> old = InfTau(inf=Sigmoid(A=1, k=0.2, d=-40), tau=Constant(A=2))
    >>> converted(old, "alpha_beta")
    AlphaBeta(ligand=None, coefficient=1, alpha=Sigmoid(A=0.5, k=0.2, d=-40.0), beta=Sigmoid(A=0.5, k=-0.2, d=-40.0))
    """
    if form not in _PAIRS:
        raise ValueError(f"there is no form {form[:40]!r} of a pair of rates; there are {', '.join(_PAIRS)}")
    if isinstance(rates, _PAIRS[form]):
        return rates
    extra: dict[str, Any] = {"ligand": rates.ligand, "coefficient": rates.coefficient}
    bare: Any = rates.replace(ligand=None, coefficient=1)
    gate, bath = Gate("x", kinetics=bare, reference=celsius), Bath(celsius)
    old = rates.forms()
    if form == "alpha_beta":
        alpha, beta = alpha_beta(gate, SPAN, bath)["x"]
        return AlphaBeta(
            alpha=_nearest(alpha, "{inf} / {tau}", old), beta=_nearest(beta, "(1 - {inf}) / {tau}", old), **extra
        )
    inf, tau = inf_tau(gate, SPAN, bath)
    if form == "inf_tau":
        return InfTau(
            inf=_nearest(inf, "{alpha} / ({alpha} + {beta})", old),
            tau=_nearest(tau, "1 / ({alpha} + {beta})", old),
            **extra,
        )
    return _particle(inf, tau, celsius, extra)


def _nearest(y: Floats, exact: str, old: Mapping[str, Form]) -> Any:
    """The standard form that follows the values; where none does, the `exact` formula of the old forms, or a table."""
    found = fitted("best", SPAN, y)
    if isinstance(found, Sigmoid) and y.max() <= 1 < found.A:
        # More than 1 would make the rates of a steady state negative.
        unit = found.replace(A=1.0)
        found = unit if misfit(unit, SPAN, y) < CLOSE else fitted("table", SPAN, y)
    texts = {role: written(form, role) for role, form in old.items()}
    if not isinstance(found, Table) or not texts or None in texts.values():
        return found
    parts = {role: part for role, part in texts.items() if part is not None and f"{{{role}}}" in exact}
    constants = {name: value for _, numbers in parts.values() for name, value in numbers.items()}
    text = exact.format(**{role: f"({text})" for role, (text, _) in parts.items()})
    return Formula(text=text, constants=tuple(constants.items())) if len(text) <= _LONGEST else found


def written(form: Form, prefix: str) -> tuple[str, dict[str, float]] | None:
    """A form as the text of a formula, and its constants with a prefix to their names; None for a table.

    >>> written(Exponential(A=2, k=0.1, d=-40), "alpha")
    ('alpha_A * exp(alpha_k * (v - alpha_d))', {'alpha_A': 2.0, 'alpha_k': 0.1, 'alpha_d': -40.0})
    """
    text = form.text if isinstance(form, Formula) else TEXTS.get(type(form).__name__)
    if text is None:
        return None
    for name in form.coefficients:
        text = re.sub(rf"\b{name}\b", f"{prefix}_{name}", text)
    return text, {f"{prefix}_{name}": value for name, value in form.coefficients.items()}


def _particle(inf: Floats, tau: Floats, celsius: float, extra: dict[str, Any]) -> BorgGraham:
    """A charged particle that follows both curves as nearly as can be, the time constant by its logarithm."""
    logit = np.log(np.clip(inf, 1e-9, 1 - 1e-9) / np.clip(1 - inf, 1e-9, 1))
    middle = np.abs(logit) < 3
    if middle.sum() < 2:
        middle = np.abs(logit) <= np.sort(np.abs(logit))[1]
    from scipy.optimize import least_squares

    slope, offset = np.polyfit(SPAN[middle], logit[middle], 1)
    vhalf = float(np.clip(-offset / slope, -200, 200)) if slope else -40.0
    z = float(slope) * 1e3 * GAS_CONSTANT * (celsius + ZERO_CELSIUS) / FARADAY
    at = max(float(np.interp(vhalf, SPAN, tau)), 1e-6)
    names = ("K", "vhalf", "z", "gamma", "tau0")
    start = BorgGraham(K=0.5 / at, vhalf=vhalf, z=z, **extra)

    def off(x: Any) -> Floats:
        with np.errstate(all="ignore"):
            steady, slow = start.replace(ligand=None).inf_tau(SPAN, dict(zip(names, x, strict=True)), celsius)
            both = np.concatenate([steady - inf, 0.2 * np.log(np.maximum(slow, 1e-12) / np.maximum(tau, 1e-12))])
        return np.nan_to_num(both, nan=1e3, posinf=1e3, neginf=-1e3)

    first = np.array([start.K, vhalf, z, 0.5, 0.1 * float(tau.min())])
    bounds = ([1e-12, -300, -50, 0, 0], [1e9, 300, 50, 1, np.inf])
    best = least_squares(off, np.clip(first, *bounds), bounds=bounds, x_scale=[start.K, 10, 1, 0.1, at], max_nfev=200).x
    found: dict[str, Any] = {name: float(f"{value:.6g}") for name, value in zip(names, best, strict=True)}
    return BorgGraham(**found, **extra)


def scaled(form: Form, factor: float) -> Form:
    """The form with `factor` times its values."""
    if factor == 1:
        return form
    if isinstance(form, Constant | Exponential | Linoid | Sigmoid):
        return form.replace(A=factor * form.A)
    if isinstance(form, Table):
        return form.replace(y=tuple(factor * y for y in form.y))
    if isinstance(form, Formula):
        return form.replace(text=f"{factor:g} * ({form.text})")
    raise TypeError(f"{form!r} cannot be scaled")
