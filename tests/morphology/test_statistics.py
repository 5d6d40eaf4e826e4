"""Numbers of shapes that can be worked out by hand, and, of real cells, against sections measured one by one."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.morphology import Morphology, grow, load_morphology, read_neurolucida, read_swc, segment_geometry

SHARED = Path(__file__).parents[3] / "shared" / "morphologies"
PROGRAM = Path(__file__).with_name("neuron_import.py")

# A ball with a stem of 100 um that forks into 50 and 30; the shorter one forks again, into two axons of 20.
FORK = """1 1 0 0 0 10 -1
2 3 0 10 0 2 1
3 3 0 110 0 1 2
4 3 30 150 0 1 3
5 3 0 140 0 1 3
6 2 12 156 0 0.5 5
7 2 -12 156 0 0.5 5
"""


def row(table: Any, name: str, *columns: str) -> list[Any]:
    return [table.at[name, column] for column in columns]


@pytest.fixture
def fork() -> Morphology:
    return read_swc(FORK)


def test_lengths_areas_and_volumes_of_cones(fork: Morphology) -> None:
    regions = fork.statistics().regions
    assert row(regions, "soma", "length", "area", "volume") == pytest.approx([20, math.pi * 400, math.pi * 100 * 20])
    stem = math.pi * (2 + 1) * math.hypot(100, 1)
    assert regions.loc["dend", "area"] == pytest.approx(stem + math.pi * 2 * 80)
    assert regions.loc["dend", "volume"] == pytest.approx(math.pi / 3 * 100 * (4 + 2 + 1) + math.pi * 80)
    assert regions.loc["dend", "diam"] == pytest.approx((100 * 3 + 80 * 2) / 180)
    assert regions.loc["axon", "length"] == pytest.approx(40)
    assert regions.loc["all", "length"] == pytest.approx(20 + 180 + 40)
    assert regions.index.tolist() == ["soma", "axon", "dend", "all"]


def test_counts_orders_and_distances(fork: Morphology) -> None:
    numbers = fork.statistics()
    columns = ["sections", "samples", "stems", "branch_points", "tips", "order", "path", "width", "height"]
    rows = {name: row(numbers.regions, name, *columns) for name in ("soma", "axon", "dend", "all")}
    assert rows == {
        "soma": [1, 1, 0, 0, 0, 0, 10, 0, 0],
        "axon": [2, 2, 0, 0, 2, 3, 150, 24, 0],
        "dend": [3, 4, 1, 2, 1, 2, 150, 30, 140],
        "all": [6, 7, 1, 2, 3, 3, 150, 42, 156],
    }
    sections = numbers.sections
    assert row(sections, "dend[2]", "order", "start", "end", "parent") == [2, 100, 130, "dend[0]"]
    assert row(sections, "dend[0]", "first", "last", "points") == [1, 2, 2]
    assert row(sections, "axon[1]", "parent", "last") == ["dend[2]", 6]
    assert numbers.orders["sections"].to_dict() == {0: 1, 1: 1, 2: 2, 3: 2}
    assert numbers.orders["length"].tolist() == pytest.approx([20, 100, 80, 40])


def test_branch_points_and_tips_in_space(fork: Morphology) -> None:
    numbers = fork.statistics()
    points = numbers.branch_points
    assert points.index.tolist() == [2, 4]
    assert points["angle"].tolist() == pytest.approx(
        [math.degrees(math.atan2(30, 40)), 2 * math.degrees(math.atan2(12, 16))]
    )
    assert points["path"].tolist() == pytest.approx([100, 130])
    assert points[["children", "order", "line"]].to_numpy().tolist() == [[2, 1, 3], [2, 2, 5]]
    tips = numbers.tips
    assert tips["path"].to_dict() == pytest.approx({3: 150, 5: 150, 6: 150})
    assert tips["radius"][3] == pytest.approx(math.hypot(30, 150))
    assert tips["region"].tolist() == ["dend", "axon", "axon"]


def test_a_dendrogram_has_a_row_a_tip(fork: Morphology) -> None:
    sections = fork.statistics().sections
    leaves = sections.loc[~sections.index.isin(sections["parent"])]
    assert sorted(leaves["row"]) == [0, 1, 2]
    for name, section in sections.iterrows():
        below = sections.loc[sections["parent"] == name, "row"]
        if len(below):
            assert section["row"] == (below.iloc[0] + below.iloc[-1]) / 2
    assert (sections["parent_row"].dropna() == sections["row"][sections["parent"].dropna()].to_numpy()).all()


def test_spheres_are_crossed_as_often_as_neurites_pass() -> None:
    # A straight stem outwards, and a line that comes nearest in its middle, at 30 um.
    text = "1 1 0 0 0 5 -1\n2 3 0 5 0 1 1\n3 3 0 105 0 1 2\n4 2 -40 -30 0 1 1\n5 2 40 -30 0 1 4\n"
    numbers = read_swc(text).statistics()
    sholl = numbers.sholl(step=10)
    assert sholl.index.tolist() == list(range(10, 101, 10))
    assert sholl["dend"].tolist() == [1] * 10
    assert sholl["axon"].tolist() == [0, 0, 0, 2, 2, 0, 0, 0, 0, 0]
    assert (sholl["all"] == sholl["dend"] + sholl["axon"]).all()
    assert len(numbers.sholl()) == 21  # at a step of 5
    moved = numbers.sholl(step=10, centre=(0, 105, 0))
    assert moved["dend"].tolist()[:10] == [1] * 10
    for step in (0, -1, float("nan")):
        with pytest.raises(ValueError, match=r"step = .*must be positive"):
            numbers.sholl(step=step)
    with pytest.raises(ValueError, match="spheres; take a larger one"):
        numbers.sholl(step=1e-9)
    with pytest.raises(ValueError, match="give x, y and z"):
        numbers.sholl(centre=(1, 2))


def test_a_lone_soma_and_a_cell_without_one() -> None:
    lone = read_swc("1 1 0 0 0 5 -1\n").statistics()
    assert lone.regions.loc["all", "area"] == pytest.approx(math.pi * 100)
    assert (len(lone.tips), len(lone.branch_points), len(lone.sholl())) == (0, 0, 0)
    bare = read_swc("1 3 0 0 0 1 -1\n2 3 0 50 0 1 1\n3 3 0 -50 0 1 1\n").statistics()
    assert row(bare.regions, "all", "branch_points", "tips", "order", "path") == [0, 2, 1, 50]
    three = read_swc("1 3 0 0 0 1 -1\n2 3 0 50 0 1 1\n3 3 0 -50 0 1 1\n4 3 50 0 0 1 1\n").statistics()
    assert three.regions.loc["all", "branch_points"] == 1


def test_a_file_that_cuts_its_own_sections_is_counted_alike() -> None:
    text = """("CellBody" (CellBody) (10 0 0 0) (0 10 0 0) (-10 0 0 0) (0 -10 0 0))
    ((Dendrite) (5 5 0 2) (5 55 0 2) ((5 55 0 1) (35 95 0 1) | (5 55 0 1) (-25 95 0 1)))"""
    numbers = read_neurolucida(text).statistics()
    assert row(numbers.regions, "dend", "sections", "branch_points", "tips", "order") == [3, 1, 2, 2]
    assert numbers.regions.loc["dend", "length"] == pytest.approx(150)
    assert numbers.branch_points["angle"].tolist() == pytest.approx([2 * math.degrees(math.atan2(30, 40))])
    assert numbers.tips["path"].tolist() == pytest.approx([100, 100])


def test_numbers_follow_edits_and_show_themselves(fork: Morphology) -> None:
    before = fork.statistics()
    fork.remove_subtree(4)
    assert before.regions.loc["all", "tips"] == 3
    assert fork.statistics().regions.loc["all", "tips"] == 1
    assert "dend" in repr(before)
    assert before._repr_html_().startswith("<table")


@pytest.mark.parametrize("seed", [2, 5])
def test_a_grown_cell_is_as_large_as_its_sections(seed: int) -> None:
    assert_like_sections(grow(seed))


@pytest.mark.skipif(not SHARED.exists(), reason="the collection of morphologies is not beside this checkout")
@pytest.mark.parametrize("name", ["swc/LFPy__C010398B-P2.CNG.swc", "asc/BlueBrain__real_neuron.asc"])
def test_real_cells_are_as_large_as_their_sections(name: str) -> None:
    assert_like_sections(load_morphology(SHARED / name))


def assert_like_sections(morphology: Morphology) -> None:
    numbers = morphology.statistics()
    measured = [segment_geometry(points=shape.points, nseg=3) for shape in morphology.sections]
    assert numbers.sections["area"].to_numpy() == pytest.approx([each.area.sum() for each in measured], rel=1e-9)
    assert numbers.sections["length"].to_numpy() == pytest.approx([each.L for each in measured], rel=1e-12)
    cell = rb.Cell.from_morphology(morphology)
    assert numbers.regions["sections"].drop("all").to_dict() == {
        region: len(cell[region].sections) for region in numbers.regions.index.drop("all")
    }
    # A path to a tip is one that the cell measures too: from the middle of the soma to the end of its section.
    ends = numbers.sections["end"]
    middle = {s.name: d for s, d in zip(cell.sections, cell.path_distance(), strict=True)}
    half = numbers.sections["length"] / 2
    neurites = numbers.sections["type"] != 1
    assert (ends - half)[neurites].to_numpy() == pytest.approx(
        np.array([middle[name] for name in ends.index])[neurites], rel=1e-6
    )


@pytest.mark.neuron
@pytest.mark.skipif(not SHARED.exists(), reason="the collection of morphologies is not beside this checkout")
def test_areas_and_lengths_are_those_of_neuron() -> None:
    paths = [SHARED / "swc/LFPy__C010398B-P2.CNG.swc", SHARED / "asc/BlueBrain__real_neuron.asc"]
    answers = json.loads(
        subprocess.run(
            [sys.executable, PROGRAM],
            input=json.dumps([str(p) for p in paths]),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    for path, answer in zip(paths, answers, strict=True):
        sections = answer["sections"]
        numbers = load_morphology(path).statistics().sections
        assert len(sections) == len(numbers)
        for section in sections:
            mine = numbers.loc[section["name"]]
            assert mine["area"] == pytest.approx(sum(section["area"]), rel=1e-9)
            assert mine["length"] == pytest.approx(length(section["points"]), rel=1e-7)


def length(points: list[list[float]]) -> float:
    return float(np.linalg.norm(np.diff(np.array(points)[:, :3], axis=0), axis=1).sum())
