"""The sensitivity lens in a real JupyterLab: bars are clicked, sliders dragged and a band held against runs."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import drag_slider, field
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb

cell = rb.Cell("soma")
soma = cell.add_section("soma", L=20, diam=20)
cell["soma"].insert("hh")
cell.place(rb.IClamp(delay=2, dur=40, amp=0.12), soma(0.5), name="ic")
lens = rb.widgets.Sensitivity(cell, protocol=rb.Protocol(tstop=40))
lens
"""


def test_the_lens_shows_what_moves_a_trace(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([CELL])
    lens = notebook.widget(".rb-lens")
    notebook.wait_until("lens.result is not None")
    notebook.wait_for(lens, "idle")
    follow_a_band(notebook, lens)
    look_elsewhere(notebook, lens)
    assert not notebook.page_errors


def bar(lens: Locator, name: str) -> Locator:
    return lens.locator(f'.rb-bar[data-parameter="{name}"]')


def follow_a_band(notebook: Notebook, lens: Locator) -> None:
    """A band follows bars and sliders, and is checked by runs."""
    expect(lens.locator(".rb-bar")).to_have_count(8)
    expect(lens.locator(".rb-bars-heading")).to_contain_text("Time of the first spike")
    bar(lens, "soma.hh.gnabar").click()
    expect(bar(lens, "soma.hh.gnabar")).to_have_attribute("aria-selected", "true")
    expect(lens.locator('[data-trace^="soma.hh.gnabar +10"]')).to_be_visible()
    notebook.screenshot("sensitivity", of=lens)

    before = notebook.evaluate("float(lens.band.shifts[0])")
    since = notebook.revision(lens)
    drag_slider(notebook.page, field(lens, "soma|hh.gnabar|").locator(".rb-slider"), 0.25, 0.45)
    notebook.wait_until("lens.result.of('soma.hh.gnabar').value > 0.15")
    notebook.wait_for_change(lens, since)
    assert notebook.evaluate("float(lens.band.shifts[0])") != before
    lens.locator("[data-action=undo]").click()
    notebook.wait_until("lens.result.of('soma.hh.gnabar').value == 0.12")

    lens.get_by_label("Rank by").select_option("rate")
    expect(lens.locator(".rb-bars-heading")).to_contain_text("Rate of firing")
    notebook.page.keyboard.press("Tab")
    lens.locator('.rb-bar[aria-selected="true"]').press("Home")
    expect(lens.locator(".rb-bar").first).to_have_attribute("aria-selected", "true")
    lens.locator("[data-action=check]").click()
    expect(lens.locator(".rb-lens-verdict")).to_have_text(re.compile("linear until|foretells"))
    expect(lens.locator('[data-trace="run at +10 %"]')).to_be_visible()
    notebook.width(900)
    notebook.theme("dark")
    notebook.screenshot("sensitivity_dark", of=lens)


def look_elsewhere(notebook: Notebook, lens: Locator) -> None:
    """Other parameters and traces, the code, and what cannot be."""
    lens.get_by_label("By", exact=True).select_option("stimuli")
    expect(lens.locator(".rb-bar")).to_have_count(1)
    expect(field(lens, "ic.amp")).to_be_visible()
    lens.get_by_label("Trace", exact=True).select_option("ic.i")
    expect(lens.get_by_label("Rank by").locator('option[value="rate"]')).to_be_disabled()
    lens.locator("[data-action=code]").click()
    expect(lens.locator(".rb-code")).to_contain_text("rb.sensitivity(sim, parameters=['stimuli'])")
    notebook.execute("cell.process('ic').remove()")
    expect(lens.locator(".rb-notice.rb-error")).to_contain_text("no parameters of 'stimuli'")
