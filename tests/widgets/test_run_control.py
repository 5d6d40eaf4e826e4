from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import Update
from rheobase.widgets.run_traits import status_of
from tests.widgets.conftest import the

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def control(cell: rb.Cell, until: Until) -> Iterator[rb.RunControl]:
    cell.place(rb.IClamp(delay=1, dur=5, amp=0.5), cell.section("soma")(0.5))
    control = rb.RunControl(cell, rb.Protocol(tstop=10))
    until(lambda: control.state == "idle")
    yield control
    control.close()


def setting(control: rb.RunControl, key: str) -> dict[str, Any]:
    return next(each for each in control.settings if each["key"] == key)


def test_it_runs_when_it_opens_and_says_so(control: rb.RunControl) -> None:
    assert control.results is not None
    assert control.status.endswith("up to date")
    assert control.progress == 1


@pytest.mark.parametrize(
    ("key", "value", "now"),
    [("tstop", 20, 20.0), ("dt", "50 us", 0.05), ("v_init", -70, -70.0), ("celsius", 20, 20.0)],
)
def test_a_setting_is_changed_and_run(
    control: rb.RunControl, until: Until, key: str, value: object, now: float
) -> None:
    revision = control.revision
    assert control.perform("run.set", key=key, value=value, gesture="") == {}
    assert getattr(control.protocol, key) == now
    assert setting(control, key)["value"] == now
    until(lambda: control.state == "idle" and control.revision > revision + 1)


@pytest.mark.parametrize(
    ("key", "value"),
    [("tstop", -5), ("tstop", 0), ("dt", 0), ("dt", "0.1 mV"), ("v_init", None), ("celsius", -300), ("method", "magic"),
     ("steps", 3), ("dt", float("inf"))],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_in_words(control: rb.RunControl, key: str, value: object) -> None:
    protocol = control.protocol
    assert control.perform("run.set", key=key, value=value, gesture="")["error"]
    assert control.protocol == protocol


def test_the_integrator_is_chosen_by_name(control: rb.RunControl, until: Until) -> None:
    assert {each["name"] for each in control.methods} >= {"implicit_euler", "crank_nicolson"}
    control.perform("run.set", key="method", value="crank_nicolson", gesture="")
    assert control.method == "crank_nicolson"
    until(lambda: control.state == "idle")
    assert control.error == ""


def test_a_reset_gives_back_the_first_setting(control: rb.RunControl) -> None:
    control.perform("run.set", key="tstop", value=50, gesture="")
    control.perform("run.set.reset", key="tstop")
    assert control.protocol.tstop == 10


def test_cancel_stops_a_long_run_and_the_last_results_stay(control: rb.RunControl) -> None:
    control.perform("run.set", key="tstop", value=100_000, gesture="")
    assert control.state == "running"
    control.perform("run.cancel")
    assert control.state == "idle"
    assert control.status.startswith("Cancelled")
    assert the(control.results).t[-1] == pytest.approx(10)


def test_a_run_that_blows_up_is_told_with_time_and_place(control: rb.RunControl, until: Until) -> None:
    control.session.cell.process("IClamp[0]").amp = 1e9
    until(lambda: control.state == "error")
    assert "soma(0.5)" in control.error
    assert "ms" in control.error
    control.session.cell.undo()
    until(lambda: control.state == "idle")
    assert control.error == ""


def test_kept_runs_are_counted_and_dropped(control: rb.RunControl) -> None:
    control.perform("trace.keep")
    assert len(control.kept_info) == 1
    control.perform("trace.clear")
    assert control.kept_info == []


def test_a_control_that_is_not_live_runs_when_asked(cell: rb.Cell, until: Until) -> None:
    control = rb.RunControl(cell, rb.Protocol(tstop=1), live=False)
    assert (control.state, control.results) == ("idle", None)
    cell.Ra = 100
    assert control.state == "idle"
    control.perform("run.start")
    until(lambda: control.results is not None)
    control.close()


@pytest.mark.parametrize(
    ("update", "busy", "words"),
    [
        (Update("done", None, 1.0, 2.5, "", 1), False, "2.5 s, up to date"),
        (Update("done", None, 1.0, 0.02, "", 1), True, "20 ms, updating"),
        (Update("error", None, 0.3, 0.02, "no", 1), False, "Stopped by an error"),
    ],
)
def test_the_status_is_in_words(update: Update, busy: bool, words: str) -> None:
    assert status_of(update, busy) == words


# Step by step


def at(control: rb.RunControl, until: Until, name: str, **fields: Any) -> float:
    """Ask for something and wait until the run stands again; where it stands, ms."""
    assert control.perform(name, **fields) == {}
    until(lambda: control.state != "running")
    with control.lock:  # what is told is told as one
        assert control.error == ""
        return float(control.moment["t"])


def test_a_run_in_pieces_is_the_whole_run(control: rb.RunControl, until: Until) -> None:
    whole = the(control.results)
    assert control.moment["t"] == pytest.approx(10)
    assert at(control, until, "run.init") == 0
    assert at(control, until, "run.for", ms=4) == pytest.approx(4)
    assert at(control, until, "run.step") == pytest.approx(4.025)
    assert at(control, until, "run.until", ms="0.01 s") == pytest.approx(10)
    pieces = the(control.results)
    assert pieces is not whole
    assert np.array_equal(pieces.t, whole.t)
    assert np.array_equal(pieces.values, whole.values)
    assert (control.stride, control.goal) == (4, 10)
    assert control.moment["standing"]
    assert control.status == "Stands at 10 ms"


def test_a_change_holds_from_where_the_run_stands(control: rb.RunControl, until: Until) -> None:
    before = the(control.results)
    at(control, until, "run.init")
    at(control, until, "run.until", ms=3)
    assert control.moment["note"] == ""
    control.session.cell.process("IClamp[0]").amp = 0.0
    assert control.state == "idle"  # it did not begin anew
    assert "from here on" in control.moment["note"]
    assert control.status == "Stands at 3 ms, changed"
    at(control, until, "run.until", ms=10)
    after = the(control.results)
    until_then, later = before.t <= 3, before.t > 3.5
    v = before.recordables[0]
    assert np.array_equal(after[v][until_then], before[v][until_then])
    assert np.abs(after[v] - before[v])[later].max() > 1
    assert control.moment["note"] == ""
    revision = control.revision
    control.perform("run.start")  # from the beginning, and live again
    until(lambda: control.state == "idle" and control.revision > revision)
    assert not control.moment["standing"]
    control.session.cell.undo()
    until(lambda: control.state == "idle" and bool((the(control.results)[v] == before[v]).all()))


def test_what_has_no_meaning_for_the_state_is_told(control: rb.RunControl, until: Until) -> None:
    at(control, until, "run.init")
    at(control, until, "run.until", ms=3)
    control.session.cell.section("soma").nseg = 3
    control.perform("run.step")
    until(lambda: control.state == "error")
    assert "Init begins anew" in control.error
    assert at(control, until, "run.init") == 0
    at(control, until, "run.step")
    control.perform("run.set", key="dt", value=0.02, gesture="")
    control.perform("run.step")
    until(lambda: control.state == "error")
    assert "0.025 ms" in control.error
    assert "dt = 0.02 ms" in control.error


@pytest.mark.parametrize(
    ("name", "ms", "told"),
    [("run.for", -1, "greater than 0"), ("run.for", "", "duration"), ("run.until", 3, "is over"),
     ("run.until", "5 mV", "ms"), ("run.for", float("nan"), "duration")],
)  # fmt: skip
def test_a_time_that_cannot_be_is_refused(control: rb.RunControl, name: str, ms: object, told: str) -> None:
    assert told in control.perform(name, ms=ms)["error"]
    assert not control.moment["standing"]


def test_a_stopped_run_stands_and_goes_on(control: rb.RunControl, until: Until) -> None:
    control.perform("run.set", key="tstop", value=100_000, gesture="")
    until(lambda: control.progress > 0 and control.moment["t"] > 10)
    control.perform("run.stop")
    until(lambda: control.state == "idle")
    with control.lock:
        t = control.moment["t"]
    assert control.status == f"Stopped at {t:.9g} ms"
    assert 10 < t < 100_000
    assert the(control.session.picture).rows[0, -1] == pytest.approx(t, rel=1e-3)
    assert at(control, until, "run.for", ms=1) == pytest.approx(t + 1)


def test_a_state_is_saved_and_taken_back_exactly(control: rb.RunControl, until: Until) -> None:
    at(control, until, "run.init")
    at(control, until, "run.until", ms=2)
    saved = control.perform("state.save")
    assert saved["name"].endswith("at 2 ms.npz")
    at(control, until, "run.until", ms=6)
    first = the(control.results)
    halves = saved["content"][:50], saved["content"][50:]
    for part, text in enumerate(halves):
        assert control.perform("state.restore", file="a.npz", text=text, part=part, parts=2) == {}
    until(lambda: control.state == "idle" and control.moment["t"] == 2)
    at(control, until, "run.until", ms=6)
    again = the(control.results)
    assert np.array_equal(again.values, first.values[:, first.t >= 2 - 1e-9])
    assert b64decode(saved["content"])[:2] == b"PK"


@pytest.mark.parametrize(
    ("text", "told"),
    [("no base64!", "did not arrive"), (b64encode(b"no state").decode(), "my.npz"), ("A" * 100_000_000, "longer")],
    ids=["text", "bytes", "size"],
)
def test_a_file_that_is_no_state_is_refused(control: rb.RunControl, until: Until, text: str, told: str) -> None:
    refused = control.perform("state.restore", file="../my.npz", text=text)
    until(lambda: control.state != "running")
    assert told in refused.get("error", control.error)
    assert control.moment["t"] == pytest.approx(10)


def test_a_run_may_begin_at_rest(control: rb.RunControl, until: Until) -> None:
    assert [each["name"] for each in control.starts] == ["v_init", "steady", "quiet"]
    control.perform("run.set", key="v_init", value=-70, gesture="")
    for start in ("steady", "quiet"):
        control.perform("run.set", key="start", value=start)
        at(control, until, "run.init")
        at(control, until, "run.until", ms=1)  # the clamp is still off
        v = the(control.results).values[0]
        assert control.start_from == start
        assert np.ptp(v) < 1e-6
        assert v[0] == pytest.approx(-65, abs=0.1)


def test_steps_that_divide_nothing_are_told_and_not_changed(control: rb.RunControl, until: Until) -> None:
    assert not setting(control, "dt")["warning"]
    control.perform("run.set", key="dt", value=0.03, gesture="")
    assert "ends at 9.99 ms" in setting(control, "dt")["warning"]
    assert control.protocol.dt == 0.03
    control.perform("run.set", key="points", value=10, gesture="")
    assert "11.1111 points/ms" in setting(control, "points")["warning"]
    control.perform("run.set", key="dt", value=0.025, gesture="")
    assert not setting(control, "points")["warning"]
    until(lambda: control.state == "idle" and len(the(control.results)) == 101)
    assert control.moment["points"] == "10"
    control.perform("run.set.reset", key="points")
    until(lambda: control.state == "idle" and len(the(control.results)) == 401)
    assert control.perform("run.set", key="points", value=-1, gesture="")["error"]


def test_the_variable_step_has_tolerances(control: rb.RunControl, until: Until) -> None:
    control.perform("run.set", key="method", value="adaptive", gesture="")
    assert [each["key"] for each in control.settings] == ["tstop", "atol", "rtol", "v_init", "celsius"]
    until(lambda: control.state == "idle" and the(control.results).statistics is not None)
    at(control, until, "run.init")
    assert 0 < at(control, until, "run.step") < 1
    assert at(control, until, "run.until", ms=7) == 7


def test_it_runs_what_a_simulation_runs(cell: rb.Cell, until: Until) -> None:
    sim = rb.Simulation(cell, tstop=5, dt=0.05, every=2, init="steady")
    sim.set("all.cm", 2)
    control = rb.RunControl(sim)
    until(lambda: control.state == "idle")
    assert (control.protocol.tstop, control.start_from, control.moment["points"]) == (5, "steady", "10")
    assert the(control.session.simulation).get("all.cm") == 2
    control.close()


# Families


def swept(control: rb.RunControl, until: Until, **asked: object) -> dict[str, Any]:
    for key, value in asked.items():
        assert control.perform("family.set", key=key, value=value) == {}
    assert control.perform("family.run") == {}
    until(lambda: not control.family["running"])
    return control.family


def test_a_family_is_laid_over_one_another_and_kept(control: rb.RunControl, until: Until) -> None:
    names = control.perform("family.names")["names"]
    assert {"IClamp[0].amp", "soma.hh.gnabar", "celsius", "v_init"} <= set(names)
    family = swept(control, until, parameter="IClamp[0].amp", start="100 pA", end=0.4, number=4)
    assert family["words"].startswith("4 runs")
    drawn = control.family_drawn
    assert drawn["members"] == ["0.1 nA", "0.2 nA", "0.3 nA", "0.4 nA"]
    assert len(set(drawn["colours"])) == 4
    curves = np.frombuffer(control.family_curves, np.float32).reshape(5, -1)
    found = the(control.family_runs)
    assert np.array_equal(curves[1:], found.overlaid()[1].astype(np.float32))
    assert [each["label"] for each in control.kept_info] == [f"IClamp[0].amp = {name}" for name in drawn["members"]]
    assert control.session.cell.process("IClamp[0]").amp == 0.5  # the cell stays as it was
    swept(control, until, scale="log", start=0.1, end=10, number=3)
    assert control.family_drawn["members"] == ["0.1 nA", "1 nA", "10 nA"]
    assert len(control.kept_info) == 3
    assert "rb.spaced(0.1, 10.0, 3, 'log')" in control.perform("family.code")["content"]
    assert control.perform("family.table")["content"].count("soma(0.5).v") == 3
    control.perform("family.clear")
    assert control.kept_info == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [({"parameter": "nonsense"}, "nonsense"), ({"start": "3 mV"}, "first value"), ({"number": 2.5}, "whole number"),
     ({"number": 1000}, "whole number"), ({"scale": "odd"}, "scale"), ({"gesture": 1}, "gesture")],
)  # fmt: skip
def test_a_family_that_cannot_be_is_refused(control: rb.RunControl, asked: dict[str, object], told: str) -> None:
    control.perform("family.set", key="parameter", value="IClamp[0].amp")
    ((key, value),) = asked.items()
    assert told in control.perform("family.set", key=key, value=value)["error"]


def test_equal_factors_from_zero_are_told_before_the_run(control: rb.RunControl) -> None:
    assert "choose a parameter" in control.perform("family.run")["error"]
    control.perform("family.set", key="parameter", value="IClamp[0].delay")
    control.perform("family.set", key="start", value=0)
    control.perform("family.set", key="scale", value="log")
    assert "equal factors" in control.family["problem"]
    assert control.perform("family.run")["error"]
