import gc
import json
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import ipywidgets
import numpy as np
import pandas as pd
import pytest

import rheobase as rb
from rheobase.widgets.workbench import first_amp
from tests.widgets.conftest import the

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def bench(cell: rb.Cell, until: Until) -> Iterator[rb.Workbench]:
    bench = rb.Workbench(cell, rb.Protocol(tstop=30))

    def settled() -> bool:
        with bench.lock:  # not halfway through what a run changes
            return bench.state == "idle" and bool(bench.traces)

    until(settled)
    yield bench
    bench.close()


def voltage(bench: rb.Workbench) -> np.ndarray:
    return np.frombuffer(bench.traces, np.float32).reshape(len(bench.trace_info) + 1, -1)[1]


def test_a_student_first_sees_a_cell_clamped_and_fired(bench: rb.Workbench) -> None:
    cell = bench.session.cell
    assert cell.process("IClamp[0]").location == cell.section("soma")(0.5)
    assert voltage(bench).max() > 0
    assert bench.marks == [{"name": "IClamp[0]", "letter": "A", "colour": "#d55e00", "section": "soma", "x": 0.5}]
    assert "IClamp" in cell.to_code()
    assert cell.undo() == "Place IClamp[0]"
    assert cell.placements == ()


def test_a_cell_that_has_an_electrode_is_left_as_it_is(cell: rb.Cell) -> None:
    cell.place(rb.IClamp(), cell.section("dend")(0.5))
    revision = cell.revision
    bench = rb.Workbench(cell)
    assert cell.revision == revision
    bench.close()


def test_so_is_a_cell_that_a_protocol_stimulates(cell: rb.Cell) -> None:
    protocol = rb.Protocol(stimuli=[(cell.section("dend")(0.5), rb.IClamp(1, 5, 0.1))])
    bench = rb.Workbench(cell, protocol)
    assert cell.placements == ()
    assert bench.clamps[0]["fixed"]
    bench.close()


@pytest.mark.parametrize(("diam", "amp"), [(20.0, 0.3), (5.0, 0.02), (100.0, 6.0)])
def test_the_first_current_suits_the_size_of_the_cell(diam: float, amp: float) -> None:
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=diam, diam=diam)
    assert first_amp(cell, soma(0.5)) == amp


def test_a_slider_moves_traces_and_colours(bench: rb.Workbench, until: Until) -> None:
    traces, values, revision = bench.traces, bench.values, bench.revision
    bench.perform("clamp.set", key="IClamp[0].amp", value=0.9, gesture="drag")
    until(lambda: bench.state == "idle" and bench.revision > revision)
    assert bench.traces != traces
    assert bench.values != values
    assert len(bench.values) == 4 * bench.session.cell.n_segments


def test_the_stamp_of_a_message_comes_back_with_its_picture(bench: rb.Workbench, until: Until) -> None:
    message = {"action": "clamp.set", "stamp": "v:7", "key": "IClamp[0].amp", "value": 0.8, "gesture": "drag"}
    bench._receive(bench, message, [])
    until(lambda: bench.timing["stamp"] == "v:7")
    assert float(str(bench.timing["simulation_ms"])) > 0
    bench.session.cell.process("IClamp[0]").amp = 0.1
    until(lambda: bench.timing["stamp"] == "")


def test_the_movie_comes_when_asked_for(bench: rb.Workbench, until: Until) -> None:
    assert bench.frames == b""
    revision = bench.revision
    bench.perform("movie")
    until(lambda: bench.frames != b"")
    times = np.frombuffer(bench.frame_times, np.float32)
    assert len(bench.frames) == len(times) * bench.session.cell.n_segments
    assert len(times) <= 400
    assert bench.revision == revision
    movie = bench.frames
    bench.perform("clamp.set", key="IClamp[0].amp", value=0.9, gesture="drag")
    until(lambda: bench.frames != movie)


def test_undo_and_redo_are_named_and_done(bench: rb.Workbench) -> None:
    assert (bench.undo_label, bench.redo_label) == ("Place IClamp[0]", "")
    bench.perform("history.undo")
    assert (bench.clamps, bench.marks) == ([], [])
    assert bench.redo_label == "Place IClamp[0]"
    bench.perform("history.redo")
    assert bench.clamps[0]["name"] == "IClamp[0]"


def test_an_electrode_dragged_on_the_tree_moves(bench: rb.Workbench) -> None:
    bench.mark_moved = {"name": "IClamp[0]", "section": "dend", "x": 0.5}
    assert bench.session.cell.process("IClamp[0]").location == rb.Location("dend", 0.5)
    bench.mark_moved = {"name": "IClamp[9]", "section": "dend", "x": 0.5}
    assert "IClamp[9]" in bench.error


def test_the_exports_hold_what_is_shown(bench: rb.Workbench, cell: rb.Cell, tmp_path: Path) -> None:
    table = pd.read_csv(StringIO(bench.perform("export.csv")["content"]), index_col=0)
    assert list(table.columns) == ["soma(0.5).v (mV)", "IClamp[0].i (nA)"]
    np.testing.assert_allclose(table.iloc[:, 0], the(bench.results)[cell.section("soma")(0.5).v])
    path = tmp_path / "cell.json"
    path.write_text(bench.perform("export.cell")["content"])
    assert rb.load_cell(path) == cell
    assert json.loads(path.read_text())["schema"] == "rheobase.cell"


def test_the_code_is_the_cell_and_its_run(bench: rb.Workbench) -> None:
    code = bench.perform("code")["content"]
    assert "rb.IClamp(" in code
    assert code.rstrip().endswith("rec = rb.run(cell, tstop=30.0, record=record)")


def test_a_new_section_shows(bench: rb.Workbench, until: Until) -> None:
    cell = bench.session.cell
    revision = bench.revision
    cell.add_section("axon", L=100, diam=1, nseg=3, parent=cell.section("soma")(0))
    assert [each["name"] for each in bench.sections] == ["soma", "dend", "axon"]
    until(lambda: bench.state == "idle" and bench.revision > revision)
    assert len(bench.values) == 4 * cell.n_segments


def test_an_empty_cell_is_an_empty_workbench_that_says_what_to_do() -> None:
    bench = rb.Workbench(rb.Cell("empty"))
    assert "add_section" in bench.error
    assert "add_section" in bench.perform("clamp.add", mechanism="IClamp")["error"]
    bench.close()


def test_opening_and_closing_leaves_nothing_behind(cell: rb.Cell, until: Until) -> None:
    def cycle() -> None:
        bench = rb.Workbench(cell)
        until(lambda: bench.state == "idle")
        bench.close()

    for _ in range(5):
        cycle()
    gc.collect()
    widgets = len(ipywidgets.Widget.get_manager_state()["state"])
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    for _ in range(50):
        cycle()
    gc.collect()
    grown = sum(change.size_diff for change in tracemalloc.take_snapshot().compare_to(before, "filename"))
    tracemalloc.stop()
    assert cell.document._observers == {}
    assert len(ipywidgets.Widget.get_manager_state()["state"]) == widgets
    until(lambda: not any(thread.name == "rheobase-live" for thread in threading.enumerate()))
    assert grown < 5_000_000
