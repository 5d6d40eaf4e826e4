"""The functions that NMODL knows without a declaration."""

from collections.abc import Callable
from math import log, pi, sqrt
from typing import Any

from rheobase.mechanisms import draws
from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS
from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Value
from rheobase.mechanisms.nmodl.scope import Scope

Function = Callable[..., Value]

DRAWN = "numbers drawn"
"""The state that counts the random numbers of an instance."""


def _elementary(operation: str) -> Function:
    def function(scope: Scope, *operands: Value) -> Value:
        return scope.apply(operation, *operands)

    return function


def _chosen(comparison: str) -> Function:
    def function(scope: Scope, a: Value, b: Value) -> Value:
        return scope.apply("where", scope.apply(comparison, a, b), a, b)

    return function


def _in_base(base: float) -> Function:
    def function(scope: Scope, x: Value) -> Value:
        return scope.apply("multiply", scope.apply("log", x), 1 / log(base))

    return function


def _at_time(scope: Scope, at: Value) -> Value:
    """Whether the step that ends at `t` passes `at`, as NEURON's fixed step has it."""
    apply, t, early = scope.apply, scope.read("t"), scope.apply("subtract", at, 1e-11)
    begun = apply("greater", early, apply("subtract", t, scope.read("dt")))
    return apply("and", apply("less_equal", early, t), begun)


def _ghk(scope: Scope, v: Value, inside: Value, outside: Value, valence: Value) -> Value:
    """The current of Goldman (1943) and Hodgkin and Katz (1949), mA/cm2 for a permeability in cm/s and mM."""
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


def _step(scope: Scope, x: Value, jump: Value, height: Value) -> Value:
    return scope.apply("where", scope.apply("less", x, jump), 0.0, height)


def _hill(rising: bool) -> Function:
    """`peak x^n / (middle^n + x^n)`, or what is missing from `peak`; without `n`, 1."""

    def function(scope: Scope, x: Value, peak: Value, middle: Value, n: Value = 1.0) -> Value:
        apply = scope.apply
        own, half = apply("power", x, n), apply("power", middle, n)
        share = apply("divide", own if rising else half, apply("add", half, own))
        return apply("multiply", peak, share)

    return function


def _gauss(scope: Scope, x: Value, mean: Value, deviation: Value) -> Value:
    apply = scope.apply
    away = apply("divide", apply("subtract", x, mean), deviation)
    height = apply("divide", 1 / sqrt(2 * pi), deviation)
    return apply("multiply", height, apply("exp", apply("multiply", -0.5, apply("power", away, 2.0))))


def _random(draw: Callable[..., Any], shape: Callable[..., Value]) -> Function:
    """A function that draws one number and gives `shape(scope, number, *arguments)`."""

    def function(scope: Scope, *arguments: Value) -> Value:
        count = scope.read(DRAWN)
        scope[DRAWN] = scope.apply("add", count, 1.0)
        if scope.abstract:
            return UNKNOWN
        number = draw(scope.p.seed, scope.p.stream, scope.array(count))
        return shape(scope, number, *arguments)

    return function


def _as_drawn(_scope: Scope, number: Value, *_: Value) -> Value:
    return number


def _scaled(scope: Scope, number: Value, mean: Value = 1.0) -> Value:
    return scope.apply("multiply", mean, number)


def _between(scope: Scope, number: Value, low: Value = 0.0, high: Value = 1.0) -> Value:
    return scope.apply("add", low, scope.apply("multiply", scope.apply("subtract", high, low), number))


def _around(scope: Scope, number: Value, mean: Value = 0.0, deviation: Value = 1.0) -> Value:
    return scope.apply("add", mean, scope.apply("multiply", deviation, number))


def _whole(scope: Scope, number: Value) -> Value:
    return scope.apply("floor", scope.apply("multiply", number, 4294967296.0))


def _without_stream(function: Function) -> Function:
    """As a function of a RANDOM variable, its first argument, which names the instance's own stream anyhow."""

    def without(scope: Scope, _: Value = 0.0, *arguments: Value) -> Value:
        return function(scope, *arguments)

    return without


def _set_sequence(scope: Scope, _: Value, sequence: Value) -> Value:
    scope[DRAWN] = sequence
    return 0.0


def _poisson(scope: Scope, mean: Value = 1.0) -> Value:
    def draw(*where: Any) -> Any:
        return draws.poisson(scope.force(mean), *where)

    return _random(draw, _as_drawn)(scope)


BUILTINS: dict[str, tuple[int, int, Function]] = {
    name: (1, 1, _elementary(name))
    for name in (
        *("exp", "log", "log10", "sqrt", "exprelr", "erf", "erfc", "lgamma", "ceil", "floor", "trunc", "round"),
        *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
        *("expm1", "log1p", "cbrt", "tgamma"),
    )
}
BUILTINS |= {
    "fabs": (1, 1, _elementary("abs")),
    "abs": (1, 1, _elementary("abs")),
    "rint": (1, 1, _elementary("rint")),
    "INT": (1, 1, _elementary("trunc")),
    "log2": (1, 1, _in_base(2.0)),
    "exp2": (1, 1, lambda scope, x: scope.apply("power", 2.0, x)),
    "factorial": (1, 1, lambda scope, x: scope.apply("tgamma", scope.apply("add", x, 1.0))),
    "fmod": (2, 2, _elementary("fmod")),
    "atan2": (2, 2, _elementary("atan2")),
    "hypot": (2, 2, _elementary("hypot")),
    "pow": (2, 2, _elementary("power")),
    "fmin": (2, 2, _chosen("less")),
    "min": (2, 2, _chosen("less")),
    "fmax": (2, 2, _chosen("greater")),
    "max": (2, 2, _chosen("greater")),
    "at_time": (1, 1, _at_time),
    "nrn_ghk": (4, 4, _ghk),
    "nernst": (3, 3, _nernst),
    "nrn_pointing": (1, 1, lambda *_: 1.0),
    "printf": (0, 100, _nothing),
    "fprintf": (0, 100, _nothing),
    "set_seed": (1, 1, _nothing),
    "step": (3, 3, _step),
    "gauss": (3, 3, _gauss),
    "hyperbol": (3, 3, _hill(rising=True)),
    "revhyperbol": (3, 3, _hill(rising=False)),
    "sigmoid": (4, 4, _hill(rising=True)),
    "revsigmoid": (4, 4, _hill(rising=False)),
    "scop_random": (0, 1, _random(draws.uniform, _as_drawn)),
    "exprand": (1, 1, _random(draws.exponential, _scaled)),
    "normrand": (2, 2, _random(draws.normal, _around)),
    "poisrand": (1, 1, _poisson),
    "random_uniform": (1, 3, _without_stream(_random(draws.uniform, _between))),
    "random_negexp": (1, 2, _without_stream(_random(draws.exponential, _scaled))),
    "random_normal": (1, 3, _without_stream(_random(draws.normal, _around))),
    "random_poisson": (1, 2, _without_stream(_poisson)),
    "random_ipick": (1, 1, _without_stream(_random(draws.uniform, _whole))),
    "random_dpick": (1, 1, _without_stream(_random(draws.uniform, _as_drawn))),
    "random_setseq": (2, 2, _set_sequence),
    "random_setids": (4, 4, _nothing),
}
"""Each built-in function with the least and the greatest number of its arguments."""
