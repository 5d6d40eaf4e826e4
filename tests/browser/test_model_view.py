"""ModelView in a real JupyterLab: lines are opened, searched and clicked, and the cell shows where."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb
from rheobase import data

cell = rb.load_cell(data.path("grown_pyramidal.swc"))
cell.use_d_lambda(0.1)
cell["all"].insert("pas", g=5e-5, e=-70)
cell["soma"].insert("hh")
cell["apic"].insert("hh", gnabar=0.02)
cell["apic"].set("pas.g", rb.exponential("path_distance", 2e-5, 4e-5, 200))
cell.subset("tuft", rb.where(path_distance=(300, None), region="apic"))
other = cell.copy("before")
cell["apic"].set("hh.gnabar", 0.03)
cell.place(rb.IClamp(delay=5, dur=40, amp=0.4), cell.soma(0.5), name="ic")
view = rb.ModelView(cell, other)
view
"""


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL])
    view = notebook.widget(".rb-model-view")
    notebook.wait_for(view, "idle")
    return notebook, view


def line(view: Locator, path: str) -> Locator:
    return view.locator(f'[data-path="{path}"] > .rb-outline-row')


def test_lines_open_and_show_on_the_cell(shown: tuple[Notebook, Locator]) -> None:
    notebook, view = shown
    viewer = view.locator(".rb-viewer")
    line(view, "/Sections with the same mechanisms").click()
    line(view, "/Sections with the same mechanisms/soma, apic").click()
    notebook.wait_until("set(view.highlighted) == {*cell.sections_of('soma'), *cell.sections_of('apic')}")
    expect(viewer).to_have_attribute("data-highlighted", str(notebook.evaluate("len(view.highlighted)")))

    line(view, "/Parameters").click()
    line(view, "/Parameters/pas").click()
    line(view, "/Parameters/pas/pas.g").click()
    expect(viewer).to_have_attribute("data-colour-by", "value")
    expect(view.locator(".rb-space")).to_be_visible()
    expect(view.locator(".rb-space figcaption")).to_have_text("pas.g (S/cm2) along the tree")
    expect(line(view, "/Parameters/pas/pas.g")).to_contain_text("inhomogeneous")
    notebook.screenshot("model_view", of=view)

    notebook.execute("view.select(cell.soma(0.5))")
    expect(view.locator(".rb-here")).to_contain_text("hh.gnabar0.12 S/cm2")
    view.locator("[data-action=clear]").click()
    expect(viewer).to_have_attribute("data-colour-by", "type")
    expect(view.locator(".rb-space")).to_be_hidden()


def test_search_opens_what_fits_and_keys_walk(shown: tuple[Notebook, Locator]) -> None:
    notebook, view = shown
    search = view.get_by_label("Search the model")
    search.fill("gnabar")
    expect(line(view, "/Parameters/hh/hh.gnabar")).to_be_visible()
    expect(line(view, "/Counts")).to_have_count(0)
    search.fill("no such thing")
    expect(view.get_by_text("Nothing has these words.")).to_be_visible()
    search.fill("")
    page = notebook.page
    view.locator('[data-path="/Counts"]').focus()
    for key in ("End", "ArrowUp", "Home", "ArrowDown", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    notebook.wait_until("len(view.highlighted) > 0")


def test_the_view_follows_code_and_lists_differences(shown: tuple[Notebook, Locator]) -> None:
    notebook, view = shown
    view.get_by_role("tab", name="Differences").click()
    changes = view.get_by_role("tree", name="Differences")
    changes.locator('[data-path="/Parameter"] > .rb-outline-row').click()
    row = changes.locator('[data-path^="/Parameter/hh.gnabar"] > .rb-outline-row').first
    expect(row).to_contain_text("0.03 → 0.02")
    row.click()
    notebook.wait_until("set(view.highlighted) == set(cell.sections_of('apic'))")
    notebook.execute("cell['apic'].set('hh.gnabar', 0.02); cell.process('ic').remove()")
    expect(view.get_by_text("No difference to before.")).to_be_visible()
    view.locator("[data-action=text]").click()
    expect(view.locator(".rb-code")).to_contain_text("Groups of sections with the same mechanisms")
    notebook.width(900)
    notebook.theme("dark")
    notebook.screenshot("model_view_dark", of=view)
    assert not notebook.page_errors
