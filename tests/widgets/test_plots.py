"""The plots without a browser: what they put on the wire, held against runs, and what they answer."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets import Plots, Session

Until = Callable[[Callable[[], bool]], None]
RUN = rb.Protocol(tstop=5, dt=0.05)


@pytest.fixture
def settle(until: Until) -> Callable[[Plots], None]:
    """Wait until the plots show what was asked for last."""
    return lambda plots: until(lambda: plots.state != "running")


@pytest.fixture
def plots(cell: rb.Cell, settle: Callable[[Plots], None]) -> Iterator[Plots]:
    cell.place(rb.IClamp(delay=1, dur=3, amp=0.5), cell.section("soma")(0.5), name="ic")
    plots = Plots(cell, protocol=RUN)
    settle(plots)
    assert not plots.error
    yield plots
    plots.close()


def traces(plots: Plots) -> dict[str, np.ndarray]:
    """The rows on the wire by name, and the times."""
    rows = np.frombuffer(plots.traces, np.float32).reshape(len(plots.trace_info) + 1, -1)
    return {"t": rows[0], **{info["name"]: row for info, row in zip(plots.trace_info, rows[1:], strict=True)}}


def space(plots: Plots) -> np.ndarray:
    """Distances, then values at each time."""
    return np.frombuffer(plots.space, np.float32).reshape(-1, plots.space_info["segments"])


def test_they_show_what_runs_give(plots: Plots, cell: rb.Cell) -> None:
    soma, dend = cell.section("soma"), cell.section("dend")
    every = [soma(0.5).v, *(dend((k + 0.5) / 5).v for k in range(5))]
    rec = rb.run(cell, RUN, record=[*every, cell.process("ic").i])
    shown = traces(plots)
    assert list(shown) == ["t", "soma(0.5).v", "ic.i"]
    np.testing.assert_allclose(shown["soma(0.5).v"], rec[soma(0.5).v], rtol=1e-6)
    np.testing.assert_allclose(shown["ic.i"], rec.values[-1], rtol=1e-6)
    along = space(plots)
    np.testing.assert_allclose(along[0], [0, 50, 130, 210, 290, 370], atol=1e-3)
    np.testing.assert_allclose(along[1:], rec.values[:6].T, rtol=1e-6)
    assert plots.path == {"from": "soma(0.5)", "to": "dend(0.9)"}
    times = np.frombuffer(plots.frame_times, np.float32)
    np.testing.assert_allclose(times, rec.t, rtol=1e-6)
    levels = np.frombuffer(plots.frames, np.uint8).reshape(len(times), -1)
    low, high = plots.frame_range
    np.testing.assert_allclose(low + (levels - 1.0) / 254 * (high - low), along[1:], atol=(high - low) / 254)


def test_variables_are_listed_added_and_removed(plots: Plots, settle: Callable[[Plots], None]) -> None:
    names = [each["name"] for each in plots.variables]
    assert {"v", "hh.m", "hh.h", "hh.n", "ina", "ik", "ena", "ic.i"} <= set(names)
    assert [each["name"] for each in plots.variables if each["plotted"]] == ["v", "ic.i"]
    assert plots.perform("variable.add", name="hh.m") == {"label": "soma(0.5).hh.m"}
    assert plots.perform("variable.add", name="hh.m") == {"label": "soma(0.5).hh.m"}
    settle(plots)
    assert plots.trace_info[-1]["panel"] == "Gates"
    assert 0 <= traces(plots)["soma(0.5).hh.m"].min() <= traces(plots)["soma(0.5).hh.m"].max() <= 1
    colours = {each["label"]: each["colour"] for each in plots.chosen}
    assert colours["soma(0.5).v"] == colours["ic.i"] != colours["soma(0.5).hh.m"]
    plots.perform("place.choose", section="dend", x=0.9)
    assert plots.place["label"] == "dend(0.9)"
    assert "hh.m" not in [each["name"] for each in plots.variables]
    assert "'hh.m'" in plots.perform("variable.add", name="hh.m")["error"]
    assert "section" in plots.perform("place.choose", section="x", x=0.5)["error"]
    assert "lies between 0" in plots.perform("place.choose", section="dend", x=2)["error"]
    for label in ("soma(0.5).v", "ic.i", "soma(0.5).hh.m"):
        assert plots.perform("variable.remove", label=label) == {}
    settle(plots)
    assert plots.traces == b""
    assert "not plotted" in plots.perform("variable.remove", label="ic.i")["error"]
    assert "complete run" in plots.perform("export.csv")["error"]
    for k in range(30):
        plots.perform("place.choose", section="dend", x=(k + 0.5) / 30)
        reply = plots.perform("variable.add", name="v")
    assert "24 traces" in reply["error"]
    assert len(plots.record) == 24


def test_a_path_and_another_variable(plots: Plots, cell: rb.Cell, settle: Callable[[Plots], None]) -> None:
    assert plots.perform("path.place", end="from", section="dend", x=0.95) == {}
    assert plots.path == {"from": "dend(0.95)", "to": "soma(0.5)"}, "the other end moves to what is farthest"
    plots.mark_moved = {"name": "to", "section": "dend", "x": 0.1}
    assert plots.path["to"] == "dend(0.1)"
    np.testing.assert_allclose(space(plots)[0], [0, 80, 160, 240, 320], atol=1e-3)
    assert plots.perform("shape.variable", name="hh.n") == {}
    settle(plots)
    assert plots.value_label == "hh.n"
    assert "hh.n is nowhere on the way from dend(0.95) to dend(0.1)" in plots.space_info["error"]
    plots.perform("path.place", end="to", section="soma", x=0.5)
    assert plots.space_info["label"] == "hh.n"
    assert np.isnan(space(plots)[1:, :-1]).all(), "the dendrite has none"
    rec = rb.run(cell, RUN, record=cell.section("soma")(0.5)["hh.n"])
    np.testing.assert_allclose(space(plots)[1:, -1], rec.values[0], rtol=1e-6)
    assert "did you mean" in plots.perform("shape.variable", name="hh.nn")["error"]
    assert "'from' or 'to'" in plots.perform("path.place", end="by", section="soma", x=0.5)["error"]


def test_they_follow_the_cell(plots: Plots, cell: rb.Cell, settle: Callable[[Plots], None]) -> None:
    before = traces(plots)["soma(0.5).v"].max()
    plots.perform("trace.keep")
    assert plots.perform("trace.keep") == {}
    cell.process("ic").set(amp=0.0)
    settle(plots)
    assert traces(plots)["soma(0.5).v"].max() < before
    assert [each["samples"] for each in plots.kept_info] == [101]
    cell.place(rb.IClamp(delay=1, dur=1, amp=0.1), cell.section("dend")(0.5))
    settle(plots)
    assert "dend(0.5).v" in traces(plots), "until something is chosen, what is on the cell is shown"
    plots.perform("variable.add", name="hh.m")
    plots.perform("shape.variable", name="hh.m")
    cell["soma"].uninsert("hh")
    settle(plots)
    assert not plots.error
    assert "soma(0.5).hh.m" not in traces(plots)
    assert plots.shape_variable == plots.value_label == "v"
    plots.perform("path.place", end="to", section="dend", x=1)
    cell.section("dend").remove()
    settle(plots)
    assert plots.path["to"] == "soma(0.5)"
    assert len(plots.sections) == 1
    plots.perform("history.undo")
    settle(plots)
    assert len(plots.sections) == 2
    assert space(plots).shape[1] == 6


def test_their_code_gives_the_same(plots: Plots, settle: Callable[[Plots], None]) -> None:
    plots.perform("variable.add", name="ina")
    settle(plots)
    names: dict[str, object] = {}
    exec(plots.perform("code")["content"], names)  # noqa: S102  # the program under test is ours
    rec, along, over = names["rec"], names["along"], names["over"]
    assert isinstance(rec, rb.Results)
    np.testing.assert_allclose(rec.values[-1], traces(plots)["soma(0.5).ina"], rtol=1e-6)
    np.testing.assert_allclose(along.values, space(plots)[1:], rtol=1e-6)  # type: ignore[attr-defined]
    np.testing.assert_allclose(over.values[-1], np.frombuffer(plots.values, np.float32), rtol=1e-6)  # type: ignore[attr-defined]
    header, first = plots.perform("line.csv", label="soma(0.5).ina")["content"].splitlines()[:2]
    assert header == "t (ms),soma(0.5).ina (mA/cm2)"
    assert float(first.split(",")[1]) == rec.values[-1][0]
    assert plots.perform("export.csv")["content"].startswith("t (ms),soma(0.5).v (mV),ic.i (nA),")


def test_they_run_what_a_simulation_runs(cell: rb.Cell, settle: Callable[[Plots], None]) -> None:
    soma = cell.section("soma")
    sim = rb.Simulation(cell, RUN, record=[soma(0.5).v], init="steady", method="adaptive")
    sim.set("soma.hh.gnabar", 0.0)
    plots = Plots(sim, variable="hh.h", path=(soma(0.5), cell.section("dend")(0.5)))
    settle(plots)
    assert not plots.error
    rec = sim.run()
    np.testing.assert_allclose(traces(plots)["soma(0.5).v"][-1], rec.values[0, -1], rtol=1e-6)
    assert len(np.frombuffer(plots.frame_times, np.float32)) == 200
    assert abs(traces(plots)["soma(0.5).v"][0] - traces(plots)["soma(0.5).v"][-1]) < 0.01, "it begins at rest"
    plots.close()


def test_what_cannot_be_is_told_in_words(
    cell: rb.Cell, settle: Callable[[Plots], None], plots: Plots, until: Until
) -> None:
    soma = cell.section("soma")
    cell["dend"].Ra = 1e-300
    settle(plots)
    assert plots.state in ("error", "idle")
    plots.perform("history.undo")
    plots.session.set("method", "rk4")
    settle(plots)
    assert plots.state == "error"
    assert "single compartment" in plots.error
    plots.session.set("method", "implicit_euler")
    settle(plots)
    assert not plots.error
    plots.session.set("tstop", 100_000)
    until(lambda: plots.status.startswith("Running"))
    assert plots.perform("run.cancel") == {}
    assert (plots.state, plots.status) == ("idle", "Cancelled")
    empty = Plots(rb.Cell("empty"))
    assert (empty.state, empty.perform("variable.add", name="v").keys()) == ("error", {"error"})
    assert "no sections" in empty.error
    empty.close()
    for wrong in ({"path": (soma(0.5),)}, {"record": ["v"]}):
        with pytest.raises(TypeError, match="give"):
            Plots(Session(cell, RUN), **wrong)
    with pytest.raises(KeyError, match=r"did you mean 'hh\.m'"):
        Plots(cell, variable="hh.mm")


def shown(plots: Plots) -> dict[str, dict[str, np.ndarray]]:
    """The rows on the wire of a classical plot, by panel and by the name of the series."""
    numbers, start = np.frombuffer(plots.study, np.float32), 0
    found: dict[str, dict[str, np.ndarray]] = {}
    for panel in plots.study_info["panels"]:
        rows = found.setdefault(panel["label"], {})
        for each in panel["series"]:
            stop = start + each["rows"] * each["count"]
            rows[each["name"] or each["style"]] = numbers[start:stop].reshape(each["rows"], -1)
            start = stop
    assert start == len(numbers)
    return found


def test_every_classical_plot_is_a_click_away(plots: Plots, cell: rb.Cell, settle: Callable[[Plots], None]) -> None:
    soma = cell.section("soma")(0.5)
    names = [each["value"] for each in plots.views]
    assert names == [
        "time", "spikes", "fi", "iv", "strength_duration", "phase_plane", "against", "currents", "attenuation",
    ]  # fmt: skip
    kinds = {}
    for name in names[1:]:
        assert plots.perform("view.choose", view=name) == {}
        settle(plots)
        assert not plots.error, plots.error
        if name == "phase_plane":
            assert plots.study_info["words"].endswith("of the membrane at soma(0.5) alone")
        assert "error" not in plots.study_info, plots.study_info
        kinds[name] = type(plots.result).__name__
        assert plots.perform("export.csv")["content"].count("\n") > 1
        if name == "against":
            rec = rb.run(cell, RUN)
            drawn = shown(plots)["dv/dt"]["line"]
            np.testing.assert_allclose(drawn, [rec.values[0], np.gradient(rec.values[0], rec.t)], rtol=1e-4, atol=1e-3)
        if name in ("fi", "phase_plane", "against", "currents"):
            exec(plots.perform("code")["content"], {})  # noqa: S102 - the program under test is ours
    assert kinds == {
        "spikes": "Features", "fi": "FICurve", "iv": "IVCurve", "strength_duration": "StrengthDuration",
        "phase_plane": "PhasePlane", "against": "Results", "currents": "Currentscape", "attenuation": "Attenuation",
    }  # fmt: skip

    plots.perform("view.choose", view="fi")
    settle(plots)
    assert {each["key"]: each["value"] for each in plots.fields} == {"low": 0, "high": 1, "steps": 13, "dur": 200}
    plots.perform("study.set", key="steps", value=3, gesture="g")
    plots.perform("study.set", key="dur", value="60 ms", gesture="h")
    settle(plots)
    before = shown(plots)["Rate"]["whole step"]
    expected = rb.fi_curve(cell, soma, [0, 0.5, 1], dur=60, dt=RUN.dt)
    np.testing.assert_allclose(before, [expected.amps, expected.rates], rtol=1e-6)
    plots.perform("trace.keep")
    cell["soma"].set("hh.gnabar", 0.01)
    settle(plots)
    after = shown(plots)["Rate"]
    assert plots.study_info["kept"] == 1
    assert after["whole step"][1].max() == 0 < after["faint"][1].max(), "what was kept stays"
    assert "outside its limits" in plots.perform("study.set", key="steps", value=1)["error"]
    cell["soma"].set("hh.gnabar", 0.12)
    plots.perform("view.choose", view="attenuation")
    settle(plots)
    assert shown(plots)["Change"]["both"].shape == (2, 6)
    plots.perform("path.place", end="to", section="dend", x=0.1)
    settle(plots)
    assert shown(plots)["Change"]["both"].shape == (2, 2)
    plots.perform("study.choose", name="measure", value="steady")
    settle(plots)
    assert list(shown(plots)) == ["Change", "Share of the first"]
    assert "there are peak, steady" in plots.perform("study.choose", name="measure", value="x")["error"]
    plots.perform("view.choose", view="time")
    settle(plots)
    assert plots.result is None
    assert len(plots.trace_info) == 2


def test_the_phase_plane_follows_the_model(settle: Callable[[Plots], None]) -> None:
    cell = rb.Cell("patch")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("hh")
    sim = rb.Simulation(cell, tstop=5)
    sim.set("soma.hh.el", -50.0)
    plots = Plots(sim, view="phase_plane")
    settle(plots)
    assert [each["name"] for each in plots.options] == ["y", "others"]
    cell["soma"].set("hh.el", -54.3)
    cell_set = cell.copy()
    cell_set["soma"].set("hh.el", -50.0)
    plane = rb.phase_plane(cell_set, "v", "hh.n")
    assert [each.x for each in plots.result.fixed_points] == [each.x for each in plane.fixed_points]
    plots.perform("study.set", key="current", value=0.1, gesture="g")
    settle(plots)
    points = rb.phase_plane(cell_set, "v", "hh.n", current=0.1).fixed_points
    assert plots.study_info["words"] == ", ".join(f"{each.kind} at {each.x:.4g} mV" for each in points)
    plots.perform("study.choose", name="y", value="hh.h")
    settle(plots)
    assert plots.study_info["panels"][0]["label"] == "hh.h"
    plots.close()
    with pytest.raises(KeyError, match="there is no view 'fii'"):
        Plots(cell, view="fii")
