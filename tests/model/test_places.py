from __future__ import annotations

import pytest

import rheobase as rb
from tests.model.cells import ball_and_stick, chain


def _tree() -> rb.Cell:
    cell = rb.Cell("tree")
    soma = cell.add_section("soma", L=20, diam=20)
    for name in ("dend[0]", "axon", "dend[1]", "apic[0]"):
        cell.add_section(name, L=100, diam=1, parent=soma(1))
    return cell


def test_regions_are_base_names_and_the_regions_given() -> None:
    cell = _tree()
    cell.add_section("trunk", L=1, diam=1, parent=cell.soma(1), region="apic")
    assert cell.regions == ("all", "soma", "dend", "axon", "apic", "trunk")
    assert cell.sections_of("dend") == ("dend[0]", "dend[1]")
    assert cell.sections_of("apic") == ("apic[0]", "trunk")
    assert cell.sections_of("trunk") == ("trunk",)


def test_sections_are_found_by_name_pattern_and_list_in_document_order() -> None:
    cell = _tree()
    assert cell.sections_of("dend[*]") == ("dend[0]", "dend[1]")
    assert cell.sections_of("a*") == ("axon", "apic[0]")
    chosen = cell[["dend[1]", "axon", "dend[1]"]]
    assert [section.name for section in chosen] == ["axon", "dend[1]"]
    assert [s.name for s in cell[[cell.section("axon"), cell["dend"]]]] == ["dend[0]", "axon", "dend[1]"]


def test_subsets_keep_what_was_chosen() -> None:
    cell = _tree()
    thin = cell.subset("thin", ["axon", "dend[0]"])
    assert [section.name for section in thin] == ["dend[0]", "axon"]
    cell.add_section("dend[2]", L=1, diam=1, parent=cell.soma(1))
    assert len(thin) == 2
    cell.subset("thin", "dend")
    assert cell.sections_of("thin") == ("dend[0]", "dend[1]", "dend[2]")
    cell.remove_subset("thin")
    with pytest.raises(KeyError, match="'thin'"):
        cell["thin"]


def test_an_unknown_place_suggests_the_nearest() -> None:
    cell = _tree()
    with pytest.raises(KeyError, match="did you mean 'dend'"):
        cell["dendr"]
    with pytest.raises(KeyError, match=r"no section that matches 'tuft\*'"):
        cell["tuft*"]
    with pytest.raises(KeyError, match=r"did you mean 'dend\[1\]'"):
        cell.section("dend[12]")
    with pytest.raises(AttributeError, match="did you mean 'soma'"):
        _ = cell.somma
    with pytest.raises(ValueError, match="empty"):
        cell[[]]
    with pytest.raises(TypeError, match="name a place by text"):
        cell[3]


def test_attributes_find_regions_and_never_hide_methods() -> None:
    cell = _tree()
    assert cell.soma == cell.section("soma")
    assert cell.apic == cell.section("apic[0]")
    assert cell.dend == cell["dend"]
    assert cell.dend[1] == cell.section("dend[1]")
    with pytest.raises(KeyError, match=r"'dend\[7\]'"):
        cell.dend[7]
    cell.add_section("copy", L=1, diam=1, parent=cell.soma(0))
    assert cell.copy() == cell
    assert "dend" in dir(cell)


def test_a_name_means_one_thing() -> None:
    cell = _tree()
    ic = cell.place(rb.IClamp(), cell.soma(0.5), name="ic")
    cell.subset("thin", "axon")
    for name, region, reason in (
        ("soma", None, "already a section"),
        ("soma[0]", None, "section of that very name"),
        ("dend", None, "already a region"),
        ("other", "axon", "section of that very name"),
        ("thin", None, "is a subset"),
        ("thin[0]", None, "is a subset"),
        ("ic", None, "is a placed process"),
    ):
        with pytest.raises(ValueError, match=reason):
            cell.add_section(name, L=1, diam=1, parent=cell.soma(0), region=region)
    for name in ("soma", "dend", "ic"):
        with pytest.raises(ValueError, match="already a region"):
            cell.subset(name, "all")
    for name in ("dend", "thin", "dend[0]"):
        with pytest.raises(ValueError, match="region, subset or section"):
            cell.place(rb.IClamp(), cell.soma(0.5), name=name)
    assert ic.name == "ic"


def test_a_long_tree_is_walked_without_recursion() -> None:
    cell = chain(3000)
    assert len(cell.document.places.subtree("dend[0]")) == 3000


def test_a_rule_about_space_may_stand_in_a_cell_that_is_empty() -> None:
    cell, soma, _ = ball_and_stick()
    far = (1000, None)
    cell.subset("by_path_distance", ~rb.where(path_distance=far))
    cell.subset("by_radial_distance", ~rb.where(radial_distance=far))
    cell.subset("by_projection", ~rb.where(projection=far))
    soma.remove()
    assert cell.sections_of("by_projection") == ()
    cell.add_section("soma", L=10, diam=10)
    assert cell.sections_of("by_radial_distance") == ("soma",)


def test_an_origin_that_is_not_there_is_refused_over_an_empty_place() -> None:
    cell, *_ = ball_and_stick()
    with pytest.warns(UserWarning, match="far"):
        cell.subset("far", rb.where(path_distance=(9000, None)))
    with pytest.raises(KeyError, match="'nowhere'"):
        cell["far"].set("cm", rb.linear("path_distance", 1, 0, origin=rb.Location("nowhere", 0)))
