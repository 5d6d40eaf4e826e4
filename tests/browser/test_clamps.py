"""The list of clamps in a real JupyterLab, on its own in a cell."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import drag_slider, field, type_into
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb

cell = rb.Cell("ball and stick")
soma = cell.add_section("soma", L=20, diam=20)
dend = cell.add_section("dend", L=300, diam=4, nseg=11, parent=soma(1))
ic = cell.place(rb.IClamp(delay=5, dur=80, amp=0.3), soma(0.5))
"""


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL, "clamps = rb.Clamps(cell)\nclamps"])
    clamps = notebook.widget(".rb-clamps-alone")
    notebook.wait_for(clamps, "idle")
    return notebook, clamps


def test_clamps_are_added_moved_changed_and_removed(shown: tuple[Notebook, Locator]) -> None:
    notebook, clamps = shown
    clamps.locator('[data-add="SEClamp"]').click()
    row = clamps.locator('.rb-electrode[data-name="SEClamp[0]"]')
    expect(row).to_have_attribute("aria-selected", "true")
    expect(row.locator(".rb-letter")).to_have_text("B")
    expect(clamps.locator(".rb-main-field .rb-field-label")).to_have_text("B  Voltage amp2")
    clamps.locator(".rb-place-section").fill("dend")
    clamps.locator(".rb-place-x").fill("0.25")
    clamps.locator(".rb-place-x").press("Enter")
    expect(row).to_contain_text("dend(0.25)")
    type_into(field(clamps, "SEClamp[0].amp2"), "-0.02 V")
    expect(field(clamps, "SEClamp[0].amp2").locator(".rb-number")).to_have_value("-20")
    assert notebook.evaluate("cell.process('SEClamp[0]').amp2") == -20
    assert notebook.evaluate("[p.section for p in cell.placements]") == ["soma", "dend"]
    clamps.locator('[data-remove="SEClamp[0]"]').click()
    expect(row).to_have_count(0)
    assert notebook.evaluate("[p.name for p in cell.placements]") == ["IClamp[0]"]


def test_a_changed_value_is_marked_and_reset_by_one_click(shown: tuple[Notebook, Locator]) -> None:
    notebook, clamps = shown
    amp = field(clamps, "IClamp[0].amp")
    drag_slider(notebook.page, amp.locator(".rb-slider"), 0.53, 0.2)
    reset = amp.locator(".rb-reset")
    expect(reset).to_be_visible()
    expect(reset).to_have_attribute("title", "Reset to 0.3 nA")
    expect(clamps.locator(".rb-main-field .rb-number")).to_have_value(amp.locator(".rb-number").input_value())
    notebook.wait_until("ic.amp < 0")
    reset.click()
    expect(reset).to_be_hidden()
    notebook.wait_until("ic.amp == 0.3")


def test_a_place_that_is_none_is_refused_in_words(shown: tuple[Notebook, Locator]) -> None:
    notebook, clamps = shown
    clamps.locator(".rb-place-section").fill("dendd")
    clamps.locator(".rb-place-section").press("Enter")
    expect(clamps.locator(".rb-clamps-list > .rb-error")).to_contain_text("'dend'")
    assert notebook.evaluate("ic.location.section") == "soma"


def test_what_code_places_shows_at_once(shown: tuple[Notebook, Locator]) -> None:
    notebook, clamps = shown
    notebook.execute("cell.place(rb.VClamp(dur1=5), dend(0.5), name='probe')")
    expect(clamps.locator('.rb-electrode[data-name="probe"]')).to_contain_text("Two-electrode clamp")
    notebook.execute("cell.undo(); cell.undo()")
    expect(clamps.locator(".rb-electrode")).to_have_count(0)
    expect(clamps.locator(".rb-empty")).to_be_visible()


def test_the_list_is_worked_by_the_keyboard(shown: tuple[Notebook, Locator]) -> None:
    notebook, clamps = shown
    clamps.locator('[data-add="IClamp"]').click()
    row = clamps.locator(".rb-electrode[aria-selected=true]")
    expect(row).to_have_attribute("data-name", "IClamp[1]")
    row.focus()
    row.press("ArrowUp")
    expect(row).to_have_attribute("data-name", "IClamp[0]")
    row.press("Delete")
    expect(clamps.locator(".rb-electrode")).to_have_count(1)
    assert notebook.evaluate("[p.name for p in cell.placements]") == ["IClamp[1]"]
