"""VERBATIM blocks, replaced by what they mean.

C is never run. A block becomes statements where it is arithmetic on the file's own variables (`c_code.py`), or one of
these idioms:

- Random streams: `nrnran123_dblpick`, `nrnran123_negexp`, `nrnran123_normal` and `nrn_random_pick` become NEURON's own
  `random_uniform(stream)`, `random_negexp(stream)` and `random_normal(stream)`, and the POINTER that held the stream is
  declared RANDOM. What `nrn_random_pick` draws is set from outside, so the function's name and its comments tell it.
- Blocks that nothing calls in a run (`noiseFromRandom`, `setRNG`, `bbsavestate`, DESTRUCTOR) become empty if they can't
  be read otherwise.
- Checks of arguments, messages and switches of tables (`usetable = 0`) are dropped.
- VecStim, in its several published forms, is marked as such on the file.
- Blocks outside of all others declare things to C: `#define` and `static int` are kept in mind, all else is dropped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NoReturn

from rheobase.mechanisms.nmodl import known, syntax
from rheobase.mechanisms.nmodl.c_code import Reader
from rheobase.mechanisms.nmodl.c_reading import Broken, Names, Return, Step
from rheobase.mechanisms.nmodl.c_values import DRAWS
from rheobase.mechanisms.nmodl.c_words import Macros, Word
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.syntax import Block, Body, File, Local, Place, Statement, Verbatim
from rheobase.mechanisms.nmodl.walk import bodies, within

MAX_STEPS = 5000  # of a block whose `return`s are resolved
MAX_LEVELS = 60

_STREAMS = (
    "nrn_random_arg",
    "nrnran123_newstream",
    "nrnran123_newstream3",
    "nrnran123_deletestream",
    "nrnran123_setseq",
)
_STORES = frozenset(["=", "+=", "-=", "*=", "/=", "++", "--"])
_CALLED = ("FUNCTION", "PROCEDURE", "CONSTRUCTOR", "DESTRUCTOR")


def translate(file: File, name: str = "") -> File:
    """Replace every VERBATIM block of a file.

    **Arguments:** `file`; `name`, what errors call it.

    **Raises:** `NmodlError` at C that means nothing here, with what to write instead.
    """
    if not file.verbatim and not any(isinstance(one, Verbatim) for _, body in bodies(file) for one in within(body)):
        return file
    return _Translation(file, name).run()


@dataclass(slots=True)
class _Translation:
    file: File
    name: str
    macros: Macros = field(default_factory=Macros)
    words: dict[Place, list[Word]] = field(default_factory=dict)  # of each VERBATIM by its place
    unread: dict[Place, NmodlError] = field(default_factory=dict)
    statics: dict[str, float] = field(default_factory=dict)
    streams: set[str] = field(default_factory=set)
    drawn: set[str] = field(default_factory=set)

    def run(self) -> File:
        for verbatim in self.file.verbatim:
            self._split(verbatim)
            self.statics |= _statics(self.words.get(verbatim.place, []))
        for _, body in bodies(self.file):
            for one in within(body):
                if isinstance(one, Verbatim):
                    self._split(one)
        self._find_streams()
        if self._plays_vector():
            return self._emptied()
        reached = self._reached()
        file = replace(
            self.file,
            verbatim=(),
            initial=self._single(self.file.initial),
            breakpoint=self._single(self.file.breakpoint),
            net_receive=self._single(self.file.net_receive),
            blocks=tuple(
                self._block(block, block.kind not in _CALLED or block.name in reached) for block in self.file.blocks
            ),
        )
        return self._pointers(file)

    def _split(self, verbatim: Verbatim) -> None:
        try:
            self.words[verbatim.place] = self.macros.words(verbatim, self.name)
        except NmodlError as error:
            self.unread[verbatim.place] = error

    # What the file does

    def _find_streams(self) -> None:
        for words in self.words.values():
            names = {word.text for word in words if word.kind == "name"}
            if names & DRAWS:
                self.streams |= {one[3:] for one in names if one.startswith("_p_")} | (names & set(self.file.pointers))

    def _names_of(self, block: Block) -> set[str]:
        """All words of a block that could call another."""
        names: set[str] = set()
        for one in within(block.body):
            if isinstance(one, syntax.Call):
                names.add(one.name)
            elif isinstance(one, syntax.Solve):
                names.add(one.block)
            elif isinstance(one, Verbatim):
                words = self.words.get(one.place, [])
                names |= {word.text.removesuffix(f"_{self.file.suffix}") for word in words if word.kind == "name"}
        return names

    def _reached(self) -> set[str]:
        """The FUNCTIONs and PROCEDUREs that a run may call."""
        file = self.file
        if file.kind == "nothing":
            return {block.name for block in file.blocks}
        roots = [block for block, _ in bodies(file) if block.kind not in _CALLED]
        reached: set[str] = set()
        waiting = roots
        while waiting:
            for name in self._names_of(waiting.pop()) - reached:
                block = file.block(name)
                if block is not None:
                    reached.add(name)
                    waiting.append(block)
        return reached

    def _plays_vector(self) -> bool:
        """Whether this is one of VecStim's forms: an artificial cell whose events are elements of a Vector."""
        file = self.file
        if file.kind != "artificial" or file.net_receive is None:
            return False
        names = {word.text for words in self.words.values() for word in words}
        sends = any(isinstance(one, syntax.Call) and one.name == "net_event" for one in within(file.net_receive.body))
        reads = {"vector_capacity", "vector_vec"} <= names and "vector_arg" in names
        return sends and reads and not names & DRAWS

    def _emptied(self) -> File:
        """What all forms of VecStim say alike."""
        file = self.file
        return File(file.title, file.comments, file.kind, file.suffix, file.suffix_place, idiom="vecstim")

    def _pointers(self, file: File) -> File:
        """Declare RANDOM what random numbers are drawn from, and drop pointers that only C knew."""
        used = {
            one.name for _, body in bodies(file) for one in within(body) if isinstance(one, syntax.Name | syntax.Index)
        }
        in_c = {word.text.removeprefix("_p_") for words in self.words.values() for word in words}
        gone = {one for one in file.pointers if one in self.drawn or (one in in_c and one not in used)} | self.drawn
        return replace(
            file,
            randoms=(*file.randoms, *(one for one in sorted(self.drawn) if one not in file.randoms)),
            pointers=tuple(one for one in file.pointers if one not in gone),
            range=tuple(one for one in file.range if one not in gone),
            global_=tuple(one for one in file.global_ if one not in gone),
            assigned=tuple(one for one in file.assigned if one.name not in gone),
            parameters=tuple(one for one in file.parameters if one.name not in gone),
        )

    # Blocks

    def _single(self, block: Block | None) -> Block | None:
        return None if block is None else self._block(block, reached=True)

    def _block(self, block: Block, reached: bool) -> Block:
        inside = [one for one in within(block.body) if isinstance(one, Verbatim)]
        if not inside:
            return block
        try:
            return self._read(block)
        except NmodlError:
            if reached or not self._may_go(inside):
                raise
            return replace(block, body=())

    def _may_go(self, inside: list[Verbatim]) -> bool:
        """Whether a block that no run calls leaves the file's own variables alone, or sets up random streams."""
        words = [word for one in inside for word in self.words.get(one.place, [])]
        if any(word.text in _STREAMS for word in words):
            return True
        variables = self._lengths().keys()
        return not any(word.text in variables and after.text in _STORES for word, after in pairwise(words))

    def _lengths(self) -> dict[str, int]:
        file = self.file
        lengths = {one.name: one.length for group in _declared(file) for one in group}
        lengths |= dict(file.locals) | dict.fromkeys((*file.factors, *file.pointers, *file.randoms), 0)
        return dict.fromkeys(known.VARIABLES, 0) | lengths

    def _read(self, block: Block) -> Block:
        outer = {name: length for one in within(block.body) if isinstance(one, Local) for name, length in one.variables}
        order = tuple(argument.name for argument in block.arguments)
        arguments = outer | dict.fromkeys(order, 0)
        if block.kind == "FUNCTION":
            arguments[block.name] = 0
        elif block.kind == "NET_RECEIVE":
            arguments["flag"] = 0
        code = " ".join(one.code for one in within(block.body) if isinstance(one, Verbatim))
        functions = {one.name for one in self.file.blocks if one.kind in ("FUNCTION", "PROCEDURE", "FUNCTION_TABLE")}
        names = Names(
            lengths=self._lengths(),
            arguments=arguments,
            order=order,
            block=block.name,
            pointers=set(self.file.pointers),
            streams=self.streams,
            functions=functions,
            suffix=self.file.suffix,
            statics=self.statics,
            text=code,
            file=self.name,
        )
        reader = Reader([], names, self._inner)
        steps = self._steps(block.body, reader)
        returns = _Returns(block.name if block.kind == "FUNCTION" else "", self.name)
        first = tuple(one for one in steps if isinstance(one, Local | syntax.Table | syntax.InitialPart))
        body = first + returns.settled([one for one in steps if one not in first])
        broken = next((one for one in within(body) if isinstance(one, Broken)), None)
        if broken is not None:
            raise broken.error
        self.drawn |= reader.drawn
        if reader.locals:
            added = Local(tuple(reader.locals.items()), block.place)
            body = _with_local(body, added)
        return replace(block, body=body)

    def _steps(self, body: Body, reader: Reader) -> list[Step]:
        """The statements of a body, its C read."""
        if not any(isinstance(one, Verbatim) for one in body):
            return [self._inner(one, reader) for one in body]
        items: list[Word | Statement] = []
        for one in body:
            if not isinstance(one, Verbatim):
                items.append(one)
            elif one.place in self.unread:
                raise self.unread[one.place]
            else:
                items.extend(self.words[one.place])
        return reader.within(items).read()

    def _inner(self, statement: Statement, reader: Reader) -> Step:
        """A statement, the C within it read."""
        if not any(isinstance(one, Verbatim) for one in within([statement])):
            return statement
        changes: dict[str, Any] = {
            part: tuple(self._steps(getattr(statement, part), reader))
            for part in ("then", "otherwise", "body")
            if hasattr(statement, part)
        }
        return replace(statement, **changes)


@dataclass(slots=True)
class _Returns:
    """Turns `return` into what NMODL has: the value assigned, and all that follows put into the other branch."""

    result: str
    name: str
    count: int = 0

    def settled(self, steps: list[Any], level: int = 0) -> tuple[Any, ...]:
        body: list[Any] = []
        for index, step in enumerate(steps):
            self.count += 1
            if self.count > MAX_STEPS or level > MAX_LEVELS:
                self._fail(step.place, "the block has too many returns to be read")
            if isinstance(step, Return):
                if step.value is not None and self.result:
                    body.append(syntax.Assign(syntax.Name(self.result, step.place), step.value, step.place))
                break
            if not any(isinstance(one, Return) for one in within([step])):
                body.append(_simpler(step))
                continue
            if not isinstance(step, syntax.If):
                self._fail(step.place, "a return within a loop isn't read")
            rest = list(steps[index + 1 :])
            then, otherwise = (
                self.settled(list(branch) if _ends(branch) else [*branch, *rest], level + 1)
                for branch in (step.then, step.otherwise)
            )
            body.append(_simpler(replace(step, then=then, otherwise=otherwise)))
            break
        return tuple(one for one in body if one is not None)

    def _fail(self, place: Place, message: str) -> NoReturn:
        raise NmodlError(message, place.line, place.column, "write it as NMODL", place.file or self.name)


def _ends(branch: Iterable[Any]) -> bool:
    """Whether a branch surely returns."""
    return any(
        isinstance(one, Return) or (isinstance(one, syntax.If) and _ends(one.then) and _ends(one.otherwise))
        for one in branch
    )


def _simpler(step: Any) -> Any:
    """An `if` without an empty branch before a full one; None if there is nothing to do in either."""
    if not isinstance(step, syntax.If) or step.then:
        return step
    if step.otherwise:
        return syntax.If(syntax.Unary("!", step.condition, step.place), step.otherwise, (), step.place)
    calls = any(isinstance(one, syntax.Call) for one in within([step.condition]))
    return step if calls else None


def _with_local(body: Body, added: Local) -> Body:
    if body and isinstance(body[0], Local):
        return (replace(body[0], variables=body[0].variables + added.variables), *body[1:])
    return (added, *body)


def _declared(file: File) -> tuple[tuple[syntax.Declaration, ...], ...]:
    return file.parameters, file.constants, file.assigned, file.states


def _statics(words: list[Word]) -> dict[str, float]:
    """C's own numbers declared outside of all blocks, `static int mode = 2;`, with what they start as."""
    found: dict[str, float] = {}
    depth = 0
    index = 0
    while index < len(words):
        text = words[index].text
        depth += (text == "{") - (text == "}")
        start = index
        while index < len(words) and words[index].text in ("static", "int", "double", "long", "unsigned"):
            index += 1
        if index == start or depth:
            index = start + 1
            continue
        while index + 1 < len(words) and words[index].kind == "name" and words[index + 1].text in ("=", ";", ","):
            name, value = words[index].text, 0.0
            index += 1
            if words[index].text == "=" and index + 1 < len(words) and words[index + 1].kind == "number":
                value = float(words[index + 1].text)
                index += 2
            found[name] = value
            if index >= len(words) or words[index].text != ",":
                break
            index += 1
    return found
