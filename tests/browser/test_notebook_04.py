"""Notebook 04 as a reader meets it: a tracing repaired by clicks, a branch drawn, a gradient painted, run by NEURON."""

from __future__ import annotations

import csv
import subprocess
import sys
from io import StringIO

import numpy as np
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, pixels
from tests.browser.notebook import Notebook
from tests.browser.tree import middle, spot_of, stage_of

NOTEBOOK = "04_build_a_cell.ipynb"
_TOTAL = "sum(value for value in cell.values('hh.gnabar') if value == value)"


def the(notebook: Notebook, selector: str) -> Locator:
    widget = notebook.page.locator(f"{selector}[data-state]").first
    notebook.wait_for(widget)
    widget.scroll_into_view_if_needed()
    return widget


def repair_by_clicks(notebook: Notebook) -> None:
    notebook.execute("for _ in range(3): tracing.undo()")
    importer = the(notebook, ".rb-import3d")
    expect(importer.locator(".rb-problem-count")).to_contain_text("1 error")
    for code in ("missing-parent", "z-jump", "wild-diameter"):
        importer.locator(f'.rb-problem[data-code="{code}"]').first.click()
        importer.locator("[data-remedy] [data-action=repair]").first.click()
        notebook.wait_until(f"not [p for p in tracing.problems if p.code == {code!r} and not p.repaired]")
    importer.locator("[data-action=make]").click()
    notebook.wait_until("importer.cell is not None")
    assert notebook.evaluate("len(importer.cell.sections) == len(cell.sections)")


def draw_a_branch(notebook: Notebook, builder: Locator) -> str:
    spot = spot_of(notebook, builder, "apic[")
    builder.locator("[data-mode=draw].rb-button").click()
    box = stage_of(builder).bounding_box()
    assert box is not None
    mouse, (x, y) = notebook.page.mouse, spot
    before = notebook.evaluate("len(cell.sections)")
    mouse.move(box["x"] + x, box["y"] + y)
    mouse.down()
    mouse.move(box["x"] + x + 60, box["y"] + y - 20, steps=6)
    mouse.up()
    notebook.wait_until(f"len(cell.sections) == {before + 1}")
    name: str = notebook.evaluate("cell.sections[-1].name")
    return name


def paint_a_gradient(notebook: Notebook, builder: Locator) -> None:
    builder.get_by_role("tab", name="Profiles", exact=True).click()
    profiles = builder.locator(".rb-profiles")
    profiles.locator("[data-choice=place] select, select[data-choice=place]").first.select_option("tuft")
    profiles.locator("[data-choice=target] select").select_option("hh.gnabar")
    plain = middle(pixels(stage_of(builder)))
    profiles.locator("[data-paint=value]").click()
    expect(builder.locator(".rb-viewer")).to_have_attribute("data-colour-by", "value")
    assert changed(plain, middle(pixels(stage_of(builder)))) > 100
    before = notebook.evaluate(_TOTAL)
    profiles.locator('[data-field="tuft|hh.gnabar|boltzmann|midpoint"] .rb-slider').press("PageUp")
    notebook.wait_until(f"{_TOTAL} > {1.0001 * before}")


def test_a_tracing_becomes_a_cell_that_neuron_runs(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(NOTEBOOK)
    repair_by_clicks(notebook)

    builder = the(notebook, ".rb-cell-builder")
    drawn = draw_a_branch(notebook, builder)
    paint_a_gradient(notebook, builder)
    notebook.screenshot("notebook_04", of=builder)
    for _ in range(2):
        builder.locator("[data-action=undo]").click()
    notebook.wait_until(f"{drawn!r} not in cell.document.sections")
    expect(builder.locator("[data-action=redo]")).to_be_enabled()
    builder.locator("[data-action=redo]").click()
    notebook.wait_until(f"{drawn!r} in cell.document.sections")

    notebook.execute("rb.export_neuron(cell, 'drawn.py', step); again = rb.run(cell, step)")
    script = notebook.path.parent / "drawn.py"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=True)
    rows = list(csv.reader(StringIO(done.stdout)))
    v = np.array([float(row[1]) for row in rows[1:]])
    np.testing.assert_allclose(v, notebook.evaluate("again.values[0].tolist()"), atol=1e-3)
    assert v.max() > 0
    assert notebook.page_errors == []
