"""Words of the C in VERBATIM blocks, behind its preprocessor.

Of the preprocessor only what published blocks need is done: NEURON's side of `#if NRNBBCORE` and its kin, `#define`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.syntax import Place, Verbatim

MAX_WORDS = 20_000
MAX_MACROS = 20  # within each other

_WORD = re.compile(
    r"""(?P<space>\s+|/\*.*?(?:\*/|\Z)|//[^\n]*|\\\n)
    | (?P<directive>\#(?:[^\n\\]|\\\n|\\.)*)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?P<suffix>[uUlLfF]*)
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<operator>\.\.\.|<<=|>>=|->|::|\+\+|--|<<|>>|\|\||&&|[-+*/%&|^=!<>]=|[-+*/%&|^=!<>(){}\[\],;?:.~])
    """,
    re.VERBOSE | re.DOTALL,
)
# What NEURON's own compiler defines, as older and newer files ask for it.
_DEFINED = {"NRN_VERSION_GTEQ_8_2_0": "1", "NRN_VERSION_GTEQ_9_0_0": "1"}


@dataclass(slots=True)
class Word:
    """A word of C. **Fields:** `kind`, of `"name"`, `"number"`, `"text"` and `"operator"`; `text`; its place."""

    kind: str
    text: str
    place: Place


@dataclass(slots=True)
class Macros:
    """The `#define`s of a file: each with its arguments, None for none, and the words that stand for it."""

    known: dict[str, tuple[list[str] | None, list[Word]]] = field(default_factory=dict)

    def words(self, verbatim: Verbatim, name: str) -> list[Word]:
        """The words of a block, macros replaced. **Raises:** `NmodlError` if they are no C."""
        shown: list[Word] = []
        truths: list[bool] = []  # of the #if that are open
        for kind, word in _split(verbatim, name):
            if kind == "directive":
                self._directive(word, truths, name)
            elif all(truths):
                shown.append(word)
        return self._replaced(shown, 0, name)

    def _directive(self, word: Word, truths: list[bool], name: str) -> None:
        text = re.sub(r"\\\n|/\*.*?\*/|//[^\n]*", " ", word.text[1:], flags=re.DOTALL).strip()
        found = re.match(r"[a-z]+", text)
        kind = found.group() if found else ""
        rest = text[len(kind) :].strip()
        if kind in ("if", "ifdef", "ifndef"):
            truths.append(self._truth(kind, rest))
        elif kind == "elif":
            if truths:
                truths[-1] = not truths[-1] and self._truth("if", rest)
        elif kind == "else":
            if truths:
                truths[-1] = not truths[-1]
        elif kind == "endif":
            if truths:
                truths.pop()
        elif kind == "define" and all(truths):
            self._define(rest, word.place, name)

    def _truth(self, kind: str, text: str) -> bool:
        if kind != "if":
            return (text in _DEFINED or text in self.known) == (kind == "ifdef")
        # What is asked is whether this is NEURON, of this age: `!NRNBBCORE`, `defined(X) && !Y`, `0`.
        for part in text.split("&&"):
            found = re.fullmatch(r"\s*(!?)\s*(?:defined)?\s*\(?\s*(\w+)\s*\)?\s*", part)
            if found is None:
                return False
            value = found.group(2)
            known = value in _DEFINED or value in self.known or (value.isdigit() and int(value[:9]) != 0)
            if known == bool(found.group(1)):
                return False
        return True

    def _define(self, text: str, place: Place, name: str) -> None:
        found = re.match(r"(\w+)(?:\(([^()]*)\))?", text)
        if found is None:
            return
        arguments = None if found.group(2) is None else [one.strip() for one in found.group(2).split(",")]
        body = Verbatim(text[found.end() :], place)
        self.known[found.group(1)] = (arguments, [word for kind, word in _split(body, name) if kind != "directive"])

    def _replaced(self, words: list[Word], depth: int, name: str) -> list[Word]:
        if depth > MAX_MACROS or len(words) > MAX_WORDS:
            _refuse(words[0].place, name, "the macros are too deep or too long to be read")
        result: list[Word] = []
        index = 0
        changed = False
        while index < len(words):
            word = words[index]
            index += 1
            macro = self.known.get(word.text) if word.kind == "name" else None
            if macro is None:
                result.append(word)
                continue
            arguments, body = macro
            given: list[list[Word]] = []
            if arguments is not None:
                if index >= len(words) or words[index].text != "(":
                    result.append(word)
                    continue
                given, index = _given(words, index)
            changed = True
            for one in body:
                if arguments is not None and one.text in arguments and arguments.index(one.text) < len(given):
                    result.extend(given[arguments.index(one.text)])
                else:
                    result.append(Word(one.kind, one.text, word.place))
            if len(result) > MAX_WORDS:
                _refuse(word.place, name, "the macros are too deep or too long to be read")
        return self._replaced(result, depth + 1, name) if changed else result


def _given(words: list[Word], index: int) -> tuple[list[list[Word]], int]:
    """The arguments in the parentheses that open at `index`, and where they end."""
    given: list[list[Word]] = [[]]
    depth = 0
    while index < len(words):
        word = words[index]
        index += 1
        depth += (word.text == "(") - (word.text == ")")
        if depth == 0:
            break
        if depth == 1 and word.text == "(" and not any(given):
            continue
        if depth == 1 and word.text == ",":
            given.append([])
        else:
            given[-1].append(word)
    return given, index


def _split(verbatim: Verbatim, name: str) -> Iterator[tuple[str, Word]]:
    code, start = verbatim.code, verbatim.place
    offset, line, column = 0, start.line, start.column + len("VERBATIM")
    while offset < len(code):
        found = _WORD.match(code, offset)
        place = Place(line, column, start.file)
        if found is None:
            _refuse(place, name, f"{code[offset]!r} is more C than is read here")
        text = found.group()
        kind = found.lastgroup or ""
        kind = "number" if kind == "suffix" else kind
        if kind != "space":
            yield kind, Word(kind, found.group("number") if kind == "number" else text, place)
        lines = text.count("\n")
        column = len(text) - text.rfind("\n") if lines else column + len(text)
        line += lines
        offset = found.end()


def _refuse(place: Place, name: str, message: str) -> NoReturn:
    raise NmodlError(message, place.line, place.column, "write it as NMODL", place.file or name)
