"""Syntax tree to text."""

from collections.abc import Iterable, Iterator

from rheobase.mechanisms.nmodl import syntax
from rheobase.mechanisms.nmodl.syntax import Argument, Block, Body, Declaration, Expression, File, Statement

_STRENGTH = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "^": 8,
}  # fmt: skip
_SIGN = 7  # of `-x` and `!x`: weaker than ^, stronger than *
_KINDS = {"density": "SUFFIX", "nothing": "SUFFIX", "point": "POINT_PROCESS", "artificial": "ARTIFICIAL_CELL"}
_LISTS = (
    ("NONSPECIFIC_CURRENT", "nonspecific"),
    ("ELECTRODE_CURRENT", "electrode"),
    ("RANGE", "range"),
    ("GLOBAL", "global_"),
    ("POINTER", "pointers"),
    ("EXTERNAL", "externals"),
    ("RANDOM", "randoms"),
)

# An artificial cell that reads a Vector, in C that NEURON 9 compiles.
_VECSTIM = """
NEURON {
    ARTIFICIAL_CELL NAME
    POINTER times
}

ASSIGNED {
    times
    next
    when (ms)
}

INITIAL {
    next = 0
    find()
    IF (next > 0) {
        net_send(when - t, 1)
    }
}

PROCEDURE find() {
VERBATIM
    void* vector = (void*)_p_times;
    int place = (int)next;
    if (vector && place < vector_capacity(vector)) {
        when = vector_vec(vector)[place];
        next = place + 1;
    } else {
        next = 0;
    }
ENDVERBATIM
}

PROCEDURE play() {
VERBATIM
    void** place = (void**)(&_p_times);
    void* vector = ifarg(1) ? vector_arg(1) : NULL;
    if (vector) {
        hoc_obj_ref(*vector_pobj(vector));
    }
    if (*place) {
        hoc_obj_unref(*vector_pobj(*place));
    }
    *place = vector;
ENDVERBATIM
}

NET_RECEIVE(w) {
    IF (flag == 1) {
        net_event(t)
        find()
        IF (next > 0) {
            net_send(when - t, 1)
        }
    }
}
"""


def write(file: File) -> str:
    """Give a file as text that NEURON compiles, in one form whatever it was written in.

    **Arguments:** `file`, as `parse` gives it.

    **Returns:** NMODL, from which `parse` reads an equal tree up to places. Factors between units are written as
    numbers, since their values are kept and not their names.

    >>> from rheobase.mechanisms.nmodl.parse import parse
    >>> print(write(parse("NEURON { SUFFIX leak NONSPECIFIC_CURRENT i } PARAMETER { g = 1e-3 (S/cm2) }")))
    NEURON {
        SUFFIX leak
        NONSPECIFIC_CURRENT i
    }
    <BLANKLINE>
    PARAMETER {
        g = 0.001 (S/cm2)
    }
    <BLANKLINE>
    ASSIGNED {
        i
    }
    <BLANKLINE>
    """
    return "\n\n".join("\n".join(part) for part in _parts(file)) + "\n"


def _parts(file: File) -> Iterator[list[str]]:
    if file.title:
        yield [f"TITLE {file.title}"]
    for comment in file.comments:
        if "ENDCOMMENT" not in comment:
            yield ["COMMENT", *comment.split("\n"), "ENDCOMMENT"]
    if file.idiom == "vecstim":
        yield _VECSTIM.replace("NAME", file.suffix).strip().split("\n")
        return
    yield _braced("NEURON", _neuron(file))
    units = [f"({alias}) = ({meaning})" for alias, meaning in file.units.items()]
    units += [f"{name} = {_number(value)} (1)" for name, value in file.factors.items()]
    if units:
        yield _braced("UNITS", units)
    if file.independent:
        yield _braced("INDEPENDENT", [f"{name} FROM 0 TO 1 WITH 1" for name in file.independent])
    for word, declarations in (
        ("PARAMETER", file.parameters),
        ("CONSTANT", file.constants),
        ("ASSIGNED", file.assigned),
        ("STATE", file.states),
    ):
        if declarations:
            between = "<{}, {}>" if word == "PARAMETER" else "FROM {} TO {}"
            yield _braced(word, [_declaration(one, between) for one in declarations])
    if file.locals:
        yield [f"LOCAL {_variables(file.locals)}"]
    for block in (file.initial, file.breakpoint):
        if block is not None:
            yield _block(block)
    for block in file.blocks:
        yield _block(block)
    if file.net_receive is not None:
        yield _block(file.net_receive)


def _neuron(file: File) -> list[str]:
    lines = [f"{_KINDS[file.kind]} {file.suffix}"]
    for ion in file.ions:
        line = f"USEION {ion.name}"
        line += f" READ {', '.join(ion.reads)}" if ion.reads else ""
        line += f" WRITE {', '.join(ion.writes)}" if ion.writes else ""
        line += f" VALENCE {_number(ion.valence)}" if ion.valence is not None else ""
        lines.append(line)
    for word, field in _LISTS:
        names: tuple[str, ...] = getattr(file, field)
        if names:
            lines.append(f"{word} {', '.join(names)}")
    return lines


def _braced(head: str, lines: Iterable[str]) -> list[str]:
    inner = [f"    {line}" if line else "" for line in lines]
    return [f"{head} {{", *inner, "}"] if inner else [f"{head} {{ }}"]


def _declaration(one: Declaration, between: str) -> str:
    text = one.name + (f"[{one.length}]" if one.length else "")
    if one.value is not None:
        text += f" = {_number(one.value)}"
    limits = " " + between.format(*map(_number, one.limits)) if one.limits is not None else ""
    start = f" START {_number(one.start)}" if one.start is not None else ""
    # A PARAMETER's limits stand behind its unit, all others before it.
    return text + (_unit(one.unit) + limits if between.startswith("<") else limits + start + _unit(one.unit))


def _block(block: Block) -> list[str]:
    head = f"{block.kind} {block.name}".rstrip()
    if block.kind in ("FUNCTION", "PROCEDURE", "FUNCTION_TABLE", "NET_RECEIVE"):
        head += f"({_arguments(block.arguments)})" + _unit(block.unit)
    if block.kind == "FUNCTION_TABLE":
        return [head]
    return _braced(head, _body(block.body))


def _arguments(arguments: Iterable[Argument]) -> str:
    return ", ".join(argument.name + _unit(argument.unit) for argument in arguments)


def _body(body: Body) -> list[str]:
    return [line for statement in body for line in _statement(statement)]


def _statement(statement: Statement) -> list[str]:
    match statement:
        case syntax.Assign():
            return [f"{_expression(statement.target)} = {_expression(statement.value)}"]
        case syntax.Do():
            return [_expression(statement.call)]
        case syntax.If():
            return _if(statement)
        case syntax.While():
            return _braced(f"WHILE ({_expression(statement.condition)})", _body(statement.body))
        case syntax.From():
            head = f"FROM {statement.variable} = {_expression(statement.first)} TO {_expression(statement.last)}"
            head += f" BY {_expression(statement.step)}" if statement.step is not None else ""
            return _braced(head, _body(statement.body))
        case syntax.Local():
            return [f"LOCAL {_variables(statement.variables)}"]
        case syntax.ForNetcons():
            return _braced(f"FOR_NETCONS({', '.join(statement.arguments)})", _body(statement.body))
        case syntax.InitialPart():
            return _braced("INITIAL", _body(statement.body))
        case _:
            return [_line(statement)]


def _line(statement: Statement) -> str:
    """A statement without braces."""
    match statement:
        case syntax.Solve():
            word = "STEADYSTATE" if statement.steady else "METHOD"
            return f"SOLVE {statement.block}" + (f" {word} {statement.method}" if statement.method else "")
        case syntax.Reaction():
            return _reaction(statement)
        case syntax.Conserve():
            return f"CONSERVE {_side(statement.left)} = {_expression(statement.right)}"
        case syntax.Compartment():
            return _spread("COMPARTMENT", statement.variable, statement.volume, statement.species)
        case syntax.Diffusion():
            return _spread("LONGITUDINAL_DIFFUSION", statement.variable, statement.coefficient, statement.species)
        case syntax.Equation():
            return f"~ {_expression(statement.left)} = {_expression(statement.right)}"
        case syntax.Watch():
            return "WATCH " + ", ".join(
                f"({_expression(one)}) {_expression(flag)}" for one, flag in statement.conditions
            )
        case syntax.Table():
            return _table(statement)
        case _:
            raise AssertionError(type(statement).__name__)


def _if(statement: syntax.If) -> list[str]:
    lines = _braced(f"IF ({_expression(statement.condition)})", _body(statement.then))
    match statement.otherwise:
        case ():
            return lines
        case (syntax.If() as inner,):
            rest = _if(inner)
        case _:
            rest = _braced("", _body(statement.otherwise))
            rest[0] = rest[0].lstrip()
    return [*lines[:-1], f"{lines[-1]} ELSE {rest[0]}", *rest[1:]]


def _side(left: Expression) -> str:
    """The left of CONSERVE, where NEURON takes numbers only as `2 ca`."""
    match left:
        case syntax.Binary(operator="+"):
            return f"{_side(left.left)} + {_side(left.right)}"
        case syntax.Binary(operator="*", left=syntax.Number(value=value)):
            return f"{value:.0f} {_expression(left.right)}"
        case _:
            return _expression(left)


def _reaction(reaction: syntax.Reaction) -> str:
    left, right = (
        " + ".join((f"{count} " if count != 1 else "") + _expression(species) for count, species in side)
        for side in (reaction.left, reaction.right)
    )
    if reaction.backward is None:
        return f"~ {left} {reaction.arrow} ({_expression(reaction.forward)})"
    return f"~ {left} <-> {right} ({_expression(reaction.forward)}, {_expression(reaction.backward)})"


def _spread(word: str, variable: str, value: Expression, species: Iterable[str]) -> str:
    return f"{word} {f'{variable}, ' if variable else ''}{_expression(value)} {{ {' '.join(species)} }}"


def _table(table: syntax.Table) -> str:
    words = ["TABLE"]
    if table.names:
        words.append(", ".join(table.names))
    if table.depend:
        words.append(f"DEPEND {', '.join(table.depend)}")
    words.append(f"FROM {_expression(table.first)} TO {_expression(table.last)} WITH {_expression(table.count)}")
    return " ".join(words)


def _variables(variables: Iterable[tuple[str, int]]) -> str:
    return ", ".join(name + (f"[{length}]" if length else "") for name, length in variables)


def _unit(unit: str) -> str:
    return f" ({unit})" if unit else ""


def _number(value: float) -> str:
    """The shortest text of a number."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def _expression(expression: Expression, strength: int = 0) -> str:
    """An expression, in parentheses if it binds less than `strength`."""
    match expression:
        case syntax.Number():
            return _number(expression.value) + _unit(expression.unit)
        case syntax.Text():
            return f'"{expression.value}"'
        case syntax.Name():
            return expression.name + "'" * expression.order
        case syntax.Index():
            return f"{expression.name}{chr(39) * expression.order}[{_expression(expression.index)}]"
        case syntax.Call():
            return f"{expression.name}({', '.join(_expression(one) for one in expression.arguments)})"
        case syntax.Unary():
            text = f"{expression.operator}{_expression(expression.operand, _SIGN)}"
            return f"({text})" if strength > _SIGN else text
        case syntax.Binary():
            return _binary(expression, strength)


def _binary(expression: syntax.Binary, strength: int) -> str:
    own = _STRENGTH[expression.operator]
    # ^ binds to the right, and a sign may stand behind it; all others bind to the left.
    left, right = (own + 1, _SIGN) if expression.operator == "^" else (own, own + 1)
    text = f"{_expression(expression.left, left)} {expression.operator} {_expression(expression.right, right)}"
    return f"({text})" if own < strength else text
