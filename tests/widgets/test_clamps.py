from collections.abc import Iterator
from typing import Any

import pytest

import rheobase as rb


@pytest.fixture
def clamps(cell: rb.Cell) -> Iterator[rb.Clamps]:
    cell.place(rb.IClamp(delay=5, dur=80, amp=0.3), cell.section("soma")(0.5))
    clamps = rb.Clamps(cell)
    yield clamps
    clamps.close()


def shown(clamps: rb.Clamps, name: str) -> dict[str, Any]:
    return next(each for each in clamps.clamps if each["name"] == name)


def test_an_electrode_is_listed_with_letter_place_and_units(clamps: rb.Clamps) -> None:
    electrode = shown(clamps, "IClamp[0]")
    assert (electrode["letter"], electrode["where"], electrode["title"]) == ("A", "soma(0.5)", "Current clamp")
    fields = {field["label"]: (field["value"], field["unit"]) for field in electrode["parameters"]}
    assert fields == {"delay": (5.0, "ms"), "dur": (80.0, "ms"), "amp": (0.3, "nA")}
    assert electrode["main"] == "IClamp[0].amp"


def test_a_slider_edits_the_cell_and_a_drag_is_one_step_of_undo(clamps: rb.Clamps) -> None:
    cell = clamps.session.cell
    for amp in (0.31, 0.35, 0.4):
        assert clamps.perform("clamp.set", key="IClamp[0].amp", value=amp, gesture="drag-1") == {}
    assert cell.process("IClamp[0]").amp == 0.4
    assert shown(clamps, "IClamp[0]")["parameters"][2]["value"] == 0.4
    cell.undo()
    assert cell.process("IClamp[0]").amp == 0.3
    assert shown(clamps, "IClamp[0]")["parameters"][2]["value"] == 0.3


def test_another_drag_is_another_step_of_undo(clamps: rb.Clamps) -> None:
    cell = clamps.session.cell
    clamps.perform("clamp.set", key="IClamp[0].amp", value=0.4, gesture="drag-1")
    clamps.perform("clamp.set", key="IClamp[0].amp", value=0.5, gesture="drag-2")
    cell.undo()
    assert cell.process("IClamp[0]").amp == 0.4


def test_a_quantity_is_converted(clamps: rb.Clamps) -> None:
    clamps.perform("clamp.set", key="IClamp[0].amp", value="250 pA", gesture="typed")
    assert clamps.session.cell.process("IClamp[0]").amp == 0.25


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("IClamp[0].dur", -1, "at least 0"),
        ("IClamp[0].amp", "3 mV", "dimension"),
        ("IClamp[0].amp", "fast", "amp"),
        ("IClamp[0].amp", None, "amp"),
        ("IClamp[0].amp", True, "amp"),
        ("IClamp[0].amp", float("nan"), "amp"),
        ("IClamp[0].ampp", 1, "'amp'"),
        ("IClamp[7].amp", 1, "IClamp[0]"),
        ("amp", 1, "''"),
    ],
)
def test_a_bad_value_is_refused_in_words_and_changes_nothing(
    clamps: rb.Clamps, key: str, value: object, said: str
) -> None:
    revision = clamps.session.cell.revision
    assert said in clamps.perform("clamp.set", key=key, value=value, gesture="typed")["error"]
    assert clamps.session.cell.revision == revision


def test_a_clamp_is_added_where_the_tree_was_clicked(clamps: rb.Clamps) -> None:
    reply = clamps.perform("clamp.add", mechanism="SEClamp", section="dend", x=0.25)
    assert reply == {"name": "SEClamp[0]"}
    assert clamps.session.cell.process("SEClamp[0]").location == rb.Location("dend", 0.25)
    assert shown(clamps, "SEClamp[0]")["letter"] == "B"


def test_a_clamp_goes_to_the_middle_of_the_root_when_nothing_was_clicked(clamps: rb.Clamps) -> None:
    clamps.perform("clamp.add", mechanism="IClamp")
    assert clamps.session.cell.process("IClamp[1]").location == rb.Location("soma", 0.5)


def test_a_clamp_is_moved_and_taken_back(clamps: rb.Clamps) -> None:
    cell = clamps.session.cell
    assert clamps.perform("clamp.move", name="IClamp[0]", section="dend", x=0.75) == {}
    assert shown(clamps, "IClamp[0]")["where"] == "dend(0.75)"
    assert "dend" in clamps.perform("clamp.move", name="IClamp[0]", section="dendd", x=0.5)["error"]
    assert "between 0" in clamps.perform("clamp.move", name="IClamp[0]", section="dend", x=1.5)["error"]
    cell.undo()
    assert shown(clamps, "IClamp[0]")["where"] == "soma(0.5)"


def test_a_clamp_is_removed_and_its_handle_says_so(clamps: rb.Clamps) -> None:
    handle = clamps.session.cell.process("IClamp[0]")
    clamps.perform("clamp.remove", name="IClamp[0]")
    assert clamps.clamps == []
    with pytest.raises(RuntimeError, match="not in cell"):
        _ = handle.amp


def test_a_reset_gives_back_the_value_first_shown(clamps: rb.Clamps) -> None:
    clamps.perform("clamp.set", key="IClamp[0].amp", value=0.9, gesture="drag")
    assert shown(clamps, "IClamp[0]")["parameters"][2]["default"] == 0.3
    clamps.perform("clamp.set.reset", key="IClamp[0].amp")
    assert clamps.session.cell.process("IClamp[0]").amp == 0.3


def test_a_change_by_code_shows(clamps: rb.Clamps) -> None:
    revision = clamps.revision
    clamps.session.cell.process("IClamp[0]").amp = 0.7
    assert shown(clamps, "IClamp[0]")["parameters"][2]["value"] == 0.7
    assert clamps.revision > revision


def test_other_placed_processes_are_listed_by_their_name(clamps: rb.Clamps) -> None:
    cell = clamps.session.cell
    cell.place(rb.AlphaSynapse(onset=5, gmax=0.01), cell.section("dend")(0.5))
    assert shown(clamps, "AlphaSynapse[0]")["title"] == "AlphaSynapse"
    assert shown(clamps, "AlphaSynapse[0]")["main"] == "AlphaSynapse[0].gmax"


def test_clamps_that_are_closed_follow_nothing(clamps: rb.Clamps) -> None:
    clamps.close()
    assert clamps.session.cell.document._observers == {}
    before = clamps.clamps
    clamps.session.cell.process("IClamp[0]").amp = 0.7
    assert clamps.clamps == before


def test_only_a_cell_has_clamps() -> None:
    with pytest.raises(TypeError, match="needs a cell"):
        rb.Clamps("cell")
