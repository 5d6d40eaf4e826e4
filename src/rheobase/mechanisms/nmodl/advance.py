"""SOLVE: the states of a block one step on, by the method its file names."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from rheobase.kernel.exponential import expm1_ratio
from rheobase.mechanisms.nmodl.arithmetic import UNKNOWN, Value
from rheobase.mechanisms.nmodl.evaluate import assign, evaluate, execute, value_of
from rheobase.mechanisms.nmodl.scope import Scope, error_at
from rheobase.mechanisms.nmodl.syntax import (
    Assign,
    Binary,
    Block,
    Body,
    Call,
    Compartment,
    Conserve,
    Diffusion,
    Equation,
    Expression,
    From,
    If,
    Index,
    Name,
    Number,
    Reaction,
    Solve,
    Unary,
    While,
)

_EXPLICIT = ("euler", "runge", "adrunge", "adeint", "heun", "clsoda")


def solve(statement: Solve, scope: Scope) -> None:
    """Carry out a SOLVE, setting the states in `scope`. **Raises:** NmodlError for what is not known."""
    block = next((b for b in scope.context.file.blocks if b.name == statement.block), None)
    if block is None:
        raise error_at(f"no block is named {statement.block}", statement.place)
    if scope.abstract and block.kind != "PROCEDURE" and not (block.kind == "DERIVATIVE" and not statement.steady):
        look_through(block.body, scope)
        for state in (s for d in scope.context.file.states for s in scope.keys(d.name)):
            scope[state] = UNKNOWN
        return
    with scope.frame(call=block.name):
        _method(statement, block)(block, scope)


def _method(statement: Solve, block: Block) -> Callable[[Block, Scope], None]:
    method = statement.method
    if block.kind in ("PROCEDURE", "DISCRETE"):
        return lambda block, scope: execute(block.body, scope)
    if block.kind == "LINEAR":
        from rheobase.mechanisms.nmodl.linear import solve_linear

        return solve_linear
    if block.kind == "NONLINEAR":
        from rheobase.mechanisms.nmodl.implicit import solve_nonlinear

        return solve_nonlinear
    if block.kind not in ("DERIVATIVE", "KINETIC"):
        raise error_at(f"a {block.kind} block cannot be solved", statement.place)
    if statement.steady:
        return _steady
    if block.kind == "KINETIC" and method not in _EXPLICIT:
        return _kinetic
    if method == "cnexp" and all(_linear(a) for a in _rates(block.body)):
        return _exponential
    if method in ("cnexp", "derivimplicit", "sparse", "newton", "cvode_t", "cvode_t_v"):
        return _implicit
    if method in ("euler", "after_cvode"):
        return _euler
    if method in ("", *_EXPLICIT):
        return _runge
    raise error_at(f"no method is named {method}", statement.place, "use cnexp, derivimplicit, sparse, euler or runge")


def look_through(body: Body, scope: Scope) -> None:
    """Go through a block in which equations or reactions stand, without solving it."""

    def each(*expressions: Expression | None) -> None:
        for expression in expressions:
            if expression is not None:
                value_of(expression, scope)

    def reaction(statement: Reaction, _: Scope) -> None:
        backward = statement.backward or Number(0.0, statement.place)
        sides = ((statement.forward, statement.left), (backward, statement.right))
        for name, (rate, species) in zip(("f_flux", "b_flux"), sides, strict=True):
            flux = value_of(rate, scope)
            for count, one in species:
                flux = scope.apply("multiply", flux, scope.apply("power", value_of(one, scope), float(count)))
            scope[name] = flux

    def over(statement: Compartment | Diffusion, _: Scope) -> None:
        what = statement.volume if isinstance(statement, Compartment) else statement.coefficient
        lengths = [scope.context.lengths.get(name, 0) for name in statement.species]
        for k in range(max(lengths, default=0)) if statement.variable else (0,):
            with scope.frame({statement.variable: float(k)}):
                each(what)

    handlers = dict(scope.handlers)
    scope.handlers |= {
        Reaction: reaction,
        Compartment: over,
        Diffusion: over,
        Conserve: lambda s, _: each(s.left, s.right),
        Equation: lambda s, _: each(s.left, s.right),
    }
    with scope.frame():
        execute(body, scope)
    scope.handlers = handlers


def _kinetic(block: Block, scope: Scope) -> None:
    from rheobase.mechanisms.nmodl.kinetic import advance_kinetic

    advance_kinetic(block, scope, scope["dt"])


def _steady(block: Block, scope: Scope) -> None:
    from rheobase.mechanisms.nmodl.implicit import steady_implicit
    from rheobase.mechanisms.nmodl.kinetic import steady_kinetic

    (steady_kinetic if block.kind == "KINETIC" else steady_implicit)(block, scope)


def _implicit(block: Block, scope: Scope) -> None:
    if scope.abstract:
        execute(block.body, scope)
        for assign in _rates(block.body):
            for key in scope.keys(assign.target.name):
                scope[key] = UNKNOWN
        return
    from rheobase.mechanisms.nmodl.implicit import advance_implicit

    advance_implicit(block, scope, scope["dt"])


def _exponential(block: Block, scope: Scope) -> None:
    """NMODL's `cnexp`: each state by the exact solution of its equation, one after another, the others held.

    Later states see the earlier ones' new values.
    """

    def step(statement: Assign, _: Scope) -> None:
        if not statement.target.order:
            assign(statement.target, value_of(statement.value, scope), scope)
            return
        key = _key(statement.target, scope)
        rate, slope = with_slope(statement.value, key, scope)
        apply, dt = scope.apply, scope.read("dt")
        if isinstance(slope, float) and slope == 0.0:
            change = apply("multiply", dt, rate)
        else:
            ratio = _ratio(apply("multiply", slope, dt), scope)
            change = apply("multiply", apply("multiply", dt, rate), ratio)
        scope[key] = apply("add", scope.read(key), change)

    handlers = dict(scope.handlers)
    scope.handlers[Assign] = step
    execute(block.body, scope)
    scope.handlers = handlers


def _ratio(z: Value, scope: Scope) -> Value:
    z = scope.force(z)
    return UNKNOWN if z is UNKNOWN else expm1_ratio(jnp.asarray(z, float))


def _euler(block: Block, scope: Scope) -> None:
    rates = rates_of(block, scope)
    for key, rate in rates.items():
        scope[key] = scope.apply("add", scope.read(key), scope.apply("multiply", scope.read("dt"), rate))


def _runge(block: Block, scope: Scope) -> None:
    """The classical fourth-order method of Runge and Kutta."""
    apply, dt = scope.apply, scope.read("dt")
    start = dict.fromkeys(rates_of(block, scope.copy()))
    start = {key: scope.read(key) for key in start}
    slopes: list[dict[str, Value]] = []
    begun = scope.read("t")
    for fraction in (0.0, 0.5, 0.5, 1.0):
        # NEURON's time runs on from the end of the step.
        scope.values["t"] = apply("add", begun, apply("multiply", dt, fraction))
        for key, x in start.items() if slopes else ():
            scope[key] = apply("add", x, apply("multiply", apply("multiply", dt, fraction), slopes[-1][key]))
        slopes.append(rates_of(block, scope))
    scope.values["t"] = begun
    for key, x in start.items():
        a, b, c, d = (slope[key] for slope in slopes)
        middle = apply("multiply", 2.0, apply("add", b, c))
        mean = apply("multiply", apply("add", apply("add", a, d), middle), 1 / 6)
        scope[key] = apply("add", x, apply("multiply", dt, mean))


def rates_of(block: Block, scope: Scope) -> dict[str, Value]:
    """The rates of a DERIVATIVE or KINETIC block by state."""
    if block.kind == "KINETIC":
        from rheobase.mechanisms.nmodl.kinetic import kinetic_rates

        return kinetic_rates(block, scope)
    with scope.frame():
        execute(block.body, scope)
    rates: dict[str, Value] = {}
    for key in [key for key in scope.values if key.endswith("'")]:
        rates[key[:-1]] = scope.values.pop(key)
    return rates


def with_slope(expression: Expression, key: str, scope: Scope) -> tuple[Value, Value]:
    """The value of an expression and its derivative by the variable under `key`, 0.0 where it does not depend on it.

    The tree is differentiated where it holds the variable and evaluated elsewhere, so what is fixed stays so.
    """
    if not _holds(expression, key, scope):
        return value_of(expression, scope), 0.0
    if isinstance(expression, Name | Index):
        return value_of(expression, scope), 1.0
    apply = scope.apply
    if isinstance(expression, Unary) and expression.operator == "-":
        x, dx = with_slope(expression.operand, key, scope)
        return apply("negative", x), apply("negative", dx)
    if isinstance(expression, Binary) and expression.operator in ("+", "-", "*", "/"):
        (x, dx), (y, dy) = (with_slope(e, key, scope) for e in (expression.left, expression.right))
        if expression.operator in ("+", "-"):
            operation = "add" if expression.operator == "+" else "subtract"
            return apply(operation, x, y), _sum(operation, dx, dy, scope)
        if expression.operator == "*":
            return apply("multiply", x, y), _sum("add", _product(dx, y, scope), _product(x, dy, scope), scope)
        if isinstance(dy, float) and dy == 0.0:
            inverse = apply("divide", 1.0, y)
            return apply("multiply", x, inverse), apply("multiply", dx, inverse)
    return _by_jvp(expression, key, scope)


def _by_jvp(expression: Expression, key: str, scope: Scope) -> tuple[Value, Value]:
    value = value_of(expression, scope)
    if scope.abstract:
        return value, UNKNOWN
    at = scope.array(scope.read(key))

    def function(x: Any) -> Any:
        inside = scope.copy()
        inside.values[key] = x
        return jnp.broadcast_to(evaluate(expression, inside), jnp.shape(x))

    return value, jax.jvp(function, (at,), (jnp.ones_like(at),))[1]


def _sum(operation: str, a: Value, b: Value, scope: Scope) -> Value:
    if isinstance(a, float) and a == 0.0:
        return b if operation == "add" else scope.apply("negative", b)
    return scope.apply(operation, a, b)


def _product(a: Value, b: Value, scope: Scope) -> Value:
    if (isinstance(a, float) and a == 0.0) or (isinstance(b, float) and b == 0.0):
        return 0.0
    return scope.apply("multiply", a, b)


def _holds(expression: Expression, key: str, scope: Scope) -> bool:
    """Whether the variable under `key` stands in an expression."""
    if isinstance(expression, Name):
        return scope.resolve(expression.name, expression.place)[0] == key
    if isinstance(expression, Index):
        name = scope.resolve(expression.name, expression.place)[0]
        if name != key.split("[", maxsplit=1)[0]:
            return _holds(expression.index, key, scope)
        index = value_of(expression.index, scope)
        return not isinstance(index, float) or f"{name}[{int(index)}]" == key
    if isinstance(expression, Call):
        return any(_holds(a, key, scope) for a in expression.arguments)
    if isinstance(expression, Unary):
        return _holds(expression.operand, key, scope)
    if isinstance(expression, Binary):
        return _holds(expression.left, key, scope) or _holds(expression.right, key, scope)
    return False


def _linear(statement: Assign) -> bool:
    """Whether the equation of a state is linear in it, by its form."""
    return _degree(statement.value, statement.target) <= 1


def _degree(expression: Expression, target: Name | Index) -> int:
    """0 without the state, 1 where it is linear, 2 for anything else."""
    if isinstance(expression, Name | Index):
        return int(_same(expression, target))
    if isinstance(expression, Call):
        return 2 * any(_degree(a, target) for a in expression.arguments)
    if isinstance(expression, Unary):
        return _degree(expression.operand, target) * (1 if expression.operator == "-" else 2)
    if isinstance(expression, Binary):
        left, right = _degree(expression.left, target), _degree(expression.right, target)
        if expression.operator in ("+", "-"):
            return max(left, right)
        if expression.operator == "*":
            return left + right
        if expression.operator == "/":
            return left + 2 * right
        if expression.operator == "^" and isinstance(expression.right, Number) and expression.right.value == 1:
            return left
        return 2 * (left + right)
    return 0


def _same(expression: Name | Index, target: Name | Index) -> bool:
    if expression.order or expression.name != target.name or type(expression) is not type(target):
        return False
    return not isinstance(expression, Index) or not isinstance(target, Index) or _alike(expression.index, target.index)


def _alike(a: Expression, b: Expression) -> bool:
    """Whether two indices are written alike."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Number) and isinstance(b, Number):
        return a.value == b.value
    if isinstance(a, Name) and isinstance(b, Name):
        return a.name == b.name
    if isinstance(a, Binary) and isinstance(b, Binary):
        return a.operator == b.operator and _alike(a.left, b.left) and _alike(a.right, b.right)
    return False


def _rates(body: Body) -> list[Assign]:
    """The equations of a DERIVATIVE block."""
    found: list[Assign] = []
    for statement in body:
        if isinstance(statement, Assign) and statement.target.order:
            found.append(statement)
        elif isinstance(statement, If):
            found += _rates(statement.then) + _rates(statement.otherwise)
        elif isinstance(statement, While | From):
            found += _rates(statement.body)
    return found


def _key(target: Name | Index, scope: Scope) -> str:
    if isinstance(target, Name):
        return scope.resolve(target.name, target.place)[0]
    index = value_of(target.index, scope)
    if not isinstance(index, float):
        raise error_at(f"the index of {target.name}' must be known when the file is read", target.place)
    return f"{target.name}[{int(index)}]"
