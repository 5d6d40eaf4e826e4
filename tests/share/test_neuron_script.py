"""Cells written as scripts for NEURON, and what NEURON makes of them."""

import ast
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms import ChannelSpec, Mechanism, names
from rheobase.model import Location
from rheobase.share.neuron.mods import BUILT_IN, mods_of
from rheobase.simulate.grid import build_grid
from tests.fresh_process import in_fresh_process
from tests.share.neuron_side import built, two_cells
from tests.simulate.test_against_neuron import branched_cell

NOT_WRITTEN = {"ca_shells"}


def in_neuron(cell: rb.Cell, folder: Path, protocol: rb.Protocol, targets: dict[str, str]) -> dict[str, Any]:
    """Export, run in NEURON, and compare sections, areas, resistances and values with the cell's own."""
    text = rb.export_neuron(cell, folder / "cell.py", protocol).read_text()
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
        stimuli=[(Location("apical", 0.5), rb.IClamp(2, 10, 0.5)), (Location("tip", 1), rb.IClamp(5, 5, 0.2))],
        record=[section(x).v for section in cell.sections for x in (0, 0.5, 1)],
        tstop=25,
    )
    targets = {"g_pas": "pas.g", "e_pas": "pas.e", "cm": "cm"}
    for method in ("implicit_euler", "crank_nicolson"):
        chosen = protocol.replace(method=method)
        assert_same_traces(cell, chosen, in_neuron(cell, tmp_path, chosen, targets), 1e-6)


@pytest.mark.neuron
def test_spikes_synapses_and_connections(tmp_path: Path) -> None:
    cell = branched_cell()
    cell["all"].insert("pas", g=2e-4, e=-65)
    cell[["soma", "axon"]].insert("hh")
    cell["axon"].set("hh.gnabar", rb.linear("path_distance", 0.12, 2e-4))
    cell.set_ion("na", reversal=55)
    fast = cell.place(rb.ExpSyn(tau=2), cell.section("tip")(0.5), name="fast")
    slow = cell.place(rb.Exp2Syn(tau1=1, tau2=7, e=-80), cell.section("left")(0.3))
    nc = rb.connect(rb.NetStim(interval=5, number=3, start=4), fast, weight=2e-3, delay=1.5, name="in_")
    rb.connect(rb.VecStim(times=[7.0, 3.0]), slow, weight=1e-3)
    rb.connect(cell.section("axon")(1), slow, weight=1e-3, delay=2, threshold=-20)
    cell.place(rb.VClamp(dur=(5, 2, 3), amp=(-65, -60, -70)), cell.section("twig")(1))
    cell.place(rb.AlphaSynapse(onset=12, tau=1, gmax=1e-3), cell.section("basal")(0.5))
    counter = cell.place(rb.APCount(), cell.section("soma")(0.5))
    protocol = rb.Protocol(
        stimuli=[(Location("soma", 0.5), rb.IClamp(2, 20, 1.0))],
        record=[
            *(cell.section(name)(0.5).v for name in ("soma", "axon", "tip", "twig")),
            Location("soma", 0.5)["hh.m"],
            fast["g"],
            slow["B"],
            counter["n"],
            nc["weight"],
        ],
        tstop=30,
    )
    assert_same_traces(cell, protocol, in_neuron(cell, tmp_path, protocol, {"gnabar_hh": "hh.gnabar"}), 1e-4)


def ion_cell() -> rb.Cell:
    cell = rb.Cell("ions")
    soma = cell.add_section("soma", L=20, diam=20)
    for k, name in enumerate(("kept", "made", "moving", "both", "plain")):
        cell.add_section(name, L=100, diam=1, nseg=3, parent=soma(k / 4))
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell["kept"].insert("cat_huguenard")
    cell["made"].insert("cahva_reuveni")
    cell["moving"].insert("cat_huguenard").insert("ca_decay", gamma=0.1).insert("bk_moczydlowski")
    cell["both"].insert("cahva_reuveni").insert("ca_pump")
    cell["plain"].insert("cahva_reuveni").insert("ca_pump")
    cell["kept"].set_ion("ca", reversal=100, inside=1e-4)
    cell["made"].set_ion("ca", inside=2e-4)
    cell["moving"].set_ion("ca", inside=3e-4, outside=1.5)
    cell["moving"].set_ion("k", reversal=-90)
    cell["both"].set_ion("ca", reversal=90)
    return cell


@pytest.mark.neuron
@pytest.mark.slow
def test_ions_that_are_kept_made_and_moved(tmp_path: Path) -> None:
    cell = ion_cell()
    places = ("kept", "made", "moving", "both", "plain")
    protocol = rb.Protocol(
        stimuli=[(Location("soma", 0.5), rb.IClamp(2, 20, 0.3))],
        record=[
            *(cell.section(name)(0.5).v for name in places),
            *(cell.section(name)(0.5)[what] for name in places for what in ("eca", "cai")),
        ],
        tstop=20,
        celsius=30,
    )
    recorded = in_neuron(cell, tmp_path, protocol, {})
    results = rb.run(cell, protocol)
    for recordable, trace in zip(protocol.record, results.values, strict=True):
        theirs = np.array(recorded[recordable.label])
        # NEURON shows a reversal potential that moves as it was when the step began.
        late = int(recordable.variable == "eca" and np.ptp(theirs) > 0)
        np.testing.assert_allclose(trace[: len(trace) - late], theirs[late:], atol=1e-6, err_msg=recordable.label)


@pytest.mark.neuron
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_channels_of_the_library_step_the_same_in_neuron(tmp_path: Path) -> None:
    cell = rb.Cell("library")
    soma = cell.add_section("soma", L=30, diam=30)
    cell["soma"].insert("hh")
    cell.set("Ra", 100)
    record = [soma(0.5).v]
    for k, name in enumerate(sorted(set(names("density")) - NOT_WRITTEN - BUILT_IN)):
        section = cell.add_section(f"s{k}_{name}", L=60, diam=1, parent=soma(0.5))
        section.insert("pas", g=1e-4, e=-65)
        section.insert(name)
        record.append(section(0.5).v)
    protocol = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(2, 20, 4))], record=record, tstop=25, celsius=25)
    recorded = in_neuron(cell, tmp_path, protocol, {})
    assert max(recorded["soma(0.5).v"]) > -10
    assert_same_traces(cell, protocol, recorded, 1e-6)


@pytest.mark.neuron
@pytest.mark.slow
def test_mechanisms_from_nmodl_and_from_specs(tmp_path: Path) -> None:
    leak = rb.load_mod(
        text="""
        NEURON { SUFFIX leaky NONSPECIFIC_CURRENT i RANGE g, m GLOBAL e }
        PARAMETER { g = 0.001 (S/cm2) e = -70 (mV) }
        ASSIGNED { v (mV) i (mA/cm2) inf }
        STATE { m }
        INITIAL { rate(v) m = inf }
        BREAKPOINT { SOLVE s METHOD cnexp i = g*m*(v - e) }
        DERIVATIVE s { rate(v) m' = (inf - m)/3 }
        PROCEDURE rate(v (mV)) { TABLE inf FROM -100 TO 50 WITH 20 inf = 1/(1 + exp(-(v + 60)/5)) }
        """,
        name="leaky",
    )
    gap: Any = rb.load_mod(
        text="""
        NEURON { POINT_PROCESS Gap POINTER vother NONSPECIFIC_CURRENT i RANGE r }
        PARAMETER { r = 100 (megohm) }
        ASSIGNED { v (millivolt) vother (millivolt) i (nanoamp) }
        BREAKPOINT { i = (v - vother)/r }
        """,
        name="Gap",
    )
    cell = rb.Cell("ball")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=300, diam=2, nseg=5, parent=soma(1))
    cell["soma"].insert(ChannelSpec.from_template("na"), gbar=0.1).insert(ChannelSpec.from_template("k"))
    cell["all"].insert(leak, g=3e-4)
    cell.set("leaky.e", -65)
    junction = cell.place(gap(r=50), dend(1), name="junction")
    cell.bind("junction.vother", soma(0.5).v)
    protocol = rb.Protocol(
        stimuli=[(soma(0.5), rb.IClamp(2, 20, 0.5))],
        record=[soma(0.5).v, dend(1).v, soma(0.5)["leaky.m"], junction.i],
        tstop=25,
    )
    recorded = in_neuron(cell, tmp_path, protocol, {"g_leaky": "leaky.g"})
    results = rb.run(cell, protocol)
    assert max(recorded["soma(0.5).v"]) > 0
    for k, label in enumerate(("soma(0.5).v", "dend(1).v", "soma(0.5).leaky.m")):
        np.testing.assert_allclose(results.values[k], recorded[label], atol=1e-6, err_msg=label)
    times = [path.stat().st_mtime_ns for path in (tmp_path / "cell_mod").rglob("*nrnmech.so")]
    done = subprocess.run(
        [sys.executable, "cell.py", "--tstop", "1"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "t,soma(0.5).v,dend(1).v,soma(0.5).leaky.m,junction.i"
    assert len(lines) == 1 + 41
    assert times == [path.stat().st_mtime_ns for path in (tmp_path / "cell_mod").rglob("*nrnmech.so")]  # compiled once


def test_what_neuron_has_not_is_refused_with_a_remedy(tmp_path: Path) -> None:
    cell = rb.Cell("c")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.place(rb.AMPA(), soma(0.5))
    cell["soma"].insert("ca_shells")
    with pytest.raises(rb.ExchangeError, match=r"NEURON has no AMPA: take ExpSyn.*") as failure:
        rb.export_neuron(cell, tmp_path / "cell.py")
    assert "ca_shells cannot be written as NMODL, for it has arrays of states" in str(failure.value)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(rb.ExchangeError, match="no sections"):
        rb.export_neuron(rb.Cell("empty"), tmp_path / "cell.py")
    with pytest.raises(ValueError, match=r"'a-cell\.py' cannot be imported"):
        rb.export_neuron(cell, tmp_path / "a-cell.py")
    with pytest.raises(TypeError, match="only a cell"):
        rb.export_neuron("cell", tmp_path / "cell.py")  # type: ignore[arg-type]
    ball = rb.Cell("c")
    ball.add_section("soma", L=20, diam=20)
    with pytest.raises(KeyError, match="there is no section 'dend'"):
        rb.export_neuron(ball, tmp_path / "cell.py", rb.Protocol(record=Location("dend", 0.5).v))


def test_what_differs_is_said(tmp_path: Path) -> None:
    cell = rb.Cell("c")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("hh")
    syn = cell.place(rb.ExpSyn(), soma(0.5))
    rb.connect(rb.NetStim(noise=1), syn, weight=1)
    protocol = rb.Protocol(record=[soma(0.5)["hh.ina"], soma(0.5).v])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rb.export_neuron(cell, tmp_path / "cell.py", protocol)
    said = [str(warning.message) for warning in caught]
    assert any("NetStim[0] is a noisy NetStim" in message for message in said)
    assert any("does not show 'ina', so it is not recorded" in message for message in said)


@pytest.mark.neuron
def test_cells_of_a_script_stand_side_by_side_and_reach_each_other(tmp_path: Path) -> None:
    cell = branched_cell()
    cell["all"].insert("hh")
    cell.place(rb.ExpSyn(tau=2), Location("tip", 0.5), name="syn")
    path = rb.export_neuron(cell, tmp_path / "cell.py")
    told = in_fresh_process(two_cells, str(path), "Tree")
    assert told["names"] == ["Tree[0].soma", "Tree[1].soma"]
    np.testing.assert_allclose(told["moved"], [100, -20, 7], atol=1e-4)
    np.testing.assert_allclose(told["areas"][1], told["areas"][0], rtol=1e-6)
    assert told["reached"] > -60  # a spike of one cell reaches the synapse of the other


HOSTILE = [
    "class",
    "lambda",
    "self",
    "h",
    "all_",
    "position",
    "__init__",
    "_",
    "connect2target",
    "run",
    "POINTS",
    "None",
]


@pytest.mark.neuron
def test_a_hostile_name_is_only_a_name(tmp_path: Path) -> None:
    cell = rb.Cell("h; import os # {oops} %s")
    root = cell.add_section("sections", L=20, diam=20)
    for name in HOSTILE:
        cell.add_section(name, points=[(0, 0, 0, 1), (10, 0, 0, 1)], parent=root(1))
        cell.add_section(f"{name}_x[7]", L=10, diam=1, parent=root(1))
    cell.subset("make_sections", ["class", "lambda"])
    cell.place(rb.IClamp(1, 2, 0.1), root(0.5), name="set_membrane")
    cell["all"].insert("pas")
    protocol = rb.Protocol(record=[root(0.5).v, cell.section("class")(1).v], tstop=5)
    assert_same_traces(cell, protocol, in_neuron(cell, tmp_path, protocol, {"g_pas": "pas.g"}), 1e-6)


@pytest.mark.parametrize("name", ["../evil", 'x"); import os; ("', "a b", "", "ünïcode"])
def test_a_mechanism_with_a_hostile_name_is_refused(name: str) -> None:
    hostile = type("Hostile", (Mechanism,), {"name": name})
    with pytest.raises(rb.ExchangeError, match="cannot name a mechanism in NEURON"):
        mods_of([hostile])


def test_what_has_no_suffix_is_refused(tmp_path: Path) -> None:
    cell = rb.Cell("c")
    cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert(rb.load_mod(text="NEURON { SUFFIX nothing } PARAMETER { x = 1 }", name="functions"))
    with pytest.raises(rb.ExchangeError, match="'nothing' has SUFFIX nothing, so NEURON cannot insert it"):
        rb.export_neuron(cell, tmp_path / "cell.py")
    assert list(tmp_path.iterdir()) == []


def test_profiles_and_rules_of_every_kind_become_numbers(tmp_path: Path) -> None:
    cell = branched_cell()
    cell["all"].insert("pas")
    cell.subset("far", rb.where(path_distance=(100, None)))
    cell["far"].set("pas.g", rb.boltzmann("path_distance", 1e-5, 1e-4, 0.02, 200, normalise="most_distal"))
    cell["far"].set("pas.e", rb.step("radial_distance", -65, -60, 150))
    text = rb.export_neuron(cell, tmp_path / "cell.py").read_text()
    assert "self.far = h.SectionList(" in text
    assert "# pas.g: boltzmann('path_distance', " in text
    g = re.search(r'"g_pas", (\[.*?\])', text, re.DOTALL)
    listed = ast.literal_eval(g[1])
    starts = np.cumsum([0, *(section.nseg for section in cell.sections)])
    index = [list(cell.document.sections).index(name) for name in cell.sections_of("far")]
    ours = np.concatenate([cell.values("pas.g")[starts[k] : starts[k + 1]] for k in index])
    np.testing.assert_array_equal(listed, ours)


def test_the_text_of_a_script_is_short(tmp_path: Path) -> None:
    cell = rb.Cell("tree")
    soma = cell.add_section("soma", L=20, diam=20)
    for k in range(40):
        cell.add_section(f"dend[{k}]", L=100, diam=1, nseg=3, parent=soma(1))
    cell.subset("half", [f"dend[{k}]" for k in range(20)])
    cell["all"].insert("pas", g=1e-4)
    cell["half"].set("pas.e", -60)
    cell["dend"].insert("hh", gnabar=0.01)
    text = rb.export_neuron(cell, tmp_path / "tree.py").read_text()
    assert 'self.dend = [h.Section(name=f"dend[{k}]", cell=self) for k in range(40)]' in text
    assert "self.half = h.SectionList(self.dend[:20])" in text or "[*self.dend[:20]]" in text
    loops = text.partition("def set_membrane")[2].partition("    def ")[0]
    assert loops.count("for sec in") == 3
    assert "for sec in self.half:" in loops
    assert max(map(len, text.splitlines())) <= 120
