"""Text to syntax tree."""

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from lark import Lark, Token as LarkToken
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer as LarkLexer

from rheobase.mechanisms.nmodl.build import Builder, Parts
from rheobase.mechanisms.nmodl.check import check
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.lexer import KEYWORDS, OPERATORS, Lexer, Token
from rheobase.mechanisms.nmodl.source import Source
from rheobase.mechanisms.nmodl.syntax import File
from rheobase.mechanisms.nmodl.units import UnitError, factor, sizes
from rheobase.mechanisms.nmodl.verbatim import translate
from rheobase.mechanisms.nmodl.walk import bodies, depth

MAX_DEPTH = 150  # of the tree: what walks it later may do so by recursion


def parse(text: str, name: str = "", folder: Path | None = None) -> File:
    """Read an NMODL file.

    **Arguments:**

    - `text`: the file's text.
    - `name`: what errors call it.
    - `folder`: the folder that INCLUDE may read from; without it INCLUDE is refused.

    **Returns:** the syntax tree, checked; VERBATIM blocks replaced by what they mean.

    **Raises:** `NmodlError` with line, column and a hint.

    >>> parse("NEURON { SUFFIX leak NONSPECIFIC_CURRENT i } PARAMETER { g = 0.001 (S/cm2) }").parameters[0].unit
    'S/cm2'
    """
    lexer = Lexer()
    file = _assemble(_read(lexer, Source(text, name, folder)), lexer, name)
    _limit(file, name)
    file = translate(file, name)
    _limit(file, name)
    return check(file, name)


def _limit(file: File, name: str) -> None:
    for _, body in bodies(file):
        deep = depth(body, MAX_DEPTH)
        if deep is not None:
            place = deep.place
            raise NmodlError(f"nested more than {MAX_DEPTH} deep", place.line, place.column, "", place.file or name)


class _NoLexer(LarkLexer):
    """The parser is fed word by word, and needs no lexer of its own."""

    def __init__(self, _: Any) -> None: ...

    def lex(self, *_: Any) -> Any:
        return iter(())


@cache
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer=_NoLexer, start="file", transformer=Builder())


def _read(lexer: Lexer, source: Source) -> Parts:
    state = _parser().parse_interactive()
    try:
        for token in lexer.words(source):
            state.feed_token(token)  # type: ignore[arg-type]
        parts: Parts = state.feed_token(LarkToken("$END", ""))
    except UnexpectedToken as unexpected:
        _refuse(unexpected.token, unexpected.expected, source)
    return parts


_SHOWN = {type_: f"'{text}'" for text, type_ in OPERATORS.items()} | {
    "NAME": "a name",
    "PRIME": "a primed name",
    "NUMBER": "a number",
    "UNIT": "a unit",
    "TEXT": "text in quotes",
}


def _refuse(token: Any, expected: set[str], source: Source) -> NoReturn:
    wanted = sorted(_SHOWN.get(type_, type_) for type_ in expected if type_ != "$END")
    hint = f"{' or '.join(wanted)} is expected" if len(wanted) <= 3 else ""
    if not isinstance(token, Token):
        source.fail(len(source.text), "the file ends within a block", hint)
    shown = {"TEXT": "text in quotes", "VERBATIM": "VERBATIM", "UNIT": f"({token.text})"}.get(token.type, token.text)
    if token.type in KEYWORDS and "NAME" in expected:
        hint = f"{token.text} is a word of NMODL"
    if token.type in ("REACTION", "EQUATION", "BOTH"):
        hint = "reactions and equations stand in KINETIC, LINEAR and NONLINEAR blocks"
    token.fail(f"{shown!r} can't stand here", hint)


def _assemble(parts: Parts, lexer: Lexer, name: str) -> File:
    factors: dict[str, float] = {}
    own = sizes(parts.units)
    for token, value, _ in parts.factors:
        if token.text in factors:
            token.fail(f"{token.text} is declared twice in UNITS")
        if isinstance(value, tuple):
            try:
                factors[token.text] = factor(*value, own)
            except UnitError as error:
                token.fail(f"{token.text}: {error}")
        else:
            factors[token.text] = value
    stem = re.sub(r"\W", "_", name.removesuffix(".mod")) or "unnamed"
    lists = {word: tuple(dict.fromkeys(token.text for token in tokens)) for word, tokens in parts.lists.items()}
    declarations = {kind: tuple(lines) for kind, lines in parts.declarations.items()}
    return File(
        title=lexer.title,
        comments=tuple(lexer.comments),
        kind=parts.kind or "density",
        suffix=parts.suffix or stem,
        suffix_place=parts.suffix_place,
        ions=tuple(parts.ions),
        units=parts.units,
        factors=factors,
        locals=tuple(parts.locals),
        independent=tuple(parts.independent),
        blocks=tuple(parts.blocks),
        verbatim=tuple(parts.verbatim),
        **lists,  # type: ignore[arg-type]
        **declarations,  # type: ignore[arg-type]
        **parts.single,  # type: ignore[arg-type]
    )
