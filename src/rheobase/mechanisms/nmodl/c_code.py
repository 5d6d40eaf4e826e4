"""C of VERBATIM blocks as NMODL statements: arithmetic on the file's own variables, `if`, `for`, `while` and `return`.

C is never run. What reads or writes memory by pointers isn't translated; a pointer counts as set if random numbers are
drawn from it, and as NULL otherwise, as it is in NEURON until a user sets it. Code behind a condition that is known to
be false is dropped, whatever it holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn, TypeAlias

from rheobase.mechanisms.nmodl import known, syntax
from rheobase.mechanisms.nmodl.c_words import Word
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.syntax import Binary, Call, Expression, Index, Name, Number, Place, Statement, Unary
from rheobase.mechanisms.nmodl.walk import within

MAX_NESTING = 60

_INTEGERS = frozenset(
    [
        "int",
        "long",
        "short",
        "unsigned",
        "signed",
        "char",
        "bool",
        "size_t",
        "uint32_t",
        "uint64_t",
        "int32_t",
        "int64_t",
    ]
)
_TYPES = _INTEGERS | frozenset([
    "void", "double", "float", "const", "static", "extern", "register", "volatile", "inline", "struct", "FILE", "Rand",
    "Object", "Symbol", "auto",
])  # fmt: skip
_THREAD = frozenset([
    "_threadargs_", "_threadargscomma_", "_p", "_ppvar", "_thread", "_nt", "_ml", "_iml", "_globals",
])  # fmt: skip
_BINARY = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
# Calls that leave no trace in the model: text, checks of arguments, and where streams of random numbers start.
_SILENT = (
    "printf", "fprintf", "sprintf", "puts", "fputs", "fflush", "assert", "abort", "exit", "hoc_", "chkarg", "free",
    "nrnran123_set", "nrnran123_delete", "nrnran123_get", "nrn_random_arg", "nrn_set_random_sequence", "set_seed",
    "srand",
    "bbcore_", "vector_resize", "vector_free", "delete",
)  # fmt: skip
_ARGUMENTS = ("ifarg", "getarg", "hoc_pgetarg", "vector_arg", "nrn_random_arg", "hoc_getarg", "gargstr")
_DRAWS = {
    "nrnran123_dblpick": "random_uniform", "nrnran123_negexp": "random_negexp", "nrnran123_normal": "random_normal",
    "nrnran123_uniform": "random_uniform", "nrnran123_gauss": "random_normal", "nrnran123_ipick": "random_ipick",
    "nrn_random_pick": "", "drand48": "random_uniform", "erand48": "random_uniform",
}  # fmt: skip
DRAWS = frozenset(_DRAWS)


@dataclass(frozen=True, slots=True)
class Return:
    """`return value;`."""

    value: Expression | None
    place: Place


@dataclass(frozen=True, slots=True)
class Broken:
    """What can't be translated, and why; an error only if it is ever reached."""

    error: NmodlError
    place: Place


Step: TypeAlias = Statement | Return | Broken


@dataclass(frozen=True, slots=True)
class _Value:
    """A value in C.

    **Fields:** `expression`, of a number; `whole`, whether C computes it as an integer; `pointer`, the name of what a
    pointer points to, with `stars`, how often; `error`, of what isn't translated.
    """

    expression: Expression | None = None
    whole: bool = False
    pointer: str | None = None
    stars: int = 0
    error: NmodlError | None = None


@dataclass(slots=True)
class Names:
    """What the C of one block may name.

    **Fields:** `lengths` of the file's variables; `arguments`, the block's arguments and LOCALs; `order`, the arguments
    alone; `block`, its own name; `pointers`, and `streams`, those of them that random numbers are drawn from;
    `functions` of the file; `suffix`; `statics`, C's variables of the whole file with their values; `text`, the block's
    name and code, from which a random stream's distribution is guessed; `file`, what errors call it.
    """

    lengths: dict[str, int]
    arguments: dict[str, int]
    order: Sequence[str]
    block: str
    pointers: set[str]
    streams: set[str]
    functions: set[str]
    suffix: str
    statics: dict[str, float]
    text: str
    file: str


@dataclass(slots=True)
class Reader:
    """Reads the words of a block's C, with NMODL statements between them where blocks of C are interrupted.

    **Fields:** `inner`, what is done with an NMODL statement, which may hold C itself; `locals`, variables that C
    declares; `drawn`, the streams drawn from.
    """

    items: list[Word | Statement]
    names: Names
    inner: Callable[[Statement, "Reader"], Step]
    locals: dict[str, int] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    _at: int = 0
    _depth: int = 0
    _scopes: list[dict[str, _Value]] = field(default_factory=lambda: [{}])
    _before: list[Step] = field(default_factory=list)

    def within(self, items: "list[Word | Statement]") -> "Reader":
        """A reader of what stands deeper in the same block."""
        return Reader(items, self.names, self.inner, self.locals, self.drawn, 0, self._depth, [*self._scopes, {}])

    def read(self) -> list[Step]:
        """All statements. **Raises:** `NmodlError` where the words are no C that can be read."""
        steps: list[Step] = []
        while self._at < len(self.items):
            steps += self._statement()
        return steps

    # Words

    def _peek(self, ahead: int = 0) -> str:
        item = self.items[self._at + ahead] if self._at + ahead < len(self.items) else None
        return item.text if isinstance(item, Word) else ""

    def _kind(self, ahead: int = 0) -> str:
        item = self.items[self._at + ahead] if self._at + ahead < len(self.items) else None
        return item.kind if isinstance(item, Word) else ""

    @property
    def _place(self) -> Place:
        if not self.items:
            return Place(1, 1)
        return self.items[min(self._at, len(self.items) - 1)].place

    def _next(self) -> Word:
        item = self.items[self._at] if self._at < len(self.items) else None
        if not isinstance(item, Word):
            self._fail("the C ends within a statement")
        self._at += 1
        return item

    def _take(self, text: str) -> bool:
        if self._kind() in ("name", "operator") and self._peek() == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            found = f"'{self._peek()}'" if self._peek() else "the end"
            self._fail(f"'{text}' is expected in the C here, not {found}")

    def _error(self, message: str, hint: str = "write it as NMODL", place: Place | None = None) -> NmodlError:
        place = place or self._place
        return NmodlError(message, place.line, place.column, hint, place.file or self.names.file)

    def _fail(self, message: str, hint: str = "write it as NMODL") -> NoReturn:
        raise self._error(message, hint)

    def _broken(self, message: str, hint: str = "write it as NMODL", place: Place | None = None) -> _Value:
        return _Value(error=self._error(message, hint, place))

    # Statements

    def _statement(self) -> list[Step]:
        item = self.items[self._at] if self._at < len(self.items) else None
        if item is not None and not isinstance(item, Word):
            self._at += 1
            return [self.inner(item, self)]
        place, word = self._place, self._peek()
        self._depth += 1
        if self._depth > MAX_NESTING:
            self._fail(f"nested more than {MAX_NESTING} deep")
        try:
            if self._take(";"):
                return []
            if self._take("{"):
                return self._block()
            if self._kind() == "name":
                if word in ("do", "switch", "goto", "break", "continue", "typedef", "class", "namespace", "template"):
                    self._fail(f"C's {word} isn't read")
                reader = {"if": self._if, "while": self._while, "for": self._for, "return": self._return}.get(word)
                if reader is not None:
                    self._at += 1
                    return reader(place)
                if self._declares():
                    return self._declaration()
            steps = self._expression_statement()
            self._expect(";")
            return steps
        finally:
            self._depth -= 1

    def _block(self) -> list[Step]:
        self._scopes.append({})
        steps: list[Step] = []
        while not self._take("}"):
            if self._at >= len(self.items):
                self._fail("the C has a '{' that is never closed")
            steps += self._statement()
        self._scopes.pop()
        return steps

    def _if(self, place: Place) -> list[Step]:
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        before = self._hoisted()
        then = self._statement()
        otherwise = self._statement() if self._take("else") else []
        if condition.error is not None:
            return [Broken(condition.error, place)] if then or otherwise else []
        constant = _constant(condition, self.names.streams)
        if constant is not None:
            return before + (then if constant else otherwise)
        if not then and not otherwise:
            return []
        if condition.expression is None:
            return [Broken(self._error("this condition isn't read", place=place), place)]
        if not then:
            negated = Unary("!", condition.expression, place)
            return [*before, syntax.If(negated, tuple(otherwise), (), place)]  # type: ignore[arg-type]
        return [*before, syntax.If(condition.expression, tuple(then), tuple(otherwise), place)]  # type: ignore[arg-type]

    def _while(self, place: Place) -> list[Step]:
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        if self._hoisted():
            self._fail("'?:' isn't read in a while")
        body = self._statement()
        return self._loop(condition, body, place)

    def _loop(self, condition: _Value, body: list[Step], place: Place) -> list[Step]:
        if condition.error is not None:
            return [Broken(condition.error, place)]
        if _constant(condition, self.names.streams) == 0:
            return []
        if condition.expression is None:
            return [Broken(self._error("this loop isn't read", place=place), place)]
        return [syntax.While(condition.expression, tuple(body), place)]  # type: ignore[arg-type]

    def _for(self, place: Place) -> list[Step]:
        self._expect("(")
        self._scopes.append({})
        first: list[Step] = []
        if not self._take(";"):
            if self._declares():
                first = self._declaration()
            else:
                first = self._expression_statement()
                self._expect(";")
        condition = _Value(Number(1.0, place), whole=True) if self._peek() == ";" else self._expression()
        self._expect(";")
        last = [] if self._peek() == ")" else self._expression_statement()
        self._expect(")")
        if self._hoisted():
            self._fail("'?:' isn't read in a for")
        body = self._statement()
        self._scopes.pop()
        counted = _counted(first, condition, last, body, place)
        return [counted] if counted is not None else first + self._loop(condition, body + last, place)

    def _return(self, place: Place) -> list[Step]:
        if self._take(";"):
            return [Return(None, place)]
        value = self._expression()
        self._expect(";")
        if value.error is not None:
            return [Broken(value.error, place)]
        return [*self._hoisted(), Return(value.expression, place)]

    def _hoisted(self) -> list[Step]:
        before, self._before = self._before, []
        return before

    def _expression_statement(self) -> list[Step]:
        place = self._place
        if self._kind() == "name" and self._peek(1) == "(" and self._peek().startswith(_SILENT):
            self._at += 1
            self._skip()
            return []
        for sign in ("++", "--"):
            if self._take(sign):
                return self._store(
                    self._unary(), "+=" if sign == "++" else "-=", _Value(Number(1.0, place), True), place
                )
        value = self._expression()
        operator = self._peek()
        if operator in ("++", "--"):
            self._at += 1
            return self._store(value, f"{operator[0]}=", _Value(Number(1.0, place), whole=True), place)
        if operator in ("=", "+=", "-=", "*=", "/="):
            self._at += 1
            right = self._expression()
            if self._peek() == "=":
                self._fail("write one assignment at a time")
            return self._store(value, operator, right, place)
        if self._take(","):
            return self._effect(value, place) + self._expression_statement()
        return self._effect(value, place)

    def _effect(self, value: _Value, place: Place) -> list[Step]:
        if value.error is not None:
            return [Broken(value.error, place)]
        if isinstance(value.expression, Call):
            return [*self._hoisted(), syntax.Do(value.expression, place)]
        return self._hoisted()

    def _store(self, target: _Value, operator: str, value: _Value, place: Place) -> list[Step]:
        before = self._hoisted()
        if target.pointer is not None:
            if isinstance(target.expression, Name):
                self._alias(target.expression.name, value)
            return []
        if target.error is not None:
            return [Broken(target.error, place)]
        if isinstance(target.expression, Number):
            return []  # `usetable = 0` and C's own flags
        if not isinstance(target.expression, Name | Index):
            return [Broken(self._error("this can't be assigned", place=place), place)]
        if operator != "=":
            value = self._combined(operator[0], target, value, place)
        if value.error is not None:
            return [Broken(value.error, place)]
        expression = value.expression
        if expression is None:
            constant = _constant(value, self.names.streams) or 0.0
            expression = Number(constant, place)
        if target.whole and not value.whole:
            expression = Call("INT", (expression,), place)
        return [*before, syntax.Assign(target.expression, expression, place)]

    def _alias(self, name: str, value: _Value) -> None:
        for scope in reversed(self._scopes):
            if name in scope:
                scope[name] = replace(
                    value, expression=Name(name, self._place), error=None, pointer=value.pointer or ""
                )
                return

    # Declarations

    def _declares(self) -> bool:
        word = self._peek()
        if word in _TYPES:
            return True
        if self._known(word):
            return False
        # `Rand* r`, `Rand** r`, `IvocVect *vec`, `FILE f`: a name that isn't known, then what it declares.
        ahead = 1
        while self._peek(ahead) == "*":
            ahead += 1
        return self._kind(ahead) == "name" and self._peek(ahead + 1) in ("=", ";", ",", "(") and word != "return"

    def _declaration(self) -> list[Step]:
        whole = external = False
        plain = True
        while self._kind() == "name" and (self._peek() in _TYPES or self._kind(1) == "name" or self._peek(1) == "*"):
            word = self._next().text
            whole = whole or word in _INTEGERS
            external = external or word == "extern"
            plain = plain and word in _TYPES and word != "struct"
            if self._peek() == "*":
                break
        steps: list[Step] = []
        while True:
            stars = 0
            while self._take("*") or self._take("&"):
                stars += 1
            place, name = self._place, self._next()
            if name.kind != "name":
                self._fail("this declaration isn't read")
            if self._peek() == "(":
                self._skip()
            elif external:
                while self._peek() == "[":
                    self._skip()
            else:
                steps += self._declared(name.text, stars, whole, plain, place)
            if self._take(";"):
                return steps
            if self._peek() == "{":
                self._fail("a function in C isn't read")
            self._expect(",")

    def _declared(self, name: str, stars: int, whole: bool, plain: bool, place: Place) -> list[Step]:
        length = 0
        if self._take("["):
            size = self._next()
            if size.kind != "number" or not size.text.isdigit() or not 1 <= int(size.text[:9]) <= 1000:
                self._fail("an array in C needs a number of elements")
            length = int(size.text)
            self._expect("]")
        value = None
        if self._take("="):
            value = self._expression()
        if stars or not plain:
            pointer = value.pointer if value is not None and value.pointer is not None else ""
            self._scopes[-1][name] = _Value(Name(name, place), pointer=pointer, stars=stars)
            return []
        own = self._own(name)
        self.locals[own] = length
        variable = _Value(Name(own, place), whole=whole)
        self._scopes[-1][name] = variable
        return [] if value is None else self._store(variable, "=", value, place)

    def _own(self, name: str) -> str:
        """A name for C's variable that no other in sight has."""
        name = name.lstrip("_") or "x"
        # C's variables outside of this block of braces, and NMODL's, stay what they are.
        visible = {
            one.expression.name for scope in self._scopes for one in scope.values() if isinstance(one.expression, Name)
        }
        own, count = name, 1
        while own in visible or own in self.names.arguments or own in self.names.lengths or own in known.FUNCTIONS:
            count += 1
            own = f"{name}_{count}"
        return own

    def _skip(self) -> None:
        """Past what stands in the parentheses or brackets that open here."""
        depth = 0
        while True:
            text = self._next().text
            depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
            if depth <= 0:
                return

    # Expressions

    def _expression(self) -> _Value:
        self._depth += 1
        if self._depth > MAX_NESTING:
            self._fail(f"nested more than {MAX_NESTING} deep")
        place = self._place
        value = self._binary(0)
        if self._take("?"):
            then = self._expression()
            self._expect(":")
            value = self._chosen(value, then, self._expression(), place)
        self._depth -= 1
        return value

    def _chosen(self, condition: _Value, then: _Value, otherwise: _Value, place: Place) -> _Value:
        constant = _constant(condition, self.names.streams)
        if constant is not None:
            return then if constant else otherwise
        for one in (condition, then, otherwise):
            if one.error is not None:
                return one
        if condition.expression is None or then.expression is None or otherwise.expression is None:
            return self._broken("a choice of pointers isn't read", place=place)
        own = self._own("choice")
        self.locals[own] = 0
        self._scopes[0][own] = _Value(Name(own, place))
        target = Name(own, place)
        branches = [(syntax.Assign(target, one, place),) for one in (then.expression, otherwise.expression)]
        self._before.append(syntax.If(condition.expression, branches[0], branches[1], place))
        return _Value(target, whole=then.whole and otherwise.whole)

    def _binary(self, level: int) -> _Value:
        if level == len(_BINARY):
            return self._unary()
        left = self._binary(level + 1)
        while self._kind() == "operator" and self._peek() in _BINARY[level]:
            operator = self._next()
            left = self._combined(operator.text, left, self._binary(level + 1), operator.place)
        return left

    def _combined(self, operator: str, left: _Value, right: _Value, place: Place) -> _Value:
        streams = self.names.streams
        one, other = _constant(left, streams), _constant(right, streams)
        if operator in ("&&", "||"):
            for known_side, rest in ((one, right), (other, left)):
                if known_side is not None:
                    decided = bool(known_side) == (operator == "||")
                    return _Value(Number(float(bool(known_side)), place), whole=True) if decided else rest
        for side in (left, right):
            if side.error is not None:
                return side
        if left.expression is None or right.expression is None or left.pointer is not None or right.pointer is not None:
            if operator in ("==", "!=") and one is not None and other is not None:
                return _Value(Number(float((bool(one) == bool(other)) == (operator == "==")), place), whole=True)
            return self._broken("arithmetic with pointers isn't read", place=place)
        if one is not None and other is not None and operator in ("==", "!=", "<", ">", "<=", ">="):
            return _Value(Number(float(_compared(operator, one, other)), place), whole=True)
        whole = left.whole and right.whole
        if operator == "%":
            return _Value(Call("fmod", (left.expression, right.expression), place), whole=True)
        result: Expression = Binary(operator, left.expression, right.expression, place)
        if operator in ("+", "-", "*"):
            return _Value(result, whole=whole)
        if operator == "/":
            return _Value(Call("INT", (result,), place) if whole else result, whole=whole)
        return _Value(result, whole=True)

    def _unary(self) -> _Value:
        place = self._place
        word = self._peek() if self._kind() == "operator" else ""
        if word in ("-", "+", "!", "*", "&"):
            self._at += 1
            self._depth += 1
            if self._depth > MAX_NESTING:
                self._fail(f"nested more than {MAX_NESTING} deep")
            value = self._signed(word, self._unary(), place)
            self._depth -= 1
            return value
        if word in ("~", "++", "--"):
            self._fail(f"C's {word} isn't read within an expression")
        if word == "(" and (cast := self._cast()) is not None:
            return self._converted(cast, self._unary(), place)
        return self._postfix()

    def _signed(self, sign: str, value: _Value, place: Place) -> _Value:
        if value.error is not None:
            return value
        if sign == "&":
            if isinstance(value.expression, Name) and value.pointer is None:
                return _Value(pointer=value.expression.name, stars=1)
            return replace(value, stars=value.stars + 1) if value.pointer is not None else value
        if sign == "*":
            if value.pointer is None:
                return value  # `*x` of a POINTER x
            if value.stars <= 1:
                return self._pointed(value.pointer, place)
            return replace(value, expression=None, stars=value.stars - 1)
        constant = _constant(value, self.names.streams)
        if sign == "!" and constant is not None:
            return _Value(Number(float(not constant), place), whole=True)
        if value.expression is None or value.pointer is not None:
            return self._broken("arithmetic with pointers isn't read", place=place)
        if sign == "+":
            return value
        return _Value(Unary(sign, value.expression, place), whole=value.whole or sign == "!")

    def _pointed(self, name: str, place: Place) -> _Value:
        if name in self.names.lengths and name not in self.names.streams:
            return _Value(Name(name, place))
        return self._broken("what a pointer points to isn't read", "declare it as POINTER in the NEURON block", place)

    def _cast(self) -> tuple[bool, bool, int] | None:
        """Past a cast: whether it is to an integer, whether to a number, and its stars; None if there is none."""
        ahead, stars = 1, 0
        words: list[str] = []
        while self._kind(ahead) == "name":
            words.append(self._peek(ahead))
            ahead += 1
        while self._peek(ahead) == "*" and self._kind(ahead) == "operator":
            stars += 1
            ahead += 1
        if not words or self._peek(ahead) != ")" or self._kind(ahead) != "operator":
            return None
        if not stars and not all(word in _TYPES for word in words):
            return None
        self._at += ahead + 1
        return any(word in _INTEGERS for word in words), all(word in _TYPES for word in words), stars

    def _converted(self, cast: tuple[bool, bool, int], value: _Value, place: Place) -> _Value:
        whole, number, stars = cast
        if stars:
            if value.error is not None:
                return _Value(pointer="", stars=stars)
            return _Value(pointer=value.pointer or "", stars=stars)
        if value.error is not None or value.pointer is not None or value.expression is None or not number:
            return value
        if whole and not value.whole:
            return _Value(Call("INT", (value.expression,), place), whole=True)
        return replace(value, whole=whole)

    def _postfix(self) -> _Value:
        value = self._primary()
        while True:
            place = self._place
            if self._take("["):
                index = self._expression()
                self._expect("]")
                value = self._element(value, index, place)
            elif self._kind() == "operator" and self._peek() in ("->", ".", "::"):
                self._at += 1
                self._next()
                if self._peek() == "(":
                    self._skip()
                value = self._broken("C's structures aren't read", place=place)
            else:
                return value

    def _element(self, value: _Value, index: _Value, place: Place) -> _Value:
        if value.error is not None or index.error is not None:
            return value if value.error is not None else index
        expression = value.expression
        if value.pointer is not None or not isinstance(expression, Name) or index.expression is None:
            return self._broken("what a pointer points to isn't read", "declare an array in ASSIGNED or LOCAL", place)
        if expression.name == "_args":
            if isinstance(index.expression, Number) and index.expression.value < len(self.names.order):
                return _Value(Name(self.names.order[int(index.expression.value)], place))
            return self._broken("this isn't one of the block's arguments", place=place)
        return _Value(Index(expression.name, index.expression, expression.place, expression.order), whole=value.whole)

    def _primary(self) -> _Value:
        place = self._place
        word = self._next()
        if word.kind == "number":
            value = float(word.text)
            if value == float("inf"):
                self._fail("the number is too large")
            return _Value(Number(value, place), whole=word.text.isdigit())
        if word.kind == "text":
            return _Value(pointer="", stars=1)
        if word.text == "(":
            value_ = self._expression()
            if self._kind() == "operator" and self._peek() in ("=", "+=", "-="):
                self._fail("an assignment within an expression isn't read")
            self._expect(")")
            return value_
        if word.kind != "name":
            self._at -= 1
            self._fail(f"{word.text!r} is more C than is read here")
        if word.text in ("static_cast", "reinterpret_cast", "const_cast") and self._peek() == "<":
            return self._template_cast(place)
        if self._peek() == "(" and self._kind() == "operator":
            return self._call(word.text, place)
        return self._named(word.text, place)

    def _template_cast(self, place: Place) -> _Value:
        self._expect("<")
        words: list[str] = []
        while not self._take(">"):
            words.append(self._next().text)
        stars = words.count("*")
        self._expect("(")
        value = self._expression()
        self._expect(")")
        return self._converted((any(word in _INTEGERS for word in words), True, stars), value, place)

    def _call(self, name: str, place: Place) -> _Value:
        if name.startswith(_SILENT) or name in _ARGUMENTS:
            self._skip()
            return _Value(pointer="", stars=1)
        self._expect("(")
        arguments: list[_Value] = []
        while not self._take(")"):
            if self._peek() in _THREAD:
                self._at += 1
                self._take(",")
                continue
            arguments.append(self._expression())
            if self._peek() != ")":
                self._expect(",")
        return self._called(name, arguments, place)

    def _called(self, name: str, arguments: list[_Value], place: Place) -> _Value:
        if name in _DRAWS:
            return self._drawn(name, arguments, place)
        if name in ("vector_capacity", "vector_buffer_size"):
            return _Value(Number(0.0, place), whole=True)
        if name.startswith("vector_") or name == "vector_vec":
            return _Value(pointer="", stars=1)
        if name == "nrn_pointing" and arguments and arguments[0].pointer:
            return _Value(Call(name, (Name(arguments[0].pointer, place),), place), whole=True)
        if name == "state_discontinuity":
            return self._discontinuity(arguments, place)
        plain = name.removesuffix(f"_{self.names.suffix}")
        if plain not in self.names.functions and plain not in known.FUNCTIONS:
            hint = "write the function as a FUNCTION in NMODL"
            return self._broken(f"C's function {name} isn't known", hint, place)
        for argument in arguments:
            if argument.error is not None:
                return argument
            if argument.expression is None or argument.pointer is not None:
                return self._broken(f"a pointer can't be given to {name}", place=place)
        given = tuple(argument.expression for argument in arguments if argument.expression is not None)
        if plain == "pow" and len(given) == 2:
            return _Value(Binary("^", given[0], given[1], place))
        if plain == "abs" and arguments and not arguments[0].whole:
            return _Value(Call("fabs", given, place))
        return _Value(Call(plain, given, place))

    def _discontinuity(self, arguments: list[_Value], place: Place) -> _Value:
        target, value = arguments[-2:] if len(arguments) >= 2 else (None, None)
        if target is None or value is None or not target.pointer or value.expression is None:
            return self._broken("this state_discontinuity isn't read", place=place)
        return _Value(Call("state_discontinuity", (Name(target.pointer, place), value.expression), place))

    def _drawn(self, name: str, arguments: list[_Value], place: Place) -> _Value:
        stream = next((one.pointer for one in arguments if one.pointer), "") or next(
            iter(sorted(self.names.streams)), "rng"
        )
        self.drawn.add(stream)
        drawing = _DRAWS[name] or _distribution(self.names.block, self.names.text)
        call: Expression = Call(drawing, (Name(stream, place),), place)
        if name == "nrnran123_uniform" and len(arguments) == 3:
            low, high = (one.expression for one in arguments[1:])
            if low is not None and high is not None:
                call = Call(drawing, (Name(stream, place), low, high), place)
        return _Value(call, whole=name == "nrnran123_ipick")

    def _known(self, name: str) -> bool:
        names = self.names
        return (
            any(name in scope for scope in self._scopes)
            or name in names.lengths
            or name in names.statics
            or name in names.functions
            or name in known.FUNCTIONS
            or name.startswith(("_l", "_p_"))
        )

    def _named(self, name: str, place: Place) -> _Value:
        names = self.names
        for scope in reversed(self._scopes):
            if name in scope:
                value = scope[name]
                if isinstance(value.expression, Name):
                    return replace(value, expression=Name(value.expression.name, place))
                return value
        if name.startswith("_l") and name[2:] in names.arguments:
            return _Value(Name(name[2:], place))
        if name.startswith("_p_"):
            return _Value(pointer=name[3:], stars=1)
        if name in names.statics:
            return _Value(Number(names.statics[name], place), whole=True)
        if name in names.lengths or name == "_args":
            return _Value(Name(name, place))
        if name in ("NULL", "nullptr", "false", "true"):
            return _Value(Number(float(name == "true"), place), whole=True)
        if name == "M_PI":
            return _Value(Number(3.141592653589793, place))
        if name.startswith("usetable"):
            return _Value(Number(0.0, place), whole=True)
        if name in ("_v", "_lv"):
            return _Value(Name("v", place))
        if name[:1] == "D" and name[1:] in names.lengths:
            return _Value(Name(name[1:], place, 1))
        hint = "declare it in NMODL, and write what is done with it as NMODL"
        return self._broken(f"C's {name} isn't known", hint, place)


def _constant(value: _Value, streams: set[str]) -> float | None:
    if value.pointer is not None:
        return float(value.pointer in streams)
    return value.expression.value if isinstance(value.expression, Number) else None


def _compared(operator: str, one: float, other: float) -> bool:
    compare: dict[str, Callable[[float, float], bool]] = {
        "==": float.__eq__,
        "!=": float.__ne__,
        "<": float.__lt__,
        ">": float.__gt__,
        "<=": float.__le__,
        ">=": float.__ge__,
    }
    return compare[operator](one, other)


def _counted(
    first: list[Step], condition: _Value, last: list[Step], body: list[Step], place: Place
) -> syntax.From | None:
    """`for (i = a; i < n; i++)` as FROM, if that is what it is."""
    match first, condition.expression, last:
        case (
            [syntax.Assign(target=Name(name=one), value=start)],
            Binary(operator="<" | "<=" as operator, left=Name(name=two), right=stop),
            [syntax.Assign(target=Name(name=three), value=Binary("+", Name(name=four), Number(value=1.0)))],
        ) if one == two == three == four:
            changed = {node.target.name for node in within(body) if isinstance(node, syntax.Assign)}
            if one in changed or any(isinstance(node, Name) and node.name in changed for node in within([stop])):
                return None
            if operator == "<":
                end: Expression = Binary("-", stop, Number(1.0, place), place)
                if isinstance(stop, Number):
                    end = Number(stop.value - 1, place) if stop.value >= 1 else end
            else:
                end = stop
            return syntax.From(one, start, end, None, tuple(body), place)  # type: ignore[arg-type]
    return None


def _distribution(block: str, text: str) -> str:
    """What `nrn_random_pick` draws is set from outside; a function's name tells it, or the words around it."""
    for words in (block.lower(), text.lower()):
        for part, drawing in (
            ("negexp", "random_negexp"), ("erand", "random_negexp"), ("exprand", "random_negexp"),
            ("norm", "random_normal"), ("gauss", "random_normal"), ("nrand", "random_normal"),
            ("uniform", "random_uniform"), ("urand", "random_uniform"), ("unirand", "random_uniform"),
        ):  # fmt: skip
            if part in words:
                return drawing
    return "random_uniform"
