"""Neurolucida files of version 1: what is read, and what is refused with its line."""

import pytest

from rheobase.morphology import Morphology, MorphologyError, load_morphology

CELL = """a remark
[2,41] (-5.0, -4.0, 0.0) 0.1
[1,42] (5.0, -4.0, 0.0) 0.1
[1,42] (5.0, 4.0, 0.0) 0.1
[1,42] (-5.0, 4.0, 0.0) 0.1
[2,1] (0.0, 3.0, 0.0) 1.0
[1,2] (0.0, 50.0, 0.0) 1.0
[10,5] (0.0, 50.0, 0.0) 1.0
[1,2] (0.0, 50.0, 0.0) 1.0
[1,2] (9.0, 90.0, 0.0) 0.5
[2,2] (0.0, 50.0, 0.0) 0.5
[1,2] (-9.0, 90.0, 0.0) 0.25
[2,21] (0.0, -3.0, 0.0) 0.5
[1,22] (0.0, -90.0, 0.0) 0.5
"""


def tree(morphology: Morphology) -> list[tuple[str, str | None, float, int]]:
    sections = morphology.sections
    names = [section.name for section in sections]
    return [(s.name, None if s.parent is None else names[s.parent], s.parent_x, len(s.points)) for s in sections]


WHOLE = [
    ("soma[0]", None, 1.0, 21),
    ("axon[0]", "soma[0]", 0.5, 2),
    ("dend[0]", "soma[0]", 0.5, 3),
    ("dend[1]", "dend[0]", 1.0, 2),
    ("dend[2]", "dend[0]", 1.0, 2),
]


def test_a_cell() -> None:
    cell = load_morphology(CELL)
    assert (cell.format, cell.problems) == ("neurolucida", ())
    assert tree(cell) == WHOLE
    # The first point of a branch has the radius of the branch before; it takes that of the second.
    assert cell.sections[4].points[:, 3].tolist() == [0.5, 0.5]
    assert cell.samples.line[-2:].tolist() == [13, 14]


@pytest.mark.parametrize(
    "text",
    [
        CELL.replace("\n", "\r\n"),
        CELL.replace(", ", ",").replace("[", " [ "),
        CELL + "[4,9] (1.0, 1.0, 1.0) 1.0\nthe end\n",
    ],
)
def test_ways_to_write_the_same(text: str) -> None:
    assert tree(load_morphology(text)) == WHOLE


@pytest.mark.parametrize(
    ("old", "new", "parent", "at", "code"),
    [
        ("[2,2] (0.0, 50.0, 0.0)", "[2,2] (0.0, 50.0, 7.0)", "dend[0]", 1.0, "dangling-tree"),
        ("[2,2] (0.0, 50.0, 0.0)", "[2,1] (0.0, 45.0, 0.0)", "dend[0]", 1.0, "dangling-tree"),
        ("[2,2] (0.0, 50.0, 0.0)", "[2,1] (9.0, 90.0, 0.0)", "dend[1]", 1.0, ""),
        ("[2,2] (0.0, 50.0, 0.0)", "[2,1] (0.0, 9.0, 0.0)", "soma[0]", 1.0, "dangling-tree"),
    ],
)
def test_what_begins_elsewhere_is_joined_and_told(old: str, new: str, parent: str, at: float, code: str) -> None:
    cell = load_morphology(CELL.replace(old, new))
    assert tree(cell)[4][1:3] == (parent, at)
    assert {p.code for p in cell.problems} == ({code} if code else set())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (CELL.replace("50.0, 0.0) 1.0", "50.0, 0.0", 1), 7, r"'\[1,2\] \(0.0, 50.0, 0.0' is no record.*cut off"),
        (CELL.replace("50.0", "5o.0", 1), 7, "y is '5o.0', not a number"),
        (CELL.replace("50.0", "inf", 1), 7, "y is inf: must be a finite number"),
        ("[4,9] (1.0, 1.0, 1.0) 1.0\n", 1, "neither a soma's outline nor a branch"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(MorphologyError, match=words) as caught:
        load_morphology(text)
    assert caught.value.line == line
