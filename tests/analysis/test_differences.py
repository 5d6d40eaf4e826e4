"""What is told to differ between two cells, and that nothing is told of cells that are alike."""

import pytest

import rheobase as rb


def branched() -> rb.Cell:
    cell = rb.Cell("branched")
    soma = cell.add_section("soma", L=20, diam=20)
    for k in range(3):
        cell.add_section(f"dend[{k}]", L=100, diam=2, nseg=5, parent=soma(1))
    cell["all"].insert("pas", g=1e-4)
    cell["soma"].insert("hh")
    cell.place(rb.IClamp(5, 80, 0.3), soma(0.5), name="ic")
    cell.subset("tips", ["dend[1]", "dend[2]"])
    return cell


def told(first: rb.Cell, second: rb.Cell) -> list[str]:
    return [str(item) for item in rb.compare(first, second)]


def test_a_copy_does_not_differ() -> None:
    cell = branched()
    assert told(cell, cell.copy("other")) == []
    assert "alike" in rb.compare(cell, cell.copy()).to_text()


def test_a_value_set_otherwise_but_equal_does_not_differ() -> None:
    one, two = branched(), branched()
    one["all"].set("cm", 2.0)
    two.cm = 2.0
    assert told(one, two) == []


def test_each_kind_of_difference_is_told_once() -> None:
    one, two = branched(), branched()
    two.section("dend[0]").L = 120
    two["tips"].set("pas.g", 3e-4)
    two["dend"].insert("hh")
    two.process("ic").amp = 0.5
    two.subset("tips", ["dend[2]"])
    two["soma"].set("hh.gnabar", rb.linear("path_distance", 0.1, 0.0))
    lines = told(one, two)
    assert "section dend[0].L: 100 -> 120" in lines
    assert any(line.startswith("subset tips: dend[1], dend[2] -> dend[2]") for line in lines)
    assert any(line.startswith("process ic: IClamp(delay=5, dur=80, amp=0.3)") and "amp=0.5" in line for line in lines)
    assert any(line.startswith("mechanism ") for line in lines)
    assert any(line.startswith("parameter hh.gnabar") and "0.12 -> 0.1" in line for line in lines)
    assert any(line.startswith("parameter pas.g in dend[2]: 0.0001 -> 0.0003") for line in lines)
    table = rb.compare(one, two).to_dataframe()
    assert len(table) == len(lines)
    assert set(table["kind"]) >= {"section", "subset", "mechanism", "parameter", "process"}


def test_what_is_in_one_only_is_told_from_both_sides() -> None:
    one, two = branched(), branched()
    two.add_section("axon", L=50, diam=1, parent=two.soma(0))
    assert any(line.startswith("section axon: only in the second (L 50 um") for line in told(one, two))
    assert any(line.startswith("section axon: only in the first") for line in told(two, one))


def test_globals_and_connections_are_compared() -> None:
    one, two = branched(), branched()
    for cell, delay in ((one, 1.0), (two, 3.0)):
        synapse = cell.place(rb.ExpSyn(), cell.soma(0.5), name="syn")
        rb.connect(rb.NetStim(start=5), synapse, weight=0.001, delay=delay)
    lines = told(one, two)
    assert len(lines) == 1
    assert lines[0].startswith("connection NetCon[0]: ")
    assert lines[0].endswith("delay 3 ms")


def test_empty_cells_compare() -> None:
    assert told(rb.Cell("a"), rb.Cell("b")) == []
    with pytest.raises(AttributeError):
        rb.compare(rb.Cell("a"), None)  # type: ignore[arg-type]
