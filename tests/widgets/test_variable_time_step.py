from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import rheobase as rb
from rheobase.analysis import WorkPoint, WorkPrecision, state_scales
from rheobase.simulate import Statistics
from tests.widgets.conftest import the

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def tool(cell: rb.Cell, until: Until) -> Iterator[rb.VariableTimeStep]:
    cell.place(rb.IClamp(delay=1, dur=5, amp=0.5), cell.section("soma")(0.5))
    tool = rb.VariableTimeStep(cell, rb.Protocol(tstop=8))
    until(lambda: tool.state == "idle" and tool.account != "")
    yield tool
    tool.close()


def analysed(tool: rb.VariableTimeStep, until: Until) -> Statistics:
    """What the next run of the variable step does."""
    revision = tool.revision
    assert tool.perform("analysis") == {}
    until(lambda: not tool.session.busy and tool.state == "idle" and tool.revision > revision and bool(tool.scales))
    return the(the(tool.results).statistics)


def test_a_fixed_run_shows_its_steps_beneath_the_voltage(tool: rb.VariableTimeStep) -> None:
    assert tool.account.startswith("320 steps of 0.025 ms; ")
    assert [each["panel"] for each in tool.trace_info] == ["Voltage", "Step size", "Order"]
    rows = np.frombuffer(tool.traces, np.float32).reshape(4, -1)
    np.testing.assert_allclose(rows[2], 0.025, rtol=1e-5)
    assert set(rows[3]) == {1.0}
    assert [each["key"] for each in tool.settings] == ["tstop", "dt"]


def test_the_analysis_run_switches_to_the_variable_step_and_fills_the_table(
    tool: rb.VariableTimeStep, until: Until
) -> None:
    tool.perform("trace.keep")
    told = analysed(tool, until)
    assert tool.method == "adaptive"
    assert {row["name"] for row in tool.scales} == {"v", "hh.m", "hh.h", "hh.n"}
    assert f"{told.steps:,} steps" in tool.account
    assert "Newton iterations" in tool.account
    assert [each["key"] for each in tool.settings] == ["tstop", "atol", "rtol"]
    assert tool.against.startswith("Against the kept run (implicit_euler, dt 0.025 ms): spikes within")
    rows = np.frombuffer(tool.traces, np.float32).reshape(4, -1)
    assert rows[3].max() > 2
    assert rows[2].max() > 10 * rows[2].min()


def test_scales_are_multiplied_set_and_given_back(tool: rb.VariableTimeStep, until: Until) -> None:
    analysed(tool, until)
    assert tool.perform("scale.rescale") == {}
    assert tool.atol_scale == {}  # gates come near 1, and a voltage is never followed less exactly
    tool.perform("scale.times", name="hh.m", factor=0.1)
    tool.perform("scale.set", name="v", value=2)
    assert tool.atol_scale == {"hh.m": 0.1, "v": 2.0}
    assert "atol_scale={'hh.m': 0.1, 'v': 2.0}" in tool.perform("code")["content"]
    assert tool.simulation().atol_scale == {"hh.m": 0.1, "v": 2.0}
    tool.perform("scale.original", name="v")
    assert tool.atol_scale == {"hh.m": 0.1}
    tool.perform("scale.original", name="")
    assert (tool.atol_scale, tool.scaled) == ({}, False)
    for value in (0, -1, "much", None):
        assert tool.perform("scale.set", name="v", value=value)["error"]
    assert tool.atol_scale == {}


def test_calcium_is_followed_once_its_scale_is_its_own(until: Until) -> None:
    cell = rb.Cell("pool")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("pas", e=-65)
    soma.insert("cal_mccormick")
    soma.insert("ca_decay", depth=3, tau=20)
    cell.place(rb.SEClamp(dur1=5, amp1=-65, dur2=40, amp2=0, dur3=100, amp3=-65, rs=0.1), soma(0.5))
    tool = rb.VariableTimeStep(rb.Simulation(cell, tstop=100, record=[soma(0.5)["cai"]]))
    cai = soma(0.5)["cai"]
    exact = rb.run(cell, tstop=100, method="adaptive", atol=1e-7, atol_scale={"cai": 1e-4}, record=[cai])
    analysed(tool, until)
    loose = the(tool.results)
    tool.perform("scale.rescale")
    until(lambda: not tool.session.busy)
    tight = the(tool.results)
    assert 1e-5 <= tool.atol_scale["cai"] <= 1e-3
    before, after = (state_scales(the(each.statistics))["cai"].error for each in (loose, tight))
    assert after < before / 5
    times = np.linspace(0, 100, 1000)
    before, after = (np.abs(each.at(times)[cai] - exact.at(times)[cai]).max() for each in (loose, tight))
    assert after < before / 5
    tool.close()


STEPWISE = """
NEURON { SUFFIX stepwise NONSPECIFIC_CURRENT i }
ASSIGNED { v (mV) i (mA/cm2) dt (ms) }
STATE { m }
INITIAL { m = 0 }
BREAKPOINT { SOLVE states i = 1e-5 * m * (v + 65) }
PROCEDURE states() { m = m + dt * (1 - m) / 10 }
"""


def test_an_integrator_that_cannot_run_the_model_says_why(
    tool: rb.VariableTimeStep, until: Until, tmp_path: Path
) -> None:
    def reason(name: str) -> str:
        return next(each["reason"] for each in tool.methods if each["name"] == name)

    until(lambda: "for a single compartment" in reason("rk4"))
    assert reason("implicit_euler") == reason("adaptive") == ""
    path = tmp_path / "stepwise.mod"
    path.write_text(STEPWISE)
    tool.session.cell["dend"].insert(rb.load_mod(path))
    until(lambda: "stepwise" in reason("adaptive"))
    assert reason("implicit_euler") == ""


def test_a_study_measures_recommends_and_is_used(tool: rb.VariableTimeStep, until: Until) -> None:
    assert tool.work_precision is None
    tool.perform("study.start")
    until(lambda: tool.study["state"] == "done")
    measured: WorkPrecision = the(tool.work_precision)
    assert set(measured.by_method()) >= {"adaptive", "crank_nicolson", "implicit_euler"}
    assert tool.wanted == {"kind": "spike", "value": 0.05}
    advice = tool.study["advice"]
    assert advice["reached"]
    tool.perform("study.wanted", kind="voltage", value="5 uV")
    assert tool.study["advice"]["reason"] == measured.recommend(voltage=0.005).reason
    point = tool.study["points"][0]
    assert tool.perform("study.use", method=point["method"], setting=point["setting"], value=point["value"]) == {}
    assert tool.method == point["method"]
    assert getattr(tool.protocol, point["setting"]) == point["value"]
    assert "error" in tool.perform("study.wanted", kind="voltage", value=0)


def test_a_run_ends_a_study_and_its_points_stay(tool: rb.VariableTimeStep, until: Until) -> None:
    tool.perform("study.start")
    until(lambda: bool(tool.study["points"]) or tool.study["state"] != "running")
    tool.perform("run.set", key="tstop", value=9)
    until(lambda: tool.study["state"] == "stopped" and not tool.session.busy)
    assert tool.study["points"]
    assert "run anew" in tool.study["message"]
    assert the(tool.results).t[-1] == 9


def test_a_run_that_breaks_down_is_told(tool: rb.VariableTimeStep, until: Until) -> None:
    analysed(tool, until)
    tool.session.cell.process("IClamp[0]").amp = 1e9
    until(lambda: tool.state == "error")
    assert "blew up at t =" in tool.error
    tool.session.cell.undo()
    until(lambda: tool.state == "idle")


def test_points_travel_without_numbers_that_json_has_not() -> None:
    from rheobase.widgets.variable_time_step.study import _point

    assert _point(WorkPoint("rk4", "dt", 0.1))["spike_error"] is None
