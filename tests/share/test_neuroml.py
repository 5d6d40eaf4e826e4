"""Cells that go to NeuroML and come back, files of others, and what is told of what has no equal."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from neuroml.utils import is_valid_neuroml2  # type: ignore[import-untyped]

import rheobase as rb
from rheobase import data
from rheobase.share import ExchangeError, export_neuroml

# Of the library, those that are Hodgkin-Huxley gates in NeuroML's standard forms.
WRITTEN = {
    "cahva_reuveni", "cap_deschutter", "car_poirazi", "cl_leak", "hcn_kole", "hh", "k_leak", "kdr_bazhenov",
    "kdr_hh", "kdr_traub", "kir_dangelo", "na_bazhenov", "na_hh", "na_leak", "na_traub", "pas",
}  # fmt: skip
SHARED = Path(__file__).parents[3] / "shared" / "morphologies" / "neuroml"


def returned(cell: rb.Cell, tmp_path: Path) -> rb.Cell:
    return rb.load_cell(export_neuroml(cell, tmp_path / "cell.cell.nml"))


def mixed() -> rb.Cell:
    cell = rb.Cell("a cell, of two kinds")
    soma = cell.add_section("soma", L=20, diam=20)
    for k in range(3):
        cell.add_section(f"dend[{k}]", L=100 + k, diam=2, nseg=5, parent=soma(1) if k else soma(0.5))
    cell.add_section("trunk", points=[(0, 0, 0, 3), (0, 100, 0, 2), (0, 150, 7, 1)], nseg=3, parent=soma(0))
    cell["soma"].insert("hh", gnabar=0.1)
    cell["all"].insert("pas", g=2e-4, e=-70)
    cell["dend"].insert("hh")
    cell["soma"].set_ion("k", reversal=-90)
    cell["trunk"].cm = 2
    cell["dend"].Ra = 150
    cell.subset("some", ["dend[1]", "trunk"])
    return cell


def test_a_cell_comes_back_the_same(tmp_path: Path) -> None:
    cell = mixed()
    back = returned(cell, tmp_path)
    assert str(rb.compare(cell, back)) == f"{cell.name} and {cell.name}: alike\n"
    assert back.notes == ()
    assert back.area == cell.area
    protocol = rb.Protocol(stimuli=[(cell.soma(0.5), rb.IClamp(1, 5, 0.5))], record=[cell.soma(0.5).v], tstop=8)
    np.testing.assert_allclose(rb.run(back, protocol).values, rb.run(cell, protocol).values, atol=1e-9)


@pytest.mark.parametrize(
    "profile",
    [
        rb.boltzmann("path_distance", base=0.01, amplitude=0.1, slope=-0.02, midpoint=40),
        rb.linear("path_distance", 0.01, 1e-4),
        rb.exponential("path_distance", 0.01, 0.1, 50),
        rb.step("path_distance", 0.01, 0.02, 60),
        rb.along("path_distance", "a * d**2 / (1 + d) + 1e-3", a=1e-3),
        rb.linear(
            "path_distance", 0.01, 0.1, origin=rb.Location("soma", 0), offset="most_proximal", normalise="most_distal"
        ),
    ],
    ids=lambda profile: profile.kind,
)
def test_a_gradient_comes_back_with_the_same_values(profile: rb.model.Profile, tmp_path: Path) -> None:
    cell = mixed()
    cell["dend"].set("hh.gnabar", profile)
    back = returned(cell, tmp_path)
    np.testing.assert_allclose(back.values("hh.gnabar"), cell.values("hh.gnabar"), rtol=1e-12)


def test_a_drawn_channel_comes_back_as_a_channel(tmp_path: Path) -> None:
    spec = rb.ChannelSpec.from_template("na")
    cell = rb.Cell("one")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert(spec.mechanism, gbar=0.2)
    back = returned(cell, tmp_path)
    assert [i.mechanism for i in back.insertions] == [spec.name]
    v = np.linspace(-90, 40, 27)
    np.testing.assert_allclose(
        back.document.mechanism(spec.name).rates(v, 16.3), spec.mechanism.rates(v, 16.3), rtol=1e-12
    )
    assert back.values(f"{spec.name}.gbar")[0] == 0.2


@pytest.mark.parametrize("name", sorted(rb.mechanisms.names("density")))
def test_each_mechanism_is_written_exactly_or_refused_in_words(name: str, tmp_path: Path) -> None:
    cell = rb.Cell("one")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert(name)
    if name not in WRITTEN:
        with pytest.raises(ExchangeError, match=repr(name)):
            export_neuroml(cell, tmp_path / "refused.nml")
        with pytest.warns(UserWarning, match="left out of"):
            export_neuroml(cell, tmp_path / "skip.nml", missing="skip")
        return
    assert rb.compare(cell, returned(cell, tmp_path)).items == ()


@pytest.mark.parametrize("make", [mixed, lambda: rb.load_cell(data.path("grown_pyramidal.swc"))])
def test_what_is_written_is_valid(make: "type[rb.Cell]", tmp_path: Path) -> None:
    cell = make()
    cell["all"].insert("pas")
    path = export_neuroml(cell, tmp_path / "cell.cell.nml")
    assert is_valid_neuroml2(str(path))


lengths = st.floats(1, 500).map(lambda x: round(x, 3))


@st.composite
def trees(draw: st.DrawFn) -> rb.Cell:
    """A random tree of sections with lengths and diameters or with points, joined anywhere by either end."""
    cell = rb.Cell("random")
    for k in range(draw(st.integers(1, 8))):
        name = f"{draw(st.sampled_from(['dend', 'apic', 'axon', 'part']))}[{k}]" if k else "soma"
        shape: dict[str, Any] = {"L": draw(lengths), "diam": draw(st.floats(0.1, 30))}
        if draw(st.booleans()):
            points = st.tuples(*[st.floats(-200, 200, width=32)] * 3, st.floats(0.125, 16, width=32))
            rows = draw(st.lists(points, min_size=2, max_size=6, unique_by=lambda row: row[:3]))
            shape = {"points": rows}
        if k:
            above = draw(st.sampled_from(cell.sections))
            shape |= {"parent": above(draw(st.sampled_from([0, 0.25, 0.5, 1])))}
        cell.add_section(name, nseg=draw(st.sampled_from([1, 3, 5])), **shape)
    cell["all"].insert("pas", g=draw(st.floats(1e-6, 1e-3)))
    return cell


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cell=trees())
def test_random_trees_come_back(cell: rb.Cell, tmp_path: Path) -> None:
    back = returned(cell, tmp_path)
    assert [s.name for s in back.sections] == [s.name for s in cell.sections]
    assert [s.nseg for s in back.sections] == [s.nseg for s in cell.sections]
    for old, new in zip(cell.sections, back.sections, strict=True):
        assert new.area == pytest.approx(old.area, rel=1e-6)
        assert (new.parent is None) == (old.parent is None)
        if new.parent is not None and old.parent is not None:
            assert new.parent.section == old.parent.section
            assert new.parent.x == pytest.approx(old.parent.x, abs=1e-6)
    np.testing.assert_array_equal(back.values("pas.g"), cell.values("pas.g"))


FULL = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="doc">
  <include href="channels/k.channel.nml"/>
  <ionChannelHH id="na" conductance="10pS" species="na">
    <gateHHrates id="m" instances="3">
      <q10Settings type="q10ExpTemp" q10Factor="3" experimentalTemp="6.3 degC"/>
      <forwardRate type="HHExpLinearRate" rate="1per_ms" midpoint="-40mV" scale="10mV"/>
      <reverseRate type="HHExpRate" rate="4000per_s" midpoint="-65mV" scale="-18mV"/>
    </gateHHrates>
  </ionChannelHH>
  <ionChannel id="leak" type="ionChannelPassive" conductance="10pS"/>
  <ionChannelHH id="odd" conductance="10pS"><gateKS id="x" instances="1"/></ionChannelHH>
  <cell id="c"><morphology id="m">
    <segment id="0" name="soma"><proximal x="0" y="0" z="0" diameter="20"/>
      <distal x="20" y="0" z="0" diameter="20"/></segment>
    <segment id="1" name="dend"><parent segment="0"/><proximal x="20" y="0" z="0" diameter="2"/>
      <distal x="220" y="0" z="0" diameter="2"/></segment>
    <segmentGroup id="soma_group"><member segment="0"/></segmentGroup>
    <segmentGroup id="dendrite_group"><member segment="1"/>
      <inhomogeneousParameter id="far" variable="p" metric="Path Length from root"/></segmentGroup>
  </morphology>
  <biophysicalProperties id="b"><membraneProperties>
    <channelDensity id="a" ionChannel="leak" condDensity="3.0 S_per_m2" erev="-54.3mV" ion="non_specific"/>
    <channelDensity id="b" ionChannel="na" segmentGroup="soma_group" ion="na"
      condDensity="120 mS_per_cm2" erev="55 mV"/>
    <channelDensity id="c" ionChannel="k" segmentGroup="soma_group" ion="k"
      condDensity="36 mS_per_cm2" erev="-77 mV"/>
    <channelDensity id="d" ionChannel="odd" condDensity="1 mS_per_cm2" erev="0 mV" ion="non_specific"/>
    <channelDensityNonUniform id="e" ionChannel="na" erev="55 mV" ion="na">
      <variableParameter parameter="condDensity" segmentGroup="dendrite_group">
        <inhomogeneousValue inhomogeneousParameter="far" value="100 * exp(-p/200)"/></variableParameter>
    </channelDensityNonUniform>
    <spikeThresh value="0mV"/>
    <specificCapacitance value="2 uF_per_cm2" segmentGroup="dendrite_group"/>
  </membraneProperties><intracellularProperties><resistivity value="0.1 kohm_cm"/></intracellularProperties>
  </biophysicalProperties></cell></neuroml>
"""
POTASSIUM = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="k">
  <ionChannelHH id="k" conductance="10pS" species="k"><gateHHtauInf id="n" instances="4">
    <timeCourse type="fixedTimeCourse" tau="2ms"/>
    <steadyState type="HHSigmoidVariable" rate="1" midpoint="-40mV" scale="9mV"/>
  </gateHHtauInf></ionChannelHH></neuroml>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "k.channel.nml").write_text(POTASSIUM)
    (tmp_path / "c.cell.nml").write_text(FULL)
    return tmp_path


def test_densities_capacitance_and_resistivity_are_taken_over(folder: Path) -> None:
    with pytest.warns(UserWarning, match="'d' was left out: the gate 'x' is a gateKS"):
        cell = rb.load_cell(folder / "c.cell.nml")
    assert {i.mechanism for i in cell.insertions} == {"pas", "na_channel", "k_channel"}
    assert cell.Ra == 100
    assert cell.values("cm").tolist() == [1, 2]
    assert cell.values("pas.g").tolist() == [3e-4, 3e-4]
    g = cell.values("na_channel.gbar")
    assert g[0] == 0.12
    assert g[1] == pytest.approx(1e-2 * np.exp(-(20 + 100) / 200))
    assert cell.values("na.reversal")[0] == 55
    alpha = cell.document.mechanism("na_channel").rates([-40.0], 6.3)
    beta = 4 * np.exp((-40 + 65) / -18)
    assert alpha["mtau"].iloc[0] == pytest.approx(1 / (1 + beta))
    assert cell.document.mechanism("k_channel").rates([-40.0], 6.3)["ninf"].iloc[0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value="0.1 kohm_cm"', 'value="0.1 kg"', "'0.1 kg' is no quantity in ohm cm"),
        ('scale="10mV"', 'scale="0mV"', "must not be 0"),
        ('condDensity="3.0 S_per_m2"', 'condDensity="lots"', "'lots' is no quantity"),
    ],
)
def test_a_quantity_that_is_none_is_refused_with_its_line(folder: Path, old: str, new: str, words: str) -> None:
    path = folder / "bad.cell.nml"
    path.write_text(FULL.replace(old, new))
    with pytest.raises(rb.MorphologyError, match=words) as caught:
        rb.load_cell(path)
    assert caught.value.line == 1 + FULL[: FULL.index(old)].count("\n")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared morphologies are not here")
def test_cells_of_others_open_with_notes() -> None:
    for path in sorted(SHARED.glob("*.nml")):
        cell = rb.load_cell(path)
        assert cell.sections
        assert all(note.message for note in cell.notes)


def test_what_neuroml_cannot_say_is_refused_in_words(tmp_path: Path) -> None:
    cell = mixed()
    cell["dend"].set("hh.gnabar", rb.linear("radial_distance", 0.01, 1e-4))
    with pytest.raises(ExchangeError, match="path length from the root only"):
        export_neuroml(cell, tmp_path / "x.nml")
    cell["dend"].set("hh.gnabar", [0.01 * k for k in range(15)])
    with pytest.raises(ExchangeError, match=r"one number a segment in 'dend\[0\]'"):
        export_neuroml(cell, tmp_path / "x.nml")
    assert not (tmp_path / "x.nml").exists()
    with pytest.raises(ExchangeError, match="has no sections"):
        export_neuroml(rb.Cell("empty"), tmp_path / "x.nml")


def test_placed_processes_are_told_to_be_left_out(tmp_path: Path) -> None:
    cell = mixed()
    cell.place(rb.IClamp(), cell.soma(0.5))
    with pytest.warns(UserWarning, match=r"what is placed on the cell \(IClamp\[0\]\)"):
        export_neuroml(cell, tmp_path / "x.nml")
