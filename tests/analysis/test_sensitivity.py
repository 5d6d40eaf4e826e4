"""Derivatives of traces, and of what is read off them, against central differences of whole runs."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.analysis.parameters.bands import warp_of
from rheobase.analysis.parameters.landmarks import LANDMARKS, Trace
from rheobase.analysis.parameters.sensitivity import Sensitivity, sensitivity
from rheobase.analysis.parameters.varied import varied_by_default
from rheobase.simulate import Cancelled
from rheobase.simulate.tangents import tangents

SECTIONS, SIZES = ("soma", "dend"), ("L", "diam")


def ball_and_stick(**options: Any) -> tuple[rb.Simulation, Any]:
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=300, diam=2, nseg=5, parent=soma(1))
    cell.Ra = 100
    cell["soma"].insert("hh")
    cell["dend"].insert("pas", e=-65)
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    cell.place(rb.IClamp(delay=1, dur=30, amp=0.3), soma(0.5), name="ic")
    cell.place(rb.AlphaSynapse(onset=3, tau=1, gmax=0.002, e=-10), dend(0.5), name="syn")
    record = [soma(0.5).v, soma(0.5)["ina"]]
    return rb.Simulation(cell, **{"tstop": 20.0, "record": record, **options}), soma


def differences(sim: rb.Simulation, name: str, step: float = 2e-5) -> np.ndarray:
    """The derivative of all traces by a parameter, from runs a little apart."""
    value = float(np.mean(sim.assembly.table.defaults[name]))
    h = step * abs(value)
    apart = sim.batch({name: [value - 2 * h, value - h, value + h, value + 2 * h]})
    return np.tensordot([1 / 12, -2 / 3, 2 / 3, -1 / 12], apart, 1) / h


def test_slopes_agree_with_central_differences() -> None:
    sim, _ = ball_and_stick()
    names = [
        "soma.hh.gnabar", "soma.hh.el", "all.na.reversal", "all.cm", "all.Ra", "dend.pas.g.slope", "dend.pas.e",
        "soma.diam", "dend.L", "ic.amp", "syn.tau", "celsius", "v_init",
    ]  # fmt: skip
    moved = tangents(sim, [{name: 1.0} for name in names])
    np.testing.assert_allclose(moved.values, sim.run().values, atol=1e-9)
    for name, slopes in zip(names, moved.derivatives, strict=True):
        expected = differences(sim, name)
        for row in range(2):
            scale = np.abs(expected[row]).max()
            np.testing.assert_allclose(slopes[row], expected[row], atol=1e-5 * scale, err_msg=name)


@pytest.mark.parametrize("init", ["quiet", "steady"])
def test_the_rest_that_a_run_begins_in_moves_with_the_parameters(init: str) -> None:
    cell = rb.Cell("patch")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("hh")
    soma.insert("cat_huguenard")
    soma.insert("ca_decay")
    cell.place(rb.IClamp(delay=0.5, dur=30, amp=0.05), soma(0.5), name="ic")
    record = [soma(0.5).v, soma(0.5)["cai"], soma(0.5)["hh.n"]]
    sim = rb.Simulation(cell, tstop=2, init=init, record=record)
    names = ["soma.hh.el", "soma.hh.gkbar", "all.cm", "ic.amp"]
    moved = tangents(sim, [{name: 1.0} for name in [*names, "v_init"]])
    np.testing.assert_array_equal(moved.values, sim.run().values)
    assert moved.derivatives[0, 0, 0] > 0.1
    for name, slopes in zip(names, moved.derivatives, strict=False):
        expected = differences(sim, name, 1e-3)
        scale = np.abs(expected).max(axis=1, keepdims=True)
        np.testing.assert_allclose(slopes / scale, expected / scale, atol=1e-5, err_msg=name)
    assert np.abs(moved.derivatives[-1]).max() < 1e-9


def test_a_run_that_calls_functions_is_refused() -> None:
    sim, _ = ball_and_stick()
    sim.at(5, lambda s: s.set("ic.amp", 0.2))
    with pytest.raises(ValueError, match="a function that is called during a run has no derivative"):
        sensitivity(sim)


def test_the_default_parameters_are_those_of_the_membrane_that_hold() -> None:
    sim, _ = ball_and_stick()
    names = [each.name for each in varied_by_default(sim)]
    assert sorted(names) == [
        "all.Ra", "all.cm", "all.k.reversal", "all.na.reversal", "dend.pas.e", "dend.pas.g.intercept",
        "dend.pas.g.slope", "soma.hh.el", "soma.hh.gkbar", "soma.hh.gl", "soma.hh.gnabar",
    ]  # fmt: skip
    assert {each.name for each in varied_by_default(sim, ["shape"])} == {f"{s}.{q}" for s in SECTIONS for q in SIZES}


@pytest.fixture(scope="module")
def firing() -> Sensitivity:
    """A soma that fires several times, differentiated by two conductances and a current, at second order."""
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("hh")
    cell.place(rb.IClamp(delay=1, dur=60, amp=0.2), soma(0.5), name="ic")
    sim = rb.Simulation(cell, tstop=50, method="crank_nicolson", record=[soma(0.5).v])
    return sensitivity(sim, parameters=["soma.hh.gnabar", "soma.hh.gkbar", "all.cm", "ic.amp"])


@pytest.mark.parametrize("feature", LANDMARKS)
def test_features_move_as_they_do_from_run_to_run(firing: Sensitivity, feature: str) -> None:
    sim = firing.simulation
    for effect in firing.effects(feature).ranked:
        value = effect.parameter.value
        h = 1e-6 * value
        runs = sim.batch({effect.parameter.name: [value - h, value + h]})[:, 0]
        low, high = (LANDMARKS[feature].read(Trace(firing.t, run, onset=1.0)).value for run in runs)
        assert effect.slope == pytest.approx((high - low) / (2 * h), rel=1e-4, abs=1e-9 * abs(effect.slope))
        assert effect.by_change == pytest.approx(0.1 * value * effect.slope)


def test_a_band_shifts_spikes_in_time(firing: Sensitivity) -> None:
    for name in ("soma.hh.gkbar", "ic.amp"):
        band = firing.band(name, 0.01)
        value = firing.parameters[firing._row(name)].value
        run = firing.simulation.batch({name: [value * 1.01]})[0, 0]
        # Up and down alone, the derivative would be off by the height of a spike.
        assert np.abs(firing.values + 0.01 * firing.relative(name) - run).max() > 8
        assert np.abs(band.plus - run).max() < 4
        assert np.sqrt(np.mean((band.plus - run) ** 2)) < 0.3 * np.sqrt(np.mean((firing.values - run) ** 2))
        shifts = [crossing_times(firing.t, x) for x in (firing.values, run)]
        np.testing.assert_allclose(band.shifts, shifts[1] - shifts[0], rtol=0.1, atol=2e-3)
        assert np.isinf(band.holds_until)
        assert not band.remark


def crossing_times(t: np.ndarray, v: np.ndarray) -> np.ndarray:
    k = np.flatnonzero((v[1:] >= -20) & (v[:-1] < -20))
    return t[k] + (-20 - v[k]) / (v[k + 1] - v[k]) * (t[k + 1] - t[k])


def test_a_check_says_where_linearity_ends(firing: Sensitivity) -> None:
    assert np.isinf(firing.check("soma.hh.gkbar", 0.005).breaks_at)
    far = firing.check("soma.hh.gkbar", 0.4)
    assert far.breaks_at < 20
    assert "linear until" in far.verdict
    assert len(far.to_dataframe().columns) == 5
    assert firing.band("soma.hh.gkbar", 0.9).remark


def test_a_warp_keeps_edges_and_moves_spikes() -> None:
    t = np.linspace(0, 10, 10001)
    v = -65 + 100 * np.exp(-(((t - 6) / 0.2) ** 2))
    later = (v + 65) * 2 * (t - 6) / 0.04  # the trace moved bodily by 1 ms for each unit
    warp = warp_of(t, v, later, -20.0, edges=[2.0])
    np.testing.assert_allclose(warp.moves, [1.0], atol=1e-2)
    assert warp.at(np.array([0.0, 2.0, 10.0])) == pytest.approx([0, 0, 1], abs=1e-2)


def test_other_traces_than_voltages_and_what_they_lack() -> None:
    sim, soma = ball_and_stick(tstop=8)
    sens = sensitivity(sim, soma(0.5)["ina"], ["soma.hh.gnabar"])
    assert sens.unit == "mA/cm2"
    assert "peak" in sens.features
    assert sens.trace.variable == "ina"
    assert "one spike" in sens.missing()["rate"]
    with pytest.raises(ValueError, match="no rate"):
        sens.effects("rate")
    clamp = sensitivity(sim, rb.Recordable("ic", None, "i"), ["ic.amp"], feature="mean")
    assert clamp.effects().value == pytest.approx(0.3 * 7 / 8, rel=0.02)
    assert "voltage" in clamp.missing()["rate"]


def test_what_cannot_be_differentiated_is_refused(firing: Sensitivity) -> None:
    sim = firing.simulation
    with pytest.raises(ValueError, match="begins or ends"):
        sensitivity(sim, parameters=["ic.amp", "ic.delay"])
    assert [each.name for each in sensitivity(sim, parameters="stimuli").parameters] == ["ic.amp"]
    with pytest.raises(KeyError, match="gnabar"):
        sensitivity(sim, parameters=["soma.hh.gnabr"])
    with pytest.raises(KeyError, match="no feature 'peek'"):
        sensitivity(sim, feature="peek")
    with pytest.raises(ValueError, match="between 0 and 1"):
        firing.band("all.cm", 10)
    with pytest.raises(TypeError, match="Simulation"):
        sensitivity(sim.cell)  # type: ignore[arg-type]
    with pytest.raises(Cancelled):
        sensitivity(sim, cancelled=lambda: True)


def test_a_place_without_a_number_of_its_own_scales_all_of_its_values() -> None:
    sim, soma = ball_and_stick(tstop=4)
    name = "dend.pas.g"  # a profile gives it; named as a whole, all of its segments grow in proportion
    sens = sensitivity(sim, soma(0.5).v, [name])
    values = np.array(sens.parameters[0].values)
    assert len(values) == 5
    runs = sim.batch({name: np.stack([values * (1 - 1e-4), values * (1 + 1e-4)])})[:, 0]
    np.testing.assert_allclose(sens.relative(name), (runs[1] - runs[0]) / 2e-4, atol=1e-5)


def test_tables_and_figures(firing: Sensitivity) -> None:
    frame = firing.to_dataframe()
    assert list(frame.columns)[1] == "d/d soma.hh.gnabar"
    assert len(frame) == len(firing.t)
    effects = firing.effects("rate", 0.05)
    assert effects.to_dataframe().columns[-1] == "rate at +5 %"
    assert effects.unit == "Hz"
    assert len(effects.figure().data[0].x) == 4
    figure = firing.figure("all.cm", 0.02)
    assert len(figure.data) == 4
    assert figure.layout.yaxis.title.text == "soma(0.5).v (mV)"
    assert len(firing.check("all.cm", 0.02).figure().data) == 4


def test_what_was_set_on_a_simulation_holds() -> None:
    sim, soma = ball_and_stick()
    sim.set("soma.hh.gnabar", 0.2)
    sim.set("dend.L", 200)
    moved = tangents(sim, [{"soma.hh.gnabar": 1.0}, {"all.cm": 1.0}])
    np.testing.assert_allclose(moved.values, sim.run().values, atol=1e-9)
    runs = {x: sim.varied({"soma.hh.gnabar": x}).run().values for x in (0.2 - 1e-5, 0.2 + 1e-5)}
    slope = (runs[0.2 + 1e-5] - runs[0.2 - 1e-5]) / 2e-5
    np.testing.assert_allclose(moved.derivatives[0, 0], slope[0], atol=1e-4 * np.abs(slope[0]).max())
    sens = rb.sensitivity(sim, soma(0.5).v, ["soma.hh.gnabar"])
    assert sens.parameters[0].value == 0.2
