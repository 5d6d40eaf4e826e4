"""The sensitivity lens without a browser: what it puts on the wire, and what it answers."""

from collections.abc import Iterator
from time import monotonic, sleep

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets import Sensitivity


def settle(lens: Sensitivity) -> None:
    """Wait until the lens shows what was asked for last."""
    end = monotonic() + 120
    while lens.state == "running" and monotonic() < end:
        sleep(0.01)
    assert lens.state != "running"


@pytest.fixture(scope="module")
def lens() -> Iterator[Sensitivity]:
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("hh")
    cell.place(rb.IClamp(delay=1, dur=30, amp=0.12), soma(0.5), name="ic")
    tool = Sensitivity(cell, protocol=rb.Protocol(tstop=25))
    settle(tool)
    yield tool
    tool.close()


def rows(lens: Sensitivity) -> np.ndarray:
    return np.frombuffer(lens.traces, np.float32).reshape(len(lens.trace_info) + 1, -1)


def test_it_draws_a_band_and_ranks_what_it_was_asked_for(lens: Sensitivity) -> None:
    assert lens.site == "soma(0.5).v"
    assert [info["style"] for info in lens.trace_info] == ["", "edge", "edge", "dotted"]
    t, _, low, high, _ = rows(lens)
    assert len(t) == 1001
    assert (low <= high).all()
    effects = [abs(bar["effect"]) for bar in lens.bars]
    assert effects == sorted(effects, reverse=True)
    assert lens.perform("lens.feature", feature="rate") == {}
    assert lens.bars_info["unit"] == "Hz"
    assert lens.perform("lens.change", key="change", value=5, gesture="") == {}
    narrow = rows(lens)
    assert (narrow[3] - narrow[2]).max() < (high - low).max()
    assert "there is no feature" in lens.perform("lens.feature", feature="x")["error"]
    assert "50" in lens.perform("lens.change", key="change", value=90)["error"]
    lens.perform("lens.change.reset", key="change")


def test_it_follows_the_cell_and_its_own_slider(lens: Sensitivity) -> None:
    lens.perform("lens.parameter", parameter="soma.hh.gnabar")
    assert lens.field == "soma|hh.gnabar|"
    assert lens.perform("mechanism.set", key=lens.field, value=0.13, gesture="a") == {}
    settle(lens)
    assert lens.result is not None
    assert lens.result.of("soma.hh.gnabar").value == 0.13
    assert lens.parameter == "soma.hh.gnabar"
    lens.perform("history.undo")
    settle(lens)
    assert lens.result.of("soma.hh.gnabar").value == 0.12


def test_it_checks_by_runs_and_shows_them(lens: Sensitivity) -> None:
    lens.perform("lens.check")
    settle(lens)
    assert lens.verdict
    assert [info["name"] for info in lens.trace_info[-2:]] == ["run at +10 %", "run at \u221210 %"]
    lens.perform("lens.parameter", parameter="all.cm")
    assert not lens.verdict
    assert len(lens.trace_info) == 4


def test_its_code_runs(lens: Sensitivity) -> None:
    names: dict[str, object] = {}
    exec(lens.perform("code")["content"], names)  # noqa: S102  # the program under test is ours
    sens = names["sens"]
    assert isinstance(sens, rb.analysis.Sensitivity)
    np.testing.assert_allclose(sens.values, lens.result.values, atol=1e-9)
    assert lens.perform("table")["content"].startswith("parameter,value")


def test_what_cannot_be_is_told_in_words(lens: Sensitivity) -> None:
    assert "nothing is recorded" in lens.perform("lens.trace", site="x")["error"]
    lens.session.set("method", "adaptive")
    settle(lens)
    assert lens.state == "error"
    assert "fixed" in lens.error
    lens.session.set("method", "implicit_euler")
    settle(lens)
    assert not lens.error


def test_a_cell_without_sections_says_so() -> None:
    tool = Sensitivity(rb.Cell("empty"))
    assert "no sections" in tool.error
    tool.close()
    with pytest.raises(TypeError, match="recorded"):
        Sensitivity(rb.Cell("empty"), trace=3)  # type: ignore[arg-type]


def test_it_differentiates_what_a_simulation_runs() -> None:
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("pas", e=-65)
    cell.place(rb.IClamp(delay=1, dur=30, amp=0.01), soma(0.5), name="ic")
    sim = rb.Simulation(cell, tstop=10)
    sim.set("soma.pas.g", 2e-3)
    tool = Sensitivity(sim)
    settle(tool)
    np.testing.assert_allclose(rows(tool)[1], sim.run()[soma(0.5).v], atol=1e-4)
    tool.close()
