"""Expressions of a VERBATIM block's C: arithmetic, casts, pointers, calls and draws of random numbers."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from rheobase.mechanisms.nmodl import known, syntax
from rheobase.mechanisms.nmodl.c_reading import INTEGERS, MAX_NESTING, TYPES, Cursor, Value
from rheobase.mechanisms.nmodl.syntax import Binary, Call, Expression, Index, Name, Number, Place, Unary

_THREAD = frozenset([
    "_threadargs_", "_threadargscomma_", "_p", "_ppvar", "_thread", "_nt", "_ml", "_iml", "_globals",
])  # fmt: skip
_BINARY = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
# Calls that leave no trace in the model: text, checks of arguments, and where streams of random numbers start.
SILENT = (
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


@dataclass(slots=True)
class Values(Cursor):
    """Reads expressions. What cannot be translated is a value with an error, which counts only where it is used."""

    def _expression(self) -> Value:
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

    def _chosen(self, condition: Value, then: Value, otherwise: Value, place: Place) -> Value:
        constant = constant_of(condition, self.names.streams)
        if constant is not None:
            return then if constant else otherwise
        for one in (condition, then, otherwise):
            if one.error is not None:
                return one
        if condition.expression is None or then.expression is None or otherwise.expression is None:
            return self._broken("a choice of pointers isn't read", place=place)
        own = self._own("choice")
        self.locals[own] = 0
        self._scopes[0][own] = Value(Name(own, place))
        target = Name(own, place)
        branches = [(syntax.Assign(target, one, place),) for one in (then.expression, otherwise.expression)]
        self._before.append(syntax.If(condition.expression, branches[0], branches[1], place))
        return Value(target, whole=then.whole and otherwise.whole)

    def _binary(self, level: int) -> Value:
        if level == len(_BINARY):
            return self._unary()
        left = self._binary(level + 1)
        while self._kind() == "operator" and self._peek() in _BINARY[level]:
            operator = self._next()
            left = self._combined(operator.text, left, self._binary(level + 1), operator.place)
        return left

    def _combined(self, operator: str, left: Value, right: Value, place: Place) -> Value:
        streams = self.names.streams
        one, other = constant_of(left, streams), constant_of(right, streams)
        if operator in ("&&", "||"):
            for known_side, rest in ((one, right), (other, left)):
                if known_side is not None:
                    decided = bool(known_side) == (operator == "||")
                    return Value(Number(float(bool(known_side)), place), whole=True) if decided else rest
        for side in (left, right):
            if side.error is not None:
                return side
        if left.expression is None or right.expression is None or left.pointer is not None or right.pointer is not None:
            if operator in ("==", "!=") and one is not None and other is not None:
                return Value(Number(float((bool(one) == bool(other)) == (operator == "==")), place), whole=True)
            return self._broken("arithmetic with pointers isn't read", place=place)
        if one is not None and other is not None and operator in ("==", "!=", "<", ">", "<=", ">="):
            return Value(Number(float(_compared(operator, one, other)), place), whole=True)
        whole = left.whole and right.whole
        if operator == "%":
            return Value(Call("fmod", (left.expression, right.expression), place), whole=True)
        result: Expression = Binary(operator, left.expression, right.expression, place)
        if operator in ("+", "-", "*"):
            return Value(result, whole=whole)
        if operator == "/":
            return Value(Call("INT", (result,), place) if whole else result, whole=whole)
        return Value(result, whole=True)

    def _unary(self) -> Value:
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

    def _signed(self, sign: str, value: Value, place: Place) -> Value:
        if value.error is not None:
            return value
        if sign == "&":
            if isinstance(value.expression, Name) and value.pointer is None:
                return Value(pointer=value.expression.name, stars=1)
            return replace(value, stars=value.stars + 1) if value.pointer is not None else value
        if sign == "*":
            if value.pointer is None:
                return value  # `*x` of a POINTER x
            if value.stars <= 1:
                return self._pointed(value.pointer, place)
            return replace(value, expression=None, stars=value.stars - 1)
        constant = constant_of(value, self.names.streams)
        if sign == "!" and constant is not None:
            return Value(Number(float(not constant), place), whole=True)
        if value.expression is None or value.pointer is not None:
            return self._broken("arithmetic with pointers isn't read", place=place)
        if sign == "+":
            return value
        return Value(Unary(sign, value.expression, place), whole=value.whole or sign == "!")

    def _pointed(self, name: str, place: Place) -> Value:
        if name in self.names.lengths and name not in self.names.streams:
            return Value(Name(name, place))
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
        if not stars and not all(word in TYPES for word in words):
            return None
        self._at += ahead + 1
        return any(word in INTEGERS for word in words), all(word in TYPES for word in words), stars

    def _converted(self, cast: tuple[bool, bool, int], value: Value, place: Place) -> Value:
        whole, number, stars = cast
        if stars:
            if value.error is not None:
                return Value(pointer="", stars=stars)
            return Value(pointer=value.pointer or "", stars=stars)
        if value.error is not None or value.pointer is not None or value.expression is None or not number:
            return value
        if whole and not value.whole:
            return Value(Call("INT", (value.expression,), place), whole=True)
        return replace(value, whole=whole)

    def _postfix(self) -> Value:
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

    def _element(self, value: Value, index: Value, place: Place) -> Value:
        if value.error is not None or index.error is not None:
            return value if value.error is not None else index
        expression = value.expression
        if value.pointer is not None or not isinstance(expression, Name) or index.expression is None:
            return self._broken("what a pointer points to isn't read", "declare an array in ASSIGNED or LOCAL", place)
        if expression.name == "_args":
            if isinstance(index.expression, Number) and index.expression.value < len(self.names.order):
                return Value(Name(self.names.order[int(index.expression.value)], place))
            return self._broken("this isn't one of the block's arguments", place=place)
        return Value(Index(expression.name, index.expression, expression.place, expression.order), whole=value.whole)

    def _primary(self) -> Value:
        place = self._place
        word = self._next()
        if word.kind == "number":
            value = float(word.text)
            if value == float("inf"):
                self._fail("the number is too large")
            return Value(Number(value, place), whole=word.text.isdigit())
        if word.kind == "text":
            return Value(pointer="", stars=1)
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

    def _template_cast(self, place: Place) -> Value:
        self._expect("<")
        words: list[str] = []
        while not self._take(">"):
            words.append(self._next().text)
        stars = words.count("*")
        self._expect("(")
        value = self._expression()
        self._expect(")")
        return self._converted((any(word in INTEGERS for word in words), True, stars), value, place)

    def _call(self, name: str, place: Place) -> Value:
        if name.startswith(SILENT) or name in _ARGUMENTS:
            self._skip()
            return Value(pointer="", stars=1)
        self._expect("(")
        arguments: list[Value] = []
        while not self._take(")"):
            if self._peek() in _THREAD:
                self._at += 1
                self._take(",")
                continue
            arguments.append(self._expression())
            if self._peek() != ")":
                self._expect(",")
        return self._called(name, arguments, place)

    def _called(self, name: str, arguments: list[Value], place: Place) -> Value:
        if name in _DRAWS:
            return self._drawn(name, arguments, place)
        if name in ("vector_capacity", "vector_buffer_size"):
            return Value(Number(0.0, place), whole=True)
        if name.startswith("vector_") or name == "vector_vec":
            return Value(pointer="", stars=1)
        if name == "nrn_pointing" and arguments and arguments[0].pointer:
            return Value(Call(name, (Name(arguments[0].pointer, place),), place), whole=True)
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
            return Value(Binary("^", given[0], given[1], place))
        if plain == "abs" and arguments and not arguments[0].whole:
            return Value(Call("fabs", given, place))
        return Value(Call(plain, given, place))

    def _discontinuity(self, arguments: list[Value], place: Place) -> Value:
        target, value = arguments[-2:] if len(arguments) >= 2 else (None, None)
        if target is None or value is None or not target.pointer or value.expression is None:
            return self._broken("this state_discontinuity isn't read", place=place)
        return Value(Call("state_discontinuity", (Name(target.pointer, place), value.expression), place))

    def _drawn(self, name: str, arguments: list[Value], place: Place) -> Value:
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
        return Value(call, whole=name == "nrnran123_ipick")

    def _named(self, name: str, place: Place) -> Value:
        names = self.names
        for scope in reversed(self._scopes):
            if name in scope:
                value = scope[name]
                if isinstance(value.expression, Name):
                    return replace(value, expression=Name(value.expression.name, place))
                return value
        if name.startswith("_l") and name[2:] in names.arguments:
            return Value(Name(name[2:], place))
        if name.startswith("_p_"):
            return Value(pointer=name[3:], stars=1)
        if name in names.statics:
            return Value(Number(names.statics[name], place), whole=True)
        if name in names.lengths or name == "_args":
            return Value(Name(name, place))
        if name in ("NULL", "nullptr", "false", "true"):
            return Value(Number(float(name == "true"), place), whole=True)
        if name == "M_PI":
            return Value(Number(3.141592653589793, place))
        if name.startswith("usetable"):
            return Value(Number(0.0, place), whole=True)
        if name in ("_v", "_lv"):
            return Value(Name("v", place))
        if name[:1] == "D" and name[1:] in names.lengths:
            return Value(Name(name[1:], place, 1))
        hint = "declare it in NMODL, and write what is done with it as NMODL"
        return self._broken(f"C's {name} isn't known", hint, place)


def constant_of(value: Value, streams: set[str]) -> float | None:
    """The number that a value is known to be, None where it is not: a pointer is 1 if random numbers come from it."""
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
