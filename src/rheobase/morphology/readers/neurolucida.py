"""Neurolucida's text files of version 3 (`.asc`): outlines and trees in nested brackets.

Source of the format: what NEURON 9's `Import3d_Neurolucida3` takes, and files written by Neurolucida.
"""

import re
from dataclasses import dataclass, field

import numpy as np

from rheobase.morphology.contours import Contour, stacks
from rheobase.morphology.morphology import Morphology, MorphologyError
from rheobase.morphology.problem import Problem
from rheobase.morphology.readers.branches import Branch, Row, number, samples_of, shown
from rheobase.morphology.readers.source import MAX_BYTES, Source, read_text, text_lines
from rheobase.morphology.repair import as_read
from rheobase.morphology.samples import Floats

_WORD = re.compile(r'"[^"]*"|[()|<>,]|;.*|[^\s()|<>,;"]+|"')
_SOMA_NAMES = {"cellbody", "cell body", "soma"}
_TYPES = {"axon": 2, "dendrite": 3, "apical": 4}
_END = ""  # what follows the last word
_COLUMNS = ("x", "y", "z", "diameter")


def read_neurolucida(source: Source, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Morphology:
    """Read a Neurolucida file of version 3.

    Outlines of the soma and trees are read; spines, markers and other objects are left out, which a note tells.

    **Arguments:** as `read_swc`.

    **Raises:** `MorphologyError` with the line for brackets that do not close, a point that is none, or a file
    without soma and trees; `OSError` if the file cannot be opened.

    >>> cell = read_neurolucida('''((Dendrite) (0 0 0 2) (50 0 0 2)
    ...   ((50 0 0 1) (90 9 0 1) | (50 0 0 1) (90 -9 0 1)))''')
    >>> cell.samples.type.tolist(), cell.samples.parent.tolist()
    ([3, 3, 3, 3, 3, 3], [-1, 0, 1, 2, 1, 4])
    """
    text, found = read_text(source, max_bytes)
    return parse_neurolucida(text, name or found)


def parse_neurolucida(text: str, name: str) -> Morphology:
    """Make a morphology of the text of a Neurolucida file of version 3."""
    file = _File(text)
    file.objects()
    problems = file.problems
    if not file.outlines and not file.branches:
        raise MorphologyError(
            "the file has neither a soma's outline nor a tree", line=1, hint="was it exported without its traces?"
        )
    for what, (line, count) in file.left_out.items():
        problems.append(Problem("left-out", "note", line, f"{count} {what}{'s' * (count > 1)} left out"))
    samples = samples_of(stacks(file.outlines), file.branches, problems)
    return as_read(name, samples, problems, text=text, format="neurolucida")


def outlines_of(text: str) -> tuple[Floats, ...]:
    """Give the outlines of somata in the text of a file, each (n, 3) um."""
    file = _File(text)
    file.objects()
    return tuple(contour.points for contour in file.outlines)


@dataclass(slots=True)
class _Place:
    """Where in a tree the next point belongs: the branch it leaves, and the branch in the making."""

    parent: int | None
    type: int
    now: int | None = None
    split: bool = False  # no point may follow what a bracket held

    @property
    def below(self) -> int | None:
        """The branch that what follows leaves: this one, or its parent if it has no points of its own."""
        return self.parent if self.now is None else self.now


@dataclass(slots=True)
class _File:
    """A file's words and signs, and what was found in them so far."""

    text: str
    words: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    at: int = 0
    outlines: list[Contour] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: dict[str, tuple[int, int]] = field(default_factory=dict)  # the first line and the count of each kind

    def __post_init__(self) -> None:
        lines = text_lines(self.text.rstrip("\x1a \t\r\n"))
        for k, line in enumerate(lines, start=1):
            for word in _WORD.findall(line):
                if word[0] == ";":
                    continue
                if word == '"':
                    raise MorphologyError("a text has no closing quote", line=k)
                self.words.append(word)
                self.lines.append(k)
        self.lines += [len(lines)] * 3
        self.words += [_END] * 3  # one may look two words ahead

    @property
    def word(self) -> str:
        return self.words[self.at]

    @property
    def following(self) -> str:
        return self.words[self.at + 1]

    @property
    def line(self) -> int:
        return self.lines[self.at]

    def objects(self) -> None:
        """Read all objects, those within sets too."""
        sets: list[int] = []
        while self.word != _END:
            if self.word == ",":
                self.at += 1
            elif self.word == ")" and sets:
                sets.pop()
                self.at += 1
            elif self.word != "(":
                raise MorphologyError(f"{shown(self.word)} stands outside of all brackets", line=self.line)
            elif self.following.lower() == "set":
                sets.append(self.line)
                self.at += 3 if self.words[self.at + 2][:1] == '"' else 2
            elif self.following[:1] == '"':
                self._outline()
            elif self.following == "(":
                self._tree()
            elif _is_number(self.following):
                raise MorphologyError("a point stands outside of all trees and outlines", line=self.line)
            else:
                self._skip("object of another kind" if self.words[self.at + 2] == "(" else "")
        if sets:
            raise self._unclosed("set", sets[-1])

    def _outline(self) -> None:
        begin, title = self.line, self.following.strip('"').strip().lower()
        self.at += 2
        named = self._properties()
        if title not in _SOMA_NAMES and "cellbody" not in named:
            self._close("outline", begin)
            self._leave_out("outline of something else than a soma", begin)
            return
        rows = []
        while self.word not in (")", _END):
            if self.word == "(" and not self._is_aside():
                rows.append(self._point()[:3])
            else:
                self._aside()
        self._expect_close("outline", begin)
        if len(rows) < 3:
            message = f"this outline of a soma has {len(rows)} points and was left out: it needs 3"
            self.problems.append(Problem("soma-contour", "warning", begin, message))
            return
        self.outlines.append(Contour(np.array(rows), begin))

    def _tree(self) -> None:
        begin = self.line
        self.at += 1
        named = self._properties()
        if self._is_text():
            self._close("text", begin)
            self._leave_out("text", begin)
            return
        kind = next((_TYPES[name] for name in reversed(named) if name in _TYPES), 0)
        above: list[_Place] = []  # the branches whose splits are open
        place = _Place(None, kind)
        while True:
            if self.word == "(" and not self._is_aside():
                if self.following in ("(", "|", ")"):
                    above.append(place)
                    place = _Place(place.below, kind)
                    self.at += 1
                else:
                    self._add(place)
            elif self.word == "|" and above:
                self._end(place)
                place = _Place(place.parent, kind)
                self.at += 1
            elif self.word == ")":
                self._end(place)
                self.at += 1
                if not above:
                    return
                place = above.pop()
                place.split = True
            elif self.word == _END:
                raise self._unclosed("tree", begin)
            else:
                self._aside()

    def _add(self, place: _Place) -> None:
        line = self.line
        row = self._point()
        if place.split:
            raise MorphologyError("a point follows after the branch was split", line=line, hint="is a '|' missing?")
        if place.now is None:
            branch = Branch(place.type, parent=place.parent)
            end = branch.end(self.branches)
            if end is not None and end[:3] != row[:3]:
                # The way from the parent belongs to the branch and is as thick as its first point.
                branch.rows.append((*end[:3], row[3]))
                branch.lines.append(line)
            place.now = len(self.branches)
            self.branches.append(branch)
        branch = self.branches[place.now]
        branch.rows.append(row)
        branch.lines.append(line)

    def _end(self, place: _Place) -> None:
        if place.now is None and not place.split:
            message = "this branch has no points and was left out"
            self.problems.append(Problem("empty-branch", "note", self.line, message))

    def _point(self) -> Row:
        """Read `(x y z diameter)`, with z and the diameter 0 where they are not given."""
        line = self.line
        self.at += 1
        values: list[float] = []
        while self.word not in ("(", ")", _END) and len(values) < 4:
            if self.word != ",":
                if len(values) >= 2 and not _is_number(self.word):
                    break
                values.append(number(self.word, _COLUMNS[len(values)], self.line))
            self.at += 1
        if len(values) < 2 and self.word != _END:
            raise MorphologyError("a point needs x and y at least", line=line)
        odd = ""
        while self.word not in (")", _END):  # a name, and the handles of a curve
            if self.word == "(":
                self._skip("")
            elif not _is_number(self.word):
                odd = self.word
                self.at += 1
            elif odd and len(values) < 4:
                raise MorphologyError(f"{_COLUMNS[len(values)]} is {shown(odd)}, not a number", line=self.line)
            else:
                raise MorphologyError("a point has more than x, y, z and diameter", line=self.line)
        self._expect_close("point", line)
        x, y, z, diam = (*values, 0.0, 0.0)[:4]
        return x, y, z, diam

    def _properties(self) -> list[str]:
        """Skip what stands before the first point, and give its names in small letters."""
        named = []
        while self.word == "," or (self.word == "(" and self._is_aside()):
            if self.word == "(":
                named.append(self.following.lower())
            self._aside()
        return named

    def _is_aside(self) -> bool:
        """Tell whether a bracket opens a property or a marker, of which the first is a name."""
        word = self.following
        if word[:1] == '"':
            return True
        if word in ("(", ")", "|", "<", ">", ",", _END) or _is_number(word):
            return False
        # A name with three numbers after it is a point of which the first number is none.
        numbers = self.words[self.at + 2 : self.at + 5]
        return not (len(numbers) == 3 and all(map(_is_number, numbers)))

    def _is_text(self) -> bool:
        if self.word != "(" or not _is_number(self.following):
            return False
        k = self.at
        while self.words[k] not in (")", _END):
            k += 1
        return self.words[min(k + 1, len(self.words) - 1)][:1] == '"'

    def _aside(self) -> None:
        """Skip one word, or all that a bracket holds."""
        if self.word == "(":
            self._skip("marker" if self.words[self.at + 2] == "(" else "")
        elif self.word == "<":
            begin, depth = self.line, 0
            while self.word != _END:
                depth += {"<": 1, ">": -1}.get(self.word, 0)
                self.at += 1
                if depth == 0:
                    self._leave_out("spine", begin)
                    return
            raise self._unclosed("spine", begin)
        elif self.word in ("|", ">") or _is_number(self.word):
            raise MorphologyError(f"{shown(self.word)} does not belong here", line=self.line)
        else:
            self.at += 1  # a name such as Normal, with which a branch ends

    def _skip(self, what: str) -> None:
        """Skip a bracket and all that it holds, and count it if it is worth telling of."""
        begin = self.line
        self.at += 1
        self._close(what or "bracket", begin)
        if what:
            self._leave_out(what, begin)

    def _close(self, what: str, begin: int) -> None:
        """Go behind the end of the bracket that is open."""
        depth = 1
        while depth:
            if self.word == _END:
                raise self._unclosed(what, begin)
            depth += {"(": 1, ")": -1}.get(self.word, 0)
            self.at += 1

    def _expect_close(self, what: str, begin: int) -> None:
        if self.word == _END:
            raise self._unclosed(what, begin)
        self.at += 1

    def _unclosed(self, what: str, begin: int) -> MorphologyError:
        return MorphologyError(
            f"the file ends inside the {what} that line {begin} begins",
            line=self.lines[-1],
            hint="the file may be cut off here, or a bracket be missing",
        )

    def _leave_out(self, what: str, line: int) -> None:
        first, count = self.left_out.get(what, (line, 0))
        self.left_out[what] = (first, count + 1)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
