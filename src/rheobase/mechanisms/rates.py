"""Steady states and time constants of a mechanism's gates."""

from collections.abc import Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from rheobase.kernel.newton import dependence
from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import ION_DEFAULTS

if TYPE_CHECKING:
    import pandas as pd

    from rheobase.mechanisms.mechanism import Mechanism

_DT = 0.025
_NEAR = 1e-6
_MOST_OTHERS = 4  # a state that moves with more is one of a scheme, and no gate


def rates(mechanism: "type[Mechanism]", v: Any, celsius: float = 6.3, **values: float) -> "pd.DataFrame":
    """Where each gate settles at given voltages, and how fast.

    A gate is a state whose rate is linear in itself and depends on no other state: `x' = (inf - x) / tau`. Of a
    mechanism that steps its states itself, the step is read in the same way.

    **Arguments:** `v` (mV); `celsius` (degC); `values`: parameters, and what ions have (`cai`, `ek`), by name; the
    others at their defaults.

    **Returns:** a DataFrame over `v`, with columns such as `minf` and `mtau` (ms).

    **Raises:** KeyError for a name that it does not have.

    >>> from rheobase.mechanisms import mechanism
    >>> table = rates(mechanism("hh"), v=[-65.0, 0.0])
    >>> list(table.columns), round(float(table.minf[-65.0]), 4)
    (['minf', 'mtau', 'hinf', 'htau', 'ninf', 'ntau'], 0.0529)
    """
    import pandas as pd

    voltages = np.atleast_1d(np.asarray(v, float))
    parameters, ions = _given(mechanism, values)
    states = tuple(name for name in mechanism.states if name not in mechanism.carried)
    definition: Any = mechanism
    told = _evaluator(definition, states)(jnp.asarray(voltages), parameters, ions, float(celsius)) if states else {}
    columns: dict[str, Any] = {}
    for state in (name for name in states if name in told):  # a compiled function returns names sorted
        inf, tau, own = told[state]
        settles, slow = np.asarray(inf), np.asarray(tau)
        if bool(np.all(own)) and np.isfinite(settles).any() and np.any(slow > 0):
            columns |= {f"{state}inf": settles, f"{state}tau": slow}
    return pd.DataFrame(columns, index=pd.Index(voltages, name="v"))


def _given(mechanism: "type[Mechanism]", values: Mapping[str, float]) -> tuple[dict[str, Any], dict[str, Any]]:
    parameters: dict[str, Any] = {p.name: p.default for p in mechanism.parameters}
    ions: dict[str, dict[str, Any]] = {}
    places: dict[str, tuple[dict[str, Any], str]] = {name: (parameters, name) for name in parameters}
    for use in mechanism.ions:
        defaults = ION_DEFAULTS.get(use.name)
        ion = ions[use.name] = {
            "reversal": defaults.reversal if defaults else 0.0,
            "inside": defaults.inside if defaults else 1.0,
            "outside": defaults.outside if defaults else 1.0,
            "current": 0.0,
        }
        spelled = {f"e{use.name}": "reversal", f"{use.name}i": "inside", f"{use.name}o": "outside"}
        places |= {name: (ion, what) for name, what in spelled.items()}
    for name, value in values.items():
        if name not in places:
            raise KeyError(f"{mechanism.name} has no {name!r}; it has {', '.join(places)}")
        owner, key = places[name]
        owner[key] = float(value)
    parameters |= {"area": 100.0, "diam": 10.0, "stream": 0} | dict.fromkeys(mechanism.pointers, 0.0)
    return parameters, ions


@lru_cache(maxsize=200)
def _evaluator(mechanism: Any, states: tuple[str, ...]) -> Any:
    """A compiled function to each state's steady state, time constant, and whether it is a gate."""

    def told(v: Any, parameters: dict[str, Any], ions: dict[str, Any], celsius: Any) -> dict[str, Any]:
        p = SimpleNamespace(**parameters)
        p = SimpleNamespace(**parameters, **mechanism.prepare(p, celsius))
        at = SimpleNamespace(
            **{ion: SimpleNamespace(**{k: jnp.full_like(v, x) for k, x in had.items()}) for ion, had in ions.items()}
        )
        zero = jnp.zeros(())
        start = dict(mechanism.initial(v, p, at, Clock(zero, jnp.asarray(_DT))))
        start = {name: jnp.broadcast_to(x, v.shape) for name, x in start.items() if "." not in name}

        def derivative(s: dict[str, Any]) -> dict[str, Any]:
            return dict(mechanism.derivative(v, SimpleNamespace(**s), p, at, Clock(zero, jnp.asarray(_DT))))

        def step(s: dict[str, Any], dt: float) -> dict[str, Any]:
            return dict(mechanism.advance(v, SimpleNamespace(**s), p, at, Clock(zero, jnp.asarray(dt))))

        differential = _others(derivative, start, states)
        stepped = {} if len(differential) == len(states) else _others(lambda s: step(s, _DT), start, states)
        found = {}
        for name, others in {**stepped, **differential}.items():
            if len(others) > _MOST_OTHERS:
                continue
            if name in differential:
                f, slope, own = _affine(lambda s, name=name: derivative(s)[name], start, others, name)
                found[name] = (start[name] - f / slope, -1 / slope, own)
            else:
                found[name] = _stepped(step, start, others, name)
        return found

    return jax.jit(told)


def _others(function: Any, at: dict[str, Any], states: tuple[str, ...]) -> dict[str, list[str]]:
    """Of each state that a function tells of, the other states that its value is made from."""
    names, told = tuple(at), jax.eval_shape(function, at)
    mine = [name for name in states if name in told]

    def values(x: list[Any]) -> list[Any]:
        found = function(dict(zip(names, x, strict=True)))
        return [found[name] for name in mine]

    pattern = dependence(values, list(at.values()))
    return {
        name: [names[k] for k in sorted(reads) if names[k] in states and names[k] != name]
        for name, reads in zip(mine, pattern, strict=True)
    }


def _affine(function: Any, at: dict[str, Any], others: list[str], name: str) -> tuple[Any, Any, Any]:
    """A function's value and its slope by one state, and whether it is linear in that and depends on no other."""

    def of(varied: str) -> tuple[Any, Any]:
        x = at[varied]
        return jax.jvp(lambda x: jnp.broadcast_to(function({**at, varied: x}), x.shape), (x,), (jnp.ones_like(x),))

    value, slope = of(name)
    scale = jnp.abs(slope) + jnp.abs(value) + 1e-300
    own = jnp.abs(function({**at, name: at[name] + 0.5}) - value - 0.5 * slope) <= _NEAR * scale
    own = own | ~jnp.isfinite(value)
    for other in others:
        own = own & ((jnp.abs(of(other)[1]) <= _NEAR * scale) | ~jnp.isfinite(value))
    return value, slope, own


def _stepped(step: Any, start: dict[str, Any], others: list[str], name: str) -> tuple[Any, Any, Any]:
    """From a step of `dt`: exact where it is exponential, else its limit for short ones."""

    def at(dt: float) -> tuple[Any, Any, Any]:
        value, slope, own = _affine(lambda s: step(s, dt)[name], start, others, name)
        inf = start[name] + (value - start[name]) / (1 - slope)
        return inf, -dt / jnp.log(slope), own & (slope > 0) & (slope < 1)

    inf, tau, own = at(_DT)
    halved = at(_DT / 2)[1]
    brief = at(1e-5 * _DT)[1]
    return inf, jnp.where(jnp.abs(tau - halved) <= _NEAR * jnp.abs(tau), tau, brief), own
