"""Segment areas, resistances and counts: analytic, NEURON's recorded numbers, live NEURON."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rheobase.morphology import d_lambda_nseg, lambda_f, segment_geometry

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"


def test_a_cylinder_of_points_is_the_cylinder_of_L_and_diam() -> None:
    for nseg in (1, 2, 7):
        plain = segment_geometry(L=100, diam=2, nseg=nseg)
        points = segment_geometry(points=[(0, 0, 0, 2), (0, 30, 40, 2), (0, 60, 80, 2)], nseg=nseg)
        for name in ("area", "left", "right", "diam"):
            np.testing.assert_allclose(getattr(points, name), getattr(plain, name), rtol=1e-14)
        assert points.L == plain.L == 100.0
        assert plain.area.sum() == pytest.approx(math.pi * 2 * 100, rel=1e-14)
        assert 150 * plain.left[0] == pytest.approx(150 * 0.01 * (100 / nseg / 2) / math.pi, rel=1e-14)


def test_a_cone_is_integrated_exactly() -> None:
    cone = segment_geometry(points=[(0, 0, 0, 4), (0, 0, 100, 2)], nseg=5)
    assert cone.area.sum() == pytest.approx(math.pi * 3 * math.hypot(100, 1), rel=1e-14)
    assert (cone.left + cone.right).sum() == pytest.approx(0.04 * 100 / (math.pi * 4 * 2), rel=1e-14)
    np.testing.assert_allclose(cone.diam, [3.8, 3.4, 3.0, 2.6, 2.2], rtol=1e-14)


def test_a_step_of_diameter_adds_its_ring() -> None:
    step = segment_geometry(points=[(0, 0, 0, 4), (50, 0, 0, 4), (50, 0, 0, 2), (100, 0, 0, 2)], nseg=1)
    ring = math.pi * (2**2 - 1**2)
    assert step.area[0] == pytest.approx(math.pi * (4 + 2) * 50 + ring, rel=1e-14)


def test_one_diameter_a_segment() -> None:
    shape = segment_geometry(L=30, diam=[1, 2, 3], nseg=3)
    np.testing.assert_allclose(shape.area, math.pi * 10 * np.array([1, 2, 3]))
    np.testing.assert_array_equal(shape.left, shape.right)


def test_values_are_independent_of_the_arguments() -> None:
    diam = np.array([1.0, 2.0])
    shape = segment_geometry(L=30, diam=diam, nseg=2)
    diam[:] = 9
    np.testing.assert_array_equal(shape.diam, [1, 2])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"L": -1, "diam": 1}, "L = -1.0"),
        ({"L": float("nan"), "diam": 1}, "L = nan"),
        ({"L": 1, "diam": 0}, "diam = 0"),
        ({"L": 1, "diam": [1, -1], "nseg": 2}, "positive"),
        ({"L": 1, "diam": [1, 1, 1], "nseg": 2}, "one for each of 2 segments"),
        ({"L": 1}, "both L and diam"),
        ({"L": 1, "diam": 1, "points": [(0, 0, 0, 1), (1, 0, 0, 1)]}, "not both"),
        ({"L": 1, "diam": 1, "nseg": 0}, "nseg = 0"),
        ({"L": 1, "diam": 1, "nseg": 1.5}, "nseg = 1.5"),
        ({"L": 1, "diam": 1, "nseg": True}, "nseg = True"),
        ({"points": [(0, 0, 0, 1)]}, "2 or more rows"),
        ({"points": [(0, 0, 0), (1, 0, 0)]}, "2 or more rows"),
        ({"points": [(0, 0, 0, 1), (0, 0, 0, 1)]}, "no length"),
        ({"points": [(0, 0, 0, 1), (1, 0, 0, 0)]}, "point 1 has diameter 0"),
        ({"points": [(0, 0, 0, 1), (math.nan, 0, 0, 1)]}, "point 1 has a coordinate"),
        ({"points": [(0, 0, 0, 1), (1e39, 0, 0, 1)]}, "point 1 has a coordinate"),
    ],
)
def test_impossible_shapes_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        segment_geometry(**arguments)


def test_lambda_of_a_cylinder_is_the_same_by_points() -> None:
    by_diam = lambda_f(100, Ra=35.4, cm=1, diam=2)
    assert by_diam == pytest.approx(1e5 * math.sqrt(2 / (4 * math.pi * 100 * 35.4)), rel=1e-14)
    assert lambda_f(100, Ra=35.4, cm=1, points=[(0, 0, 0, 2), (9, 0, 0, 2)]) == pytest.approx(by_diam, rel=1e-14)


@pytest.mark.parametrize("L", [1e-3, 10.0, 28.2, 28.3, 400.0, 1e4])
def test_nseg_is_odd_and_keeps_segments_short(L: float) -> None:
    nseg = d_lambda_nseg(L=L, diam=1, Ra=100, cm=1)
    assert nseg % 2 == 1
    assert L / nseg <= 0.1 * lambda_f(100, Ra=100, cm=1, diam=1) * 1.001
    assert d_lambda_nseg(L=L, diam=1, Ra=100, cm=1, d_lambda=0.01) >= nseg
    assert d_lambda_nseg(points=[(0, 0, 0, 1), (L, 0, 0, 1)], Ra=100, cm=1) == nseg


@pytest.mark.parametrize(
    "arguments",
    [
        {"L": 1, "diam": 1, "Ra": 0, "cm": 1},
        {"L": 1, "diam": 1, "Ra": 1, "cm": -1},
        {"L": 1, "diam": 1, "Ra": 1, "cm": 1, "d_lambda": 0},
        {"L": 1, "diam": 1, "Ra": 1, "cm": 1, "frequency": math.inf},
        {"L": 1, "Ra": 1, "cm": 1},
        {"diam": 1, "Ra": 1, "cm": 1},
        {"L": 1, "points": [(0, 0, 0, 1), (1, 0, 0, 1)], "Ra": 1, "cm": 1},
        {"diam": 1, "points": [(0, 0, 0, 1), (1, 0, 0, 1)], "Ra": 1, "cm": 1},
    ],
)
def test_an_impossible_nseg_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be positive|needs|not both"):
        d_lambda_nseg(**arguments)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference cases are not beside this checkout")
def test_the_reference_tree() -> None:
    case = json.loads((REFERENCE / "case04_tree.json").read_text())
    arrays = np.load(REFERENCE / "case04_tree.npz")
    area, ri, diam = [], [], []
    for section in case["model"]["sections"]:
        shape = segment_geometry(points=section["pt3d"], nseg=section["nseg"])
        assert pytest.approx(section["L"], rel=1e-15) == shape.L
        area.append(shape.area)
        before = np.concatenate([[0], shape.right[:-1]])
        ri.append(section["Ra"] * (before + shape.left))
        diam.append(shape.diam)
    np.testing.assert_allclose(np.concatenate(area), arrays["seg_area"], rtol=1e-13)
    np.testing.assert_allclose(np.concatenate(ri), arrays["seg_ri"], rtol=1e-13)
    np.testing.assert_allclose(np.concatenate(diam), arrays["seg_diam"], rtol=1e-9)


# What a process with NEURON in it does: read sections, write what NEURON makes of them.
NEURON_PROGRAM = """
import json, sys
from neuron import h
h.load_file("stdlib.hoc")
answers = []
for points, nseg, Ra, cm in json.load(sys.stdin):
    section = h.Section(name="s")
    for point in points:
        h.pt3dadd(*point, sec=section)
    section.nseg, section.Ra, section.cm = nseg, Ra, cm
    lam = h.lambda_f(100, sec=section)
    answers.append({
        "L": section.L, "lambda": lam, "count": int((section.L / (0.1 * lam) + 0.999) / 2) * 2 + 1,
        "area": [seg.area() for seg in section], "ri": [seg.ri() for seg in section],
        "end": section(1).ri(), "diam": [seg.diam for seg in section]})
    section = None
json.dump(answers, sys.stdout)
"""


def random_section(random: np.random.Generator) -> list[Any]:
    """Points on a line, on a coarse grid (so that some coincide) or anywhere, with or without a taper."""
    n = int(random.integers(2, 13))
    places = [
        random.uniform(-500, 500, (n, 3)),
        random.integers(-2, 3, (n, 3)).astype(float),
        np.outer(np.sort(random.integers(0, 12, n)), [1.0, 0.0, 0.0]),
    ][int(random.integers(3))]
    places[-1] += 7.0
    diam = random.choice([0.5, 1.0, 2.0], n) if random.random() < 0.5 else random.uniform(0.05, 50, n)
    points = np.column_stack([places, diam]).tolist()
    return [
        points,
        int(random.integers(1, 10)),
        float(random.choice([35.4, 150])),
        float(random.choice([1, 0.8])),
    ]


@pytest.mark.neuron
def test_live_neuron_agrees() -> None:
    random = np.random.default_rng(20260801)
    cases = [random_section(random) for _ in range(400)]
    done = subprocess.run(
        [sys.executable, "-c", NEURON_PROGRAM],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    for (points, nseg, Ra, cm), answer in zip(cases, json.loads(done.stdout), strict=True):
        shape = segment_geometry(points=points, nseg=nseg)
        assert answer["L"] == shape.L
        np.testing.assert_allclose(shape.area, answer["area"], rtol=1e-12)
        before = np.concatenate([[0], shape.right])
        ri = Ra * (before + np.concatenate([shape.left, [0]]))
        np.testing.assert_allclose(ri, [*answer["ri"], answer["end"]], rtol=1e-12)
        np.testing.assert_allclose(shape.diam, answer["diam"], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(lambda_f(100, Ra=Ra, cm=cm, points=points), answer["lambda"], rtol=1e-12)
        assert d_lambda_nseg(points=points, Ra=Ra, cm=cm) == answer["count"]
