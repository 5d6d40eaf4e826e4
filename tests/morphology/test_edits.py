"""What a hand does to a shape: to which samples, and what it refuses."""

import numpy as np
import pytest

from rheobase.morphology import Morphology, read_swc, split_sections

# A trunk of six samples with a side branch of two at the third, and z of its own everywhere.
TEXT = """1 1 0 0 0 5 -1
2 3 0 10 1 1 1
3 3 0 20 4 1 2
4 3 0 30 2 1 3
5 3 0 40 9 1 4
6 3 0 50 3 1 5
7 4 9 25 7 1 3
8 4 19 25 8 1 7
"""


@pytest.fixture
def cell() -> Morphology:
    return read_swc(TEXT)


def z(cell: Morphology) -> list[float]:
    return list(cell.samples.xyz[np.argsort(cell.samples.id), 2])


def test_a_subtree_is_shifted_and_nothing_else(cell: Morphology) -> None:
    assert cell.shift_subtree(3, -2) is cell
    assert z(cell) == [0, 1, 4, 0, 7, 1, 7, 8]
    assert cell.history.done == ("Shift in z",)
    assert cell.undo() == "Shift in z"
    assert cell == read_swc(TEXT)


def test_a_drag_is_one_step_of_undo(cell: Morphology) -> None:
    for _ in range(5):
        cell.shift_subtree(6, 0.5, coalesce="drag", origin="view")
    assert z(cell)[6:] == [9.5, 10.5]
    assert len(cell.history.done) == 1
    cell.undo()
    assert z(cell) == [0, 1, 4, 2, 9, 3, 7, 8]


def test_a_sample_goes_half_way_to_its_neighbours(cell: Morphology) -> None:
    assert z(cell.average_with_neighbours(4))[4] == (9 + (2 + 3) / 2) / 2
    branch = read_swc(TEXT).average_with_neighbours(2)
    assert z(branch)[2] == np.float32((4 + (1 + 2 + 7) / 3) / 2)


def test_the_median_of_three_levels_single_steps(cell: Morphology) -> None:
    # Along 3-4-5-6 and 3-7-8: 4 and 5 have two neighbours each, the branch point and the ends stay.
    assert z(cell.median_z()) == [0, 1, 4, 4, 3, 3, 7, 8]
    one = read_swc(TEXT)
    assert z(one.median_z([4])) == [0, 1, 4, 2, 3, 3, 7, 8]
    five = read_swc("1 1 0 0 0 5 -1\n" + "".join(f"{k} 3 0 {9 * k} {k * k % 7} 1 {k - 1}\n" for k in range(2, 9)))
    # z is 4 2 2 4 1 0 1: in the middle the median of five, next to the ends of three.
    assert z(five.median_z(window=5)) == [0, 4, 2, 2, 2, 1, 1, 1]
    flat = read_swc("1 1 0 0 0 5 -1\n2 3 0 9 0 1 1\n3 3 0 19 0 1 2\n4 3 0 29 0 1 3\n")
    assert flat.median_z().history.done == ()


@pytest.mark.parametrize("window", [2, 1, 0, -3, 3.5])
def test_a_window_is_odd(cell: Morphology, window: int) -> None:
    with pytest.raises(ValueError, match=f"window = {window}: must be an odd number from 3"):
        cell.median_z(window=window)


def test_a_subtree_hangs_elsewhere(cell: Morphology) -> None:
    cell.reattach(6, 4)
    ids = cell.samples.id
    parents = {int(ids[k]): int(ids[p]) for k, p in enumerate(cell.samples.parent) if p >= 0}
    assert parents == {2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 5, 8: 7}
    assert len(split_sections(cell)) == 4
    assert cell.reattach(6, 4).history.done == ("Reattach",)  # where it hangs already


def test_samples_are_put_in_order_when_a_parent_comes_later(cell: Morphology) -> None:
    cell.reattach(3, 7)
    assert (cell.samples.parent < np.arange(8)).all()
    assert cell.samples.id.tolist() == [1, 2, 3, 7, 8, 4, 5, 6]
    assert cell.undo()
    assert cell.samples.id.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]


def test_nothing_hangs_on_itself(cell: Morphology) -> None:
    for above in (2, 3, 7):
        with pytest.raises(ValueError, match="sample 3 cannot hang on"):
            cell.reattach(2, above)
    assert cell.history.done == ()


def test_a_subtree_is_left_out_but_never_all(cell: Morphology) -> None:
    cell.remove_subtree(3)
    assert cell.samples.id.tolist() == [1, 2, 3, 7, 8]
    with pytest.raises(ValueError, match="nothing would be left"):
        cell.remove_subtree(0)
    assert cell.undo()
    assert cell == read_swc(TEXT)


def test_types_of_a_sample_or_a_subtree(cell: Morphology) -> None:
    assert cell.set_type(2, 4, subtree=False).samples.type.tolist() == [1, 3, 4, 3, 3, 3, 4, 4]
    assert cell.set_type(1, 2).samples.type.tolist() == [1, 2, 2, 2, 2, 2, 2, 2]
    assert cell.set_type(1, 2).history.done == ("Make apic", "Make axon")
    with pytest.raises(ValueError, match=r"type = 2\.5: must be a whole number"):
        cell.set_type(1, 2.5)  # type: ignore[arg-type]


def test_a_soma_made_by_hand_comes_first() -> None:
    two = read_swc("1 3 0 0 0 1 -1\n2 3 0 9 0 1 1\n3 3 90 0 0 1 -1\n4 3 90 9 0 1 3\n")
    two.set_type(2, 1, subtree=False)
    assert two.samples.id.tolist() == [3, 4, 1, 2]
    assert two.sections[0].name == "soma[0]"


def test_diameters_are_positive(cell: Morphology) -> None:
    assert cell.set_diam(4, 0.1).samples.diam[4] == np.float32(0.1)
    for wrong in (0, -1, float("nan"), float("inf"), 1e-60, "2"):
        with pytest.raises(ValueError, match="diam = "):
            cell.set_diam(4, wrong)  # type: ignore[arg-type]
    assert len(cell.history.done) == 1


def test_what_is_no_sample_is_refused(cell: Morphology) -> None:
    for call in (cell.average_with_neighbours, cell.remove_subtree, lambda k: cell.shift_subtree(k, 1)):
        for wrong in (8, -1):
            with pytest.raises(IndexError, match=f"there is no sample {wrong}; there are 8"):
                call(wrong)
        with pytest.raises(TypeError):
            call("soma")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="dz = nan: must be a finite number, um"):
        cell.shift_subtree(1, float("nan"))
    with pytest.raises(ValueError, match="beyond"):
        cell.shift_subtree(1, 9_999_999)
    assert cell.history.done == ()


def test_the_largest_jump_of_z(cell: Morphology) -> None:
    assert cell.largest_z_jump() == 4
    assert cell.shift_subtree(4, -7).largest_z_jump() == 5


def test_an_edit_may_hold_several(cell: Morphology) -> None:
    with cell.edit("Tidy"):
        cell.shift_subtree(4, -6)
        cell.set_diam(4, 3)
    assert cell.history.done == ("Tidy",)
    cell.undo()
    assert cell == read_swc(TEXT)


def test_an_edit_that_fails_half_way_changes_nothing(cell: Morphology) -> None:
    def half() -> None:
        with cell.edit("Half"):
            cell.set_diam(4, 1)
            cell.set_diam(99, 1)

    with pytest.raises(IndexError):
        half()
    assert cell == read_swc(TEXT)


def test_copies_are_their_own(cell: Morphology) -> None:
    other = cell.copy()
    other.set_diam(1, 9)
    assert cell == read_swc(TEXT) != other
    assert (other.text, other.format, other.name) == (cell.text, "swc", cell.name)
    assert other.source_line(2) == "2 3 0 10 1 1 1"
    assert cell.redo() is None
