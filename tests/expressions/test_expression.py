"""Formulas: their values, their gradients and what they refuse."""

import pickle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from rheobase.expressions import FUNCTIONS, Expression, ExpressionError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1.0),
        ("-2**2", -4.0),
        ("2**-1", 0.5),
        ("2**3**2", 512.0),
        ("1 - 2 - 3", -4.0),
        ("8 / 4 / 2", 1.0),
        ("1 + 2*3", 7.0),
        ("(1 + 2)*3", 9.0),
        ("--3", 3.0),
        (".5e1", 5.0),
        ("exp(0) + log(1) + log10(100) + sqrt(9)", 6.0),
        ("abs(-2) + sin(0) + cos(0) + tanh(0)", 3.0),
        ("min(3, 1, 2) + max(3, 1, 2)", 4.0),
        ("heaviside(-1e-9) + heaviside(0) + heaviside(1)", 2.0),
        ("pow(2, 10)", 1024.0),
        ("1 +\n 1", 2.0),
    ],
)
def test_values_of_constants(text: str, expected: float) -> None:
    result = Expression(text).evaluate({})
    assert result.dtype == np.float64
    assert float(result) == pytest.approx(expected, rel=1e-15)


def test_names_take_arrays_and_broadcast() -> None:
    expression = Expression("a * (1 - d / 1000) + max(d, b, 3)")
    assert expression.names == {"a", "b", "d"}
    d = np.array([0, 500, 1000])
    values: dict[str, Any] = {"a": 0.12, "b": np.float64(4), "d": d, "unused": None}
    result = expression.evaluate(values)
    np.testing.assert_array_equal(result, 0.12 * (1 - d / 1000) + np.maximum(d, 4.0))


def test_whole_powers_of_whole_numbers_are_floats() -> None:
    np.testing.assert_array_equal(Expression("d ** -2").evaluate({"d": np.array([1, 2])}), [1.0, 0.25])


def test_no_finite_value_is_shown_in_the_result_without_a_warning() -> None:
    result = Expression("1 / d + sqrt(e)").evaluate({"d": np.array([0.0, 1.0]), "e": np.array([1.0, -1.0])})
    assert np.isposinf(result[0])
    assert np.isnan(result[1])


def test_jax_gives_the_same_values_and_the_gradient() -> None:
    text = "a*exp(-d/100) + pow(d, 2)*heaviside(d-1) + min(d, a)**3 + sqrt(abs(d)) + tanh(log(d)) + d**-1"
    expression = Expression(text)
    d = np.linspace(0.5, 300, 17)
    with jax.enable_x64(True):
        jitted = jax.jit(lambda a, d: expression.evaluate({"a": a, "d": d}, jnp))
        np.testing.assert_allclose(jitted(2.0, d), expression.evaluate({"a": 2.0, "d": d}), rtol=1e-13)
        slope = jax.grad(lambda a: jitted(a, d).sum())(2.0)
    h = 1e-6
    low, high = (expression.evaluate({"a": 2.0 + s * h, "d": d}).sum() for s in (-1, 1))
    assert float(slope) == pytest.approx((high - low) / (2 * h), rel=1e-6)


def test_jax_single_precision_stays_single() -> None:
    assert Expression("2 * d + 1/3").evaluate({"d": jnp.ones(2, "float32")}, jnp).dtype == jnp.float32


def test_a_square_is_smooth_at_zero() -> None:
    square = Expression("d**2")
    assert float(jax.grad(lambda d: square.evaluate({"d": d}, jnp))(0.0)) == 0.0


def test_equal_by_text_and_hashable() -> None:
    assert Expression(" d * 2 ") == Expression("d * 2")
    assert Expression("d*2") != Expression("d * 2")
    assert Expression("d") != "d"
    assert len({Expression("d"), Expression("d"), Expression("e")}) == 2
    assert repr(Expression("d * 2")) == "Expression('d * 2')"
    assert str(Expression("d * 2")) == "d * 2"
    assert pickle.loads(pickle.dumps(Expression("d * 2"))) == Expression("d * 2")  # noqa: S301


def test_it_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Expression("d").text = "e"  # type: ignore[misc]


def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match="needs a value for b, d"):
        Expression("a + b * d").evaluate({"a": 1})


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("2 ^ 3", 3, r"power as \*\*"),
        ("d > 3", 3, "heaviside"),
        ("g = 3", 3, "without a name"),
        ("1 +", 1, "not a formula"),
        ("2 x", 3, "not a formula"),
        ("2(d)", 1, "product needs its"),
        ("2d", 1, "product needs its"),
        ("d + 1_000", 5, "runs into a name"),
        ("0x10", 1, "runs into a name"),
        ("(d)(e)", 1, "there is no function d"),
        ("(d + 1)(e)", 1, "product needs its"),
        ("(1 + 2", 1, "never closed"),
        ("1 + 2)", 6, "never opened"),
        ("1 + expp(2)", 5, "did you mean exp"),
        ("exp", 1, r"write exp\(...\)"),
        ("exp(1, 2)", 1, "takes 1 argument, not 2"),
        ("pow(1)", 1, "takes 2 arguments, not 1"),
        ("min(1)", 1, "2 or more arguments, not 1"),
        ("d // 2", 1, "no //"),
        ("1 / 0", 1, "no finite value"),
        ("d + 1/(2 - 2)", 5, "no finite value"),
        ("log(0)", 1, "no finite value"),
        ("(-1)**0.5", 1, "no finite value"),
        ("9**99**9", 4, "exponent goes to 100"),
        ("d**101", 4, "exponent goes to 100"),
        ("1e999", 1, "too large"),
        ("9" * 400, 1, "too large"),
        ("1j", 1, "runs into a name"),
        ("True", 1, "not a number"),
        ("None", 1, "not a number"),
        ("d.real", 1, "Attribute"),
        ("(1, 2)", 1, "Tuple"),
        ("exp(*d)", 5, "Starred"),
        ("d or e", 1, "BoolOp"),
        ("not d", 1, "UnaryOp"),
        ("d if e else f", 1, "IfExp"),
        ("'text'", 1, "no meaning"),
        ("d[0]", 2, "no meaning"),
        ("λ", 1, "no meaning"),
        ("d; e", 2, "no meaning"),
        ("+" * 60 + "d", 52, "nested too deeply"),
        ("(" * 60 + "d" + ")" * 60, 51, "parentheses are open"),
        ("-" * 1900 + "d", None, "nested too deeply"),
        ("2**" * 600 + "d", None, "nested too deeply"),
        ("+".join("d" * 1001), 2001, "longer than 2000"),
        ("+".join("d" * 900), 1, "too many terms"),
    ],
)
def test_faults_are_located(text: str, column: int | None, words: str) -> None:
    with pytest.raises(ExpressionError, match=words) as caught:
        Expression(text)
    assert column is None or caught.value.column == column
    assert f"column {caught.value.column}: " in str(caught.value)


@pytest.mark.parametrize("value", [None, 3, b"d", ["d"]])
def test_only_text_is_a_formula(value: Any) -> None:
    with pytest.raises(TypeError, match="a formula is text"):
        Expression(value)


def test_a_long_sum_is_not_deep() -> None:
    assert float(Expression("+".join("d" * 300)).evaluate({"d": 1.0})) == 300


@given(st.text(max_size=40))
def test_any_text_is_a_formula_or_a_located_error(text: str) -> None:
    try:
        expression = Expression(text)
    except ExpressionError as refused:
        column = refused.column
    else:
        expression.evaluate(dict.fromkeys(expression.names, 0.5))
        column = 1
    assert column >= 1


_formulas = st.recursive(
    st.sampled_from(["d", "e", "2", "0.5", "1e-3"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"-{t}"),
        st.tuples(st.sampled_from(["sin", "cos", "tanh", "abs"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
    ),
    max_leaves=12,
)


@given(_formulas)
def test_values_are_those_of_arithmetic(text: str) -> None:
    values = {"d": np.float64(0.7), "e": np.float64(-1.3)}
    try:
        expression = Expression(text)
    except ExpressionError:
        assume(False)  # a quotient of constants may divide by zero
    functions = {name: getattr(np, name) for name in ("sin", "cos", "tanh", "abs")}
    with np.errstate(all="ignore"):
        expected = eval(text, {"__builtins__": {}}, functions | values)  # noqa: S307  # built just above
    np.testing.assert_allclose(expression.evaluate(values), expected, rtol=1e-12, equal_nan=True)


def test_the_functions_are_those_documented() -> None:
    documented = "abs cos exp exprelr heaviside log log10 max min pow sin sqrt tanh"
    assert sorted(FUNCTIONS) == documented.split()
