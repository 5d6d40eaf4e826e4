"""Eutectic files: what is read, what is left out, and what is refused with its line."""

import numpy as np
import pytest

from rheobase.morphology import Morphology, MorphologyError, load_morphology, read_eutectic, split_sections

CELL = """No. points     11
No. trees       1
Text  unassigned

 Point  Type  Tag      X       Y       Z  Thick   Name    Attachment

     1  SOS    1    -5.0    -4.0     0.0     0
     2  SCP    1     5.0    -4.0     0.0     0
     3  SCP    1     5.0     4.0     0.0     0
     4  SOE    1    -5.0     4.0     0.0     0
     5  MTO    3     0.0     3.0     0.0    2.0  tree01  ------     0
     6   CP    3     0.0    20.0     0.0    2.0
     7   BP    3     0.0    50.0     0.0    1.5
     8   BP    3     9.0    90.0     0.0    1.0
     9   NE    3    19.0    99.0     0.0    1.0
    10   ES    3    -1.0    99.0     0.0    1.0
    11  TAE    3    -9.0    99.0     0.0    0.5
"""


def tree(morphology: Morphology) -> list[tuple[str, str | None, float, int]]:
    sections = split_sections(morphology)
    names = [section.name for section in sections]
    return [(s.name, None if s.parent is None else names[s.parent], s.parent_x, len(s.points)) for s in sections]


WHOLE = [
    ("soma[0]", None, 1.0, 21),
    ("dend[0]", "soma[0]", 0.5, 3),
    ("dend[1]", "dend[0]", 1.0, 2),
    ("dend[2]", "dend[1]", 1.0, 2),
    ("dend[3]", "dend[1]", 1.0, 2),
    ("dend[4]", "dend[0]", 1.0, 2),
]


def test_a_cell() -> None:
    cell = load_morphology(CELL)
    assert cell.format == "eutectic"
    assert tree(cell) == WHOLE
    assert cell.problems == ()
    np.testing.assert_array_equal(split_sections(cell)[5].points, [(0, 50, 0, 0.5), (-9, 99, 0, 0.5)])
    assert cell.samples.line[-2:].tolist() == [17, 17]


@pytest.mark.parametrize(
    "text",
    [
        CELL.replace("\n", "\r\n"),
        CELL.replace("CP", "cp").replace("MTO", "BTO"),
        CELL.replace("NE", "MAE").replace("   CP", "   SB"),
        CELL.split("Attachment")[1],
        CELL + "\n\x1a",
    ],
)
def test_ways_to_write_the_same(text: str) -> None:
    assert tree(load_morphology(text)) == WHOLE


def test_a_tag_is_the_type() -> None:
    cell = read_eutectic("1 MTO 0 0 0 0 1\n2 NE 0 9 0 0 1\n3 MTO 2 0 9 0 1\n4 NE 2 9 9 0 1\n")
    assert [s.name for s in split_sections(cell)] == ["dend_0[0]", "axon[0]"]
    assert [(p.code, p.line) for p in cell.problems] == [("no-soma", 1), ("several-roots", 3)]


@pytest.mark.parametrize(
    ("text", "code", "severity", "line", "words"),
    [
        (CELL + "12 DS 5 0 0 0 1\n13 DE 5 1 1 1 1\n", "left-out", "note", 18, "2 points"),
        (CELL.replace("SCP", "OCP"), "left-out", "note", 8, "2 points"),
        (CELL.replace("  0.0     3.0", "  0.0    30.0"), "dangling-tree", "warning", 11, "outside the soma"),
        ("\n".join(CELL.splitlines()[:-1]), "empty-branch", "warning", 13, "one branch is missing"),
    ],
)
def test_what_is_told(text: str, code: str, severity: str, line: int, words: str) -> None:
    problems = [p for p in load_morphology(text).problems if p.code == code]
    assert [(p.severity, p.line) for p in problems] == [(severity, line)]
    assert words in problems[0].message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (CELL.replace("  CP", "  XX"), 12, "'XX' is no code of a point; the codes are BAE, BP"),
        (CELL.replace("20.0", "2o.0"), 12, "y is '2o.0', not a number"),
        (CELL.replace("20.0", "nan"), 12, "y is nan: must be a finite number"),
        (CELL.replace("CP    3 ", "CP    3.5 "), 12, "tag is 3.5: must be a whole number"),
        (CELL.replace("    20.0     0.0    2.0", ""), 12, "only 4 of a point's 7 columns.*cut off"),
        (CELL + "the end", 18, "'the end' is no point"),
        (CELL.replace("  TAE", "   CP"), 18, "before the branch of line 17 has ended"),
        (CELL + "12 MTO 3 0 0 0 1\n13 CP 3 0 0 9 1\n14 MTO 3 0 0 0 1\n", 20, "before the branch of line 18 has ended"),
        ("1 OS 0 0 0 0 1\n2 OE 0 0 0 0 1", 2, "ends without a point"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(MorphologyError, match=words) as caught:
        load_morphology(text)
    assert caught.value.line == line
