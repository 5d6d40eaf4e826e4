"""The CellBuilder's pages of geometry, biophysics and profiles, and what wins where."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets import CellBuilder

SLOW = """
NEURON { SUFFIX slow_leak NONSPECIFIC_CURRENT i RANGE g GLOBAL e }
PARAMETER { g = 1e-4 (S/cm2) e = -70 (mV) }
ASSIGNED { v (mV) i (mA/cm2) }
BREAKPOINT { i = g*(v - e) }
"""


@pytest.fixture
def cell() -> rb.Cell:
    """A soma, three dendrites, of which two are a subset, and one section with 3-D points."""
    cell = rb.Cell("tree")
    soma = cell.add_section("soma", L=20, diam=20)
    for index in range(3):
        cell.add_section(f"dend[{index}]", L=100.0 * (index + 1), diam=2, nseg=3, parent=soma(1))
    cell.add_section("axon", points=[(0, 0, 0, 1), (0, 50, 0, 1), (40, 50, 0, 1)], parent=soma(0))
    cell.subset("far", ["dend[1]", "dend[2]"])
    cell["all"].insert("hh")
    return cell


@pytest.fixture
def builder(cell: rb.Cell) -> Iterator[CellBuilder]:
    builder = CellBuilder(cell)
    yield builder
    builder.close()


def do(builder: CellBuilder, name: str, /, **fields: Any) -> None:
    assert "error" not in (reply := builder.perform(name, **fields)), reply["error"]


def refused(builder: CellBuilder, name: str, /, **fields: Any) -> str:
    done = builder.cell.history.done
    error = builder.perform(name, **fields)["error"]
    assert builder.cell.history.done == done, "what is refused leaves no step of undo"
    return str(error)


def field(builder: CellBuilder, target: str) -> dict[str, Any]:
    return next(each for group in builder.biophysics for each in group["fields"] if each["target"] == target)


def shape(builder: CellBuilder, name: str) -> dict[str, Any]:
    return next(each for each in builder.shape["fields"] if each["label"] == name)


def coefficient(builder: CellBuilder, name: str) -> dict[str, Any]:
    return next(each for each in builder.profile["coefficients"] if each["label"] == name)


def plotted(builder: CellBuilder) -> np.ndarray:
    return np.frombuffer(builder.profile_curve, np.float32).reshape(4, -1)


def painted(builder: CellBuilder) -> np.ndarray:
    return np.frombuffer(builder.values, np.float32)


class TestPlace:
    def test_places_are_listed_and_one_is_described(self, builder: CellBuilder) -> None:
        assert {"name": "far", "kind": "subset", "sections": 2} in builder.places
        assert [place["name"] for place in builder.places if place["kind"] == "region"] == ["soma", "dend", "axon"]
        revision = builder.revision
        do(builder, "place.set", name="far")
        assert builder.place == builder.profile["place"] == "far"
        assert builder.shape["sections"] == 2
        assert builder.revision > revision
        assert "far" in refused(builder, "place.set", name="fa")

    def test_a_place_that_goes_gives_way_to_the_whole_cell(self, builder: CellBuilder) -> None:
        builder.place = "far"
        builder.cell.remove_subset("far")
        assert builder.place == "all"
        assert builder.shape["sections"] == 5

    def test_an_empty_cell_has_nothing_to_show(self) -> None:
        builder = CellBuilder(rb.Cell("nothing"))
        assert builder.shape["sections"] == 0
        assert builder.grid["now"] is None
        assert builder.biophysics == builder.profile["targets"] == builder.conflicts == []
        builder.close()


class TestGeometry:
    def test_a_drag_sets_each_section_and_is_one_step(self, builder: CellBuilder) -> None:
        builder.place = "dend"
        assert shape(builder, "L")["state"] == "several"
        assert "100 to 300" in shape(builder, "L")["note"]
        for value in (40.0, 50.0, "0.06 mm"):
            do(builder, "geometry.set", key="dend|L", value=value, gesture="drag")
        assert builder.cell["dend"].L == (60, 60, 60)
        assert shape(builder, "L")["value"] == 60
        assert shape(builder, "L")["state"] == "one"
        builder.perform("history.undo")
        assert builder.cell["dend"].L == (100, 200, 300)

    def test_an_area_is_reached_by_diameter_or_length(self, builder: CellBuilder) -> None:
        builder.place = "dend"
        do(builder, "geometry.set", key="dend|area", value=500)
        assert builder.cell["dend"].L == (100, 200, 300)
        assert [section.area for section in builder.cell.dend] == pytest.approx([500, 500, 500])
        do(builder, "geometry.set", key="dend|area", value=600, keep="diam")
        assert [section.L for section in builder.cell.dend] == pytest.approx([120, 240, 360])
        assert "greater than 0" in refused(builder, "geometry.set", key="dend|area", value=-1)

    def test_points_stay_unless_they_are_meant(self, builder: CellBuilder) -> None:
        axon = builder.cell.axon
        builder.place = "axon"
        assert shape(builder, "L")["locked"]
        assert "3-D points" in refused(builder, "geometry.set", key="axon|L", value=45)
        do(builder, "geometry.set", key="all|diam", value=3)
        assert axon.diam == 1
        assert builder.cell.soma.diam == 3
        do(builder, "geometry.set", key="axon|L", value=45, spatial=True)
        assert pytest.approx([45]) == [axon.L]
        assert "3-D points" in refused(builder, "geometry.set", key="axon|area", value=45, spatial=True)

    def test_bad_numbers_are_words(self, builder: CellBuilder) -> None:
        assert "must be greater than 0" in refused(builder, "geometry.set", key="dend|L", value=0)
        assert "whole number" in refused(builder, "geometry.set", key="dend|nseg", value=2.5)
        assert "um" in refused(builder, "geometry.set", key="dend|L", value="3 mV")
        assert "must be greater than 0" in refused(builder, "geometry.rule", key="d_lambda", value=0)
        assert "whole number" in refused(builder, "geometry.rule", key="nseg", value=1.5)
        assert "32767" in refused(builder, "geometry.rule", key="nseg", value=1e6)

    @pytest.mark.parametrize(
        ("rule", "numbers"),
        [
            ("d_lambda", {"d_lambda": 0.02, "frequency": 500}),
            ("d_X", {"d_X": 7.0}),
            ("nseg", {"nseg": 9}),
        ],
    )
    def test_what_a_rule_is_said_to_do_is_what_it_does(
        self, builder: CellBuilder, rule: str, numbers: dict[str, float]
    ) -> None:
        builder.place = "dend"
        do(builder, "geometry.rule", key="rule", value=rule)
        for name, value in numbers.items():
            do(builder, "geometry.rule", key=name, value=value)
        before, said = builder.grid["now"], builder.grid["after"]
        assert said["segments"] > before["segments"] == 9
        assert before["dx"] == pytest.approx(100)
        assert before["dx_at"] == "dend[2]"
        done = len(builder.cell.history.done)
        do(builder, "geometry.apply", place="dend")
        assert len(builder.cell.history.done) == done + 1
        assert builder.grid["now"] == said
        assert builder.grid["changes"] == 0
        assert sum(builder.cell["dend"].nseg) == said["segments"]
        assert builder.cell.soma.nseg == 1, "only the place's sections are cut"
        audit = builder.cell.audit_segments(frequency=builder.grid["frequency"])
        frame = audit.loc[list(builder.cell.sections_of("dend"))]
        assert said["d_lambda"] == pytest.approx(frame["d_lambda"].max())
        assert said["dx"] == pytest.approx(frame["dx"].max())
        builder.perform("history.undo")
        assert builder.grid["now"] == before

    def test_the_table_begins_with_the_coarsest(self, builder: CellBuilder) -> None:
        assert [row[0] for row in builder.shape["rows"]][:2] == ["axon", "dend[2]"]
        do(builder, "geometry.set", key="dend[2]|nseg", value=31.0)
        assert builder.cell.section("dend[2]").nseg == 31
        assert [row[0] for row in builder.shape["rows"]] == ["axon", "dend[1]", "dend[0]", "dend[2]", "soma"]

    def test_a_grid_too_fine_is_told_before_it_is_used(self, builder: CellBuilder) -> None:
        do(builder, "geometry.rule", key="rule", value="d_X")
        do(builder, "geometry.rule", key="d_X", value=1e-3)
        assert "32767" in builder.grid["problem"]
        assert builder.grid["after"] is None
        assert "32767" in refused(builder, "geometry.apply", place="all")


class TestBiophysics:
    def test_a_drag_sets_the_place_and_is_one_step(self, builder: CellBuilder) -> None:
        builder.place = "far"
        before = field(builder, "hh.gnabar")
        assert (before["value"], before["assigned"], before["unit"]) == (0.12, False, "S/cm2")
        for value in (0.2, 0.3, "250 mS/cm2"):
            do(builder, "biophysics.set", key="far|hh.gnabar", value=value, gesture="drag")
        assert builder.cell.values("hh.gnabar").tolist() == [0.12, *[0.12] * 3, *[0.25] * 6, 0.12]
        after = field(builder, "hh.gnabar")
        assert (after["value"], after["assigned"], after["default"]) == (0.25, True, 0.12)
        assert "0.12 S/cm2 holds again" in after["reset"]
        builder.perform("history.undo")
        assert field(builder, "hh.gnabar")["value"] == 0.12

    def test_a_reset_gives_the_weaker_value_back(self, builder: CellBuilder) -> None:
        builder.cell["dend"].set("hh.gkbar", 0.02)
        builder.place = "far"
        assert field(builder, "hh.gkbar")["note"] == "as set for dend"
        do(builder, "biophysics.set", key="far|hh.gkbar", value=0.05)
        do(builder, "biophysics.set.reset", key="far|hh.gkbar")
        assert field(builder, "hh.gkbar")["value"] == 0.02
        assert "nothing to forget" in refused(builder, "biophysics.set.reset", key="far|hh.gkbar")

    def test_values_that_differ_are_several_and_one_number_replaces_them(self, builder: CellBuilder) -> None:
        cell = builder.cell
        cell["far"].set("cm", 2)
        builder.place = "dend"
        several = field(builder, "cm")
        assert several["state"] == "several"
        assert several["note"] == "1 to 2 uF/cm2 (2 values), as set for far or by default"
        do(builder, "biophysics.set", key="dend|cm", value=1.5)
        assert cell.values("cm")[1:10].tolist() == [1.5] * 9
        assert field(builder, "cm")["state"] == "one"

    def test_a_general_value_is_moved_beneath_a_specific_one(self, builder: CellBuilder) -> None:
        cell = builder.cell
        for place, value in (("dend", 0.2), ("far", 0.3)):
            do(builder, "biophysics.set", key=f"{place}|hh.gnabar", value=value)
        builder.place = "dend"
        assert field(builder, "hh.gnabar")["value"] == 0.2
        assert "1 of 3 sections" in field(builder, "hh.gnabar")["note"]
        for value in (0.21, 0.22):
            do(builder, "biophysics.set", key="dend|hh.gnabar", value=value, gesture="drag")
        assert np.unique(cell.values("hh.gnabar")[1:10]).tolist() == [0.22, 0.3]
        assert cell.history.done[-1] == "Set hh.gnabar of dend"
        assert cell.undo()
        assert np.unique(cell.values("hh.gnabar")[1:10]).tolist() == [0.2, 0.3]

    def test_a_number_of_the_whole_cell_stays_beneath_its_parts(self, builder: CellBuilder) -> None:
        cell = builder.cell
        cell["far"].set("cm", 2)
        assert field(builder, "cm")["value"] == 1, "the soma has the default"
        do(builder, "biophysics.set", key="all|cm", value=0.8)
        assert cell.cm == 0.8
        assert cell.values("cm").tolist() == [0.8] * 4 + [2] * 6 + [0.8]
        assert field(builder, "cm")["assigned"]
        do(builder, "biophysics.set.reset", key="all|cm")
        assert cell.cm == 1

    def test_a_value_of_one_section_by_its_name(self, builder: CellBuilder) -> None:
        builder.cell.soma.set("cm", 3)
        builder.place = "soma"
        assert field(builder, "cm")["assigned"]
        do(builder, "biophysics.set", key="soma|cm", value=4)
        assert [each.scope for each in builder.cell.assignments] == ["section"]
        assert builder.cell.soma.cm == 4
        do(builder, "biophysics.set.reset", key="soma|cm")
        assert builder.cell.assignments == ()

    def test_profiles_are_told_as_such(self, builder: CellBuilder) -> None:
        builder.cell["dend"].set("hh.gnabar", rb.linear("path_distance", 0.1, 1e-4))
        builder.place = "dend"
        shown = field(builder, "hh.gnabar")
        assert shown["state"] == "profile"
        assert shown["profile"].startswith("linear('path_distance'")
        builder.place = "dend[1]"
        assert field(builder, "hh.gnabar")["state"] == "several"

    def test_mechanisms_are_inserted_and_taken_out(self, builder: CellBuilder) -> None:
        builder.place = "dend"
        assert "pas" in [entry["name"] for entry in builder.library]
        assert all(entry["kind"] == "density" for entry in builder.library)
        do(builder, "biophysics.insert", name="pas", place="far")
        group = next(group for group in builder.biophysics if group["key"] == "mechanism pas")
        assert group["through"] == ["far"]
        assert group["partly"] == "in 2 of 3 sections"
        assert "through all" in refused(builder, "biophysics.insert", name="hh", place="dend")
        assert "did you mean" in refused(builder, "biophysics.insert", name="pass", place="dend")
        assert "inserted into 'far'" in refused(builder, "biophysics.remove", name="pas", place="dend")
        do(builder, "biophysics.remove", name="pas", place="far")
        assert [group["key"] for group in builder.biophysics] == ["cable", "mechanism hh", "ion k", "ion na"]

    def test_ions_of_a_place(self, builder: CellBuilder) -> None:
        builder.place = "dend"
        do(builder, "biophysics.set", key="dend|na.reversal", value=55)
        assert builder.cell.values("na.reversal")[0] == 50
        assert builder.cell.values("na.reversal")[1] == 55
        assert "0 or more" in refused(builder, "biophysics.set", key="dend|k.outside", value=-1)

    def test_a_number_of_the_whole_cell_shows_in_every_place(self, builder: CellBuilder) -> None:
        do(builder, "biophysics.load", file="slow.mod", text=SLOW)
        builder.place = "dend"
        do(builder, "biophysics.insert", name="slow_leak", place="dend")
        assert field(builder, "slow_leak.e")["key"] == "all|slow_leak.e"
        assert not field(builder, "slow_leak.e")["varies"]
        do(builder, "biophysics.set", key="all|slow_leak.e", value=-60)
        assert [each.scope for each in builder.cell.assignments] == ["cell"]

    def test_bad_values_are_words(self, builder: CellBuilder) -> None:
        assert "outside its limits" in refused(builder, "biophysics.set", key="all|hh.gnabar", value=-1)
        assert "greater than 0" in refused(builder, "biophysics.set", key="all|Ra", value=0)
        assert "S/cm2" in refused(builder, "biophysics.set", key="all|hh.gnabar", value="3 mV")
        assert "no parameter" in refused(builder, "biophysics.set", key="hh.gnabar", value=1)
        assert "did you mean" in refused(builder, "biophysics.set", key="all|hh.gnabr", value=1)

    def test_a_file_becomes_a_mechanism_to_insert(self, builder: CellBuilder) -> None:
        reply = builder.perform("biophysics.load", file="leak.mod", text=SLOW.replace("slow_leak", "leak_of_file"))
        assert reply["name"] == "leak_of_file"
        do(builder, "biophysics.insert", name="leak_of_file", place="all")
        assert field(builder, "leak_of_file.g")["value"] == 1e-4
        assert "line" in builder.perform("biophysics.load", file="bad.mod", text="NEURON { SUFFIX")["error"]

    def test_what_code_changes_shows_at_once(self, builder: CellBuilder) -> None:
        builder.cell.set("hh.gl", 1e-3)
        assert field(builder, "hh.gl")["value"] == 1e-3
        builder.cell.undo()
        assert field(builder, "hh.gl")["value"] == 3e-4


class TestProfiles:
    @pytest.fixture(autouse=True)
    def of_the_dendrites(self, builder: CellBuilder) -> None:
        builder.place = "dend"

    @pytest.mark.parametrize("kind", ["linear", "exponential", "boltzmann", "step", "along", "table"])
    def test_a_constant_becomes_each_form_and_stays_as_it_was(self, builder: CellBuilder, kind: str) -> None:
        assert builder.profile["kind"] == ""
        assert np.isnan(plotted(builder)[1]).all()
        do(builder, "profiles.kind", kind=kind)
        assert builder.profile["kind"] == kind
        assert builder.cell.values("hh.gnabar") == pytest.approx(0.12)
        assert f"rb.{kind}('path_distance'" in builder.profile["code"]
        do(builder, "profiles.remove")
        assert builder.profile["kind"] == ""

    @pytest.mark.parametrize("kind", ["linear", "exponential", "step", "table"])
    def test_another_form_agrees_at_both_ends(self, builder: CellBuilder, kind: str) -> None:
        builder.cell["dend"].set("hh.gnabar", rb.linear("path_distance", 0.1, 1e-4))
        do(builder, "profiles.kind", kind=kind)
        p, f = plotted(builder)[:2]
        assert f[0] == pytest.approx(0.1 + 1e-4 * p[0], rel=1e-5)
        assert f[-1] == pytest.approx(0.1 + 1e-4 * p[-1], rel=1e-5)

    @pytest.mark.parametrize("kind", ["linear", "exponential", "boltzmann", "step"])
    def test_a_formula_is_the_same_function(self, builder: CellBuilder, kind: str) -> None:
        do(builder, "profiles.kind", kind=kind)
        first = builder.profile["coefficients"][0]["key"]
        do(builder, "profiles.set", key=first, value=0.15)
        before = builder.cell.values("hh.gnabar")
        do(builder, "profiles.kind", kind="along")
        assert builder.cell.values("hh.gnabar") == pytest.approx(before)

    def test_a_slider_moves_curve_and_segments_and_a_drag_is_one_step(self, builder: CellBuilder) -> None:
        cell = builder.cell
        do(builder, "profiles.kind", kind="boltzmann")
        before = plotted(builder).copy()
        for value in (0.05, 0.1):
            do(builder, "profiles.set", key="dend|hh.gnabar|boltzmann|amplitude", value=value, gesture="drag")
        after = plotted(builder)
        assert not np.allclose(before[1], after[1])
        assert cell.history.done[-2:] == (
            "Make hh.gnabar of dend boltzmann",
            "Set amplitude of hh.gnabar of dend",
        )
        p, f, segments, others = after
        assert (np.diff(p) >= 0).all()
        at = np.isfinite(segments)
        assert at.sum() == 9
        assert segments[at] == pytest.approx(f[at])
        assert np.sort(segments[at]) == pytest.approx(np.sort(cell.values("hh.gnabar")[1:10]))
        assert np.isnan(others).all()
        do(builder, "profiles.set.reset", key="dend|hh.gnabar|boltzmann|amplitude")
        assert coefficient(builder, "amplitude")["value"] == 0

    def test_segments_with_a_value_of_their_own_stand_beside_the_curve(self, builder: CellBuilder) -> None:
        do(builder, "profiles.kind", kind="linear")
        builder.cell["dend[1]"].set("hh.gnabar", 0.3)
        others = plotted(builder)[3]
        assert others[np.isfinite(others)] == pytest.approx(0.3)
        assert "dend[1]" in builder.profile["note"]

    def test_what_was_chosen_is_found_again(self, builder: CellBuilder) -> None:
        builder.cell["all"].uninsert("hh")
        assert builder.profile["target"] == "cm"
        builder.cell["dend"].insert("pas")
        assert builder.profile["target"] == "pas.g", "cm was only the first, and never chosen"
        do(builder, "profiles.choose", target="pas.e")
        builder.place = "soma"
        assert builder.profile["target"] == "cm"
        builder.place = "dend"
        assert builder.profile["target"] == "pas.e"

    def test_p_is_measured_as_asked(self, builder: CellBuilder) -> None:
        do(builder, "profiles.measure", field="metric", value="radial_distance")
        do(builder, "profiles.measure", field="origin", value="1, 2, 3")
        assert builder.cell.history.done[-1] == "Insert hh", "nothing is set before a form is chosen"
        do(builder, "profiles.kind", kind="linear")
        assert "radial_distance" in builder.profile["code"]
        do(builder, "profiles.measure", field="metric", value="path_distance")
        do(builder, "profiles.measure", field="origin", value="dend[0](1)")
        do(builder, "profiles.measure", field="offset", value="most_proximal")
        p = np.sort(plotted(builder)[0])
        assert p[0] == pytest.approx(0)
        profile = next(each.value for each in builder.cell.assignments)
        assert repr(profile.origin) == "dend[0](1.0)"

    def test_normalising_keeps_the_curve(self, builder: CellBuilder) -> None:
        builder.cell["dend"].set(
            "hh.gnabar", rb.boltzmann("path_distance", base=0.01, amplitude=0.1, slope=0.02, midpoint=150)
        )
        before = builder.cell.values("hh.gnabar")
        do(builder, "profiles.measure", field="normalise", value="most_distal")
        assert builder.profile["high"] == pytest.approx(1)
        assert coefficient(builder, "midpoint")["unit"] == ""
        assert builder.cell.values("hh.gnabar") == pytest.approx(before)
        do(builder, "profiles.measure", field="normalise", value="none")
        assert coefficient(builder, "midpoint")["value"] == pytest.approx(150)

    def test_formulas_and_tables(self, builder: CellBuilder) -> None:
        do(builder, "profiles.expression", text="g * exp(-p / reach)")
        assert [each["label"] for each in builder.profile["coefficients"]] == ["g", "reach"]
        do(builder, "profiles.set", key="dend|hh.gnabar|along|reach", value=100)
        do(builder, "profiles.expression", text="2 * g * exp(-p / reach)")
        assert coefficient(builder, "reach")["value"] == 100
        assert "did you mean exp" in refused(builder, "profiles.expression", text="expp(p)")
        do(builder, "profiles.table", text="0 0.1\n300, 0.2")
        assert builder.profile["kind"] == "table"
        assert "line 2" in refused(builder, "profiles.table", text="0 0.1\n300")
        assert "increase" in refused(builder, "profiles.table", text="0 0.1\n0 2")

    def test_what_cannot_be_is_words(self, builder: CellBuilder) -> None:
        do(builder, "profiles.kind", kind="boltzmann")
        key = "dend|hh.gnabar|boltzmann|amplitude"
        assert "outside its limits" in refused(builder, "profiles.set", key=key, value=-0.5)
        assert "must be a number" in refused(builder, "profiles.set", key=key, value="much")
        assert "no such profile" in refused(builder, "profiles.set", key=key.replace("boltzmann", "linear"), value=1)
        assert "from 0 to 1" in refused(builder, "profiles.measure", field="origin", value="soma(x)")
        assert "section" in refused(builder, "profiles.measure", field="origin", value="sooma(0.5)")
        assert "three numbers" in refused(builder, "profiles.measure", field="origin", value="here")
        assert "no metric" in refused(builder, "profiles.measure", field="metric", value="time")
        assert "no form" in refused(builder, "profiles.kind", kind="cubic")
        assert "cannot be painted" in refused(builder, "profiles.paint", what="area")
        assert "varies over dend" in refused(builder, "profiles.choose", target="Ra")

    def test_the_parameter_and_p_are_painted_and_follow(self, builder: CellBuilder) -> None:
        cell = builder.cell
        do(builder, "profiles.paint", what="value")
        assert builder.colour_by == "value"
        assert painted(builder) == pytest.approx(0.12)
        do(builder, "profiles.kind", kind="linear")
        do(builder, "profiles.set", key="dend|hh.gnabar|linear|slope", value=1e-4)
        assert painted(builder) == pytest.approx(cell.values("hh.gnabar"), rel=1e-6)
        assert builder.value_range == pytest.approx([0.12, cell.values("hh.gnabar").max()])
        builder.colour_by = "type"
        do(builder, "profiles.set", key="dend|hh.gnabar|linear|slope", value=2e-4)
        assert builder.colour_by == "type", "what the person chose to see stays"
        assert painted(builder) == pytest.approx(cell.values("hh.gnabar"), rel=1e-6)
        do(builder, "profiles.paint", what="p")
        assert np.isfinite(painted(builder)).sum() == 9
        assert painted(builder)[1:10] == pytest.approx(cell.path_distance()[1:10])
        cell.dend[0].nseg = 7
        assert len(painted(builder)) == 15
        do(builder, "profiles.paint", what="")
        assert builder.colour_by == "type"


class TestConflicts:
    def test_places_that_overlap_are_listed_with_what_they_win(self, builder: CellBuilder) -> None:
        cell = builder.cell
        cell["dend"].set("cm", 2)
        cell["soma"].set("cm", 3)
        assert builder.conflicts == [], "they do not overlap"
        cell["far"].set("cm", 4)
        cell["dend[2]"].set("cm", 5)
        (conflict,) = builder.conflicts
        assert conflict["target"] == "cm"
        assert {row["place"]: (row["wins"], row["sections"], row["next"]) for row in conflict["rows"]} == {
            "dend": (1, 3, "far"),
            "soma": (1, 1, ""),
            "far": (1, 2, ""),
            "dend[2]": (1, 1, ""),
        }
        frame = cell.precedence("cm")
        for row in conflict["rows"]:
            assert row["wins"] == (frame["place"] == row["place"]).sum()

    def test_a_place_is_put_later_and_wins(self, builder: CellBuilder) -> None:
        cell = builder.cell
        cell["dend"].set("cm", 2)
        cell["far"].set("cm", 4)
        do(builder, "conflicts.later", place="dend", after="far")
        assert cell.values("cm")[1:10].tolist() == [2] * 9
        (conflict,) = builder.conflicts
        assert [(row["place"], row["wins"]) for row in conflict["rows"]] == [("far", 0), ("dend", 3)]
        assert cell.history.done[-1] == "Put dend after far"
        builder.perform("history.undo")
        assert cell.values("cm")[4:10].tolist() == [4] * 6

    def test_winners_are_chosen_and_values_forgotten(self, builder: CellBuilder) -> None:
        builder.cell["dend"].set("cm", 2)
        builder.cell["far"].set("cm", 4)
        do(builder, "conflicts.choose", target="cm", place="far", scope="region")
        assert builder.chosen == ["dend[1]", "dend[2]"]
        do(builder, "conflicts.forget", target="cm", place="far", scope="region")
        assert builder.conflicts == []
