"""What the viewer puts on the wire, and what comes back."""

from __future__ import annotations

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import Frames
from rheobase.widgets.viewer import MorphologyViewer


@pytest.fixture
def cell() -> rb.Cell:
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.add_section("dend[0]", L=400, diam=2, nseg=5, parent=soma(1))
    return cell


def floats(raw: bytes) -> np.ndarray:
    return np.frombuffer(raw, np.float32)


def test_the_shape_on_the_wire_is_the_cells(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    assert viewer.sections == [
        {"name": "soma", "region": "soma", "first": 0, "nseg": 1},
        {"name": "dend[0]", "region": "dend", "first": 1, "nseg": 5},
    ]
    segments = np.frombuffer(viewer.segments, np.int32)
    assert sorted(set(segments.tolist())) == [0, 1, 2, 3, 4, 5]
    assert floats(viewer.geometry).shape == (8 * len(segments),)
    np.testing.assert_allclose(floats(viewer.segment_diam), [20, 2, 2, 2, 2, 2])
    np.testing.assert_allclose(floats(viewer.segment_distance), cell.path_distance(), rtol=1e-6)


def test_a_change_of_the_tree_shows_and_a_change_of_numbers_sends_nothing(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    viewer.show_values(np.arange(6.0))
    changed: list[str] = []
    viewer.observe(lambda change: changed.append(change["name"]), list(viewer.keys))
    cell.Ra = 150
    assert changed == []
    cell.section("dend[0]").nseg = 7
    assert viewer.sections[1]["nseg"] == 7
    assert viewer.values == b"", "values of another number of segments mean nothing"
    cell.undo()
    assert viewer.sections[1]["nseg"] == 5


def test_a_closed_viewer_follows_no_more(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    viewer.close()
    cell.section("dend[0]").nseg = 7
    assert viewer.sections[1]["nseg"] == 5


def test_values_go_as_they_are_and_switch_the_colours(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    assert viewer.colour_by == "type"
    viewer.show_values(np.linspace(0, 1, 6), "hh.m")
    np.testing.assert_allclose(floats(viewer.values), np.linspace(0, 1, 6), rtol=1e-6)
    assert (viewer.colour_by, viewer.value_label, viewer.value_range) == ("value", "hh.m", [0.0, 1.0])
    viewer.show_values(np.full(6, -65.0), "v", unit="mV")
    assert viewer.value_range == [-80.0, 40.0]
    viewer.show_values(np.full(6, 3.0), "cai", unit="mM", limits=(0, 10))
    assert viewer.value_range == [0.0, 10.0]


def test_values_by_place_leave_the_rest_without(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    dend = cell.section("dend[0]")
    viewer.show_values({dend(0.5): 2.0, dend(1).v: 3.0}, "found")
    np.testing.assert_array_equal(floats(viewer.values), [np.nan, np.nan, np.nan, 2, np.nan, 3])


@pytest.mark.parametrize(
    ("values", "words"),
    [(np.zeros(5), "6 segments"), (np.zeros((6, 2)), "one number a segment")],
)
def test_values_of_a_wrong_shape_are_refused(cell: rb.Cell, values: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        MorphologyViewer(cell).show_values(values)


def test_wrong_limits_and_unknown_places_are_refused(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    with pytest.raises(ValueError, match="limits = 40 to -80"):
        viewer.show_values(np.zeros(6), limits=(40, -80))
    with pytest.raises(KeyError, match="apic"):
        viewer.show_values({rb.Location("apic", 0.5): 1.0})
    with pytest.raises(KeyError, match="apic"):
        viewer.select(rb.Location("apic", 0.5))
    with pytest.raises(TypeError, match="needs a cell"):
        MorphologyViewer("cell.swc")  # type: ignore[arg-type]


def test_a_movie_goes_as_bytes_that_keep_each_value_to_half_a_step(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    t = np.linspace(0, 10, 21)
    v = -65 + 90 * np.sin(t)[:, None] * np.linspace(0, 1, 6)
    v[3, 2] = np.nan
    viewer.show_frames(Frames(t, v.astype(np.float32)))
    frames = np.frombuffer(viewer.frames, np.uint8).reshape(21, 6)
    low, high = viewer.frame_range
    back = low + (frames.astype(float) - 1) / 254 * (high - low)
    known = np.isfinite(v)
    assert np.abs(back - v)[known].max() <= (high - low) / 508 * 1.001
    assert frames[3, 2] == 0
    assert frames[known].min() == 1
    np.testing.assert_allclose(floats(viewer.frame_times), t, rtol=1e-6)
    with pytest.raises(ValueError, match="20 times by 6 segments"):
        viewer.show_frames((t[1:], v))


def test_live_voltages_leave_the_persons_choice(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    viewer.show_voltages(np.full(6, -65.0))
    assert viewer.colour_by == "value"
    viewer.colour_by = "diameter"
    viewer.show_voltages(np.full(6, -60.0))
    assert viewer.colour_by == "diameter"
    viewer.show_movie([0.0, 1.0], np.zeros((2, 6)))
    assert len(viewer.frames) == 12
    viewer.show_movie(None, None)
    assert (viewer.frames, viewer.frame_times) == (b"", b"")


def test_what_is_placed_is_marked_and_moves_both_ways(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    clamp = cell.place(rb.IClamp(delay=5, dur=80, amp=0.3), cell.section("soma")(0.5))
    assert [(mark["letter"], mark["section"], mark["x"]) for mark in viewer.marks] == [("A", "soma", 0.5)]
    viewer.mark_moved = {"name": clamp.name, "section": "dend[0]", "x": 0.25}
    assert clamp.location == cell.section("dend[0]")(0.25)
    cell.undo()
    assert viewer.marks[0]["section"] == "soma"
    clamp.remove()
    assert viewer.marks == []


def test_own_marks_stay_beside_what_is_placed(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    viewer.mark(cell.section("dend[0]")(0.5), "X", name="here")
    cell.place(rb.IClamp(delay=5, dur=80, amp=0.3), cell.section("soma")(0.5))
    assert [mark["letter"] for mark in viewer.marks] == ["X", "A"]
    viewer.mark_moved = {"name": "here", "section": "soma", "x": 0.5}
    assert {mark["name"]: mark["section"] for mark in viewer.marks} == {"IClamp[0]": "soma", "here": "soma"}
    viewer.unmark("here")
    assert [mark["letter"] for mark in viewer.marks] == ["A"]
    with pytest.raises(KeyError, match="here"):
        viewer.unmark("here")


def test_a_click_comes_back_as_a_place(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    heard: list[rb.Location | None] = []
    stop = viewer.on_select(heard.append)
    viewer.selected = {"section": "dend[0]", "x": 0.43}
    assert viewer.selected_place == cell.section("dend[0]")(0.43)
    viewer.select(None)
    stop()
    viewer.select(cell.section("soma")(0.5))
    assert heard == [cell.section("dend[0]")(0.43), None]


def test_an_empty_cell_is_shown_as_empty() -> None:
    viewer = MorphologyViewer(rb.Cell("nothing yet"))
    assert (viewer.geometry, viewer.sections) == (b"", [])


def test_sections_are_highlighted_by_name_or_as_handles(cell: rb.Cell) -> None:
    viewer = MorphologyViewer(cell)
    viewer.highlight(cell["dend"])
    assert viewer.highlighted == ["dend[0]"]
    with pytest.raises(KeyError, match="nose"):
        viewer.highlight(["soma", "nose"])
    assert viewer.highlighted == ["dend[0]"]
    viewer.highlight([])
    assert viewer.highlighted == []
