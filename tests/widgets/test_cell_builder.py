"""The CellBuilder without a browser: what its actions make of the cell, and what it then shows."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets.cell_builder import CellBuilder
from tests.widgets.conftest import the


@pytest.fixture
def builder() -> Iterator[CellBuilder]:
    """A soma, drawn on: dend[0] up to the right, dend[1] and dend[2] from its end."""
    builder = CellBuilder()
    assert builder.perform("topology.draw", section="soma", x=1, by=[50, 50, 0]) == {"section": "dend[0]"}
    assert builder.perform("topology.draw", section="dend[0]", x=1, by=[40, 0, 30]) == {"section": "dend[1]"}
    assert builder.perform("topology.draw", section="dend[0]", x=1, by=[0, 60, 0]) == {"section": "dend[2]"}
    yield builder
    builder.close()


def names(builder: CellBuilder) -> list[str]:
    return [section.name for section in builder.cell.sections]


def branches(builder: CellBuilder) -> np.ndarray:
    return np.frombuffer(builder.branches, np.float32).reshape(-1, 5)


def test_it_begins_with_a_soma_and_nothing_to_undo() -> None:
    builder = CellBuilder()
    assert names(builder) == ["soma"]
    assert builder.undo_label == ""
    assert builder.status == "1 section, 1 segment"
    assert branches(builder).tolist() == [[-1, 0, 0, 20, 20]]
    builder.close()
    with pytest.raises(TypeError, match="needs a cell"):
        CellBuilder("soma")  # type: ignore[arg-type]


def test_a_section_is_drawn_where_the_hand_went(builder: CellBuilder) -> None:
    cell = builder.cell
    assert builder.chosen == ["dend[2]"]
    np.testing.assert_allclose(the(cell.section("dend[0]").points), [(20, 0, 0, 1), (70, 50, 0, 1)])
    np.testing.assert_allclose(the(cell.section("dend[1]").points), [(70, 50, 0, 1), (110, 50, 30, 1)])
    assert cell.section("dend[1]").parent == rb.Location("dend[0]", 1)
    assert branches(builder)[:, 0].tolist() == [-1, 0, 1, 1]
    assert branches(builder)[2, 3] == pytest.approx(50)
    frusta = np.frombuffer(builder.geometry, np.float32).reshape(-1, 8)
    np.testing.assert_allclose(frusta[-1, [0, 1, 2, 4, 5, 6]], [70, 50, 0, 70, 110, 0], rtol=1e-6)
    assert cell.history.done == ("Draw dend[0]", "Draw dend[1]", "Draw dend[2]")
    assert "no length" in builder.perform("topology.draw", section="soma", x=1, by=[0, 0, 0])["error"]


def test_what_was_drawn_goes_along_with_its_parent(builder: CellBuilder) -> None:
    before = np.frombuffer(builder.geometry, np.float32).reshape(-1, 8)[1:]
    builder.cell.section("soma").L = 32
    after = np.frombuffer(builder.geometry, np.float32).reshape(-1, 8)[1:]
    np.testing.assert_allclose(after - before, np.tile([12, 0, 0, 0], (3, 2)), atol=1e-4)
    builder.perform("topology.draw", section="dend[1]", x=1, by=[10, 0, 0])
    np.testing.assert_allclose(
        np.frombuffer(builder.geometry, np.float32).reshape(-1, 8)[-1, :3], after[1, 4:7], atol=1e-4
    )


def test_the_draft_names_and_sizes_the_next_section(builder: CellBuilder) -> None:
    assert builder.draft["name"] == "dend[3]"
    assert builder.perform("topology.draft", field="base", value="axon") == {}
    assert builder.perform("topology.draft", field="diam", value="500 nm") == {}
    assert builder.perform("topology.add", at="soma(0)", L=70) == {"section": "axon[0]"}
    axon = builder.cell.section("axon[0]")
    assert (axon.L, axon.diam, axon.parent) == (70, 0.5, rb.Location("soma", 0))
    assert "greater than 0" in builder.perform("topology.draft", field="L", value=-1)["error"]
    assert "cannot name" in builder.perform("topology.draft", field="base", value="<b>")["error"]
    assert builder.draft["name"] == "axon[1]"


def test_a_lone_section_becomes_the_first_of_several(cell: rb.Cell) -> None:
    builder = CellBuilder(cell)
    assert builder.draft["name"] == "dend[1]"
    assert builder.perform("topology.add", at="dend(1)") == {"section": "dend[1]"}
    assert names(builder) == ["soma", "dend[0]", "dend[1]"]
    assert cell.section("dend[1]").parent == rb.Location("dend[0]", 1)
    assert cell["dend"].insert is not None
    assert cell.values("pas.g")[-1] == 1e-4, "what was set for the region holds for the new section"
    builder.perform("history.undo")
    assert names(builder) == ["soma", "dend"]
    builder.close()


def test_sections_are_renamed_joined_inserted_split_and_copied(builder: CellBuilder) -> None:
    cell = builder.cell
    steps: list[tuple[str, dict[str, Any], list[str]]] = [
        ("rename", {"section": "dend[2]", "name": "apic"}, ["soma", "dend[0]", "dend[1]", "apic"]),
        ("join", {"section": "apic", "at": " soma ( 0.5 ) "}, ["soma", "dend[0]", "dend[1]", "apic"]),
        ("insert", {"section": "dend[0]"}, ["soma", "dend[2]", "dend[0]", "dend[1]", "apic"]),
        ("split", {"section": "apic", "x": 0.25}, ["soma", "dend[2]", "dend[0]", "dend[1]", "apic", "apic_2"]),
    ]
    for action, fields, then in steps:
        done = len(cell.history.done)
        reply = builder.perform(f"topology.{action}", **fields)
        assert "error" not in reply, reply
        assert names(builder) == then
        assert len(cell.history.done) == done + 1, "one step of undo"
    assert cell.section("apic").parent == rb.Location("soma", 0.5)
    assert builder.chosen == ["apic", "apic_2"]
    twin = builder.perform("topology.copy", section="dend[0]", at="apic_2(1)")["section"]
    assert builder.chosen == [twin, *(child.name for child in cell.section(twin).children)]
    assert len(builder.chosen) == 2
    assert cell.section(twin).parent == rb.Location("apic_2", 1)
    for _ in range(5):
        builder.perform("history.undo")
    assert names(builder) == ["soma", "dend[0]", "dend[1]", "dend[2]"]
    assert builder.undo_label == "Draw dend[2]"
    assert builder.redo_label == "Rename dend[2] to apic"


def test_what_is_chosen_follows_a_new_name_and_an_undo(builder: CellBuilder) -> None:
    builder.perform("choose", sections=["dend[1]", "soma"])
    builder.perform("topology.rename", section="dend[1]", name="oblique")
    assert builder.chosen == ["soma", "oblique"]
    builder.perform("history.undo")
    assert builder.chosen == ["soma"]


def test_sections_are_carried(builder: CellBuilder) -> None:
    assert builder.perform("topology.move", section="dend[0]", by=[0, "5 um", 1.0]) == {}
    np.testing.assert_allclose(the(builder.cell.section("dend[2]").points)[:, :3], [(70, 55, 1), (70, 115, 1)])
    assert builder.undo_label == "Move dend[0]"


def test_sections_are_removed_with_what_hangs_on_them_or_without(builder: CellBuilder) -> None:
    builder.perform("choose", sections=["dend[0]", "dend[2]"])
    assert builder.perform("topology.remove", sections=["dend[0]", "dend[2]"], keep_children=True) == {}
    assert names(builder) == ["soma", "dend[1]"]
    assert builder.cell.section("dend[1]").parent == rb.Location("soma", 1)
    assert builder.chosen == []
    builder.perform("history.undo")
    assert builder.perform("topology.remove", sections=["dend[0]"]) == {}
    assert names(builder) == ["soma"]
    builder.perform("history.undo")
    assert len(names(builder)) == 4
    assert "root" in builder.perform("topology.remove", sections=["soma"])["error"]
    assert "click one" in builder.perform("topology.remove", sections=[])["error"]
    assert "no section" in builder.perform("topology.remove", sections=["nose"])["error"]


def test_an_empty_cell_gets_its_first_section() -> None:
    builder = CellBuilder(rb.Cell("empty"))
    assert builder.status == "0 sections, 0 segments"
    assert builder.perform("topology.add", at="") == {"section": "dend[0]"}
    assert builder.cell.sections[0].parent is None
    builder.close()


@pytest.mark.parametrize("place", ["soma", "soma(2)", "soma(x)", "nose(0.5)", "soma(1);import os", "(" * 500, ""])
def test_what_is_no_place_is_told_in_words(builder: CellBuilder, place: str) -> None:
    before = builder.cell.revision
    error = builder.perform("topology.join", section="dend[2]", at=place)["error"]
    assert error
    assert len(error) < 400
    assert builder.cell.revision == before


def test_sections_are_gathered(builder: CellBuilder) -> None:
    def chosen(**fields: object) -> list[str]:
        assert "error" not in builder.perform("choose", **fields)
        return [name.removeprefix("dend") for name in builder.chosen]

    assert chosen(place="dend") == ["[0]", "[1]", "[2]"]
    assert chosen(sections=["dend[1]", "soma"], how="toggle") == ["soma", "[0]", "[2]"]
    assert chosen(place="dend", how="within") == ["[0]", "[2]"]
    assert chosen(sections=["dend[0]"], how="remove") == ["[2]"]
    assert chosen(how="invert") == ["soma", "[0]", "[1]"]
    assert chosen(sections=["dend[2]"], how="add") == ["soma", "[0]", "[1]", "[2]"]
    assert "no way to choose" in builder.perform("choose", how="<script>")["error"]
    assert "region" in builder.perform("choose", place="nose")["error"]


def test_subsets_are_named_renamed_filled_ordered_and_forgotten(builder: CellBuilder) -> None:
    def subsets() -> list[tuple[str, int]]:
        return [(each["name"], each["sections"]) for each in builder.subsets if each["kind"] == "subset"]

    builder.perform("choose", sections=["dend[1]", "dend[2]"])
    assert builder.perform("subsets.add", name="tips") == {}
    assert builder.place == "tips"
    assert "already" in builder.perform("subsets.add", name="tips")["error"]
    builder.perform("choose", sections=["dend[0]"])
    builder.perform("subsets.add", name="trunk")
    assert subsets() == [("tips", 2), ("trunk", 1)]
    builder.cell["tips"].set("cm", 2)
    builder.cell["trunk"].set("cm", 3)
    assert builder.perform("subsets.order", names=["trunk", "tips"]) == {}
    assert [item.place for item in builder.cell.assignments] == ["trunk", "tips"]
    builder.perform("subsets.replace", name="tips")
    assert subsets() == [("trunk", 1), ("tips", 1)]
    builder.place = "tips"
    assert builder.perform("subsets.rename", name="tips", new="stem") == {}
    assert builder.place == "stem"
    assert builder.perform("subsets.remove", name="stem") == {}
    assert builder.place == "all"
    assert subsets() == [("trunk", 1)]
    for _ in range(7):
        builder.perform("history.undo")
    assert subsets() == [("tips", 2)]


def test_a_rule_tells_what_fits_and_stays_live(builder: CellBuilder) -> None:
    conditions = {"region": ["dend"], "path_distance": ["95", ""]}
    reply = builder.perform("subsets.find", conditions=conditions, how="only")
    assert reply == {"code": "rb.where(region='dend', path_distance=(95, None))", "sections": 2}
    assert builder.chosen == ["dend[1]", "dend[2]"]
    assert builder.perform("subsets.add.rule", name="far", conditions=conditions) == {}
    shown = next(each for each in builder.subsets if each["name"] == "far")
    assert shown["sections"] == 2
    assert shown["rule"] == "where(region='dend', path_distance=(95, None))"
    builder.perform("topology.draw", section="dend[2]", x=1, by=[0, 30, 0])
    assert next(each for each in builder.subsets if each["name"] == "far")["sections"] == 3
    builder.cell.section("dend[0]").L = 1
    assert next(each for each in builder.subsets if each["name"] == "far")["sections"] < 3
    assert "rb.where(region='dend'" in builder.cell.to_code()


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({}, "at least one"),
        ({"diam": ["", ""]}, "at least one"),
        ({"diam": ["two", ""]}, "no number"),
        ({"order": ["3", "1"]}, "order"),
        ({"subtree": ["nose"]}, "nose"),
        ({"region": ["<img src=x>"]}, "cannot name"),
        ({"__class__": ["x"]}, "no condition"),
    ],
)
def test_a_rule_that_cannot_be_is_told_in_words(
    builder: CellBuilder, conditions: dict[str, list[str]], words: str
) -> None:
    assert words in builder.perform("subsets.find", conditions=conditions)["error"]


def test_it_shows_what_code_changes_and_sends_only_that(builder: CellBuilder) -> None:
    revision = builder.revision
    sent: list[str] = []
    builder.observe(lambda change: sent.append(change["name"]), traitlets_of(builder))
    builder.cell.section("dend[0]").rename("trunk")
    assert builder.revision == revision + 1
    assert "sections" in sent
    assert not {"geometry", "segments", "segment_diam", "segment_distance"} & set(sent)
    sent.clear()
    builder.cell["soma"].set("cm", 2)
    assert not {"geometry", "sections", "branches", "subsets", "chosen"} & set(sent)
    assert builder.undo_label == "Set cm of soma"
    builder.cell.name = "mine"
    assert builder.title == "mine"


def traitlets_of(builder: CellBuilder) -> list[str]:
    return [name for name, trait in builder.traits(sync=True).items() if not name.startswith("_")]


def test_pages_that_nobody_sees_are_shown_when_they_are_opened(builder: CellBuilder) -> None:
    builder.tab = "Topology"
    before = builder.grid
    builder.perform("topology.add", at="soma(0)")
    assert builder.grid is before
    builder.tab = "Geometry"
    assert builder.grid != before
    builder.tab = "Subsets"
    builder.place = "dend"
    assert next(each for each in builder.subsets if each["name"] == "dend")["sections"] == 4


def test_code_and_file_give_the_cell_again(builder: CellBuilder) -> None:
    space: dict[str, object] = {}
    exec(builder.perform("code")["content"], space)  # noqa: S102  # that this is exact is what is tested
    assert space["cell"] == builder.cell
    content = builder.perform("export.json")["content"]
    assert json.loads(content)["name"] == "cell"
    other = CellBuilder(rb.Cell("other"))
    assert other.perform("import.file", file="c.json", text=content) == {}
    assert other.cell == builder.cell
    assert other.title == "cell"
    assert other.perform("history.undo") == {}
    assert other.cell == rb.Cell("other")
    other.close()


@pytest.mark.parametrize("text", ["{", "{}", '{"schema": 1}', "[" * 9000, '{"a": ' * 9000, "no cell", "", "\0\0"])
def test_a_file_that_is_no_cell_is_refused_in_words(builder: CellBuilder, text: str) -> None:
    before = builder.cell.revision
    reply = builder.perform("import.file", file="x.json", text=text)
    assert reply["error"]
    assert builder.cell.revision == before


def test_a_morphology_is_taken_in_place_of_the_cell(builder: CellBuilder) -> None:
    swc = "1 1 0 0 0 8 -1\n2 3 10 0 0 1 1\n3 3 60 0 0 1 2\n"
    assert builder.perform("import.file", file="traced.swc", text=swc) == {}
    assert names(builder)[0].startswith("soma")
    assert builder.title == "traced"
    builder.perform("history.undo")
    assert names(builder) == ["soma", "dend[0]", "dend[1]", "dend[2]"]


def test_a_closed_builder_follows_no_more(builder: CellBuilder) -> None:
    builder.close()
    revision = builder.revision
    builder.cell.section("soma").L = 5
    assert builder.revision == revision
