from __future__ import annotations

import copy
import pickle

import pytest

import rheobase as rb
from tests.model.cells import ball_and_stick


def test_cells_are_equal_by_content() -> None:
    cell, *_ = ball_and_stick()
    other, *_ = ball_and_stick()
    assert cell == other
    assert cell != "ball and stick"
    for edit in (
        lambda: setattr(other, "name", "x"),
        lambda: setattr(other.dend, "nseg", 7),
        lambda: other["dend"].insert("hh"),
        lambda: setattr(other, "Ra", 3),
        lambda: setattr(other.process("ic"), "amp", 3),
        lambda: other.subset("s", "all"),
    ):
        edit()
        assert cell != other
        other.undo()
        assert cell == other
    with pytest.raises(TypeError, match="unhashable"):
        hash(cell)


def test_a_cell_can_be_copied_and_sent_to_another_process() -> None:
    cell, *_ = ball_and_stick()
    for other in (copy.copy(cell), copy.deepcopy(cell), pickle.loads(pickle.dumps(cell)), cell.copy()):  # noqa: S301
        assert other == cell
        other.Ra = 7
        assert other != cell
    assert cell.copy("named").name == "named"
    with pytest.raises(ValueError, match="cannot name"):
        cell.copy("<b>")


def test_a_cell_is_summed_up_in_a_line_and_a_table() -> None:
    cell, *_ = ball_and_stick()
    assert repr(cell) == "<Cell 'ball and stick': 2 sections, 6 segments; hh, pas; ic>"
    assert repr(cell.freeze()).startswith("<frozen Cell")
    assert repr(rb.Cell("new")) == "<Cell 'new': 0 sections, 0 segments; no mechanisms; nothing placed>"
    cell.document.name = "<script>"
    assert "<script>" not in cell._repr_html_()
    assert "<td>dend</td><td>1</td><td>5</td>" in cell._repr_html_()


def test_renaming_is_one_step() -> None:
    cell = rb.Cell("a")
    cell.name = "b"
    assert cell.undo() == "Rename"
    assert cell.name == "a"


def test_values_of_the_cell_itself_are_its_defaults() -> None:
    cell = rb.Cell("c")
    assert (cell.Ra, cell.cm) == (35.4, 1.0)
    cell.Ra = 100
    soma = cell.add_section("soma", L=1, diam=1)
    assert soma.Ra == 100
    with pytest.raises(ValueError, match=r"L belongs to each section.*cell\['all'\]"):
        cell.set("L", 3)
