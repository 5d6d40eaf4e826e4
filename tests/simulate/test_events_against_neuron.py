"""Synapses driven by events, laid over live NEURON's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.simulate.against_neuron import both

pytestmark = pytest.mark.neuron


def ball_and_stick(mechanism: str = "pas") -> rb.Cell:
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.add_section("dend", L=300, diam=1.5, nseg=5, parent=soma(1))
    cell.Ra = 120
    cell["soma"].insert(mechanism)
    cell["dend"].insert("pas", g=5e-5, e=-65)
    return cell


def assert_same(cell: rb.Cell, record: list[Any], atol: float = 1e-6, **run: Any) -> rb.Results:
    ours, theirs, results = both(cell, record, **run)
    assert np.ptp(theirs[0]) > 1e-5
    scale = np.maximum(np.abs(theirs).max(axis=1, keepdims=True), 1e-12)
    for mine, yours, size in zip(ours, theirs, scale, strict=True):
        np.testing.assert_allclose(mine, yours, atol=atol * max(1.0, float(size[0])) if size[0] > 1 else atol * size[0])
    return results


@pytest.mark.parametrize("method", ["implicit_euler", "crank_nicolson"])
def test_synapses_driven_by_netstims_with_delays_between_steps(method: str) -> None:
    cell = ball_and_stick()
    dend, soma = cell.section("dend"), cell.section("soma")
    first = cell.place(rb.ExpSyn(tau=2, e=0), dend(0.5))
    second = cell.place(rb.Exp2Syn(tau1=0.5, tau2=8, e=0), dend(0.9))
    third = cell.place(rb.Exp2Syn(tau1=1, tau2=1, e=-80), soma(0.5))
    a = cell.place(rb.NetStim(start=3, interval=7, number=4))
    b = cell.place(rb.NetStim(start=4.37, interval=5.3, number=3))
    rb.connect(a, first, weight=0.002, delay=0.6)
    rb.connect(b, second, weight=0.0015, delay=1.11)
    rb.connect(a, third, weight=0.003, delay=3.333)
    rb.connect(b, first, weight=0.001, delay=7.77)
    rb.connect(rb.VecStim(times=[2.0, 2.01, 2.3, 12.3456]), second, weight=0.001, delay=0.3)
    record = [soma(0.5).v, dend(0.5).v, first["g"], second["A"], third["B"]]
    assert_same(cell, record, tstop=35, method=method)


def test_a_crossing_in_another_section_drives_synapses() -> None:
    cell = ball_and_stick("hh")
    dend, soma = cell.section("dend"), cell.section("soma")
    cell.place(rb.IClamp(2, 30, 0.3), soma(0.5))
    syn = cell.place(rb.ExpSyn(tau=2, e=0), dend(0.9))
    other = cell.place(rb.Exp2Syn(tau1=0.5, tau2=3, e=-80), soma(0.5))
    rb.connect(soma(0.5), syn, weight=0.003, delay=1.003, threshold=-10)
    rb.connect(dend(0.7), other, weight=0.001, delay=0, threshold=-50)
    count = cell.place(rb.APCount(thresh=-10), soma(0.5))
    results = assert_same(cell, [syn["g"], other["A"], count["n"], count["time"]], tstop=35, atol=1e-6)
    assert results[count["n"]][-1] >= 2


def test_a_source_above_its_threshold_at_the_start_fires_at_once() -> None:
    cell = ball_and_stick()
    soma = cell.section("soma")
    syn = cell.place(rb.ExpSyn(tau=2), soma(0.5))
    rb.connect(soma(0.5), syn, weight=0.001, delay=1, threshold=-66)
    assert_same(cell, [syn["g"]], tstop=5)


def test_sources_drive_sources() -> None:
    cell = ball_and_stick()
    soma = cell.section("soma")
    syn = cell.place(rb.ExpSyn(tau=1), soma(0.5))
    clock = cell.place(rb.NetStim(start=1, interval=10, number=3))
    burst = cell.place(rb.NetStim(start=-1, interval=0.7, number=4))
    stop = cell.place(rb.NetStim(start=22.5, number=1))
    rb.connect(clock, burst, weight=1, delay=0.25)
    rb.connect(stop, burst, weight=-1, delay=0)
    rb.connect(burst, syn, weight=0.001, delay=0)
    rb.connect(burst, syn, weight=0.002, delay=0.013)
    assert_same(cell, [syn["g"], soma(0.5).v], tstop=30)


def test_events_at_time_zero_and_faster_than_steps() -> None:
    cell = ball_and_stick()
    soma = cell.section("soma")
    syn = cell.place(rb.ExpSyn(tau=1), soma(0.5))
    rb.connect(rb.NetStim(start=0, interval=0.004, number=1000), syn, weight=1e-5, delay=0)
    assert_same(cell, [syn["g"], soma(0.5).v], tstop=6)


def test_many_events_on_their_way() -> None:
    cell = ball_and_stick()
    soma = cell.section("soma")
    syn = cell.place(rb.ExpSyn(tau=1), soma(0.5))
    rb.connect(rb.NetStim(start=0.5, interval=0.11, number=300), syn, weight=1e-5, delay=20)
    assert_same(cell, [syn["g"], soma(0.5).v], tstop=45)
