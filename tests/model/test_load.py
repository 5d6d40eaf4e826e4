from __future__ import annotations

from pathlib import Path

import pytest

import rheobase as rb
from rheobase.model.load import document_of
from rheobase.morphology import load_morphology

SWC = """\
1 1 0 0 0 5 -1
2 3 0 10 0 1 1
3 3 0 20 0 1 2
4 3 10 30 0 1 3
5 3 -10 30 0 1 3
"""


def test_an_swc_gives_typed_sections_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / "cell.json"
    path.write_text(SWC)
    cell = rb.load_cell(path)
    assert [section.name for section in cell.sections] == ["soma[0]", "dend[0]", "dend[1]", "dend[2]"]
    assert cell.regions == ("all", "soma", "dend")
    assert cell.soma(0.5) == rb.Location("soma[0]", 0.5)
    assert cell.section("dend[1]").parent == rb.Location("dend[0]", 1)
    assert cell.undo() is None
    assert cell.notes == ()


def test_a_cell_saved_under_any_name_is_known_by_content(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    cell = rb.Cell("mine")
    cell.save(path)
    assert rb.load_cell(path) == cell
    path.write_bytes(b"\xef\xbb\xbf \n" + path.read_bytes())
    assert rb.load_cell(path) == cell


def test_what_was_repaired_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "roots.swc"
    path.write_text(SWC + "6 2 50 0 0 1 -1\n7 2 60 0 0 1 6\n")
    with pytest.warns(UserWarning, match=r"roots: line 6: .*root.*see cell\.notes"):
        cell = rb.load_cell(path)
    assert [note.line for note in cell.notes] == [6]


def test_a_hostile_name_becomes_a_harmless_one() -> None:
    assert document_of(load_morphology(SWC, name="<script>alert('x')")).name == "_script_alert(_x_)"


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rb.load_cell(tmp_path / "none.swc")
