"""Parameters in the layouts of BluePyOpt and of the Allen Institute."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.share.parameters.formula import profile_of

PARAMETERS = [
    {"param_name": "g_pas", "sectionlist": "all", "type": "section", "dist_type": "uniform", "value": 3e-5},
    {"param_name": "e_pas", "sectionlist": "all", "type": "section", "dist_type": "uniform", "value": -75},
    {"param_name": "Ra", "sectionlist": "all", "type": "section", "dist_type": "uniform", "value": 100},
    {"param_name": "cm", "sectionlist": "all", "type": "section", "dist_type": "uniform", "value": 1},
    {"param_name": "cm", "sectionlist": ["apical", "basal"], "type": "section", "dist_type": "uniform", "value": 2},
    {"param_name": "v_init", "type": "global", "value": -70},
    {"param_name": "celsius", "type": "global", "value": 34},
    {"param_name": "ena", "sectionlist": "somatic", "type": "section", "dist_type": "uniform", "value": 55},
    {"param_name": "gnabar_hh", "mech": "hh", "mech_param": "gnabar", "bounds": [0.05, 0.2], "dist_type": "uniform",
     "type": "range", "sectionlist": "somatic"},
    {"param_name": "gbar_hcn_kole", "dist": "(-0.8 + 2*math.exp(({distance})*0.003))*{value}", "dist_type": "exp",
     "type": "range", "sectionlist": "apical", "value": 8e-5},
    {"param_name": "gkbar_hh", "dist": "math.exp({distance}*{k})*{value}", "dist_type": "decay", "type": "range",
     "sectionlist": "axonal", "value": 0.03, "parameters": ["k"], "soma_ref_point": 1},
    {"param_name": "k", "type": "meta", "dist_type": "decay", "bounds": [-1, 0]},
]  # fmt: skip
MECHANISMS = {"all": ["pas"], "somatic": ["hh"], "axonal": ["hh"], "apical": ["hcn_kole"]}


def pyramidal() -> rb.Cell:
    cell = rb.Cell("pyramidal")
    soma = cell.add_section("soma", L=20, diam=20)
    for name, x in (("dend[0]", 0), ("dend[1]", 0), ("apic[0]", 1), ("axon[0]", 0)):
        cell.add_section(name, L=200, diam=1, nseg=5, parent=soma(x))
    cell.add_section("apic[1]", L=200, diam=1, nseg=5, parent=cell.section("apic[0]")(1))
    return cell


def written(folder: Path, **files: Any) -> list[Path]:
    paths = [folder / f"{name}.json" for name in files]
    for path, data in zip(paths, files.values(), strict=True):
        path.write_text(json.dumps(data))
    return paths


def at(cell: rb.Cell, target: str, place: str) -> Any:
    """The values of a target in the first section of a place."""
    names = list(cell.document.sections)
    ends = np.cumsum([section.nseg for section in cell.sections])
    return np.split(cell.values(target), ends[:-1])[names.index(cell.sections_of(place)[0])]


def test_parameters_of_bluepyopt(tmp_path: Path) -> None:
    cell = pyramidal()
    mechanisms, parameters, values = written(
        tmp_path, mechanisms=MECHANISMS, parameters=PARAMETERS, found=[{"gnabar_hh.somatic": 0.11, "k": -0.01}]
    )
    protocol = rb.load_parameters(cell, mechanisms, parameters, values)
    assert (protocol.v_init, protocol.celsius) == (-70, 34)
    np.testing.assert_array_equal(at(cell, "pas.g", "soma"), 3e-5)
    np.testing.assert_array_equal(at(cell, "cm", "soma"), 1)
    np.testing.assert_array_equal(at(cell, "cm", "apic"), 2)
    np.testing.assert_array_equal(at(cell, "cm", "dend"), 2)
    np.testing.assert_array_equal(at(cell, "na.reversal", "soma"), 55)
    np.testing.assert_array_equal(at(cell, "hh.gnabar", "soma"), 0.11)
    np.testing.assert_array_equal(at(cell, "hh.gnabar", "axon"), 0.12)
    distance = 10 + 20 + 40 * np.arange(5)  # from the middle of the soma
    np.testing.assert_allclose(at(cell, "hcn_kole.gbar", "apic"), (-0.8 + 2 * np.exp(0.003 * distance)) * 8e-5)
    # the axon leaves the soma's start, and distance is measured from its end
    np.testing.assert_allclose(at(cell, "hh.gkbar", "axon"), 0.03 * np.exp(-0.01 * (distance + 10)))
    assert cell.history.done[-1] == "Load parameters"
    cell.undo()
    assert not cell.insertions
    again = pyramidal()
    rb.load_parameters(again, mechanisms, parameters, values={"gnabar_hh.somatic": 0.11, "k": -0.01})
    cell.redo()
    assert again == cell


def test_what_a_fit_has_still_to_choose_is_told(tmp_path: Path) -> None:
    cell = pyramidal()
    paths = written(tmp_path, parameters=PARAMETERS)
    with pytest.raises(
        rb.ExchangeError, match=re.escape("gnabar_hh.somatic (from 0.05 to 0.2), k: give what it found")
    ):
        rb.load_parameters(cell, *paths)
    assert cell == pyramidal()
    with pytest.warns(UserWarning, match=r"a value was given for 'gkbar_hh\.basal', which the files do not leave free"):
        rb.load_parameters(cell, *paths, values={"gnabar_hh.somatic": 0.1, "k": -0.1, "gkbar_hh.basal": 1})


def test_older_layouts_of_bluepyopt(tmp_path: Path) -> None:
    cell = pyramidal()
    fixed, free = written(
        tmp_path,
        fixed={
            "global": [["v_init", -65], ["celsius", 34]],
            "all": [["g_pas", 3e-5, "uniform"], ["Ra", 120, "uniform"]],
        },
        free={"somatic": [["hh", "gnabar", 0, 4, "uniform"]], "axonal": [["hh", "gkbar", 0, 1, "uniform"]]},
    )
    protocol = rb.load_parameters(cell, fixed, free, values={"gnabar_hh.somatic": 0.3, "gkbar_hh.axonal": 0.02})
    assert protocol.celsius == 34
    assert at(cell, "Ra", "soma") == 120
    assert at(cell, "hh.gnabar", "soma") == 0.3
    with pytest.raises(rb.ExchangeError, match="gkbar_hh has the distribution 'exp', whose formula stands in no file"):
        rb.load_parameters(cell, *written(tmp_path, odd={"axonal": [["hh", "gkbar", 0, 1, "exp"]]}))


RECIPE = {
    "mechanisms": {"all": {"mech": ["pas"]}, "somadend": {"mech": ["hh"]}},
    "distributions": {"exp": {"fun": "(1 + 2*math.exp({distance}*-0.01))*{value}"}},
    "parameters": {
        "__comment": "nothing",
        "global": [{"name": "v_init", "val": -79}],
        "all": [{"name": "e_pas", "val": -80}],
        "somadend": [{"name": "gnabar_hh", "val": [0, 1]}, {"name": "gl_hh", "val": 1e-4, "dist": "exp"}],
    },
}
LISTED = {
    "mechanisms": [{"name": "pas", "location": "all"}, {"name": "hh", "location": "somadend"}],
    "distributions": [
        {"name": "uniform", "function": None},
        {"name": "exp", "function": "(1 + {a}*math.exp({distance}*-0.01))*{value}", "parameters": ["a"]},
    ],
    "parameters": [
        {"name": "v_init", "value": -79, "location": "global"},
        {"name": "e_pas", "value": -80, "location": "all"},
        {"name": "gnabar_hh", "value": [0, 1], "location": "somadend", "distribution": "uniform"},
        {"name": "gl_hh", "value": 1e-4, "location": "somadend", "distribution": "exp"},
        {"name": "a", "value": 2, "location": "distribution_exp"},
    ],
}


@pytest.mark.parametrize("data", [RECIPE, LISTED])
def test_recipes_of_whole_models(tmp_path: Path, data: Any) -> None:
    cell = pyramidal()
    protocol = rb.load_parameters(cell, *written(tmp_path, recipe=data), values={"gnabar_hh.somadend": 0.1})
    assert protocol.v_init == -79
    for place in ("soma", "dend", "apic"):
        np.testing.assert_array_equal(at(cell, "hh.gnabar", place), 0.1)
    assert np.isnan(at(cell, "hh.gnabar", "axon")).all()
    assert at(cell, "hh.gl", "soma") == pytest.approx(3e-4)
    np.testing.assert_array_equal(at(cell, "pas.e", "axon"), -80)


ALLEN: dict[str, Any] = {
    "passive": [
        {"ra": 138.28, "cm": [{"section": "soma", "cm": 1.0}, {"section": "dend", "cm": 2.12}], "e_pas": -92.5}
    ],
    "fitting": [{"junction_potential": -14.0, "sweeps": [38]}],
    "conditions": [
        {"celsius": 34.0, "v_init": -92.5, "erev": [{"ena": 53.0, "section": "soma", "ek": -107.0}]},
    ],
    "genome": [
        {"value": 0.1, "section": "soma", "name": "gnabar_hh", "mechanism": "hh"},
        {"value": "1.5e-05", "section": "dend", "name": "g_pas", "mechanism": ""},
        {"value": 2.5, "section": "apic", "name": "cm", "mechanism": ""},
    ],
}


def test_a_fit_of_the_allen_institute(tmp_path: Path) -> None:
    cell = pyramidal()
    protocol = rb.load_parameters(cell, *written(tmp_path, fit=ALLEN))
    assert (protocol.celsius, protocol.v_init) == (34, -92.5)
    np.testing.assert_array_equal(cell.values("Ra"), 138.28)
    np.testing.assert_array_equal(cell.values("pas.e"), -92.5)
    np.testing.assert_array_equal(at(cell, "cm", "dend"), 2.12)
    np.testing.assert_array_equal(at(cell, "cm", "apic"), 2.5)
    np.testing.assert_array_equal(at(cell, "pas.g", "dend"), 1.5e-5)
    assert at(cell, "hh.gnabar", "soma") == 0.1
    assert at(cell, "k.reversal", "soma") == -107
    assert not any(i.mechanism == "hh" and i.place != "soma" for i in cell.insertions)
    with pytest.warns(UserWarning, match="whose axon was replaced by two cylinders"):
        rb.load_parameters(cell, *written(tmp_path, stub={**ALLEN, "axon_morph": [{"delete_axon": []}]}))


def test_unknown_mechanisms_and_names_are_told(tmp_path: Path) -> None:
    cell = pyramidal()
    paths = written(tmp_path, mechanisms={"somatic": ["Im", "NaTs2_t"]}, parameters=[
        {"param_name": "gImbar_Im", "sectionlist": "somatic", "type": "range", "dist_type": "uniform", "value": 1},
        {"param_name": "Ra", "sectionlist": "somatic", "type": "range", "dist_type": "uniform", "value": 70},
    ])  # fmt: skip
    with pytest.raises(rb.ExchangeError, match="the mechanisms Im, NaTs2_t are not known here: load the"):
        rb.load_parameters(cell, *paths)
    with pytest.warns(UserWarning, match="left out: the mechanisms Im, NaTs2_t"):
        rb.load_parameters(cell, *paths, missing="skip")
    assert at(cell, "Ra", "soma") == 70
    for data, message in [
        (
            [{"param_name": "gbar", "sectionlist": "somatic", "type": "range", "value": 1}],
            "nothing here is called 'gbar'",
        ),
        (
            [{"param_name": "gna_hh", "sectionlist": "somatic", "type": "range", "value": 1}],
            "hh has no parameter 'gna'; did",
        ),
        ([{"param_name": "cm", "sectionlist": "sommatic", "type": "range", "value": 1}], "did you mean 'somatic'"),
        ([{"param_name": "cm", "sectionlist": "somatic", "type": "odd", "value": 1}], "is of type 'odd'"),
        ([{"param_name": "cm", "sectionlist": "somatic", "value": "x"}], "a number belongs there, not 'x'"),
        ([{"param_name": "cm", "sectionlist": "somatic", "value": 1e400}], "no finite number"),
        ([{"param_name": "cm", "sectionlist": "somatic"}], "cm has neither a value nor bounds"),
        ([{"param_name": "cm"}, 3], "cm has neither"),
        ({"x": {"y": 1}}, "neither a fit of the Allen Institute"),
        ([], "neither a fit"),
        ({**ALLEN, "genome": 7}, "genome: a list belongs there"),
        (
            [{"param_name": "cm", "sectionlist": "somatic", "value": 0}],
            "cm of soma = 0.0 uF/cm2: must be greater than 0",
        ),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            rb.load_parameters(pyramidal(), *written(tmp_path, bad=data))
    (tmp_path / "bad.json").write_text("[" * 100_000)
    with pytest.raises(rb.ExchangeError, match=r"bad\.json is no JSON"):
        rb.load_parameters(cell, tmp_path / "bad.json")
    with pytest.raises(rb.ExchangeError, match="has no sections"):
        rb.load_parameters(rb.Cell("empty"), *paths)


def test_a_cell_without_a_region_is_told(tmp_path: Path) -> None:
    cell = rb.Cell("ball")
    cell.add_section("soma", L=20, diam=20)
    with pytest.warns(UserWarning, match="the cell has no") as caught:
        rb.load_parameters(cell, *written(tmp_path, fit=ALLEN))
    assert {str(warning.message) for warning in caught} == {
        "the cell has no dend, so what is said of 'dend' is left out",
        "the cell has no apic, so what is said of 'apic' is left out",
    }


def test_formulas_are_translated_and_never_run() -> None:
    hot = profile_of("{value} * (0.1 + 0.9 * int(({distance} > 100) & ({distance} < 200)))", {"value": 2.0}, None, "g")
    found = hot.evaluate(hot.coefficients, np.array([50.0, 150.0, 250.0]))
    np.testing.assert_allclose(found, [0.2, 2, 0.2])
    between = profile_of("(100 < {distance} < 200)*{value}", {"value": 3.0}, None, "g")
    np.testing.assert_allclose(between.evaluate(between.coefficients, np.array([50.0, 150.0])), [0, 3])
    either = profile_of("{value}*(({distance} < 10) | ({distance} >= 90))", {"value": 1.0}, None, "g")
    np.testing.assert_allclose(either.evaluate(either.coefficients, np.array([5.0, 50.0, 95.0])), [1, 0, 1])
    for text in (
        "__import__('os').system('true')",
        "().__class__",
        "{value}.__class__",
        "os.path",
        "lambda: 1",
        "[1 for x in y]",
        "{distance} == 3",
        "{value}" * 1000,
        "(" * 300 + "1" + ")" * 300,
        "1 +",
        "{value!r}",
        "{missing}",
    ):
        with pytest.raises(rb.ExchangeError):
            profile_of(text, {"value": 1.0}, None, "g")


def test_nothing_is_said_of_what_is_well(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cell = pyramidal()
        rb.load_parameters(cell, *written(tmp_path, mechanisms=MECHANISMS), values={"gnabar_hh.somatic": 0.1})
    assert at(cell, "hh.gnabar", "soma").tolist() == [0.1]
    assert at(cell, "hh.gnabar", "axon").tolist() == [0.12] * 5
