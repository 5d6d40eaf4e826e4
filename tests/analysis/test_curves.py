"""Currents against frequency and voltage, and thresholds: a passive bag's, the squid axon's and NEURON's."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.analysis.cells import axon_patch, bag, resistance
from tests.fresh_process import in_fresh_process


def test_the_current_of_a_passive_cell_is_ohms() -> None:
    cell, soma = bag(g=2e-4, e=-70)
    voltages = np.arange(-100, 1, 20.0)
    curve = rb.iv_curve(cell, soma(0.5), voltages, dur=5, ions=["pas.i"])
    np.testing.assert_allclose(curve.steady, (voltages + 70) / resistance(cell, 2e-4), rtol=1e-4)
    np.testing.assert_allclose(curve.peak, curve.steady)
    np.testing.assert_allclose(curve.currents["pas.i"].steady, 2e-4 * (voltages + 70), rtol=1e-4)
    assert curve.reversal() == pytest.approx(-70, abs=1e-6)
    assert curve.currents["pas.i"].unit == "mA/cm2"
    subtracted = rb.iv_curve(cell, soma(0.5), voltages, dur=5, leak=-10)
    np.testing.assert_allclose(subtracted.traces[:, subtracted.t > 1], 0, atol=1e-9 * np.abs(curve.traces).max())


def test_of_the_squid_axon_the_sodium_current_peaks_and_reverses() -> None:
    cell, soma = axon_patch()
    curve = rb.iv_curve(cell, soma(0.5), np.arange(-70, 81, 10.0), dur=10, leak=-10, ions=["na", "k"])
    sodium = curve.currents["na"]
    assert curve.voltages[np.argmin(sodium.peak)] in (-10, 0)  # Hodgkin, Huxley and Katz 1952, J Physiol 116:424
    assert curve.reversal("peak", "na") == pytest.approx(50, abs=1e-3)
    assert np.abs(sodium.steady[7]) < 0.1 * np.abs(sodium.peak[7])
    np.testing.assert_allclose(curve.currents["k"].peak[5:], curve.currents["k"].steady[5:])
    assert (np.diff(curve.steady[3:]) > 0).all()
    assert curve.to_dataframe().columns[3:].tolist() == ["na_peak", "na_steady", "k_peak", "k_steady"]
    assert len(curve.figure().data) == 6


def test_the_axon_begins_to_fire_at_a_rate_well_above_zero() -> None:
    # A Hopf bifurcation: firing at 6.3 degC begins at some 50 Hz near 6.3 uA/cm2 (Rinzel 1978, Fed Proc 37:2793).
    cell, soma = axon_patch()
    density = np.array([5.5, 6.0, 6.5, 7.0, 10.0])
    curve = rb.fi_curve(cell, soma(0.5), density * 1e-5 * cell.area, dur=200, delay=5)
    rates = dict(zip(density, curve.steady, strict=True))
    assert rates[5.5] == rates[6.0] == 0
    assert 45 < rates[6.5] < 60
    assert rates[6.5] < rates[7.0] < rates[10.0]
    assert (curve.counts >= 1).all()
    assert (np.diff(curve.latencies) < 0).all()
    assert curve.onset == curve.amps[0]


def test_an_electrode_on_the_cell_is_taken_off_unless_it_is_to_stay() -> None:
    cell, soma = axon_patch()
    cell.place(rb.IClamp(0, 100, 0.2), soma(0.5), name="ic")
    assert rb.fi_curve(cell, soma(0.5), [0.0], dur=30, delay=5).counts.tolist() == [0]
    assert rb.fi_curve(cell, soma(0.5), [0.0], dur=30, delay=5, keep_electrodes=True).counts[0] > 0
    assert [p.name for p in cell.placed] == ["ic"]


def test_a_passive_bag_with_a_threshold_obeys_lapicque() -> None:
    cell, soma = bag()
    base, tau = 15 / resistance(cell), 10.0
    options: dict[str, Any] = {"threshold": -50.0, "dur": 100, "delay": 1}
    found = rb.rheobase(cell, soma(0.5), **options)
    assert float(found) == pytest.approx(base, rel=2e-4)
    assert found.below < found.amp < (1 + 2e-4) * found.below
    assert rb.chronaxie(cell, soma(0.5), **options) == pytest.approx(tau * np.log(2), rel=2e-3)
    curve = rb.strength_duration(cell, soma(0.5), [1, 2, 5, 10, 20, 50], **options)
    np.testing.assert_allclose(curve.amps, base / (1 - np.exp(-curve.durations / tau)), rtol=1.5e-2)
    assert curve.lapicque.rheobase == pytest.approx(base, rel=1e-3)
    assert curve.lapicque.chronaxie == pytest.approx(tau * np.log(2), rel=3e-3)
    assert curve.lapicque.error < 1e-3 < curve.weiss.error


def test_searches_that_cannot_end_are_told_of() -> None:
    cell, soma = axon_patch()
    with pytest.raises(ValueError, match=r"up to 0.001 nA for 20 ms nothing at soma\(0.5\) reaches -20 mV"):
        rb.rheobase(cell, soma(0.5), dur=20, limit=0.001)
    cell["soma"].set("hh.el", 0.0)
    with pytest.raises(ValueError, match="fires without any current"):
        rb.rheobase(cell, soma(0.5), dur=20)
    with pytest.raises(KeyError, match="section"):
        rb.rheobase(cell, rb.Location("some", 0.5))
    with pytest.raises(ValueError, match="limit = 0 nA"):
        rb.rheobase(cell, soma(0.5), limit=0)
    with pytest.raises(ValueError, match="at least one number in nA"):
        rb.fi_curve(cell, soma(0.5), [])
    with pytest.raises(ValueError, match="rings"):
        rb.iv_curve(cell, soma(0.5), [0.0], method="crank_nicolson")


def test_the_call_that_made_a_result_makes_it_again() -> None:
    cell, soma = axon_patch()
    curve = rb.fi_curve(cell, soma(0.5), [0, 0.25], dur=30, delay=5, celsius=10)
    assert curve.code == (
        "rb.fi_curve(cell, rb.Location('soma', 0.5), amps=[0, 0.25], dur=30, delay=5, threshold=-20, celsius=10)"
    )


@pytest.mark.neuron
def test_spikes_are_counted_as_in_neuron() -> None:
    cell, soma = axon_patch()
    amps = [0.0, 0.05, 0.1, 0.3, 1.0]
    curve = rb.fi_curve(cell, soma(0.5), amps, dur=100, delay=5)
    assert curve.counts.tolist() == in_fresh_process(_counted, amps)


def _counted(amps: list[float]) -> list[int]:
    from neuron import h

    h.load_file("stdrun.hoc")
    h("usetable_hh = 0")
    soma = h.Section(name="soma")
    soma.L = soma.diam = 20
    soma.insert("hh")
    clamp, count = h.IClamp(soma(0.5)), h.APCount(soma(0.5))
    clamp.delay, clamp.dur, count.thresh = 5, 100, -20
    h.celsius, h.dt, h.steps_per_ms = 6.3, 0.025, 40
    found = []
    for amp in amps:
        clamp.amp = amp
        h.finitialize(-65)
        for _ in range(4200):
            h.fadvance()
        found.append(int(count.n))
    return found
