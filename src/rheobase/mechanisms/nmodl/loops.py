"""Loops whose length only a run knows: masked passes, as many as any instance needs, up to a limit.

They are scans, so that derivatives pass through them in both directions; stretches that no instance needs are skipped.
An instance that is not done by then gets NaN, never a wrong number.
"""

from typing import Any

import jax.numpy as jnp
from jax import lax

from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Value, is_known
from rheobase.mechanisms.nmodl.evaluate import execute, truth, value_of
from rheobase.mechanisms.nmodl.scope import Scope, count_pass
from rheobase.mechanisms.nmodl.syntax import Assign, Binary, Body, Expression, From, Name, Number

_STRETCH = 32
WHILE_LIMIT = _STRETCH * _STRETCH
"""Passes through a loop whose end is not known when the file is read."""


def while_unknown(condition: Expression, body: Body, scope: Scope) -> None:
    """Carry out `WHILE (condition) { body }`."""
    written = _written(condition, body, scope)
    if scope.abstract:
        for key in written:
            if key in scope.values:
                scope.values[key] = UNKNOWN
        return
    start = {key: scope.array(scope.read(key)) for key in sorted(written)}
    inside = scope.copy()
    holds = _holds(condition, scope)

    def one(carry: tuple[Any, dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
        active, values = carry
        passing = inside.copy()
        passing.values.update(values)
        with passing.path(active), passing.frame():
            execute(body, passing)
        after = {key: jnp.where(active, passing.array(passing.read(key)), values[key]) for key in values}
        passing.values.update(after)
        with passing.path(active):
            return active & _holds(condition, passing), after

    def stretch(carry: Any, _: None) -> tuple[Any, None]:
        return lax.cond(
            jnp.any(carry[0]),
            lambda c: lax.scan(lambda d, _: (one(d), None), c, length=_STRETCH)[0],
            lambda c: c,
            carry,
        ), None

    (active, values), _ = lax.scan(stretch, (holds, start), length=WHILE_LIMIT // _STRETCH)
    for key, value in values.items():
        scope[key] = jnp.where(active, jnp.nan, value)


def from_unknown(loop: From, first: Value, last: Value, step: Value, scope: Scope) -> None:
    """Carry out a FROM whose bounds are not all known, as a WHILE."""
    place = loop.place
    with scope.frame({loop.variable: scope.apply("trunc", first), "(last)": last}):
        count_pass(scope, place)
        by: Expression = (
            loop.step if loop.step and not is_known(step) else Number(step if is_known(step) else 1.0, place)
        )
        name = Name(loop.variable, place)
        following = Assign(name, Binary("+", name, by, place), place)
        while_unknown(Binary("<=", name, Name("(last)", place), place), (*loop.body, following), scope)


def _holds(condition: Expression, scope: Scope) -> Any:
    return jnp.broadcast_to(scope.force(truth(value_of(condition, scope), scope)), scope.shape)


def _written(condition: Expression, body: Body, scope: Scope) -> set[str]:
    """The keys that a loop's body may write, of those that are there outside of it too."""
    look = scope.copy()
    look.p = None
    look.values = dict.fromkeys(look.values, UNKNOWN)
    look.written = set()
    if not scope.abstract:
        look.forced, look.absent_is_zero = {}, True
    with look.frame():
        value_of(condition, look)
        execute(body, look)
    return {key for key in look.written if "@" not in key or key.split("[")[0] in scope.values or key in scope.values}
