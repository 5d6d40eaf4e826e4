"""Sections as live NEURON cuts them: names, tree, points, segments, areas and resistances."""

import json
import subprocess
import sys
from collections.abc import Callable
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
from tests.morphology.random_cells import (
    neuromorpho_swc,
    random_eutectic,
    random_neurolucida,
    random_neurolucida1,
    random_swc,
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
    """Give the sections that NEURON makes of each file, or its message where it fails."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=True,
    )
    return [answer["sections"] if isinstance(answer, dict) else answer for answer in json.loads(done.stdout)]


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
            assert any("the first section's" in problem.message for problem in cells[text].problems)  # it has no length
            continue
        assert_same(sections, expected)
        assert_same_order(sections, expected)


@pytest.mark.parametrize(
    ("cell", "ending"), [(random_neurolucida, ".asc"), (random_neurolucida1, ".dat"), (random_eutectic, ".nts")]
)
def test_random_cells_of_other_formats(cell: Callable[[np.random.Generator], str], ending: str, tmp_path: Path) -> None:
    random = np.random.default_rng(20261122)
    texts = [cell(random) for _ in range(200)]
    paths = [tmp_path / f"{k}{ending}" for k in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    for text, expected in zip(texts, neuron_imports(paths), strict=True):
        sections = load_morphology(text).sections
        assert_same(sections, expected)
        assert_same_order(sections, expected)
