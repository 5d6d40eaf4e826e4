"""The CellBuilder's pages on what a place is like: its grid, its membrane, its profiles, and which place wins."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, drag_slider, field, pixels, type_into
from tests.browser.notebook import Notebook
from tests.browser.tree import middle, stage_of

CELL = """import rheobase as rb
from rheobase.widgets import CellBuilder

cell = rb.Cell("tree")
soma = cell.add_section("soma", L=30, diam=30)
trunk = cell.add_section("dend[0]", L=300, diam=4, parent=soma(1))
for index in range(1, 4):
    cell.add_section(f"dend[{index}]", L=200, diam=3, nseg=3, parent=trunk(1))
cell.subset("tuft", ["dend[2]", "dend[3]"])
builder = CellBuilder(cell)
builder"""


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL])
    builder = notebook.widget(".rb-cell-builder")
    notebook.wait_for(builder)
    return notebook, builder


def page(builder: Locator, name: str) -> Locator:
    """The page of a tab, brought to the front."""
    builder.get_by_role("tab", name=name, exact=True).click()
    return builder.locator(f".rb-{name.lower()}")


def describe(page: Locator, place: str) -> None:
    page.locator("[data-choice=place]").select_option(place)


def insert_hh(builder: Locator) -> Locator:
    """The Biophysics page, of the whole cell with hh in it."""
    biophysics = page(builder, "Biophysics")
    describe(biophysics, "all")
    search = biophysics.locator("[data-action=insert-search]")
    search.fill("no such thing")
    expect(biophysics.locator(".rb-insert-none")).to_be_visible()
    search.fill("squid rectifier")
    expect(biophysics.locator("[role=option][data-name=kdr_hh]")).to_be_visible()
    search.fill("hh")
    search.press("Enter")
    expect(biophysics.locator('[data-group="mechanism hh"]')).to_be_visible()
    return biophysics


def tree_pixels(builder: Locator) -> np.ndarray:
    return middle(pixels(stage_of(builder)))


def test_hh_is_inserted_its_slider_dragged_and_both_taken_back(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    biophysics = insert_hh(builder)
    assert notebook.evaluate("cell.document.mechanism('hh').name") == "hh"
    describe(biophysics, "dend")
    gnabar = field(biophysics, "dend|hh.gnabar")
    expect(gnabar.locator(".rb-unit")).to_have_text("S/cm2")
    steps = notebook.evaluate("len(cell.history.done)")
    drag_slider(notebook.page, gnabar.locator(".rb-slider"), 0.25, 0.8)
    notebook.wait_until("cell.values('hh.gnabar')[-1] > 0.3")
    expect(gnabar.locator(".rb-reset")).to_be_visible()
    assert notebook.evaluate("[cell.values('hh.gnabar')[0], len(cell.history.done)]") == [0.12, steps + 1]
    type_into(gnabar, "-3")
    expect(gnabar.locator(".rb-error")).to_contain_text("outside its limits")
    type_into(gnabar, "200 mS/cm2")
    notebook.wait_until("cell.values('hh.gnabar')[-1] == 0.2")
    gnabar.locator(".rb-reset").click()
    notebook.wait_until("cell.values('hh.gnabar')[-1] == 0.12")
    for _ in range(3):
        builder.locator("[data-action=undo]").click()
    notebook.wait_until("not cell.assignments")
    builder.locator("[data-action=undo]").click()
    expect(biophysics.locator('[data-group="mechanism hh"]')).to_have_count(0)
    assert notebook.evaluate("len(cell.insertions)") == 0
    assert notebook.page_errors == []


def test_a_grid_is_tried_before_it_is_set(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    geometry = page(builder, "Geometry")
    describe(geometry, "dend")
    cells = {name: geometry.locator(f'[data-grid="{name}"]') for name in ("now.segments", "after.segments")}
    expect(cells["now.segments"]).to_have_text("10")
    geometry.locator("[data-number=d_lambda]").fill("0.02")
    # A slow page may show on the way what "0.0" or "0." would make of it.
    expect(cells["after.segments"]).to_have_text(re.compile(r"^([3-9]\d|2[1-9]|\d{3,})$"))
    said = int(cells["after.segments"].inner_text())
    assert notebook.evaluate("cell.n_segments") == 11, "nothing is cut yet"
    geometry.locator("[data-number=d_lambda]").fill("none")
    expect(geometry.locator(".rb-rule-number .rb-error").first).to_be_visible()
    geometry.locator("[data-number=d_lambda]").fill("0.02")
    geometry.locator("[data-action=apply-grid]").click()
    expect(cells["now.segments"]).to_have_text(str(said))
    expect(geometry.locator("[data-action=apply-grid]")).to_be_disabled()
    assert notebook.evaluate("sum(cell['dend'].nseg)") == said
    assert notebook.evaluate("float(cell.audit_segments()['d_lambda'].iloc[1:].max())") <= 0.02
    geometry.locator('[data-rule="d_X"]').click()
    geometry.locator("[data-number=d_X]").fill("50")
    expect(geometry.locator('[data-grid="after.dx"]')).to_contain_text("42.86")
    builder.locator("[data-action=undo]").click()
    expect(cells["now.segments"]).to_have_text("10")


def test_lengths_are_set_of_all_and_of_one(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    geometry = page(builder, "Geometry")
    describe(geometry, "dend")
    length = field(geometry, "dend|L")
    expect(length.locator(".rb-number")).to_have_attribute("placeholder", "several")
    expect(length).to_contain_text("200 to 300 um")
    before = tree_pixels(builder)
    type_into(length, "150")
    notebook.wait_until("set(cell['dend'].L) == {150}")
    assert changed(before, tree_pixels(builder)) > 100, "the shape follows"
    geometry.locator("summary", has_text="Section by section").click()
    row = geometry.locator('[data-section="dend[2]"]')
    row.get_by_label("diam of dend[2]").fill("1.5")
    row.get_by_label("diam of dend[2]").press("Enter")
    notebook.wait_until("cell.section('dend[2]').diam == 1.5")
    row.get_by_role("button", name="Choose dend[2]").click()
    notebook.wait_until("builder.chosen == ['dend[2]']")


def test_a_boltzmann_gradient_is_painted_moved_and_taken_back(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    biophysics = insert_hh(builder)
    describe(biophysics, "dend")
    field(biophysics, "dend|hh.gnabar").locator("[data-action=vary]").click()
    profiles = builder.locator(".rb-profiles")
    expect(profiles.locator("[data-choice=target] select")).to_have_value("hh.gnabar")
    profiles.locator("[data-kind=boltzmann]").click()
    expect(profiles.locator(".rb-form-text")).to_contain_text("midpoint")
    by_type = tree_pixels(builder)
    profiles.locator("[data-paint=value]").click()
    notebook.wait_until("builder.colour_by == 'value'")
    expect(builder.locator(".rb-viewer")).to_have_attribute("data-colour-by", "value")
    flat = tree_pixels(builder)
    assert changed(by_type, flat) > 300
    plot = profiles.locator(".rb-profile-plot")
    drawn = pixels(plot)

    steps = notebook.evaluate("len(cell.history.done)")
    amplitude = field(profiles, "dend|hh.gnabar|boltzmann|amplitude").locator(".rb-slider")
    amplitude.scroll_into_view_if_needed()
    drag_slider(notebook.page, amplitude, 0.5, 0.9)
    notebook.wait_until("cell.values('hh.gnabar')[-1] > 0.2")
    plot.scroll_into_view_if_needed()
    steep = tree_pixels(builder)
    assert changed(flat, steep) > 300, "the shape's colours follow the slider"
    assert changed(drawn, pixels(plot)) > 200
    values = np.array(notebook.evaluate("cell.values('hh.gnabar').tolist()"))
    assert values[0] == 0.12
    assert values[-1] > values[2] > 0.12
    assert notebook.evaluate("len(cell.history.done)") == steps + 1
    assert "boltzmann('path_distance'" in profiles.locator(".rb-profile-code").inner_text()

    profiles.locator("[data-paint=p]").click()
    notebook.wait_until("builder.value_label == 'p over dend'")
    assert changed(steep, tree_pixels(builder)) > 100
    profiles.locator("[data-paint=value]").click()
    notebook.wait_until("builder.value_label == 'hh.gnabar'")
    builder.locator("[data-action=undo]").click()
    notebook.wait_until("abs(cell.values('hh.gnabar') - 0.12).max() < 1e-9")
    builder.locator("[data-action=undo]").click()
    expect(profiles.locator("[data-kind=boltzmann]")).to_have_attribute("aria-pressed", "false")
    assert notebook.evaluate("len(cell.assignments)") == 0
    assert notebook.page_errors == []


def test_p_is_measured_otherwise_and_a_formula_typed(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    insert_hh(builder)
    profiles = page(builder, "Profiles")
    describe(profiles, "dend")
    profiles.locator("[data-kind=along]").click()
    formula = profiles.locator("[data-text=expression] input")
    formula.fill("g * expp(-p / reach)")
    formula.press("Enter")
    expect(profiles.locator("[data-text=expression] .rb-error")).to_contain_text("did you mean exp")
    formula.fill("g * exp(-p / reach)")
    formula.press("Enter")
    type_into(field(profiles, "dend|hh.gnabar|along|reach"), "150")
    notebook.wait_until("cell.assignments and cell.assignments[0].value.coefficients['reach'] == 150")
    profiles.locator("[data-choice=metric] select").select_option("radial_distance")
    notebook.wait_until("cell.assignments[0].value.metric == 'radial_distance'")
    origin = profiles.locator("[data-text=origin] input")
    origin.fill("sooma(1)")
    origin.press("Enter")
    expect(profiles.locator("[data-text=origin] .rb-error")).to_contain_text("did you mean 'soma'")
    origin.fill("soma(1)")
    origin.press("Enter")
    notebook.wait_until("repr(cell.assignments[0].value.origin) == 'soma(1.0)'")
    profiles.locator("[data-choice=normalise] select").select_option("most_distal")
    notebook.wait_until("builder.profile['high'] == 1")
    assert notebook.page_errors == []


def test_places_that_overlap_are_put_in_another_order(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    biophysics = page(builder, "Biophysics")
    conflicts = biophysics.locator(".rb-conflicts")
    expect(conflicts).to_be_hidden()
    describe(biophysics, "dend")
    type_into(field(biophysics, "dend|cm"), "2")
    describe(biophysics, "tuft")
    type_into(field(biophysics, "tuft|cm"), "3")
    conflicts.locator("summary").click()
    tuft, dend = (conflicts.locator(f'[data-place="{name}"]') for name in ("tuft", "dend"))
    expect(tuft).to_contain_text("all 2")
    expect(dend).to_contain_text("2 of 4")
    tuft.locator(".rb-winners").click()
    notebook.wait_until("builder.chosen == ['dend[2]', 'dend[3]']")
    dend.locator("[data-later]").click()
    expect(tuft).to_contain_text("nowhere")
    notebook.wait_until("set(cell.values('cm')[1:]) == {2.0}")
    expect(field(biophysics, "tuft|cm").locator(".rb-field-note.rb-quiet")).to_contain_text("holds nowhere")
    builder.locator("[data-action=undo]").click()
    notebook.wait_until("cell.values('cm')[-1] == 3")


def test_it_fits_wide_and_narrow_pages_in_both_themes(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    insert_hh(builder)
    notebook.execute("cell['dend'].set('hh.gnabar', rb.linear('path_distance', 0.1, 1e-4)); cell['tuft'].set('cm', 2)")
    for theme in ("light", "dark"):
        notebook.theme(theme)
        for width in (1600, 900):
            notebook.width(width)
            for name in ("Geometry", "Biophysics", "Profiles"):
                describe(page(builder, name), "dend")
                notebook.screenshot(f"cell-builder-{name.lower()}-{theme}-{width}", of=builder)
                sizes = builder.evaluate(
                    "root => [root.scrollWidth, root.clientWidth, document.documentElement.scrollWidth]"
                )
                assert sizes[0] <= sizes[1]
                assert sizes[2] <= width
                cut = builder.evaluate(
                    "root => [...root.querySelectorAll('.rb-cell-right button, .rb-cell-right label')]"
                    ".filter(each => each.clientWidth && each.scrollWidth > each.clientWidth + 1)"
                    ".map(each => each.textContent)"
                )
                assert cut == [], "labels are never cut"
