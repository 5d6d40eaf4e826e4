"""Run control: runs that are stepped, continued, stopped, changed and called back from."""

from functools import partial
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import Simulation
from tests.simulate.cells import forked


def test_a_run_in_parts_is_the_run_in_one() -> None:
    cell, soma, _ = forked()
    record = [soma(0.5).v, soma(0.5)["ina"]]
    sim = Simulation(cell, tstop=4, record=record, every=3)
    whole = sim.run()
    assert sim.t == 4
    sim.init()
    assert (sim.t, len(sim.results)) == (0, 1)
    for _ in range(7):
        sim.step()
    assert sim.t == pytest.approx(7 * 0.025)
    assert len(sim.results) == 3
    sim.run_for("1 ms")
    sim.run_until(3.9999)
    parts = sim.run_until(4)
    np.testing.assert_array_equal(parts.values, whole.values)
    np.testing.assert_array_equal(parts.t, whole.t)
    assert sim.run_for(1).t[-1] == pytest.approx(4.95)  # the last sample before 5 ms; tstop is no limit
    assert sim.t == 5
    with pytest.raises(ValueError, match=r"t = 2 ms is over: the run stands at 5 ms; init\(\) begins anew"):
        sim.run_until(2)


def test_a_single_adaptive_step_is_an_accepted_one() -> None:
    cell, *_ = forked()
    sim = Simulation(cell, method="adaptive", atol=1e-4)
    sim.step()
    first = sim.t
    sim.step()
    assert 0 < first < sim.t == sim.results.t[-1]
    assert len(sim.results) == 3
    assert sim.run_until(3).t[-1] == 3


def test_what_a_callback_sets_holds_for_its_run_and_what_a_person_sets_for_all() -> None:
    cell, soma, _ = forked()
    sim = Simulation(cell, tstop=4, record=[soma(0.5)["hh.gnabar"], soma(0.5).v])
    plain = sim.run()
    called: list[float] = []

    def block(s: Simulation) -> None:
        called.append(s.t)
        s.set("soma.hh.gnabar", s.get("soma.hh.gnabar") / 2)

    ends = sim.at(1.5, block)
    for _ in range(2):
        assert sim.run()[soma(0.5).v][60] == plain[soma(0.5).v][60]
        assert sim.get("soma.hh.gnabar") == 0.06
        assert abs(sim.results.values[1] - plain.values[1]).max() > 10
    assert called == [1.5, 1.5]
    ends.remove()
    np.testing.assert_array_equal(sim.run().values, plain.values)
    sim.set("soma.hh.gnabar", 0.06)
    assert sim.run().values[1].max() < plain.values[1].max() - 1
    assert sim.get("soma.hh.gnabar") == 0.06


def test_a_change_in_a_run_is_that_of_a_run_begun_with_it() -> None:
    """What changes are data alone: from the same state on, the two are one."""
    cell, soma, _ = forked()
    changed, begun = (Simulation(cell, record=[soma(0.5).v]) for _ in range(2))
    changed.run_until(1)
    begun.run_until(1)
    changed.set("dend.pas.g", [1e-3] * 6)
    changed.set("celsius", 16.3)
    again = begun.varied({"dend.pas.g": 1e-3, "celsius": 16.3})
    again.init()
    again._course.present = begun.present
    np.testing.assert_array_equal(changed.run_until(2).values[0, 41:], again.run_until(2).values[0, 1:])


def test_states_weights_and_concentrations_can_be_set_on_the_way() -> None:
    cell, soma, (left, _) = forked()
    soma.insert("ca_decay")
    soma.insert("cahva_reuveni")
    syn = cell.place(rb.ExpSyn(tau=2), left(0.5), name="syn")
    link = rb.connect(rb.NetStim(start=0.5, interval=1, number=3), syn, weight=0.001, delay=0.1)
    sim = Simulation(cell, record=[soma(0.5).v, soma(0.5)["cai"], syn["g"]])
    sim.run_until(1)
    sim.set(soma(0.5).v, -20)
    sim.set(soma(0.5)["hh.m"], 0.25)
    sim.set(soma(0.5)["cai"], 0.01)
    assert [sim.get(x) for x in (soma(0.5).v, soma(0.5)["hh.m"], soma(0.5)["cai"])] == [-20, 0.25, 0.01]
    before = sim.get(syn["g"])
    sim.set(f"{link.name}.weight", 0.5)
    sim.run_until(1.7)
    assert sim.get(syn["g"]) > before + 0.4
    with pytest.raises(ValueError, match="ina cannot be set: it follows from states"):
        sim.set(soma(0.5)["ina"], 1)
    with pytest.raises(ValueError, match=r"hh\.gnabar = -1 S/cm2 is outside its limits"):
        sim.set("soma.hh.gnabar", -1)
    with pytest.raises(KeyError, match=r"did you mean 'soma\.hh\.gnabar'"):
        sim.set("soma.hh.gnabr", 1)
    with pytest.raises(ValueError, match="its place has 6 segments"):
        sim.set("dend.pas.g", [1e-4, 2e-4])


@pytest.mark.parametrize("method", ["implicit_euler", "adaptive"])
def test_callbacks_come_at_their_times_in_order_and_may_stop_the_run(method: str) -> None:
    cell, *_ = forked()
    sim = Simulation(cell, tstop=5, method=method)
    seen: list[tuple[str, float]] = []
    for name, t in (("late", 3), ("first", 0), ("same", 3), ("between", 1.0101)):
        sim.at(t, partial(_noted, seen, name))
    sim.at(3.5, lambda s: s.stop())
    assert sim.run().t[-1] == pytest.approx(3.5)
    assert [name for name, _ in seen] == ["first", "between", "late", "same"]
    assert [t for _, t in seen] == pytest.approx([0, 1.0101, 3, 3], abs=0.0126 if method == "implicit_euler" else 0)
    assert sim.run_until(5).t[-1] == 5  # and it goes on
    sim.at(1, lambda s: s.step())
    with pytest.raises(RuntimeError, match="cannot step it; it may get, set and stop"):
        sim.run()


def test_a_voltage_set_in_an_adaptive_run_is_a_jump_in_its_trace() -> None:
    cell, soma, _ = forked()
    sim = Simulation(cell, tstop=2, method="adaptive")
    sim.at(1, lambda s: s.set(soma(0.5).v, -30))
    v = sim.run().at([1 - 1e-9, 1])[soma(0.5).v]
    assert v[0] < -60
    assert v[1] == -30


def test_functions_are_called_at_the_stages_of_an_initialisation() -> None:
    cell, soma, _ = forked()
    sim = Simulation(cell, tstop=1)
    stages: list[str] = []
    for stage in ("ready", "after_initial", "after_v", "before_v"):
        sim.on(stage, partial(_named, stages, stage))
    sim.on("before_v", lambda s: s.set("v_init", -70))
    sim.on("after_v", lambda s: s.set(soma(0.5).v, -50))
    sim.on("after_initial", lambda s: s.set(soma(0.5)["hh.h"], 0.125))
    sim.init()
    assert stages == ["before_v", "after_v", "after_initial", "ready"]
    steady = Simulation(cell, tstop=1, v_init=-50, record=[soma(0.5)["hh.m"]]).run().values[0, 0]
    assert sim.get(soma(0.5)["hh.m"]) == pytest.approx(steady)
    assert sim.get(soma(0.5)["hh.h"]) == 0.125
    assert sim.results.values[0, 0] == -50
    sim.on("ready", lambda s: s.set("v_init", -60))
    with pytest.raises(ValueError, match="v_init holds where voltages are set, which is over"):
        sim.init()
    with pytest.raises(KeyError, match="there is no stage of initialisation 'before'"):
        sim.on("before", print)


def test_voltages_begin_by_place() -> None:
    cell, soma, (left, right) = forked()
    record = [soma(0.5).v, left(0.5).v, right(0.5).v]
    sim = Simulation(cell, tstop=1, v_init={"dend": -60, "dend[1]": -55, "all": -70}, record=record)
    assert sim.run().values[:, 0].tolist() == [-70, -60, -55]
    assert sim.batch({"dend[1].v_init": [-50, -40]})[:, :, 0].tolist() == [[-70, -60, -50], [-70, -60, -40]]
    f, params = sim.function()
    assert np.asarray(f({**params, "v_init": -80.0}))[:, 0].tolist() == [-80, -60, -55]
    with pytest.raises(KeyError, match="axon"):
        Simulation(cell, v_init={"axon": -60})


@pytest.mark.parametrize("init", ["quiet", "steady"])
def test_a_run_that_begins_at_rest_stays_there(init: str) -> None:
    cell, soma, (left, _) = forked()
    left.insert("ca_decay")
    left.insert("cahva_reuveni")
    rec = rb.run(cell, tstop=0.9, init=init, v_init=-60, record=[soma(0.5).v, left(0.5)["cai"], soma(0.5)["hh.n"]])
    assert np.ptp(rec.values, axis=1).max() < 1e-9
    assert abs(rec.values[0, 0] + 65) < 0.1
    assert rec.values[0, 0] != -60


def test_samples_at_given_times() -> None:
    cell, soma, _ = forked()
    times = [0, 0.31, 1.2, 3]
    for method in ("implicit_euler", "adaptive"):
        options: Any = {"tstop": 3, "method": method, "record": [soma(0.5).v, soma(0.5)["ik"]]}
        some, every = rb.run(cell, record_at=times, **options), rb.run(cell, **options)
        assert some.t.tolist() == times
        np.testing.assert_array_equal(some.values, every.at(times).values)
    with pytest.raises(ValueError, match="record_at: give times in ms from 0 on, each later"):
        rb.run(cell, tstop=3, record_at=[2, 1])


def test_a_batch_calls_what_single_runs_call() -> None:
    cell, soma, _ = forked()
    sim = Simulation(cell, tstop=3)
    together = sim.batch({"ic.amp": [0.1, 0.2]})
    sim.at(2, lambda s: s.set("soma.hh.gnabar", 0.12))
    np.testing.assert_allclose(sim.batch({"ic.amp": [0.1, 0.2]}), together, atol=1e-9)
    with pytest.raises(ValueError, match="calls no function in between"):
        sim.function()
    assert soma(0.5).v in sim.recordables


def _noted(seen: list[tuple[str, float]], name: str, simulation: Simulation) -> None:
    seen.append((name, simulation.t))


def _named(seen: list[str], name: str, _: Simulation) -> None:
    seen.append(name)
