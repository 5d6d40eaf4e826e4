"""Rules for subsets: what fits, how they are combined, that they are live, and what they refuse."""

from __future__ import annotations

import json
import operator
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import rheobase as rb
from rheobase.model.file import from_data, json_text, to_data
from rheobase.model.rule_data import rule_data, rule_of
from tests.model.cells import SAID, chain, rules


def tree() -> rb.Cell:
    """soma - apic[0] - apic[1], apic[2]; soma - dend[0] - dend[1] in a row; an axon typed by hand."""
    cell = rb.Cell("tree")
    soma = cell.add_section("soma", L=20, diam=20)
    trunk = cell.add_section("apic[0]", L=300, diam=3, nseg=3, parent=soma(1))
    cell.add_section("apic[1]", L=200, diam=1.5, nseg=2, parent=trunk(1))
    cell.add_section("apic[2]", L=100, diam=0.5, parent=trunk(1))
    dend = cell.add_section("dend[0]", L=100, diam=2, parent=soma(0))
    cell.add_section("dend[1]", L=60, diam=1, parent=dend(1))
    cell.add_section("hillock", L=10, diam=4, parent=soma(0), region="axon")
    return cell


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (rb.where(region="apic"), "apic[0] apic[1] apic[2]"),
        (rb.where(region=["axon", "soma"]), "soma hillock"),
        (rb.where(name="*[1]"), "apic[1] dend[1]"),
        (rb.where(name=["soma", "d*"]), "soma dend[0] dend[1]"),
        (rb.where(subtree="dend[0]"), "dend[0] dend[1]"),
        (rb.where(path_distance=(300, None), region="apic"), "apic[1] apic[2]"),
        (rb.where(path_distance=(160, 360)), "apic[0]"),  # at 160; apic[2] is at 360
        (rb.where(path_distance=(None, 160)), "soma dend[0] dend[1] hillock"),
        (rb.where(path_distance=(None, 160), origin=rb.Location("apic[0]", 1)), "apic[0] apic[1] apic[2]"),
        (rb.where(L=(100, 200)), "apic[2] dend[0]"),
        (rb.where(diam=(None, 1)), "apic[2]"),
        (rb.where(diam=("1 um", "0.002 mm")), "apic[1] dend[1]"),
        (rb.where(order=0), "soma"),
        (rb.where(order=1), "apic[0] dend[0] dend[1] hillock"),  # dend[1] goes on alone
        (rb.where(order=(2, None)), "apic[1] apic[2]"),
        (rb.where(projection=(0, None), direction=(-1, 0, 0), region="dend"), "dend[0] dend[1]"),
        (rb.where(radial_distance=(None, 30), origin=(10, 0, 0)), "soma hillock"),
        (rb.where(region="apic") & rb.where(diam=(1, None)), "apic[0] apic[1]"),
        (rb.where(region="apic") - rb.where(diam=(1, None)), "apic[2]"),
        (rb.where(region="apic") ^ rb.where(L=(100, 300)), "apic[0] dend[0]"),
        (~rb.where(region="apic") | rb.where(name="apic[2]"), "soma apic[2] dend[0] dend[1] hillock"),
        (rb.where(region="none"), ""),
    ],
)
def test_a_rule_takes_in_what_fits_by_the_middle(rule: rb.model.Rule, expected: str) -> None:
    cell = tree()
    assert " ".join(cell.sections_of(rule)) == expected
    for section in cell.sections:
        section.nseg = 4  # which moves no middle
    assert " ".join(cell.sections_of(rule)) == expected


@given(rules)
def test_a_rule_is_equal_to_what_its_text_and_its_data_make(rule: Any) -> None:
    text = rule.written(place=lambda at: f"place({at.section!r}, {at.x!r})")
    made = eval(text, {"where": rb.where, "place": rb.Location})  # noqa: S307  # that its text is its program is tested
    assert made == rule
    assert hash(made) == hash(rule)
    assert rule_of(json.loads(json.dumps(rule_data(rule)))) == rule
    assert str(rule) == repr(rule)


def test_a_subset_by_a_rule_is_live_and_one_step_of_undo() -> None:
    cell = tree()
    tuft = cell.subset("tuft", rb.where(path_distance=(300, None), region="apic"))
    assert [section.name for section in tuft] == ["apic[1]", "apic[2]"]
    cell["tuft"].insert("pas", g=1e-4)
    snapshot = cell.freeze()
    cell.section("apic[0]").L = 150
    assert [section.name for section in tuft] == []
    assert repr(tuft) == "<Region tuft: no section fits its rule>"
    with pytest.raises(ValueError, match="has no sections now"):
        tuft(0.5)
    assert snapshot.sections_of("tuft") == ("apic[1]", "apic[2]")
    assert [a.place for a in cell.assignments] == ["tuft"]  # what was set waits for sections to fit again
    cell.add_section("apic[3]", L=100, diam=1, parent=cell.section("apic[1]")(1))
    assert [section.name for section in tuft] == ["apic[3]"]
    cell.section("apic[0]").L = 280
    assert len(tuft) == 3
    assert cell.values("pas.g")[-1] == 1e-4
    for _ in range(3):
        cell.undo()
    assert len(tuft) == 2
    assert cell.undo() == "Insert pas"
    assert cell.undo() == "Name tuft"
    assert [*cell.subsets] == []
    assert cell.redo() == "Name tuft"
    assert cell.subsets[0].rule == rb.where(path_distance=(300, None), region="apic")


def test_a_rule_follows_other_rules_joints_points_and_regions() -> None:
    cell = tree()
    cell.subset("far", rb.where(path_distance=(200, None)))
    cell.subset("far_thin", rb.where(subset="far", diam=(None, 1)))
    assert cell.sections_of("far_thin") == ("apic[2]",)
    cell.section("apic[2]").connect(cell.soma(1))
    assert cell.sections_of("far_thin") == ()
    cell.undo()
    cell.section("apic[1]").points = [(0, 0, 0, 0.4), (0, 50, 0, 0.6)]
    assert cell.sections_of("far_thin") == ("apic[1]", "apic[2]")
    cell.subset("far", rb.where(region="apic"))
    assert cell.sections_of("far_thin") == ("apic[1]", "apic[2]")
    cell.subset("far", ["apic[1]"])
    assert cell.sections_of("far_thin") == ("apic[1]",)
    cell.subset("axons", rb.where(region="axon"))
    cell.section("hillock").region = None
    assert cell.sections_of("axons") == ()


def test_rules_that_lead_back_to_themselves_are_refused() -> None:
    cell = tree()
    cell.subset("a", rb.where(region="apic"))
    cell.subset("b", rb.where(subset="a"))
    cell.subset("c", rb.where(subset="b") | rb.where(order=0))
    before = cell.document.content()
    with pytest.raises(
        ValueError, match="subset 'a' would be made of itself: its rule names 'c', which names 'b', which"
    ):
        cell.subset("a", rb.where(subset="c"))
    with pytest.raises(ValueError, match="subset 'd' would be made of itself: its rule names 'd'"):
        cell.subset("d", rb.where(subset="d"))
    with pytest.raises(KeyError, match="there is no subset 'e'"):
        cell.subset("d", rb.where(subset="e"))
    for k in range(1, 48):
        cell.subset(f"n{k}", rb.where(subset="c" if k == 1 else f"n{k - 1}"))
    with pytest.raises(ValueError, match="goes through more than 50 subsets"):
        cell.subset("n48", rb.where(subset="n47"))
    while len(cell.subsets) > 3:
        cell.undo()
    assert cell.document.content() == before


def test_subsets_stand_after_those_that_their_rules_name() -> None:
    cell = tree()
    cell.subset("a", ["soma"])
    cell.subset("b", ["dend[0]"])
    cell.subset("a", rb.where(subset="b"))
    assert [subset.name for subset in cell.subsets] == ["b", "a"]
    with pytest.raises(ValueError, match="the rule of subset 'a' names the subset 'b', so it must come after"):
        cell.order_places(["a", "b"])
    assert [subset.name for subset in cell.subsets] == ["b", "a"]
    namespace: dict[str, Any] = {}
    exec(cell.to_code(), namespace)  # noqa: S102  # that the program rebuilds the cell is what is tested
    assert namespace["cell"] == cell


@pytest.mark.parametrize(
    ("rule", "act", "said"),
    [
        (
            rb.where(subset="some"),
            lambda cell: cell.remove_subset("some"),
            "names the subset 'some', which would be gone",
        ),
        (rb.where(subset="some"), lambda cell: cell.section("dend[1]").remove(), "names the subset 'some'"),
        (rb.where(subtree="dend[0]"), lambda cell: cell.section("dend[0]").remove(), "takes the subtree of 'dend[0]'"),
        (
            rb.where(path_distance=(10, None), origin=rb.Location("dend[1]", 1)),
            lambda cell: cell.section("dend[0]").remove(),
            "is measured from 'dend[1]', which would be gone: change or remove 'rule' first",
        ),
    ],
)
def test_what_a_rule_names_stays(rule: Any, act: Callable[[rb.Cell], Any], said: str) -> None:
    cell = tree()
    cell.subset("some", ["dend[1]"])
    cell.subset("rule", rule)
    before = cell.document.content()
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  # its text is compared below
        act(cell)
    assert said in str(refusal.value)
    assert cell.document.content() == before
    cell.remove_subset("rule")
    act(cell)


def test_new_names_reach_the_rules_that_name_the_old() -> None:
    cell = tree()
    cell.subset("some", ["dend[1]"])
    origin = rb.Location("dend[0]", 1)
    cell.subset("rule", rb.where(subset="some", name=["dend[0]", "dend[1]"]) | rb.where(subtree="dend[0]"))
    cell.subset("near", rb.where(path_distance=(None, 90), origin=origin))
    found = cell.sections_of("rule"), cell.sections_of("near")
    cell.rename_subset("some", "others")
    cell.section("dend[0]").rename("stem")
    assert [tuple(name.replace("stem", "dend[0]") for name in cell.sections_of(s)) for s in ("rule", "near")] == [
        *found
    ]
    assert repr(cell.subsets[1].rule) == ("where(name=['stem', 'dend[1]'], subset='others') | where(subtree='stem')")
    assert "origin=stem(1.0)" in repr(cell.subsets[2].rule)
    cell.subset("regional", rb.where(region="hillock"))
    cell.section("hillock").rename("initial")
    assert cell.sections_of("regional") == ("initial",)


def test_a_cut_root_is_measured_from_where_it_was() -> None:
    cell = tree()
    cell.subset("far", rb.where(path_distance=(150, None)))
    found = cell.sections_of("far")
    cell.soma.split(0.5)
    assert cell.sections_of("far") == found


def test_rules_are_kept_in_files_and_code_and_old_files_are_read(tmp_path: Path) -> None:
    cell = tree()
    cell.subset("plain", ["soma"])
    near = rb.where(radial_distance=(None, "120 um"), origin=(0, 0, 0)) & ~rb.where(subset="plain")
    cell.subset("near", near - rb.where(path_distance=(10, 50), origin=cell.soma(1)))
    cell.save(tmp_path / "cell.json")
    assert rb.load_cell(tmp_path / "cell.json") == cell
    namespace: dict[str, Any] = {}
    exec(cell.to_code(), namespace)  # noqa: S102  # that the program rebuilds the cell is what is tested
    assert namespace["cell"] == cell
    assert "cell.subset('near', (rb.where(radial_distance=(None, 120), origin=(0, 0, 0)) & ~rb.where(" in cell.to_code()
    old = to_data(cell.document)
    old["version"], old["subsets"] = 1, old["subsets"][:1]
    assert from_data(json.loads(json.dumps(old))).sections == cell.document.sections


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "a rule must be an object with one of where, not, and, or, minus, xor"),
        ({"where": {"path_distance": [5, 1]}}, "nothing is from 5 to below 1"),
        ({"where": {"path_distance": [1, 5], "origin": {"section": "x", "x": 0}}}, "there is no section 'x'"),
        ({"where": {"colour": "red"}}, "colour"),
        ({"where": {"name": ["__import__('os')"]}}, "must be a section's name or a pattern"),
        ({"where": []}, "where must be an object"),
        ({"and": [{"where": {"order": [0, 1]}}]}, "combines two rules or more"),
        ({"nand": []}, "'nand' is no kind of rule"),
        ({"where": {"subset": ["near"]}}, "would be made of itself"),
        ({"where": {"region": ["<script>"]}}, "cannot name a region"),
    ],
)
def test_a_file_with_a_rule_that_cannot_be_is_refused(rule: Any, said: str) -> None:
    cell = tree()
    cell.subset("near", rb.where(order=1))
    data = json.loads(json_text(cell.document))
    data["subsets"][0]["rule"] = rule
    with pytest.raises(SAID) as refusal:
        from_data(data)
    assert said in str(refusal.value)


def test_a_file_nested_without_end_is_refused() -> None:
    rule: Any = {"where": {"order": [0, 1]}}
    for _ in range(500):
        rule = {"not": rule}
    with pytest.raises(ValueError, match="nested too deeply"):
        rule_of(rule)
    for _ in range(12):
        rule = {"and": [{"or": [{"where": {"order": [0, 1]}}, {"where": {"L": [0, 1]}}]}, rule]}
    with pytest.raises(ValueError, match="nested too deeply"):
        rule_of(rule)


def test_a_rule_without_end_is_refused() -> None:
    rule: Any = {"or": [{"where": {"order": [k, k + 1]}} for k in range(1001)]}
    with pytest.raises(ValueError, match="too long"):
        rule_of(rule)
    with pytest.raises(ValueError, match="a rule names at most 1000"):
        rb.where(name=[f"dend[{k}]" for k in range(1001)])
    assert len(tree().sections_of(rb.where(name=[f"dend[{k}]" for k in range(1000)]))) == 2


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (rb.where, "say which sections: by region, name"),
        (lambda: rb.where(path_distance=300), "must be (from, to), such as (300, None)"),
        (lambda: rb.where(path_distance=(None, None)), "takes in everything"),
        (lambda: rb.where(path_distance=("3 mV", None)), "path_distance"),
        (lambda: rb.where(diam=(2, 2)), "nothing is from 2 to below 2"),
        (lambda: rb.where(diam=(float("nan"), 2)), "diam = nan"),
        (lambda: rb.where(region=3), "region = 3: must be a name"),
        (lambda: rb.where(region=[]), "region is an empty list"),
        (lambda: rb.where(region="dend[3]]"), "cannot name a region"),
        (lambda: rb.where(origin=rb.Location("soma", 0), region="dend"), "nothing is measured from it"),
        (lambda: rb.where(direction=(0, 1, 0), path_distance=(1, 2)), "nothing is measured along it"),
        (lambda: rb.where(path_distance=(1, 2), origin=(0, 0, 0)), "starts at a place on it"),
        (lambda: rb.where(projection=(1, 2), direction=(0, 0, 0)), "points nowhere"),
        (lambda: rb.where(order="x"), "order = 'x'"),
        (lambda: operator.and_(rb.where(order=1), "dend"), "combine a rule with a rule"),
        (lambda: tree()[rb.where(order=1)], "give the rule a name first"),
        (lambda: tree().subset("soma", rb.where(order=1)), "already a region"),
        (lambda: tree().subset("a", rb.where(subtree="den")), "did you mean 'dend"),
    ],
)
def test_what_cannot_be_is_refused_in_words(make: Any, said: str) -> None:
    with pytest.raises(SAID) as refusal:
        make()
    assert said in str(refusal.value)
    assert "pydantic" not in str(refusal.value)


def test_a_rule_that_fits_nothing_is_told() -> None:
    cell = tree()
    with pytest.warns(UserWarning, match="no section fits the rule of subset 'tuft'"):
        cell.subset("tuft", rb.where(path_distance=(3000, None)))
    with pytest.warns(UserWarning, match="names the region 'apcal', and none is there; did you mean 'apic'"):
        cell.subset("tuft", rb.where(region=["apcal", "dend"]))


def test_profiles_are_held_against_limits_as_a_rule_takes_in_more() -> None:
    cell = tree()
    cell["all"].insert("pas")
    cell.subset("near", rb.where(path_distance=(None, 200)))
    cell["near"].set("pas.g", rb.linear("path_distance", 1e-4, -3.6e-7))
    with pytest.raises(ValueError, match=r"pas\.g = .* over 'near' at a distance of"):
        cell.subset("near", rb.where(path_distance=(None, 2000)))
    dend = cell.section("dend[0]")
    dend.nseg = 5
    with pytest.raises(ValueError, match="over 'near'"):
        dend.L = 375  # its middle stays near, and its last segment goes where the profile is negative
    dend.L = 400  # whose middle is near no more
    assert "dend[0]" not in cell.sections_of("near")


def test_a_list_of_numbers_has_no_room_for_what_a_rule_takes_in() -> None:
    cell = tree()
    cell["all"].insert("pas")
    cell.subset("far", rb.where(path_distance=(300, None)))
    cell["far"].set("pas.g", [1, 2, 3])
    with pytest.raises(ValueError, match="has none for 'dend"):
        cell.section("dend[0]").L = 700
    assert cell.sections_of("far") == ("apic[1]", "apic[2]")


def test_a_live_place_never_loses_what_was_set() -> None:
    cell = tree()
    cell.subset("thick", rb.where(diam=(1, None), region="dend"))
    cell["thick"].insert("pas")
    cell["dend"].set("pas.g", 2e-4)
    for section in cell["dend"]:
        section.diam = 0.5
    assert len(cell["thick"]) == 0
    assert from_data(json.loads(json_text(cell.document))).content() == cell.document.content()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        namespace: dict[str, Any] = {}
        exec(cell.to_code(), namespace)  # noqa: S102  # that the program rebuilds the cell is what is tested
    assert namespace["cell"] == cell
    results = rb.run(cell, record=[cell.soma(0.5).v], tstop=1)
    assert results.t[-1] == pytest.approx(1)
    cell["dend"].diam = 3
    assert cell.values("pas.g")[-3:-1].tolist() == [2e-4, 2e-4]


def test_a_long_tree_is_looked_over_without_recursion() -> None:
    cell = chain(3000)
    assert len(cell.sections_of(rb.where(path_distance=(1000, None)))) > 500
    assert cell.sections_of(rb.where(order=(2, None))) == ()
