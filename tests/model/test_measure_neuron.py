"""Metrics, offsets and normalisations against live NEURON's SubsetDomainIterator."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase import data
from rheobase.model import Profile

pytestmark = pytest.mark.neuron
PROGRAM = Path(__file__).with_name("subset_iterator.py")
SHARED = Path(__file__).parents[3] / "shared" / "morphologies" / "swc"
OFFSETS = ("none", "most_proximal")
NORMALISED = ("none", "most_distal")


def neuron_measures(trees: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM)], input=json.dumps(trees), capture_output=True, text=True, check=True
    )
    answers: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return answers


def described(cell: rb.Cell) -> list[dict[str, Any]]:
    return [
        {
            "name": spec.name,
            "points": spec.points,
            "parent": spec.parent and spec.parent.section,
            "x": spec.parent and spec.parent.x,
            "end": spec.child_end,
            "nseg": spec.nseg,
        }
        for spec in cell.document.sections.values()
    ]


def styles(rng: np.random.Generator) -> list[tuple[list[Any], Profile]]:
    """Every metric with every offset and normalisation that NEURON has, as its arguments and as a profile."""
    found: list[tuple[list[Any], Profile]] = []
    for (p, offset), (d, normalise) in product(enumerate(OFFSETS), enumerate(NORMALISED)):
        how: dict[str, Any] = {"offset": offset, "normalise": normalise}
        found.append(([0, p, d], rb.linear("path_distance", 0, 1, origin=rb.Location("root", 0), **how)))
        x, y, z = rng.normal(0, 50, 3).tolist()
        found.append(([2, p, d, x, y, z], rb.linear("radial_distance", 0, 1, origin=(x, y, z), **how)))
        shift, angle = float(rng.normal(0, 30)), float(rng.uniform(0, 360))
        way = (math.cos(math.radians(angle)), math.sin(math.radians(angle)), 0.0)
        start = (shift * way[0], shift * way[1], 7.0)  # z is of no matter
        projection = rb.linear("projection", 0, 1, origin=start, direction=way, **how)
        found.append(([3, p, d, shift, angle], projection))
    return found


def random_tree(rng: np.random.Generator) -> rb.Cell:
    """Sections with bent points, joined at all kinds of places by their ends 0."""
    cell = rb.Cell("tree")
    for k in range(int(rng.integers(2, 9))):
        parent, start = None, np.zeros(3)
        if k:
            above = cell.sections[int(rng.integers(0, k))]
            parent = above(float(rng.choice([0, 0.3, 0.5, 1, 1])))
            start = rng.normal(0, 40, 3)
        steps = rng.normal(0, 15, (int(rng.integers(2, 7)), 3))
        points = np.column_stack([start + np.cumsum(steps, axis=0), rng.uniform(0.3, 4, len(steps))])
        cell.add_section(f"dend[{k}]" if k else "root", points=points, nseg=int(rng.integers(1, 6)), parent=parent)
    return cell


def compared(cell: rb.Cell, subsets: list[list[str]], rng: np.random.Generator) -> list[Any]:
    """Cases of each style on each subset, those left out that cannot be normalised or that NEURON ranges otherwise."""
    cases = []
    for k, names in enumerate(subsets):
        place = f"sub_{k}"
        cell.subset(place, names)
        for style, profile in styles(rng):
            plain = profile.replace(offset="none", normalise="none")
            if plain.extent(cell, place)[1] < 1 - (style[3] if style[0] == 3 else 0):
                continue  # NEURON's highest p is at least 1, wherever the subset is
            if profile.normalise != "none" and profile.offset == "none" and plain.extent(cell, place)[1] <= 0:
                continue
            cases.append((style, profile, place))
    return cases


def assert_as_neuron(cells: list[tuple[rb.Cell, list[Any]]]) -> int:
    trees = [
        {
            "sections": described(cell),
            "cases": [{"subset": cell.sections_of(place), "style": style} for style, _, place in cases],
        }
        for cell, cases in cells
    ]
    count = 0
    for (cell, cases), answers in zip(cells, neuron_measures(trees), strict=True):
        for (style, profile, place), answer in zip(cases, answers, strict=True):
            said = f"{style} {profile!r} over {cell.sections_of(place)}"
            scale = max(1.0, *map(abs, answer["range"]))
            np.testing.assert_allclose(profile.measured(cell, place), answer["p"], atol=1e-9 * scale, err_msg=said)
            assert profile.extent(cell, place) == pytest.approx(answer["range"], abs=1e-9 * scale), said
            count += 1
    return count


def test_random_trees_are_measured_as_by_neuron() -> None:
    rng = np.random.default_rng(4)
    cells = []
    for _ in range(40):
        cell = random_tree(rng)
        names = [section.name for section in cell.sections]
        some = [name for name in names if rng.random() < 0.5] or names[-1:]
        cells.append((cell, compared(cell, [names, some, names[-1:]], rng)))
    assert assert_as_neuron(cells) > 500


@pytest.mark.parametrize("path", [data.path("grown_pyramidal.swc"), *sorted(SHARED.glob("arbor-sim__pyramidal.swc"))])
def test_a_traced_cell_is_measured_as_by_neuron(path: Path) -> None:
    cell = rb.load_cell(path)
    cell.soma.rename("root")
    cell.use_d_lambda()
    rng = np.random.default_rng(5)
    dendrites = [name for name in ("dend", "apic", "axon") if cell.document.places.has(name)]
    subsets = [list(cell.sections_of(region)) for region in ("all", *dendrites)]
    assert assert_as_neuron([(cell, compared(cell, subsets, rng))]) >= 20


def test_where_neuron_takes_points_to_start_at_x_0_whatever_end_is_joined_ours_follow_the_joint() -> None:
    cell = rb.Cell("tree")
    root = cell.add_section("root", points=[(0, 0, 0, 10), (20, 0, 0, 10)])
    back = cell.add_section(
        "back", points=[(20, 0, 0, 2), (60, 30, 0, 1), (60, 130, 0, 1)], nseg=3, parent=root(1), child_end=1
    )
    cell.subset("sub", [back])
    profile = rb.linear("radial_distance", 0, 1, origin=(20, 0, 0))
    ((answer,),) = neuron_measures(
        [{"sections": described(cell), "cases": [{"subset": ["back"], "style": [2, 0, 0, 20, 0, 0]}]}]
    )
    assert profile.measured(cell, "sub").tolist() == pytest.approx(answer["p"][::-1], abs=1e-9)
    assert cell.path_distance(root(1))[1:].tolist() == sorted(cell.path_distance(root(1))[1:].tolist(), reverse=True)


def test_where_neuron_ranges_to_1_at_least_ours_range_over_the_subset() -> None:
    cell = rb.Cell("tree")
    cell.add_section("root", points=[(0, -130, 0, 10), (0, -30, 0, 10)], nseg=2)
    profile = rb.linear("projection", 0, 1, origin=(0, 0, 0))
    ((answer,),) = neuron_measures(
        [{"sections": described(cell), "cases": [{"subset": ["root"], "style": [3, 0, 0, 0, 90]}]}]
    )
    assert answer["range"] == pytest.approx([-130, 1])
    assert profile.extent(cell, "all") == pytest.approx((-130, -30))
