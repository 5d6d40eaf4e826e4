"""The order of places, in which the later wins, and what wins where."""

from __future__ import annotations

import numpy as np
import pytest

import rheobase as rb
from tests.model.cells import ball_and_stick


def conflicting() -> rb.Cell:
    """A cell in which four places give cm a value, the most general last."""
    cell, soma, _ = ball_and_stick()
    cell.subset("one", ["dend"])
    cell.subset("two", ["dend", "soma"])
    cell["dend"].set("cm", 2)
    cell["two"].set("cm", 3)
    cell["one"].set("cm", 4)
    cell["all"].set("cm", 5)
    cell.cm = 6
    soma.set("cm", 7)
    cell.history.clear()
    return cell


def test_what_wins_is_told_with_what_it_overrules() -> None:
    table = conflicting().precedence("cm")
    row = table.loc["soma"]
    assert [row[key] for key in ("segments", "scope", "place", "value", "low", "high")] == [
        1,
        "section",
        "soma",
        7,
        7,
        7,
    ]
    assert table.loc["soma", "overruled"] == ("all", "two", "the cell")
    assert [table.loc["dend"][key] for key in ("scope", "place", "value")] == ["region", "all", 5]
    assert table.loc["dend", "overruled"] == ("one", "two", "dend", "the cell")


def test_what_wins_is_what_values_gives() -> None:
    cell = conflicting()
    for target in ("cm", "Ra", "pas.g", "hh.gnabar", "na.reversal", "pas.e"):
        table, values = cell.precedence(target), cell.values(target)
        held = values[np.isfinite(values)]
        assert table["segments"].sum() == len(held)
        assert table["low"].min() == held.min()
        assert table["high"].max() == held.max()
    gradient = cell.precedence("pas.g").loc["dend"]
    assert gradient["value"] == rb.linear("path_distance", 1e-4, 1e-7, origin=rb.Location("soma", 0.5))
    assert gradient["low"] < gradient["high"]
    assert cell.precedence("na.reversal")["place"].tolist() == ["the default", "the default"]
    assert cell.precedence("hh.gnabar").index.tolist() == ["soma"]
    with pytest.raises(KeyError, match=r"did you mean 'gnabar'"):
        cell.precedence("hh.gnabr")


def test_places_are_put_in_order_from_general_to_specific() -> None:
    cell = conflicting()
    before = cell.copy()
    cell.order_places(["all", "two", "dend", "one"])
    assert cell.precedence("cm").loc["dend", "overruled"] == ("dend", "two", "all", "the cell")
    assert list(cell.document.subsets) == ["two", "one"]
    assert cell.history.done == ("Order places",)
    after = cell.copy()
    cell.undo()
    assert cell == before
    cell.redo()
    assert cell == after


def test_places_that_are_not_named_stay_in_the_order() -> None:
    cell = conflicting()
    cell.order_places(["all", "dend"])
    winning = cell.precedence("cm").loc["dend"]
    assert (winning["place"], winning["overruled"]) == ("dend", ("one", "two", "all", "the cell"))


def test_an_order_that_is_there_is_no_edit() -> None:
    cell = conflicting()
    cell.order_places(["dend", "two", "one", "all"])
    cell.order_places(["dend", "two", "one", "all"])
    assert len(cell.history.done) == 1
    cell.order_places([])
    assert len(cell.history.done) == 1


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (["all", "nowhere"], "no region, subset or section 'nowhere'"),
        (["all", "one", "all"], "'all' is in the order twice"),
        (["all", "twig[0]"], r"'twig\[0\]' is a section"),
    ],
)
def test_an_order_that_cannot_be_is_refused(order: list[str], said: str) -> None:
    cell = conflicting()
    cell.add_section("twig[0]", L=1, diam=1, parent=cell.section("soma")(0))
    before = cell.copy()
    with pytest.raises((ValueError, KeyError), match=said):
        cell.order_places(order)
    assert cell == before


def test_a_subset_gets_another_name_and_keeps_its_place() -> None:
    cell = conflicting()
    cell["one"].insert("hh")
    cell.history.clear()
    before, values = cell.copy(), cell.values("cm").tolist()
    assert cell.rename_subset("one", "tip").name == "tip"
    assert list(cell.document.subsets) == ["tip", "two"]
    assert cell.values("cm").tolist() == values
    assert cell.precedence("cm").loc["dend", "overruled"][0] == "tip"
    assert "one" not in {a.place for a in cell.assignments} | {i.place for i in cell.insertions}
    assert cell.undo() == "Rename one to tip"
    assert cell == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("one", "two", "already a region, a subset"),
        ("one", "soma", "already a region"),
        ("one", "ic", "already a region"),
        ("one", "tip[0]", r"'tip\[0\]' cannot name a subset: only a section has an index"),
        ("one", "a b", "cannot name a subset"),
        ("nowhere", "tip", "no subset 'nowhere'"),
    ],
)
def test_a_name_of_a_subset_that_cannot_be_is_refused(old: str, new: str, said: str) -> None:
    cell = conflicting()
    before = cell.copy()
    with pytest.raises((ValueError, KeyError), match=said):
        cell.rename_subset(old, new)
    assert cell == before


def test_only_a_section_has_an_index() -> None:
    cell, soma, _ = ball_and_stick()
    with pytest.raises(ValueError, match=r"'tip\[0\]' cannot name a subset"):
        cell.subset("tip[0]", "soma")
    with pytest.raises(ValueError, match=r"'apic\[0\]' cannot name a region"):
        cell.add_section("twig", L=1, diam=1, parent=soma(0), region="apic[0]")


def test_a_free_name_can_be_given() -> None:
    cell, soma, _ = ball_and_stick()
    assert [cell.free_name(base) for base in ("twig", "dend", "soma[3]")] == ["twig[0]", "dend_2", "soma_2"]
    for _ in range(3):
        cell.add_section(cell.free_name("twig"), L=1, diam=1, parent=soma(0))
    assert cell.sections_of("twig") == ("twig[0]", "twig[1]", "twig[2]")
    cell.section("twig[1]").remove()
    assert cell.free_name("twig") == "twig[3]"
