"""What is read off a cell: groups found by themselves, values told as constant, several or inhomogeneous, the grid."""

import pytest

import rheobase as rb
from rheobase.analysis import Spread


def spread(cell: rb.Cell, target: str) -> Spread:
    return next(p for p in rb.overview(cell).parameters if p.target == target)


def pyramid() -> rb.Cell:
    cell = rb.Cell("pyramid")
    soma = cell.add_section("soma", L=20, diam=20)
    for k in range(4):
        cell.add_section(f"dend[{k}]", L=100, diam=2, nseg=5, parent=soma(0))
    cell.add_section("apic", L=500, diam=3, nseg=25, parent=soma(1))
    cell["all"].insert("pas", g=1e-4, e=-70)
    cell["soma"].insert("hh")
    return cell


def test_sections_with_the_same_mechanisms_are_found_and_named() -> None:
    cell = pyramid()
    assert [(group.name, len(group.sections), group.mechanisms) for group in rb.overview(cell).groups] == [
        ("soma", 1, ("pas", "hh")),
        ("dend, apic", 5, ("pas",)),
    ]
    cell.section("dend[2]").insert("hh")
    names = [group.name for group in rb.overview(cell).groups]
    assert names == ["soma, dend[2]", "dend[0], dend[1], dend[3], apic"]


def test_a_value_is_constant_several_or_inhomogeneous() -> None:
    cell = pyramid()
    assert (spread(cell, "pas.g").kind, spread(cell, "pas.g").lowest) == ("constant", 1e-4)
    cell["dend"].set("pas.g", 2e-4)
    found = spread(cell, "pas.g")
    assert found.kind == "several"
    assert [(level.value, level.segments, len(level.sections)) for level in found.levels] == [
        (1e-4, 26, 2),
        (2e-4, 20, 4),
    ]
    assert found.rules == ("all: 0.0001", "dend: 0.0002")
    cell["apic"].set("pas.g", rb.linear("path_distance", 1e-4, 3e-7))
    found = spread(cell, "pas.g")
    assert found.kind == "inhomogeneous"
    assert found.highest == pytest.approx(1e-4 + 3e-7 * 500)
    assert spread(cell, "hh.gnabar").sections == ("soma",)


def test_more_than_a_dozen_constants_are_a_range() -> None:
    cell = rb.Cell("many")
    soma = cell.add_section("soma", L=20, diam=20)
    for k in range(14):
        cell.add_section(f"dend[{k}]", L=100, diam=2, parent=soma(1))
        cell.section(f"dend[{k}]").cm = 1 + k / 10
    found = spread(cell, "cm")
    assert (found.kind, found.levels, found.lowest, found.highest) == ("inhomogeneous", (), 1.0, 2.3)


def test_the_grid_is_held_against_the_rules() -> None:
    cell = pyramid()
    cell.use_d_lambda(0.1)
    assert "d_lambda = 0.1 at 100 Hz everywhere" in rb.overview(cell).grid["rule"]
    cell["apic"].nseg = 1
    grid = rb.overview(cell).grid
    assert grid["rule"].startswith("coarser than d_lambda = 0.1 at 100 Hz in 1 section: apic")
    assert grid["longest dx"] == "500 um, in apic"
    cell["all"].use_d_X(20)
    assert "d_X" in rb.overview(cell).grid


def test_processes_and_connections_are_grouped_by_type() -> None:
    cell = pyramid()
    for k, weight in enumerate((1e-3, 2e-3)):
        synapse = cell.place(rb.ExpSyn(tau=2), cell.section(f"dend[{k}]")(0.5))
        rb.connect(cell.soma(0.5).v, synapse, weight=weight, delay=1.5)
    cell.place(rb.IClamp(5, 80, 0.3), cell.soma(0.5))
    found = rb.overview(cell)
    assert [(p.mechanism, p.places) for p in found.processes] == [
        ("ExpSyn", ("dend[0](0.5)", "dend[1](0.5)")),
        ("IClamp", ("soma(0.5)",)),
    ]
    (links,) = found.links
    assert (links.source, links.target, len(links.names)) == ("v", "ExpSyn", 2)
    values = {value.target: value for value in links.values}
    assert values["delay"].kind == "constant"
    assert values["weight"].kind == "several"


def test_text_and_table_tell_the_same() -> None:
    cell = pyramid()
    found = rb.overview(cell)
    table = found.to_dataframe().set_index("target")
    assert table.loc["pas.g", "kind"] == "constant"
    assert table.loc["hh.gnabar", "sections"] == 1
    text = found.to_text()
    for words in ("sections: 6", "soma: 1 section with pas, hh", "pas.g = 0.0001 S/cm2", "Grid"):
        assert words in text


def test_an_empty_cell_has_an_overview() -> None:
    found = rb.overview(rb.Cell("empty"))
    assert found.counts["sections"] == 0
    assert found.groups == ()
    assert "empty" in found.to_text()
    assert len(found.to_dataframe()) == 2
