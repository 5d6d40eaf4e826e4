"""The workbench in a real JupyterLab: what a student sees, does, takes back and takes away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, click_tree, drag_slider, field, pixels, type_into
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb

cell = rb.Cell("ball and stick")
soma = cell.add_section("soma", L=20, diam=20)
dend = cell.add_section("dend", L=300, diam=4, nseg=11, parent=soma(1))
cell["soma"].insert("hh")
cell["dend"].insert("pas", g=1e-4, e=-65)
"""
AMP = "IClamp[0].amp"


def open_workbench(
    open_notebook: OpenNotebook, cell: str = CELL, call: str = "rb.Workbench(cell)"
) -> tuple[Notebook, Locator]:
    notebook = open_notebook([cell, f"bench = {call}\nbench"])
    bench = notebook.widget(".rb-workbench")
    notebook.wait_for_change(bench, since=1)
    return notebook, bench


def plot(bench: Locator) -> Locator:
    return bench.locator(".rb-panel-plot").first


def amp_box(bench: Locator) -> Locator:
    return bench.locator(".rb-main-field .rb-number")


def wait_for_run_of(notebook: Notebook, amp: float) -> None:
    """Wait until the cell has the current that the page shows, and nothing runs or waits after a run with it."""
    clamp = "cell.process('IClamp[0]')"
    injected = f"float(bench.results[{clamp}.i].max())"
    notebook.wait_until(f"not bench.session.busy and {clamp}.amp == {amp} and abs({injected} - {amp}) < 1e-9")


def test_a_student_first_sees_a_cell_clamped_and_fired(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    expect(bench.locator(".rb-hint")).to_have_text("Click the tree to place an electrode")
    expect(bench.locator(".rb-main-field .rb-field-label")).to_have_text("A  Current amp")
    assert float(amp_box(bench).input_value()) == notebook.evaluate("cell.process('IClamp[0]').amp")
    expect(bench.locator(".rb-status")).to_contain_text("up to date")
    assert notebook.evaluate("bench.results[soma(0.5).v].max()") > 0
    orange = (abs(pixels(plot(bench)) - [213, 94, 0]).max(axis=-1) < 60).sum()
    assert orange > 300, "the spikes are drawn in the electrode's colour"
    assert notebook.page_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_wide_and_narrow_pages(open_notebook: OpenNotebook, theme: Literal["light", "dark"]) -> None:
    notebook, bench = open_workbench(open_notebook)
    notebook.theme(theme)
    for width in (1600, 900):
        notebook.width(width)
        notebook.screenshot(f"workbench-{theme}-{width}", of=bench)
        sizes = bench.evaluate("root => [root.scrollWidth, root.clientWidth, document.documentElement.scrollWidth]")
        assert sizes[0] <= sizes[1]
        assert sizes[2] <= width
        cut = bench.evaluate(
            "root => [...root.querySelectorAll('button, label, .rb-trace-legend span')]"
            ".filter(each => each.clientWidth && each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"
        )
        assert cut == [], "labels are never cut"
    ground = pixels(bench)[2, 2]
    assert (ground.mean() < 90) == (theme == "dark")


def test_a_click_on_the_tree_places_an_electrode_and_undo_takes_it_back(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    revision = notebook.revision(bench)
    click_tree(notebook.page, "dend(")
    notebook.wait_for_change(bench, since=revision)
    placed = notebook.evaluate("[[p.name, p.section, p.x] for p in cell.placements]")
    assert placed[1][:2] == ["IClamp[1]", "dend"]
    expect(bench.locator('.rb-electrode[data-name="IClamp[1]"]')).to_contain_text(f"dend({placed[1][2]})")
    expect(bench.locator(".rb-trace-legend-name").nth(1)).to_contain_text("dend")
    bench.locator(".rb-tab").first.focus()
    notebook.page.keyboard.press("Control+z")
    expect(bench.locator(".rb-electrode")).to_have_count(1)
    assert notebook.evaluate("[p.name for p in cell.placements]") == ["IClamp[0]"]


def test_in_look_mode_a_click_only_selects(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    bench.locator('[data-mode=""]').click()
    click_tree(notebook.page, "dend(")
    notebook.page.wait_for_function("document.querySelector('.rb-viewer .rb-hidden-text').textContent.includes('dend')")
    assert notebook.evaluate("[len(cell.placements), bench.selected['section']]") == [1, "dend"]


def test_a_slider_moves_the_traces_as_one_step_of_undo(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    before, first = pixels(plot(bench)), notebook.evaluate("cell.process('IClamp[0]').amp")
    revision = notebook.revision(bench)
    drag_slider(notebook.page, bench.locator(".rb-main-field .rb-slider"), 0.6, 0.95)
    expect(bench.locator(".rb-main-field .rb-field")).to_have_class("rb-field rb-field-large rb-changed")
    notebook.wait_for_change(bench, since=revision)
    shown = float(amp_box(bench).input_value())
    assert shown > first
    wait_for_run_of(notebook, shown)
    expect(field(bench, AMP).locator(".rb-number")).to_have_value(amp_box(bench).input_value())
    assert changed(before, pixels(plot(bench))) > 300
    assert float(bench.get_attribute("data-latency-ms") or "nan") > 0
    bench.locator("[data-action=undo]").click()
    expect(amp_box(bench)).to_have_value(f"{first:.2f}")
    assert notebook.evaluate("cell.process('IClamp[0]').amp") == first


def test_a_change_in_python_shows_in_the_widget(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    revision = notebook.revision(bench)
    notebook.execute("cell.process('IClamp[0]').amp = 0.07; cell['soma'].set('hh.gnabar', 0.1)")
    notebook.wait_for_change(bench, since=revision)
    expect(amp_box(bench)).to_have_value("0.07")
    bench.locator(".rb-tab", has_text="Mechanisms").click()
    expect(field(bench, "soma|hh.gnabar|").locator(".rb-number")).to_have_value("0.100")


def test_a_bad_value_is_told_under_its_field_and_nowhere_else(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    revision = notebook.evaluate("cell.revision")
    bad = field(bench, "IClamp[0].dur")
    type_into(bad, "-3")
    expect(bad.locator(".rb-error")).to_contain_text("at least 0 ms")
    expect(bench.locator(".rb-error:visible")).to_have_count(1)
    assert notebook.evaluate("cell.revision") == revision
    assert all("ename" not in output for cell in range(2) for output in notebook.outputs(cell))
    type_into(bad, "20 ms")
    expect(bad.locator(".rb-error")).to_be_empty()
    assert notebook.evaluate("cell.process('IClamp[0]').dur") == 20


def test_a_run_that_blows_up_is_told_and_the_last_good_picture_stays(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    traces = notebook.evaluate("len(bench.traces)")
    notebook.execute("cell.process('IClamp[0]').amp = 1e9")
    notebook.wait_for(bench, "error")
    expect(bench.locator(".rb-notice.rb-error")).to_contain_text("soma(0.5)")
    expect(bench.locator(".rb-notice.rb-error")).to_contain_text("ms")
    assert notebook.evaluate("len(bench.traces)") == traces
    bench.locator("[data-action=undo]").click()
    notebook.wait_for(bench, "idle")
    expect(bench.locator(".rb-notice.rb-error")).to_be_hidden()


def test_the_movie_plays_on_the_tree(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    row = bench.locator(".rb-scrubber")
    expect(row).to_be_visible()
    before = pixels(bench.locator(".rb-viewer-stage"))
    row.locator("input[type=range]").focus()
    slider = row.locator("input[type=range]")
    start = float(slider.input_value())
    row.locator(".rb-scrubber-play").click()
    notebook.page.wait_for_function(
        "start => Number(document.querySelector('.rb-scrubber input[type=range]').value) > start + 5", arg=start
    )
    row.locator(".rb-scrubber-play").click()
    over = plot(bench).locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    over.click(position={"x": 0.066 * box["width"], "y": 30})  # during the first spike
    assert changed(before, pixels(bench.locator(".rb-viewer-stage"))) > 50


def test_a_long_run_is_cancelled_by_its_button(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    bench.locator(".rb-tab", has_text="Run").click()
    type_into(field(bench, "tstop"), "200000")
    run = bench.locator(".rb-button-run")
    expect(run).to_contain_text("Cancel")
    run.click()
    notebook.wait_for(bench, "idle")
    expect(bench.locator(".rb-status")).to_contain_text("Cancelled")
    expect(run).to_contain_text("Run")
    type_into(field(bench, "tstop"), "50")
    expect(bench.locator(".rb-status")).to_contain_text("up to date")
    assert notebook.evaluate("float(bench.results.t[-1])") == pytest.approx(50)


def test_a_wild_drag_during_a_long_run_ends_on_the_last_value(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    notebook.execute("bench.session.set('tstop', 3000)")
    slider = bench.locator(".rb-main-field .rb-slider")
    for _ in range(4):
        drag_slider(notebook.page, slider, 0.3, 0.9, steps=40)
    wait_for_run_of(notebook, float(amp_box(bench).input_value()))
    notebook.wait_for(bench, "idle")
    expect(bench.locator(".rb-status")).to_contain_text("up to date")


def test_traces_are_kept_beneath_the_next_run(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    bench.locator(".rb-keep button", has_text="Keep").click()
    expect(bench.locator(".rb-trace-legend").first).to_contain_text("1 kept")
    revision = notebook.revision(bench)
    notebook.execute("cell.process('IClamp[0]').amp = 0.05")
    notebook.wait_for_change(bench, since=revision)
    with_kept = pixels(plot(bench))
    bench.locator(".rb-keep button", has_text="Clear").click()
    expect(bench.locator(".rb-trace-legend").first).not_to_contain_text("kept")
    assert changed(with_kept, pixels(plot(bench))) > 200


def test_the_code_and_the_files_can_be_taken_away(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    notebook, bench = open_workbench(open_notebook)
    bench.locator("[data-action=code]").click()
    expect(bench.locator(".rb-code")).to_contain_text("rb.IClamp(")
    expect(bench.locator(".rb-code")).to_contain_text("rec = rb.run(cell")
    bench.locator("[data-action=export]").click()
    files = {}
    for name in ("CSV", "PNG", "JSON"):
        with notebook.page.expect_download() as download:
            bench.locator(".rb-exports button", has_text=name).click()
        files[name] = tmp_path / name
        download.value.save_as(files[name])
    header, first = files["CSV"].read_text().splitlines()[:2]
    assert header == "t (ms),soma(0.5).v (mV),IClamp[0].i (nA)"
    assert first.startswith("0.0,-65.0,")
    assert files["PNG"].read_bytes().startswith(b"\x89PNG")
    assert json.loads(files["JSON"].read_text())["name"] == "ball and stick"


def test_an_electrode_is_moved_by_a_click(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    bench.locator('[data-move="IClamp[0]"]').click()
    expect(bench.locator(".rb-hint")).to_contain_text("IClamp[0] should go")
    click_tree(notebook.page, "dend(")
    expect(bench.locator('.rb-electrode[data-name="IClamp[0]"]')).to_contain_text("dend(")
    expect(bench.locator(".rb-hint")).to_have_text("Click the tree to place an electrode")
    assert notebook.evaluate("[(p.name, p.section) for p in cell.placements]") == [["IClamp[0]", "dend"]]


def test_it_is_worked_by_the_keyboard(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    first = notebook.evaluate("cell.process('IClamp[0]').amp")
    slider = bench.locator(".rb-main-field .rb-slider")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    expect(amp_box(bench)).to_have_value(f"{first + 0.03:.2f}")
    expect(field(bench, AMP).locator(".rb-number")).to_have_value(f"{first + 0.03:.2f}")  # by way of Python
    assert notebook.evaluate("cell.process('IClamp[0]').amp") == pytest.approx(first + 0.03)
    outline = slider.evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline == "solid", "focus is visible"
    slider.press("Control+z")
    expect(amp_box(bench)).to_have_value(f"{first:.2f}")
    slider.press("?")
    expect(bench.locator(".rb-shortcuts")).to_be_visible()
    unnamed = bench.evaluate(
        "root => [...root.querySelectorAll('button, input, select')].filter(each => !each.getAttribute('aria-label')"
        " && !each.textContent.trim() && !each.labels?.length).map(each => each.outerHTML)"
    )
    assert unnamed == [], "every control has a name"


def test_an_interrupt_of_the_kernel_leaves_it_working(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    notebook.execute("bench.session.set('tstop', 20000)")
    notebook.wait_for(bench, "running")
    notebook.command("notebook:interrupt-kernel")
    notebook.execute("bench.session.set('tstop', 40)")
    notebook.wait_for(bench, "idle")
    revision = notebook.revision(bench)
    drag_slider(notebook.page, bench.locator(".rb-main-field .rb-slider"), 0.6, 0.9, steps=3)
    notebook.wait_for_change(bench, since=revision)
    assert notebook.evaluate("float(bench.results.t[-1])") == pytest.approx(40)


def test_a_restarted_kernel_is_told(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    bench.locator(".rb-main-field .rb-slider").press("ArrowRight")
    expect(bench.locator(".rb-notice").first).to_contain_text("run this cell again", timeout=30_000)


def test_an_empty_cell_says_what_to_do(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["import rheobase as rb\nbench = rb.Workbench(rb.Cell('empty'))\nbench"])
    bench = notebook.widget(".rb-workbench")
    notebook.wait_for(bench, "idle")
    expect(bench.locator(".rb-notice.rb-error")).to_contain_text("add_section")
    expect(bench.locator(".rb-traces .rb-empty")).to_be_visible()
    notebook.screenshot("workbench-empty", of=bench)


@pytest.mark.slow
def test_fifty_showings_leave_nothing_behind(open_notebook: OpenNotebook) -> None:
    notebook, bench = open_workbench(open_notebook)
    notebook.execute("import threading\nfrom comm import get_comm_manager")
    kernel = "[len(get_comm_manager().comms), sum(t.name == 'rheobase-live' for t in threading.enumerate())]"
    page = "[document.querySelectorAll('.rb-workbench').length, document.querySelectorAll('canvas').length]"
    before = notebook.evaluate(kernel), notebook.page.evaluate(page)
    for _ in range(50):
        notebook.execute("bench.close()")
        expect(bench).to_have_count(0)
        notebook.command("notebook:run-cell")
        notebook.wait_for_change(bench, since=1)
    assert notebook.evaluate(kernel) == before[0]
    # A picture that has not been drawn yet has a canvas less.
    assert all(now <= first for now, first in zip(notebook.page.evaluate(page), before[1], strict=True))
    assert notebook.page_errors == []
