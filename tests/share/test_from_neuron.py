"""Cells of live NEURON taken over, each in a process of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import rheobase as rb
from rheobase.model import Location
from tests.fresh_process import in_fresh_process
from tests.share import neuron_side
from tests.simulate.test_against_neuron import branched_cell

pytestmark = [pytest.mark.neuron, pytest.mark.slow]


def same_trace(cell: rb.Cell, answer: dict[str, Any], atol: float) -> None:
    """What NEURON and the cell taken from it do."""
    assert cell.n_segments == answer["segments"]
    np.testing.assert_allclose(cell.area, answer["area"], rtol=1e-9)
    record = [Location(cell.document.sections[name].name, 0.5).v for name in answer["voltages"]]
    results = rb.run(cell, record=record, tstop=answer["tstop"])
    for trace, (name, theirs) in zip(results.values, answer["voltages"].items(), strict=True):
        np.testing.assert_allclose(trace, theirs, atol=atol, err_msg=name)


def test_a_tree_without_a_class() -> None:
    code, answer = in_fresh_process(neuron_side.plain_tree)
    cell = run(code)
    same_trace(cell, answer, 1e-6)
    assert "cell.Ra = 100" in code
    assert "cell['dend'].insert('pas', g=0.0002, e=-65)" in code
    assert "dend[2].set('pas.g', 0.0003)" in code
    assert "axon.set('hh.gnabar', [0.1, 0.2, 0.3])" in code
    assert "cell.place(rb.IClamp(delay=1, dur=3, amp=0.5), soma(0.5))" in code
    assert "rb.connect(cell.process('NetStim[0]'), cell.process('ExpSyn[0]'), weight=0.001, delay=2)" in code
    assert cell.section("up").child_end == 1
    assert len(code.splitlines()) < 40


def test_a_template_and_its_lists() -> None:
    code, names, title = in_fresh_process(neuron_side.template)
    cell = run(code)
    assert [section.name for section in cell.sections] == names == ["soma", "dend[0]", "dend[1]", "twig"]
    assert cell.sections_of("distal") == ("dend[1]", "twig")
    assert "somatic" not in cell.regions  # the region soma is that already
    assert title == "Neuron"
    assert cell.process("syn").process == rb.ExpSyn(tau=3)


def test_ions_keep_their_meaning() -> None:
    code, answer = in_fresh_process(neuron_side.with_ions)
    cell = run(code)
    same_trace(cell, answer, 1e-6)
    assert "cell.set_ion('na', reversal=55)" in code
    assert set(cell.values("k.reversal")) == {-90.0, -77.0}


def test_without_neuron_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rheobase.share.neuron.live.find_spec", lambda _: None)
    with pytest.raises(ImportError, match="which is not installed: pip install neuron"):
        rb.from_neuron()
    with pytest.raises(ValueError, match="must be 'error' or 'skip'"):
        rb.from_neuron(missing="ignore")  # type: ignore[arg-type]


def test_what_cannot_be_taken_is_said() -> None:
    said = in_fresh_process(neuron_side.refusals)
    assert "NEURON's mechanism 'fastpas' is not known here: load its .mod file first" in said["unknown"]
    assert "left out: NEURON's mechanism 'fastpas'" in said["skipped"]
    assert "another diameter in each segment and no 3-D points" in said["diameters"]
    assert "NEURON has 2 trees of sections: give one section" in said["two"]
    assert "NEURON has no sections" in said["none"]
    assert said["named"] == ["soma", "soma_1", "dend_x_", "s2nd[0]", "all_", "c", "c_1"]


def test_a_hodgkin_huxley_tree_goes_there_and_back(tmp_path: Path) -> None:
    cell = branched_cell()
    cell[["soma", "axon"]].insert("hh")
    cell["all"].insert("pas", g=2e-4, e=-65)
    cell["axon"].set("hh.gnabar", rb.linear("path_distance", 0.12, 2e-4))
    cell["tip"].set("cm", 1.2)
    cell.subset("tuft", ["left", "tip"])
    syn = cell.place(rb.ExpSyn(tau=2), Location("tip", 0.5), name="syn")
    rb.connect(Location("axon", 0.9), syn, weight=1e-3, threshold=-20)
    rb.export_neuron(cell, tmp_path / "cell.py")
    back = run(in_fresh_process(neuron_side.there_and_back, str(tmp_path / "cell.py"), "Tree"))
    assert_equal_models(cell, back)
    protocol = rb.Protocol(
        stimuli=[(Location("soma", 0.5), rb.IClamp(1, 20, 1.0))],
        record=[Location(name, 0.5).v for name in ("soma", "tip", "twig")],
        tstop=20,
    )
    np.testing.assert_allclose(rb.run(cell, protocol).values, rb.run(back, protocol).values, atol=1e-9)


def assert_equal_models(cell: rb.Cell, back: rb.Cell) -> None:
    """The same sections, areas, values, processes and connections."""
    assert tuple(cell.document.sections.values()) == tuple(back.document.sections.values())
    for target in ("Ra", "cm", *(f"{m}.{p}" for m in ("pas", "hh") for p in parameters(m))):
        np.testing.assert_array_equal(cell.values(target), back.values(target), err_msg=target)
    assert [placement.process for placement in cell.placements] == [placement.process for placement in back.placements]
    assert set(cell.document.placements) == set(back.document.placements)
    assert tuple(cell.document.connections.values()) == tuple(back.document.connections.values())
    for name in cell.document.subsets:
        assert cell.sections_of(name) == back.sections_of(name)


def parameters(mechanism: str) -> Sequence[str]:
    return {"pas": ("g", "e"), "hh": ("gnabar", "gkbar", "gl", "el")}[mechanism]


def run(code: str) -> rb.Cell:
    """The cell that a program which we wrote makes."""
    scope: dict[str, Any] = {}
    exec(code, scope)  # noqa: S102  code of our own writing, which is what is tested
    return scope["cell"]


NUMBER = st.floats(0.1, 5).map(lambda x: float(np.float32(x)))


@st.composite
def trees(draw: st.DrawFn) -> rb.Cell:
    """Sections of all kinds joined anywhere, with values of all kinds."""
    cell = rb.Cell("random")
    cell.add_section("soma", L=20, diam=draw(NUMBER), nseg=draw(st.sampled_from([1, 3])))
    for k in range(draw(st.integers(1, 6))):
        names = list(cell.document.sections)
        parent = Location(draw(st.sampled_from(names)), draw(st.sampled_from([0, 0.25, 0.5, 1])))
        name = draw(st.sampled_from([f"dend[{k}]", f"apic_{k}", f"axon[{2 * k}]"]))
        geometry: dict[str, Any] = {"L": 50 * draw(NUMBER), "diam": draw(NUMBER)}
        if draw(st.booleans()):
            steps = draw(st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), min_size=1, max_size=4))
            points = np.cumsum([(0, 0, 0, 0), *((20 * x, y, z, 0) for x, y, z, _ in steps)], axis=0)
            points[:, 3] = [draw(NUMBER), *(d for *_, d in steps)]
            geometry = {"points": points}
        cell.add_section(
            name, **geometry, nseg=draw(st.integers(1, 5)), parent=parent, child_end=draw(st.integers(0, 1))
        )
    names = list(cell.document.sections)
    cell["all"].insert("pas", g=1e-4 * draw(NUMBER), e=-65)
    for place in draw(st.lists(st.sampled_from(names), max_size=3, unique=True)):
        section = cell.section(place)
        section.insert("hh")
        section.set("hh.gnabar", [0.01 * draw(NUMBER) for _ in range(section.nseg)])
    for place in draw(st.lists(st.sampled_from(names), max_size=3, unique=True)):
        cell.section(place).set(draw(st.sampled_from(["Ra", "cm"])), 20 * draw(NUMBER))
    if draw(st.booleans()):
        cell["all"].set("pas.g", rb.exponential("path_distance", 1e-4, 1e-4, 100))
    if draw(st.booleans()):
        cell.subset("some", draw(st.lists(st.sampled_from(names), min_size=1, unique=True)))
        cell["some"].set("pas.e", -70)
    return cell


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(trees(), min_size=6, max_size=6))
def test_random_trees_go_there_and_back(tmp_path_factory: pytest.TempPathFactory, cells: list[rb.Cell]) -> None:
    folder = tmp_path_factory.mktemp("trees")
    for k, cell in enumerate(cells):
        record = [section(0.5).v for section in cell.sections]
        step = [(Location("soma", 0.5), rb.IClamp(1, 3, 0.2))]
        rb.export_neuron(cell, folder / f"c{k}.py", rb.Protocol(stimuli=step, record=record, tstop=5))
    answers = in_fresh_process(neuron_side.all_there_and_back, [str(folder / f"c{k}.py") for k in range(len(cells))])
    for cell, (code, area, recorded) in zip(cells, answers, strict=True):
        back = run(code)
        areas = {section.name: section.area for section in back.sections}
        assert {section.name: section.area for section in cell.sections} == areas
        np.testing.assert_allclose(list(areas.values()), [area[name] for name in areas], rtol=1e-9)
        for target in ("Ra", "cm", *(f"{m}.{p}" for m in ("pas", "hh") for p in parameters(m))):
            if target.startswith("hh") and not any(i.mechanism == "hh" for i in cell.insertions):
                continue
            ours = {s.name: v for s, v in zip(cell.sections, by_section(cell, target), strict=True)}
            theirs = {s.name: v for s, v in zip(back.sections, by_section(back, target), strict=True)}
            assert ours.keys() == theirs.keys()
            for name, values in ours.items():
                np.testing.assert_array_equal(values, theirs[name], err_msg=f"{target} of {name}")
        record = [section(0.5).v for section in cell.sections]
        step = [(Location("soma", 0.5), rb.IClamp(1, 3, 0.2))]
        results = rb.run(cell, rb.Protocol(stimuli=step, record=record, tstop=5))
        for recordable, trace in zip(record, results.values, strict=True):
            np.testing.assert_allclose(trace, recorded[recordable.label], atol=1e-6, err_msg=code)


def by_section(cell: rb.Cell, target: str) -> list[Any]:
    ends = np.cumsum([section.nseg for section in cell.sections])
    return np.split(cell.values(target), ends[:-1])
