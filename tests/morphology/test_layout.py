"""Sections without points find a place."""

import numpy as np
import pytest

from rheobase.morphology import Outline, layout, segment_geometry


def test_a_child_goes_on_from_its_parents_end() -> None:
    _, dend, twig = layout([Outline(L=20, diam=20), Outline(L=100, diam=2, parent=0), Outline(L=9, diam=1, parent=1)])
    np.testing.assert_allclose(dend, [(20, 0, 0, 2), (120, 0, 0, 2)])
    np.testing.assert_allclose(twig, [(120, 0, 0, 1), (129, 0, 0, 1)])


def test_a_child_of_the_start_goes_the_other_way() -> None:
    _, axon = layout([Outline(L=20, diam=20), Outline(L=100, diam=1, parent=0, parent_x=0)])
    np.testing.assert_allclose(axon, [(0, 0, 0, 1), (-100, 0, 0, 1)], atol=1e-12)


def test_children_inside_leave_at_right_angles_on_both_sides() -> None:
    soma = Outline(L=20, diam=20)
    _, up, down = layout([soma, *[Outline(L=50, diam=1, parent=0, parent_x=0.5)] * 2])
    np.testing.assert_allclose(up[:, :3], [(10, 0, 0), (10, 50, 0)], atol=1e-12)
    np.testing.assert_allclose(down[:, :3], [(10, 0, 0), (10, -50, 0)], atol=1e-12)


def test_several_children_of_an_end_fan_out() -> None:
    placed = layout([Outline(L=20, diam=20), *[Outline(L=50, diam=1, parent=0)] * 3])
    ends = np.array([points[-1, :2] for points in placed[1:]])
    assert len(np.unique(ends.round(6), axis=0)) == 3
    np.testing.assert_allclose(np.hypot(ends[:, 0] - 20, ends[:, 1]), 50)


def test_points_are_left_alone_and_lead_their_children() -> None:
    given = [(0, 0, 0, 10), (0, 0, 30, 10), (0, 40, 30, 5)]
    own, stick = layout([Outline(points=given), Outline(L=7, diam=1, parent=0)])
    np.testing.assert_array_equal(own, given)
    np.testing.assert_allclose(stick[:, :3], [(0, 40, 30), (0, 47, 30)], atol=1e-12)


def test_a_section_joined_by_its_far_end_ends_at_its_parent() -> None:
    _, dend = layout([Outline(L=20, diam=20), Outline(L=100, diam=2, parent=0, child_end=1)])
    np.testing.assert_allclose(dend[:, 0], [120, 20])


def test_one_diameter_a_segment_keeps_its_length_and_cylinders() -> None:
    (points,) = layout([Outline(L=30, diam=(1.0, 2.0, 3.0))])
    shape = segment_geometry(points=points, nseg=3)
    assert pytest.approx(30) == shape.L
    np.testing.assert_allclose(shape.diam, [1, 2, 3])


def test_order_and_number_of_roots_do_not_matter() -> None:
    first, _, third = layout([Outline(L=5, diam=1, parent=1), Outline(L=20, diam=20), Outline(L=20, diam=20)])
    assert first[0, 0] == 20
    assert third[0, 2] == 100


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ([Outline(L=1, diam=1, parent=1), Outline(L=1, diam=1, parent=0)], "its own ancestor"),
        ([Outline(L=1, diam=1), Outline(L=1, diam=1, parent=7)], "no such parent"),
        ([Outline(L=1)], "both L and diam"),
    ],
)
def test_impossible_trees_are_refused(sections: list[Outline], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        layout(sections)


def test_ten_thousand_sections_are_placed() -> None:
    sections = [Outline(L=1, diam=1)] + [Outline(L=1, diam=1, parent=k // 2) for k in range(9999)]
    assert len(layout(sections)) == 10_000


def test_points_on_a_section_without_go_along_with_where_it_ends() -> None:
    def placed(L: float) -> tuple[np.ndarray, ...]:
        drawn = Outline(points=[(20, 0, 0, 2), (20, 50, 0, 2)], parent=0)
        further = Outline(points=[(20, 50, 0, 1), (60, 50, 9, 1)], parent=1)
        return layout([Outline(L=L, diam=20), drawn, further, Outline(L=5, diam=1, parent=2)])

    for before, after in zip(placed(20)[1:], placed(32)[1:], strict=True):
        np.testing.assert_allclose(after - before, [(12, 0, 0, 0)] * 2, atol=1e-12)
