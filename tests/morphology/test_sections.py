"""How samples are cut into sections, in cases one can follow by eye."""

import numpy as np
import pytest

from rheobase.morphology import Morphology, SectionShape, read_swc, region_name, split_sections
from rheobase.morphology.sections import split_samples


def tree(text: str) -> list[tuple[str, str | None, float, int]]:
    sections = split_sections(read_swc(text))
    names = [section.name for section in sections]
    return [(s.name, None if s.parent is None else names[s.parent], s.parent_x, len(s.points)) for s in sections]


def test_one_soma_sample_is_a_cylinder_with_the_area_of_the_sphere() -> None:
    (soma,) = split_sections(read_swc("1 1 1 2 3 4 -1\n"))
    np.testing.assert_array_equal(soma.points, [(-3, 2, 3, 8), (1, 2, 3, 8), (5, 2, 3, 8)])
    assert not soma.points.flags.writeable


def test_neuromorphos_three_samples_are_the_same_cylinder() -> None:
    one, three = (read_swc(text) for text in ("1 1 0 0 0 5 -1\n", "1 1 0 0 0 5 -1\n2 1 0 -5 0 5 1\n3 1 0 5 0 5 1\n"))
    assert split_sections(one) == split_sections(three)
    assert one != three


def test_three_unequal_soma_samples_stay_three() -> None:
    (soma,) = split_sections(read_swc("1 1 0 0 0 5 -1\n2 1 0 -5 0 4 1\n3 1 0 5 0 5 2\n"))
    assert len(soma.points) == 3
    np.testing.assert_array_equal(soma.points[:, 3], [10, 8, 10])


def test_neurites_on_a_point_soma_join_its_middle_by_a_wire() -> None:
    text = "1 1 0 0 0 5 -1\n2 3 0 6 0 1 1\n3 3 0 50 0 1 2\n4 3 9 90 0 1 3\n5 3 -9 90 0 1 3\n"
    assert tree(text) == [
        ("soma[0]", None, 1.0, 3),
        ("dend[0]", "soma[0]", 0.5, 2),
        ("dend[1]", "dend[0]", 1.0, 2),
        ("dend[2]", "dend[0]", 1.0, 2),
    ]


def test_a_neurite_of_one_sample_keeps_the_somas_place_at_its_own_width() -> None:
    _, stub = split_sections(read_swc("1 1 0 0 0 5 -1\n2 2 0 9 0 0.5 1\n"))
    np.testing.assert_array_equal(stub.points, [(0, 0, 0, 1), (0, 9, 0, 1)])
    assert stub.parent_x == 0.5


def test_neurites_on_a_long_soma_join_its_ends_and_its_middle() -> None:
    text = """1 1 0 0 0 5 -1
    2 1 0 5 0 6 1
    3 1 0 10 0 5 2
    4 3 0 -9 0 1 1
    5 3 0 -50 0 1 4
    6 3 9 5 0 1 2
    7 3 50 5 0 1 6
    8 4 0 20 0 1 3
    9 4 0 90 0 1 8"""
    assert tree(text) == [
        ("soma[0]", None, 1.0, 3),
        ("dend[0]", "soma[0]", 0.0, 3),
        ("dend[1]", "soma[0]", 0.5, 2),
        ("apic[0]", "soma[0]", 1.0, 3),
    ]


def test_sections_end_where_the_type_changes() -> None:
    text = "1 1 0 0 0 5 -1\n2 3 0 6 0 1 1\n3 3 0 9 0 1 2\n4 7 0 12 0 1 3\n5 7 0 15 0 1 4\n"
    assert [name for name, *_ in tree(text)] == ["soma[0]", "dend[0]", "dend_7[0]"]


def test_parents_come_first_even_where_types_say_otherwise() -> None:
    axon_on_dendrite = "1 1 0 0 0 5 -1\n2 3 0 6 0 1 1\n3 3 0 9 0 1 2\n4 2 0 12 0 1 3\n5 3 9 12 0 1 3\n"
    assert [name for name, *_ in tree(axon_on_dendrite)] == ["soma[0]", "dend[0]", "axon[0]", "dend[1]"]


def test_a_further_root_joins_the_middle_of_the_soma() -> None:
    text = "1 1 0 0 0 5 -1\n2 3 0 6 0 1 1\n3 3 0 9 0 1 2\n7 2 0 -12 0 1 -1\n8 2 0 -90 0 1 7\n"
    morphology = read_swc(text)
    assert [(p.code, p.line) for p in morphology.problems] == [("several-roots", 4)]
    assert tree(text)[1] == ("axon[0]", "soma[0]", 0.5, 2)


def test_what_hangs_on_a_lone_root_moves_to_the_soma() -> None:
    text = "1 1 0 0 0 5 -1\n7 2 0 -12 0 1 -1\n8 2 9 -90 0 1 7\n9 2 -9 -90 0 1 7\n"
    assert [(p.code, p.line) for p in read_swc(text).problems] == [("several-roots", 2), ("zero-length", 2)]
    assert tree(text)[1:] == [("axon[0]", "soma[0]", 0.5, 2), ("axon[1]", "soma[0]", 0.5, 2)]


def test_a_section_without_length_is_left_out_and_told() -> None:
    text = "1 1 0 0 0 5 -1\n2 3 0 6 0 1 1\n3 3 0 9 0 1 2\n4 3 0 9 0 1 3\n5 3 5 9 0 1 4\n6 3 9 9 0 1 4\n7 3 0 20 0 1 3\n"
    morphology = read_swc(text)
    assert [(p.code, p.severity, p.line) for p in morphology.problems] == [("zero-length", "warning", 4)]
    assert [row[:3] for row in tree(text)[2:]] == [
        ("dend[1]", "dend[0]", 1.0),
        ("dend[2]", "dend[0]", 1.0),
        ("dend[3]", "dend[0]", 1.0),
    ]


def test_a_soma_whose_samples_coincide_is_a_sphere() -> None:
    morphology = read_swc("1 1 0 0 0 5 -1\n2 1 0 0 0 7 1\n")
    assert "sphere 14 um wide" in str(morphology.problems[0])
    np.testing.assert_array_equal(split_sections(morphology)[0].points[:, 0], [-7, 0, 7])


def test_breadth_first_files_keep_their_branches_whole() -> None:
    """Samples of two dendrites take turns; NEURON would join the first of each."""
    text = """1 1 0 0 0 5 -1
    2 3 0 6 0 1 1
    3 3 0 -6 0 1 1
    4 3 0 9 0 1 2
    5 3 0 -9 0 1 3
    6 3 0 12 0 1 4
    7 3 0 -12 0 1 5"""
    morphology = read_swc(text)
    assert [problem.code for problem in morphology.problems] == ["reordered"]
    up, down = (section.points[:, 1].tolist() for section in split_sections(morphology)[1:])
    assert (up, down) == ([6, 9, 12], [-6, -9, -12])


def test_names_of_types() -> None:
    assert region_name(4) == "apic"
    assert region_name(12) == "dend_12"
    assert region_name(-3) == "minus_3"


def test_a_section_equals_another_by_content() -> None:
    points = np.array([(0, 0, 0, 1), (1, 0, 0, 1)], dtype=float)
    section = SectionShape("dend[0]", 3, points, None, 1.0)
    assert section == SectionShape("dend[0]", 3, points.copy(), None, 1.0)
    assert section != SectionShape("dend[0]", 3, points + 1, None, 1.0)
    assert section != SectionShape("dend[1]", 3, points, None, 1.0)
    assert section != "dend[0]"


@pytest.mark.parametrize("seed", range(20))
def test_every_sample_is_in_one_section(seed: int) -> None:
    """Whatever the order of the ids, no sample gets lost and every unbranched run is found."""
    random = np.random.default_rng(seed)
    n = 60
    parents = [-1] + [int(random.integers(max(0, k - 3), k)) for k in range(1, n)]
    kinds = [1] + [3] * (n - 1)
    names = random.permutation(n * 2)[:n]
    rows = [f"{names[k]} {kinds[k]} {k} {k % 7} 0 1 {names[parents[k]] if k else -1}" for k in random.permutation(n)]
    morphology = read_swc("\n".join(rows))
    assert isinstance(morphology, Morphology)
    inside = [x for s in split_sections(morphology) for x in s.points[:, 0].tolist()]
    assert {float(k) for k in range(1, n)} <= set(inside)


def test_a_joint_begins_a_section_of_its_own_samples_and_cuts_none() -> None:
    rows = ["1 3 0 0 0 1 -1", "2 3 9 0 0 1 1", "3 3 18 0 0 1 2", "4 3 18 5 0 2 3", "5 3 18 9 0 2 4", "6 3 9 5 0 1 2",
            "7 3 9 9 0 1 6"]  # fmt: skip
    samples = read_swc("\n".join(rows)).samples
    joint = np.full(7, np.nan)
    joint[3], joint[5] = 1.0, 0.25
    sections, problems = split_samples(samples.replace(joint=joint))
    assert [(len(s.points), s.parent, s.parent_x) for s in sections] == [(3, None, 1.0), (2, 0, 1.0), (2, 0, 0.25)]
    np.testing.assert_array_equal(sections[1].points[0], [18, 5, 0, 4])
    assert not problems
