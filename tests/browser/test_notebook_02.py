"""Notebook 02 as a reader meets it: a whole pyramidal cell, clicked, clamped and watched."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Locator, expect

from rheobase import data
from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import Notebook
from tests.browser.tree import has_colour, middle, pixels, point_at, spot_of, stage_of, when_drawn

NOTEBOOK = "02_real_neuron.ipynb"
BLUE, GREEN = (0, 114, 178), (0, 158, 115)
# Two frames later the picture asked for has been drawn.
_STILL = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


def the_bench(notebook: Notebook) -> Locator:
    bench = notebook.page.locator(".rb-workbench[data-state]")
    notebook.wait_for(bench)
    bench.scroll_into_view_if_needed()
    return bench


def test_the_cell_is_clicked_clamped_played_and_undone(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(NOTEBOOK)
    viewer = when_drawn(stage_of(notebook.widget(".rb-viewer")), GREEN)
    assert has_colour(viewer, GREEN), "apical dendrites"
    assert has_colour(viewer, BLUE), "basal dendrites"

    bench = the_bench(notebook)
    placed = notebook.evaluate("len(cell.placements)")
    traces = bench.locator("canvas").last
    drawn = traces.screenshot()
    revision = notebook.revision(bench)
    point_at(notebook, bench, *spot_of(notebook, bench, "apic"))
    notebook.page.mouse.down()
    notebook.page.mouse.up()
    notebook.wait_until(f"len(cell.placements) == {placed + 1}")
    revision = notebook.wait_for_change(bench, since=revision)
    assert notebook.evaluate("cell.placements[-1].section").startswith("apic")

    bench.locator(".rb-main-field .rb-slider").press("PageUp")
    revision = notebook.wait_for_change(bench, since=revision)
    assert traces.screenshot() != drawn

    at_rest = middle(pixels(stage_of(bench)))
    bench.get_by_role("button", name="Play the movie").click()
    scrubber = bench.get_by_role("slider", name="Time of the picture")
    expect(scrubber).not_to_have_js_property("value", "0")
    bench.get_by_role("button", name="Pause the movie").click()
    scrubber.fill("9.5")  # ms: the first spike
    notebook.page.evaluate(_STILL)
    played = middle(pixels(stage_of(bench)))
    assert (np.abs(played - at_rest).max(axis=2) > 20).sum() > 100, "the colours moved"

    while notebook.evaluate("len(cell.placements)") > placed:
        bench.get_by_role("button", name="Undo").click()
        revision = notebook.wait_for_change(bench, since=revision)
    assert notebook.evaluate("[electrode.location.section, electrode.amp]") == ["soma[0]", 0.5]
    assert notebook.page_errors == []


def test_a_file_of_the_readers_own_is_loaded(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(NOTEBOOK)
    source = data.path("grown_pyramidal.swc").read_text()
    # Only the soma of it, so that the cell that comes of it cannot be mistaken for the one that was there.
    soma = "\n".join(line for line in source.splitlines() if line.split()[1:2] == ["1"]).encode()
    with notebook.page.expect_file_chooser() as chooser:
        notebook.page.get_by_role("button", name="Choose an SWC file").click()
    chooser.value.set_files({"name": "mine.swc", "mimeType": "text/plain", "buffer": soma})
    notebook.wait_until("len(upload.value) == 1")
    cells = notebook.cells()
    load = next(cell for cell in cells if "upload.value" in "".join(cell["source"]))
    notebook.execute("".join(load["source"]))
    assert notebook.evaluate("[cell.name, [section.name for section in cell.sections]]") == ["mine", ["soma[0]"]]


def test_it_fits_the_page_in_either_theme(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(NOTEBOOK)
    bench = the_bench(notebook)
    for theme in ("light", "dark"):
        notebook.theme("dark" if theme == "dark" else "light")
        for width in (900, 1600):
            notebook.width(width)
            bench.scroll_into_view_if_needed()
            assert bench.evaluate("root => root.scrollWidth <= root.clientWidth")
            notebook.screenshot(f"notebook-02-{theme}-{width}", of=bench)
