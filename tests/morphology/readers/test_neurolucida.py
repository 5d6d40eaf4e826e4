"""Neurolucida files of version 3: what is read, what is left out, and what is refused with its line."""

import numpy as np
import pytest

from rheobase.morphology import Morphology, MorphologyError, load_morphology, read_neurolucida, split_sections

SOMA = '("CellBody"\n  (Color Red)\n  (CellBody)\n  (5 -4 0 0)\n  (5 4 0 0)\n  (-5 4 0 0)\n  (-5 -4 0 0)\n)\n'
TREE = """( (Color Blue)
  (Dendrite)
  (0 3 0 2)  ; Root
  (0 50 0 2)
  (
    (0 50 0 1)
    (9 90 0 1)
    Normal
  |
    (-9 90 0 1.5)
    (-9 99 0 1)
    Generated
  )  ; End of split
)  ; End of tree
"""


def tree(morphology: Morphology) -> list[tuple[str, str | None, float, int]]:
    sections = split_sections(morphology)
    names = [section.name for section in sections]
    return [(s.name, None if s.parent is None else names[s.parent], s.parent_x, len(s.points)) for s in sections]


WHOLE = [
    ("soma[0]", None, 1.0, 21),
    ("dend[0]", "soma[0]", 0.5, 2),
    ("dend[1]", "dend[0]", 1.0, 2),
    ("dend[2]", "dend[0]", 1.0, 3),
]


def test_a_cell() -> None:
    cell = read_neurolucida(SOMA + TREE)
    assert tree(cell) == WHOLE
    assert cell.problems == ()
    assert cell.samples.line[-5:].tolist() == [14, 15, 18, 18, 19]
    # A branch that does not begin where its parent ends has the way there too, as thick as its first point.
    np.testing.assert_array_equal(split_sections(cell)[3].points[0], [0, 50, 0, 1.5])


@pytest.mark.parametrize(
    "text",
    [
        "; V3 text file\n(ImageCoords)\n" + SOMA + TREE,
        TREE + SOMA,
        (SOMA + TREE).replace("\n", "\r\n"),
        (SOMA + TREE).replace("\n", "\r"),
        (SOMA + TREE).replace("CellBody\"", 'Cell Body"'),
        (SOMA + TREE).replace("(0 3 0 2)", "(0, 3, 0, 2, S1)").replace("(9 90 0 1)", "(9 90 0 1 S2 (1, 2, 3, 4))"),
        (SOMA + TREE).replace("(Color Blue)", "(Color RGB (1, 2, 3)) (Generated 0) (GUID \"a(b\")"),
        SOMA + "(Set \"left\"\n" + TREE + ")\n",
        SOMA + TREE.replace("(Dendrite)", "(Axon) (Dendrite)"),
        "\ufeff" + SOMA + TREE + "\x1a",
        SOMA + TREE.replace("Normal", "").replace("Generated", ""),
        " ".join(line.partition(";")[0] for line in (SOMA + TREE).splitlines()) + "\n",
    ],
)  # fmt: skip
def test_ways_to_write_the_same(text: str) -> None:
    cell = load_morphology(text)
    assert tree(cell) == WHOLE
    assert cell.problems == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (SOMA + TREE.replace("(0 50 0 2)", "(0 50 0 2) <(Class 1 \"a\") (1 2 3 1)> <(1 2 3 1)>"), 12, "2 spines left"),
        (SOMA + TREE.replace("  Normal", "(Dot (Color Red) (Name \"m\") (1 2 3 4))"), 16, "1 marker left out"),
        (SOMA + TREE + '((Color Red) (1 2 3 4) "a remark")\n', 23, "1 text left out"),
        (SOMA + TREE + '("Contour 1" (Closed) (1 2 3 4) (2 3 4 5) (2 2 2 2))\n', 23, "1 outline of something else"),
        (SOMA + TREE + "(Cross (Color Red) (1 2 3 4))\n", 23, "1 object of another kind left out"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told(text: str, line: int, words: str) -> None:
    cell = read_neurolucida(text)
    assert tree(cell) == WHOLE
    ((code, severity, at, message),) = [(p.code, p.severity, p.line, p.message) for p in cell.problems]
    assert (code, severity, at) == ("left-out", "note", line)
    assert words in message


def test_types_are_those_that_a_tree_names() -> None:
    cell = read_neurolucida("".join(TREE.replace("Dendrite", kind) for kind in ("Axon", "Dendrite", "Apical", "Other")))
    roots = [s for s in split_sections(cell) if s.parent in (None, 0) and len(s.points) == 2]
    assert {s.name.partition("[")[0] for s in roots} == {"axon", "dend", "apic", "dend_0"}


def test_an_empty_branch_is_left_out_and_told() -> None:
    cell = read_neurolucida(SOMA + TREE.replace("(-9 90 0 1.5)\n    (-9 99 0 1)\n    Generated", ""))
    assert tree(cell) == WHOLE[:3]  # the one branch that is left stays a section of its own
    assert [(p.code, p.line) for p in cell.problems] == [("empty-branch", 19)]


def test_a_split_before_the_first_point_begins_trees() -> None:
    cell = read_neurolucida(SOMA + "((Axon) ((0 1 0 1) (0 9 0 1) | (1 0 0 1) (9 0 0 1)))")
    assert [row[:3] for row in tree(cell)[1:]] == [("axon[0]", "soma[0]", 0.5), ("axon[1]", "soma[0]", 0.5)]


def test_a_tree_outside_the_soma_joins_the_nearest_and_is_told() -> None:
    cell = read_neurolucida(SOMA + TREE.replace("(0 3 0 2)", "(0 30 0 2)"))
    assert tree(cell) == WHOLE
    assert [(p.code, p.severity, p.line) for p in cell.problems] == [("dangling-tree", "warning", 11)]


def test_outlines_that_overlap_are_a_stack_of_discs() -> None:
    levels = [SOMA.replace(" 0 0)", f" {z} 0)") for z in (0, 2, 5)]
    cell = read_neurolucida("".join(levels) + TREE)
    soma = split_sections(cell)[0]
    assert soma.points[:, 2].tolist() == [0, 2, 5]
    assert tree(cell)[1:] == WHOLE[1:]
    assert cell.problems == ()
    for texts, line, words in (
        ([levels[0], levels[2], levels[1]], 1, "not in the order of z"),
        ([levels[0], levels[0]], 9, "the same z"),
        ([levels[0], levels[1].replace("5 4 2", "5 4 2.5")], 9, "not level"),
    ):
        (problem,) = [p for p in read_neurolucida("".join(texts) + TREE).problems if p.code == "soma-contour"]
        assert problem.line == line
        assert words in problem.message


def test_an_outline_of_two_points_is_left_out_and_told() -> None:
    cell = read_neurolucida(SOMA.replace("  (5 -4 0 0)\n  (5 4 0 0)\n", "") + TREE)
    assert [(p.code, p.line) for p in cell.problems] == [("soma-contour", 1), ("no-soma", 9)]
    assert tree(cell)[0][0] == "dend[0]"


def test_branches_without_a_length_are_left_out() -> None:
    text = TREE.replace("(9 90 0 1)\n    Normal", "(\n (0 50 0 1) (5 5 5 1) | (0 50 0 1) (6 6 6 1) )")
    cell = read_neurolucida(SOMA + text)
    assert [(row[0], row[1]) for row in tree(cell)[1:]] == [
        ("dend[0]", "soma[0]"),
        ("dend[1]", "dend[0]"),
        ("dend[2]", "dend[0]"),
        ("dend[3]", "dend[0]"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (TREE.replace("(0 50 0 2)", "(0 50 zero 2)"), 4, "z is 'zero', not a number"),
        (TREE.replace("(0 50 0 2)", "(O 50 0 2)"), 4, "x is 'O', not a number"),
        (TREE.replace("(0 50 0 2)", "(0 nan 0 2)"), 4, "y is nan: must be a finite number"),
        (TREE.replace("(0 50 0 2)", "(0 1e8 0 2)"), 4, r"y is 1e\+08: must not be beyond"),
        (TREE.replace("(0 50 0 2)", "(0 50 0 2 7)"), 4, "more than x, y, z and diameter"),
        (TREE.replace("(0 50 0 2)", "(0)"), 4, "a point needs x and y"),
        (TREE.replace("(0 50 0 2)", "0 50 0 2"), 4, "'0' does not belong here"),
        (TREE.replace("(0 50 0 2)", "(0 50 0 2) |"), 4, "'|' does not belong here"),
        (TREE.replace("(0 50 0 2)", "(0 50 0 2) <(1 2 3 4)"), 14, "ends inside the spine that line 4 begins"),
        (TREE.replace(")  ; End of split", ") (1 2 3 4)"), 13, "a point follows after the branch was split"),
        (TREE.rstrip().removesuffix(")  ; End of tree"), 13, "ends inside the tree that line 1 begins.*cut off"),
        (TREE[:38], 3, "ends inside the point that line 3 begins"),
        (SOMA[:-3], 7, "ends inside the outline that line 1 begins"),
        (TREE + ")", 15, "'\\)' stands outside of all brackets"),
        (TREE + "word", 15, "'word' stands outside of all brackets"),
        (TREE + "(1 2 3 4)", 15, "a point stands outside of all trees"),
        (TREE.replace("(Color Blue)", '(Name "x)'), 1, "no closing quote"),
        ('("CellBody" (1 1 0 0) (1 1 5 0) (1 1 9 0))', 1, "a single place.*trace the soma's outline"),
        ('("CellBody" (1 1 0 0) (2 2 0 0) (3 3 0 0))', 1, "line, or stands upright|no extent"),
        ("(ImageCoords)\n", 1, "neither a soma's outline nor a tree"),
        ("(" * 100_000, 1, "ends inside the point"),
        ('(set "a" ' * 50_000, 1, "ends inside the set"),
        ("(a " * 50_000, 1, "ends inside the object of another kind"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(MorphologyError, match=words) as caught:
        load_morphology(text + "\n")
    assert caught.value.line == line
