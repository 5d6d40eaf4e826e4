from __future__ import annotations

import ast
import textwrap
from typing import Any

import pytest

import rheobase as rb
from tests.model.cells import ball_and_stick


def rebuilt(cell: rb.Cell) -> Any:
    found: dict[str, Any] = {}
    exec(cell.to_code(), found)  # noqa: S102  # that this is safe and exact is what is tested
    return found["cell"]


def test_the_program_is_what_a_person_would_write() -> None:
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend[0]", L=400, diam=2, nseg=41, parent=soma(1))
    cell.add_section("dend[1]", points=[(0, 0, 0, 0.1), (0, 30, 0, 1)], parent=dend(0.5), child_end=1)
    cell.subset("thin", "dend[1]")
    cell.Ra = 100
    dend.Ra = 150
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell["soma"].insert("hh", gnabar=0.12)
    cell.set_ion("ca", inside=5e-5, outside=2)
    cell["dend"].insert("hh")
    cell["dend"].set("hh.gnabar", rb.along("path_distance", "g * (1 - d / 1000)", origin=soma(0.5), g=0.12))
    cell["dend"].set("hh.gkbar", rb.exponential("path_distance", 0.01, 0.02, 100))
    cell.place(rb.IClamp(delay=5, dur=80, amp=0.3), soma(0.5))
    cell.place(rb.SEClamp(dur1=1), dend(0.25), name="probe")
    assert cell.to_code() == textwrap.dedent("""\
        import rheobase as rb

        cell = rb.Cell('ball and stick')
        soma = cell.add_section('soma', L=20, diam=20)
        dend = {}
        dend[0] = cell.add_section('dend[0]', L=400, diam=2, nseg=41, parent=soma(1))
        dend[1] = cell.add_section('dend[1]', points=[(0, 0, 0, 0.1), (0, 30, 0, 1)], parent=dend[0](0.5), child_end=1)
        cell.subset('thin', ['dend[1]'])
        cell.Ra = 100
        dend[0].Ra = 150
        cell['all'].insert('pas', g=0.0001, e=-65)
        cell['soma'].insert('hh', gnabar=0.12)
        cell.set_ion('ca', inside=5e-05, outside=2)
        cell['dend'].insert('hh')
        cell['dend'].set('hh.gnabar', rb.along('path_distance', 'g * (1 - d / 1000)', origin=soma(0.5), g=0.12))
        cell['dend'].set('hh.gkbar', rb.exponential('path_distance', 0.01, 0.02, 100))
        cell.place(rb.IClamp(delay=5, dur=80, amp=0.3), soma(0.5))
        probe = cell.place(rb.SEClamp(dur1=1), dend[0](0.25), name='probe')
        """)
    assert rebuilt(cell) == cell


def test_words_of_python_are_no_variables() -> None:
    cell = rb.Cell("c")
    where = None
    for name in ("lambda", "cell", "rb", "None", "print[0]", "exec"):
        where = cell.add_section(name, L=1, diam=1, parent=where)(1)
        cell.section(name).Ra = 100
    assert rebuilt(cell) == cell


def test_the_order_of_values_is_kept_between_insertions() -> None:
    cell, soma, dend = ball_and_stick()
    cell["dend"].insert("hh")
    cell["all"].set("hh.gnabar", 0.3)
    soma.set("hh.gnabar", 0.4)
    cell["soma"].set("hh.gnabar", 0.2)
    dend.insert("hh", gkbar=0.01)
    cell["all"].set("cm", [2.0] * 6)
    again = rebuilt(cell)
    assert again.assignments == cell.assignments
    assert again == cell


def test_text_never_becomes_code() -> None:
    cell, *_ = ball_and_stick()
    document = cell.document
    # Validation keeps such text out; the program would hold it as a literal all the same.
    document.name = 'x\')\nimport os\nos.abort()  #\'"""'
    tree = ast.parse(cell.to_code())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import) and node.names[0].name != "rheobase"]
    with pytest.raises(ValueError, match="cannot name a cell"):
        rebuilt(cell)


def test_float32_points_are_written_short_and_read_back_exactly() -> None:
    cell = rb.Cell("c")
    cell.add_section("a", points=[(0.1, 1e-7, 123456.79, 1 / 3), (1e10, 2, 3, 5)])
    assert "0.33333334" in cell.to_code()
    assert rebuilt(cell) == cell
