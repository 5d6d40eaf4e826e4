"""The fitter in a real JupyterLab: a recording is loaded, a region dragged, a model fitted, held and moved by hand."""

from __future__ import annotations

import re

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
    arrange(notebook, tool)
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


def arrange(notebook: Notebook, tool: Locator) -> None:
    """A run is cloned, called otherwise and put first by the keyboard, which keeps the focus; a prior is typed."""
    tool.get_by_label("Clone step 0.2 nA").click()
    name = tool.get_by_label("Name of the run step 0.2 nA (2)")
    name.fill("again")
    name.press("Enter")
    notebook.wait_until("list(fit.runs) == ['step 0.2 nA', 'again']")
    expect(tool.locator(".rb-match")).to_have_count(2)
    name = tool.get_by_label("Name of the run again")
    name.press("Alt+ArrowUp")
    notebook.wait_until("list(fit.runs) == ['again', 'step 0.2 nA']")
    expect(name).to_be_focused()
    tool.get_by_label("Draw again").click()
    expect(tool.locator(".rb-match")).to_have_count(1)
    tool.locator("[data-parameter=gk] [data-field=prior]").click()
    deviation = tool.get_by_label("gk: standard deviation of the prior")
    deviation.fill("0.5")
    deviation.press("Enter")
    expect(tool.locator("[data-parameter=gk] .rb-fit-prior .rb-error").last).to_contain_text("a factor above 1")
    for _ in range(4):
        tool.locator("[data-action=undo]").click()
    notebook.wait_until("list(fit.runs) == ['step 0.2 nA'] and fit.parameters['gk'].prior is None")


def search(notebook: Notebook, tool: Locator) -> None:
    """Held while it runs, moved by hand, and taken on from there to the parameters that made the data."""
    settings = tool.locator("[data-action=settings]")
    settings.click()
    tool.get_by_label("Optimiser", exact=True).select_option("cma_es")
    trials = tool.get_by_label("How many trials there may be")
    trials.fill("100000")
    trials.press("Enter")
    notebook.wait_until("tool.settings['budget'] == 100000")
    tool.locator("[data-action='search.run']").click()
    notebook.wait_until("tool.search['phase'] == 'running' and tool.search['trials'] > 20")
    tool.get_by_label("Hold the search").click()
    notebook.wait_until("tool.search['phase'] == 'paused'")
    notebook.wait_for(tool, "idle")
    expect(tool.get_by_label("Values shown")).to_have_value("best")

    row = tool.locator("[data-parameter=gna]")
    drag_slider(notebook.page, row.locator(".rb-slider"), 0.5, 0.6)
    expect(tool.get_by_label("Values shown")).to_have_value("start")
    notebook.wait_until("fit.parameters['gna'].start is not None")
    last = float(row.get_by_label("gna: value").input_value())
    notebook.wait_until(f"abs(fit.parameters['gna'].start / {last} - 1) < 1e-3")
    notebook.wait_until("abs(tool.total - fit.error()) < 1e-9 * tool.total")
    done = notebook.evaluate("tool.search['trials']")
    assert 20 < done < 100000
    expect(tool.locator(".rb-fit-figures")).to_contain_text(f"{done} of 100000 trials")
    expect(tool.get_by_label("Go on from")).to_have_value("here")
    trials.fill(str(done + 400))
    trials.press("Enter")
    notebook.wait_until(f"tool.settings['budget'] == {done + 400}")
    settings.click()
    notebook.screenshot("fitter_paused", of=tool)
    tool.locator("[data-action='search.pause']").click()
    notebook.wait_until("tool.search['phase'] == 'ended'")
    notebook.wait_for(tool, "idle")
    assert notebook.evaluate("tool.search['trials']") == done + 400
    assert notebook.evaluate("abs(tool.best.parameters['gna'] / 0.12 - 1)") < 0.02
    assert notebook.evaluate("tool.search['error']") < 0.12
    notebook.screenshot("fitter", of=tool)


def take_away(notebook: Notebook, tool: Locator) -> None:
    """What was found, looked into and saved: the best cell as code that builds it, the fit, and its own code."""
    tool.locator("[data-tab=findings]").click()
    tool.locator("[data-action='findings.ask']").click()
    notebook.wait_until("tool.findings['state'] == 'done'")
    expect(tool.locator("[data-finding=gna]")).to_contain_text("determined")
    tool.locator("[data-axis='0'] .rb-slider").press("ArrowRight")
    tool.locator("[data-axis='0'] .rb-slider").press("ArrowRight")
    notebook.wait_until("fit.document.history.done[-1] == 'Move along axis 1'")
    tool.locator("[data-action=undo]").click()
    tool.locator("[data-action='profile.ask']").click()
    expect(tool.locator(".rb-profile-likelihood")).to_have_attribute("aria-label", re.compile("gna: 95 % interval 0.1"))
    tool.get_by_label("Values shown").select_option("best")
    tool.locator("[data-action=export]").click()
    expect(tool.locator(".rb-code")).to_contain_text("insert('hh'")
    model = saved(notebook, tool.locator(".rb-fit-exports [data-action=download]"))
    notebook.execute(f"names = {{}}; exec(open({model!r}).read(), names)")
    assert notebook.evaluate("names['cell'] == tool.best.cell()")
    path = saved(notebook, tool.locator("[data-action='export.json']"))
    assert notebook.evaluate(f"rb.Fit.load({path!r}) == fit")
    tool.locator("[data-action=code]").click()
    expect(tool.locator(".rb-code")).to_contain_text("best = fit.run('cma_es', budget=")
    notebook.width(900, 1700)
    notebook.theme("dark")
    notebook.screenshot("fitter_dark", of=tool)


def saved(notebook: Notebook, control: Locator) -> str:
    """Where the file lies that a click saves."""
    with notebook.page.expect_download() as download:
        control.click()
    return str(download.value.path())
