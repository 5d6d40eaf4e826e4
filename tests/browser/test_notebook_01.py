"""Notebook 01 as a reader meets it: the Workbench on one Hodgkin-Huxley compartment."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenNotebook

NOTEBOOK = "01_hodgkin_huxley.ipynb"


def test_the_rheobase_is_found_and_the_workbench_left_on_it(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(NOTEBOOK)
    bench = notebook.widget()
    notebook.wait_for(bench)

    # NEURON 9, the same bisection on the same cell: 0.0283 nA.
    assert notebook.evaluate("rheobase") == pytest.approx(0.0283, abs=1e-4)
    assert 1 < notebook.evaluate("float(chronaxie)") < 3
    assert notebook.evaluate("electrode.amp") == pytest.approx(1.01 * 0.0283, abs=1e-4)
    box = bench.locator(".rb-main-field .rb-number")
    assert float(box.input_value()) == pytest.approx(notebook.evaluate("electrode.amp"), abs=1e-6)
    assert notebook.page_errors == []

    for theme in ("light", "dark"):
        notebook.theme("dark" if theme == "dark" else "light")
        for width in (900, 1600):
            notebook.width(width)
            assert bench.evaluate("root => root.scrollWidth <= root.clientWidth")
            place = bench.bounding_box()
            assert place is not None
            assert place["x"] + place["width"] <= width
            notebook.screenshot(f"notebook-01-{theme}-{width}")


def test_slider_cell_and_traces_move_together(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(NOTEBOOK)
    bench = notebook.widget()
    notebook.wait_for(bench)
    before = notebook.evaluate("electrode.amp")
    traces = bench.locator("canvas").last
    drawn = traces.screenshot()

    revision = notebook.revision(bench)
    bench.locator(".rb-main-field .rb-slider").press("PageUp")
    notebook.wait_until(f"electrode.amp > {before}")
    revision = notebook.wait_for_change(bench, since=revision)
    assert traces.screenshot() != drawn

    bench.get_by_role("button", name="Undo").click()
    notebook.wait_until(f"electrode.amp == {before}")
    revision = notebook.wait_for_change(bench, since=revision)
    assert traces.screenshot() == drawn

    notebook.execute("electrode.amp = 0.17")
    notebook.wait_for_change(bench, since=revision)
    assert float(bench.locator(".rb-main-field .rb-number").input_value()) == pytest.approx(0.17)
    assert traces.screenshot() != drawn
