"""Sections as live NEURON cuts them: names, tree, points, segments, areas and resistances."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rheobase import data
from rheobase.morphology import (
    SectionShape,
    d_lambda_nseg,
    grow,
    load_morphology,
    read_swc,
    segment_geometry,
    split_sections,
)

pytestmark = pytest.mark.neuron
SHARED = Path(__file__).parents[3] / "shared" / "morphologies"
# What no cell can be made of, and what NEURON does not read though it can be meant.
NOT_COMPARED = {
    "BlueBrain__annotations.asc",
    "BlueBrain__test_1_swc__test_cyclic__1.swc",
    "BlueBrain__test_2_neurolucida__test_unfinished_point__1.asc",
    "BlueBrain__test_neurolucida__test_unknown_token__1.asc",
}
PROGRAM = Path(__file__).with_name("neuron_import.py")
READERS = {".swc", ".asc", ".nts"}


def neuron_imports(paths: list[Path]) -> list[Any]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def assert_same(sections: tuple[SectionShape, ...], expected: list[dict[str, Any]]) -> None:
    by_name = {section.name: section for section in sections}
    assert sorted(by_name) == sorted(answer["name"] for answer in expected)
    for answer in expected:
        section = by_name[answer["name"]]
        parent = None if section.parent is None else sections[section.parent].name
        if answer["parent"] is None and parent is not None:  # NEURON leaves such a cell in pieces
            assert (section.parent, section.parent_x) == (0, 0.5)
        else:
            assert parent == answer["parent"]
            assert parent is None or section.parent_x == answer["parent_x"]
        np.testing.assert_array_equal(section.points, answer["points"])
        nseg = d_lambda_nseg(points=section.points, Ra=100, cm=1)
        assert nseg == answer["nseg"]
        shape = segment_geometry(points=section.points, nseg=nseg)
        np.testing.assert_allclose(shape.area, answer["area"], rtol=1e-9)
        ri = 100 * (np.append(0, shape.right) + np.append(shape.left, 0))
        np.testing.assert_allclose(ri, answer["ri"], rtol=1e-9)


def parents_first(names: list[str], parents: dict[str, str | None]) -> bool:
    place = {name: k for k, name in enumerate(names)}
    return all(parent is None or place[parent] < place[name] for name, parent in parents.items())


def assert_same_order(sections: tuple[SectionShape, ...], expected: list[dict[str, Any]]) -> None:
    """NEURON's own order, unless a child would come before its parent in it."""
    parents = {answer["name"]: answer["parent"] for answer in expected}
    names = [answer["name"] for answer in expected]
    if parents_first(names, parents):
        assert [section.name for section in sections] == names
    else:
        assert parents_first([section.name for section in sections], parents)


@pytest.mark.skipif(not SHARED.exists(), reason="the collection of morphologies is not beside this checkout")
def test_real_files() -> None:
    paths = sorted(path for path in SHARED.glob("*/*") if path.suffix in READERS and path.name not in NOT_COMPARED)
    assert len(paths) >= 12
    for path, expected in zip(paths, neuron_imports(paths), strict=True):
        sections = split_sections(load_morphology(path))
        assert_same(sections, expected)
        assert_same_order(sections, expected)


def test_the_shipped_cell() -> None:
    (expected,) = neuron_imports([data.path("grown_pyramidal.swc")])
    sections = split_sections(grow())
    assert_same(sections, expected)
    assert_same_order(sections, expected)


def random_swc(random: np.random.Generator) -> str:
    """A small tree in the order in which NEURON reads trees properly, with every trait the rules know of."""
    n = int(random.integers(1, 30))
    root_type = int(random.choice([1, 1, 1, 1, 3, 0]))
    kinds, parents = [root_type], [-1]
    jumps, changes = random.choice([0.05, 0.3, 0.6]), random.choice([0.02, 0.2])
    for k in range(1, n):
        parent = k - 1 if random.random() > jumps else int(random.integers(0, k))
        kind = kinds[parent]
        if random.random() < changes or (kind == 1 and random.random() < 0.3):
            rare = random.random() < 0.3
            kind = int(random.choice([1, 2, 3, 4, 5, 7] if rare else [2, 3, 4]))
        kinds.append(kind)
        parents.append(parent)
    places = np.cumsum(random.normal(0, 8, (n, 3)), axis=0).round(int(random.integers(0, 5)))
    if random.random() < 0.3:
        places = random.integers(0, 3, (n, 3)).astype(float)  # some at one place
    radii = random.uniform(0.1, 4, n).round(3)
    ids = np.cumsum(random.integers(1, 3, n)) + int(random.integers(0, 4)) - 1
    rows = [
        f"{ids[k]} {kinds[k]} {x} {y} {z} {radii[k]} {ids[parents[k]] if k else -1}"
        for k, (x, y, z) in enumerate(places)
    ]
    return "# a random tree\n" + "\n".join(rows) + "\n"


def neuromorpho_swc(random: np.random.Generator) -> str:
    """A tree on a soma of three samples, which stands for a sphere or only almost does."""
    r = 5.0
    off = float(random.choice([r, r, r * 1.004, r * 1.02]))
    rows = [f"1 1 0 0 0 {r} -1", f"2 1 0 {-off} 0 {r} 1", f"3 1 0 {off} 0 {r} 1"]
    if random.random() < 0.2:
        rows[2] = f"3 1 0 {off} 0 {r + 1} 1"
    for k in range(4, 4 + int(random.integers(0, 12))):
        parent = int(random.choice([1, 1, 2, 3])) if k == 4 or random.random() < 0.3 else k - 1
        if random.random() < 0.8 and parent in (2, 3):
            parent = 1
        x, y, z = random.normal(0, 30, 3).round(2)
        rows.append(f"{k} {random.choice([2, 3, 4])} {x} {y} {z} {random.uniform(0.2, 2):.2f} {parent}")
    return "\n".join(rows) + "\n"


def test_random_trees(tmp_path: Path) -> None:
    random = np.random.default_rng(20260802)
    texts = [random_swc(random) for _ in range(600)] + [neuromorpho_swc(random) for _ in range(150)]
    cells = {text: read_swc(text) for text in texts}
    # An order of samples in which NEURON would join unrelated ones is the one thing not to be compared.
    compared = [text for text, cell in cells.items() if "reordered" not in {p.code for p in cell.problems}]
    assert len(compared) > 600
    paths = [tmp_path / f"{k}.swc" for k in range(len(compared))]
    for path, text in zip(paths, compared, strict=True):
        path.write_text(text)
    for text, expected in zip(compared, neuron_imports(paths), strict=True):
        sections = split_sections(cells[text])
        if expected == "hocobj_call error: hoc_execerror: division by zero":
            assert "the first section's" in cells[text].problems[0].message  # it has no length
            continue
        assert_same(sections, expected)
        assert_same_order(sections, expected)
