"""The viewer in a real JupyterLab: what it shows, what it answers, and what it survives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import Notebook
from tests.browser.tree import has_colour, middle, pixels, point_at, spot_of, stage_of

CELL = """
import numpy as np
import rheobase as rb
from rheobase.widgets import MorphologyViewer

cell = rb.Cell("tree")
soma = cell.add_section("soma", points=[(0, -10, 0, 20), (0, 10, 0, 20)])
trunk = cell.add_section("apic[0]", points=[(0, 10, 0, 6), (0, 100, 0, 4)], nseg=9, parent=soma(1))
left = cell.add_section("apic[1]", points=[(0, 100, 0, 4), (-90, 160, 20, 2)], nseg=5, parent=trunk(1))
right = cell.add_section("apic[2]", points=[(0, 100, 0, 4), (90, 160, -20, 2)], nseg=5, parent=trunk(1))
"""
VIEWER = "viewer = MorphologyViewer(cell, height=400)\nviewer"


def open_viewer(open_notebook: OpenNotebook, *further: str) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL, *further, VIEWER])
    widget = notebook.widget(".rb-viewer")
    notebook.wait_for(widget)
    notebook.wait_for_change(widget, since=0)
    return notebook, widget


def test_hovering_names_a_place_and_a_click_selects_it(open_notebook: OpenNotebook) -> None:
    notebook, widget = open_viewer(open_notebook)
    notebook.execute("viewer.show_values(np.linspace(-70, 20, cell.n_segments), 'v', unit='mV')")
    expect(widget).to_have_attribute("data-colour-by", "value")
    x, y = spot_of(notebook, widget, "apic[2]")
    point_at(notebook, widget, x, y)
    tip = widget.locator(".rb-viewer-tip")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("apic[2](")
    expect(tip).to_contain_text("mV")
    shown = widget.locator(".rb-viewer-tip > :nth-child(2)").inner_text()
    value = float(shown.removeprefix("v ").removesuffix(" mV").replace("\u2212", "-"))
    revision = notebook.revision(widget)
    notebook.page.mouse.down()
    notebook.page.mouse.up()
    notebook.wait_for_change(widget, since=revision)
    section, place = notebook.evaluate("[viewer.selected['section'], viewer.selected['x']]")
    assert section == "apic[2]"
    segment = 15 + min(int(place * 5), 4)
    assert value == pytest.approx(-70 + 90 * segment / 19, abs=0.01)

    notebook.execute("viewer.select(soma(0.5))")
    expect(widget.locator("[aria-live]")).to_have_text("Selected soma(0.5)")


def test_colours_follow_values_and_the_choice(open_notebook: OpenNotebook) -> None:
    notebook, widget = open_viewer(open_notebook)
    by_type = middle(pixels(stage_of(widget)))
    assert has_colour(by_type, (0, 158, 115)), "apical dendrites are green"
    notebook.execute("viewer.show_values(np.full(cell.n_segments, 40.0), 'v', unit='mV')")
    expect(widget).to_have_attribute("data-colour-by", "value")
    revision = notebook.revision(widget)
    notebook.execute("viewer.show_values(np.full(cell.n_segments, -80.0), 'v', unit='mV')")
    notebook.wait_for_change(widget, since=revision)
    low = middle(pixels(stage_of(widget)))
    revision = notebook.revision(widget)
    notebook.execute("viewer.show_values(np.full(cell.n_segments, 40.0), 'v', unit='mV')")
    notebook.wait_for_change(widget, since=revision)
    high = middle(pixels(stage_of(widget)))
    assert has_colour(low, (68, 1, 84))
    assert not has_colour(low, (253, 231, 36))
    assert has_colour(high, (253, 231, 36))
    assert not has_colour(high, (68, 1, 84))

    widget.locator(".rb-viewer-picker").select_option("diameter")
    expect(widget.locator(".rb-legend-title")).to_have_text("diameter (\u00b5m)")
    notebook.wait_until("viewer.colour_by == 'diameter'")

    notebook.execute("viewer.show_values({right(0.5): 1.0}, '<img src=x onerror=alert(1)>')")
    expect(widget.locator(".rb-legend-title")).to_have_text("<img src=x onerror=alert(1)>")
    assert widget.locator("img").count() == 0


def test_the_movie_plays_without_the_kernel(open_notebook: OpenNotebook) -> None:
    notebook, widget = open_viewer(open_notebook)
    notebook.execute(
        "t = np.linspace(0, 10, 50)\n"
        "viewer.show_frames((t, np.where(t[:, None] < 5, -80.0, 40.0) * np.ones((50, cell.n_segments))))"
    )
    slider = widget.get_by_role("slider")
    expect(slider).to_be_visible()
    expect(widget).to_have_attribute("data-colour-by", "value")
    first = middle(pixels(stage_of(widget)))
    notebook.execute("heard = []\nviewer.observe(lambda change: heard.append(change['name']), list(viewer.keys))")
    widget.get_by_role("button", name="Play the movie").click()
    expect(slider).to_have_js_property("value", "10", timeout=30_000)
    expect(widget.get_by_role("button", name="Play the movie")).to_be_visible()
    last = middle(pixels(stage_of(widget)))
    assert has_colour(first, (68, 1, 84))
    assert has_colour(last, (253, 231, 36))
    assert not has_colour(last, (68, 1, 84))
    assert notebook.evaluate("[viewer.time, heard]") == [10.0, ["time"]], "the kernel hears where it ended, and no more"


def test_an_electrode_is_dragged_to_another_place_and_back_by_undo(open_notebook: OpenNotebook) -> None:
    notebook, widget = open_viewer(open_notebook, "clamp = cell.place(rb.IClamp(delay=5, dur=80, amp=0.3), soma(0.5))")
    x, y = spot_of(notebook, widget, "A")
    target = spot_of(notebook, widget, "apic[1]")
    point_at(notebook, widget, x, y)
    notebook.page.mouse.down()
    point_at(notebook, widget, (x + target[0]) / 2, (y + target[1]) / 2)
    point_at(notebook, widget, *target)
    revision = notebook.revision(widget)
    notebook.page.mouse.up()
    notebook.wait_for_change(widget, since=revision)
    assert notebook.evaluate("clamp.location.section") == "apic[1]"
    notebook.execute("cell.undo()")
    assert notebook.evaluate("viewer.marks[0]['section']") == "soma"


def test_keys_turn_the_cell_and_jupyterlab_leaves_them_alone(open_notebook: OpenNotebook) -> None:
    notebook, widget = open_viewer(open_notebook)
    stage = stage_of(widget)
    cells = len(notebook.cells())
    start = middle(pixels(stage))
    stage.focus()
    for key in ("ArrowRight", "ArrowRight", "+", "a", "b", "d", "d"):
        revision = notebook.revision(widget)
        stage.press(key)
        if len(key) > 1 or key == "+":
            notebook.wait_for_change(widget, since=revision)
    turned = middle(pixels(stage))
    assert (np.abs(turned - start).max(axis=2) > 40).sum() > 200
    revision = notebook.revision(widget)
    stage.press("r")
    notebook.wait_for_change(widget, since=revision)
    assert (np.abs(middle(pixels(stage)) - start).max(axis=2) > 40).sum() < 20
    assert len(notebook.cells()) == cells, "a and d would insert and delete cells in command mode"
    stage.press("?")
    expect(widget.get_by_text("turn the cell")).to_be_visible()
    assert notebook.page_errors == []


def test_the_picture_is_saved_twice_as_fine(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    notebook, widget = open_viewer(open_notebook)
    stage_of(widget).hover()
    with notebook.page.expect_download() as download:
        widget.get_by_role("button", name="Save this picture as a PNG file (S)").click()
    assert download.value.suggested_filename == "tree.png"
    download.value.save_as(tmp_path / "tree.png")
    image = Image.open(tmp_path / "tree.png").convert("RGB")
    box = stage_of(widget).bounding_box()
    assert box
    assert image.height == pytest.approx(2 * box["height"], abs=6)
    saved = np.asarray(image).astype(np.int16)
    assert has_colour(saved[60:-60, : -2 * 160], (0, 158, 115)), "the tree is on it"
    assert has_colour(saved[:120, -2 * 60 :], (0, 158, 115)), "and so is the legend"


def test_the_viewer_follows_the_cell_and_the_theme(open_notebook: OpenNotebook) -> None:
    notebook, widget = open_viewer(open_notebook)
    expect(widget).to_have_attribute("data-segments", "20")
    notebook.execute("cell.section('apic[1]').nseg = 7")
    expect(widget).to_have_attribute("data-segments", "22")
    notebook.execute("cell.undo()")
    expect(widget).to_have_attribute("data-segments", "20")
    for theme, dark in (("light", False), ("dark", True)):
        notebook.theme(theme)  # type: ignore[arg-type]
        for width in (1600, 900):
            notebook.width(width)
            notebook.screenshot(f"viewer-{theme}-{width}", of=widget)
            overflow = widget.evaluate("root => root.scrollWidth - root.clientWidth")
            assert overflow <= 0
        expect(stage_of(widget)).to_be_visible()
        notebook.page.wait_for_function(
            "([stage, dark]) => (getComputedStyle(stage).backgroundColor.match(/\\d+/g)[0] < 128) === dark",
            arg=[stage_of(widget).element_handle(), dark],
        )


LIVE = """() => [...document.querySelectorAll('.rb-viewer-canvas')]
  .filter((canvas) => !canvas.getContext('webgl2').isContextLost()).length"""


def test_twenty_viewers_share_few_contexts(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([CELL, "for number in range(20): display(MorphologyViewer(cell, height=200))"])
    page: Page = notebook.page
    viewers = page.locator(".rb-viewer")
    expect(viewers).to_have_count(20)
    for number in range(20):
        viewer = viewers.nth(number)
        viewer.scroll_into_view_if_needed()
        notebook.wait_for_change(viewer, since=0)
    for number in (0, 9, 19):
        viewer = viewers.nth(number)
        viewer.scroll_into_view_if_needed()
        expect(viewer.locator(".rb-viewer-canvas")).to_be_attached()
        assert has_colour(pixels(stage_of(viewer)), (0, 158, 115)), f"viewer {number} shows its cell"
    assert page.evaluate(LIVE) <= 8
    assert notebook.page_errors == []


def test_a_lost_context_comes_back(open_notebook: OpenNotebook) -> None:
    notebook, widget = open_viewer(open_notebook)
    revision = notebook.revision(widget)
    widget.locator(".rb-viewer-canvas").evaluate(
        "canvas => canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    notebook.wait_for_change(widget, since=revision)
    assert has_colour(middle(pixels(stage_of(widget))), (0, 158, 115))
    assert notebook.page.evaluate(LIVE) == 1
