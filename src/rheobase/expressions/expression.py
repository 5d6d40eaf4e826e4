"""Formulas typed by a person or read from a file.

The text is parsed into Python's syntax tree, which is then walked by a short list of allowed nodes. Nothing
is compiled or evaluated as Python, so a formula from a file can do no more than arithmetic.
"""

import ast
import difflib
import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, NoReturn

import numpy as np

MAX_LENGTH = 2000  # characters
MAX_DEPTH = 50  # nested operations and parentheses
MAX_EXPONENT = 100  # of a literal power

_ALLOWED_TEXT = re.compile(r"[A-Za-z0-9_+\-*/(),.\s]*")
_NUMBER_IN_NAME = re.compile(r"(?<![\w.])(?>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?=[A-Za-z_])")
_HINTS = {
    "^": "write a power as **",
    "<": "there are no comparisons; heaviside(x - a) is 1 from x = a on",
    ">": "there are no comparisons; heaviside(x - a) is 1 from x = a on",
    "=": "give the formula alone, without a name and an equals sign",
}
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class ExpressionError(ValueError):
    """A formula that cannot be understood.

    **Attributes:** `column`, where in the text, counted from 1; `hint`, what to write instead (may be empty).
    """

    def __init__(self, message: str, text: str, column: int, hint: str = "") -> None:
        shown = text if len(text) <= 80 else text[:77] + "..."
        super().__init__(f"in '{shown}', column {column}: {message}" + (f"; {hint}" if hint else ""))
        self.column = column
        self.hint = hint


def _heaviside(x: Any, xp: Any) -> Any:
    return xp.where(x >= 0, 1.0, 0.0)


def exprelr(x: Any, xp: Any = np) -> Any:
    """`x / (exp(x) - 1)`, continuous and differentiable through 0."""
    small = xp.abs(x) < 1e-5
    safe = xp.where(small, 1.0, x)
    return xp.where(small, 1 - 0.5 * x, safe / (xp.exp(safe) - 1))


# Each function with the least and the greatest number of arguments.
_Function = tuple[int, int | None, Callable[..., Any]]
_FUNCTIONS: dict[str, _Function] = {
    "exp": (1, 1, lambda xp, x: xp.exp(x)),
    "log": (1, 1, lambda xp, x: xp.log(x)),
    "log10": (1, 1, lambda xp, x: xp.log10(x)),
    "sqrt": (1, 1, lambda xp, x: xp.sqrt(x)),
    "abs": (1, 1, lambda xp, x: xp.abs(x)),
    "sin": (1, 1, lambda xp, x: xp.sin(x)),
    "cos": (1, 1, lambda xp, x: xp.cos(x)),
    "tanh": (1, 1, lambda xp, x: xp.tanh(x)),
    "min": (2, None, lambda xp, *x: reduce(xp.minimum, x)),
    "max": (2, None, lambda xp, *x: reduce(xp.maximum, x)),
    "heaviside": (1, 1, lambda xp, x: _heaviside(x, xp)),
    "exprelr": (1, 1, lambda xp, x: exprelr(x, xp)),
    "pow": (2, 2, lambda xp, x, y: xp.power(x, y)),
}
FUNCTIONS = frozenset(_FUNCTIONS)


class Expression:
    """A formula of numbers, names, `+ - * / **`, parentheses and the functions in `FUNCTIONS`.

    `log` is natural; `min` and `max` take two arguments or more; `heaviside(x)` is 0 below 0 and 1 from 0
    on; `exprelr(x)` is `x / (exp(x) - 1)`, and 1 at 0. Expressions are immutable, hashable and equal when their
    texts are.

    **Arguments:** `text`, the formula.

    **Raises:** `ExpressionError` (a `ValueError`) with the column of the fault and a hint; `TypeError` if
    `text` is no string.

    >>> decay = Expression("gmax * exp(-d / lam)")
    >>> sorted(decay.names)
    ['d', 'gmax', 'lam']
    >>> decay.evaluate({"gmax": 2.0, "d": np.array([0.0, 100.0]), "lam": 100.0})
    array([2.        , 0.73575888])
    >>> Expression("2 * expp(d)")
    Traceback (most recent call last):
    ...
    rheobase.expressions.expression.ExpressionError: in '2 * expp(d)', column 5: there is no function expp;
    did you mean exp?
    """

    __slots__ = ("_names", "_text", "_tree")

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a formula is text such as 'g * (1 - d / 1000)', not {type(text).__name__}")
        self._text = text.strip()
        self._tree = _parse(self._text)
        self._names = frozenset(
            node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name) and node.id not in FUNCTIONS
        )

    @property
    def text(self) -> str:
        """The formula as it was given."""
        return self._text

    @property
    def names(self) -> frozenset[str]:
        """The names that `evaluate` needs a value for."""
        return self._names

    @property
    def tree(self) -> ast.expr:
        """The formula as Python's syntax tree of allowed nodes only, to be read and not to be changed."""
        return self._tree

    def evaluate(self, values: Mapping[str, Any], xp: Any = np) -> Any:
        """Compute the formula.

        **Arguments:**

        - `values`: a number or an array for each of `names` (others are ignored); arrays broadcast.
        - `xp`: the array library, `numpy` or `jax.numpy`; under JAX the result can be traced and
          differentiated.

        **Returns:** an array of floats. Where the formula has no finite value (`1 / d` at `d = 0`) the array
        has an infinity or NaN, without a warning.

        **Raises:** `KeyError` naming the names that have no value.
        """
        missing = sorted(self._names - values.keys())
        if missing:
            raise KeyError(f"'{self._text}' needs a value for {', '.join(missing)}")
        arrays = {name: _as_float(values[name], xp) for name in self._names}
        with np.errstate(all="ignore"):
            return xp.asarray(_walk(self._tree, arrays, xp))

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Expression) else NotImplemented

    def __hash__(self) -> int:
        return hash((Expression, self._text))

    def __repr__(self) -> str:
        return f"Expression({self._text!r})"

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[type["Expression"], tuple[str]]:
        return Expression, (self._text,)


def _as_float(value: Any, xp: Any) -> Any:
    array = xp.asarray(value)
    return array if xp.issubdtype(array.dtype, xp.floating) else array.astype(float)


def _walk(node: ast.expr, values: Mapping[str, Any], xp: Any) -> Any:
    """Compute a checked tree."""
    match node:
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=sign, operand=operand):
            inner = _walk(operand, values, xp)
            return -inner if isinstance(sign, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_walk(left, values, xp), _walk(right, values, xp))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name][2](xp, *(_walk(arg, values, xp) for arg in args))
    raise AssertionError(f"unchecked node {node!r}")  # pragma: no cover


def _parse(text: str) -> ast.expr:
    """Parse and check `text`; numbers in the tree are floats, or ints where a power has a whole exponent."""
    if not text:
        raise ExpressionError("the formula is empty", text, 1, "write a number or a formula")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the formula is longer than {MAX_LENGTH} characters", text, MAX_LENGTH + 1)
    allowed = _ALLOWED_TEXT.match(text)
    end = allowed.end() if allowed else 0
    if end < len(text):
        hint = _HINTS.get(text[end], "use numbers, names, + - * / ** ( ) and " + ", ".join(sorted(FUNCTIONS)))
        raise ExpressionError(f"{text[end]!r} has no meaning here", text, end + 1, hint)
    if run_in := _NUMBER_IN_NAME.search(text):
        raise ExpressionError("a number runs into a name", text, run_in.start() + 1, "a product needs its *")
    _check_parentheses(text)
    flat = re.sub(r"\s", " ", text)  # a line break means nothing in a formula
    try:
        tree = ast.parse(flat, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError("this is not a formula", text, max(error.offset or 1, 1)) from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError("the formula is nested too deeply", text, 1, "split it") from None
    return _check(tree, text, 0)


def _check_parentheses(text: str) -> None:
    opened: list[int] = []
    for column, character in enumerate(text, start=1):
        if character == "(":
            opened.append(column)
            if len(opened) > MAX_DEPTH:
                raise ExpressionError(f"more than {MAX_DEPTH} parentheses are open", text, column, "split it")
        elif character == ")":
            if not opened:
                raise ExpressionError("this parenthesis was never opened", text, column)
            opened.pop()
    if opened:
        raise ExpressionError("this parenthesis is never closed", text, opened[-1])


def _check(node: ast.expr, text: str, depth: int) -> ast.expr:
    """Give an equal tree of allowed nodes only, its constant parts computed."""
    if depth > MAX_DEPTH:
        _refuse("the formula is nested too deeply", text, node, "split it")
    match node:
        case ast.Constant():
            return _constant(node, text)
        case ast.Name(id=name):
            if name in FUNCTIONS:
                _refuse(f"{name} is a function", text, node, f"write {name}(...)")
            return node
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            checked: ast.expr = ast.UnaryOp(sign, _check(operand, text, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            # A long sum leans to the left; only what is nested otherwise counts as depth.
            checked = ast.BinOp(_check_left(left, text, depth), op, _check(right, text, depth + 1))
            _check_exponent(checked, text, right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            _check_call(name, args, text, node)
            checked = ast.Call(ast.Name(name), [_check(arg, text, depth + 1) for arg in args], [])
        case ast.Call():
            _refuse("only a function's name may be called", text, node, "a product needs its *")
        case ast.BinOp(op=ast.FloorDiv()):
            _refuse("there is no //", text, node, "a division is written /")
        case _:
            _refuse(f"{type(node).__name__} has no meaning in a formula", text, node)
    ast.copy_location(checked, node)
    return _fold(checked, text)


def _check_left(node: ast.expr, text: str, depth: int) -> ast.expr:
    """Check the left operands of a chain such as `a + b + c` without counting them as nested."""
    chain: list[ast.BinOp] = []
    while isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not isinstance(node.op, ast.Pow):
        chain.append(node)
        node = node.left
    if len(chain) > 8 * MAX_DEPTH:
        _refuse("the formula has too many terms", text, node, "split it")
    checked = _check(node, text, depth + 1)
    for link in reversed(chain):
        joined = ast.BinOp(checked, link.op, _check(link.right, text, depth + 1))
        checked = _fold(ast.copy_location(joined, link), text)
    return checked


def _check_call(name: str, args: list[ast.expr], text: str, node: ast.expr) -> None:
    if name not in _FUNCTIONS:
        near = difflib.get_close_matches(name, sorted(FUNCTIONS), n=1)
        hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(sorted(FUNCTIONS))
        _refuse(f"there is no function {name}", text, node, hint)
    least, most, _ = _FUNCTIONS[name]
    if len(args) < least or (most is not None and len(args) > most):
        wanted = f"{least} or more arguments" if most is None else f"{least} argument{'s' * (least > 1)}"
        _refuse(f"{name} takes {wanted}, not {len(args)}", text, node)


def _check_exponent(node: ast.BinOp, text: str, where: ast.expr) -> None:
    if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant):
        exponent = float(node.right.value)  # type: ignore[arg-type]  # _constant left only numbers
        if abs(exponent) > MAX_EXPONENT:
            _refuse(f"an exponent goes to {MAX_EXPONENT} at most", text, where)
        if exponent.is_integer():
            node.right = ast.copy_location(ast.Constant(int(exponent)), node.right)  # exact, and smooth at 0


def _constant(node: ast.Constant, text: str) -> ast.Constant:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(f"{value!r} is not a number", text, node)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        _refuse("this number is too large", text, node)
    return ast.copy_location(ast.Constant(number), node)


def _fold(node: ast.expr, text: str) -> ast.expr:
    """Compute a node whose operands are numbers, so that a division by zero is found before anything runs."""
    parts = [p for p in ast.iter_child_nodes(node) if isinstance(p, ast.expr) and not isinstance(p, ast.Name)]
    named = [p for p in ast.iter_child_nodes(node) if isinstance(p, ast.Name) and p.id not in FUNCTIONS]
    if named or not all(isinstance(part, ast.Constant) for part in parts):
        return node
    with np.errstate(all="ignore"):
        wide = [np.float64(part.value) for part in parts]  # type: ignore[attr-defined]  # they are constants
        if isinstance(node, ast.BinOp):
            number = float(_OPERATORS[type(node.op)](*wide))
        else:
            number = float(_walk(node, {}, np))
    if not math.isfinite(number):
        _refuse("this has no finite value", text, node)
    return ast.copy_location(ast.Constant(number), node)


def _refuse(message: str, text: str, node: ast.expr, hint: str = "") -> NoReturn:
    raise ExpressionError(message, text, node.col_offset + 1, hint)
