"""The fitter without a browser: what it puts on the wire, what it edits, and how it searches."""

import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets import Fitter

Until = Callable[[Callable[[], bool]], None]


def made(budget: int = 60, method: str = "cma_es") -> Fitter:
    """A leaky soma with a recording of another, in two runs."""
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("pas", g=1e-4, e=-70)
    fit = rb.Fit(cell, "leak")
    fit.vary("soma.pas.g", 1e-5, 1e-3, log=True, name="g")
    fit.vary("soma.pas.e", -80, -60, name="e")
    hidden = cell.copy()
    hidden["soma"].insert("pas", g=3e-4, e=-72)
    for amp in (0.0, 0.01):
        step = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(delay=2, dur=10, amp=amp))], tstop=20, v_init=-65)
        found = rb.run(hidden, step, record=[soma(0.5).v])
        data = rb.Trace(found.t, found[soma(0.5).v], "mV")
        fit.add_run(f"step {amp:g}", protocol=step).match(soma(0.5).v, data, regions=[(2, 18, 1.0)])
    tool = Fitter(fit)
    assert tool.perform("search.set", key="method", value=method) == {}
    assert tool.perform("search.set", key="budget", value=budget) == {}
    return tool


@pytest.fixture
def tool(until: Until) -> Iterator[Fitter]:
    fitter = made()
    until(lambda: fitter.state == "idle")
    yield fitter
    fitter.close()


def lines(tool: Fitter) -> list[np.ndarray]:
    """Times and values of the model in each panel."""
    numbers, found, at = np.frombuffer(tool.model, np.float32), [], 0
    for line in tool.lines:
        found.append(numbers[at : at + 2 * line["samples"]].reshape(2, -1))
        at += 2 * line["samples"]
    assert at == len(numbers)
    return found


def settled(tool: Fitter) -> bool:
    return tool.state != "running" and tool.search["phase"] not in ("running", "paused")


def test_what_has_no_value_travels_as_such(tool: Fitter, until: Until) -> None:
    soma = tool.fit.cell.soma(0.5)
    wanted = {"voltage_base": (-66, 0.5), "AP_amplitude": (90, 5)}
    tool.fit.runs["step 0"].match(soma.v, wanted, method="features", stim_start=1)
    assert tool.generators[0]["matches"][1]["options"]["stim_end"] is None
    until(lambda: any(line["measured"] for line in tool.lines))
    base, spike = next(line["measured"] for line in tool.lines if line["measured"])
    t, v = lines(tool)[0]
    assert base["value"] == pytest.approx(v[(t >= 0.9) & (t < 1)].mean(), abs=0.02)
    assert base["score"] == pytest.approx((base["value"] + 66) / 0.5)
    assert spike == {"value": None, "score": 20}
    json.dumps({name: tool.get_state(name)[name] for name in ("generators", "error_methods", "lines")}, allow_nan=False)


def test_it_draws_data_and_model_and_tells_the_error(tool: Fitter, until: Until) -> None:
    assert [panel["key"] for panel in tool.panels] == ["0|step 0", "0|step 0.01"]
    assert tool.total == pytest.approx(tool.fit.error())
    assert sum(line["error"] for line in tool.lines) == pytest.approx(tool.total)
    data = np.frombuffer(tool.data, np.float32)
    assert len(data) == 2 * sum(panel["samples"] for panel in tool.panels)
    t, v = lines(tool)[0]
    assert (t[0], v[0]) == (0, -65)
    assert tool.perform("parameter.set", name="g", field="value", value="3e-4 S/cm2", gesture="a") == {}
    assert tool.perform("parameter.set", name="e", field="value", value=-72) == {}
    until(lambda: tool.total is not None and tool.total < 1e-12)
    assert tool.fit.document.parameters["g"].start == 3e-4
    tool.perform("history.undo")
    tool.perform("history.undo")
    assert tool.fit.parameters["g"].start is None
    assert "within its bounds" in tool.perform("parameter.set", name="g", field="value", value=1)["error"]
    assert "S/cm2" in tool.perform("parameter.set", name="g", field="value", value="3 mV")["error"]


def test_regions_are_edits_that_follow_both_ways(tool: Fitter, until: Until) -> None:
    before = tool.fit.document.history.done
    for end in (15, 14, 12):
        moved = [(2, end, 1.0)]
        assert tool.perform("match.regions", run="step 0", index=0, regions=moved, what="Move", gesture="drag-1") == {}
    assert tool.fit.runs["step 0"].matches[0].regions == ((2.0, 12.0, 1.0),)
    assert tool.fit.document.history.done == (*before, "Move a region of soma(0.5).v by trace")
    tool.fit.undo()
    assert tool.panels[0]["regions"] == [[2.0, 18.0, 1.0]]
    tool.fit.runs["step 0"].change_match(0, regions=[(3, 4, 2.0)])
    assert tool.panels[0]["regions"] == [[3.0, 4.0, 2.0]]
    reversed_ends = tool.perform("match.regions", run="step 0", index=0, regions=[(5, 3, 1)])
    assert "must come after" in reversed_ends["error"]
    tool.perform("match.regions", run="step 0", index=0, regions=[(30, 40, 1)])
    until(lambda: "holds no sample" in tool.error)
    tool.perform("history.undo")
    until(lambda: tool.error == "" and tool.state == "idle")


def test_the_table_of_parameters(tool: Fitter) -> None:
    found = tool.perform("parameter.find", text="soma diam")["found"]
    assert found == [{"name": "soma.diam", "unit": "um", "value": "20"}]
    assert tool.perform("parameter.add", target="soma.diam") == {}
    assert tool.fit.parameters["soma.diam"].log
    refused = tool.perform("parameter.scale", log=True)
    assert refused == {"error": "e stays linear: a logarithmic scale begins above 0"}
    assert [each.log for each in tool.fit.parameters.values()] == [True, False, True]  # -80 has no logarithm
    text = tool.perform("parameter.table")["content"]
    assert tool.perform("parameter.remove", name="soma.diam") == {}
    assert tool.perform("parameter.paste", text=text.replace("\t200.0\t", "\t100.0\t")) == {}
    assert tool.fit.parameters["soma.diam"].high == 100
    assert "line 2" in tool.perform("parameter.paste", text="target\tlow\thigh\nsoma.diam\t5\t2\n")["error"]
    before = tool.values
    assert tool.perform("parameter.shake", factor=2) == {}
    assert all(0.5 <= tool.values[name] / value <= 2 for name, value in before.items())
    assert tool.values != before
    tool.fit.undo()
    assert tool.values == before
    assert tool.perform("tie.set", target="soma.cm", expression="1 + g") == {}
    assert "is tied to it" in tool.perform("parameter.remove", name="g")["error"]
    assert "no varied parameter called" in tool.perform("tie.set", target="soma.cm", expression="2 * x")["error"]
    tool.fit.undo()
    assert tool.ties == []


def test_priors_and_bounds_in_the_table(tool: Fitter) -> None:
    def set_e(field: str, value: object) -> str:
        return str(tool.perform("parameter.set", name="e", field=field, value=value).get("error", ""))

    def prior_of_e() -> object:
        return tool.fit.parameters["e"].prior

    assert set_e("sd", 2) == "e has no prior yet"
    assert set_e("prior", value=True) == ""
    assert tool.parameters[1]["prior"] == [-70, 5]
    assert set_e("mean", "-0.068 V") == ""
    assert "must be greater than 0" in set_e("sd", 0)
    assert "another dimension" in set_e("sd", "2 ms")
    assert set_e("sd", 2) == ""
    assert tool.parameters[1]["prior"] == [-68, 2]
    assert tool.fit.error() == pytest.approx(tool.fit.error({"e": -70}))
    prior = prior_of_e()
    assert prior is not None
    tool.perform("parameter.set", name="g", field="prior", value=True)
    assert tool.parameters[0]["prior"] == [1e-4, 2]
    assert "a factor above 1" in tool.perform("parameter.set", name="g", field="sd", value=0.5)["error"]
    text = tool.perform("parameter.table")["content"]
    assert set_e("prior", value=False) == ""
    assert prior_of_e() is None
    assert tool.perform("parameter.paste", text=text) == {}
    assert prior_of_e() == prior
    half = text.replace("\t2.0\n", "\t\n")
    assert "give its mean and sd" in tool.perform("parameter.paste", text=half)["error"]
    assert tool.perform("parameter.positive") == {"error": "e stays as before: the upper bound is not above 0 either"}
    assert tool.perform("parameter.widen", factor=2) == {}
    assert [(each["low"], each["high"]) for each in tool.parameters] == [(5e-6, 2e-3), (-160, -30)]


def test_the_list_of_runs(tool: Fitter) -> None:
    names = ["step 0", "step 0 (2)", "step 0.01"]
    assert tool.perform("generator.clone", kind="run", name="step 0") == {}
    assert [each["name"] for each in tool.generators] == names
    tool.perform("generator.move", kind="run", name="step 0.01", by=-1)
    assert list(tool.fit.runs) == ["step 0", "step 0.01", "step 0 (2)"]
    tool.perform("generator.rename", kind="run", name="step 0 (2)", new=" copy ")
    assert "already" in tool.perform("generator.rename", kind="run", name="copy", new="step 0")["error"]
    tool.perform("generator.set", kind="run", name="copy", field="on", value=False)
    tool.perform("match.set", run="step 0", index=0, field="method", value="points")
    tool.perform("match.set", run="step 0", index=0, field="time_scale", value=2)
    assert tool.generators[0]["matches"][0]["options"]["time_scale"] == 2
    assert "negative" in tool.perform("generator.set", kind="run", name="copy", field="weight", value=-1)["error"]
    assert "no run 'x'" in tool.perform("generator.move", kind="run", name="x", by=1)["error"]
    for _ in range(6):
        tool.fit.undo()
    assert list(tool.fit.runs) == ["step 0", "step 0.01"]


def test_functions_and_fits_are_drawn_and_handled_like_runs(tool: Fitter, until: Until, tmp_path: Path) -> None:
    other = tool.fit.copy()
    other.vary("e", name="e_other")
    tool.fit.add_function("line", "line", [0, 1, 2], [1, 2, 4])
    tool.fit.add_formula("ratio", "e / g", target=-7e5, scale=1e5)
    tool.fit.add_fit("second", other, weight=0.5)
    for kind, name in (("function", "line"), ("function", "ratio"), ("fit", "second")):
        assert tool.perform("generator.clone", kind=kind, name=name) == {}
        assert tool.perform("generator.rename", kind=kind, name=f"{name} (2)", new=f"my {name}") == {}
    tool.perform("generator.move", kind="fit", name="my second", by=-1)
    tool.perform("generator.set", kind="function", name="my line", field="weight", value=0.25)
    assert [(each["kind"], each["name"]) for each in tool.generators[2:]] == [
        ("function", "line"),
        ("function", "my line"),
        ("function", "ratio"),
        ("function", "my ratio"),
        ("fit", "my second"),
        ("fit", "second"),
    ]
    assert tool.generators[-1]["words"] == "2 runs; varies g, e_other"
    until(lambda: tool.state == "idle")
    assert tool.error == ""
    assert {line["key"] for line in tool.lines} == {panel["key"] for panel in tool.panels}
    assert sum(line["error"] for line in tool.lines) == pytest.approx(tool.total)
    assert tool.total == pytest.approx(tool.fit.error())
    keys = [panel["key"] for panel in tool.panels if panel["within"]]
    assert keys == [f"fit|{name}|0|step {amp}" for name in ("my second", "second") for amp in ("0", "0.01")]
    drawn = dict(zip([line["key"] for line in tool.lines], lines(tool), strict=True))
    assert np.array_equal(drawn["fit|second|0|step 0.01"], drawn["0|step 0.01"])
    (ratio,) = next(line["measured"] for line in tool.lines if line["key"] == "function|ratio")
    assert ratio["value"] == pytest.approx(-70 / 1e-4)
    assert ratio["score"] == pytest.approx(0, abs=1e-9)
    assert "no varied parameter" in tool.perform("formula.add", name="x", formula="gx / 2")["error"]
    assert tool.perform("formula.add", name="sum", formula="g + e", target=-70, scale=2) == {}
    other.save(tmp_path / "leak.json")
    text = (tmp_path / "leak.json").read_text()
    assert tool.perform("fit.add", file="leak.json", text=text[:999], part=0, parts=2) == {}
    assert tool.perform("fit.add", file="leak.json", text=text[999:], part=1, parts=2) == {}
    assert tool.perform("fit.add", file="leak.json", text=text) == {}
    assert list(tool.fit.fits)[2:] == ["leak", "leak (2)"]
    assert tool.fit.fits["leak"].fit() == other
    assert tool.perform("fit.add", file="a.json", text="{}")["error"].startswith("a.json: ")
    for name in ("leak", "leak (2)"):
        assert tool.perform("generator.remove", kind="fit", name=name) == {}
    tool.perform("generator.set", kind="fit", name="second", field="on", value=False)
    until(lambda: tool.state == "idle")
    assert "fit|second|0|step 0" not in {line["key"] for line in tool.lines}
    assert tool.perform("search.run") == {}
    until(lambda: settled(tool))
    until(lambda: tool.state == "idle")
    assert tool.best is not None
    assert tool.total == pytest.approx(tool.best.error)  # also with what only the inner fit varies
    tool.fit.functions["line"].weight = 2
    assert tool.search["stale"]


def test_a_search_is_held_moved_by_hand_and_taken_on(tool: Fitter, until: Until, tmp_path: Path) -> None:
    tool.perform("search.set", key="store", value=str(tmp_path / "fit.sqlite"))
    assert tool.perform("search.step") == {}
    until(lambda: tool.search["phase"] == "paused")
    first = tool.search["trials"]
    assert 0 < first < 60
    assert tool.showing == "best"
    best = tool.best
    assert best is not None
    assert "under way" in tool.perform("search.run")["error"]
    assert tool.perform("parameter.set", name="e", field="value", value=-71) == {}
    assert tool.search["moved"]
    assert not tool.search["stale"]
    assert tool.fit.parameters["g"].start == best.parameters["g"]  # what was shown is what one begins at
    assert tool.perform("search.resume", whence="search") == {}
    until(lambda: tool.search["phase"] == "ended")
    assert tool.search["trials"] == 60
    unbroken = tool.fit.run("cma_es", 60)
    assert len(tool.trials) == 1
    tool.perform("search.resume", whence="here")
    until(lambda: settled(tool))
    assert [len(each) for each in tool.trials] == [60, 60]
    assert (tmp_path / "fit-2.sqlite").exists()
    assert np.array_equal(tool.trials[1].errors, unbroken.history.errors)  # from the values shown, as code would
    errors = [each["error"] for each in tool.bests]
    assert errors == sorted(errors, reverse=True)
    assert tool.best is not None
    assert tool.best.error == errors[-1]
    tool.perform("search.back", trial=tool.bests[0]["trial"])
    assert tool.values == pytest.approx(tool.bests[0]["values"])
    assert "already" in tool.perform("search.run")["error"]


def test_a_search_in_a_file_is_taken_on(tool: Fitter, until: Until, tmp_path: Path) -> None:
    whole = tool.fit.run("cma_es", 60)
    tool.fit.run("cma_es", 25, store=tmp_path / "fit.sqlite")
    assert "name the file" in tool.perform("search.reopen")["error"]
    tool.perform("search.set", key="store", value=str(tmp_path / "fit.sqlite"))
    assert tool.perform("search.reopen") == {}
    until(lambda: settled(tool))
    assert np.array_equal(tool.trials[0].errors, whole.history.errors)
    tool.fit.vary("g", start=2e-4)
    tool.perform("search.reopen")
    until(lambda: tool.search["phase"] == "failed")
    assert "is of another fit" in tool.search["message"]


def test_what_was_found_can_be_looked_into_and_taken_away(until: Until) -> None:
    tool = made(200, "auto")
    until(lambda: tool.state == "idle")
    assert "press Run" in tool.perform("findings.ask")["error"]
    tool.perform("search.run")
    until(lambda: settled(tool))
    assert tool.search["phase"] == "ended", tool.search["message"]
    best = tool.best
    assert best is not None
    assert best.parameters["g"] == pytest.approx(3e-4, rel=1e-3)
    tool.perform("findings.ask")
    until(lambda: tool.findings["state"] == "done")
    assert [row["determined"] for row in tool.findings["rows"]] == [True, True]
    assert np.allclose(tool.findings["correlation"], best.correlation)
    tool.perform("axis.move", axis=0, amount=0.5, gesture="x")
    assert tool.values == pytest.approx(best.axes.point(0, 0.5 * best.axes.span(0)[1]))
    front = tool.perform("front", x=tool.parts[0], y=tool.parts[1])
    assert len(front["front"]) == len(front["trials"]) > 0
    tool.perform("trial.take", trial=front["trials"][0])
    until(lambda: tool.state == "idle")
    assert sorted(line["error"] for line in tool.lines) == pytest.approx(sorted(front["front"][0]), rel=1e-6)
    names: dict[str, object] = {}
    exec(tool.perform("code.best")["content"], names)  # noqa: S102  # the program under test is ours
    assert names["cell"] == best.cell()
    assert tool.perform("code")["content"].endswith("best = fit.run('auto', budget=200, seed=0)\n")
    assert tool.perform("export.csv")["content"].count("\n") == len(best.history) + 1
    tool.fit.vary("e", -90, -60)
    assert tool.search["stale"]
    assert tool.findings["state"] == "stale"
    tool.close()


def test_a_profile_and_a_posterior_are_drawn_and_can_be_cancelled(
    tool: Fitter, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("emcee")
    assert "press Run" in tool.perform("profile.ask", name="e")["error"]
    # The same noise at any draw, so that there is something to be unsure of.
    for run in tool.fit.runs.values():
        data = run.matches[0].target
        assert isinstance(data, rb.Trace)
        noise = np.random.default_rng(3).standard_normal(len(data.value))
        run.change_match(0, target=rb.Trace(data.time, data.value + 0.2 * noise, "mV"))
    tool.perform("search.set", key="method", value="levenberg_marquardt")
    tool.perform("search.run")
    until(lambda: settled(tool))
    best = tool.best
    assert best is not None
    assert tool.perform("profile.ask", name="e", points=5) == {}
    until(lambda: tool.profile["state"] != "running")
    expected = tool.fit.profile("e", best=best, points=5)
    assert tool.profile["values"] == pytest.approx(expected.values)
    assert tool.profile["interval"] == pytest.approx(expected.interval)
    assert (tool.profile["unit"], tool.profile["threshold"]) == ("mV", pytest.approx(expected.threshold))

    assert "whole number, at least 2" in tool.perform("posterior.ask", steps=1)["error"]
    assert tool.perform("posterior.ask", steps=40, burn=10, seed=4) == {}
    until(lambda: tool.posterior["state"] != "running")
    sampled = tool.fit.posterior(best, steps=40, burn=10, seed=4)
    assert [row["median"] for row in tool.posterior["rows"]] == pytest.approx(sampled.summary()["median"].tolist())
    assert tool.posterior["shape"] == [40, 24, 2]
    sent = np.frombuffer(tool.samples, np.float32).reshape(40, 24, 2)
    np.testing.assert_allclose(sent[..., 1], sampled.values["e"][:, :24], rtol=1e-6)
    assert [sum(each["heights"]) for each in tool.posterior["bars"]] == pytest.approx([len(sampled)] * 2, abs=2)
    assert tool.posterior["doubts"] == sampled.doubts != []
    json.dumps([tool.profile, tool.posterior], allow_nan=False)

    assert tool.perform("posterior.ask", steps=1_000_000, burn=2) == {}
    assert tool.perform("profile.ask", name="g") == {"error": "a posterior is under way: cancel it first"}
    until(lambda: tool.posterior["done"] > 4)
    assert tool.perform("parameter.set", name="e", field="value", value=-75) == {}
    until(lambda: tool.state == "idle")  # what is shown follows meanwhile
    assert tool.total == pytest.approx(tool.fit.error())
    assert tool.posterior["state"] == "running"
    tool.perform("probe.stop")
    until(lambda: tool.posterior["state"] == "done")
    assert tool.posterior["message"].startswith("stopped after")
    tool.perform("profile.ask", name="g", points=100_000)
    until(lambda: tool.profile["done"] > 0)
    tool.perform("probe.stop")
    until(lambda: tool.profile["state"] == "stopped")
    monkeypatch.setitem(sys.modules, "emcee", None)
    tool.perform("posterior.ask")
    until(lambda: tool.posterior["state"] == "error")
    assert "pip install 'rheobase[posterior]'" in tool.posterior["message"]
    tool.perform("profile.ask", name="e", points=3)
    until(lambda: tool.profile["state"] == "done")
    tool.fit.vary("g", high=2e-3)
    assert tool.profile["state"] == "stale"
    assert "changed since" in tool.perform("profile.ask", name="e")["error"]


def test_a_recording_is_loaded_prepared_and_held_against_a_run(tool: Fitter, until: Until) -> None:
    rows = "".join(f"{0.0001 * k:.4f};-{65 + k % 3},5\n" for k in range(300))
    text = "Zeit (s);Spannung (mV)\n" + rows
    tool.perform("data.upload", file="cell.csv", text=text[:2000], part=0, parts=2)
    assert tool.recording == {}
    assert tool.perform("data.upload", file="cell.csv", text=text[2000:], part=1, parts=2) == {}
    settings = tool.recording["settings"]
    assert (settings["time_unit"], settings["value_unit"]) == ("s", "mV")
    assert len(tool.preview) == 4 * 2 * 300
    tool.perform("data.prepare", key="start", value=5)
    tool.perform("data.prepare", key="zero", value=True)
    tool.perform("data.prepare", key="junction", value=10)
    t, v = np.frombuffer(tool.preview, np.float32).reshape(2, -1)
    assert t[0] == 0
    assert v[0] == -(65 + 50 % 3 + 0.5) - 10
    tool.perform("data.prepare", key="value_unit", value="s")
    assert "not a unit" in tool.recording["error"]
    wanted = {"run": "step 0", "section": "soma", "x": 0.5, "variable": "v"}
    assert "not a unit" in tool.perform("data.load", **wanted)["error"]
    tool.perform("data.prepare", key="junction", value="")
    tool.perform("data.prepare", key="value_unit", value="nA")
    assert "the target is in nA" in tool.perform("data.load", **wanted)["error"]
    assert len(tool.panels) == 2
    tool.perform("data.prepare", key="value_unit", value="mV")
    done = tool.fit.document.history.done
    fresh = {"tstop": 20, "section": "soma", "x": 0.5, "delay": 1, "dur": 5, "amp": 0.1}
    assert "greater than 0" in tool.perform("data.load", **wanted, fresh={**fresh, "tstop": 0})["error"]
    assert "already" in tool.perform("data.load", **wanted, fresh=fresh)["error"]
    assert tool.perform("data.load", **{**wanted, "run": "new"}, fresh=fresh) == {}
    assert tool.fit.document.history.done == (*done, "Match soma(0.5).v by trace")
    assert tool.recording == {}
    (match,) = tool.fit.runs["new"].matches
    assert match.target.name == "Spannung"
    until(lambda: tool.state == "idle")
    assert tool.error == ""
    assert "holds no numbers" in tool.perform("data.upload", file="x.csv", text="", part=0, parts=1)["error"]


def test_a_search_that_cannot_be_is_told_in_words(until: Until) -> None:
    cell = rb.Cell("soma")
    cell.add_section("soma", L=20, diam=20)
    tool = Fitter(cell)
    until(lambda: tool.state != "running")
    assert tool.error == ""  # nothing is wrong before anything is loaded
    assert tool.perform("search.run") == {}
    until(lambda: tool.search["phase"] == "failed")
    assert "holds nothing against data" in tool.search["message"]
    assert "no optimiser" in tool.perform("search.set", key="method", value="magic")["error"]
    assert "whole number" in tool.perform("search.set", key="budget", value=0.5)["error"]
    tool.close()
    with pytest.raises(TypeError, match="needs a fit"):
        Fitter("x")


def test_functions_stand_beside_runs(tool: Fitter, until: Until) -> None:
    x = np.linspace(-80, 20, 21)
    text = "v;g\n" + "".join(f"{a};{1 / (1 + np.exp(-(a + 40) / 6))}\n" for a in x)
    tool.perform("data.upload", file="act.csv", text=text.replace(".", ","), part=0, parts=1)
    assert "no parameter" in tool.perform("function.add", name="m", formula="1 / (1 + q)")["error"]
    assert tool.perform("function.add", name="m", formula="boltzmann") == {}
    assert [each["kind"] for each in tool.generators] == ["run", "run", "function"]
    (panel,) = [each for each in tool.panels if each["key"] == "function|m"]
    assert panel["span"] == [-80, 20]
    until(lambda: any(line["key"] == "function|m" for line in tool.lines))
    assert tool.error == ""
    assert sum(line["error"] for line in tool.lines) == pytest.approx(tool.total)
    assert tool.total == pytest.approx(tool.fit.error())
    assert tool.perform("function.regions", name="m", regions=[(-60, -20, 1)], gesture="a") == {}
    assert tool.perform("generator.set", kind="function", name="m", field="weight", value=2) == {}
    assert (tool.fit.functions["m"].weight, tool.fit.functions["m"].value.regions) == (2, ((-60, -20, 1),))
    assert tool.perform("generator.remove", kind="function", name="m") == {}
    assert list(tool.fit.parameters) == ["g", "e"]


def test_the_page_and_python_agree_on_the_largest_file(tool: Fitter) -> None:
    most = tool.most_bytes
    fits = {"data.upload": "x" * most, "data.binary": b64encode(b"x" * most).decode()}
    for name, text in fits.items():
        assert tool.perform(name, file="a.csv", text=text, part=0, parts=2) == {}
        over = tool.perform(name, file="a.csv", text="x", part=1, parts=2)["error"]
        assert over == "'a.csv' is longer than 64 MB, which no recording file is"


def test_a_file_of_an_amplifier_is_loaded(tool: Fitter, tmp_path: Path) -> None:
    pynwb = pytest.importorskip("pynwb")
    pytest.importorskip("neo")
    file = pynwb.NWBFile("a cell", "id", datetime(2026, 1, 1, tzinfo=UTC))
    electrode = file.create_icephys_electrode(name="e", description="patch", device=file.create_device(name="rig"))
    made = pynwb.icephys.CurrentClampSeries
    v = np.linspace(-0.07, -0.06, 400)
    file.add_acquisition(made(name="vm", data=v, electrode=electrode, gain=1.0, rate=20000.0, unit="volts"))
    with pynwb.NWBHDF5IO(str(tmp_path / "cell.nwb"), "w") as io:
        io.write(file)
    text = b64encode((tmp_path / "cell.nwb").read_bytes()).decode()
    assert tool.perform("data.binary", file="cell.nwb", text=text) == {}
    assert (tool.recording["channels"], tool.recording["sweeps"]) == (["vm (V)"], 1)
    assert tool.perform("data.load", run="step 0", section="soma", x=0.5, variable="v") == {}
    np.testing.assert_allclose(tool.fit.runs["step 0"].matches[1].target.value, 1e3 * v)
    assert tool.perform("data.binary", file="cell.nwb", text=text) == {}
    assert tool.perform("data.replace", run="step 0.01", index=0) == {}
    (match,) = tool.fit.runs["step 0.01"].matches
    assert (match.regions, match.target.name) == (((2, 18, 1),), "vm")
    assert tool.perform("data.binary", file="x.abf", text="!")["error"].startswith("'x.abf' did not arrive")
    wrong = tool.perform("data.binary", file="notes.xyz", text=b64encode(b"no recording").decode())
    assert wrong["error"].startswith("notes.xyz: is in no format")


def test_a_number_that_has_no_name_of_its_own_has_a_unit(until: Until) -> None:
    cell = rb.Cell("two")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.add_section("dend", L=100, diam=2, parent=soma(1))
    cell["all"].insert("pas")
    fit = rb.Fit(cell)
    fit.vary("soma.pas.g", 1e-5, 1e-3)
    tool = Fitter(fit)
    until(lambda: tool.state == "idle")
    assert [each["unit"] for each in tool.parameters] == ["S/cm2"]
    tool.close()
