"""Edits of the tree carry along everything that names the sections they change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.model import Section
from tests.model.cells import ball_and_stick, chain


def everything() -> rb.Cell:
    """A cell in which much refers to `dend[1]`: joints, subsets, values, electrodes, connections, a profile."""
    cell = rb.Cell("everything")
    soma = cell.add_section("soma", L=20, diam=20)
    first = cell.add_section("dend[0]", L=100, diam=2, nseg=3, parent=soma(1))
    second = cell.add_section("dend[1]", L=100, diam=1, nseg=4, parent=first(1))
    cell.add_section("tuft[0]", L=50, diam=1, nseg=2, parent=second(0.8))
    cell.add_section("tuft[1]", L=60, diam=1, parent=second(0.3))
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell.subset("path", ["dend[0]", "dend[1]"])
    cell["path"].set("cm", [1, 2, 3, 4, 5, 6, 7])
    second.insert("hh", gnabar=0.05)
    second.set("hh.gkbar", [0.1, 0.2, 0.3, 0.4])
    cell["tuft"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7, origin=second(0.45)))
    cell.place(rb.IClamp(5, 80, 0.3), second(0.6), name="ic")
    syn = cell.place(rb.ExpSyn(tau=2), soma(0.5), name="syn")
    rb.connect(second(0.9), syn, weight=0.001)
    cell.history.clear()
    return cell


def points_of(section: Section) -> list[list[float]]:
    """The rows of a section's points."""
    return np.array(section.points).tolist()


def comes_back(cell: rb.Cell, before: rb.Cell, edits: int = 1) -> None:
    """An edit is one step of undo, and code and copies give what it made."""
    assert len(cell.history.done) == edits
    found: dict[str, Any] = {}
    exec(cell.to_code(), found)  # noqa: S102  # that this is exact is what is tested
    assert found["cell"] == cell
    after = cell.copy()
    cell.undo()
    assert cell == before
    cell.redo()
    assert cell == after


def test_a_new_name_is_carried_everywhere() -> None:
    cell, before = everything(), everything()
    kept = {target: cell.values(target) for target in ("cm", "pas.g", "hh.gnabar", "hh.gkbar")}
    trunk = cell.section("dend[1]").rename("trunk")
    assert trunk == cell.section("trunk")
    assert [section.name for section in cell.sections] == ["soma", "dend[0]", "trunk", "tuft[0]", "tuft[1]"]
    assert [section.parent for section in cell["tuft"]] == [trunk(0.8), trunk(0.3)]
    assert cell.sections_of("path") == ("dend[0]", "trunk")
    assert cell.sections_of("dend") == ("dend[0]", "trunk")
    assert cell.process("ic").location == trunk(0.6)
    assert cell.connection("NetCon[0]").source == trunk(0.9).v
    assert "dend[1]" not in repr(cell.document.content())
    for target, values in kept.items():
        np.testing.assert_array_equal(cell.values(target), values)
    comes_back(cell, before)


def test_the_last_of_a_region_takes_what_was_set_for_it_to_its_new_region() -> None:
    cell, soma, dend = ball_and_stick()
    cell["dend"].set("cm", 2)
    dend.set("Ra", 150)
    cell.history.clear()
    before = cell.copy()
    dend.rename("trunk[0]")
    assert [(a.scope, a.place) for a in cell.assignments if a.target == "cm"] == [("region", "trunk")]
    assert [(a.scope, a.place) for a in cell.assignments if a.target == "Ra" and a.scope != "cell"] == [
        ("section", "trunk[0]")
    ]
    cell.add_section("trunk[1]", L=1, diam=1, parent=soma(0))
    assert cell.section("trunk[1]").cm == 2
    cell.undo()
    comes_back(cell, before)


def test_an_index_makes_room_for_more_of_a_region() -> None:
    cell, soma, dend = ball_and_stick()
    cell["dend"].set("cm", 2)
    cell["dend"].insert("hh")
    first = dend.rename("dend[0]")
    assert (first.cm, [i.place for i in cell.insertions][-1]) == (2, "dend")
    second = cell.add_section("dend[1]", L=1, diam=1, parent=soma(0))
    assert second.cm == 2
    second.remove()
    assert first.rename("dend").cm == 2


def test_the_name_of_a_region_that_is_there_moves_the_section_into_it() -> None:
    cell = everything()
    cell["tuft"].set("cm", 9)
    cell["dend"].set("pas.e", -70)
    cell.section("dend[1]").set("Ra", 200)
    cell.subset("path", "dend[0]")
    moved = cell.section("dend[1]").rename("tuft[2]")
    assert moved.cm == 9
    assert moved.Ra == 200
    assert cell.values("hh.gkbar")[4:8].tolist() == [0.1, 0.2, 0.3, 0.4]
    assert cell.values("pas.e").tolist() == [-65, -70, -70, -70, *[-65] * 7]
    assert cell.sections_of("dend") == ("dend[0]",)


def test_a_lone_section_that_joins_a_region_keeps_what_was_set_for_its_own_name() -> None:
    cell, soma, dend = ball_and_stick()
    for k in range(2):
        cell.add_section(f"apic[{k}]", L=1, diam=1, parent=soma(1))
    cell["dend"].insert("hh")
    cell["dend"].set("cm", 2)
    cell["dend"].set("Ra", 50)
    cell["all"].set("Ra", 60)
    values = cell.values("pas.g")
    dend.rename("apic[2]")
    moved = cell.section("apic[2]")
    assert (moved.cm, moved.Ra) == (2, 60)
    assert np.isfinite(cell.values("hh.gnabar")[1:6]).all()
    np.testing.assert_array_equal(cell.values("pas.g"), values)
    assert not any(a.place == "dend" for a in cell.assignments)


def test_a_pattern_that_does_not_fit_the_new_name_leaves_its_values() -> None:
    cell = everything()
    cell["dend[*]"].set("Ra", 77)
    cell.section("dend[1]").rename("trunk")
    assert cell.section("trunk").Ra == 77


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("soma", "already a section 'soma'"),
        ("tuft", "'tuft' is already a region"),
        ("dend", "'dend' is already a region"),
        ("path", "'path' is a subset"),
        ("ic", "'ic' is a placed process"),
        ("all", "has a meaning of its own"),
        ("<b>", "cannot name a section"),
        ("soma[1]", "section of that very name"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, said: str) -> None:
    cell, before = everything(), everything()
    with pytest.raises(ValueError, match=said):
        cell.section("dend[1]").rename(name)
    assert cell == before
    assert cell.history.done == ()


def test_the_same_name_again_is_no_edit() -> None:
    cell = everything()
    cell.section("dend[1]").rename("dend[1]")
    assert cell.history.done == ()


def test_a_section_is_inserted_before_another() -> None:
    cell = everything()
    cell.subset("path", "dend[0]")
    cell.history.clear()
    before = cell.copy()
    new = cell.section("dend[1]").insert_before("neck", L=5, diam=0.5, nseg=2)
    assert [section.name for section in cell.sections][1:4] == ["dend[0]", "neck", "dend[1]"]
    assert (new.parent, cell.section("dend[1]").parent) == (rb.Location("dend[0]", 1), new(1))
    comes_back(cell, before)
    with pytest.raises(ValueError, match=r"'soma' is the root.*soma\(0\.0\)"):
        cell.section("soma").insert_before("neck2", L=1, diam=1)


@pytest.mark.parametrize("x", [0.25, 0.5, 0.75])
def test_a_cut_between_segments_changes_nothing_but_the_names(x: float) -> None:
    cell = everything()
    cell["path"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    cell.history.clear()
    before = cell.copy()
    targets = ("cm", "pas.g", "pas.e", "hh.gnabar", "hh.gkbar")
    kept = {target: cell.values(target) for target in targets}
    areas = np.concatenate([spec.geometry.area for spec in cell.document.sections.values()])
    distances = cell.path_distance()
    other = cell.section("dend[1]").split(x)
    assert [section.name for section in cell.sections][1:4] == ["dend[0]", "dend[1]", "dend[2]"]
    assert (cell.section("dend[1]").nseg, other.nseg) == (4 * x, 4 - 4 * x)
    assert other.parent == rb.Location("dend[1]", 1)
    for target, values in kept.items():
        np.testing.assert_array_equal(cell.values(target), values)
    np.testing.assert_allclose(
        np.concatenate([spec.geometry.area for spec in cell.document.sections.values()]), areas, rtol=1e-12
    )
    np.testing.assert_allclose(cell.path_distance(), distances, rtol=1e-12)
    comes_back(cell, before)


def test_what_is_on_a_section_stays_at_its_place_when_it_is_split() -> None:
    cell = everything()
    other = cell.section("dend[1]").split(0.5, "far")
    near = cell.section("dend[1]")
    assert cell.process("ic").location == other(0.2)
    assert cell.connection("NetCon[0]").source == other(0.8).v
    assert [section.parent for section in cell["tuft"]] == [other(0.6), near(0.6)]
    profile = next(a.value for a in cell.assignments if a.target == "pas.g" and a.place == "tuft")
    assert profile.origin == near(0.9)
    assert other.region == "dend"
    assert np.isfinite(cell.values("hh.gnabar")[4:8]).all()


def test_a_cut_within_a_segment_makes_none_longer() -> None:
    cell, _, dend = ball_and_stick()
    area = cell.area
    other = dend.split(0.3)
    assert (dend.L, other.L) == (120, 280)
    assert (dend.nseg, other.nseg) == (2, 4)
    assert cell.area == pytest.approx(area, rel=1e-12)


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize("x", [0.2, 0.5, 0.7315])
def test_a_section_with_points_is_cut_along_them(end: int, x: float) -> None:
    cell = rb.Cell("c")
    soma = cell.add_section("soma", L=10, diam=10)
    points = [(0, 0, 0, 4), (10, 0, 0, 3), (10, 30, 0, 3), (10, 30, 0, 1), (10, 60, 0, 1)]
    dend = cell.add_section("dend[0]", points=points, nseg=10, parent=soma(1), child_end=end)
    twig = cell.add_section("twig", L=1, diam=1, parent=dend(0.6))
    place = cell.place(rb.IClamp(), dend(0.1))
    area, distance = cell.area, cell.path_distance()
    other = dend.split(x)
    # What is joined to the soma is the end 1 of a section that was joined by its end 1.
    assert (dend.parent, dend.child_end, other.child_end) == (soma(1), end, end)
    assert other.parent == dend(1 - end)
    assert cell.area == pytest.approx(area, rel=1e-6)
    assert sum(part.L for part in (dend, other)) == pytest.approx(70, rel=1e-6)
    where = {section.name: section for section in (dend, other)}
    for at, was in ((twig.parent, 0.6), (place.location, 0.1)):
        assert at is not None
        section = where[at.section]
        before = 0.0 if (section is dend) == (end == 0) else (dend if end == 0 else other).L
        assert before + at.x * section.L == pytest.approx(was * 70, rel=1e-5)
    if x == 0.5:
        assert cell.path_distance()[1:11] == pytest.approx(np.roll(distance[1:11], 5 * end))


def test_a_place_at_the_edge_of_a_segment_stays_in_it() -> None:
    for nseg in (2, 3, 7, 22, 23):
        for k in range(1, nseg):
            cell = rb.Cell("c")
            root = cell.add_section("root", L=100, diam=2, nseg=nseg)
            for j in range(1, nseg):
                cell.place(rb.IClamp(), root(j / nseg))
            other = root.split(k / nseg)
            for j, placed in enumerate(cell.placed, start=1):
                at = placed.location
                assert at is not None
                if j == k:
                    assert at == root(1)
                else:
                    segment = int(at.x * cell.section(at.section).nseg) + (k if at.section == other.name else 0)
                    assert segment == j


@pytest.mark.parametrize("x", [0, 1, -0.1, "half", float("nan")])
def test_an_end_is_no_place_to_cut(x: Any) -> None:
    cell, before = everything(), everything()
    with pytest.raises((ValueError, TypeError), match=r"between|not a quantity|finite"):
        cell.section("dend[1]").split(x)
    assert cell == before


def test_splitting_the_root_leaves_profiles_measured_from_its_middle() -> None:
    cell = rb.Cell("c")
    root = cell.add_section("root", L=100, diam=2, nseg=10)
    cell.add_section("dend", L=100, diam=2, nseg=10, parent=root(1))
    cell["all"].insert("pas")
    cell["all"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    values = cell.values("pas.g")
    root.split(0.2)
    np.testing.assert_allclose(cell.values("pas.g"), values, rtol=1e-12)


def test_a_section_that_is_split_keeps_what_a_normalised_profile_gave_it() -> None:
    cell = everything()
    dend = cell.section("dend[1]")
    whole = rb.linear("path_distance", 1, 3, offset="most_proximal", normalise="most_distal")
    dend.set("cm", whole)
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-4, normalise="most_distal"))
    before = {target: cell.values(target) for target in ("cm", "pas.g")}
    cell.history.clear()
    state = cell.copy()
    dend.split(0.5, "far")
    for target, values in before.items():
        np.testing.assert_allclose(cell.values(target)[4:8], values[4:8], rtol=1e-12)
    comes_back(cell, state)


def test_subsets_by_rule_follow_names_and_cuts() -> None:
    cell = everything()
    dend, x = cell.section("dend[1]"), 0.5
    cell.subset("below", rb.where(subtree="dend[1]"))
    cell.subset("named", rb.where(name="dend[1]") | rb.where(region="tuft"))
    cell.subset("near", rb.where(path_distance=(None, 90), origin=dend(1)))
    cell.subset("of", rb.where(subset="path"))
    cell["named"].set("Ra", 99)
    near = len(cell["near"])
    trunk = dend.rename("trunk")
    assert cell.sections_of("below") == ("trunk", "tuft[0]", "tuft[1]")
    assert cell.sections_of("named") == ("trunk", "tuft[0]", "tuft[1]")
    assert len(cell["near"]) == near
    far = trunk.split(x, "far")
    assert "far" in cell.sections_of("below")
    assert (trunk.Ra, far.Ra) == (99, 99)
    cell["tuft"].sections[0].rename("oblique")
    assert cell.section("oblique").Ra == 99
    cell.rename_subset("path", "way")
    assert cell.sections_of("of") == ("dend[0]", "trunk", "far")


def test_a_lone_section_that_is_split_gives_its_values_to_both_parts() -> None:
    cell, _, dend = ball_and_stick()
    cell["dend"].insert("hh", gnabar=0.2)
    cell["dend"].set("cm", 2)
    cell["all"].set("Ra", 70)
    before = {target: cell.values(target) for target in ("cm", "Ra", "hh.gnabar", "pas.g")}
    assert dend.split(0.6).name == "dend_2"
    for target, values in before.items():
        np.testing.assert_allclose(cell.values(target), values, rtol=1e-12)


def test_a_region_of_the_very_name_of_a_section_stays_its_own() -> None:
    cell, soma, _ = ball_and_stick()
    axon = cell.add_section("axon", L=10, diam=1, parent=soma(0), region="axon")
    cell["axon"].set("cm", 2)
    for other in (axon.split(0.5), axon.copy(soma(0))):
        assert (other.region, other.cm) == (None, 2)


def test_a_copy_has_what_the_original_has() -> None:
    cell, before = everything(), everything()
    original, soma = cell.section("dend[1]"), cell.section("soma")
    copy = original.copy(soma(0))
    assert copy.name == "dend[2]"
    assert copy.parent == soma(0)
    assert [section.name for section in copy.children] == ["tuft[2]", "tuft[3]"]
    assert [child.parent for child in copy.children] == [copy(0.8), copy(0.3)]
    assert (copy.L, copy.nseg, copy.area) == (original.L, original.nseg, original.area)
    assert cell.sections_of("path") == ("dend[0]", "dend[1]", "dend[2]")
    assert cell.values("cm")[[*range(4, 8), *range(11, 15)]].tolist() == [4, 5, 6, 7, 4, 5, 6, 7]
    assert cell.values("hh.gkbar")[11:15].tolist() == [0.1, 0.2, 0.3, 0.4]
    assert cell.values("hh.gnabar")[11] == 0.05
    assert len(cell.placed) == 2
    comes_back(cell, before)


def test_a_copy_of_a_lone_section_and_a_name_of_its_own() -> None:
    cell, soma, dend = ball_and_stick()
    cell["dend"].set("cm", 2)
    own = rb.linear("path_distance", 1e-4, 1e-7, origin=dend(0.5))
    dend.set("pas.g", own)
    copy = dend.copy(soma(0))
    assert (copy.name, copy.cm) == ("dend_2", 2)
    profile = next(a.value for a in cell.assignments if a.place == "dend_2" and a.target == "pas.g")
    assert profile.origin == copy(0.5)
    assert dend.copy(copy(1), "branch").name == "branch"
    for name, said in (("soma", "already a section"), ("a b", "cannot name")):
        with pytest.raises(ValueError, match=said):
            dend.copy(soma(0), name)
    with pytest.raises(KeyError, match="'nowhere'"):
        dend.copy(rb.Location("nowhere", 0))
    with pytest.raises(TypeError, match="place such as"):
        dend.copy(soma)  # type: ignore[arg-type]


def test_points_go_along_with_a_copy_and_with_a_joint_that_carries_them() -> None:
    cell = rb.Cell("c")
    root = cell.add_section("root", points=[(0, 0, 0, 2), (100, 0, 0, 2)])
    dend = cell.add_section("dend[0]", points=[(100, 1, 0, 1), (100, 50, 0, 1)], parent=root(1))
    cell.add_section("dend[1]", points=[(100, 50, 0, 1), (90, 60, 0, 1)], parent=dend(1))
    copy = dend.copy(root(0.5))
    assert points_of(copy) == [[50, 1, 0, 1], [50, 50, 0, 1]]
    assert points_of(copy.children[0]) == [[50, 50, 0, 1], [40, 60, 0, 1]]
    copy.connect(root(0), carry=True)
    assert points_of(copy.children[0]) == [[0, 50, 0, 1], [-10, 60, 0, 1]]
    copy.connect(root(1))
    assert points_of(copy)[0] == [0, 1, 0, 1]


def test_a_subtree_is_moved_in_space() -> None:
    cell = rb.Cell("c")
    root = cell.add_section("root", points=[(0, 0, 0, 2), (100, 0, 0, 2)])
    dend = cell.add_section("dend", points=[(100, 0, 0, 1), (100, 50, 0, 1)], parent=root(1))
    stick = cell.add_section("stick", L=10, diam=1, parent=dend(1))
    before = cell.copy()
    cell.history.clear()
    dend.move(dy="0.005 mm", dz=-1)
    assert points_of(dend) == [[100, 5, -1, 1], [100, 55, -1, 1]]
    assert points_of(root) == [[0, 0, 0, 2], [100, 0, 0, 2]]
    comes_back(cell, before)
    with pytest.raises(ValueError, match="no 3-D points"):
        stick.move(1, 2, 3)
    for way in ("3 mV", float("nan"), True):
        with pytest.raises((ValueError, TypeError), match="dx"):
            dend.move(way)


def test_a_section_is_removed_from_between() -> None:
    cell, before = everything(), everything()
    cell["tuft"].set("pas.g", 1e-4)
    before = cell.copy()
    cell.history.clear()
    cell.section("dend[1]").remove(keep_children=True)
    first = cell.section("dend[0]")
    assert [section.name for section in first.children] == ["tuft[0]", "tuft[1]"]
    assert [section.parent for section in cell["tuft"]] == [first(1), first(1)]
    assert cell.values("cm").tolist() == [1, 1, 2, 3, 1, 1, 1]
    assert [placed.name for placed in cell.placed] == ["syn"]
    comes_back(cell, before)


def test_a_root_gives_its_place_to_its_only_child() -> None:
    cell = rb.Cell("c")
    root = cell.add_section("root", L=1, diam=1)
    points = [(0, 0, 0, 2), (10, 0, 0, 1)]
    dend = cell.add_section("dend", points=points, nseg=3, parent=root(1), child_end=1)
    cell.add_section("twig", L=1, diam=1, parent=dend(0))
    along = dend.spec.geometry.area.tolist()
    before = cell.copy()
    cell.history.clear()
    root.remove(keep_children=True)
    assert [section.name for section in cell.sections] == ["dend", "twig"]
    assert (dend.parent, dend.child_end) == (None, 0)
    assert dend.spec.geometry.area.tolist() == pytest.approx(along)
    comes_back(cell, before)
    tree = chain(1)
    for k in range(2):
        tree.add_section(f"tuft[{k}]", L=1, diam=1, parent=tree.section("dend[0]")(1))
    with pytest.raises(ValueError, match="2 sections are joined to it"):
        tree.section("dend[0]").remove(keep_children=True)


def test_a_root_that_goes_leaves_parents_before_children() -> None:
    cell = rb.Cell("c")
    root = cell.add_section("root", L=1, diam=1)
    a = cell.add_section("a", L=1, diam=1, parent=root(1))
    b = cell.add_section("b", L=1, diam=1, parent=a(1))
    cell.add_section("c", L=1, diam=1, parent=b(1))
    root.remove(keep_children=True)
    assert [section.name for section in cell.sections] == ["a", "b", "c"]
    assert a.parent is None


def test_a_section_changes_its_region() -> None:
    cell = everything()
    cell["dend"].set("Ra", 50)
    tip = cell.section("tuft[1]")
    tip.region = "dend"
    assert (tip.region, tip.Ra, cell.sections_of("dend")) == ("dend", 50, ("dend[0]", "dend[1]", "tuft[1]"))
    assert cell.undo() == "Set region of tuft[1]"
    assert cell.section("tuft[1]").region is None
    with pytest.raises(ValueError, match="'path' is a subset"):
        tip.region = "path"
    with pytest.raises(ValueError, match="section of that very name"):
        tip.region = "soma"


def test_an_old_handle_says_that_the_section_may_have_another_name() -> None:
    cell = everything()
    handle = cell.section("dend[1]")
    handle.rename("trunk")
    with pytest.raises(RuntimeError, match="renamed"):
        _ = handle.L
