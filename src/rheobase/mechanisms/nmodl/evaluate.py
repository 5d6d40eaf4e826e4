"""Interpretation of NMODL as a model is traced: expressions to values, statements to changes of a `Scope`.

Nothing is generated or executed as code: the tree is walked while JAX traces the model, so each operation of the file
becomes one operation on arrays over instances.

`evaluate(expression, scope)` and `execute(body, scope)` do what they say.

An `if` on a value that is known only in a run executes both branches and merges what they assigned. Where a branch is
not taken, divisions, logarithms and the like get a harmless operand, so that neither a value nor a derivative is NaN
for its sake. Loops with known bounds are unrolled; others run masked, at most `WHILE_LIMIT` times.
"""

from typing import Any

from rheobase.mechanisms.nmodl.arithmetic import BOOLEAN, UNKNOWN, Fixed, Value, is_boolean, is_known
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.long_arrays import element, with_element
from rheobase.mechanisms.nmodl.scope import Scope, count_pass, error_at
from rheobase.mechanisms.nmodl.syntax import (
    Assign,
    Binary,
    Block,
    Body,
    Call,
    Do,
    Expression,
    From,
    If,
    Index,
    Local,
    Name,
    Number,
    Place,
    Statement,
    Table,
    Text,
    Unary,
    Verbatim,
    While,
)

BINARY = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "^": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
    "&&": "and",
    "||": "or",
}


def evaluate(expression: Expression, scope: Scope) -> Any:
    """The value of an expression: a number, or an array over instances."""
    value = value_of(expression, scope)
    if isinstance(value, bool):
        return float(value)
    value = scope.force(value)
    return value.astype(float) if is_boolean(value) else value


def value_of(expression: Expression, scope: Scope) -> Value:
    """The value of an expression, fixed ones left as they are and comparisons as truth values.

    **Raises:** NmodlError where it has none.
    """
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Name):
        return _variable(expression, scope)
    if isinstance(expression, Index):
        return _element(expression, scope)
    if isinstance(expression, Call):
        return call(expression, scope)
    if isinstance(expression, Unary):
        operand = value_of(expression.operand, scope)
        return scope.apply("negative", operand) if expression.operator == "-" else _not(operand, scope)
    if isinstance(expression, Binary):
        left, right = value_of(expression.left, scope), value_of(expression.right, scope)
        operation = BINARY[expression.operator]
        if operation in ("and", "or"):
            left, right = truth(left, scope), truth(right, scope)
        return scope.apply(operation, left, right)
    raise NmodlError("text stands where a number should", expression.place.line, expression.place.column)


def truth(value: Value, scope: Scope) -> Value:
    """Whether a value is not zero."""
    if isinstance(value, Fixed) and value.operation in BOOLEAN:
        return value
    return scope.apply("truth", value)


def execute(body: Body, scope: Scope) -> None:
    """Carry out statements, changing `scope`. **Raises:** NmodlError for what cannot be."""
    for statement in body:
        _statement(statement, scope)


def assign(target: Name | Index, value: Value, scope: Scope) -> None:
    """Set a variable or an element."""
    prime = "'" * target.order
    if isinstance(target, Name):
        key, length = scope.resolve(target.name, target.place)
        if length:
            raise error_at(f"{target.name} is an array of {length}", target.place, f"assign {target.name}[0], ...")
        scope[key + prime] = value
        return
    key, length = scope.resolve(target.name, target.place)
    index = _index(target, length, scope)
    if key in scope.context.long:
        scope[key] = with_element(scope, key, length, index, value)
        return
    if isinstance(index, int):
        scope[f"{key}[{index}]{prime}"] = value
        return
    for k in range(length):
        there = scope.apply("equal", index, float(k))
        element = f"{key}[{k}]{prime}"
        scope[element] = scope.apply("where", there, value, scope.read(element))


def call(expression: Call, scope: Scope) -> Value:
    """The value of a call: of a handler, a FUNCTION or PROCEDURE of the file, or a built-in."""
    from rheobase.mechanisms.nmodl.builtin import BUILTINS

    name, place = expression.name, expression.place
    if name in scope.handlers:
        return scope.handlers[name](expression, scope)
    block = scope.context.blocks.get(name)
    if block is None:
        if name not in BUILTINS:
            raise error_at(f"no function is named {name}", place, "declare it as FUNCTION or PROCEDURE")
        least, most, function = BUILTINS[name]
        if not least <= len(expression.arguments) <= most:
            raise error_at(f"{name} takes {least} arguments, not {len(expression.arguments)}", place)
        return function(scope, *(value_of(a, scope) for a in expression.arguments if not isinstance(a, Text)))
    arguments = [value_of(a, scope) for a in expression.arguments]
    if len(arguments) != len(block.arguments):
        raise error_at(f"{name} takes {len(block.arguments)} arguments, not {len(arguments)}", place)
    if block.kind == "FUNCTION_TABLE":
        return _from_table(expression, arguments, scope)
    return invoke(block, arguments, scope, place)


def invoke(block: Block, arguments: list[Value], scope: Scope, place: Place) -> Value:
    """Carry out a FUNCTION or PROCEDURE, its arguments copied; the value of a FUNCTION, else zero."""
    if block.name in scope.context.tabulated and not scope.abstract:
        from rheobase.mechanisms.nmodl.tabulate import looked_up

        return looked_up(block, arguments[0], scope)
    if scope.calling(block.name):
        raise error_at(f"{block.name} calls itself", place, "write it as a loop")
    names: dict[str, Value] = {a.name: x for a, x in zip(block.arguments, arguments, strict=True)}
    if block.kind == "FUNCTION":
        names[block.name] = 0.0
    with scope.frame(names, call=block.name) as keys:
        execute(block.body, scope)
        return scope.values[keys[block.name]] if block.kind == "FUNCTION" else 0.0


def _variable(name: Name, scope: Scope) -> Value:
    key, length = scope.resolve(name.name, name.place)
    if length:
        raise error_at(f"{name.name} is an array of {length}", name.place, f"give an index: {name.name}[0]")
    if key in scope.values or name.name != key:
        return scope.read(key + "'" * name.order)
    if key in scope.context.constants:
        return scope.context.constants[key]
    return scope.read(key + "'" * name.order)


def _element(expression: Index, scope: Scope) -> Value:
    key, length = scope.resolve(expression.name, expression.place)
    prime = "'" * expression.order
    index = _index(expression, length, scope)
    if key in scope.context.long:
        return element(scope, key, length, index)
    if isinstance(index, int):
        return scope.read(f"{key}[{index}]{prime}")
    value = scope.read(f"{key}[0]{prime}")
    for k in range(1, length):
        value = scope.apply("where", scope.apply("equal", index, float(k)), scope.read(f"{key}[{k}]{prime}"), value)
    return value


def _index(expression: Index, length: int, scope: Scope) -> int | Value:
    """An index, an int where it is known; it is cut to a whole number as in C."""
    if not length:
        raise error_at(f"{expression.name} is not an array", expression.place)
    index = value_of(expression.index, scope)
    if not is_known(index):
        return scope.apply("trunc", index)
    if not -1 < index < length:
        raise error_at(
            f"{expression.name}[{index:g}] is outside the array of {length}",
            expression.place,
            f"indices run from 0 to {length - 1}",
        )
    return int(index)


def _not(value: Value, scope: Scope) -> Value:
    return scope.apply("not", truth(value, scope))


def _from_table(expression: Call, arguments: list[Value], scope: Scope) -> Value:
    name, tables = expression.name, scope.context.tables
    if scope.abstract:
        return UNKNOWN
    if name not in tables:
        raise error_at(
            f"the FUNCTION_TABLE {name} is empty",
            expression.place,
            f"fill it: rb.function_table(mechanism, {name!r}, x, y)",
        )
    return tables[name](*(scope.force(x) for x in arguments))


def _statement(statement: Statement, scope: Scope) -> None:
    handler = scope.handlers.get(type(statement))
    if handler is not None:
        handler(statement, scope)
    elif isinstance(statement, Assign):
        assign(statement.target, value_of(statement.value, scope), scope)
    elif isinstance(statement, Do):
        call(statement.call, scope)
    elif isinstance(statement, If):
        _if(statement, scope)
    elif isinstance(statement, From):
        _from(statement, scope)
    elif isinstance(statement, While):
        _while(statement, scope)
    elif isinstance(statement, Local):
        for name, length in statement.variables:
            scope.declare(name, length)
    elif not isinstance(statement, Table):
        word = "C code" if isinstance(statement, Verbatim) else f"{type(statement).__name__.upper()}"
        raise error_at(f"{word} cannot stand in this block", statement.place)


def _if(statement: If, scope: Scope) -> None:
    condition = truth(value_of(statement.condition, scope), scope)
    if is_known(condition):
        with scope.frame():
            execute(statement.then if condition else statement.otherwise, scope)
        return
    before = scope.values
    ends = []
    for holds, body in ((condition, statement.then), (_not(condition, scope), statement.otherwise)):
        scope.values = dict(before)
        if body:
            with scope.path(holds), scope.frame():
                execute(body, scope)
        ends.append(scope.values)
    yes, no = ends
    scope.values = merged(condition, yes, no, scope)


def merged(condition: Value, yes: dict[str, Value], no: dict[str, Value], scope: Scope) -> dict[str, Value]:
    """The values after two branches.

    What only one of them wrote has none in an abstract scope: it may be read before it is written.
    """
    values = {}
    for key in yes.keys() | no.keys():
        if key in yes and key in no:
            a, b = yes[key], no[key]
            if scope.entry is not None and isinstance(condition, Fixed) and a is not b:
                # What parameters alone decide is decided for good: the one branch remembers nothing from step to step.
                before = scope.entry.get(key)
                a, b = (b, b) if a is before else (a, a) if b is before else (a, b)
            same = a is b or (is_known(a) and is_known(b) and a == b)
            if not same and (isinstance(a, tuple) or isinstance(b, tuple)):
                a, b = scope.array(a), scope.array(b)
            values[key] = a if same else scope.apply("where", condition, _number(a), _number(b))
        elif not scope.abstract or scope.absent_is_zero:
            values[key] = scope.apply("where", condition, _number(yes.get(key, 0.0)), _number(no.get(key, 0.0)))
    return values


def _number(value: Value) -> Value:
    return float(value) if isinstance(value, bool) else value


def _from(statement: From, scope: Scope) -> None:
    from rheobase.mechanisms.nmodl.loops import from_unknown

    first, last = value_of(statement.first, scope), value_of(statement.last, scope)
    step = value_of(statement.step, scope) if statement.step else 1.0
    if not (is_known(first) and is_known(last) and is_known(step)):
        from_unknown(statement, first, last, step, scope)
        return
    at, by = int(first), int(step)
    if by <= 0:
        raise error_at(f"the loop over {statement.variable} goes by {step:g}", statement.place, "step by 1 or more")
    while at <= last:
        count_pass(scope, statement.place)
        with scope.frame({statement.variable: float(at)}):
            execute(statement.body, scope)
        at += by


def _while(statement: While, scope: Scope) -> None:
    from rheobase.mechanisms.nmodl.loops import while_unknown

    while True:
        condition = truth(value_of(statement.condition, scope), scope)
        if not is_known(condition):
            while_unknown(statement.condition, statement.body, scope)
            return
        if not condition:
            return
        count_pass(scope, statement.place)
        with scope.frame():
            execute(statement.body, scope)
