from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets.channel_builder import ChannelBuilder

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def builder() -> Iterator[ChannelBuilder]:
    builder = rb.widgets.ChannelBuilder(rb.ChannelSpec.from_template("three"))
    yield builder
    builder.close()


def plots(builder: ChannelBuilder) -> dict[str, np.ndarray]:
    numbers, found, start = np.frombuffer(builder.curves, dtype=np.float32), {}, 0
    for info in builder.curves_info:
        rows = 1 + len(info["names"])
        found[info["plot"]] = numbers[start : start + rows * info["samples"]].reshape(rows, -1)
        start += rows * info["samples"]
    assert start == len(numbers)
    return found


def field(builder: ChannelBuilder, key: str) -> dict[str, Any]:
    return next(each for group in builder.numbers.values() for each in group if each["key"] == key)


def test_it_begins_with_a_channel_and_its_curves(builder: ChannelBuilder) -> None:
    assert builder.state == "idle"
    assert builder.chosen == {"gate": "s", "pair": "C1_C2", "state": ""}
    found = plots(builder)
    assert set(found) == {"steady", "tau", "rates", "iv", "peak", "current", "open"}
    assert found["steady"][1:].sum(axis=0) == pytest.approx(1.0)
    assert (np.abs(found["current"][1:]) > 0).any()


def test_a_slider_moves_the_curves_and_a_drag_is_one_step(builder: ChannelBuilder) -> None:
    before = plots(builder)
    for value in (2.0, 4.0):
        assert builder.perform("number.set", key="C1_C2_alpha_A", value=value, gesture="drag") == {}
    after = plots(builder)
    for plot in ("steady", "tau", "rates", "current"):
        assert not np.allclose(before[plot], after[plot]), plot
    assert field(builder, "C1_C2_alpha_A")["value"] == 4
    assert field(builder, "C1_C2_alpha_A")["default"] == 1
    builder.perform("history.undo")
    assert builder.spec.value("C1_C2_alpha_A") == 1
    assert builder.redo_label == "Set C1_C2_alpha_A"
    builder.perform("number.set", key="C1_C2_alpha_A", value=3, gesture="b")
    builder.perform("number.set.reset", key="C1_C2_alpha_A")
    assert builder.spec.value("C1_C2_alpha_A") == 1


def test_what_code_changes_shows_at_once(builder: ChannelBuilder) -> None:
    revision = builder.revision
    builder.spec.name = "renamed"
    assert builder.channel["name"] == builder.title == "renamed"
    assert builder.revision > revision


def test_a_scheme_is_drawn_step_by_step(builder: ChannelBuilder) -> None:
    spec = builder.spec
    before = builder.curves
    assert builder.perform("state.add", gate="s", x=240, y=220) == {"state": "C"}
    assert "connect them" in builder.error
    assert builder.curves == before, "the last good curves stay"
    assert builder.perform("transition.add", gate="s", source="C2", target="C") == {"pair": "C2_C"}
    assert builder.state == "idle"
    builder.perform("choose", gate="s", pair="C2_C")
    assert builder.perform("state.move", gate="s", places={"C": [200, 210]}, gesture="g") == {}
    assert spec["s"].scheme.states[-1].x == 200
    assert builder.perform("state.rename", gate="s", state="C", name="I") == {"state": "I"}
    assert builder.chosen["pair"] == "C1_C2", "what was chosen has another name"
    assert "two transitions" in builder.perform("transition.add", gate="s", source="I", target="C2")["error"]
    assert builder.perform("state.remove", gate="s", state="I") == {}
    for _ in range(5):
        builder.perform("history.undo")
    assert [state.name for state in spec["s"].scheme.states] == ["C1", "C2", "O"]


def test_gates_are_added_named_and_removed(builder: ChannelBuilder) -> None:
    assert builder.perform("gate.add") == {"gate": "m"}
    assert builder.perform("gate.power", gate="m", power=3.0) == {}
    assert builder.perform("gate.rename", gate="m", name="act") == {"gate": "act"}
    assert builder.spec["act"].power == 3
    assert "whole number" in builder.perform("gate.power", gate="act", power=2.5)["error"]
    assert builder.perform("gate.add", kinetics="scheme")["gate"] == "m"
    assert builder.perform("gate.remove", gate="act") == {}
    assert [gate.name for gate in builder.spec.gates] == ["s", "m"]


@pytest.mark.parametrize("template", ["na", "k"])
@pytest.mark.parametrize("form", ["inf_tau", "scheme"])
def test_another_form_of_a_gate_moves_alike(builder: ChannelBuilder, template: str, form: str) -> None:
    builder.perform("template", name=template)
    gate = builder.spec.gates[0].name
    before = plots(builder)
    assert builder.perform("gate.kinetics", gate=gate, form=form) == {}
    after = plots(builder)
    scale = np.abs(before["current"][1:]).max()
    assert np.abs(after["current"][1:] - before["current"][1:]).max() < 1e-4 * scale
    if form == "inf_tau":
        assert builder.perform("gate.kinetics", gate=gate, form="alpha_beta") == {}
        again = plots(builder)
        assert np.abs(again["current"][1:] - before["current"][1:]).max() < 1e-4 * scale


def test_a_rate_is_a_formula_or_a_table_or_fitted(builder: ChannelBuilder) -> None:
    at = {"gate": "s", "pair": "C1_C2", "role": "alpha"}
    assert builder.perform("rate.formula", **at, text="a * exp(v / 25)") == {}
    assert field(builder, "C1_C2_alpha_a")["value"] == 1
    assert "did you mean exp" in builder.perform("rate.formula", **at, text="expp(v)")["error"]
    assert builder.perform("rate.form", **at, form="exponential") == {}
    assert builder.spec.value("C1_C2_alpha_k") == pytest.approx(0.04, rel=1e-3)
    assert builder.perform("rate.table", **at, text="-80 0.1\n0 1\n40, 3") == {}
    assert builder.spec["s"].scheme.transitions[0].rates.alpha.y == (0.1, 1, 3)
    assert "line 2" in builder.perform("rate.table", **at, text="1 2\n3")["error"]
    assert builder.perform("rate.fit", **at, form="exponential") == {}
    assert builder.perform("rate.fit", **at, form="exponential")["error"]


def test_a_rate_that_is_negative_is_told_where(builder: ChannelBuilder) -> None:
    builder.perform("rate.formula", gate="s", pair="C1_C2", role="alpha", text="v / 10")
    assert builder.state == "error"
    assert "negative, at -100 mV" in builder.error


def test_a_ligand_multiplies_the_opening_rate(builder: ChannelBuilder) -> None:
    assert builder.perform("rates.ligand", gate="s", pair="C1_C2", ligand="ca.inside", coefficient=2.0) == {}
    few = plots(builder)["steady"]
    assert builder.perform("stage.set", key="ca.inside", value="1 mM") == {}
    assert plots(builder)["steady"][3].max() > few[3].max()
    assert "ca.inside" in builder.perform("rates.ligand", gate="s", pair="C1_C2", ligand="calcium")["error"]
    assert builder.perform("rates.ligand", gate="s", pair="C1_C2", ligand="") == {}


def test_the_channel_as_a_whole_is_set(builder: ChannelBuilder) -> None:
    spec = builder.spec
    assert builder.perform("channel.set", field="ion", value="ca") == {}
    assert builder.perform("channel.set", field="current", value="ghk") == {}
    assert builder.channel["unit"] == "cm/s"
    assert {each["key"] for each in builder.stage} >= {"ca.inside", "ca.outside"}
    assert builder.perform("channel.set", field="kind", value="point") == {}
    assert builder.perform("channel.set", field="current", value="ohmic") == {}
    assert builder.perform("channel.set", field="ion", value="") == {}
    assert spec.ion is None
    assert "needs the ion" in builder.perform("channel.set", field="current", value="ghk")["error"]
    assert "a letter first" in builder.perform("channel.set", field="name", value="2 k")["error"]
    assert builder.perform("channel.set", field="gates", value=())["error"]


def test_the_clamp_is_no_part_of_the_channel(builder: ChannelBuilder) -> None:
    revision = builder.spec.revision
    assert builder.perform("stage.set", key="levels", value=4.4) == {}
    assert len(next(i for i in builder.curves_info if i["plot"] == "current")["names"]) == 4
    assert "outside its limits" in builder.perform("stage.set", key="duration", value=-1)["error"]
    builder.perform("stage.set.reset", key="levels")
    assert builder.spec.revision == revision
    assert builder.undo_label == ""


def test_single_channels_open_by_chance_around_their_mean(builder: ChannelBuilder, until: Until) -> None:
    builder.perform("stage.set", key="channels", value=50)
    builder.perform("stage.single", shown=True)
    until(lambda: builder.single_revision > 0)
    _, drawn, mean = np.frombuffer(builder.single, dtype=np.float32).reshape(3, -1)
    assert np.all(drawn == np.round(drawn))
    assert drawn.max() <= 50
    assert np.abs(drawn - mean).mean() < 5
    first, revision = builder.single, builder.single_revision
    builder.perform("stage.set", key="seed", value=2)
    until(lambda: builder.single_revision > revision)
    assert builder.single != first


def test_templates_imports_and_exports(builder: ChannelBuilder) -> None:
    text = builder.perform("export.json")["content"]
    builder.perform("template", name="na")
    assert builder.spec.name == "na_hh"
    assert builder.perform("import.file", file="three.json", text=text) == {}
    assert builder.spec == rb.ChannelSpec.from_template("three")
    assert "SUFFIX three_states" in builder.perform("export.nmodl")["content"]
    assert builder.perform("code")["content"].startswith("import rheobase as rb")
    builder.perform("history.undo")
    assert builder.spec.name == "na_hh"
    assert "is not JSON" in builder.perform("import.file", file="three.json", text="{")["error"]
    assert "line 1" in builder.perform("import.file", file="x.mod", text="NEURON { SUFFIX")["error"]


def test_a_mechanism_is_taken_apart(builder: ChannelBuilder) -> None:
    known = {each["name"]: each["currents"] for each in builder.perform("import.names")["mechanisms"]}
    assert known["hh"] == ["ina", "ik", "il"]
    assert "IClamp" not in known
    assert builder.perform("import", name="hh", current="ik") == {}
    assert builder.spec.ion == "k"
    assert [gate.power for gate in builder.spec.gates] == [4]


def test_it_needs_a_channel() -> None:
    with pytest.raises(TypeError, match="needs a ChannelSpec"):
        rb.ChannelBuilder(rb.Cell("c"))  # type: ignore[arg-type]
