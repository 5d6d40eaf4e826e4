from __future__ import annotations

import pytest

import rheobase as rb
from rheobase.model import StaleHandle
from tests.model.cells import ball_and_stick, chain


def test_a_handle_to_what_is_gone_says_so_and_works_again_after_redo() -> None:
    cell, soma, _ = ball_and_stick()
    tuft = cell.add_section("tuft", L=10, diam=1, parent=soma(1))
    cell.undo()
    assert repr(tuft) == "<Section tuft: no longer in the cell>"
    for attempt in (lambda: tuft.L, lambda: tuft(0.5), lambda: setattr(tuft, "nseg", 3), tuft.remove):
        with pytest.raises(StaleHandle, match="section 'tuft' is not in cell 'ball and stick' any more"):
            attempt()
    cell.redo()
    assert tuft.L == 10


def test_handles_are_equal_when_they_show_the_same_section() -> None:
    cell, soma, dend = ball_and_stick()
    assert soma == cell.section("soma") == cell.sections[0]
    assert hash(soma) == hash(cell.section("soma"))
    assert soma != dend
    assert soma != cell.copy().section("soma")


def test_a_section_tells_its_geometry_and_its_place_in_the_tree() -> None:
    cell, soma, dend = ball_and_stick()
    assert soma.parent is None
    assert dend.parent == soma(1)
    assert soma.children == (dend,)
    assert dend.area == pytest.approx(3.141592653589793 * 2 * 400)
    assert cell.area == pytest.approx(soma.area + dend.area)
    assert (dend.Ra, dend.cm) == (100, 1)
    assert repr(dend) == "<Section dend: L 400 um, diam 2 um, nseg 5, on soma(1.0)>"


def test_a_misspelt_attribute_is_refused() -> None:
    cell, soma, _ = ball_and_stick()
    for handle, name in ((soma, "Nseg"), (cell, "ra"), (cell["all"], "Nseg")):
        with pytest.raises(AttributeError, match=name):
            setattr(handle, name, 3)


def test_a_region_is_shown_and_counted() -> None:
    cell = chain(4)
    region = cell["dend"]
    assert repr(region) == "<Region dend: 4 sections, dend[0] to dend[3]>"
    assert repr(cell["dend[2]"]) == "<Region dend[2]: 1 section, dend[2]>"
    assert len(region) == 4
    assert "dend[1]" in region
    assert cell.section("dend[1]") in region
    assert region.nseg == (1, 1, 1, 1)
    with pytest.raises(ValueError, match=r"'dend' has 4 sections: choose one"):
        region(0.5)
    assert cell["dend[2]"](0.5) == rb.Location("dend[2]", 0.5)
    cell.section("dend[0]").remove()
    assert repr(region) == "<Region dend: no longer in the cell>"
    with pytest.raises(KeyError, match="'dend'"):
        region.set("Ra", 3)
