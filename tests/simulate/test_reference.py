"""NEURON's own results for five models, kept as numbers, so that they are checked where NEURON cannot be had."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate.grid import build_grid

FOLDER = Path(__file__).parent / "reference"


def reference(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def hh_soma(**clamp: float) -> tuple[rb.Cell, Any]:
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.Ra = 100
    cell["soma"].insert("hh")
    if clamp:
        cell.place(rb.IClamp(**clamp), soma(0.5))
    return cell, soma


def tapering_tree(described: Any) -> rb.Cell:
    cell = rb.Cell("tree")
    for spec in described["sections"]:
        above = spec["parent"] and cell.section(spec["parent"]["section"])(spec["parent"]["x"])
        section = cell.add_section(spec["name"], points=spec["pt3d"], nseg=spec["nseg"], parent=above)
        section.Ra, section.cm = spec["Ra"], spec["cm"]
    cell["soma"].insert("hh")
    cell["axon"].insert("hh", gnabar=0.24, gkbar=0.06)
    cell[["apical", "ap_l", "ap_r", "oblique", "basal"]].insert("pas", g=2e-4, e=-65)
    cell.place(rb.IClamp(delay=2, dur=30, amp=1.0), cell.section("apical")(0.5))
    cell.place(rb.IClamp(delay=10, dur=5, amp=0.2), cell.section("ap_r")(1))
    return cell


def test_a_firing_compartment() -> None:
    expected = reference("hh_soma")
    cell, soma = hh_soma(delay=5, dur=80, amp=0.2)
    record = [soma(0.5).v, *(soma(0.5)[f"hh.{gate}"] for gate in "mhn")]
    rec = rb.run(cell, tstop=100, record=record, every=expected["every"])
    for recordable, name in zip(record, "vmhn", strict=True):
        np.testing.assert_allclose(rec[recordable], expected[name], atol=1e-6, err_msg=name)


def test_crank_nicolson_finds_the_spikes_of_the_exact_solution() -> None:
    cell, soma = hh_soma(delay=5, dur=80, amp=0.2)
    rec = rb.run(cell, tstop=100, method="crank_nicolson")
    v = rec[soma(0.5).v]
    k = np.flatnonzero((v[:-1] < 0) & (v[1:] >= 0))
    spikes = rec.t[k] + 0.025 * -v[k] / (v[k + 1] - v[k])
    # The scheme's error grows from spike to spike: 0.005 ms at the third.
    np.testing.assert_allclose(spikes, reference("hh_soma")["spikes_of_the_exact_solution"], atol=0.025)


def test_a_passive_ball_and_stick() -> None:
    expected = reference("ball_and_stick")
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=600, diam=2, nseg=expected["nseg"], parent=soma(1))
    cell.Ra = 150
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell.place(rb.IClamp(delay=5, dur=1e9, amp=0.1), soma(0.5))
    record = [soma(0.5).v, dend(0.5).v, dend(1).v]
    rec = rb.run(cell, tstop=205, record=record, every=expected["every"])
    for recordable in record:
        np.testing.assert_allclose(rec[recordable], expected[recordable.label.removesuffix(".v")], atol=1e-6)


def test_a_tree_of_tapering_points() -> None:
    expected = reference("tapering_tree")
    cell = tapering_tree(expected)
    grid = build_grid(tuple(cell.document.sections.values()))
    np.testing.assert_allclose(grid.area, expected["area"], rtol=1e-9)
    Ra = cell.values("Ra")
    resistance = Ra[grid.near_segment] * grid.near + Ra[grid.far_segment] * grid.far
    np.testing.assert_allclose(resistance[grid.node][1:], expected["ri"][1:], rtol=1e-9)

    names = {name: name.rpartition("_") for name in expected["traces"]}
    record = [cell.section(section)(float(x)).v for section, _, x in names.values()]
    rec = rb.run(cell, tstop=40, celsius=16.3, record=record, every=expected["every"])
    for recordable, name in zip(record, names, strict=True):
        np.testing.assert_allclose(rec[recordable], expected["traces"][name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    "clamp",
    [
        rb.SEClamp(dur1=5, amp1=-65, dur2=20, amp2=0, dur3=15, amp3=-80, rs=0.5),
        rb.VClamp(dur=(5, 20, 15), amp=(-65, 0, -80)),
    ],
    ids=["SEClamp", "VClamp"],
)
def test_voltage_clamps(clamp: Any) -> None:
    expected = reference("voltage_clamps")
    cell, soma = hh_soma()
    placed = cell.place(clamp, soma(0.5))
    rec = rb.run(cell, tstop=45, record=[placed.i, soma(0.5).v], every=expected["every"])
    current = np.array(expected[clamp.name]["i"])
    np.testing.assert_allclose(rec[placed.i], current, atol=1e-6 * np.abs(current).max())
    np.testing.assert_allclose(rec[soma(0.5).v], expected[clamp.name]["v"], atol=1e-5)


def test_crank_nicolson() -> None:
    expected = reference("crank_nicolson")
    cell, soma = hh_soma(delay=5, dur=80, amp=0.2)
    record = [soma(0.5).v, soma(0.5)["hh.n"]]
    rec = rb.run(cell, tstop=60, method="crank_nicolson", record=record, every=expected["every"])
    np.testing.assert_allclose(rec[record[0]], expected["hh_v"], atol=1e-5)
    np.testing.assert_allclose(rec[record[1]], expected["hh_n"], atol=1e-7)

    cell = rb.Cell("cable")
    cable = cell.add_section("cable", L=600, diam=2, nseg=21)
    cell.Ra = 150
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell.place(rb.IClamp(delay=5, dur=80, amp=0.05), cable(0.1))
    rec = rb.run(cell, tstop=60, method="crank_nicolson", record=cable(0.1).v, every=expected["every"])
    np.testing.assert_allclose(rec[cable(0.1).v], expected["passive_v"], atol=1e-6)


DEPRESSING = """
NEURON { POINT_PROCESS Depressing RANGE tau, e, U, recovery, facilitation, i NONSPECIFIC_CURRENT i }
UNITS { (nA) = (nanoamp) (mV) = (millivolt) (uS) = (microsiemens) }
PARAMETER { tau = 3 (ms) e = 0 (mV) U = 0.3 recovery = 200 (ms) facilitation = 50 (ms) }
ASSIGNED { v (mV) i (nA) }
STATE { g (uS) }
INITIAL { g = 0 }
BREAKPOINT { SOLVE decay METHOD cnexp i = g*(v - e) }
DERIVATIVE decay { g' = -g/tau }
NET_RECEIVE (w (uS), R, u, before (ms)) {
    INITIAL { R = 1 u = 0 before = -1e9 }
    R = 1 + (R - 1)*exp(-(t - before)/recovery)
    u = u*exp(-(t - before)/facilitation)
    u = u + U*(1 - u)
    g = g + w*u*R
    R = R - u*R
    before = t
}
"""


def test_synapses_driven_by_events() -> None:
    expected = reference("synapses")
    cell = rb.Cell("synapses")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=300, diam=1.5, nseg=15, parent=soma(1))
    cell.Ra = 120
    cell["all"].insert("pas", g=5e-5, e=-70)
    first = cell.place(rb.ExpSyn(tau=2), dend(0.5))
    second = cell.place(rb.Exp2Syn(tau1=0.5, tau2=8), dend(0.9))
    third = cell.place(rb.Exp2Syn(tau1=1, tau2=12, e=-80), soma(0.5))
    cell.place(rb.AlphaSynapse(onset=120, tau=1.5, gmax=0.002), dend(0.2))
    depressing: Any = rb.load_mod(text=DEPRESSING, name="depressing")
    plastic = cell.place(depressing(), dend(0.7))
    a = cell.place(rb.NetStim(start=10, interval=25, number=4))
    b = cell.place(rb.NetStim(start=16.37, interval=33.3, number=3))
    c = cell.place(rb.NetStim(start=150, interval=20, number=5))
    rb.connect(a, first, delay=0.6, weight=0.002)
    rb.connect(b, second, delay=1.11, weight=0.0015)
    rb.connect(a, third, delay=3.333, weight=0.003)
    rb.connect(b, first, delay=7.77, weight=0.001)
    rb.connect(c, plastic, delay=1, weight=0.004)
    named = {"soma_v": soma(0.5).v, "dend50_v": dend(0.5).v, "dend90_v": dend(0.9).v}
    named |= {"expsyn_g": first["g"], "std_g": plastic["g"]}
    results = rb.run(cell, tstop=280, v_init=-70, record=list(named.values()), every=expected["every"])
    for name, recordable in named.items():
        size = np.abs(expected[name]).max()
        np.testing.assert_allclose(results[recordable], expected[name], atol=1e-9 * size, err_msg=name)
