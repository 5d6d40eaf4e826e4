"""The functions that NMODL knows without a declaration."""

from collections.abc import Callable
from typing import Any

from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS
from rheobase.mechanisms.nmodl.arithmetic import Value
from rheobase.mechanisms.nmodl.evaluate import Scope

Function = Callable[..., Value]


def _elementary(operation: str) -> Function:
    def function(scope: Scope, *operands: Value) -> Value:
        return scope.apply(operation, *operands)

    return function


def _where(comparison: str) -> Function:
    def function(scope: Scope, a: Value, b: Value) -> Value:
        return scope.apply("where", scope.apply(comparison, a, b), a, b)

    return function


def _at_time(scope: Scope, at: Value) -> Value:
    """Whether the step that ends at `t` passes `at`, as NEURON's fixed step has it."""
    apply, t, early = scope.apply, scope.read("t"), scope.apply("subtract", at, 1e-11)
    begun = apply("greater", early, apply("subtract", t, scope.read("dt")))
    return apply("and", apply("less_equal", early, t), begun)


def _ghk(scope: Scope, v: Value, inside: Value, outside: Value, valence: Value) -> Value:
    """The flux of Goldman (1943) and Hodgkin and Katz (1949), mC/cm3 for concentrations in mM."""
    apply = scope.apply
    kelvin = apply("add", scope.read("celsius"), ZERO_CELSIUS)
    slope = apply("divide", apply("multiply", valence, 1e-3 * FARADAY / GAS_CONSTANT), kelvin)
    z = apply("multiply", slope, v)
    entering = apply("multiply", inside, apply("exprelr", apply("negative", z)))
    leaving = apply("multiply", outside, apply("exprelr", z))
    return apply("multiply", apply("multiply", valence, 1e-3 * FARADAY), apply("subtract", entering, leaving))


def _nernst(scope: Scope, inside: Value, outside: Value, valence: Value) -> Value:
    apply = scope.apply
    kelvin = apply("add", scope.read("celsius"), ZERO_CELSIUS)
    factor = apply("divide", apply("multiply", kelvin, 1e3 * GAS_CONSTANT / FARADAY), valence)
    return apply("multiply", factor, apply("log", apply("divide", outside, inside)))


def _nothing(*_: Any) -> Value:
    return 0.0


BUILTINS: dict[str, tuple[int, int, Function]] = {
    name: (1, 1, _elementary(name))
    for name in (
        *("exp", "log", "log10", "sqrt", "exprelr", "erf", "erfc", "lgamma", "ceil", "floor", "trunc", "round"),
        *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    )
}
BUILTINS |= {
    "fabs": (1, 1, _elementary("abs")),
    "abs": (1, 1, _elementary("abs")),
    "fmod": (2, 2, _elementary("fmod")),
    "atan2": (2, 2, _elementary("atan2")),
    "pow": (2, 2, _elementary("power")),
    "fmin": (2, 2, _where("less")),
    "min": (2, 2, _where("less")),
    "fmax": (2, 2, _where("greater")),
    "max": (2, 2, _where("greater")),
    "at_time": (1, 1, _at_time),
    "nrn_ghk": (4, 4, _ghk),
    "nernst": (3, 3, _nernst),
    "nernst_coef": (3, 3, _nernst),
    "printf": (0, 99, _nothing),
    "fprintf": (0, 99, _nothing),
}
