"""Vector play: courses of values in parameters, in steps and on straight lines, laid over live NEURON's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.model import Play
from rheobase.simulate import Simulation
from tests.fresh_process import in_fresh_process
from tests.simulate.cells import forked


def charged(interpolate: bool, method: str = "implicit_euler", dt: float = 0.025) -> rb.Results:
    """A cell without any conductance that integrates a played current; 2 nA/nF make 1 mV/ms of it."""
    cell = rb.Cell("capacitor")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.place(rb.IClamp(0, 100, 7), soma(0.5), name="ic")
    play = Play("ic.amp", [1, 2, 4], [0, 1, 0], interpolate=interpolate)
    record = [soma(0.5).v, cell.process("ic")["amp"], cell.process("ic").i]
    return Simulation(cell, rb.Protocol(plays=[play], tstop=6, dt=dt, v_init=0, method=method), record=record).run()


@pytest.mark.parametrize("method", ["implicit_euler", "crank_nicolson", "adaptive"])
def test_a_capacitor_integrates_what_is_played(method: str) -> None:
    farad = 1e-2 * np.pi * 20 * 20 * 1e-3  # nF, of 1 uF/cm2
    steps = charged(False, method)
    assert steps.at([0.5, 1.5, 3, 5]).values[1].tolist() == [7, 0, 1, 0]
    charge = steps.at([1, 2, 4, 6]).values[0] * farad
    np.testing.assert_allclose(charge, [7, 7, 9, 9], rtol=1e-7)
    lines = charged(True, method)
    np.testing.assert_allclose(lines.at([0.5, 1.5, 3, 5]).values[1], [0, 0.5, 0.5, 0], atol=1e-7)
    np.testing.assert_allclose(lines.at([1, 2, 4, 6]).values[0] * farad, [0, 0.5, 1.5, 1.5], atol=3e-4)


def test_a_play_reaches_batches_functions_and_what_is_derived_from_its_parameter() -> None:
    cell, soma, _ = forked()
    sim = Simulation(cell, tstop=3, record=[soma(0.5).v, soma(0.5)["hh.gkbar"], soma(0.5)["ik"]])
    plain = sim.run().values
    playing = sim.play("soma.hh.gkbar", [1.5, 2], [0.01, 0.08])
    played = sim.run().values
    np.testing.assert_array_equal(played[:, :61], plain[:, :61])
    assert played[1, [60, 62, 79, 82]].tolist() == [0.036, 0.01, 0.01, 0.08]
    f, params = sim.function()
    np.testing.assert_allclose(f(params), played, atol=1e-9)
    np.testing.assert_allclose(sim.batch({"soma.hh.gnabar": [0.12, 0.1]})[0], played, atol=1e-9)
    sim.play("ic.delay", [0], [0])
    playing.remove()
    assert [play.target for play in sim.plays] == ["ic.delay"]


def test_two_pieces_may_be_played_into_a_region_and_every_instance() -> None:
    cell, _, (left, right) = forked()
    sim = Simulation(cell, tstop=1, record=[left(0.5)["pas.g"], right(0.5)["pas.g"]])
    sim.play("dend[0].pas.g", [0.5], [2e-4])
    with pytest.raises(ValueError, match=r"dend.pas.g is played into twice: 'dend\[0\].pas.g' holds there already"):
        sim.play("dend.pas.g", [0], [0])
    sim.play("dend[1].pas.g", [0, 1], [0, 1e-4], interpolate=True)
    np.testing.assert_allclose(sim.run().values[:, [10, 30]], [[1e-4, 2e-4], [2.5e-5, 7.5e-5]], rtol=1e-6)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("soma.L", "soma.L cannot change as a run goes; what can be played into are parameters of mechanisms"),
        ("dend.Ra", "dend.Ra cannot change"),
        ("all.cm", "all.cm cannot change"),
        ("soma.na.reversal", "soma.na.reversal cannot change"),
        ("celsius", "celsius holds for a whole run"),
        ("link.weight", "link.weight belongs to a connection"),
        ("soma.pas.g", "soma.pas.g cannot be played into: pas is not inserted there"),
        ("ic.amq", "did you mean 'ic.amp'"),
    ],
)
def test_what_cannot_be_played_into_is_refused_in_words(target: str, words: str) -> None:
    cell, soma, _ = forked()
    rb.connect(soma(0.5), cell.place(rb.ExpSyn(), soma(0.5)), weight=0, name="link")
    with pytest.raises((ValueError, KeyError), match=words):
        Simulation(cell).play(target, [0], [1])


def test_values_out_of_limits_and_times_that_fall_are_refused() -> None:
    cell, *_ = forked()
    with pytest.raises(ValueError, match="-1 S/cm2 is outside its limits"):
        Simulation(cell).play("soma.hh.gnabar", [0, 1], [0.1, -1])
    with pytest.raises(ValueError, match="2 times for 1 values"):
        Play("ic.amp", [0, 1], [0])
    with pytest.raises(ValueError, match="times must rise"):
        Play("ic.amp", [1, 1], [0, 1])


def in_neuron(interpolate: bool, target: str, times: list[float], values: list[float], second: int) -> Any:
    """The voltage and the parameter in live NEURON."""
    from neuron import h

    h("usetable_hh = 0")
    soma = h.Section(name="soma")
    soma.L = soma.diam = 20
    soma.insert("hh")
    clamp = h.IClamp(soma(0.5))
    clamp.delay, clamp.dur, clamp.amp = 1, 1e9, 0.05
    reference = clamp._ref_amp if target == "ic.amp" else soma(0.5).hh._ref_gkbar
    at, course = h.Vector(times), h.Vector(values)
    if interpolate:
        course.play(reference, at, 1)
    else:
        course.play(reference, at)
    traces = [h.Vector().record(soma(0.5)._ref_v), h.Vector().record(reference)]
    h.celsius, h.dt, h.secondorder = 6.3, 0.025, second
    h.finitialize(-65)
    for _ in range(400):
        h.fadvance()
    return [list(trace) for trace in traces]


@pytest.mark.neuron
@pytest.mark.parametrize("method", ["implicit_euler", "crank_nicolson"])
@pytest.mark.parametrize("target", ["ic.amp", "soma.hh.gkbar"])
@pytest.mark.parametrize("interpolate", [True, False])
def test_the_course_is_neurons(interpolate: bool, target: str, method: str) -> None:
    # NEURON goes on along the last line, we stay at the last value: so that is flat.
    times = [0.5, 2.013, 4, 6.3, 7.0125] if not interpolate else [0.5, 2.013, 4, 4, 6.3, 7]
    values = [0.05, 0.02, 0.3, 0.01, 0.1] if not interpolate else [0.05, 0.02, 0.3, 0.01, 0.1, 0.1]
    theirs = np.array(in_fresh_process(in_neuron, interpolate, target, times, values, 2 * (method[0] == "c")))
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("hh")
    clamp = cell.place(rb.IClamp(1, 1e9, 0.05), soma(0.5), name="ic")
    told = clamp["amp"] if target == "ic.amp" else soma(0.5)["hh.gkbar"]
    protocol = rb.Protocol(plays=[Play(target, times, values, interpolate=interpolate)], tstop=10, method=method)
    ours = rb.run(cell, protocol, record=[soma(0.5).v, told]).values
    assert np.ptp(theirs[0]) > 10
    np.testing.assert_allclose(ours[0], theirs[0], atol=1e-6)
    # NEURON records what a step used, and we what holds at the sample's own time: 2.013 ms lies between the two.
    same = np.arange(1, 401) != 81
    np.testing.assert_allclose(ours[1, 1:][same], theirs[1, 1:][same], atol=1e-6)
