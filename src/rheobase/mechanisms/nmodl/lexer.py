"""Words of NMODL.

What a word is depends on where it stands, which the grammar alone can't tell: `(` opens a unit behind a number and in
every declaration, `~` a reaction in KINETIC and an equation elsewhere, and newlines mean nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from rheobase.mechanisms.nmodl.include import included
from rheobase.mechanisms.nmodl.source import Source
from rheobase.mechanisms.nmodl.syntax import Place

MAX_TOKENS = 30_000
MAX_NESTING = 60  # parentheses and braces, together

_DECLARATIONS = frozenset(["UNITS", "PARAMETER", "CONSTANT", "ASSIGNED", "STATE", "INDEPENDENT"])
_HEADERS = frozenset(["FUNCTION", "PROCEDURE", "FUNCTION_TABLE", "NET_RECEIVE", "FOR_NETCONS"])
KEYWORDS = frozenset([
    "NEURON", "SUFFIX", "POINT_PROCESS", "ARTIFICIAL_CELL", "USEION", "READ", "WRITE", "VALENCE",
    "NONSPECIFIC_CURRENT", "ELECTRODE_CURRENT", "RANGE", "GLOBAL", "POINTER", "BBCOREPOINTER", "EXTERNAL", "RANDOM",
    "UNITS", "PARAMETER", "CONSTANT", "ASSIGNED", "STATE", "INDEPENDENT", "SWEEP", "FROM", "TO", "BY", "WITH",
    "START", "LOCAL", "INITIAL", "BREAKPOINT", "DERIVATIVE", "KINETIC", "LINEAR", "NONLINEAR", "DISCRETE", "SOLVEFOR",
    "FUNCTION", "FUNCTION_TABLE", "PROCEDURE", "NET_RECEIVE", "CONSTRUCTOR", "DESTRUCTOR", "BEFORE", "AFTER", "STEP",
    "SOLVE", "METHOD", "STEADYSTATE", "IF", "ELSE", "WHILE", "TABLE", "DEPEND", "WATCH", "FOR_NETCONS", "CONDUCTANCE",
    "CONSERVE", "COMPARTMENT", "LONGITUDINAL_DIFFUSION", "INT",
])  # fmt: skip
_SAME = {"if": "IF", "else": "ELSE", "while": "WHILE", "CHARGE": "VALENCE"}
_SILENT = frozenset(["UNITSON", "UNITSOFF", "THREADSAFE", "PROTECT", "MUTEXLOCK", "MUTEXUNLOCK"])
_REFUSED_ANYWHERE = frozenset(["DEL", "DEL2", "LAG", "IFERROR", "FORALL", "SENS", "RESET", "PUTQ", "GETQ", "MATCH"])
_REFUSED = {
    "DEL": ("partial differential equations (DEL) aren't run", "write the compartments as an array STATE"),
    "DEL2": ("partial differential equations (DEL2) aren't run", "write the compartments as an array STATE"),
    "PARTIAL": ("PARTIAL blocks aren't run", "write the compartments as an array STATE in a KINETIC block"),
    "LAG": ("LAG isn't run", "keep the older value in a variable of your own"),
    "FORALL": ("FORALL isn't part of NMODL any more", "write FROM i = 0 TO n - 1 { ... }"),
    "MATCH": ("MATCH blocks aren't run", "solve for the initial values in a NONLINEAR block"),
    "TERMINAL": ("TERMINAL blocks aren't run", "leave the block out"),
    "STEPPED": ("STEPPED belongs to SCoP", "declare the variable in PARAMETER"),
    "SENS": ("SENS belongs to SCoP", "leave the line out; gradients need no declaration"),
    "PLOT": ("PLOT belongs to SCoP", "leave the line out"),
    "PUTQ": ("PUTQ isn't run", "use net_send in a NET_RECEIVE block"),
    "GETQ": ("GETQ isn't run", "use a NET_RECEIVE block"),
    "RESET": ("RESET isn't run", "leave the line out"),
    "IFERROR": ("IFERROR isn't run", "leave it out; a solution that fails is reported"),
    "EQUATION": ("EQUATION blocks aren't run", "write them as BREAKPOINT"),
    "MODEL_LEVEL": ("MODEL_LEVEL belongs to SCoP's merged files", "load the single mechanisms"),
}
OPERATORS = {
    "(": "_OPEN", ")": "_CLOSE", "{": "_BEGIN", "}": "_END", "[": "_LEFT", "]": "_RIGHT", ",": "_COMMA",
    "<->": "BOTH", "<<": "INTO", "->": "OUT", "||": "OR", "&&": "AND", "==": "EQ", "!=": "NE", "<": "LT", ">": "GT",
    "<=": "LE", ">=": "GE", "+": "PLUS", "-": "MINUS", "*": "TIMES", "/": "OVER", "^": "POWER", "!": "NOT",
    "=": "ASSIGN",
}  # fmt: skip

_WORD = re.compile(
    r"""(?P<space>[ \t\n\f\v\0]+)
    | (?P<comment>[:?][^\n]*)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<primes>'*)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
    | (?P<operator><->|->|<<|\|\||&&|[=!<>]=|[-+*/^!=<>(){}\[\],])
    | (?P<tilde>~\+?)
    | "(?P<text>[^"]*)"
    """,
    re.VERBOSE,
)
_UNIT = re.compile(r"\(([^()\n]*)\)")
_STRING = re.compile(r'\s*"([^"\n]*)"')
_DEFINITION = re.compile(r"\s*([A-Za-z_]\w*)\s+(\d+)")
_CURIE = re.compile(r"\s*(?:\[[A-Za-z]\w*:\w*\]|[A-Za-z]\w*:\w*)")


@dataclass(slots=True)
class Token:
    """A word. **Fields:** `type`, its terminal in the grammar; `text`; where it stands."""

    type: str
    text: str
    source: Source
    offset: int

    @property
    def place(self) -> Place:
        """Its line and column."""
        return self.source.place(self.offset)

    def fail(self, message: str, hint: str = "") -> NoReturn:
        """Raise the error of this word."""
        self.source.fail(self.offset, message, hint)


@dataclass(slots=True)
class Lexer:
    """The words of a file and of what it includes; afterwards also what it says beside them.

    **Fields:** `title`, of the first TITLE; `comments`, of COMMENT blocks and of the lines before the first word;
    `numbers`, that DEFINE gives names; `count` of the words so far; `files`, those being included.
    """

    title: str = ""
    comments: list[str] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    count: int = 0
    files: tuple[Path, ...] = ()

    def words(self, source: Source) -> Iterator[Token]:
        """The words in order. **Raises:** `NmodlError` at what is no word, or at too many."""
        return _Scan(self, source).words()


@dataclass(slots=True)
class _Scan:
    """The way through one text. **Fields:** `open`, where the parentheses and braces that are open stand."""

    lexer: Lexer
    source: Source
    offset: int = 0
    depth: int = 0  # braces
    block: str = ""  # the keyword of the block we are in
    declaring: bool = False  # within a block of declarations
    header: int = 0  # 1 from FUNCTION on, 2 within its parentheses, 3 behind them
    before: str = ""  # the type of the word before
    open: list[int] = field(default_factory=list)

    def words(self) -> Iterator[Token]:
        source, lexer = self.source, self.lexer
        text, end = source.text, len(source.text)
        head: list[str] = []  # the comments above the first word
        while self.offset < end:
            start = self.offset
            found = _WORD.match(text, start)
            if found is None:
                _unknown(source, start)
            kind, self.offset = found.lastgroup, found.end()
            if kind == "space":
                continue
            if kind == "comment":
                if not lexer.count and not source.included:
                    head.append(found.group()[1:].strip())
                continue
            if head:
                lexer.comments.append("\n".join(head).strip())
                head = []
            lexer.count += 1
            if lexer.count > MAX_TOKENS:
                source.fail(start, f"the file has more than {MAX_TOKENS} words")
            if kind == "primes" and found.group() == "INCLUDE" and not self.depth:
                yield from self._include(start)
                continue
            token = self._token(kind, start, found)
            if token is not None:
                self.before = token.type
                yield token
        if self.open:
            opened = text[self.open[-1]]
            source.fail(self.open[-1], f"the '{opened}' that opens here is never closed")

    def _token(self, kind: str | None, start: int, found: re.Match[str]) -> Token | None:
        if kind == "operator":
            return self._operator(found.group(), start)
        if kind == "primes":
            return self._name(found.group("name"), found.group("primes"), start)
        if kind == "number":
            return Token("NUMBER", found.group(), self.source, start)
        if kind == "tilde":
            if found.group() == "~+":
                self.source.fail(start, "'~+' isn't run", "write the whole equation behind one '~'")
            return Token("REACTION" if self.block == "KINETIC" else "EQUATION", "~", self.source, start)
        return Token("TEXT", found.group("text"), self.source, start)

    # Parentheses and braces

    def _operator(self, text: str, start: int) -> Token:
        if text == "(":
            of_argument = self.header == 2 and self.before == "NAME"
            if self.declaring or self.header == 3 or self.before == "NUMBER" or of_argument:
                return self._unit(start)
            self._opened(start)
            self.header = 2 if self.header == 1 else self.header
        elif text == ")":
            self._closed("(")
            self.header = 3 if self.header == 2 else self.header
        elif text == "{":
            self._opened(start)
            self.depth += 1
            self.header = 0
            if self.depth == 1:
                self.declaring = self.block in _DECLARATIONS
        elif text == "}":
            self._closed("{")
            self.depth -= 1
            if self.depth == 0:
                self.declaring, self.block = False, ""
        elif text == "<<" and self.block != "KINETIC":
            self.source.fail(start, "'<<' stands only in reactions of a KINETIC block")
        return Token(OPERATORS[text], text, self.source, start)

    def _unit(self, start: int) -> Token:
        unit = _UNIT.match(self.source.text, start)
        if unit is None:
            self.source.fail(start, "the unit that starts here has no ')' on its line")
        self.offset = unit.end()
        self.header = 0 if self.header == 3 else self.header
        return Token("UNIT", " ".join(unit.group(1).split()), self.source, start)

    def _opened(self, start: int) -> None:
        self.open.append(start)
        if len(self.open) > MAX_NESTING:
            self.source.fail(start, f"nested more than {MAX_NESTING} deep")

    def _closed(self, opening: str) -> None:
        # What closes too much is left to the grammar, which knows what it expects.
        if self.open and self.source.text[self.open[-1]] == opening:
            self.open.pop()

    # Names

    def _name(self, name: str, primes: str, start: int) -> Token | None:
        if primes:
            return Token("PRIME", name + primes, self.source, start)
        if name in self.lexer.numbers:
            return Token("NUMBER", self.lexer.numbers[name], self.source, start)
        reader = {"COMMENT": self._comment, "DEFINE": self._define, "REPRESENTS": self._represents}.get(name)
        if reader is not None:
            reader(start)
            return None
        if name == "TITLE" and not self.depth:
            self._title()
            return None
        if name in _SILENT:
            return None
        if name in _REFUSED and (not self.depth or name in _REFUSED_ANYWHERE):
            self.source.fail(start, *_REFUSED[name])
        if name == "VERBATIM":
            return Token("VERBATIM", self._enclosed(start, "ENDVERBATIM"), self.source, start)
        type_ = name if name in KEYWORDS else _SAME.get(name, "NAME")
        if not self.depth and type_ in KEYWORDS:
            self.block = type_
        if type_ in _HEADERS:
            self.header = 1
        elif self.header == 3:
            self.header = 0
        return Token(type_, name, self.source, start)

    def _comment(self, start: int) -> None:
        text = self._enclosed(start, "ENDCOMMENT").strip()
        if text:
            self.lexer.comments.append(text)

    def _title(self) -> None:
        text = self.source.text
        line = text.find("\n", self.offset)
        line = len(text) if line < 0 else line
        self.lexer.title = self.lexer.title or text[self.offset : line].strip()
        self.offset = line

    def _define(self, start: int) -> None:
        found = _DEFINITION.match(self.source.text, self.offset)
        if found is None:
            self.source.fail(start, "DEFINE needs a name and a whole number: DEFINE N 5")
        self.lexer.numbers[found.group(1)] = found.group(2)
        self.offset = found.end()

    def _represents(self, start: int) -> None:
        found = _CURIE.match(self.source.text, self.offset)
        if found is None:
            self.source.fail(start, "REPRESENTS needs a term such as [NCIT:C17145]")
        self.offset = found.end()

    def _include(self, start: int) -> Iterator[Token]:
        found = _STRING.match(self.source.text, self.offset)
        if found is None:
            self.source.fail(start, 'INCLUDE needs the name of a file in quotes: INCLUDE "file.inc"')
        self.offset = found.end()
        inner, path = included(self.source, start, found.group(1), self.lexer.files)
        above, self.lexer.files = self.lexer.files, (*self.lexer.files, path)
        yield from self.lexer.words(inner)
        self.lexer.files = above

    def _enclosed(self, start: int, end: str) -> str:
        begin = self.offset
        stop = self.source.text.find(end, begin)
        if stop < 0:
            self.source.fail(start, f"{end.removeprefix('END')} has no {end}")
        self.offset = stop + len(end)
        return self.source.text[begin:stop]


def _unknown(source: Source, offset: int) -> NoReturn:
    character = source.text[offset]
    if character == '"':
        source.fail(offset, "the text that starts here has no closing quote")
    hints = {
        ";": "statements need nothing between them",
        "%": "write a % b as fmod(a, b)",
        "@": "values of earlier steps aren't kept; use a variable of your own",
        "&": "write 'and' as &&",
        "|": "write 'or' as ||",
        "'": "a prime follows a name at once: m'",
    }
    shown = f"'{character}'" if character.isprintable() else f"the character U+{ord(character):04X}"
    source.fail(offset, f"NMODL has no use for {shown} here", hints.get(character, ""))
