"""Morphologies that are written and read again."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rheobase.morphology import (
    Morphology,
    load_morphology,
    read_neurolucida,
    read_neuroml,
    read_swc,
    segment_geometry,
    write_neuroml,
    write_swc,
)
from rheobase.morphology.sections import SectionShape
from rheobase.morphology.write import swc_text
from rheobase.morphology.write_neuroml import document_text, identifier, morphology_element, neuroml_text
from tests.morphology.random_cells import neuromorpho_swc, random_eutectic, random_neurolucida, random_swc

SHARED = Path(__file__).parents[3] / "shared" / "morphologies"
FORKED = "1 1 0 0 0 5 -1\n2 3 0 9 0 1 1\n3 3 0 50 0 1 2\n4 4 9 90 0 1 3\n5 7 -9 90 0 1 3\n"


def real_cells() -> list[Morphology]:
    names = ("_v2.asc", "real_neuron.asc", "Eutectics.nts", "n144.swc", "Mitral_0_1.cell.nml", "Purk2M9s.nml")
    return [load_morphology(path) for path in sorted(SHARED.glob("*/*")) if path.name.endswith(names)]


def random_cells(count: int) -> list[Morphology]:
    random = np.random.default_rng(7)
    kinds: list[Callable[[np.random.Generator], str]] = [
        random_swc,
        neuromorpho_swc,
        random_neurolucida,
        random_eutectic,
    ]
    cells = [load_morphology(kinds[k % 4](random)) for k in range(count)]
    return [cell for cell in cells if not any(p.severity == "error" for p in cell.problems)]


def assert_same_sections(ours: tuple[SectionShape, ...], theirs: tuple[SectionShape, ...]) -> None:
    """Equal but for points that repeat the one before."""
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert (one.name, one.type, one.parent, one.parent_x) == (other.name, other.type, other.parent, other.parent_x)
        new = np.append(True, (one.points[1:] != one.points[:-1]).any(axis=1))
        np.testing.assert_array_equal(one.points[new], other.points)


def test_what_is_written_as_swc_reads_back_with_its_joints() -> None:
    for cell in random_cells(80) + real_cells():
        again = read_swc(swc_text(cell))
        assert again.sections == cell.sections
        if (np.diff(cell.samples.id) > 0).all():
            assert again == cell


def test_joints_of_other_samples_are_left_out_and_told() -> None:
    cell = read_neurolucida("((Axon) (0 0 0 2) (9 0 0 2) ( (9 0 0 1) (20 0 0 1) ) )")
    text = swc_text(cell)
    assert text.startswith("# joints of ")
    assert len(read_swc(text).sections) == 2
    edited = re.sub(r"^4 2", "5 2", text, flags=re.MULTILINE)
    assert len(read_swc(edited).sections) == 1
    assert ("left-out", "note", 1) in [(p.code, p.severity, p.line) for p in read_swc(edited).problems]
    for odd in ("at 7: 3", "at nan: 3", "at 1: 1", "at 1: 99999", "at 1e9999: 3"):
        changed = read_swc(re.sub("at 1.0: 3", odd, text))
        assert len(changed.sections) == 1
        told = [(p.code, p.line) for p in changed.problems if p.code == "left-out"]
        # "nan" is no number in this format, so that the line is a comment like any other.
        assert told == ([] if odd in ("at nan: 3", "at 1: 1") else [("left-out", 2)])


def test_ids_that_do_not_rise_are_given_anew() -> None:
    cell = read_swc("5 3 0 9 0 1 7\n7 1 0 0 0 5 -1\n")
    again = read_swc(swc_text(cell))
    assert again.samples.id.tolist() == [1, 2]
    assert again.sections == cell.sections
    assert not again.problems


def test_what_is_written_as_neuroml_reads_back_with_the_same_sections() -> None:
    for cell in random_cells(80) + real_cells():
        assert_same_sections(cell.sections, read_neuroml(neuroml_text(cell)).sections)


def test_groups_tell_of_sections_and_types() -> None:
    text = neuroml_text(read_swc(FORKED, name="a cell"))
    assert '<cell id="a_cell">' in text
    groups = re.findall(r'<segmentGroup id="(\w+)"(?: neuroLexId="([\w:]+)")?>', text)
    assert groups == [
        ("soma_0", "sao864921383"),
        ("dend_0", "sao864921383"),
        ("apic_0", "sao864921383"),
        ("dend_7_0", "sao864921383"),
        ("all", ""),
        ("soma_group", "GO:0043025"),
        ("dendrite_group", "GO:0030425"),
        ("apical_dend_group", "GO:0097440"),
        ("swc_type_7", ""),
    ]


def test_sections_joined_by_their_other_end_are_turned_round() -> None:
    root = SectionShape("all", 1, np.array([(0.0, 0, 0, 9), (0, 9, 0, 9)]), None, 1.0)
    turned = SectionShape("b", 3, np.array([(0.0, 90, 0, 1), (0, 9, 0, 2)]), 0, 1.0, child_end=1)
    below = SectionShape("c", 3, np.array([(0.0, 90, 0, 1), (0, 99, 0, 1)]), 1, 0.25)
    element = morphology_element([root, turned, below])
    first, second, third = read_neuroml(
        f'<neuroml><cell id="x">{document_text(element)[39:]}</cell></neuroml>'
    ).sections
    assert element.find("segmentGroup[@id='all_2']") is not None
    assert first.name == "soma[0]"
    np.testing.assert_array_equal(second.points, turned.points[::-1])
    assert third.parent_x == 0.75


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"/><x y="', "\n\n", "9lives", "", "é" * 10_000, "]]>", "\0"]
)
def test_hostile_names_are_only_names(name: str, tmp_path: Path) -> None:
    cell = read_swc(FORKED, name=name or "x")
    path = tmp_path / "cell.nml"
    write_neuroml(cell, path)
    assert re.fullmatch(r"[A-Za-z_]\w*", identifier(name))
    assert_same_sections(cell.sections, load_morphology(path).sections)
    write_swc(cell, tmp_path / "cell.swc", comment=name)
    assert load_morphology(tmp_path / "cell.swc") == cell


def test_area_and_volume_go_along() -> None:
    for cell in real_cells():
        again = read_neuroml(neuroml_text(cell))
        areas = [sum(segment_geometry(points=s.points).area.sum() for s in m.sections) for m in (cell, again)]
        assert areas[1] == pytest.approx(areas[0], rel=1e-12)


def test_the_ending_of_a_path_chooses_the_format(tmp_path: Path) -> None:
    cell = read_swc(FORKED)
    for name, kind in (("a.swc", "swc"), ("a.SWC", "swc"), ("a.nml", "neuroml"), ("a.cell.nml", "neuroml")):
        cell.save(tmp_path / name)
        assert load_morphology(tmp_path / name).format == kind
    with pytest.raises(ValueError, match=r"'a.asc' names no format that is written"):
        cell.save(tmp_path / "a.asc")
