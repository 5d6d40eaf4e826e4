"""Interpretation of NMODL as a model is traced: expressions to values, statements to changes of a `Scope`.

Nothing is generated or executed as code: the tree is walked while JAX traces the model, so each operation of the file
becomes one operation on arrays over instances.

A `Scope` holds the variables by key: `"m"`; `"ca[0]"` for an element of an array; `"m'"` and `"ca[0]'"` for the rates
that a DERIVATIVE assigns. `scope["m"]` gives an array or a number and `scope["m"] = x` sets it; `scope.copy()` is
independent of the first. `evaluate(expression, scope)` and `execute(body, scope)` do what they say. Statements that
only some blocks know, and calls with an effect outside, go to `scope.handlers`, by the statement's class or the
call's name: `handlers[Reaction] = lambda statement, scope: ...`. `scope.mask` is where the present path is taken, None
for everywhere: what a handler adds up must be masked by it; what it assigns need not be.

An `if` on a value that is known only in a run executes both branches and merges what they assigned. Where a branch is
not taken, divisions, logarithms and the like get a harmless operand, so that neither a value nor a derivative is NaN
for its sake. Loops with known bounds are unrolled; others run masked, at most `WHILE_LIMIT` times.

A scope that is `abstract` looks through a file without arrays: it records which variables are read before they are
surely written, which are written, and which fixed values meet others.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp

from rheobase.mechanisms.nmodl.arithmetic import BOOLEAN, UNKNOWN, Fixed, Path, Value, compute, is_boolean, is_known
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.long_arrays import element, with_element
from rheobase.mechanisms.nmodl.syntax import (
    Assign,
    Binary,
    Block,
    Body,
    Call,
    Do,
    Expression,
    File,
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

UNROLL_LIMIT = 10_000
"""Passes through known loops in one evaluation of a block."""

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


@dataclass(frozen=True)
class Context:
    """What all scopes of a mechanism share.

    **Fields:**

    - `file`; `lengths` of its arrays; `constants`; `blocks`, those that can be called, by name.
    - `long`: arrays kept whole (see `long_arrays`).
    - `tabulated`: blocks of which the TABLE is used; `tables`: functions given for FUNCTION_TABLEs.
    - `hoisted`: the names by which fixed values are found in `p`.
    """

    file: File
    lengths: Mapping[str, int]
    constants: Mapping[str, float]
    blocks: Mapping[str, Block]
    long: frozenset[str] = frozenset()
    tabulated: frozenset[str] = frozenset()
    tables: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    hoisted: Mapping[Fixed, str] = field(default_factory=dict)


class Scope:
    """The variables of one evaluation, and how it got to where it is.

    **Arguments:** the `context`; `values` by key; `p`, the parameters as attributes, None in an abstract scope;
    `shape` of the arrays.

    **Fields:** `entry`, the values that it began with, where what depends on them is sought.
    """

    def __init__(self, context: Context, values: dict[str, Value], p: Any = None, shape: tuple[int, ...] = ()) -> None:
        self.context = context
        self.values = values
        self.p = p
        self.shape = shape
        self.handlers: dict[Any, Callable[..., Any]] = {}
        self.read_first: set[str] = set()
        self.written: set[str] = set()
        self.forced: dict[Fixed, None] = {}
        self.passes = [0]
        self.absent_is_zero = p is not None
        self.entry: dict[str, Value] | None = None
        self._frames: tuple[dict[str, str], ...] = ()
        self._lengths: dict[str, int] = {}
        self._calls: tuple[str, ...] = ()
        self._count = [0]
        self._path = Path(None, None, self.force)

    @property
    def abstract(self) -> bool:
        """Whether it only looks."""
        return self.p is None

    @property
    def mask(self) -> Any:
        """Where the present path is taken, an array of booleans; None for everywhere."""
        return None if self._path.taken is None else self.force(self._path.taken)

    def __getitem__(self, key: str) -> Any:
        return self.force(self.read(key))

    def __setitem__(self, key: str, value: Value) -> None:
        self.values[key] = value
        self.written.add(key)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def copy(self) -> "Scope":
        """Another of the same values, path and handlers, whose changes leave this one alone."""
        other = Scope(self.context, dict(self.values), self.p, self.shape)
        other.handlers = dict(self.handlers)
        other.read_first, other.written, other.forced = self.read_first, self.written, self.forced
        other.absent_is_zero, other.passes, other._count = self.absent_is_zero, self.passes, self._count
        other.entry = self.entry
        other._frames, other._lengths, other._calls = self._frames, self._lengths, self._calls
        other._path = self._path._replace(force=other.force)
        return other

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of a variable: its elements', or its own."""
        length = 0 if name in self.context.long else self.context.lengths.get(name, 0)
        return tuple(f"{name}[{k}]" for k in range(length)) if length else (name,)

    def read(self, key: str) -> Value:
        """The value under a key; zero, as memory starts, for what has none yet."""
        if key in self.values:
            return self.values[key]
        if self.absent_is_zero:
            return 0.0
        self.read_first.add(key)
        return UNKNOWN

    def apply(self, operation: str, *operands: Value) -> Value:
        """An operation of `arithmetic` on values of any kind, guarded where the path is not taken."""
        return self._path.apply(operation, *operands)

    def force(self, value: Value) -> Any:
        """A number or array."""
        if not isinstance(value, Fixed):
            return value
        if self.abstract:
            self.forced[value] = None
            return UNKNOWN
        name = self.context.hoisted.get(value)
        if name is not None and hasattr(self.p, name):
            return getattr(self.p, name)
        return compute_fixed(value, self.p, self.force)

    def array(self, value: Value) -> Any:
        """A number or array of doubles, in the shape of the instances."""
        value = self.force(value)
        if value is UNKNOWN:
            return UNKNOWN
        value = jnp.stack([self.array(x) for x in value]) if isinstance(value, tuple) else jnp.asarray(value, float)
        longer = value.shape[: max(value.ndim - len(self.shape), 0)]
        return jnp.broadcast_to(value, (*longer, *self.shape))

    def resolve(self, name: str, place: Place) -> tuple[str, int]:
        """The key and the length of a name: of a LOCAL or an argument, or of the file's variable."""
        for frame in reversed(self._frames):
            if name in frame:
                key = frame[name]
                return key, self._lengths.get(key, 0)
        return name, self.context.lengths.get(name, 0)

    @contextmanager
    def frame(self, names: Mapping[str, Value] | None = None, call: str = "") -> Iterator[dict[str, str]]:
        """A block of its own LOCALs; with `call`, one that sees no LOCALs of its caller."""
        frames, calls = self._frames, self._calls
        own = {name: self._fresh(name) for name in names or ()}
        for name, value in (names or {}).items():
            self.values[own[name]] = value
        self._frames = (own,) if call else (*frames, own)
        if call:
            self._calls = (*calls, call)
        try:
            yield own
        finally:
            for key in own.values():
                for k in (key, *(f"{key}[{j}]" for j in range(self._lengths.get(key, 0)))):
                    self.values.pop(k, None)
            self._frames, self._calls = frames, calls

    def declare(self, name: str, length: int) -> None:
        """A LOCAL in the innermost block."""
        key = self._frames[-1][name] = self._fresh(name)
        if length:
            self._lengths[key] = length
        for k in [f"{key}[{j}]" for j in range(length)] if length else [key]:
            self.values[k] = 0.0

    def calling(self, name: str) -> bool:
        """Whether a block is being called."""
        return name in self._calls

    @contextmanager
    def path(self, condition: Value) -> Iterator[None]:
        """A stretch that is reached where `condition` holds too."""
        before = self._path
        taken = condition if before.taken is None else self.apply("and", before.taken, condition)
        fixed = before.fixed
        if isinstance(condition, Fixed):
            fixed = condition if fixed is None else Fixed("and", (fixed, condition))
        self._path = Path(taken, fixed, self.force)
        try:
            yield
        finally:
            self._path = before

    def _fresh(self, name: str) -> str:
        self._count[0] += 1
        return f"{name}@{self._count[0]}"


def compute_fixed(value: Fixed, p: Any, force: Callable[[Value], Any]) -> Any:
    """A fixed value from the parameters `p`, its operands by `force`."""
    if value.operation == "celsius":
        return p.celsius
    if value.operation in ("parameter", "geometry"):
        return getattr(p, value.operands[0])
    return compute(value.operation, *(force(x) for x in value.operands))


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


def count_pass(scope: Scope, place: Place) -> None:
    """Count a pass through a loop. **Raises:** NmodlError when there were too many."""
    scope.passes[0] += 1
    if scope.passes[0] > UNROLL_LIMIT:
        raise error_at(f"loops take more than {UNROLL_LIMIT} passes", place, "make the loops shorter")


def error_at(message: str, place: Place, hint: str = "") -> NmodlError:
    """A refusal that points at a place."""
    return NmodlError(message, place.line, place.column, hint, place.file)
