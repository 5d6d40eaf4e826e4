from collections.abc import Iterator
from typing import Any

import pytest

import rheobase as rb
from rheobase.widgets.mechanisms import MechanismTraits, Membrane


@pytest.fixture
def widget(cell: rb.Cell) -> Iterator[MechanismTraits]:
    widget = MechanismTraits(cell, live=False)
    yield widget
    widget.close()


def field(groups: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return next(each for group in groups for each in group["parameters"] if each["key"] == key)


def test_what_is_inserted_is_listed_place_by_place(cell: rb.Cell) -> None:
    groups = Membrane(cell).groups()
    assert [group["key"] for group in groups] == ["soma|hh", "dend|pas", "all|cable and ions"]
    assert field(groups, "dend|pas.g|")["value"] == 1e-4
    assert field(groups, "soma|hh.gnabar|")["unit"] == "S/cm2"
    assert field(groups, "all|Ra|")["value"] == 35.4
    assert field(groups, "all|na.reversal|")["value"] == 50.0


def test_a_cell_without_mechanisms_has_nothing_to_list() -> None:
    cell = rb.Cell("bare")
    assert Membrane(cell).groups() == []
    cell.add_section("soma", L=20, diam=20)
    assert Membrane(cell).groups() == []


def test_a_value_that_differs_over_the_place_is_told_in_words(cell: rb.Cell) -> None:
    cell["all"].insert("hh")
    cell["soma"].set("hh.gnabar", 0.2)
    groups = {group["key"]: group for group in Membrane(cell).groups()}
    assert groups["all|hh"]["varying"] == ["gnabar varies here from 0.12 to 0.2 S/cm2"]
    assert field(Membrane(cell).groups(), "soma|hh.gnabar|")["value"] == 0.2


def test_a_profile_shows_its_coefficients(cell: rb.Cell) -> None:
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 2e-7))
    groups = Membrane(cell).groups()
    assert field(groups, "dend|pas.g|slope")["value"] == 2e-7
    assert "linear" in next(group for group in groups if group["key"] == "dend|pas")["varying"][0]


def test_a_slider_sets_the_place_and_a_drag_is_one_step(widget: MechanismTraits) -> None:
    cell = widget.session.cell
    for value in (0.13, 0.15):
        assert widget.perform("mechanism.set", key="soma|hh.gnabar|", value=value, gesture="drag") == {}
    assert cell.values("hh.gnabar")[0] == 0.15
    assert field(widget.mechanisms, "soma|hh.gnabar|")["value"] == 0.15
    cell.undo()
    assert cell.values("hh.gnabar")[0] == 0.12


def test_the_cable_and_the_ions_are_set_for_the_cell(widget: MechanismTraits) -> None:
    widget.perform("mechanism.set", key="all|Ra|", value="1.5 ohm m", gesture="a")
    widget.perform("mechanism.set", key="all|na.reversal|", value=55, gesture="b")
    cell = widget.session.cell
    assert cell.Ra == 150
    assert cell.values("na.reversal")[0] == 55


def test_a_coefficient_of_a_profile_is_set(widget: MechanismTraits) -> None:
    cell = widget.session.cell
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 2e-7))
    widget.perform("mechanism.set", key="dend|pas.g|intercept", value=2e-4, gesture="a")
    assert field(widget.mechanisms, "dend|pas.g|intercept")["value"] == 2e-4


@pytest.mark.parametrize(
    ("key", "value"),
    [("soma|hh.gnabar|", -1), ("soma|hh.gnabar|", "1 mV"), ("soma|hh.nosuch|", 1), ("nowhere|hh.gnabar|", 1),
     ("soma", 1), ("dend|pas.g|slope", 1), ("all|cm|", 0)],
)  # fmt: skip
def test_a_bad_value_is_refused_in_words(widget: MechanismTraits, key: str, value: object) -> None:
    revision = widget.session.cell.revision
    assert widget.perform("mechanism.set", key=key, value=value, gesture="a")["error"]
    assert widget.session.cell.revision == revision


def test_a_reset_gives_back_the_value_first_shown(widget: MechanismTraits) -> None:
    widget.perform("mechanism.set", key="soma|hh.gl|", value=0.001, gesture="a")
    widget.perform("mechanism.set.reset", key="soma|hh.gl|")
    assert widget.session.cell.values("hh.gl")[0] == 0.0003
