"""The fitter in a real JupyterLab: a recording is loaded, a region dragged, a model fitted, held and moved by hand."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import drag_slider, unnamed
from tests.browser.notebook import Notebook

CELL = """
import numpy as np
import rheobase as rb

cell = rb.Cell("patch")
soma = cell.add_section("soma", L=20, diam=20)
cell["soma"].insert("hh", gnabar=0.2, gkbar=0.02)
hidden = cell.copy()
hidden["soma"].insert("hh", gnabar=0.12, gkbar=0.036)
step = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(delay=5, dur=20, amp=0.2))], tstop=30)
made = rb.run(hidden, step, record=[soma(0.5).v])
rows = zip(made.t / 1000, (made[soma(0.5).v] + 0.3 * np.random.default_rng(1).standard_normal(len(made.t))) / 1000)
csv = "time (s),voltage (V)\\n" + "".join(f"{t:.6f},{v:.8f}\\n" for t, v in rows)
fit = rb.Fit(cell, "squid")
fit.vary("soma.hh.gnabar", 0.02, 0.6, log=True, name="gna")
fit.vary("soma.hh.gkbar", 0.005, 0.2, log=True, name="gk")
fit.add_run("step 0.2 nA", protocol=step)
tool = rb.widgets.Fitter(fit)
tool
"""


def test_a_recording_is_fitted(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([CELL])
    tool = notebook.widget(".rb-fitter")
    load(notebook, tool)
    drag_a_region(notebook, tool)
    search(notebook, tool)
    take_away(notebook, tool)
    assert unnamed(tool) == [], "every control has a name"
    assert not notebook.page_errors


def load(notebook: Notebook, tool: Locator) -> None:
    """A file of columns in seconds and volts, held against the run that is there."""
    tool.locator("[data-action=data]").click()
    content = notebook.evaluate("csv").encode()
    tool.get_by_label("A file of a recording", exact=True).set_input_files(
        {"name": "c.csv", "mimeType": "text/csv", "buffer": content}
    )
    expect(tool.get_by_label("Unit of the times")).to_have_value("s")
    expect(tool.get_by_label("Unit of the values")).to_have_value("V")
    expect(tool.locator(".rb-recording-words")).to_contain_text("1201 samples from 0 to 30 ms")
    tool.locator("[data-action='data.load']").click()
    expect(tool.locator(".rb-match")).to_have_count(1)
    expect(tool.locator(".rb-drawer")).to_be_hidden()
    notebook.wait_for(tool, "idle")
    expect(tool.locator(".rb-fit-total")).to_contain_text("Error")


def drag_a_region(notebook: Notebook, tool: Locator) -> None:
    """A region begins by a double-click, is dragged as one edit, and moved and weighed by keys."""
    plot = tool.locator(".rb-match .u-over")
    size = plot.bounding_box()
    assert size is not None
    plot.dblclick(position={"x": size["width"] / 2, "y": size["height"] / 2})
    notebook.wait_until("len(fit.runs['step 0.2 nA'].matches[0].regions) == 1")
    region = tool.locator(".rb-region")
    grip = region.locator(".rb-region-start").bounding_box()
    assert grip is not None
    mouse = notebook.page.mouse
    mouse.move(grip["x"] + 3, grip["y"] + 40)
    mouse.down()
    mouse.move(size["x"] + size["width"] / 6, grip["y"] + 40, steps=12)
    mouse.up()
    notebook.wait_until("abs(fit.runs['step 0.2 nA'].matches[0].regions[0][0] - 5) < 0.3")
    assert notebook.evaluate("list(fit.document.history.done[-2:])") == [
        "Add a region of soma(0.5).v by trace",
        "Move a region of soma(0.5).v by trace",
    ]
    region.press("+")
    region.press("+")
    notebook.wait_until("fit.runs['step 0.2 nA'].matches[0].regions[0][2] == 2")
    for _ in range(12):
        region.press("Shift+Control+ArrowRight")
    notebook.wait_until("fit.runs['step 0.2 nA'].matches[0].regions[0][1] == 30")
    notebook.execute("fit.runs['step 0.2 nA'].change_match(0, regions=[(5, 30, 1.0)])")
    expect(tool.get_by_label("Weight of the region")).to_have_value("1")


def search(notebook: Notebook, tool: Locator) -> None:
    """Held in the middle, moved by hand, and taken on from there to the parameters that made the data."""
    tool.locator("[data-action=settings]").click()
    tool.get_by_label("Optimiser", exact=True).select_option("cma_es")
    trials = tool.get_by_label("How many trials there may be")
    trials.fill("400")
    trials.press("Enter")
    notebook.wait_until("tool.settings['budget'] == 400")
    tool.locator("[data-action=settings]").click()
    tool.locator("[data-action='search.step']").click()
    notebook.wait_until("tool.search['phase'] == 'paused'")
    notebook.wait_for(tool, "idle")
    assert 0 < notebook.evaluate("tool.search['trials']") < 400
    expect(tool.get_by_label("Values shown")).to_have_value("best")

    row = tool.locator("[data-parameter=gna]")
    drag_slider(notebook.page, row.locator(".rb-slider"), 0.5, 0.6)
    expect(tool.get_by_label("Values shown")).to_have_value("start")
    notebook.wait_until("fit.parameters['gna'].start is not None")
    last = float(row.get_by_label("gna: value").input_value())
    notebook.wait_until(f"abs(fit.parameters['gna'].start / {last} - 1) < 1e-3")
    notebook.wait_until("abs(tool.total - fit.error()) < 1e-9 * tool.total")
    expect(tool.get_by_label("Go on from")).to_have_value("here")
    notebook.screenshot("fitter_paused", of=tool)
    tool.locator("[data-action='search.pause']").click()
    notebook.wait_until("tool.search['phase'] == 'ended'")
    notebook.wait_for(tool, "idle")
    assert notebook.evaluate("abs(tool.best.parameters['gna'] / 0.12 - 1)") < 0.02
    assert notebook.evaluate("tool.search['error']") < 0.12
    notebook.screenshot("fitter", of=tool)


def take_away(notebook: Notebook, tool: Locator) -> None:
    """What was found, looked into and saved."""
    tool.locator("[data-tab=findings]").click()
    tool.locator("[data-action='findings.ask']").click()
    notebook.wait_until("tool.findings['state'] == 'done'")
    expect(tool.locator("[data-finding=gna]")).to_contain_text("determined")
    tool.locator("[data-axis='0'] .rb-slider").press("ArrowRight")
    tool.locator("[data-axis='0'] .rb-slider").press("ArrowRight")
    notebook.wait_until("fit.document.history.done[-1] == 'Move along axis 1'")
    tool.locator("[data-action=undo]").click()
    tool.get_by_label("Values shown").select_option("best")
    tool.locator("[data-action=export]").click()
    expect(tool.locator(".rb-code")).to_contain_text("insert('hh'")
    with notebook.page.expect_download() as saved:
        tool.locator("[data-action='export.json']").click()
    path = saved.value.path()
    assert notebook.evaluate(f"rb.Fit.load({str(Path(path))!r}) == fit")
    notebook.width(900, 1700)
    notebook.theme("dark")
    notebook.screenshot("fitter_dark", of=tool)
