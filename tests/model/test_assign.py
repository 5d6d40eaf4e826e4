from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.model.cells import SAID, ball_and_stick, chain


def test_cell_yields_to_region_in_order_and_region_to_section() -> None:
    cell = chain(3)
    assert cell.values("Ra").tolist() == [35.4] * 3
    cell.Ra = 100
    cell["dend[*]"].Ra = 150
    cell["all"].Ra = 200
    assert cell.values("Ra").tolist() == [200] * 3
    cell["dend[*]"].Ra = 160
    assert cell.values("Ra").tolist() == [160] * 3
    cell.section("dend[1]").Ra = 50
    cell["all"].Ra = 210
    assert cell.values("Ra").tolist() == [210, 50, 210]
    cell.section("dend[1]").reset("Ra")
    cell["all"].reset("Ra")
    assert cell.values("Ra").tolist() == [160] * 3
    cell["dend[*]"].reset("Ra")
    cell.reset("Ra")
    assert cell.Ra == 35.4


def test_setting_again_keeps_the_order_unless_another_was_set_since() -> None:
    cell, *_ = ball_and_stick()
    cell["soma"].cm = 2
    cell["dend"].Ra = 80
    cell["soma"].cm = 3
    assert [(a.place, a.target) for a in cell.assignments][-2:] == [("soma", "cm"), ("dend", "Ra")]
    cell["all"].cm = 1
    cell["soma"].cm = 3
    assert [a.place for a in cell.assignments if a.target == "cm"] == ["all", "soma"]
    assert cell.soma.cm == 3
    assert cell.undo() == "Set cm of soma"
    assert cell.soma.cm == 1


def test_a_bare_name_is_a_region_and_its_section_is_stronger() -> None:
    cell, soma, _ = ball_and_stick()
    soma.set("hh.gnabar", 0.3)
    cell["soma"].set("hh.gnabar", 0.2)
    assert cell.values("hh.gnabar")[0] == 0.3
    soma.reset("hh.gnabar")
    assert cell.values("hh.gnabar")[0] == 0.2


def test_a_region_is_live() -> None:
    cell, *_ = ball_and_stick()
    cell.section("dend").remove()
    root = cell.soma
    cell.add_section("tuft[0]", L=1, diam=1, parent=root(1))
    cell["tuft"].insert("hh", gnabar=0.5)
    cell.add_section("tuft[1]", L=1, diam=1, parent=root(1))
    assert cell.values("hh.gnabar").tolist() == [0.1, 0.5, 0.5]
    assert cell.values("pas.g").tolist() == [1e-4] * 3


def test_numbers_quantities_lists_profiles_and_functions_are_values() -> None:
    cell, soma, _ = ball_and_stick()
    dend = cell["dend"].insert("hh")
    dend.set("hh.gnabar", "50 mS/cm2")
    assert cell.values("hh.gnabar")[1:].tolist() == [0.05] * 5
    dend.set("hh.gnabar", np.linspace(0, 0.4, 5))
    assert cell.values("hh.gnabar")[1:].tolist() == np.linspace(0, 0.4, 5).tolist()
    dend.set("hh.gnabar", rb.linear("path_distance", 0.1, 1e-4, origin=soma(0.5)))
    assert cell.values("hh.gnabar")[1:] == pytest.approx(0.1 + 1e-4 * (10 + 80 * (np.arange(5) + 0.5)))
    with pytest.warns(UserWarning, match="sampled at 5 distances from 50 to 370 um"):
        dend.set("hh.gnabar", lambda d: d / 1000)
    assert cell.values("hh.gnabar")[1:] == pytest.approx(np.array([50, 130, 210, 290, 370]) / 1000)


def test_values_are_not_a_number_where_the_mechanism_is_not() -> None:
    cell, *_ = ball_and_stick()
    assert np.isnan(cell.values("hh.gkbar")).tolist() == [False] + [True] * 5
    assert cell.values("hh.gkbar")[0] == 0.036


@pytest.mark.parametrize(
    ("target", "value", "said"),
    [
        ("hh.gnabar", -1, "hh.gnabar = -1 S/cm2 is outside its limits"),
        ("hh.gnabar", float("nan"), "hh.gnabar = nan"),
        ("hh.gnabar", "3 mV", "hh.gnabar = '3 mV'"),
        ("hh.gnabar", True, "hh.gnabar = True"),
        ("hh.gnabar", None, "hh.gnabar = None"),
        ("hh.gnabar", [0.1, 0.2], "got values of shape (2,), but 'soma' has 1 segment"),
        ("hh.gnabar", [[0.1]], "got values of shape (1, 1)"),
        ("hh.gnabar", [-1.0], "hh.gnabar = -1 S/cm2 is outside its limits"),
        ("hh.gnabr", 1, "no parameter of 'hh' called 'gnabr'; did you mean 'gnabar'?"),
        ("hhh.gnabar", 1, "no mechanism or ion 'hhh'; did you mean 'hh'?"),
        ("na.reversel", 1, "did you mean 'reversal'?"),
        ("Rb", 1, "no property 'Rb'; did you mean 'Ra'?"),
        ("IClamp.amp", 1, "amp belongs to each IClamp: set it there"),
        ("", 1, "no property ''"),
        (3, 1, "name what to set by text"),
        ("Ra", 0, "Ra of soma = 0 ohm cm: must be greater than 0"),
        ("Ra", [100], "Ra is one number for a section"),
        ("cm", -1, "cm of soma = -1 uF/cm2: must be greater than 0"),
        ("ca.inside", -1, "ca.inside of soma = -1 mM: must be 0 or more"),
        ("na.reversal", "3 mM", "na.reversal of soma = '3 mM'"),
        ("nseg", 1.5, "nseg of section 'soma' = 1.5"),
        ("L", -1, "L of section 'soma' = -1 um"),
    ],
)
def test_what_cannot_be_is_refused_in_words(target: Any, value: Any, said: str) -> None:
    cell, *_ = ball_and_stick()
    before = cell.copy()
    with pytest.raises(SAID) as refusal:
        cell["soma"].set(target, value)
    assert said in str(refusal.value)
    assert cell == before


def test_a_profile_out_of_limits_is_refused_where_it_was_typed() -> None:
    cell, soma, _ = ball_and_stick()
    cell["dend"].insert("hh")
    with pytest.raises(ValueError, match=r"hh\.gnabar = -0\.\d+ S/cm2 .*at a distance of 370 um"):
        cell["dend"].set("hh.gnabar", rb.linear("path_distance", 0.1, -1e-3, origin=soma(0.5)))
    with pytest.raises(ValueError, match=r"hh\.gnabar = nan"):
        cell["dend"].set("hh.gnabar", rb.along("path_distance", "log(-d)"))
    with pytest.raises(KeyError, match="'tuft'"):
        cell["dend"].set("hh.gnabar", rb.linear("path_distance", 1, 0, origin=rb.Location("tuft", 0)))


def test_a_parameter_needs_its_mechanism() -> None:
    cell, *_ = ball_and_stick()
    with pytest.raises(ValueError, match=r"'hh' is not inserted in 'dend'.*cell\['dend'\]\.insert\('hh'\)"):
        cell["dend"].set("hh.gnabar", 0.1)


def test_an_unknown_mechanism_suggests_the_nearest() -> None:
    cell, *_ = ball_and_stick()
    with pytest.raises(KeyError, match="did you mean 'pas'"):
        cell["soma"].insert("pass")
    with pytest.raises(ValueError, match="IClamp is a point process: put it at a place"):
        cell["soma"].insert("IClamp")
    with pytest.raises(KeyError, match="did you mean 'gkbar'"):
        cell["soma"].insert("hh", gkbr=1)


def test_an_insertion_with_a_wrong_value_inserts_nothing() -> None:
    cell, *_ = ball_and_stick()
    with pytest.raises(ValueError, match="limits"):
        cell["dend"].insert("hh", gnabar=0.1, gkbar=-1)
    assert [insertion.place for insertion in cell.insertions] == ["soma", "all"]


def test_taking_a_mechanism_out_takes_its_values_where_it_is_left_nowhere() -> None:
    cell, soma, _ = ball_and_stick()
    cell["all"].insert("hh")
    before = cell.copy()
    cell["soma"].uninsert("hh")
    assert ("soma", "hh.gnabar") in [(a.place, a.target) for a in cell.assignments]
    cell["all"].uninsert("hh")
    assert "hh.gnabar" not in [a.target for a in cell.assignments]
    cell.undo()
    cell.undo()
    assert cell == before
    with pytest.raises(ValueError, match="it was inserted into 'all': take it out there"):
        soma.uninsert("pas")
    cell["all"].uninsert("hh")
    with pytest.raises(ValueError, match="'hh' was not inserted into 'dend' as such; it is in none of its sections"):
        cell["dend"].uninsert("hh")


def test_a_list_of_places_is_edited_in_one_step() -> None:
    cell = chain(3)
    done = len(cell.history.done)
    cell[["dend[0]", "dend[2]"]].insert("pas", g=1e-3)
    assert len(cell.history.done) == done + 1
    assert np.isnan(cell.values("pas.g")).tolist() == [False, True, False]
    assert {assignment.scope for assignment in cell.assignments} == {"section"}


def test_ions_are_set_for_the_cell_a_region_or_a_section() -> None:
    cell, soma, _ = ball_and_stick()
    cell.set_ion("na", reversal=55)
    cell["dend"].set_ion("na", reversal="60 mV")
    soma.set_ion("ca", inside=1e-4, outside=1.8)
    assert cell.values("na.reversal").tolist() == [55] + [60] * 5
    assert cell.values("ca.outside").tolist() == [1.8] + [2.0] * 5
    with pytest.raises(KeyError, match="no ion 'sodium'"):
        cell.set_ion("sodium", reversal=1)
    with pytest.raises(ValueError, match="say what of 'na' to set"):
        cell.set_ion("na")


def test_setting_the_same_value_is_no_edit() -> None:
    cell, soma, _ = ball_and_stick()
    revision = cell.revision
    cell.Ra = 100
    cell["soma"].set("hh.gnabar", 0.1)
    cell["soma"].insert("hh")
    soma.L = 20
    cell.process("ic").amp = 0.3
    cell.process("ic").move(soma(0.5))
    assert cell.revision == revision
