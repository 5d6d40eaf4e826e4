"""A traced function of scalars as statements of NMODL."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr, Literal

_LINE = 100
_FORMS = {
    "add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "div": "({} / {})", "pow": "({} ^ {})",
    "lt": "({} < {})", "le": "({} <= {})", "gt": "({} > {})", "ge": "({} >= {})", "eq": "({} == {})",
    "ne": "({} != {})", "and": "({} && {})", "or": "({} || {})", "not": "(!{})", "neg": "(-{})",
    "exp": "exp({})", "log": "log({})", "tanh": "tanh({})", "sqrt": "sqrt({})", "abs": "fabs({})",
    "floor": "floor({})", "ceil": "ceil({})", "sin": "sin({})", "cos": "cos({})", "sinh": "sinh({})",
    "cosh": "cosh({})", "log1p": "log1p({})", "expm1": "expm1({})", "exp2": "(2.0 ^ {})",
    "logistic": "(1.0 / (1.0 + exp(-{})))", "rsqrt": "(1.0 / sqrt({}))",
}  # fmt: skip
_SAME = frozenset({"convert_element_type", "stop_gradient", "copy", "broadcast_in_dim", "squeeze", "reshape"})
_INLINED = frozenset({"pjit", "jit", "closed_call", "custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr"})


class Untraceable(ValueError):
    """What in a mechanism NMODL cannot say."""


class Statements:
    """What a traced function computes, as statements with local variables `w_0`, `w_1`, ...

    **Arguments:** the function; the `names` of its arguments.

    **Attributes:** `used`, the arguments that matter.
    """

    def __init__(self, closed: ClosedJaxpr, names: list[str]) -> None:
        self._closed = closed
        self._names = names
        self._lines: list[str] = []
        self._locals = 0
        self.used: set[str] = set()

    def lines(self, targets: list[str]) -> list[str]:
        """The statements that set variables to what the function returns. **Raises:** Untraceable."""
        outputs = self._run(self._closed.jaxpr, self._closed.consts, list(self._names))
        # All are set at the end, for a later value may be made of an earlier state.
        moves = []
        for target, value in zip(targets, outputs, strict=True):
            if value != target:
                moves.append(f"{target} = {value if _is_local(value) else self._hold(value)}")
        declared = [f"LOCAL {', '.join(f'w_{k}' for k in range(self._locals))}"] if self._locals else []
        return [*declared, *self._lines, *moves]

    def _run(self, jaxpr: Any, consts: Iterable[Any], arguments: list[str]) -> list[str]:
        values: dict[Any, str] = dict(zip(jaxpr.invars, arguments, strict=True))
        values |= {variable: _constant(value) for variable, value in zip(jaxpr.constvars, consts, strict=True)}
        uses: dict[Any, int] = {}
        for atom in (*(each for equation in jaxpr.eqns for each in equation.invars), *jaxpr.outvars):
            if not isinstance(atom, Literal):
                uses[atom] = uses.get(atom, 0) + 1

        def read(atom: Any) -> str:
            if isinstance(atom, Literal):
                return _constant(atom.val)
            text = values[atom]
            if text in self._names:
                self.used.add(text)
            return text

        for equation in jaxpr.eqns:
            if all(variable not in uses for variable in equation.outvars):
                continue
            results = self._equation(equation, [read(atom) for atom in equation.invars])
            for variable, text in zip(equation.outvars, results, strict=True):
                # What is used once stands where it is used; a truth value has no variable to be in.
                again = uses.get(variable, 0) > 1 or len(text) > _LINE
                short = _is_local(text) or text in self._names or _is_number(text) or variable.aval.dtype == bool
                values[variable] = self._hold(text) if again and not short else text
        return [read(atom) for atom in jaxpr.outvars]

    def _equation(self, equation: Any, arguments: list[str]) -> list[str]:
        name, parameters = equation.primitive.name, equation.params
        if name in _SAME:
            return arguments
        if name in _INLINED:
            inner = parameters.get("jaxpr") or parameters.get("call_jaxpr") or parameters["fun_jaxpr"]
            jaxpr, consts = (inner.jaxpr, inner.consts) if hasattr(inner, "consts") else (inner, ())
            return self._run(jaxpr, consts, arguments)
        if name == "mul" and "1.0" in arguments:
            return [arguments[1 - arguments.index("1.0")]]
        if name in ("integer_pow", "square"):
            return [_power(arguments[0], parameters.get("y", 2))]
        if name in _FORMS:
            return [_FORMS[name].format(*arguments)]
        return [self._chosen(name, arguments)]

    def _chosen(self, name: str, arguments: list[str]) -> str:
        """An operation that chooses one of two values."""
        x, *others = arguments or [""]
        match name:
            case "sign":
                return self._choice(f"({x} > 0)", "1.0", f"(-1.0 * ({x} < 0))")
            case "max":
                return self._choice(f"({x} > {others[0]})", x, others[0])
            case "min":
                return self._choice(f"({x} < {others[0]})", x, others[0])
            case "clamp":
                middle, high = others
                return self._choice(f"({middle} < {x})", x, self._choice(f"({middle} > {high})", high, middle))
            case "select_n" if len(others) == 2:
                return self._choice(x, others[1], others[0])
        raise Untraceable(f"NMODL has no word for {name!r}")

    def _choice(self, condition: str, chosen: str, other: str) -> str:
        held = self._new()
        yes, no = f"    {held} = {_bare(chosen)}", f"    {held} = {_bare(other)}"
        self._lines += [f"if ({_bare(condition)}) {{", yes, "} else {", no, "}"]
        return held

    def _hold(self, text: str) -> str:
        held = self._new()
        self._lines.append(f"{held} = {_bare(text)}")
        return held

    def _new(self) -> str:
        self._locals += 1
        return f"w_{self._locals - 1}"


def _power(x: str, exponent: int) -> str:
    if exponent < 0:
        return f"(1.0 / {_power(x, -exponent)})"
    return {0: "1.0", 1: x}.get(exponent, f"({x}^{exponent})")


def _constant(value: Any) -> str:
    array = np.asarray(value)
    if array.size != 1:
        raise Untraceable("it looks numbers up in a list")
    if array.dtype == bool:
        return "(1 == 1)" if array.item() else "(1 == 0)"
    number = float(array.item())
    if not np.isfinite(number):
        raise Untraceable("it uses infinity")
    return repr(number) if number >= 0 else f"({number!r})"


def _is_local(text: str) -> bool:
    return text.startswith("w_") and text[2:].isdigit()


def _is_number(text: str) -> bool:
    try:
        float(text.strip("()"))
    except ValueError:
        return False
    return True


def _bare(text: str) -> str:
    """An expression without parentheses around all of it."""
    depth = 0
    for k, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and k < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") else text
