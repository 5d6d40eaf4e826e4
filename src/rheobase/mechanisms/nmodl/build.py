"""From the grammar's rules to the syntax tree."""

# ruff: noqa: D102  a method of Builder is the rule of its name in grammar.lark

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from lark import Transformer, v_args

from rheobase.mechanisms.nmodl import syntax
from rheobase.mechanisms.nmodl.lexer import Token
from rheobase.mechanisms.nmodl.syntax import Argument, Body, Declaration, Expression, Name, Place

MAX_LENGTH = 10_000  # elements of an array

_KINDS = {"SUFFIX": "density", "POINT_PROCESS": "point", "ARTIFICIAL_CELL": "artificial"}
_LISTS = {
    "NONSPECIFIC_CURRENT": "nonspecific",
    "ELECTRODE_CURRENT": "electrode",
    "RANGE": "range",
    "GLOBAL": "global_",
    "POINTER": "pointers",
    "BBCOREPOINTER": "pointers",
    "EXTERNAL": "externals",
    "RANDOM": "randoms",
}
_SIGNS = {
    "OR": "||", "AND": "&&", "EQ": "==", "NE": "!=", "LT": "<", "GT": ">", "LE": "<=", "GE": ">=", "PLUS": "+",
    "MINUS": "-", "TIMES": "*", "OVER": "/", "POWER": "^", "NOT": "!",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the file: adds itself to what is known of it."""

    add: Callable[["Parts"], None]


@dataclass(slots=True)
class Parts:
    """What the parts of a file say, put together as they come."""

    kind: str = ""
    suffix: str = ""
    suffix_place: Place = field(default_factory=lambda: Place(1, 1))
    ions: list[syntax.Ion] = field(default_factory=list)
    lists: dict[str, list[Token]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    factors: list[tuple[Token, float | tuple[str, str], str]] = field(default_factory=list)
    declarations: dict[str, list[Declaration]] = field(default_factory=dict)
    locals: list[tuple[str, int]] = field(default_factory=list)
    independent: list[str] = field(default_factory=list)
    single: dict[str, syntax.Block] = field(default_factory=dict)
    blocks: list[syntax.Block] = field(default_factory=list)
    verbatim: list[syntax.Verbatim] = field(default_factory=list)


def number_of(token: Token) -> float:
    """The value of a number as written."""
    value = float(token.text)
    if value == float("inf"):
        token.fail("the number is too large")
    return value


def _length_of(token: Token) -> int:
    value = number_of(token)
    if value != int(value) or not 1 <= value <= MAX_LENGTH:
        token.fail(f"an array has 1 to {MAX_LENGTH} elements, not {token.text}")
    return int(value)


def _scoped(body: Body, place: Place) -> Body:
    """A block within a block: only its LOCALs make it differ from its statements alone."""
    if any(isinstance(statement, syntax.Local) for statement in body):
        return (syntax.If(syntax.Number(1.0, place), body, (), place),)
    return body


def _multiplied(count: int, target: Name | syntax.Index) -> Expression:
    if count == 1:
        return target
    return syntax.Binary("*", syntax.Number(float(count), target.place), target, target.place)


def _plain(name: Token) -> str:
    if name.type == "PRIME":
        name.fail(f"{name.text} can't be declared", f"declare {name.text.rstrip(chr(39))}")
    return name.text


@v_args(inline=True)
class Builder(Transformer[Token, Parts]):
    """The value of each rule of the grammar, called with those of its parts."""

    def file(self, *parts: _Part) -> Parts:
        known = Parts()
        for part in parts:
            part.add(known)
        return known

    # Declarations

    def neuron(self, _: Token, *lines: _Part) -> _Part:
        def add(parts: Parts) -> None:
            for line in lines:
                line.add(parts)

        return _Part(add)

    def suffix(self, kind: Token, name: Token) -> _Part:
        def add(parts: Parts) -> None:
            if parts.suffix and parts.suffix != name.text:
                name.fail(f"the mechanism is called {parts.suffix} already")
            parts.kind = "nothing" if kind.type == "SUFFIX" and name.text == "nothing" else _KINDS[kind.type]
            parts.suffix, parts.suffix_place = name.text, name.place

        return _Part(add)

    def ion(
        self,
        word: Token,
        name: Token,
        _: Token | None,
        reads: list[Token] | None,
        __: Token | None,
        writes: list[Token] | None,
        ___: Token | None,
        valence: tuple[float, Token] | None,
    ) -> _Part:
        read, written = (tuple(token.text for token in tokens or ()) for tokens in (reads, writes))
        ion = syntax.Ion(name.text, read, written, valence[0] if valence else None, word.place)
        return _Part(lambda parts: parts.ions.append(ion))

    def listed(self, word: Token, names: list[Token]) -> _Part:
        return _Part(lambda parts: parts.lists.setdefault(_LISTS[word.type], []).extend(names))

    def names(self, *names: Token) -> list[Token]:
        return list(names)

    def units(self, _: Token, *lines: _Part) -> _Part:
        return self.neuron(_, *lines)

    def unit_name(self, unit: Token, _: Token, meaning: Token) -> _Part:
        def add(parts: Parts) -> None:
            parts.units[unit.text] = meaning.text

        return _Part(add)

    def factor_value(self, name: Token, _: Token, value: tuple[float, Token], unit: Token | None = None) -> _Part:
        factor = (name, value[0], unit.text if unit else "")
        return _Part(lambda parts: parts.factors.append(factor))

    def factor_ratio(self, name: Token, _: Token, unit: Token, __: Token | None, into: Token) -> _Part:
        factor = (name, (unit.text, into.text), "")
        return _Part(lambda parts: parts.factors.append(factor))

    def _declared(self, kind: str, lines: tuple[Declaration, ...]) -> _Part:
        return _Part(lambda parts: parts.declarations.setdefault(kind, []).extend(lines))

    def parameters(self, _: Token, *lines: Declaration) -> _Part:
        return self._declared("parameters", lines)

    def constants(self, _: Token, *lines: Declaration) -> _Part:
        return self._declared("constants", lines)

    def assigned(self, _: Token, *lines: Declaration) -> _Part:
        return self._declared("assigned", lines)

    def states(self, _: Token, *lines: Declaration) -> _Part:
        return self._declared("states", lines)

    def parameter(
        self,
        name: Token,
        length: int | None,
        _: Token | None,
        value: tuple[float, Token] | None,
        unit: Token | None,
        limits: tuple[float, float] | None,
    ) -> Declaration:
        return Declaration(
            name.text, name.place, length or 0, value[0] if value else None, unit.text if unit else "", limits
        )

    def constant(self, name: Token, _: Token, value: tuple[float, Token], unit: Token | None) -> Declaration:
        return Declaration(name.text, name.place, value=value[0], unit=unit.text if unit else "")

    def variable(
        self,
        name: Token,
        length: int | None,
        limits: tuple[float, float] | None,
        start: float | None,
        unit: Token | None,
        tolerance: float | None,
    ) -> Declaration:
        return Declaration(
            _plain(name), name.place, length or 0, unit=unit.text if unit else "", limits=limits, start=start
        )

    def range(self, _: Token, low: tuple[float, Token], __: Token, high: tuple[float, Token]) -> tuple[float, float]:
        return low[0], high[0]

    def start(self, _: Token, value: tuple[float, Token]) -> float:
        return value[0]

    def limits(self, _: Token, low: tuple[float, Token], high: tuple[float, Token], __: Token) -> tuple[float, float]:
        # Sliders need them in order; NEURON doesn't look.
        return min(low[0], high[0]), max(low[0], high[0])

    def tolerance(self, _: Token, value: tuple[float, Token], __: Token) -> float:
        return value[0]

    def length(self, number: Token) -> int:
        return _length_of(number)

    def independent(self, _: Token, *names: str) -> _Part:
        return _Part(lambda parts: parts.independent.extend(names))

    def sweep(self, *words: Any) -> str:
        return next(word.text for word in words if isinstance(word, Token) and word.type == "NAME")

    def signed(self, minus: Token | None, number: Token) -> tuple[float, Token]:
        return (-number_of(number) if minus else number_of(number)), number

    def local(self, word: Token, *variables: tuple[str, int]) -> syntax.Local:
        return syntax.Local(variables, word.place)

    def outer_local(self, local: syntax.Local) -> _Part:
        return _Part(lambda parts: parts.locals.extend(local.variables))

    def local_name(self, name: Token, length: int | None) -> tuple[str, int]:
        return name.text, length or 0

    # Blocks

    def _single(self, kind: str, word: Token, body: Body, arguments: tuple[Argument, ...] = ()) -> _Part:
        def add(parts: Parts) -> None:
            known = parts.single.get(kind)
            if known is None:
                parts.single[kind] = syntax.Block(word.type, "", arguments, body, word.place)
            elif kind == "net_receive":
                word.fail("there is a NET_RECEIVE block already")
            else:
                parts.single[kind] = replace(known, body=known.body + _scoped(body, word.place))

        return _Part(add)

    def initial(self, word: Token, body: Body) -> _Part:
        return self._single("initial", word, body)

    def breakpoint(self, word: Token, body: Body) -> _Part:
        return self._single("breakpoint", word, body)

    def net_receive(self, word: Token, arguments: tuple[Argument, ...], body: Body) -> _Part:
        return self._single("net_receive", word, body, arguments)

    def _block(
        self,
        word: Token,
        name: str,
        body: Body = (),
        arguments: tuple[Argument, ...] = (),
        unit: Token | None = None,
    ) -> _Part:
        block = syntax.Block(word.type, name, arguments, body, word.place, unit.text if unit else "")
        return _Part(lambda parts: parts.blocks.append(block))

    def block(self, word: Token, name: Token, _: Token | None, __: list[Token] | None, body: Body) -> _Part:
        return self._block(word, name.text, body)

    def structor(self, word: Token, body: Body) -> _Part:
        return self._block(word, "", body)

    def function(
        self, word: Token, name: Token, arguments: tuple[Argument, ...], unit: Token | None, body: Body
    ) -> _Part:
        return self._block(word, name.text, body, arguments, unit)

    def function_table(self, word: Token, name: Token, arguments: tuple[Argument, ...], unit: Token | None) -> _Part:
        return self._block(word, name.text, (), arguments, unit)

    def hook(self, word: Token, when: Token, body: Body) -> _Part:
        return self._block(word, when.type, body)

    def arguments(self, *arguments: Argument) -> tuple[Argument, ...]:
        return arguments

    def argument(self, name: Token, unit: Token | None) -> Argument:
        return Argument(name.text, unit.text if unit else "")

    def verbatim(self, code: Token) -> syntax.Verbatim:
        return syntax.Verbatim(code.text, code.place)

    def outer_verbatim(self, verbatim: syntax.Verbatim) -> _Part:
        return _Part(lambda parts: parts.verbatim.append(verbatim))

    # Statements

    def body(self, *statements: Any) -> Body:
        flat: list[Any] = []
        for statement in statements:
            if isinstance(statement, tuple):
                flat.extend(statement)
            elif statement is not None:
                flat.append(statement)
        locals_ = [statement for statement in flat if isinstance(statement, syntax.Local)]
        if not locals_:
            return tuple(flat)
        # NEURON takes one LOCAL, at the start.
        every = syntax.Local(tuple(one for local in locals_ for one in local.variables), locals_[0].place)
        return (every, *(statement for statement in flat if not isinstance(statement, syntax.Local)))

    def nested(self, body: Body) -> Body:
        # A body holding LOCAL has a place to show: that of the LOCAL itself.
        place = next((statement.place for statement in body if isinstance(statement, syntax.Local)), Place(1, 1))
        return _scoped(body, place)

    def assign(self, target: syntax.Name | syntax.Index, _: Token, value: Expression) -> syntax.Assign:
        return syntax.Assign(target, value, target.place)

    def do(self, call: syntax.Call) -> syntax.Do:
        return syntax.Do(call, call.place)

    def if_(self, word: Token, condition: Expression, then: Body, otherwise: Body | None) -> syntax.If:
        return syntax.If(condition, then, otherwise or (), word.place)

    def else_(self, _: Token, otherwise: Body | syntax.If) -> Body:
        return otherwise if isinstance(otherwise, tuple) else (otherwise,)

    def while_(self, word: Token, condition: Expression, body: Body) -> syntax.While:
        return syntax.While(condition, body, word.place)

    def from_(
        self,
        word: Token,
        name: Token,
        _: Token,
        first: Expression,
        __: Token,
        last: Expression,
        ___: Token | None,
        step: Expression | None,
        body: Body,
    ) -> syntax.From:
        return syntax.From(name.text, first, last, step, body, word.place)

    def solve(self, word: Token, block: Token, how: Token | None, method: Token | None) -> syntax.Solve:
        steady = how is not None and how.type == "STEADYSTATE"
        return syntax.Solve(block.text, method.text if method else "", steady, word.place)

    def table(
        self,
        word: Token,
        names: list[Token] | None,
        _: Token | None,
        depend: list[Token] | None,
        __: Token,
        first: Expression,
        ___: Token,
        last: Expression,
        ____: Token,
        count: Token,
    ) -> syntax.Table:
        written, depends = (tuple(token.text for token in tokens or ()) for tokens in (names, depend))
        return syntax.Table(written, depends, first, last, syntax.Number(number_of(count), count.place), word.place)

    def watch(self, word: Token, *conditions: tuple[Expression, Expression]) -> syntax.Watch:
        return syntax.Watch(conditions, word.place)

    def watched(self, condition: Expression, flag: tuple[float, Token]) -> tuple[Expression, Expression]:
        if not (isinstance(condition, syntax.Binary) and condition.operator in ("<", ">")):
            flag[1].fail("WATCH compares two values by < or >", "write WATCH (v > threshold) 2")
        return condition, syntax.Number(flag[0], flag[1].place)

    def for_netcons(self, word: Token, arguments: tuple[Argument, ...], body: Body) -> syntax.ForNetcons:
        return syntax.ForNetcons(tuple(argument.name for argument in arguments), body, word.place)

    def initial_part(self, word: Token, body: Body) -> syntax.InitialPart:
        return syntax.InitialPart(body, word.place)

    def conductance(self, *_: Any) -> None:
        """A hint for NEURON's own slope, which is exact here without it."""

    def reaction(
        self,
        word: Token,
        left: tuple[tuple[int, Name | syntax.Index], ...],
        arrow: Token,
        right: tuple[tuple[int, Name | syntax.Index], ...],
        forward: Expression,
        backward: Expression,
    ) -> syntax.Reaction:
        return syntax.Reaction(left, right, "<->", forward, backward, word.place)

    def flux(
        self, word: Token, left: tuple[tuple[int, Name | syntax.Index], ...], arrow: Token, rate: Expression
    ) -> syntax.Reaction:
        return syntax.Reaction(left, (), "<<" if arrow.type == "INTO" else "->", rate, None, word.place)

    def side(self, *species: Any) -> tuple[tuple[int, Name | syntax.Index], ...]:
        return tuple(one for one in species if not isinstance(one, Token))

    def species(self, count: Token | None, target: Name | syntax.Index) -> tuple[int, Name | syntax.Index]:
        if count is None:
            return 1, target
        number = number_of(count)
        if number != int(number) or not 1 <= number <= 100:
            count.fail(f"a reaction takes a whole number of {target.name}, not {count.text}")
        return int(number), target

    def equation(self, word: Token, left: Expression, _: Token, right: Expression) -> syntax.Equation:
        return syntax.Equation(left, right, word.place)

    def conserve(
        self, word: Token, left: tuple[tuple[int, Name | syntax.Index], ...], _: Token, right: Expression
    ) -> syntax.Conserve:
        first, *others = (_multiplied(count, target) for count, target in left)
        total = first
        for term in others:
            total = syntax.Binary("+", total, term, term.place)
        return syntax.Conserve(total, right, word.place)

    def compartment(
        self, word: Token, variable: Token | None, volume: Expression, *species: Token
    ) -> syntax.Compartment:
        return syntax.Compartment(
            variable.text if variable else "", volume, tuple(token.text for token in species), word.place
        )

    def diffusion(
        self, word: Token, variable: Token | None, coefficient: Expression, *species: Token
    ) -> syntax.Diffusion:
        return syntax.Diffusion(
            variable.text if variable else "", coefficient, tuple(token.text for token in species), word.place
        )

    # Expressions

    def binary(self, left: Expression, operator: Token, right: Expression) -> syntax.Binary:
        return syntax.Binary(_SIGNS[operator.type], left, right, operator.place)

    def signed_term(self, operator: Token, operand: Expression) -> syntax.Unary:
        return syntax.Unary(_SIGNS[operator.type], operand, operator.place)

    def number(self, number: Token, unit: Token | None) -> syntax.Number:
        return syntax.Number(number_of(number), number.place, unit.text if unit else "")

    def call(self, name: Token, *arguments: Expression) -> syntax.Call:
        return syntax.Call(name.text, arguments, name.place)

    def text(self, text: Token) -> syntax.Text:
        return syntax.Text(text.text, text.place)

    def target(self, name: Token, index: Expression | None) -> Name | syntax.Index:
        text = name.text.rstrip("'")
        order = len(name.text) - len(text)
        if index is None:
            return Name(text, name.place, order)
        return syntax.Index(text, index, name.place, order)
