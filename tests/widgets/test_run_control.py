from collections.abc import Callable, Iterator
from typing import Any

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
