"""Plots in a real JupyterLab: variables are searched, added and removed, a path is clicked, and time moves it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, click_tree, drag_slider, field, pixels, type_into, unnamed
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


def test_a_run_is_plotted_over_time_along_a_path_and_on_the_cell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([CELL])
    plots = notebook.widget(".rb-plots")
    notebook.wait_until("plots.field is not None")
    notebook.wait_for(plots, "idle")
    choose_variables(notebook, plots)
    follow_a_path(notebook, plots)
    ask_for_a_curve(notebook, plots)
    notebook.width(900)
    notebook.theme("dark")
    notebook.screenshot("plots_dark", of=plots)
    assert unnamed(plots) == [], "every control has a name"
    assert plots.evaluate("root => root.scrollWidth <= root.clientWidth + 1"), "nothing needs a horizontal scroll"
    assert not notebook.page_errors


def line(plots: Locator, label: str) -> Locator:
    return plots.locator(f'.rb-line[data-line="{label}"]')


def choose_variables(notebook: Notebook, plots: Locator) -> None:
    """Variables are searched, added, kept, copied and removed."""
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
    assert notebook.evaluate("[item.label for item in plots.results.recordables][2:]") == [
        "soma(0.5).hh.m",
        "soma(0.5).ina",
    ]
    search.fill("")
    click_tree(page, "dend(")
    expect(plots.locator(".rb-variables-head")).to_contain_text("at dend(")
    notebook.screenshot("plots_variables", of=plots)
    plots.locator("[data-action=variables]").click()

    plots.locator("[data-action=keep]").click()
    expect(plots.locator(".rb-trace-legend").first).to_contain_text("1 kept")
    notebook.execute("cell.process('ic').set(amp=5)")
    notebook.wait_until("plots.state == 'idle' and plots.results[plots.record[1]].max() == 5")
    page.bring_to_front()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    line(plots, "soma(0.5).ina").get_by_text("copy").click()
    expect(line(plots, "soma(0.5).ina").get_by_text("copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("t (ms),soma(0.5).ina (mA/cm2)")
    line(plots, "soma(0.5).hh.m").get_by_text("×").click()
    expect(line(plots, "soma(0.5).hh.m")).to_have_count(0)
    notebook.wait_until("len(plots.record) == 3 and plots.state == 'idle'")


def follow_a_path(notebook: Notebook, plots: Locator) -> None:
    """A path is clicked, another variable is chosen, and the picture moves with time."""
    along = plots.locator(".rb-along")
    expect(along).to_contain_text("v along the path")
    plots.locator('[data-mode="from"]').click()
    click_tree(notebook.page, "dend(")
    notebook.wait_until("plots.path['from'].startswith('dend')")
    expect(plots.locator('[data-mode="to"]')).to_have_attribute("aria-pressed", "true")
    plots.get_by_label("In space").select_option("hh.n")
    notebook.wait_until("plots.field.variable == 'hh.n' and plots.state == 'idle'")
    expect(along).to_contain_text("hh.n along the path")
    expect(along).to_have_attribute("data-time", "20.00")
    stage = plots.locator(".rb-viewer-stage")
    before = pixels(stage)
    slider = plots.get_by_label("Time of the picture")
    slider.focus()
    slider.press("Home")
    expect(along).to_have_attribute("data-time", "0.00")
    slider.evaluate("(node) => { node.value = 4; node.dispatchEvent(new Event('input')); }")
    expect(along).to_have_attribute("data-time", re.compile(r"3\.9|4\.0"))
    assert changed(before, pixels(stage)) > 100, "the cell is coloured by the moment"
    plots.locator("[data-action=code]").click()
    expect(plots.locator(".rb-code")).to_contain_text("rb.space_plot(sim, rb.Location('dend'")
    plots.locator("[data-action=code]").click()
    notebook.screenshot("plots", of=plots)


def ask_for_a_curve(notebook: Notebook, plots: Locator) -> None:
    """A classical plot is a click away, at the place that is clicked, and moves with a slider of the model."""
    plots.locator('[data-view="fi"].rb-button').click()
    asked = plots.locator(".rb-asked")
    expect(asked.locator(".rb-found")).to_contain_text("fires from")
    for key, typed in (("steps", "5"), ("dur", "40 ms"), ("high", "8")):
        type_into(asked.locator(f'[data-field="{key}"]'), typed)
    notebook.wait_until("plots.state == 'idle' and plots.result.amps.tolist() == [0, 2, 4, 6, 8]")
    plots.locator("[data-action=keep]").click()
    expect(asked.locator(".rb-found")).to_contain_text("1 kept")
    chart = asked.locator(".rb-chart-host")
    before, fired = pixels(chart), notebook.evaluate("int(plots.result.counts.sum())")
    drag_slider(notebook.page, field(plots, "all|hh.gnabar|").locator(".rb-slider"), 0.25, 0.02)
    notebook.wait_until(f"plots.state == 'idle' and plots.result.counts.sum() < {fired}")
    assert changed(before, pixels(chart)) > 100
    box = chart.bounding_box()
    assert box
    chart.hover(position={"x": 0.97 * box["width"], "y": box["height"] - 40})
    expect(asked.locator(".rb-chart-readout")).to_contain_text("Hz at 8 nA")
    notebook.screenshot("plots_fi", of=plots)
    plots.locator("[data-action=undo]").click()
    notebook.wait_until(f"plots.state == 'idle' and plots.result.counts.sum() == {fired}")
    plots.locator('[data-view="currents"].rb-button').click()
    click_tree(notebook.page, "dend(")
    expect(asked.locator(".rb-found")).to_contain_text("at dend(")
    expect(asked.locator('[data-plot="Outward"] [data-series="hh.ik"]')).to_be_visible()
    expect(asked.locator("canvas")).to_have_count(5)
    notebook.screenshot("plots_currents", of=plots)
    plots.locator("[data-action=code]").click()
    expect(plots.locator(".rb-code")).to_contain_text("rb.currentscape(sim, rb.Location('dend'")
    plots.locator("[data-action=code]").click()
