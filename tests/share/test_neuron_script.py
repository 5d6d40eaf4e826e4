"""Cells written as scripts for NEURON, and what NEURON makes of them."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms import names
from rheobase.simulate.grid import build_grid
from tests.fresh_process import in_fresh_process
from tests.share.neuron_side import built
from tests.simulate.test_against_neuron import branched_cell


def written(cell: rb.Cell, folder: Path, protocol: rb.Protocol | None = None) -> str:
    return rb.export_neuron(cell, folder / "cell.py", protocol).read_text()


def in_neuron(cell: rb.Cell, folder: Path, protocol: rb.Protocol, targets: dict[str, str]) -> dict[str, Any]:
    """Export, run in NEURON, and compare sections, areas, resistances and values with the cell's own."""
    rb.export_neuron(cell, folder / "cell.py", protocol)
    text = (folder / "cell.py").read_text()
    class_name = text.partition("\nclass ")[2].partition(":")[0]
    answer = in_fresh_process(built, str(folder / "cell.py"), class_name, list(targets))
    assert_same_sections(cell, answer["sections"], targets)
    return answer["recorded"]


def assert_same_sections(cell: rb.Cell, sections: dict[str, Any], targets: dict[str, str]) -> None:
    specs = tuple(cell.document.sections.values())
    assert list(sections) == [spec.name for spec in specs]
    grid, Ra = build_grid(specs), cell.values("Ra")
    np.testing.assert_allclose(grid.area, np.concatenate([s["area"] for s in sections.values()]), rtol=1e-9)
    resistance = Ra[grid.near_segment] * grid.near + Ra[grid.far_segment] * grid.far
    for spec in specs:
        theirs, first = sections[spec.name], grid.first[grid.index[spec.name]]
        assert theirs["nseg"] == spec.nseg
        assert theirs["parent"] == (spec.parent and [spec.parent.section, spec.parent.x])
        assert theirs["child_end"] == spec.child_end
        np.testing.assert_allclose(resistance[grid.node[first : first + spec.nseg]], theirs["ri"], rtol=1e-9)
        rows = slice(int(first), int(first) + spec.nseg)
        for variable, target in targets.items():
            ours = cell.values(target)[rows]
            if not np.isnan(ours).all():
                np.testing.assert_array_equal(ours, theirs["values"][variable])


def assert_same_traces(cell: rb.Cell, protocol: rb.Protocol, recorded: dict[str, Any], atol: float) -> None:
    results = rb.run(cell, protocol)
    for recordable, trace in zip(protocol.record, results.values, strict=True):
        np.testing.assert_allclose(trace, recorded[recordable.label], atol=atol, err_msg=recordable.label)


@pytest.mark.neuron
def test_a_passive_tree_is_the_same_to_a_nanovolt(tmp_path: Path) -> None:
    cell = branched_cell()
    cell["all"].insert("pas", g=2e-4, e=-65)
    cell["tip"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    cell["apical"].set("pas.g", [1e-4 + 1e-5 * k for k in range(7)])
    cell.section("twig").set("pas.e", -70)
    for k in range(3):
        cell.add_section(f"dend[{k}]", L=100, diam=1, nseg=3, parent=cell.section("soma")(0.25))
    protocol = rb.Protocol(
        stimuli=[(rb.Location("apical", 0.5), rb.IClamp(2, 10, 0.5)), (rb.Location("tip", 1), rb.IClamp(5, 5, 0.2))],
        record=[section(x).v for section in cell.sections for x in (0, 0.5, 1)],
        tstop=25,
    )
    targets = {"g_pas": "pas.g", "e_pas": "pas.e", "cm": "cm"}
    for method in ("implicit_euler", "crank_nicolson"):
        chosen = protocol.replace(method=method)
        assert_same_traces(cell, chosen, in_neuron(cell, tmp_path, chosen, targets), 1e-6)
