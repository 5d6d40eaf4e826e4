from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.model.cells import ball_and_stick, chain


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"L": -1, "diam": 1}, "L of section 'x' = -1 um: must be greater than 0"),
        ({"L": 1, "diam": 0}, "diam of section 'x' = 0 um: must be greater than 0"),
        ({"L": "3 mV", "diam": 1}, "L of section 'x' = '3 mV'"),
        ({"L": float("nan"), "diam": 1}, "L of section 'x' = nan"),
        ({"L": True, "diam": 1}, "L of section 'x' = True"),
        ({"L": 1}, "give either both L and diam, or points"),
        ({}, "give either both L and diam, or points"),
        ({"L": 1, "diam": 1, "points": [(0, 0, 0, 1), (1, 0, 0, 1)]}, "give either both"),
        ({"L": 1, "diam": 1, "nseg": 0}, "nseg of section 'x' = 0: must be from 1"),
        ({"L": 1, "diam": 1, "nseg": 2.0}, "nseg of section 'x' = 2.0: must be a whole number"),
        ({"L": 1, "diam": 1, "nseg": True}, "nseg of section 'x' = True: must be a whole number"),
        ({"L": 1, "diam": 1, "nseg": 40000}, "must be from 1 to 32767"),
        ({"L": 1, "diam": 1, "child_end": 2}, "child_end of section 'x' = 2"),
        ({"L": 1, "diam": 1, "child_end": True}, "child_end of section 'x' = True"),
        ({"points": [(0, 0, 0, 1)]}, "points of section 'x': must be at least 2"),
        ({"points": [(0, 0, 0), (1, 1, 1)]}, "points of section 'x': must be a list of"),
        ({"points": [(0, 0, 0, 1), (1, 1, 1)]}, "rows differ in length"),
        ({"points": [(0, 0, 0, 1), (1, 1, 1, -2)]}, "row 1 has diameter -2 um"),
        ({"points": [(0, 0, 0, 1), (1, float("inf"), 1, 2)]}, "row 1 = .*must be finite"),
        ({"points": [(0, 0, 0, 1), (1e39, 0, 0, 2)]}, "row 1 = .*must be finite"),
        ({"points": [(5, 0, 0, 1), (5, 0, 0, 2)]}, "all lie at one place"),
        ({"points": "text"}, "must be a list of"),
        ({"points": [(True, 0, 0, 1), (False, 1, 0, 1)], "region": "all"}, "'all' cannot name a region"),
    ],
)
def test_a_section_that_cannot_be_is_refused_in_words(arguments: dict[str, Any], said: str) -> None:
    cell, soma, _ = ball_and_stick()
    before = cell.copy()
    with pytest.raises((ValueError, TypeError), match=said):
        cell.add_section("x", parent=soma(1), **arguments)
    assert cell == before


def test_quantities_are_converted() -> None:
    section = rb.Cell("c").add_section("soma", L="0.02 mm", diam=np.float32(20))
    assert (section.L, section.diam) == (20.0, 20.0)


def test_points_are_rounded_to_float32() -> None:
    section = rb.Cell("c").add_section("soma", points=[(0, 0, 0, 0.1), (0.1, 0, 0, 0.3)])
    assert section.points is not None
    assert section.points.tolist() == np.array([(0, 0, 0, 0.1), (0.1, 0, 0, 0.3)], np.float32).tolist()
    assert float(np.float32(0.1)) == section.L
    with pytest.raises(ValueError, match="read-only"):
        section.points[0, 0] = 3


def test_a_cell_is_one_tree() -> None:
    cell, soma, _ = ball_and_stick()
    with pytest.raises(ValueError, match="'soma' is its root"):
        cell.add_section("second", L=1, diam=1)
    with pytest.raises(KeyError, match="'nowhere'"):
        cell.add_section("x", L=1, diam=1, parent=rb.Location("nowhere", 1))
    with pytest.raises(ValueError, match="own parent"):
        cell.add_section("x", L=1, diam=1, parent=rb.Location("x", 1))
    with pytest.raises(TypeError, match=r"such as soma\(1\)"):
        cell.add_section("x", L=1, diam=1, parent=soma)  # type: ignore[arg-type]


def test_no_loop_can_be_closed() -> None:
    cell = chain(4)
    for child, parent in (("dend[1]", "dend[3]"), ("dend[2]", "dend[2]"), ("dend[0]", "dend[1]")):
        with pytest.raises(ValueError, match="would close a loop"):
            cell.section(child).connect(cell.section(parent)(1))


def test_joining_elsewhere_keeps_parents_before_children() -> None:
    cell = rb.Cell("tree")
    root = cell.add_section("root", L=1, diam=1)
    a = cell.add_section("a", L=1, diam=1, parent=root(0))
    cell.add_section("a_child", L=1, diam=1, parent=a(0.3))
    b = cell.add_section("b", L=1, diam=1, parent=root(1))
    before = cell.copy()
    a.connect(b(0.5), child_end=1)
    assert [section.name for section in cell.sections] == ["root", "b", "a", "a_child"]
    assert (a.parent, a.child_end) == (b(0.5), 1)
    assert b.children == (a,)
    assert cell.undo() == "Join a to b(0.5)"
    assert cell == before
    a.parent = root(0.25)
    assert a.parent == root(0.25)


def test_numbers_of_segments_follow_their_sections_to_another_order() -> None:
    cell = rb.Cell("tree")
    root = cell.add_section("root", L=1, diam=1)
    a = cell.add_section("a", L=1, diam=1, nseg=2, parent=root(0))
    b = cell.add_section("b", L=1, diam=1, parent=root(1))
    cell["all"].set("cm", [1, 2, 3, 4])
    a.connect(b(1))
    assert cell.values("cm").tolist() == [1, 4, 2, 3]
    cell.undo()
    assert cell.values("cm").tolist() == [1, 2, 3, 4]


def test_setting_diam_and_L_changes_the_points_as_in_neuron() -> None:
    section = rb.Cell("c").add_section("dend", points=[(1, 1, 0, 2), (4, 5, 0, 1)])
    section.L = 10
    assert section.points is not None
    assert section.points.tolist() == [[1, 1, 0, 2], [7, 9, 0, 1]]
    section.diam = 3
    assert section.points[:, 3].tolist() == [3, 3]
    section.points = [(0, 0, 0, 1), (1, 0, 0, 1)]
    assert (section.L, section.diam) == (1, 1)
    for name in ("L", "diam"):
        with pytest.raises(ValueError, match=f"{name} of section 'dend' = -1 um"):
            setattr(section, name, -1)


def test_points_replace_length_and_diameter() -> None:
    section = rb.Cell("c").add_section("dend", L=5, diam=5)
    assert section.points is None
    section.points = [(0, 0, 0, 2), (3, 4, 0, 2)]
    assert (section.L, section.diam) == (5, 2)
    assert section.spec.L is None


def test_numbers_of_segments_follow_a_change_of_nseg() -> None:
    cell, _, dend = ball_and_stick()
    dend.nseg = 4
    cell["dend"].set("cm", [1, 2, 3, 4])
    dend.nseg = 2
    assert cell.values("cm").tolist() == [1, 2, 4]
    dend.nseg = 5
    assert cell.values("cm").tolist() == [1, 2, 2, 4, 4, 4]
    cell.undo()
    assert cell.values("cm").tolist() == [1, 2, 4]


def test_a_subset_with_numbers_takes_in_no_section_without_one() -> None:
    cell, *_ = ball_and_stick()
    cell.subset("some", "dend").set("cm", [1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="'cm' over 'some' is one number a segment and has none for 'soma'"):
        cell.subset("some", "all")
    assert cell.sections_of("some") == ("dend",)


def test_a_section_without_a_number_is_refused() -> None:
    cell, soma, _ = ball_and_stick()
    cell["all"].set("cm", [1.0] * cell.n_segments)
    with pytest.raises(ValueError, match="'cm' over 'all' is one number a segment and has none for 'x'"):
        cell.add_section("x", L=1, diam=1, parent=soma(1))
    assert len(cell.sections) == 2


def test_numbers_of_segments_go_with_the_last_of_them() -> None:
    cell, soma, _ = ball_and_stick()
    cell["all"].set("cm", [1.0] * cell.n_segments)
    soma.remove()
    with pytest.raises(ValueError, match="no segments are there"):
        cell["all"].set("cm", [])
    cell.add_section("soma", L=1, diam=1)
    assert cell.values("cm").tolist() == [1]
    cell.undo()
    assert cell.undo() == "Remove soma"
    assert cell.values("cm").tolist() == [1] * 6


def test_geometry_that_drives_a_profile_out_of_limits_is_refused() -> None:
    cell, soma, dend = ball_and_stick()
    cell["dend"].insert("hh")
    cell["dend"].set("hh.gnabar", rb.linear("path_distance", 0.1, -2e-4, origin=soma(0.5)))
    with pytest.raises(ValueError, match=r"hh\.gnabar = -0\.0.*linear.*over 'dend' at a distance of"):
        dend.L = 600
    assert dend.L == 400
    with pytest.raises(ValueError, match="distance of"):
        cell["all"].set("L", 900)
    assert soma.L == 20


def test_removing_takes_the_subtree_and_all_that_was_there() -> None:
    cell, soma, dend = ball_and_stick()
    twig = cell.add_section("twig[0]", L=10, diam=1, parent=dend(1))
    cell.subset("tips", [twig])
    cell.subset("both", [soma, twig])
    twig.insert("hh", gnabar=0.2)
    cell["tips"].insert("hh")
    cell["twig"].set("hh.gkbar", 0.1)
    cell.place(rb.IClamp(), twig(0.5), name="tip")
    before = cell.copy()
    dend.remove()
    assert [section.name for section in cell.sections] == ["soma"]
    assert [placed.name for placed in cell.placed] == ["ic"]
    assert cell.regions == ("all", "soma", "both")
    assert cell.sections_of("both") == ("soma",)
    assert {assignment.place for assignment in cell.assignments} == {"all", "soma"}
    assert {insertion.place for insertion in cell.insertions} == {"all", "soma"}
    assert cell.undo() == "Remove dend"
    assert cell == before


def test_a_section_that_a_profile_is_measured_from_stays() -> None:
    cell, soma, dend = ball_and_stick()
    cell["soma"].set("pas.g", rb.linear("path_distance", 1e-4, 0, origin=dend(1)))
    with pytest.raises(ValueError, match=r"the profile of 'pas\.g' over 'soma' is measured from dend\(1\.0\)"):
        dend.remove()
    assert len(cell.sections) == 2
    soma.remove()
    assert list(cell.sections) == []
    assert {assignment.place for assignment in cell.assignments} == {"all"}


def test_d_lambda_sets_nseg_once_from_each_sections_own_values() -> None:
    cell = rb.Cell("c")
    a = cell.add_section("a", L=1000, diam=1)
    b = cell.add_section("b", L=1000, diam=1, parent=a(1))
    cell.Ra = 100
    b.Ra = 400
    b.cm = 4
    cell.use_d_lambda(0.1, frequency=100)
    # lambda = 1e5 sqrt(d / (4 pi f Ra cm)) is 282.1 um for a and 70.5 um for b.
    assert (a.nseg, b.nseg) == (37, 143)
    assert cell.undo() == "Use d_lambda"
    assert cell.n_segments == 2
    cell.redo()
    cell.Ra = 500
    assert a.nseg == 37
