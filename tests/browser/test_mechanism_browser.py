"""The Workbench's Mechanisms tab: a mechanism is found, read about, inserted, moved by its slider and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, drag_slider, field, pixels
from tests.browser.notebook import Notebook
from tests.browser.test_workbench import open_workbench

KDR = """
NEURON { SUFFIX kdr_file USEION k READ ek WRITE ik RANGE gbar GLOBAL slowness }
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { gbar = 0.036 (S/cm2) <0, 1> slowness = 2 (ms) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) }
STATE { n }
INITIAL { n = 1/(1 + exp(-(v + 50)/10)) }
BREAKPOINT { SOLVE states METHOD cnexp ik = gbar*n^4*(v - ek) }
DERIVATIVE states { n' = (1/(1 + exp(-(v + 50)/10)) - n)/slowness }
"""
BROKEN = KDR.replace("kdr_file", "kdr_broken").replace("/slowness }", "/slowness")


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook, bench = open_workbench(open_notebook)
    bench.get_by_role("tab", name="Mechanisms").click()
    return notebook, bench


def row(bench: Locator, name: str) -> Locator:
    return bench.locator(f'.rb-library-row[data-name="{name}"]')


def curves(bench: Locator, title: str) -> Locator:
    return bench.locator(f'.rb-description [data-plot="{title}"]')


def test_a_mechanism_is_found_inserted_moved_and_taken_back(shown: tuple[Notebook, Locator]) -> None:
    notebook, bench = shown
    bench.locator(".rb-library-search").fill("leak conductance")
    expect(row(bench, "pas")).to_be_visible()
    expect(row(bench, "IClamp")).to_have_count(0)
    bench.locator(".rb-library-search").fill("hh")
    row(bench, "hh").click()
    expect(bench.locator(".rb-provenance")).to_contain_text("Hodgkin and Huxley 1952")
    expect(bench.locator(".rb-parameter-table")).to_contain_text("from 0 to 1e+09 S/cm2")
    expect(bench.locator(".rb-description")).to_have_attribute("data-curves", "hh", timeout=60_000)
    expect(curves(bench, "Time constant")).to_contain_text("m")
    assert (pixels(curves(bench, "Steady state")).std(axis=-1) > 20).sum() > 200, "curves are drawn in colour"

    notebook.screenshot("mechanism-browser", of=bench)

    bench.locator(".rb-description select").select_option("dend")
    revision = notebook.revision(bench)
    bench.locator("[data-action=insert]").click()
    notebook.wait_for_change(bench, since=revision)
    inserted = bench.locator('[data-mechanism="dend|hh"]')
    expect(inserted).to_be_visible()
    expect(bench.locator("[data-action=insert]")).to_be_disabled()

    before = pixels(bench.locator(".rb-panel-plot").first)
    revision = notebook.revision(bench)
    slider = field(inserted, "dend|hh.gkbar|").locator(".rb-slider")
    slider.scroll_into_view_if_needed()
    drag_slider(notebook.page, slider, 0.25, 0.8, steps=5)
    notebook.wait_for_change(bench, since=revision)
    notebook.wait_until("cell.values('hh.gkbar')[-1] > 0.05 and not bench.session.busy")
    assert changed(before, pixels(bench.locator(".rb-panel-plot").first)) > 100

    bench.locator("[data-action=undo]").click()
    notebook.wait_until("abs(cell.values('hh.gkbar')[-1] - 0.036) < 1e-12")
    bench.locator("[data-action=undo]").click()
    expect(inserted).to_have_count(0)
    assert notebook.page_errors == []


def test_what_is_inserted_can_be_taken_out(shown: tuple[Notebook, Locator]) -> None:
    notebook, bench = shown
    bench.locator('[data-remove="dend|pas"]').click()
    expect(bench.locator('[data-mechanism="dend|pas"]')).to_have_count(0)
    assert notebook.evaluate("cell.history.done[-1]") == "Take pas out"
    bench.locator("[data-action=undo]").click()
    expect(bench.locator('[data-mechanism="dend|pas"]')).to_be_visible()


def test_files_are_loaded_and_what_is_wrong_in_one_is_told(shown: tuple[Notebook, Locator]) -> None:
    notebook, bench = shown
    files: list[FilePayload] = [
        {"name": "kdr_file.mod", "mimeType": "text/plain", "buffer": KDR.encode()},
        {"name": "kdr_broken.mod", "mimeType": "text/plain", "buffer": BROKEN.encode()},
    ]
    bench.locator('.rb-library input[type="file"]').set_input_files(files)
    news = bench.locator(".rb-library-news")
    expect(news).to_contain_text("kdr_file.mod: loaded as kdr_file")
    expect(news.locator(".rb-error")).to_contain_text("kdr_broken.mod, line")
    expect(bench.locator(".rb-description h4")).to_contain_text("kdr_file")
    expect(bench.locator(".rb-provenance")).to_contain_text("kdr_file.mod")
    bench.locator(".rb-description select").select_option("soma")
    bench.locator("[data-action=insert]").click()
    expect(field(bench, "soma|kdr_file.gbar|").locator(".rb-unit")).to_have_text("S/cm2")
    expect(field(bench, "all|kdr_file.slowness|").locator(".rb-unit")).to_have_text("ms")
    assert notebook.evaluate("('soma', 'kdr_file') in cell.document.insertions")


def test_the_list_is_worked_by_the_keyboard(shown: tuple[Notebook, Locator]) -> None:
    _, bench = shown
    bench.locator(".rb-library-search").fill("clamp")
    first = bench.locator(".rb-library-row").first
    first.focus()
    first.press("Enter")
    expect(first).to_have_attribute("aria-selected", "true")
    first.press("ArrowDown")
    second = bench.locator(".rb-library-row").nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    expect(bench.locator("[data-action=place]")).to_be_visible()
