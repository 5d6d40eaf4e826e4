"""The trace plot in a real JupyterLab: read, zoomed, compared and taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, pixels
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb

cell = rb.Cell("squid")
soma = cell.add_section("soma", L=20, diam=20)
soma.insert("hh")
clamp = cell.place(rb.IClamp(delay=5, dur=30, amp=0.3), soma(0.5), name="ic")
rec = rb.run(cell, tstop=40, record=[soma(0.5).v, clamp.i, soma(0.5)["hh.m"]])
"""


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL, "plot = rb.TracePlot(rec, title='squid')\nplot"])
    plot = notebook.widget(".rb-trace-plot")
    notebook.wait_for_change(plot, since=0)
    return notebook, plot


def panel(plot: Locator, title: str) -> Locator:
    return plot.locator(f'.rb-panel[data-panel="{title}"] .rb-panel-plot')


def value(plot: Locator, trace: str) -> Locator:
    return plot.locator(f'.rb-trace-legend-item[data-trace="{trace}"] output')


def test_every_unit_has_its_panel_and_every_trace_its_name(shown: tuple[Notebook, Locator]) -> None:
    _, plot = shown
    expect(plot.locator(".rb-trace-panel-title")).to_have_text(["Voltage (mV)", "Current (nA)", "Gates"])
    expect(plot.locator(".rb-trace-legend-name")).to_have_text(["soma(0.5).v", "ic.i", "soma(0.5).hh.m"])


def test_the_crosshair_reads_the_values_of_all_panels(shown: tuple[Notebook, Locator]) -> None:
    notebook, plot = shown
    over = panel(plot, "Voltage").locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    over.hover(position={"x": box["width"] / 2, "y": 20})
    expect(plot.locator(".rb-readout")).to_contain_text("ms")
    time = float((plot.locator(".rb-readout").text_content() or "").split()[0])
    assert time == pytest.approx(20, abs=0.2)
    index = round(time / 0.025)
    for trace, recorded in (
        ("soma(0.5).v", "soma(0.5).v"),
        ("ic.i", "clamp.i"),
        ("soma(0.5).hh.m", "soma(0.5)['hh.m']"),
    ):
        expected = notebook.evaluate(f"float(rec[{recorded}][{index}])")
        assert float(value(plot, trace).text_content() or "nan") == pytest.approx(expected, rel=0.01, abs=0.01)


def test_a_drag_zooms_all_panels_and_a_click_resets(shown: tuple[Notebook, Locator]) -> None:
    notebook, plot = shown
    whole = {title: pixels(panel(plot, title)) for title in ("Voltage", "Gates")}
    over = panel(plot, "Voltage").locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    mouse = notebook.page.mouse
    mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 30, steps=5)
    mouse.up()
    reset = plot.get_by_text("Reset zoom")
    expect(reset).to_be_visible()
    mouse.move(0, 0)
    for title, picture in whole.items():
        assert changed(picture, pixels(panel(plot, title))) > 200
    reset.click()
    expect(reset).to_be_hidden()
    mouse.move(0, 0)
    assert changed(whole["Gates"], pixels(panel(plot, "Gates"))) < 20


def test_the_keyboard_moves_the_crosshair_and_zooms(shown: tuple[Notebook, Locator]) -> None:
    _, plot = shown
    traces = plot.locator(".rb-traces")
    traces.focus()
    traces.press("ArrowRight")
    expect(plot.locator(".rb-readout")).to_contain_text("ms")
    traces.press("+")
    expect(plot.get_by_text("Reset zoom")).to_be_visible()
    traces.press("0")
    expect(plot.get_by_text("Reset zoom")).to_be_hidden()


def test_what_is_shown_can_be_taken_away(shown: tuple[Notebook, Locator], tmp_path: Path) -> None:
    notebook, plot = shown
    with notebook.page.expect_download() as csv:
        plot.get_by_text("CSV", exact=True).click()
    csv.value.save_as(tmp_path / "csv")
    lines = (tmp_path / "csv").read_text().splitlines()
    assert lines[0] == '"t (ms)","soma(0.5).v (mV)","ic.i (nA)","soma(0.5).hh.m (1)"'
    assert len(lines) == 1 + notebook.evaluate("len(rec.t)")
    assert float(lines[801].split(",")[1]) == pytest.approx(notebook.evaluate("float(rec[soma(0.5).v][800])"), rel=1e-5)
    with notebook.page.expect_download() as png:
        plot.get_by_text("PNG", exact=True).click()
    png.value.save_as(tmp_path / "squid.png")
    assert png.value.suggested_filename == "squid.png"
    assert (tmp_path / "squid.png").read_bytes().startswith(b"\x89PNG")


def test_a_kept_run_stays_faint_beneath_the_next(shown: tuple[Notebook, Locator]) -> None:
    notebook, plot = shown
    revision = notebook.revision(plot)
    notebook.execute("plot.keep(); clamp.amp = 0.05; plot.show(rb.run(cell, tstop=40, record=rec.recordables))")
    notebook.wait_for_change(plot, since=revision + 1)
    with_kept = pixels(panel(plot, "Voltage"))
    expect(plot.locator(".rb-trace-legend").first).to_contain_text("1 kept")
    revision = notebook.revision(plot)
    notebook.execute("plot.clear()")
    notebook.wait_for_change(plot, since=revision)
    assert changed(with_kept, pixels(panel(plot, "Voltage"))) > 100


def test_an_empty_plot_says_so(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["import rheobase as rb\nplot = rb.TracePlot()\nplot"])
    plot = notebook.widget(".rb-trace-plot")
    expect(plot.locator(".rb-empty")).to_contain_text("No traces yet")
