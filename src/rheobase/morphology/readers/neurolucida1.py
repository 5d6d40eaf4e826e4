"""Neurolucida's text files of version 1: one record a line, `[major,minor] (x, y, z) radius`.

Source of the format and of what is made of files with gaps: NEURON 9's `Import3d_Neurolucida_read`. A move begins a
branch, lines go on with it, and `[10,5]` is where it divides; the minor code says what is traced. Which branch a new
one leaves follows from where it begins.
"""

import re
from dataclasses import dataclass, field

import numpy as np

from rheobase.morphology.contours import Contour, Stack, stacks
from rheobase.morphology.morphology import Morphology, MorphologyError
from rheobase.morphology.problem import Problem
from rheobase.morphology.readers.branches import Branch, Row, number, samples_of, shown
from rheobase.morphology.readers.source import MAX_BYTES, Source, read_text, text_lines
from rheobase.morphology.repair import as_read
from rheobase.morphology.samples import APIC, AXON, DEND, SOMA

LINE, MOVE, DIVIDES = 1, 2, (10, 5)
_TYPES = {1: DEND, 2: DEND, 21: AXON, 22: AXON, 41: SOMA, 42: SOMA, 61: APIC, 62: APIC}
_ORIGINS = {1, 21, 61}  # the first points of trees
_BEGINS = re.compile(r"\s*\[")
_RECORD = re.compile(r"\s*\[\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\]\s*\(([^,()]+),([^,()]+),([^,()]+)\)\s*(\S+)")


def read_neurolucida1(source: Source, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Morphology:
    r"""Read a Neurolucida file of version 1.

    **Arguments:** as `read_swc`.

    **Raises:** `MorphologyError` with the line for a record that is none, or a file without one; `OSError` if the file
    cannot be opened.

    >>> rows = ["[2,1] (0,0,0) 1", "[1,2] (50,0,0) 1", "[10,5] (50,0,0) 1", "[1,2] (50,0,0) 1", "[1,2] (90,9,0) 1"]
    >>> cell = read_neurolucida1("\n".join(rows))
    >>> [len(section.points) for section in cell.sections]
    [3, 2]
    """
    text, found = read_text(source, max_bytes)
    return parse_neurolucida1(text, name or found)


def parse_neurolucida1(text: str, name: str) -> Morphology:
    """Make a morphology of the text of a Neurolucida file of version 1."""
    problems: list[Problem] = []
    traces = _traces(text)
    contours = []
    for trace in (trace for trace in traces if trace.type == SOMA):
        if len(trace.rows) >= 3:
            contours.append(Contour(np.array([row[:3] for row in trace.rows]), trace.lines[0]))
        else:
            message = f"this outline of a soma has {len(trace.rows)} points and was left out: it needs 3"
            problems.append(Problem("soma-contour", "warning", trace.lines[0], message))
    somata = stacks(contours)
    branches = _branches([trace for trace in traces if trace.type != SOMA], somata, problems)
    if not somata and not branches:
        raise MorphologyError("the file has neither a soma's outline nor a branch", line=1)
    samples = samples_of(somata, branches, problems)
    return as_read(name, samples, problems, text=text, format="neurolucida")


@dataclass(slots=True, eq=False)
class _Trace:
    """The points from one move, or from where a branch divides, up to the next.

    **Attributes:** `minor`, the code of the first; `divides`, which of its points are divisions; `apart`, whether it
    goes on from a division at another place in x and y.
    """

    minor: int
    rows: list[Row] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    divides: list[int] = field(default_factory=list)
    apart: bool = False

    @property
    def type(self) -> int:
        """The SWC type."""
        return _TYPES.get(self.minor, 0)


def _traces(text: str) -> list[_Trace]:
    traces: list[_Trace] = []
    before: tuple[tuple[int, int], Row] | None = None
    for line, words in enumerate(text_lines(text), start=1):
        if not _BEGINS.match(words):
            continue  # a remark
        found = _RECORD.match(words)
        if found is None:
            raise MorphologyError(
                f"{shown(words.strip())} is no record: [major,minor] (x, y, z) radius",
                line=line,
                hint="the file may be cut off here",
            )
        code = int(found[1]), int(found[2])
        x, y, z, radius = (
            float(np.float32(number(word.strip(), what, line)))  # as NEURON reads them
            for word, what in zip(found.groups()[2:], ("x", "y", "z", "radius"), strict=True)
        )
        row = (x, y, z, 2 * radius)
        after_division = before is not None and before[0] == DIVIDES
        if code[0] == MOVE or (code[0] == LINE and (after_division or not traces)):
            traces.append(_Trace(code[1]))
            traces[-1].apart = after_division and code[0] == LINE and before is not None and before[1][:2] != row[:2]
        if traces and (code[0] in (LINE, MOVE) or code == DIVIDES):
            if code == DIVIDES:
                traces[-1].divides.append(len(traces[-1].rows))
            traces[-1].rows.append(row)
            traces[-1].lines.append(line)
        before = code, row
    return traces


class _Divisions:
    """The places where branches divided so far, with the number of each branch."""

    def __init__(self, traces: list[_Trace]) -> None:
        self._all = np.array([trace.rows[at][:3] for trace in traces for at in trace.divides]).reshape(-1, 3)
        self._found: list[tuple[int, Row]] = []
        self._at: dict[tuple[float, ...], int] = {}  # the first at a place, in three dimensions and in two

    def add(self, branch: int, row: Row) -> None:
        """Remember one more."""
        for place in (row[:3], row[:2]):
            self._at.setdefault(place, len(self._found))
        self._found.append((branch, row))

    def at(self, *place: float) -> tuple[int, Row] | None:
        """Give the first at a place."""
        k = self._at.get(place)
        return None if k is None else self._found[k]

    def nearest(self, row: Row) -> tuple[int, Row] | None:
        """Give the nearest to a place."""
        if not self._found:
            return None
        away = np.linalg.norm(self._all[: len(self._found)] - row[:3], axis=1)
        return self._found[int(np.argmin(away))]


def _branches(traces: list[_Trace], somata: list[Stack], problems: list[Problem]) -> list[Branch]:
    """Find what each trace leaves."""
    branches: list[Branch] = []
    divisions = _Divisions(traces)
    ends: dict[tuple[float, ...], int] = {}  # the first branch that ends at a place
    for k, trace in enumerate(traces):
        branch = Branch(trace.type, list(trace.rows), list(trace.lines))
        above, way = _origin(k, trace, traces, divisions, problems)
        if above is not None:
            branch.parent = above
            if way is not None:
                branch.rows.insert(0, (*way[:3], branch.rows[0][3]))
                branch.lines.insert(0, branch.lines[0])
            if len(branch.rows) > 1:  # the first point has the radius of the branch that was traced before
                branch.rows[0] = (*branch.rows[0][:3], branch.rows[1][3])
        elif somata and not somata[0].holds(np.array(branch.rows[0])[None])[0]:
            branch.parent = ends.get(branch.rows[0][:3])
            if branch.parent is None:
                _outside(branch, divisions, somata, problems)
        if not trace.type:
            message = f"code {trace.minor} tells of no soma, axon or dendrite"
            problems.append(Problem("left-out", "note", trace.lines[0], message))
        for at in trace.divides:
            divisions.add(k, trace.rows[at])
        ends.setdefault(branch.rows[-1][:3], k)
        branches.append(branch)
    return branches


def _origin(
    k: int, trace: _Trace, traces: list[_Trace], divisions: _Divisions, problems: list[Problem]
) -> tuple[int | None, Row | None]:
    """Give the branch that a trace leaves, `None` for a tree, and the place there if the trace begins elsewhere."""
    start = trace.rows[0]
    if trace.apart and k and traces[k - 1].divides:
        return k - 1, traces[k - 1].rows[traces[k - 1].divides[-1]]
    if (here := divisions.at(*start[:3])) is not None:
        return here[0], None
    if trace.minor in _ORIGINS:
        return None, None
    level = divisions.at(*start[:2])
    near = divisions.nearest(start) if level is not None else None
    if near is not None and near[1][:2] == start[:2]:
        level = near
    elif k and traces[k - 1].rows[-1][:3] == start[:3]:
        return k - 1, None
    if level is None:
        return None, None
    message = "this branch begins above or below where another divides, and was joined to it"
    problems.append(Problem("dangling-tree", "warning", trace.lines[0], message))
    return level


def _outside(branch: Branch, divisions: _Divisions, somata: list[Stack], problems: list[Problem]) -> None:
    """Join a tree that begins outside the soma to what is nearest."""
    branch.soma_at = 1.0
    near = divisions.nearest(branch.rows[0])
    if near is None:
        return
    start = np.array(branch.rows[0][:3])
    away = float(np.linalg.norm(start - near[1][:3]))
    if away < float(np.linalg.norm(start - somata[0].centre)):
        branch.parent = near[0]
        message = f"this tree begins outside the soma, {away:.4g} um from where a branch divides, and was joined to it"
        problems.append(Problem("dangling-tree", "warning", branch.lines[0], message))
