"""C of VERBATIM blocks as NMODL statements: arithmetic on the file's own variables, `if`, `for`, `while` and `return`.

C is never run. What reads or writes memory by pointers isn't translated; a pointer counts as set if random numbers are
drawn from it, and as NULL otherwise, as it is in NEURON until a user sets it. Code behind a condition that is known to
be false is dropped, whatever it holds.
"""

from dataclasses import dataclass, replace

from rheobase.mechanisms.nmodl import syntax
from rheobase.mechanisms.nmodl.c_reading import INTEGERS, MAX_NESTING, TYPES, Broken, Return, Step, Value
from rheobase.mechanisms.nmodl.c_values import SILENT, Values, constant_of
from rheobase.mechanisms.nmodl.c_words import Word
from rheobase.mechanisms.nmodl.syntax import Binary, Call, Expression, Index, Name, Number, Place, Statement, Unary
from rheobase.mechanisms.nmodl.walk import within


@dataclass(slots=True)
class Reader(Values):
    """Reads the statements of a block's C."""

    def within(self, items: "list[Word | Statement]") -> "Reader":
        """A reader of what stands deeper in the same block."""
        return Reader(items, self.names, self.inner, self.locals, self.drawn, 0, self._depth, [*self._scopes, {}])

    def read(self) -> list[Step]:
        """All statements. **Raises:** `NmodlError` where the words are no C that can be read."""
        steps: list[Step] = []
        while self._at < len(self.items):
            steps += self._statement()
        return steps

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
        constant = constant_of(condition, self.names.streams)
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

    def _loop(self, condition: Value, body: list[Step], place: Place) -> list[Step]:
        if condition.error is not None:
            return [Broken(condition.error, place)]
        if constant_of(condition, self.names.streams) == 0:
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
        condition = Value(Number(1.0, place), whole=True) if self._peek() == ";" else self._expression()
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

    def _expression_statement(self) -> list[Step]:
        place = self._place
        if self._kind() == "name" and self._peek(1) == "(" and self._peek().startswith(SILENT):
            self._at += 1
            self._skip()
            return []
        for sign in ("++", "--"):
            if self._take(sign):
                return self._store(
                    self._unary(), "+=" if sign == "++" else "-=", Value(Number(1.0, place), True), place
                )
        value = self._expression()
        operator = self._peek()
        if operator in ("++", "--"):
            self._at += 1
            return self._store(value, f"{operator[0]}=", Value(Number(1.0, place), whole=True), place)
        if operator in ("=", "+=", "-=", "*=", "/="):
            self._at += 1
            right = self._expression()
            if self._peek() == "=":
                self._fail("write one assignment at a time")
            return self._store(value, operator, right, place)
        if self._take(","):
            return self._effect(value, place) + self._expression_statement()
        return self._effect(value, place)

    def _effect(self, value: Value, place: Place) -> list[Step]:
        if value.error is not None:
            return [Broken(value.error, place)]
        if isinstance(value.expression, Call):
            return [*self._hoisted(), syntax.Do(value.expression, place)]
        return self._hoisted()

    def _store(self, target: Value, operator: str, value: Value, place: Place) -> list[Step]:
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
            constant = constant_of(value, self.names.streams) or 0.0
            expression = Number(constant, place)
        if target.whole and not value.whole:
            expression = Call("INT", (expression,), place)
        return [*before, syntax.Assign(target.expression, expression, place)]

    def _alias(self, name: str, value: Value) -> None:
        for scope in reversed(self._scopes):
            if name in scope:
                scope[name] = replace(
                    value, expression=Name(name, self._place), error=None, pointer=value.pointer or ""
                )
                return

    # Declarations

    def _declares(self) -> bool:
        word = self._peek()
        if word in TYPES:
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
        while self._kind() == "name" and (self._peek() in TYPES or self._kind(1) == "name" or self._peek(1) == "*"):
            word = self._next().text
            whole = whole or word in INTEGERS
            external = external or word == "extern"
            plain = plain and word in TYPES and word != "struct"
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
            self._scopes[-1][name] = Value(Name(name, place), pointer=pointer, stars=stars)
            return []
        own = self._own(name)
        self.locals[own] = length
        variable = Value(Name(own, place), whole=whole)
        self._scopes[-1][name] = variable
        return [] if value is None else self._store(variable, "=", value, place)


def _counted(
    first: list[Step], condition: Value, last: list[Step], body: list[Step], place: Place
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
