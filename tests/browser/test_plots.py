"""Plots in a real JupyterLab: variables are searched, added and removed, a path is clicked, and time moves it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import click_tree
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb

cell = rb.Cell("cable")
soma = cell.add_section("soma", L=40, diam=40)
dend = cell.add_section("dend", L=400, diam=12, nseg=9, parent=soma(1))
cell["all"].insert("hh")
cell.place(rb.IClamp(delay=2, dur=20, amp=6), soma(0.5), name="ic")
plots = rb.widgets.Plots(cell, protocol=rb.Protocol(tstop=20))
plots
"""


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL])
    plots = notebook.widget(".rb-plots")
    notebook.wait_until("plots.field is not None")
    notebook.wait_for(plots, "idle")
    return notebook, plots


def line(plots: Locator, label: str) -> Locator:
    return plots.locator(f'.rb-line[data-line="{label}"]')


def test_variables_are_searched_added_kept_and_removed(shown: tuple[Notebook, Locator]) -> None:
    notebook, plots = shown
    page = notebook.page
    plots.locator("[data-action=variables]").click()
    search = plots.get_by_label("Search what can be recorded")
    search.fill("hh state")
    expect(plots.locator(".rb-variable")).to_have_count(3)
    plots.locator('[data-variable="hh.m"]').click()
    expect(line(plots, "soma(0.5).hh.m")).to_be_visible()
    search.fill("ina")
    search.press("Enter")
    expect(plots.locator('[data-panel="Current density"]')).to_be_visible()
    expect(plots.locator('[data-panel="Gates"]')).to_be_visible()
    expect(plots.locator('[data-variable="ina"]')).to_have_attribute("aria-pressed", "true")
    notebook.wait_for(plots, "idle")
    notebook.screenshot("plots_variables", of=plots)

    plots.locator("[data-action=keep]").click()
    expect(plots.locator(".rb-trace-legend").first).to_contain_text("1 kept")
    notebook.execute("cell.process('ic').set(amp=5)")
    notebook.wait_until("plots.state == 'idle' and len(plots.kept_info) == 1")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    line(plots, "soma(0.5).ina").get_by_text("copy").click()
    expect(line(plots, "soma(0.5).ina").get_by_text("copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("t (ms),soma(0.5).ina (mA/cm2)")
    line(plots, "soma(0.5).hh.m").get_by_text("×").click()
    expect(line(plots, "soma(0.5).hh.m")).to_have_count(0)
    notebook.wait_until("len(plots.record) == 3")
    assert not notebook.page_errors


def test_a_path_is_clicked_and_moves_with_time(shown: tuple[Notebook, Locator]) -> None:
    notebook, plots = shown
    along = plots.locator(".rb-along")
    expect(along).to_contain_text("v along the path")
    plots.locator('[data-mode="from"]').click()
    click_tree(notebook.page, "dend(")
    notebook.wait_until("plots.path['from'].startswith('dend')")
    expect(plots.locator('[data-mode="to"]')).to_have_attribute("aria-pressed", "true")
    plots.get_by_label("Show", exact=True).select_option("hh.n")
    notebook.wait_until("plots.field.variable == 'hh.n' and plots.state == 'idle'")
    expect(along).to_contain_text("hh.n along the path")
    slider = plots.get_by_label("Time of the picture")
    slider.focus()
    notebook.page.keyboard.press("Home")
    expect(along).to_have_attribute("data-time", "0.00")
    slider.evaluate("(node) => { node.value = 6; node.dispatchEvent(new Event('input')); }")
    expect(along).not_to_have_attribute("data-time", "0.00")
    plots.locator("[data-action=code]").click()
    expect(plots.locator(".rb-code")).to_contain_text("rb.space_plot(sim, rb.Location('dend'")
    plots.locator("[data-action=code]").click()
    notebook.screenshot("plots", of=plots)
    notebook.width(900)
    notebook.theme("dark")
    notebook.screenshot("plots_dark", of=plots)
    assert not notebook.page_errors
