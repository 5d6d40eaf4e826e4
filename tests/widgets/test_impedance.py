import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets import Impedance
from tests.widgets.conftest import the

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def cell() -> rb.Cell:
    """A passive soma with a dendrite that has a current which opens with hyperpolarisation."""
    cell = rb.Cell("stick")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=400, diam=2, nseg=5, parent=soma(1))
    cell.add_section("tuft", L=100, diam=1, nseg=2, parent=dend(1))
    cell["all"].insert("pas", g=5e-5, e=-70)
    cell["dend"].insert("hcn_kole", gbar=1e-4)
    return cell


@pytest.fixture
def tool(cell: rb.Cell, until: Until) -> Iterator[Impedance]:
    tool = Impedance(cell)
    until(lambda: tool.state != "running")
    assert tool.error == ""
    yield tool
    tool.close()


def rows(tool: Impedance) -> np.ndarray:
    """Frequencies, then magnitude and phase of each line, as the browser gets them."""
    return np.frombuffer(tool.curves, np.float32).reshape(-1, tool.curves_info["samples"])


def asked(tool: Impedance, until: Until, name: str, value: Any) -> None:
    assert tool.perform("set", name=name, value=value) == {}
    until(lambda: tool.state != "running")


def test_it_shows_the_impedances_between_the_electrodes(tool: Impedance, cell: rb.Cell, until: Until) -> None:
    assert (tool.inject, tool.measure) == (cell.soma(0.5), cell.tuft(0.75)), "the root's middle, and the farthest place"
    z = rb.impedance(cell, cell.soma(0.5), np.logspace(0, 3, 61))
    shown = rows(tool)
    np.testing.assert_allclose(shown[1], np.abs(z.input()), rtol=1e-6)
    np.testing.assert_allclose(shown[3], np.abs(z.transfer(cell.tuft(0.75))), rtol=1e-6)
    np.testing.assert_allclose(shown[2], np.degrees(np.angle(z.input())), rtol=1e-5, atol=1e-4)
    assert (np.diff(shown[4]) < 0).all(), "the phase of the transfer goes on beyond half a turn"
    np.testing.assert_allclose(np.frombuffer(tool.values, np.float32), z.values("input", 10.0), rtol=1e-6)
    profile = np.frombuffer(tool.profile, np.float32).reshape(3, -1)
    along = z.along(cell.tuft(0.75), frequency=10.0)
    np.testing.assert_allclose(profile, along[["distance", "input", "transfer"]].to_numpy().T, rtol=1e-6)

    assert tool.perform("site.exchange") == {}
    until(lambda: tool.state != "running")
    np.testing.assert_allclose(rows(tool)[3], shown[3], rtol=1e-5)  # reciprocity
    assert [mark["section"] for mark in tool.marks] == ["tuft", "soma"]
    assert tool.perform("site.place", role="inject", section="dend", x=0.1) == {}
    until(lambda: tool.state != "running")
    assert the(tool.result).at == cell.dend(0.1)


def test_the_shape_has_log_attenuations_for_lengths(tool: Impedance, cell: rb.Cell, until: Until) -> None:
    asked(tool, until, "frequency", 50)
    for rendering in ("dendrogram", "branches"):
        asked(tool, until, "rendering", rendering)
        pieces = np.frombuffer(tool.shape, np.float32).reshape(-1, 4)
        segments = np.frombuffer(tool.shape_segments, np.int32)
        assert set(range(cell.n_segments)) <= set(segments.tolist())
        length = np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1])[segments >= 0]
        farthest = the(tool.result).at_frequencies([50]).attenuation(cell.tuft(0.75), "out")[0]
        # An unbranched cell: the pieces add up to the way.
        np.testing.assert_allclose(length.sum(), farthest, rtol=1e-3)


def test_it_follows_the_model_and_the_newest_change_wins(tool: Impedance, cell: rb.Cell, until: Until) -> None:
    peak = rows(tool)[1].argmax()
    for step in range(1, 12):
        reply = tool.perform("mechanism.set", key="dend|hcn_kole.gbar|", value=step * 3e-4, gesture="drag")
        assert reply == {}
    until(lambda: tool.state != "running")
    z = rb.impedance(cell, cell.soma(0.5), np.logspace(0, 3, 61))
    np.testing.assert_allclose(rows(tool)[1], np.abs(z.input()), rtol=1e-6)
    assert peak == 0
    assert rows(tool)[1].argmax() > 0, "the current makes the cell resonate"
    figures = {each["key"]: each for each in tool.readouts}
    assert float(figures["resonance"]["value"]) == pytest.approx(z.resonance().frequency, rel=0.01)
    assert "dend|hcn_kole.gbar|" in tool.pinned
    cell.undo()
    until(lambda: tool.state != "running")
    assert rows(tool)[1].argmax() == 0, "one drag is one step"


def test_the_chosen_frequency_recolours_without_solving_anew(tool: Impedance, until: Until) -> None:
    before, z = tool.values, tool.result
    asked(tool, until, "quantity", "attenuation_in")
    asked(tool, until, "frequency", 200)
    assert tool.values != before
    assert tool.result is z
    expected = the(z).values("attenuation_in", 200)
    np.testing.assert_allclose(np.frombuffer(tool.values, np.float32), expected, rtol=1e-5, atol=1e-9)
    assert tool.value_label == "log att. in, 200 Hz"


def test_a_point_that_is_not_steady_is_told(tool: Impedance, cell: rb.Cell, until: Until) -> None:
    rest = rows(tool)[1]
    assert tool.notice == ""
    asked(tool, until, "point", "initial")
    assert tool.notice.startswith("Not steady: the voltage moves at")
    asked(tool, until, "time", 2)
    asked(tool, until, "point", "moment")
    assert "Not steady" in tool.notice
    sim = rb.Simulation(cell)
    sim.init()
    sim.run_until(2)
    with pytest.warns(rb.UnsteadyWarning):
        z = rb.impedance(cell, cell.soma(0.5), np.logspace(0, 3, 61), operating_point=sim)
    np.testing.assert_allclose(rows(tool)[1], np.abs(z.input()), rtol=1e-6)
    asked(tool, until, "hold", "-90 mV")
    asked(tool, until, "point", "held")
    assert tool.notice == ""
    assert rows(tool)[1][0] < rest[0], "more channels are open there"
    active = rows(tool)[1]
    asked(tool, until, "gates", "frozen")
    assert (rows(tool)[1][:5] > active[:5]).all(), "what opens as the voltage falls holds it up"


def test_what_cannot_be_is_refused_in_words(tool: Impedance) -> None:
    shown = tool.curves
    for name, value, told in [
        ("low", 4, "log fmin = 4 must be below log fmax = 3"),
        ("points", 2.5, "must be whole"),
        ("frequency", 5000, "not on the axis"),
        ("frequency", "fast", "fast"),
        ("gates", "shut", "active, frozen"),
        ("celsius", -400, "celsius"),
        ("nonsense", 1, "nonsense"),
    ]:
        assert told in tool.perform("set", name=name, value=value)["error"], name
    assert "dnd" in tool.perform("site.place", role="inject", section="dnd", x=0.5)["error"]
    assert "between 0" in tool.perform("site.place", role="inject", section="dend", x=2)["error"]
    assert "role" in tool.perform("site.place", role="look", section="dend", x=0.5)["error"]
    assert tool.curves == shown
    assert tool.error == ""


def test_a_model_without_a_rest_is_told_and_mended(tool: Impedance, cell: rb.Cell, until: Until) -> None:
    shown = tool.curves
    with cell.edit("no way out for charge"):
        cell["all"].set("pas.g", 0.0)
        cell["dend"].set("hcn_kole.gbar", 0.0)
    until(lambda: tool.state != "running")
    assert tool.state == "error"
    assert tool.error
    assert tool.status == "Stopped by an error"
    assert tool.curves == shown, "the last good picture stays"
    cell.undo()
    until(lambda: tool.state != "running")
    assert tool.state == "idle"
    assert tool.error == ""
    assert tool.curves == shown


def test_code_table_and_kept_curves(tool: Impedance, cell: rb.Cell, until: Until) -> None:
    asked(tool, until, "high", 2)
    asked(tool, until, "celsius", 20)
    assert tool.perform("curves.keep") == {}
    assert tool.curves_info["kept"] == [61]
    assert tool.kept == tool.curves
    names: dict[str, Any] = {}
    exec(tool.perform("code")["content"], names)  # noqa: S102 - the program under test is ours
    assert names["cell"] == cell
    np.testing.assert_allclose(np.abs(names["own"]), rows(tool)[1], rtol=1e-6)
    np.testing.assert_allclose(np.abs(names["transfer"]), rows(tool)[3], rtol=1e-6)
    table = tool.perform("export.csv")["content"].splitlines()
    assert table[0].startswith("Place,Frequency (Hz),Distance from A (µm),Input impedance (MΩ)")
    assert len(table) == 1 + 61 * cell.n_segments
    asked(tool, until, "against", "ratio")
    assert tool.curves_info["kept"] == [], "curves of another quantity are not laid beneath"
    asked(tool, until, "against", "impedance")
    assert tool.curves_info["kept"] == [61]
    assert tool.perform("curves.forget") == {}
    assert tool.kept == b""


def test_electrodes_survive_the_loss_of_their_section(tool: Impedance, cell: rb.Cell, until: Until) -> None:
    tool.place("inject", "tuft", 0.5)
    cell.section("tuft").remove()
    until(lambda: tool.state != "running")
    assert tool.error == ""
    assert tool.inject == cell.soma(0.5)
    assert tool.measure == cell.dend(0.9)
    assert len(np.frombuffer(tool.values, np.float32)) == cell.n_segments


def test_an_empty_cell_says_what_to_do_and_a_closed_tool_rests() -> None:
    cell = rb.Cell("empty")
    tool = Impedance(cell)
    assert "add_section" in tool.error
    tool.close()
    cell.add_section("soma", L=20, diam=20)
    time.sleep(0.05)
    assert tool.result is None


@pytest.mark.parametrize("point", ["steady", "moment"])
def test_what_was_set_on_a_simulation_is_in_the_measurement(cell: rb.Cell, until: Until, point: str) -> None:
    sim = rb.Simulation(cell, tstop=20, init="steady")
    sim.set("dend.pas.g", 1e-3)
    tool = Impedance(sim)
    tool.set("time", 5.0)
    tool.set("point", point)
    until(lambda: tool.state == "idle" and tool.result is not None and tool.asked["point"] == point)
    changed = cell.copy()
    changed["dend"].set("pas.g", 1e-3)
    z = rb.impedance(changed, at=tool.inject, frequencies=tool.result.frequencies)
    np.testing.assert_allclose(tool.result.input(), z.input(), rtol=1e-6)
    names: dict[str, Any] = {}
    exec(tool.perform("code")["content"], names)  # noqa: S102 - the program under test is ours
    np.testing.assert_allclose(names["own"], z.input(), rtol=1e-6)
    tool.close()
