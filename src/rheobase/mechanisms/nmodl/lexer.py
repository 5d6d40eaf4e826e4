"""Words of NMODL. What a word is depends on where it stands, which the grammar alone can't tell: `(` opens a unit behind a
number and in every declaration, `~` a reaction in KINETIC and an equation elsewhere, and newlines mean nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from rheobase.mechanisms.nmodl.include import included
from rheobase.mechanisms.nmodl.source import Source
from rheobase.mechanisms.nmodl.syntax import Place

MAX_TOKENS = 60_000
MAX_NESTING = 60  # parentheses and braces, together

_DECLARATIONS = frozenset("UNITS PARAMETER CONSTANT ASSIGNED STATE INDEPENDENT".split())
_HEADERS = frozenset("FUNCTION PROCEDURE FUNCTION_TABLE NET_RECEIVE FOR_NETCONS".split())
KEYWORDS = frozenset(
    """
    NEURON SUFFIX POINT_PROCESS ARTIFICIAL_CELL USEION READ WRITE VALENCE NONSPECIFIC_CURRENT ELECTRODE_CURRENT RANGE
    GLOBAL POINTER BBCOREPOINTER EXTERNAL RANDOM UNITS PARAMETER CONSTANT ASSIGNED STATE INDEPENDENT SWEEP FROM TO BY WITH
    START LOCAL INITIAL BREAKPOINT DERIVATIVE KINETIC LINEAR NONLINEAR DISCRETE SOLVEFOR FUNCTION FUNCTION_TABLE PROCEDURE
    NET_RECEIVE CONSTRUCTOR DESTRUCTOR BEFORE AFTER STEP SOLVE METHOD STEADYSTATE IF ELSE WHILE TABLE DEPEND WATCH
    FOR_NETCONS CONDUCTANCE CONSERVE COMPARTMENT LONGITUDINAL_DIFFUSION INT
    """.split()
)
_SAME = {"if": "IF", "else": "ELSE", "while": "WHILE", "CHARGE": "VALENCE"}
_SILENT = frozenset("UNITSON UNITSOFF THREADSAFE PROTECT MUTEXLOCK MUTEXUNLOCK".split())
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
    "<=": "LE", ">=": "GE", "+": "PLUS", "-": "MINUS", "*": "TIMES", "/": "OVER", "^": "POWER", "!": "NOT", "=": "ASSIGN",
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

    **Fields:** `title`, of the first TITLE; `comments`, of COMMENT blocks and of the lines before the first word.
    """

    title: str = ""
    comments: list[str] = field(default_factory=list)
    _numbers: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _files: tuple[Path, ...] = ()

    def words(self, source: Source) -> Iterator[Token]:
        """The words in order."""
        text, offset, end = source.text, 0, len(source.text)
        match, operators, numbers = _WORD.match, OPERATORS, self._numbers
        declaring = False  # within a block of declarations
        header = 0  # 1 from FUNCTION on, 2 within its parentheses, 3 behind them
        depth = 0  # braces
        open_: list[int] = []  # where the parentheses and braces that are open stand
        block = ""
        head: list[str] = []  # the comments above the first word
        before = ""  # the type of the word before
        while offset < end:
            found = match(text, offset)
            if found is None:
                _unknown(source, offset)
            kind = found.lastgroup
            start, offset = offset, found.end()
            if kind == "space":
                continue
            if kind == "comment":
                if not self._count and not source.included:
                    head.append(found.group()[1:].strip())
                continue
            value = found.group()
            if kind == "operator":
                type_ = operators[value]
                if value == "(":
                    if declaring or header == 3 or before == "NUMBER" or (header == 2 and before == "NAME"):
                        unit = _UNIT.match(text, start)
                        if unit is None:
                            source.fail(start, "the unit that starts here has no ')' on its line")
                        type_, value, offset = "UNIT", " ".join(unit.group(1).split()), unit.end()
                        header = 0 if header == 3 else header
                    else:
                        open_.append(start)
                        header = 2 if header == 1 else header
                elif value == ")":
                    if open_ and text[open_[-1]] == "(":
                        open_.pop()
                    header = 3 if header == 2 else header
                elif value == "{":
                    depth += 1
                    header = 0
                    open_.append(start)
                    if depth == 1:
                        declaring = block in _DECLARATIONS
                elif value == "}":
                    depth -= 1
                    if open_ and text[open_[-1]] == "{":
                        open_.pop()
                    if depth == 0:
                        declaring, block = False, ""
                elif value == "<<" and block != "KINETIC":
                    source.fail(start, "'<<' stands only in reactions of a KINETIC block")
                if len(open_) > MAX_NESTING:
                    source.fail(start, f"nested more than {MAX_NESTING} deep")
            elif kind == "primes":
                name = found.group("name")
                primes = found.group("primes")
                if primes:
                    type_ = "PRIME"
                elif name in numbers:
                    type_, value = "NUMBER", numbers[name]
                elif name in KEYWORDS:
                    type_ = name
                elif name in _SAME:
                    type_ = _SAME[name]
                elif name in _SILENT:
                    self._count += 1
                    continue
                elif name in _REFUSED and depth == 0 or name in ("DEL", "DEL2", "LAG", "IFERROR"):
                    source.fail(start, *_REFUSED[name])
                elif name == "COMMENT":
                    body, offset = _enclosed(source, start, offset, "ENDCOMMENT")
                    if body.strip():
                        self.comments.append(body.strip())
                    continue
                elif name == "VERBATIM":
                    value, offset = _enclosed(source, start, offset, "ENDVERBATIM")
                    type_ = "VERBATIM"
                elif name == "TITLE" and depth == 0:
                    line = text.find("\n", offset)
                    line = end if line < 0 else line
                    self.title = self.title or text[offset:line].strip()
                    offset = line
                    continue
                elif name == "DEFINE":
                    offset = self._define(source, start, offset)
                    continue
                elif name == "REPRESENTS":
                    curie = _CURIE.match(text, offset)
                    if curie is None:
                        source.fail(start, "REPRESENTS needs a term such as [NCIT:C17145]")
                    offset = curie.end()
                    continue
                elif name == "INCLUDE" and depth == 0:
                    file = _STRING.match(text, offset)
                    if file is None:
                        source.fail(start, 'INCLUDE needs the name of a file in quotes: INCLUDE "file.inc"')
                    inner, path = included(source, start, file.group(1), self._files)
                    above, self._files = self._files, (*self._files, path)
                    yield from self.words(inner)
                    self._files = above
                    offset = file.end()
                    continue
                else:
                    type_ = "NAME"
                if depth == 0 and type_ in KEYWORDS:
                    block = type_
                if type_ in _HEADERS:
                    header = 1
                elif header == 3:
                    header = 0
            elif kind == "number":
                type_ = "NUMBER"
            elif kind == "tilde":
                if value == "~+":
                    source.fail(start, "'~+' isn't run", "write the whole equation behind one '~'")
                type_ = "REACTION" if block == "KINETIC" else "EQUATION"
            else:
                type_, value = "TEXT", found.group("text")
            self._count += 1
            if self._count > MAX_TOKENS:
                source.fail(start, f"the file has more than {MAX_TOKENS} words")
            if head:
                self.comments.append("\n".join(head).strip())
                head = []
            before = type_
            yield Token(type_, value, source, start)
        if open_:
            opened = text[open_[-1]]
            source.fail(open_[-1], f"the '{opened}' that opens here is never closed")

    def _define(self, source: Source, start: int, offset: int) -> int:
        found = re.compile(r"\s*([A-Za-z_]\w*)\s+(\d+)").match(source.text, offset)
        if found is None:
            source.fail(start, "DEFINE needs a name and a whole number: DEFINE N 5")
        self._numbers[found.group(1)] = found.group(2)
        return found.end()


def _enclosed(source: Source, start: int, offset: int, end: str) -> tuple[str, int]:
    stop = source.text.find(end, offset)
    if stop < 0:
        source.fail(start, f"{end.removeprefix('END')} has no {end}")
    return source.text[offset:stop], stop + len(end)


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
