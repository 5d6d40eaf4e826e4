"""The words of a VERBATIM block's C, one after another, with what they may name and what reading them comes to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from rheobase.mechanisms.nmodl import known
from rheobase.mechanisms.nmodl.c_words import Word
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.syntax import Expression, Name, Place, Statement

MAX_NESTING = 60

INTEGERS = frozenset(
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
TYPES = INTEGERS | frozenset([
    "void", "double", "float", "const", "static", "extern", "register", "volatile", "inline", "struct", "FILE", "Rand",
    "Object", "Symbol", "auto",
])  # fmt: skip


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
class Value:
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
class Cursor:
    """Where the reading of a block's C stands: words, with NMODL statements between them that interrupt it.

    **Fields:** `inner`, what is done with an NMODL statement, which may hold C itself; `locals`, variables that C
    declares; `drawn`, the streams drawn from.
    """

    items: list[Word | Statement]
    names: Names
    inner: Callable[[Statement, Any], Step]
    locals: dict[str, int] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    _at: int = 0
    _depth: int = 0
    _scopes: list[dict[str, Value]] = field(default_factory=lambda: [{}])
    _before: list[Step] = field(default_factory=list)

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

    def _broken(self, message: str, hint: str = "write it as NMODL", place: Place | None = None) -> Value:
        return Value(error=self._error(message, hint, place))

    def _skip(self) -> None:
        """Past what stands in the parentheses or brackets that open here."""
        depth = 0
        while True:
            text = self._next().text
            depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
            if depth <= 0:
                return

    def _hoisted(self) -> list[Step]:
        before, self._before = self._before, []
        return before

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
