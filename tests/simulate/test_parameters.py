"""Parameters by name: what holds where, what may be varied, and what is refused."""

import re
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

import rheobase as rb
from rheobase.mechanisms import Mechanism, Parameter, nernst, registry
from rheobase.simulate import Simulation
from tests.simulate.cells import forked, spread

PLACES = ["all", "soma", "dend", "dend[0]", "dend[1]", "some"]


class Weighted(Mechanism):
    """A leak whose strength is one number for the whole cell."""

    name = "weighted"
    parameters = (
        Parameter("g", 1e-4, "S/cm2", minimum=0),
        Parameter("weight", 1.0, "1", minimum=0, maximum=2, scope="global"),
    )
    current_names = {"i": None}  # noqa: RUF012  a mechanism's class is its definition

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"i": p.weight * p.g * (v + 60)}


@pytest.fixture
def weighted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._written, "weighted", Weighted)


def params_of(cell: rb.Cell) -> dict[str, Any]:
    return Simulation(cell, tstop=1).function()[1]


def test_the_names_of_the_parameters() -> None:
    cell, soma, _ = forked()
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    soma.Ra = 80
    names = set(params_of(cell))
    assert {"soma.hh.gnabar", "soma.hh.el", "dend.pas.e", "all.Ra", "soma.Ra", "all.cm"} <= names
    assert {"dend.pas.g.slope", "dend.pas.g.intercept", "soma.L", "dend[0].diam"} <= names
    assert {"all.na.reversal", "ic.delay", "ic.dur", "ic.amp", "celsius", "v_init"} <= names
    assert "dend.pas.g" not in names  # its coefficients are the parameters


def test_section_beats_region_beats_cell_whatever_the_order() -> None:
    cell, soma, (left, _) = forked(nseg=1)
    left.cm = 3
    cell["dend"].cm = 2
    cell.cm = 1.5
    assert spread(cell, "cm").tolist() == [1.5, 3, 2]
    assert soma.cm == 1.5


def test_of_two_regions_the_later_wins() -> None:
    cell, *_ = forked(nseg=1)
    cell.subset("some", ["soma", "dend[1]"])
    cell["some"].Ra = 50
    cell["dend"].Ra = 200
    assert spread(cell, "Ra").tolist() == [50, 200, 200]
    cell["some"].Ra = 60  # set again after another region was: it goes to the end
    assert spread(cell, "Ra").tolist() == [60, 200, 60]


def test_the_same_key_twice_keeps_the_last_value() -> None:
    cell, *_ = forked(nseg=1)
    cell.Ra = 100
    cell["all"].Ra = 150
    cell.Ra = 120  # weaker than the region's
    assert spread(cell, "Ra").tolist() == [150] * 3
    assert float(params_of(cell)["all.Ra"]) == 150


def test_what_is_set_for_the_cell_overrules_a_mechanisms_default() -> None:
    cell, *_ = forked(nseg=1)
    cell["soma"].insert("pas")
    cell.set("pas.g", 7e-4)
    assert spread(cell, "pas.g")[0] == 7e-4
    assert cell.values("pas.g")[0] == 7e-4


def test_a_default_of_an_overlapping_insertion_overrules_nothing() -> None:
    cell, *_ = forked(nseg=1)
    cell["all"].insert("pas", g=5e-4)
    cell["dend[0]"].insert("pas")
    assert spread(cell, "pas.g").tolist() == [5e-4] * 3
    assert [len(plan.segments) for plan in Simulation(cell, tstop=1).assembly.plans] == [1, 3, 0]


@given(st.lists(st.tuples(st.sampled_from(["cell", *PLACES]), st.integers(1, 99)), max_size=8))
def test_precedence_is_that_of_the_document(assignments: list[tuple[str, int]]) -> None:
    cell, *_ = forked()
    cell.subset("some", ["soma", "dend[1]"])
    cell["dend[1]"].insert("pas")
    for place, number in assignments:
        cell.set("cm", number) if place == "cell" else cell[place].set("cm", number)
        if place in ("dend", "dend[1]"):
            cell[place].set("pas.g", number * 1e-5)
        elif place == "cell":
            cell.set("pas.g", number * 1e-5)
    for target in ("cm", "pas.g"):
        document = cell.values(target)
        there = np.isfinite(document)
        np.testing.assert_array_equal(spread(cell, target)[there], document[there])


@given(
    st.lists(st.sampled_from(PLACES), max_size=5), st.sampled_from(PLACES), st.sampled_from(["profile", "list", 3.0])
)
def test_varying_a_place_is_setting_it(before: list[str], place: str, last: Any) -> None:
    cell, *_ = forked()
    cell.subset("some", ["soma", "dend[1]"])
    for k, other in enumerate(before):
        cell[other].set("cm", 10.0 + k)
    rows = len(cell[place]) * 3 - 2 * ("soma" in cell[place])
    values = {"profile": rb.linear("path_distance", 1.0, 0.01), "list": list(np.linspace(1, 2, rows))}
    cell[place].set("cm", values.get(last, last) if isinstance(last, str) else last)
    assigned = cell.copy()
    assigned[place].set("cm", 42.0)
    if (assigned.values("cm") == cell.values("cm")).all():
        with pytest.raises(ValueError, match=rf"{re.escape(place)}\.cm cannot be varied: .* is stronger"):
            spread(cell, "cm", {f"{place}.cm": 42.0})
    else:
        np.testing.assert_array_equal(spread(cell, "cm", {f"{place}.cm": 42.0}), assigned.values("cm"))


def test_a_section_that_is_its_whole_region_is_varied_like_a_section() -> None:
    cell, soma, _ = forked(nseg=1)
    soma.set("hh.gnabar", rb.linear("path_distance", 0.1, 1e-4))
    assert spread(cell, "hh.gnabar", {"soma.hh.gnabar": 0.3})[0] == 0.3


def test_geometry_is_varied_by_section_and_by_region() -> None:
    cell, *_ = forked(nseg=1)
    assert spread(cell, "diam", {"dend.diam": 3}).tolist() == [20, 3, 3]
    assert spread(cell, "L", {"dend[1].L": 300}).tolist() == [20, 100, 300]


def test_what_is_overruled_everywhere_is_no_parameter_but_may_be_varied() -> None:
    cell, *_ = forked(nseg=1)
    cell["dend"].cm = 2
    cell["all"].cm = 3
    assert "dend.cm" not in params_of(cell)
    assert spread(cell, "cm", {"dend.cm": 7}).tolist() == [3, 7, 7]


def test_coefficients_of_a_profile() -> None:
    cell, *_ = forked()
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-6))
    distance = cell.path_distance()[1:]
    found = spread(cell, "pas.g", {"dend.pas.g.slope": 5e-6})[1:]
    np.testing.assert_allclose(found, 1e-4 + 5e-6 * distance)


def test_a_place_takes_one_number_a_segment() -> None:
    cell, *_ = forked()
    values = np.linspace(1, 2, 6)
    np.testing.assert_array_equal(spread(cell, "cm", {"dend.cm": values})[1:], values)
    with pytest.raises(ValueError, match=r"dend\.cm was given 4 values a cell; its place has 6 segments"):
        spread(cell, "cm", {"dend.cm": np.ones(4)})


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("soma.hh.gnabr", KeyError, "no parameter 'soma.hh.gnabr'; did you mean 'soma.hh.gnabar'"),
        ("soam.hh.gnabar", KeyError, "did you mean 'soma.hh.gnabar'"),
        ("dend.ic.amp", KeyError, "no parameter 'dend.ic.amp'"),
        ("ic.ampl", KeyError, "did you mean 'ic.amp'"),
        ("", KeyError, "no parameter ''"),
        ("dend.hh.gnabar", ValueError, "no segment of that place has such a parameter"),
        ("tip.L", ValueError, "no segment of that place has such a parameter"),
        ("soma.Ra", ValueError, None),
    ],
)
def test_a_name_that_varies_nothing_is_refused(name: str, error: type[Exception], words: str | None) -> None:
    cell, soma, _ = forked()
    cell.add_section("tip", points=[(0, 0, 0, 1), (9, 0, 0, 1)], parent=soma(0))
    sim = Simulation(cell, tstop=1)
    if words is None:
        assert sim.batch({name: [80, 90]}).shape == (2, 1, 41)
    else:
        with pytest.raises(error, match=words):
            sim.batch({name: [1, 2]})
        f, params = sim.function()
        with pytest.raises(error, match=words):
            f(params | {name: jnp.asarray(1.0)})


def test_a_stronger_value_is_named_when_it_stands_in_the_way() -> None:
    cell, soma, dends = forked()
    for section in (soma, *dends):
        section.Ra = 70
    with pytest.raises(ValueError, match=r"all.Ra cannot be varied: 'dend\[1\].Ra' holds there, and is stronger"):
        spread(cell, "Ra", {"all.Ra": 100})


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("soma.hh.gnabar", -1, "hh.gnabar = -1 S/cm2 is outside its limits"),
        ("all.Ra", 0, "Ra of the cell = 0.0 ohm cm: must be greater than 0"),
        ("all.cm", -1, "cm of the cell"),
        ("soma.diam", 0, "diam = 0 um: must be greater than 0"),
        ("dend.L", -3, "L = -3 um"),
        ("ic.dur", -1, "ic.dur = -1 ms is outside its limits: at least 0 ms"),
        ("all.na.inside", -1, "na.inside"),
    ],
)
def test_a_batch_keeps_to_the_limits(name: str, number: float, words: str) -> None:
    cell, *_ = forked()
    with pytest.raises(ValueError, match=words):
        Simulation(cell, tstop=1).batch({name: [1.0, number]})


@pytest.mark.usefixtures("weighted")
def test_a_global_parameter_is_one_number_for_the_cell() -> None:
    cell, soma, _ = forked()
    cell["all"].insert("weighted")
    cell.set("weighted.weight", 0.5)
    params = params_of(cell)
    assert float(params["global.weighted.weight"]) == 0.5
    assert not [name for name in params if name.endswith("weight") and not name.startswith("global.")]
    assembly = Simulation(cell, tstop=1).assembly
    system = assembly.system(assembly.normalised({"global.weighted.weight": 2}))
    assert [b.parameters["weight"] for b in system.blocks if "weight" in b.parameters] == [2]
    wide = Simulation(cell, tstop=1).function(per="segment")[1]
    assert wide["global.weighted.weight"].shape == ()
    rec = Simulation(cell, tstop=1, record=soma(0.5).v)
    assert np.ptp(rec.batch({"global.weighted.weight": [0.0, 2.0]})[:, 0, -1]) > 0.01


def reversal(cell: rb.Cell, celsius: float = 6.3) -> list[float]:
    """Of sodium, in every segment that has hh."""
    sim = Simulation(cell, tstop=1, celsius=celsius)
    system = sim.assembly.system(sim.assembly.normalised({}))
    names = [plan.mechanism.name for plan in sim.assembly.plans]
    plan, block = sim.assembly.plans[names.index("hh")], system.blocks[names.index("hh")]
    real = plan.weight > 0
    found = np.empty(len(plan.segments))
    found[plan.filler[real]] = block.ions["na"]["reversal"][real]
    return [float(e) for e in found[np.argsort(plan.segments)]]


def test_concentrations_alone_give_nernst_where_they_were_set() -> None:
    cell, *_ = forked(nseg=1)
    cell["all"].insert("hh")
    assert reversal(cell) == [50] * 3
    cell["dend[0]"].set_ion("na", inside=20)
    assert reversal(cell, 16) == pytest.approx([50, nernst(20, 140, 1, 16), 50])
    cell.set_ion("na", inside=5, outside=100)
    assert reversal(cell) == pytest.approx([nernst(5, 100, 1, 6.3), nernst(20, 100, 1, 6.3), nernst(5, 100, 1, 6.3)])
    cell["soma"].set_ion("na", reversal=42)
    assert reversal(cell)[0] == 42


def test_a_varied_concentration_moves_its_nernst_potential() -> None:
    cell, soma, _ = forked()
    cell["soma"].set_ion("na", inside=10, outside=140)
    sim = Simulation(cell, tstop=1, record=soma(0.5)["ena"])
    found = sim.batch({"soma.na.inside": [10, 20], "celsius": [6.3, 20]})[:, 0, -1]
    assert found == pytest.approx([nernst(10, 140, 1, 6.3), nernst(20, 140, 1, 20)])


def test_no_nernst_potential_without_ions() -> None:
    cell, *_ = forked()
    cell["soma"].set_ion("na", inside=0)
    with pytest.raises(ValueError, match="'na' needs concentrations above 0 mM"):
        rb.run(cell, tstop=1)
