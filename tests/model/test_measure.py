"""What p is: offsets and normalisations that NEURON lacks, places in space, and that it follows edits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import rheobase as rb
from rheobase.model.middles import middles
from rheobase.model.values import SectionSpec


def fork() -> rb.Cell:
    """A soma, a trunk that forks into a long and a short branch, with a side branch, and a dendrite below."""
    cell = rb.Cell("fork")
    soma = cell.add_section("soma", L=20, diam=20)
    trunk = cell.add_section("apic[0]", L=300, diam=3, nseg=3, parent=soma(1))
    cell.add_section("apic[1]", L=200, diam=1, nseg=2, parent=trunk(1))
    cell.add_section("apic[2]", L=100, diam=1, nseg=2, parent=trunk(1))
    cell.add_section("apic[3]", L=50, diam=1, nseg=1, parent=trunk(0.5))
    cell.add_section("dend[0]", L=100, diam=1, nseg=2, parent=soma(0))
    return cell


def plain(metric: Any = "path_distance", **options: Any) -> rb.model.Profile:
    return rb.linear(metric, 0, 1, **options)


def test_offsets_put_the_nearest_of_the_place_or_of_each_part_at_0() -> None:
    cell = fork()
    cell.subset("ends", ["apic[1]", "apic[2]", "dend[0]"])
    start = rb.Location("soma", 0)
    assert plain(origin=start).measured(cell, "ends").tolist() == [370, 470, 345, 395, 25, 75]
    assert plain(origin=start, offset="most_proximal").extent(cell, "ends") == (0, 520)
    cell.subset("ends", ["apic[1]", "apic[2]"])
    assert plain(origin=start, offset="most_proximal").measured(cell, "ends").tolist() == [50, 150, 25, 75]
    cell.subset("parts", ["apic[0]", "apic[3]", "dend[0]", "apic[2]"])
    measured = plain(origin=start, offset="all_proximal").measured(cell, "parts").tolist()
    assert measured == [50, 150, 250, 325, 375, 175, 25, 75]


def test_normalising_puts_the_farthest_of_the_place_or_every_tip_at_1() -> None:
    cell = fork()
    how: dict[str, Any] = {"origin": rb.Location("soma", 1), "offset": "most_proximal"}
    most = plain(**how, normalise="most_distal").measured(cell, "apic")
    assert most.tolist() == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9, 0.65, 0.75, 0.35])
    every = plain(**how, normalise="all_distal").measured(cell, "apic")
    # The longest path is as before; the short branch goes from 0.6 to 1 in 100 um, the side branch from 0.3 in 50 um.
    assert every.tolist() == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9, 0.7, 0.9, 0.65])
    assert plain(**how, normalise="all_distal").extent(cell, "apic") == (0, 1)


def test_of_other_metrics_each_part_is_normalised_by_its_own_farthest() -> None:
    cell = rb.Cell("cross")
    soma = cell.add_section("soma", points=[(-5, 0, 0, 10), (5, 0, 0, 10)])
    cell.add_section("dend[0]", points=[(5, 0, 0, 1), (105, 0, 0, 1)], parent=soma(1))
    cell.add_section("dend[1]", points=[(-5, 0, 0, 1), (-55, 0, 0, 1)], parent=soma(0))
    profile = plain("radial_distance", offset="all_proximal", normalise="all_distal")
    assert profile.measured(cell, "dend").tolist() == pytest.approx([0.5, 0.5])
    assert plain("radial_distance").measured(cell, "dend").tolist() == pytest.approx([55, 30])
    assert plain("projection", direction=(2, 0, 0)).measured(cell, "all").tolist() == pytest.approx([0, 55, -30])
    assert plain("projection", direction=(2, 0, 0), origin=(5, 0, 9)).extent(cell, "dend") == pytest.approx((-60, 100))
    at_end = plain("radial_distance", origin=cell.section("dend[0]")(1))
    assert at_end.measured(cell, "soma").tolist() == pytest.approx([105])


def test_what_cannot_be_normalised_is_refused_in_words() -> None:
    cell = rb.Cell("down")
    cell.add_section("soma", points=[(0, -5, 0, 10), (0, -15, 0, 10)])
    cell["all"].insert("pas")
    below = plain("projection", origin=(0, 0, 0), normalise="most_distal")
    with pytest.raises(ValueError, match=r"projection over 'all' cannot be normalised: its highest value is -5 um"):
        cell["all"].set("pas.g", below)
    assert not cell.assignments
    cell["all"].set("pas.g", below.replace(offset="most_proximal"))
    assert cell.values("pas.g").tolist() == pytest.approx([0.5])


def test_a_section_joined_by_its_end_1_is_measured_from_that_end_in_space_too() -> None:
    cell = rb.Cell("back")
    soma = cell.add_section("soma", points=[(0, 0, 0, 10), (10, 0, 0, 10)])
    cell.add_section("dend", points=[(10, 0, 0, 1), (40, 0, 0, 1)], nseg=3, parent=soma(1), child_end=1)
    assert plain("radial_distance", origin=soma(1)).measured(cell, "dend").tolist() == pytest.approx([25, 15, 5])
    assert plain(origin=soma(1)).measured(cell, "dend").tolist() == pytest.approx([25, 15, 5])
    assert plain("projection", direction=(1, 0, 0), origin=rb.Location("dend", 0)).extent(cell, "dend")[1] == 0


def test_sections_without_points_are_where_they_are_drawn() -> None:
    cell = rb.Cell("sticks")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.add_section("dend", L=100, diam=2, nseg=2, parent=soma(1))
    cell.add_section("back", L=100, diam=2, nseg=2, parent=soma(1), child_end=1)
    shape = rb.model.shape.cell_shape(cell)
    drawn = np.array([shape.frusta[shape.segment == k].reshape(-1, 2, 4)[:, :, :3].mean(axis=(0, 1)) for k in range(5)])
    expected = np.linalg.norm(drawn - drawn[0], axis=1)
    assert plain("radial_distance").measured(cell, "all").tolist() == pytest.approx(expected.tolist(), abs=1e-4)


def test_a_table_of_a_place_and_a_curve_for_a_plot() -> None:
    cell = fork()
    profile = rb.step("path_distance", below=1, above=2, at=300)
    frame = profile.over(cell, "apic")
    assert list(frame.columns) == ["section", "x", "p", "value"]
    assert frame["section"].tolist() == ["apic[0]"] * 3 + ["apic[1]"] * 2 + ["apic[2]"] * 2 + ["apic[3]"]
    assert frame["value"].tolist() == [1.0 if p < 300 else 2.0 for p in frame["p"]]
    p, f = profile.curve(*profile.extent(cell, "apic"), 5)
    assert p.tolist() == [10, 135, 260, 385, 510]
    assert f.tolist() == [1, 1, 1, 2, 2]


def test_p_follows_lengths_joints_points_and_undo() -> None:
    cell = fork()
    profile, trunk = plain(), cell.section("apic[0]")
    first = profile.measured(cell, "apic").tolist()
    snapshot = cell.freeze()
    trunk.L = 600
    assert profile.measured(cell, "apic").tolist()[:3] == [110, 310, 510]
    assert profile.measured(snapshot, "apic").tolist() == first
    cell.undo()
    assert profile.measured(cell, "apic").tolist() == first
    cell.section("apic[1]").connect(cell.soma(1))
    assert profile.measured(cell, "apic").tolist()[3:5] == [60, 160]
    trunk.points = [(0, 0, 0, 1), (0, 30, 0, 1)]
    assert profile.measured(cell, "apic").tolist()[:3] == pytest.approx([15, 25, 35])


@st.composite
def trees(draw: st.DrawFn) -> rb.Cell:
    cell = rb.Cell("tree")
    for k in range(draw(st.integers(1, 9))):
        where = None
        if k:
            where = cell.sections[draw(st.integers(0, k - 1))](draw(st.sampled_from([0, 0.3, 0.5, 1, 1])))
        L, nseg, end = draw(st.integers(1, 50)), draw(st.integers(1, 3)), draw(st.integers(0, 1))
        cell.add_section(f"s[{k}]", L=L, diam=1, nseg=nseg, parent=where, child_end=end)
    return cell


@settings(max_examples=100)
@given(trees(), st.data())
def test_every_tip_is_at_1_and_the_measure_grows_without_a_jump_away_from_the_origin(
    cell: rb.Cell, data: st.DataObject
) -> None:
    names = [section.name for section in cell.sections]
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    origin = rb.Location(data.draw(st.sampled_from(names)), data.draw(st.sampled_from([0, 0.5, 1])))
    cell.subset("sub", chosen)
    offset = data.draw(st.sampled_from(["none", "most_proximal", "all_proximal"]))
    profile = plain(origin=origin, offset=offset, normalise="all_distal")
    measures = cell.document.places.measures
    raw, q = measures.cables.paths(origin), profile.over(cell, "sub")
    low, high = profile.extent(cell, "sub")
    assert low >= -1e-9
    assert high == pytest.approx(1)
    for name in chosen:
        k = names.index(name)
        own = q[q["section"] == name]["p"].to_numpy()
        assert ((own >= -1e-12) & (own <= 1 + 1e-12)).all()
        far = raw.segments[measures.cables.section == k]
        order = np.argsort(far, kind="stable")
        if not any(math.isclose(a, b) for a, b in zip(far[order], far[order][1:], strict=False)):
            assert (np.diff(own[order]) > 0).all()
    if offset != "none" or len(chosen) == len(names):
        return
    longest = plain(origin=origin, normalise="most_distal").measured(cell, "sub")
    assert (q["p"].to_numpy() >= longest - 1e-9).all()  # branches are only ever stretched


points = st.lists(
    st.tuples(*[st.floats(-50, 50, width=32)] * 3, st.floats(0.5, 5, width=32)), min_size=2, max_size=6
).filter(lambda rows: any(row[:3] != rows[0][:3] for row in rows))


@given(st.lists(points, min_size=1, max_size=4), st.integers(1, 5))
def test_lengths_and_middles_are_those_of_each_section_alone(rows: list[Any], nseg: int) -> None:
    specs = [SectionSpec(name=f"s[{k}]", points=given, nseg=nseg) for k, given in enumerate(rows)]
    found = middles(specs)
    for spec, row in zip(specs, found, strict=True):
        assert row[0] == spec.geometry.L
        assert row[1] == nseg
        assert row[[3, 4, 5, 2]].tolist() == pytest.approx(spec.at(0.5).tolist(), abs=1e-9)
        assert (middles([spec])[0] == row).all()
