"""The arithmetic of NMODL expressions as a model is traced: on numbers, on what a run fixes, and on arrays.

A value is one of:

- a `float` or `bool`, known when the file is read;
- `Fixed`, an expression in parameters and temperature alone, kept as it is so that it can be computed once a run;
- a JAX array over instances;
- `UNKNOWN`, which stands for an array while a file is looked through without one.

NMODL knows doubles only: a comparison gives 0 or 1, and what overflows or is undefined gives an infinity or NaN.
"""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from rheobase.kernel.exponential import expm1_ratio

Value: TypeAlias = Any


class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class Fixed:
    """An operation on numbers and other fixed values; a leaf is `("parameter", name)` or `("celsius",)`.

    **Fields:** `operation`; `operands`; `cost`, about the additions that evaluating it takes.
    """

    __slots__ = ("_hash", "cost", "operands", "operation")

    def __init__(self, operation: str, operands: tuple[Any, ...]) -> None:
        self.operation = operation
        self.operands = operands
        own = 0 if operation in LEAVES else COST.get(operation, 20)
        self.cost: int = own + sum(x.cost for x in operands if isinstance(x, Fixed))
        self._hash = hash((operation, operands))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Fixed)
            and self._hash == other._hash
            and self.operation == other.operation
            and self.operands == other.operands
        )

    def __repr__(self) -> str:
        return f"{self.operation}({', '.join(map(repr, self.operands))})"


LEAVES = ("parameter", "celsius", "geometry")

COST = {"add": 1, "subtract": 1, "multiply": 1, "negative": 1, "where": 1, "abs": 1} | dict.fromkeys(
    ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "and", "or", "not", "truth", "number"), 1
)
"""Additions that an operation is worth; 20 where none is said."""

BOOLEAN = frozenset(
    ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "and", "or", "not", "truth")
)

_LARGEST_EXPONENT = 700.0


def _exponential(x: Array) -> Array:
    # As NEURON's: nothing overflows to infinity, whose derivative would be NaN in a branch not taken.
    return jnp.exp(jnp.where(x > _LARGEST_EXPONENT, _LARGEST_EXPONENT, x))


def _power(x: Any, y: Any) -> Any:
    if isinstance(y, float):
        if y == int(y) and abs(y) <= 64:
            return lax.integer_pow(x, int(y))
        if abs(y) == 0.5:
            return jnp.sqrt(x) if y > 0 else 1 / jnp.sqrt(x)
    if isinstance(x, float) and x > 0:
        return jnp.exp(y * float(np.log(x)))
    return jnp.power(x, y)


def _exprelr(x: Array) -> Array:
    return 1 / expm1_ratio(jnp.where(x > _LARGEST_EXPONENT, _LARGEST_EXPONENT, x))


def _truth(x: Any) -> Any:
    return x if is_boolean(x) else x != 0


def is_boolean(x: Any) -> bool:
    """Whether a number or array is of truth values."""
    return isinstance(x, bool) or (isinstance(x, Array) and x.dtype.kind == "b")


def _erf(x: Any) -> Any:
    return jax.scipy.special.erf(x)


ARRAYS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negative": operator.neg,
    "power": _power,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "and": jnp.logical_and,
    "or": jnp.logical_or,
    "not": jnp.logical_not,
    "truth": _truth,
    "number": lambda x: x,
    "where": jnp.where,
    "exp": _exponential,
    "log": jnp.log,
    "log10": lambda x: jnp.log(x) * (1 / np.log(10)),
    "abs": jnp.abs,
    "sqrt": jnp.sqrt,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "atan2": jnp.arctan2,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "asinh": jnp.arcsinh,
    "acosh": jnp.arccosh,
    "atanh": jnp.arctanh,
    "ceil": jnp.ceil,
    "floor": jnp.floor,
    "trunc": jnp.trunc,
    "round": lambda x: jnp.trunc(x + jnp.where(x < 0, -0.5, 0.5)),
    "fmod": jnp.fmod,
    "exprelr": _exprelr,
    "erf": _erf,
    "erfc": lambda x: 1 - _erf(x),
    "lgamma": jax.scipy.special.gammaln,
    "tgamma": jax.scipy.special.gamma,
    "expm1": jnp.expm1,
    "log1p": jnp.log1p,
    "cbrt": jnp.cbrt,
    "hypot": jnp.hypot,
    "rint": jnp.rint,
}

# Where a branch is not taken, an operand is replaced by one at which the operation and its derivatives are finite.
_SAFE: dict[str, tuple[int, float]] = {
    "divide": (1, 1.0),
    "fmod": (1, 1.0),
    "log": (0, 1.0),
    "log10": (0, 1.0),
    "sqrt": (0, 1.0),
    "power": (0, 1.0),
    "tan": (0, 0.0),
    "asin": (0, 0.0),
    "acos": (0, 0.0),
    "atanh": (0, 0.0),
    "acosh": (0, 2.0),
    "sinh": (0, 0.0),
    "cosh": (0, 0.0),
    "lgamma": (0, 1.0),
    "tgamma": (0, 1.0),
    "log1p": (0, 0.0),
    "cbrt": (0, 1.0),
    "hypot": (0, 1.0),
    "expm1": (0, 0.0),
    "atan2": (1, 1.0),
}


_NUMPY: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "divide": np.divide,
    "power": np.power,
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "fmod": np.fmod,
    "atan2": np.arctan2,
}


def compute(operation: str, *operands: Any) -> Any:
    """One operation on numbers or arrays."""
    if all(isinstance(x, float | bool) for x in operands):
        with np.errstate(all="ignore"):
            result = _numbers(operation, operands)
        return bool(result) if operation in BOOLEAN else float(result)
    if operation not in BOOLEAN and operation != "where":
        operands = tuple(x.astype(float) if isinstance(x, Array) and x.dtype == bool else x for x in operands)
    return ARRAYS[operation](*operands)


def _numbers(operation: str, operands: tuple[Any, ...]) -> Any:
    if operation == "where":
        condition, yes, no = operands
        return yes if condition else no
    if operation == "exp":
        return np.exp(min(operands[0], _LARGEST_EXPONENT))
    if operation in ("and", "or", "not", "truth"):
        a, *b = (bool(x) for x in operands)
        return {"and": a and all(b), "or": a or any(b), "not": not a, "truth": a}[operation]
    values = [np.float64(x) for x in operands]
    if operation in _NUMPY:
        return _NUMPY[operation](*values)
    return ARRAYS[operation](*values)


def is_known(value: Value) -> bool:
    """Whether a value is a number now."""
    return isinstance(value, float | bool)


class Path(NamedTuple):
    """The path by which a statement is reached.

    **Fields:** `taken`, where it is, None for everywhere; `fixed`, the part of that which a run fixes; `force`, which
    turns a fixed value into an array.
    """

    taken: Value
    fixed: Value
    force: Callable[[Value], Any]

    def apply(self, operation: str, *operands: Value) -> Value:
        """An operation on values of any kind, guarded where the path is not taken."""
        if all(isinstance(x, float | bool) for x in operands):
            return compute(operation, *operands)
        simple = _identity(operation, operands)
        if simple is not None:
            return simple
        if all(isinstance(x, float | bool | Fixed) for x in operands):
            if self.fixed is not None:
                operands = _guarded(operation, operands, self._guard_fixed)
            return Fixed(operation, operands)
        if operation == "divide" and isinstance(operands[1], float | Fixed) and operands[1] != 0.0:
            return self.apply("multiply", operands[0], self.apply("divide", 1.0, operands[1]))
        arrays = tuple(self.force(x) for x in operands)
        if any(x is UNKNOWN for x in arrays):
            return UNKNOWN
        if self.taken is not None:
            arrays = _guarded(operation, arrays, self._guard)
        return compute(operation, *arrays)

    def _guard_fixed(self, x: Value, safe: float) -> Value:
        return Fixed("where", (self.fixed, x, safe))

    def _guard(self, x: Any, safe: float) -> Any:
        return jnp.where(self.force(self.taken), x, safe)


def _guarded(operation: str, operands: tuple[Any, ...], guard: Callable[[Any, float], Any]) -> tuple[Any, ...]:
    if operation not in _SAFE:
        return operands
    position, safe = _SAFE[operation]
    if operation == "power" and isinstance(operands[1], float) and operands[1] >= 1 and operands[1] == int(operands[1]):
        return operands
    if operation == "power" and isinstance(operands[0], float):
        position, safe = 1, 0.0
    if isinstance(operands[position], float):
        return operands
    return tuple(guard(x, safe) if k == position else x for k, x in enumerate(operands))


def _identity(operation: str, operands: tuple[Any, ...]) -> Value | None:
    """What an operation with a neutral element, or a division by a number, is without one."""
    if operation in ("add", "multiply", "divide", "subtract", "power"):
        a, b = operands
        neutral = 0.0 if operation in ("add", "subtract") else 1.0
        if b is not True and b is not False and isinstance(b, float) and b == neutral:
            return a if not _is_comparison(a) else None
        if operation in ("add", "multiply") and isinstance(a, float) and a == neutral:
            return b if not _is_comparison(b) else None
    return None


def _is_comparison(x: Any) -> bool:
    return is_boolean(x) or (isinstance(x, Fixed) and x.operation in BOOLEAN)
