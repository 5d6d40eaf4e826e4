"""Impedance in a real JupyterLab: electrodes are placed on the tree, a current resonates, the frequency is moved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, click_tree, drag_slider, pixels, unnamed
from tests.browser.notebook import Notebook

CELL = """
import numpy as np
import rheobase as rb
cell = rb.Cell("resonator")
soma = cell.add_section("soma", L=30, diam=30)
dend = cell.add_section("dend", L=500, diam=4, nseg=5, parent=soma(1))
tuft = cell.add_section("tuft", L=300, diam=2, nseg=3, parent=dend(1))
cell["all"].insert("pas", g=5e-5, e=-70)
cell["all"].insert("hcn_kole", gbar=0)
tool = rb.widgets.Impedance(cell)
tool
"""
HCN = "all|hcn_kole.gbar|"
SPECTRUM = ".rb-spectrum-stage"
SHOWN = "np.frombuffer(tool.curves, np.float32).reshape(5, -1)"


def settle(notebook: Notebook, tool: Locator) -> None:
    """Wait until Python has answered everything."""
    notebook.wait_until("tool.state == 'idle'")
    notebook.wait_for(tool, "idle")


def peak(notebook: Notebook) -> float:
    """The frequency, Hz, at which the curve of the input shown is highest."""
    return float(notebook.evaluate(f"float({SHOWN}[0][{SHOWN}[1].argmax()])"))


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL])
    tool = notebook.widget(".rb-impedance")
    settle(notebook, tool)
    return notebook, tool


def test_a_cell_is_measured_by_hand(shown: tuple[Notebook, Locator]) -> None:
    notebook, tool = shown
    page = notebook.page
    spectrum = tool.locator(SPECTRUM)

    # Electrodes are placed by clicking the tree, and exchanged.
    before = pixels(spectrum)
    tool.get_by_role("button", name="electrode B").click()
    click_tree(page, "dend(")
    notebook.wait_until("tool.measure.section == 'dend'")
    expect(tool.locator("[data-site=measure] .rb-place-section")).to_have_value("dend")
    tool.get_by_role("button", name="electrode A").click()
    click_tree(page, "tuft(")
    notebook.wait_until("tool.inject.section == 'tuft' and tool.result.at == tool.inject")
    settle(notebook, tool)
    assert changed(before, pixels(spectrum)) > 500, "other curves are drawn"
    tool.locator("[data-action=exchange]").click()
    notebook.wait_until("tool.inject.section == 'dend' and tool.measure.section == 'tuft'")
    place = tool.locator("[data-site=inject] .rb-place-section")
    place.fill("soma")
    place.press("Enter")
    notebook.wait_until("tool.inject == cell.soma(tool.inject.x)")

    # The current that opens with hyperpolarisation makes the cell resonate, while its slider moves.
    settle(notebook, tool)
    assert peak(notebook) == pytest.approx(1)
    tool.get_by_role("button", name="Keep these curves").click()
    slider = tool.locator(f'[data-field="{HCN}"] .rb-slider')
    drag_slider(page, slider, 0.05, 0.5)
    settle(notebook, tool)
    assert peak(notebook) > 2
    expect(tool.locator("[data-readout=resonance]")).to_contain_text("Hz")
    assert float(tool.get_attribute("data-latency-ms") or 0) > 0, "the page tells how long a picture took"
    assert notebook.evaluate("len(cell.history.done)") >= 1
    notebook.screenshot("impedance", of=tool)

    # Letters that are shortcuts elsewhere are letters in a search.
    search = tool.get_by_label("Search the parameters")
    search.press_sequentially("gbar k")
    expect(search).to_have_value("gbar k")
    search.fill("")

    # A frequency chosen by keys or by a click colours the cell anew.
    settle(notebook, tool)
    stage = tool.locator(".rb-viewer-stage")
    coloured, values = pixels(stage), notebook.evaluate("tool.values.hex()")
    box = page.locator(f"{SPECTRUM} .u-over").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"])
    notebook.wait_until("tool.asked['frequency'] > 100")
    settle(notebook, tool)
    assert notebook.evaluate("tool.values.hex()") != values
    assert changed(coloured, pixels(stage)) > 100
    chosen = notebook.evaluate("tool.asked['frequency']")
    spectrum.focus()
    spectrum.press("ArrowLeft")
    notebook.wait_until(f"tool.asked['frequency'] < {chosen}")
    expect(spectrum).to_have_attribute("aria-valuetext", re.compile("hertz: A .* MΩ"))

    # What is shown, as code; and what is not steady, in words.
    tool.locator("[data-action=code]").click()
    expect(tool.locator(".rb-code")).to_contain_text("z = rb.impedance(")
    tool.locator("[data-action=code]").click()
    tool.get_by_label("Operating point").select_option("initial")
    expect(tool.locator(".rb-impedance-notice")).to_contain_text("Not steady")
    tool.locator("[data-value=branches]").click()
    notebook.wait_until("tool.shape_info['dendrogram'] is False")
    assert unnamed(tool) == [], "every control has a name"
    notebook.width(900)
    notebook.theme("dark")
    notebook.screenshot("impedance_dark", of=tool)
    wide = tool.evaluate("root => root.scrollWidth <= root.clientWidth + 1")
    assert wide, "nothing needs a horizontal scroll"
    assert not notebook.page_errors
