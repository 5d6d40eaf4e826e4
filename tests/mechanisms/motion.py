"""Whether a mechanism's rates at an instant are what its steps tend to."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import ION_DEFAULTS, UseIon
from rheobase.mechanisms.mechanism import Mechanism

VOLTAGES = jnp.asarray([-81.3, -47.1, -12.9])
STEP = 1e-5  # ms, where nothing is faster than 1/ms
_AT = 3.0  # ms


def disagreements(mechanism: type[Mechanism], **values: float) -> dict[str, tuple[Any, Any]]:
    """Where rates are not the limit of steps, or what is implied is not what a step makes: (told, stepped) by name.

    The limit is Richardson's, of three steps. The states are those of rest at other voltages, a bit away from it.

    **Arguments:** `values` of parameters.
    """
    dynamics: Any = mechanism
    v, p, ions = VOLTAGES, parameters(mechanism, values), around(mechanism.ions)
    instant = Clock(jnp.asarray(_AT), jnp.asarray(0.0))
    start = dynamics.initial(jnp.full_like(v, -65.0), p, ions, Clock(jnp.asarray(0.0), jnp.asarray(0.025)))
    nothing = dict.fromkeys(mechanism.states, jnp.zeros_like(v))
    s, ions = settled({**nothing, **start}, ions, v)
    told = dynamics.implied(v, s, p, ions, instant)
    s, ions = settled({**vars(s), **told}, ions, v)
    told = dynamics.currents(v, s, p, ions, instant)
    assert all(np.isfinite(told[name]).all() for name in mechanism.current_names), mechanism.name
    s, ions = settled({**vars(s), **_changed(mechanism, told)}, ions, v)
    rates = {name: _shaped(x, v) for name, x in dynamics.derivative(v, s, p, ions, instant).items()}
    wrong: dict[str, tuple[Any, Any]] = {}
    if stray := {name for name in rates if "." not in name} - {*mechanism.states} | {*rates} & {*mechanism.carried}:
        wrong["names"] = stray, mechanism.states

    def stepped(dt: float) -> Mapping[str, Any]:
        clock = Clock(jnp.asarray(_AT), jnp.asarray(dt))
        found: Mapping[str, Any] = dynamics.advance(v, s, p, ions, clock)
        return found

    largest = max((float(jnp.max(jnp.abs(x))) for x in rates.values()), default=0.0)
    step = STEP / max(largest, 1.0)
    steps = [stepped(step / parts) for parts in (1, 2, 4)]
    apart = {*dynamics.implied(v, s, p, ions, instant), *dynamics.after_step(v, s, p, ions, instant)}
    still = {*mechanism.states} - {*mechanism.carried} - {*rates} - apart
    for name in [*rates, *still]:
        before = _read(name, s, ions)
        moved = [_shaped(each.get(name, before), v) - before for each in steps]
        first, second, third = (x * parts / step for x, parts in zip(moved, (1, 2, 4), strict=True))
        limit, rate = (first - 6 * second + 8 * third) / 3, rates.get(name, jnp.zeros_like(v))
        near = jnp.abs(rate - limit) <= 1e-5 * jnp.abs(rate) + 1e-7 * largest + 1e-13 * jnp.abs(before) / step
        if not bool(jnp.all(jnp.isfinite(rate) & near)):
            wrong[name] = np.asarray(rate), np.asarray(limit)
    whole = steps[0]
    after, ions_after = settled({**vars(s), **_changed(mechanism, whole)}, ions, v)
    for name, value in dynamics.implied(v, after, p, ions_after, instant).items():
        stands = _read(name, after, ions_after)
        if not np.allclose(_shaped(value, v), stands, rtol=1e-6, atol=1e-12, equal_nan=True):
            wrong[f"={name}"] = np.asarray(value), np.asarray(stands)
    return wrong


def parameters(mechanism: type[Mechanism], values: Mapping[str, float]) -> SimpleNamespace:
    """The parameters, defaults but for some values, prepared at 25 degC."""
    own: dict[str, Any] = {q.name: jnp.asarray(float(values.get(q.name, q.default))) for q in mechanism.parameters}
    own |= {"area": jnp.asarray(500.0), "diam": jnp.asarray(2.0), "stream": jnp.asarray(0)}
    own |= dict.fromkeys(mechanism.pointers, jnp.asarray(-60.0))
    own |= dict.fromkeys(mechanism.vectors, jnp.asarray([[jnp.inf]]))
    p = SimpleNamespace(**own)
    return SimpleNamespace(**{**own, **mechanism.prepare(p, jnp.asarray(25.0))})


def around(uses: tuple[UseIon, ...]) -> SimpleNamespace:
    """The ions as NEURON starts them, each with a current."""
    found = {}
    for use in uses:
        known = ION_DEFAULTS.get(use.name)
        inside, outside, reversal = (known.inside, known.outside, known.reversal) if known else (1.0, 1.0, -10.0)
        values = {"inside": inside, "outside": outside, "reversal": reversal, "current": -2e-3}
        found[use.name] = SimpleNamespace(**{name: jnp.full_like(VOLTAGES, x) for name, x in values.items()})
    return SimpleNamespace(**found)


def settled(values: Mapping[str, Any], ions: Any, v: jax.Array) -> tuple[SimpleNamespace, SimpleNamespace]:
    """States and ions with some values put in, ions' by their dotted names."""
    changed = {ion: dict(vars(each)) for ion, each in vars(ions).items()}
    own = {}
    for name, x in values.items():
        ion, dot, what = name.partition(".")
        if dot:
            changed[ion][what] = _shaped(x, v)
        else:
            own[name] = _shaped(x, v)
    return SimpleNamespace(**own), SimpleNamespace(**{ion: SimpleNamespace(**each) for ion, each in changed.items()})


def _changed(mechanism: type[Mechanism], told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: x for name, x in told.items() if name not in mechanism.current_names}


def _read(name: str, s: Any, ions: Any) -> jax.Array:
    ion, dot, what = name.partition(".")
    found: jax.Array = getattr(getattr(ions, ion), what) if dot else getattr(s, name)
    return found


def _shaped(x: Any, v: jax.Array) -> jax.Array:
    x = jnp.asarray(x, float)
    return jnp.broadcast_to(x, (*x.shape[: max(x.ndim - v.ndim, 0)], *v.shape))
