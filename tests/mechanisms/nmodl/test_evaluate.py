"""The arithmetic, branches and loops of NMODL, as JAX traces them."""

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Fixed
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.evaluate import execute
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.scope import Scope
from rheobase.mechanisms.nmodl.variables import Variables

V = jnp.array([-30.0, 0.0, 1e-9, 20.0])


def run(body: str, more: str = "", look: bool = False, **values: Any) -> Scope:
    """What INITIAL leaves behind in the variables `x`, `y`, `a[4]` and `big[200]`."""
    file = parse(
        "NEURON { SUFFIX s RANGE p } PARAMETER { p = 2 } CONSTANT { three = 3 }\n"
        f"ASSIGNED {{ v x y a[4] big[200] celsius }} LOCAL w\nINITIAL {{ {body} }}\n{more}"
    )
    scope = Scope(Variables(file).context(), values, None if look else SimpleNamespace(celsius=6.3), V.shape)
    assert file.initial is not None
    with scope.frame():
        execute(file.initial.body, scope)
    return scope


def x_of(body: str, more: str = "") -> Any:
    return lambda v: jnp.broadcast_to(run(body, more, v=v)["x"], v.shape)


GUARDED = [
    ("if (fabs(v) < 1e-6) { x = 10 - v/2 } else { x = v/(exp(v/10) - 1) }", "the usual guard"),
    ("if (v == 0) { x = 1 } else { x = sin(v)/v }", "an equality"),
    ("if (v > 0) { x = sqrt(v)*log(v) } else { x = 0 }", "a root and a logarithm"),
    ("if (v > 0) { x = v^0.5 + v^-1.5 } else { x = exp(v) }", "powers"),
    ("if (v > 0) { if (v > 1) { x = 1/(v - 1e-9) } else { x = 2 } } else { x = v }", "one inside another"),
    ("x = 0 if (v < -10 || v > 10) { x = 1/fabs(v) + tan(v)*acos(20/(v*v + 20)) }", "no ELSE"),
    ("if (v < 5) { x = 1 } else { x = 1/exp(1000*v) + exp(1000*v)*0 }", "overflow"),
    ("if (v != 0) { x = f(v) } else { x = 1 }", "a function"),
]


@pytest.mark.parametrize(("body", "what"), GUARDED)
def test_a_branch_not_taken_leaves_no_nan(body: str, what: str) -> None:
    function = x_of(body, "FUNCTION f(u) { LOCAL r r = 1/u f = r*r*exp(-r*r) }")
    value, slope = jax.jvp(function, (V,), (jnp.ones_like(V),))
    gradient = jax.grad(lambda v: function(v).sum())(V)
    assert np.isfinite(value).all(), what
    assert np.isfinite(slope).all(), what
    away = np.abs(V) > 1e-3
    np.testing.assert_allclose(np.asarray(slope)[away], np.asarray(gradient)[away], rtol=1e-12)
    centred = (function(V + 1e-6) - function(V - 1e-6)) / 2e-6
    np.testing.assert_allclose(np.asarray(slope)[away], np.asarray(centred)[away], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = 2^3^2 - -2^2", 2.0**9 + 4),
        ("x = 7/2", 3.5),
        ("x = (1 < 2) + (2 <= 1)*10 + (3 == 3)*100 + !5*1000", 101.0),
        ("x = 1 && 0 || 1", 1.0),
        ("x = fmod(-7, 3) + atan2(1, 1) + pow(2, 0.5) + fabs(-three)", -1 + np.pi / 4 + 2**0.5 + 3),
        ("x = exprelr(0) + exprelr(2)", 1 + 2 / (np.e**2 - 1)),
        ("x = floor(-1.5) + ceil(1.2) + log10(1000) + fmax(1, 2) + fmin(1, 2)", -2 + 2 + 3 + 2 + 1),
        ("x = exp(1e6)", np.exp(700.0)),
        ("x = 0 FROM i = 1 TO 10 BY 3 { x = x + i }", 22.0),
        ("x = 1 WHILE (x < 100) { x = x*2 }", 128.0),
        ("FROM i = 0 TO 3 { a[i] = i*i } x = a[3] + a[1+1]", 13.0),
        ("w = 2 set(5) x = w", 7.0),
        ("LOCAL w w = 3 set(5) x = w", 3.0),
        ("x = twice(twice(3)) + late(1)", 12.0),
        ("y = 3 x = keeps(y) + y", 13.0),
        ("if (0) { x = 1/0 } else { x = 4 }", 4.0),
    ],
)
def test_arithmetic_is_that_of_doubles(body: str, expected: float) -> None:
    scope = run(
        body,
        "PROCEDURE set(q) { w = w + q } FUNCTION twice(q) { twice = 2*q } FUNCTION late(q) { if (q < 0) { late = q } }"
        " FUNCTION keeps(q) { q = q + 7 keeps = q }",
        v=V,
        w=0.0,
    )
    np.testing.assert_allclose(scope["x"], expected, rtol=1e-14)


def test_an_index_that_a_run_finds() -> None:
    np.testing.assert_allclose(
        x_of("FROM i = 0 TO 3 { a[i] = 10*i } y = (v + 30)/20 a[y] = 5 x = a[y] + a[0]")(V), [10, 5, 5, 5]
    )
    np.testing.assert_allclose(
        x_of("FROM i = 0 TO 199 { big[i] = i } y = v + 50 big[y] = 5 x = big[y] + big[70]")(V), [75, 75, 75, 10]
    )


def test_loops_whose_end_a_run_finds_are_differentiated() -> None:
    v = jnp.array([1.5, 2.0, 3.0, 200.0])
    doubling = x_of("x = 1 WHILE (x < 100) { x = x*v }")
    np.testing.assert_allclose(doubling(v), [1.5**12, 128, 243, 200])
    slope = jax.grad(lambda v: doubling(v).sum())(v)
    np.testing.assert_allclose(slope, [12 * 1.5**11, 7 * 2**6, 5 * 3**4, 1], rtol=1e-12)
    summed = x_of("x = 0 FROM i = 0 TO v { x = x + i }")
    np.testing.assert_allclose(summed(jnp.array([0.5, 1.0, 3.9, 10.0])), [0, 1, 6, 55])


def test_a_loop_that_does_not_end_is_no_number() -> None:
    assert np.isnan(x_of("x = 1 WHILE (x > v - v) { x = x + 1 }")(V)).all()


@pytest.mark.parametrize(
    ("body", "more", "said"),
    [
        ("x = a[4]", "", "from 0 to 3"),
        ("WHILE (1 > 0) { x = x + 1 }", "", "passes"),
        ("FROM i = 0 TO 1e9 { x = 1 }", "", "passes"),
        ("x = f(1)", "FUNCTION f(q) { f = g(q) } FUNCTION g(q) { g = f(q) }", "recursion"),
        ("x = f(1, 2)", "FUNCTION f(q) { f = q }", "argument"),
        ("x = f(1)", "FUNCTION_TABLE f(q)", "empty"),
    ],
)
def test_what_cannot_be_is_refused_with_a_place(body: str, more: str, said: str) -> None:
    with pytest.raises(NmodlError, match=said) as caught:
        run(body, more, v=V)
    assert caught.value.line > 1


def test_fixed_values_stay_so_until_they_meet_others() -> None:
    fixed = Fixed("parameter", ("p",))
    scope = run("x = 3^((p - 6.3)/10)*2 + 0 y = x*v", look=True, p=fixed, v=UNKNOWN)
    assert isinstance(scope.read("x"), Fixed)
    assert scope.read("y") is UNKNOWN


def test_looking_finds_what_is_read_before_it_is_surely_written() -> None:
    file = parse(
        "NEURON { SUFFIX s } ASSIGNED { v x y z q } "
        "INITIAL { if (v > 0) { x = 1 y = 2 } else { x = 2 } z = x + y + f(q) } FUNCTION f(u) { q = 1 f = u + q }"
    )
    scope = Scope(Variables(file).context(), {"v": UNKNOWN})
    assert file.initial is not None
    execute(file.initial.body, scope)
    assert scope.read_first == {"y", "q"}
    assert scope.written >= {"x", "y", "z", "q"}
