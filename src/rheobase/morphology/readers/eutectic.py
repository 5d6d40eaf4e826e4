"""Eutectic's files (`.nts`): one point a line, `number code tag x y z thickness`, in the order of tracing.

Source of the format: what NEURON 9's `Import3d_Eutectic_read` takes, and files written by the Neuron Tracing System.
After a branch point its two branches follow, each with all that hangs on it.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from rheobase.morphology.contours import Contour, stacks
from rheobase.morphology.morphology import Morphology, MorphologyError
from rheobase.morphology.problem import Problem
from rheobase.morphology.readers.branches import Branch, Row, number, samples_of, shown
from rheobase.morphology.readers.source import MAX_BYTES, Source, read_text, text_lines
from rheobase.morphology.repair import as_read
from rheobase.morphology.samples import Floats

ORIGINS = {"MTO", "TTO", "BTO"}  # in the middle, at the top or at the bottom of the tissue
POINTS = {"CP", "FS", "SB"}  # on the way: plain ones, swellings, bases of spines
BRANCH = "BP"
ENDS = {"NE", "ES", "MAE", "TAE", "BAE"}  # natural ones, and those at the tissue's borders
SOMA = {"SOS", "SCP", "SOE"}  # the outline of a soma: start, points, end
OTHERS = {"OS", "OCP", "OE", "DS", "DCP", "DE"}  # other outlines
CODES = ORIGINS | POINTS | {BRANCH} | ENDS | SOMA | OTHERS

_COLUMNS = ("x", "y", "z", "thickness")
_ROW = re.compile(r"\s*\d+\s+[A-Za-z]+\s")


def read_eutectic(source: Source, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Morphology:
    r"""Read a Eutectic file.

    A point's tag is its SWC type, as NEURON takes it; outlines other than a soma's are left out, which a note tells.

    **Arguments:** as `read_swc`.

    **Raises:** `MorphologyError` with the line for a code that is none, a number that is none, or a branch that has no
    end; `OSError` if the file cannot be opened.

    >>> rows = ["1 MTO 3 0 0 0 2", "2 BP 3 50 0 0 2", "3 NE 3 90 9 0 1", "4 NE 3 90 -9 0 1"]
    >>> cell = read_eutectic("\n".join(rows))
    >>> cell.samples.type.tolist(), cell.samples.parent.tolist()
    ([3, 3, 3, 3, 3, 3], [-1, 0, 1, 2, 1, 4])
    """
    text, found = read_text(source, max_bytes)
    return parse_eutectic(text, name or found)


def parse_eutectic(text: str, name: str) -> Morphology:
    """Make a morphology of the text of a Eutectic file."""
    tracing = _trace(text)
    problems = tracing.problems
    if tracing.others:
        message = f"outlines of something else than a soma were left out: {tracing.others} points"
        problems.append(Problem("left-out", "note", tracing.first_other, message))
    samples = samples_of(stacks(tracing.contours), tracing.branches, problems)
    return as_read(name, samples, problems, text=text, format="eutectic")


def outlines_of(text: str) -> tuple[Floats, ...]:
    """Give the outlines of somata in the text of a file, each (n, 3) um."""
    return tuple(contour.points for contour in _trace(text).contours)


def _trace(text: str) -> "_Tracing":
    tracing = _Tracing()
    line = 0
    for line, row in enumerate(text_lines(text), start=1):
        if _ROW.match(row):
            tracing.take(row.split(), line)
        elif tracing.started and row.strip():
            raise MorphologyError(
                f"{shown(row.strip())} is no point: number, code, tag, x, y, z and thickness", line=line
            )
    tracing.close(max(line, 1))
    return tracing


@dataclass(slots=True)
class _Tracing:
    """What was read so far."""

    branches: list[Branch] = field(default_factory=list)
    now: Branch | None = None  # the branch that has no end yet
    open: list[int] = field(default_factory=list)  # a branch twice for two branches yet to come
    contours: list[Contour] = field(default_factory=list)
    outline: list[Row] = field(default_factory=list)
    outline_line: int = 0
    others: int = 0
    first_other: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def started(self) -> bool:
        """Whether a point was read: what comes before is a heading."""
        return bool(self.branches or self.outline or self.contours or self.others)

    def take(self, words: list[str], line: int) -> None:
        """Read one point."""
        code = words[1].upper()
        if code not in CODES:
            raise MorphologyError(
                f"{shown(words[1])} is no code of a point", line=line, hint=f"the codes are {', '.join(sorted(CODES))}"
            )
        if len(words) < 7:
            raise MorphologyError(
                f"only {len(words)} of a point's 7 columns (number, code, tag, x, y, z, thickness)",
                line=line,
                hint="the file may be cut off here",
            )
        tag = number(words[2], "tag", line)
        if tag != int(tag):
            raise MorphologyError(f"tag is {tag:g}: must be a whole number", line=line)
        x, y, z, diam = (number(word, what, line) for word, what in zip(words[3:7], _COLUMNS, strict=True))
        row = (x, y, z, diam)
        if code in OTHERS:
            self.first_other = self.first_other or line
            self.others += 1
        elif code in SOMA:
            self._outline(code, row, line)
        else:
            self._point(code, int(tag), row, line)

    def _outline(self, code: str, row: Row, line: int) -> None:
        if code == "SOS" or not self.outline:
            self._end_outline()
            self.outline_line = line
        self.outline.append(row)
        if code == "SOE":
            self._end_outline()

    def _end_outline(self) -> None:
        if len(self.outline) >= 3:
            points = np.array(self.outline)[:, :3].astype(np.float32).astype(float)  # as NEURON reads them
            self.contours.append(Contour(points, self.outline_line))
        elif self.outline:
            message = f"this outline of a soma has {len(self.outline)} points and was left out: it needs 3"
            self.problems.append(Problem("soma-contour", "warning", self.outline_line, message))
        self.outline = []

    def _point(self, code: str, tag: int, row: Row, line: int) -> None:
        if code in ORIGINS:
            self._end_tree(line)
        if self.now is None:
            self.now = Branch(tag, parent=self.open.pop() if self.open else None)
            end = self.now.end(self.branches)
            if end is not None:  # the way from the parent is as thick as the first point
                self.now.rows.append((*end[:3], row[3]))
                self.now.lines.append(line)
            self.branches.append(self.now)
        self.now.rows.append(row)
        self.now.lines.append(line)
        if code == BRANCH:
            self.open += [len(self.branches) - 1] * 2
        if code == BRANCH or code in ENDS:
            self.now = None

    def _end_tree(self, line: int) -> None:
        if self.now is not None:
            raise MorphologyError(
                f"a new tree or the end of the file comes before the branch of line {self.now.lines[0]} has ended",
                line=line,
                hint=f"lines may have been lost; a branch ends with one of {', '.join(sorted(ENDS | {BRANCH}))}",
            )
        for k, count in sorted(Counter(self.open).items()):
            missing = "both branches are" if count == 2 else "one branch is"
            message = f"{missing} missing after this branch point"
            self.problems.append(Problem("empty-branch", "warning", self.branches[k].lines[-1], message))
        self.open.clear()

    def close(self, line: int) -> None:
        """End the file."""
        self._end_outline()
        self._end_tree(line)
        if not self.branches and not self.contours:
            raise MorphologyError("the file ends without a point", line=line)
