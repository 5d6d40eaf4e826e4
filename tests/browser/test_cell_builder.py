"""The CellBuilder in a real JupyterLab: a branch is drawn, named, gathered, taken back; keys and files do as well."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, pixels
from tests.browser.notebook import Notebook
from tests.browser.tree import middle, spot_of, stage_of

CELL = """import rheobase as rb

cell = rb.Cell("tree")
soma = cell.add_section("soma", L=30, diam=30)
dend = cell.add_section("dend[0]", L=200, diam=4, parent=soma(1))
cell.add_section("dend[1]", points=[(230, 0, 0, 2), (330, 90, 0, 2)], parent=dend(1))
cell.add_section("dend[2]", points=[(230, 0, 0, 2), (330, -90, 0, 2)], parent=dend(1))
cell.history.clear()
builder = rb.CellBuilder(cell)
builder"""
HOSTILE = "<img src=x onerror='window.hurt=1'>"


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL])
    builder = notebook.widget(".rb-cell-builder")
    notebook.wait_for(builder)
    expect(stage_of(builder).locator("xpath=..")).not_to_have_attribute("data-revision", "0")
    return notebook, builder


def mode(builder: Locator, name: str) -> None:
    button = builder.locator(f"[data-mode={name}].rb-button")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def page(builder: Locator, name: str) -> Locator:
    builder.get_by_role("tab", name=name, exact=True).click()
    return builder.get_by_role("tabpanel", name=name)


def text(where: Locator, name: str) -> Locator:
    return where.locator(f'[data-text="{name}"] input')


def press(where: Locator, action: str) -> None:
    where.locator(f'[data-action="{action}"]').click()


def drag(notebook: Notebook, builder: Locator, *points: tuple[float, float], shift: bool = False) -> None:
    """Pull the pointer over the picture from point to point."""
    box = stage_of(builder).bounding_box()
    assert box is not None
    mouse, keyboard = notebook.page.mouse, notebook.page.keyboard
    if shift:
        keyboard.down("Shift")
    (x, y), *rest = points
    mouse.move(box["x"] + x, box["y"] + y)
    mouse.down()
    for x, y in rest:
        mouse.move(box["x"] + x, box["y"] + y, steps=6)
    mouse.up()
    if shift:
        keyboard.up("Shift")


def names(notebook: Notebook) -> list[str]:
    found: list[str] = notebook.evaluate("[section.name for section in cell.sections]")
    return found


def chosen(notebook: Notebook) -> list[str]:
    found: list[str] = notebook.evaluate("builder.chosen")
    return found


def test_a_branch_is_drawn_renamed_gathered_and_taken_back(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    x, y = spot_of(notebook, builder, "dend[1](")
    mode(builder, "draw")
    before = middle(pixels(stage_of(builder)))
    drag(notebook, builder, (x, y), (x - 50, y - 8), (x - 90, y - 20))
    notebook.wait_until("len(cell.sections) == 5")
    assert names(notebook)[-1] == "dend[3]"
    parent = notebook.evaluate("cell.section('dend[3]').parent.section")
    start, end = notebook.evaluate("cell.section('dend[3]').points[:, :3].tolist()")
    assert parent == "dend[1]"
    way = [b - a for a, b in zip(start, end, strict=True)]
    assert way[0] < 0
    assert way[1] > 0
    assert way[2] == pytest.approx(0, abs=1e-4), "it lies in the plane of the screen"
    assert math.hypot(*way) == pytest.approx(notebook.evaluate("cell.section('dend[3]').L"), rel=1e-5)
    expect(builder.locator("[data-section='dend[3]'].rb-chosen")).to_have_count(1)
    assert changed(before, middle(pixels(stage_of(builder)))) > 100

    topology = page(builder, "Topology")
    text(topology, "name").fill("oblique")
    text(topology, "name").press("Enter")
    notebook.wait_until("'oblique' in cell.document.sections")
    assert chosen(notebook) == ["oblique"]
    expect(builder.locator("[data-section=oblique].rb-chosen")).to_have_count(1)

    mode(builder, "lasso")
    size = stage_of(builder).bounding_box()
    assert size is not None
    x, y = spot_of(notebook, builder, "dend[0](")  # its upper edge; the loop holds all that lies above
    left, right, top, bottom = 20, size["width"] - 100, 50, y - 4
    drag(notebook, builder, (left, bottom), (left, top), (right, top), (right, bottom), (left + 9, bottom))
    notebook.wait_until("builder.chosen == ['dend[1]', 'oblique']")

    subsets = page(builder, "Subsets")
    text(subsets, "subset").fill("upper")
    press(subsets, "add-subset")
    notebook.wait_until("'upper' in cell.regions")
    expect(subsets.locator("[data-subset=upper]")).to_contain_text("2 sections")
    assert notebook.evaluate("cell.history.done") == ["Draw dend[3]", "Rename dend[3] to oblique", "Name upper"]

    press(builder, "undo")
    notebook.wait_until("'upper' not in cell.regions")
    press(builder, "undo")
    notebook.wait_until("'oblique' not in cell.document.sections")
    expect(builder.locator("[data-section='dend[3]']")).to_have_count(1)
    press(builder, "redo")
    notebook.wait_until("'oblique' in cell.document.sections")
    press(builder, "code")
    expect(builder.locator(".rb-code")).to_contain_text("cell.add_section('oblique'")
    assert notebook.page_errors == []


def test_the_dendrogram_is_drawn_on_and_walked_by_keys(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    dendrogram = builder.locator(".rb-dendrogram-picture")

    def on(section: str) -> tuple[float, float]:
        branch = builder.locator(f"[data-section='{section}'] .rb-branch-line")
        branch.scroll_into_view_if_needed()
        box = branch.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    mouse = notebook.page.mouse
    mouse.click(*on("dend[2]"))
    notebook.wait_until("builder.chosen == ['dend[2]']")
    for key, then in [
        ("ArrowLeft", ["dend[1]"]),
        ("ArrowDown", ["dend[0]"]),
        ("Shift+ArrowUp", ["dend[0]", "dend[1]"]),
        ("Escape", []),
        ("Control+a", ["soma", "dend[0]", "dend[1]", "dend[2]"]),
        ("ArrowRight", ["dend[2]"]),
    ]:
        dendrogram.press(key)
        notebook.wait_until(f"builder.chosen == {then!r}")
    dendrogram.press("n")
    notebook.wait_until("len(cell.sections) == 5")
    assert notebook.evaluate("cell.section('dend[3]').parent == rb.Location('dend[2]', 1)")
    chosen = builder.locator(".rb-dendrogram-picture .rb-chosen")  # what the page will act on with the next key
    expect(chosen.and_(builder.locator("[data-section='dend[3]']"))).to_have_count(1)
    dendrogram.press("s")
    notebook.wait_until("len(cell.sections) == 6")
    expect(chosen).to_have_count(2)
    dendrogram.press("Delete")
    notebook.wait_until("len(cell.sections) == 4")
    dendrogram.press("Control+z")
    notebook.wait_until("len(cell.sections) == 6")

    mode(builder, "draw")
    x, y = on("soma")
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 40, y - 30, steps=5)
    expect(builder.locator(".rb-dendrogram-words")).to_contain_text("on soma(")
    mouse.move(x + 60, y - 60, steps=5)
    mouse.up()
    notebook.wait_until("len(cell.sections) == 7")
    grown = "next(section for section in cell.sections if section.name == builder.chosen[0])"
    assert notebook.evaluate(f"{grown}.parent.section") == "soma"
    assert 30 < notebook.evaluate(f"{grown}.L") < 400
    mode(builder, "look")
    mouse.dblclick(*on("dend[0]"))
    notebook.wait_until("len(builder.chosen) >= 4 and 'soma' not in builder.chosen")
    assert notebook.page_errors == []


def test_the_cell_is_clicked_and_sections_are_joined_copied_and_carried(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    topology = page(builder, "Topology")
    stage = stage_of(builder)

    def click(section: str, modifier: list[str] | None = None) -> None:
        x, y = spot_of(notebook, builder, section)
        stage.click(position={"x": x, "y": y}, modifiers=modifier)  # type: ignore[arg-type]

    click("dend[1](")
    notebook.wait_until("builder.chosen == ['dend[1]']")
    click("dend[2](", ["Shift"])
    notebook.wait_until("builder.chosen == ['dend[1]', 'dend[2]']")
    click("dend[1](", ["Shift"])
    notebook.wait_until("builder.chosen == ['dend[2]']")
    expect(topology).to_contain_text("a tip")

    press(topology, "join")
    expect(builder.locator(".rb-hint")).to_contain_text("Click where dend[2] should be joined")
    stage.press("Escape")
    expect(builder.locator(".rb-hint")).not_to_contain_text("Click where")
    press(topology, "join")
    click("soma(")
    notebook.wait_until("cell.section('dend[2]').parent.section == 'soma'")
    assert chosen(notebook) == ["dend[2]"]

    press(topology, "copy")
    click("dend[1](")
    notebook.wait_until("len(cell.sections) == 5")
    assert notebook.evaluate("cell.section('dend[3]').parent.section") == "dend[1]"

    mode(builder, "move")
    x, y = spot_of(notebook, builder, "dend[3](")
    before = notebook.evaluate("cell.section('dend[3]').points[0].tolist()")
    drag(notebook, builder, (x, y), (x + 40, y + 5))
    notebook.wait_until("cell.history.done[-1] == 'Move dend[3]'")
    after = notebook.evaluate("cell.section('dend[3]').points[0].tolist()")
    assert after[0] > before[0]

    text(topology, "parent").fill("nowhere(1)")
    text(topology, "parent").press("Enter")
    expect(topology.locator('[data-text="parent"] .rb-error')).to_contain_text("'nowhere'")
    text(topology, "at").fill("dend[0](0.5)")
    press(topology, "add")
    notebook.wait_until("repr(cell.section('dend[4]').parent) == 'dend[0](0.5)'")
    press(topology, "remove")
    notebook.wait_until("len(cell.sections) == 5")
    assert notebook.page_errors == []


def test_a_rule_gathers_and_subsets_are_put_in_order(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    subsets = page(builder, "Subsets")
    subsets.locator("[data-rule=region]").select_option("region dend")
    subsets.locator('[data-rule="path_distance low"]').fill("150")
    expect(subsets.locator(".rb-rule")).to_contain_text("2 sections fit")
    expect(subsets.locator(".rb-rule-code")).to_have_text("rb.where(region='dend', path_distance=(150, None))")
    press(subsets, "choose-rule")
    notebook.wait_until("builder.chosen == ['dend[1]', 'dend[2]']")
    text(subsets, "subset").fill("far")
    press(subsets, "add-rule")
    expect(subsets.locator("[data-subset=far]")).to_contain_text("where(region='dend'")
    subsets.locator("[data-choice=operation]").select_option("toggle")
    subsets.locator("[data-choice=other]").select_option("all")
    press(subsets, "combine")
    notebook.wait_until("builder.chosen == ['soma', 'dend[0]']")
    text(subsets, "subset").fill("near")
    text(subsets, "subset").press("Enter")
    expect(subsets.locator(".rb-subset")).to_have_count(2)
    subsets.locator('[data-subset="near"] [data-move^="near ↑"]').click()
    notebook.wait_until("cell.regions[-2:] == ('near', 'far')")
    text(subsets, "rename-subset").fill("stem")
    text(subsets, "rename-subset").press("Enter")
    notebook.wait_until("cell.regions[-2:] == ('stem', 'far')")
    notebook.execute("cell.section('dend[0]').L = 10")
    expect(subsets.locator("[data-subset=far]")).to_contain_text("0 sections")
    press(subsets, "remove-subset")
    notebook.wait_until("'stem' not in cell.regions")
    assert notebook.page_errors == []


def test_hostile_names_are_shown_as_text(shown: tuple[Notebook, Locator], tmp_path: Path) -> None:
    notebook, builder = shown
    topology = page(builder, "Topology")
    stage_of(builder).click(position=dict(zip("xy", spot_of(notebook, builder, "dend[1]("), strict=True)))  # type: ignore[arg-type]
    notebook.wait_until("builder.chosen == ['dend[1]']")
    for field in ("base", "name", "parent"):
        text(topology, field).fill(HOSTILE)
        text(topology, field).press("Enter")
        expect(topology.locator(f'[data-text="{field}"] .rb-error')).to_contain_text("<img src=x")
    subsets = page(builder, "Subsets")
    subsets.locator("[data-rule=subtree]").fill(HOSTILE)
    expect(subsets.locator(".rb-rule > .rb-error")).to_contain_text("<img src=x")
    text(subsets, "subset").fill(HOSTILE)
    press(subsets, "add-subset")
    expect(subsets.locator('[data-text="subset"] .rb-error')).to_contain_text("<img src=x")
    text(builder, "cell").fill(HOSTILE)
    text(builder, "cell").press("Enter")
    expect(builder.locator('[data-text="cell"] .rb-error')).to_contain_text("<img src=x")
    notebook.execute("cell.name = 'a & b; {1} $(ls)'")
    expect(text(builder, "cell")).not_to_have_value("tree")

    hostile = {"schema": "rheobase.cell", "version": 1, "name": HOSTILE, "sections": []}
    (tmp_path / "hostile.json").write_text(json.dumps(hostile))
    builder.locator("input[type=file][accept*=json]").set_input_files(tmp_path / "hostile.json")
    expect(builder.locator(".rb-notice.rb-error")).to_contain_text("<img src=x")
    assert len(names(notebook)) == 4
    assert builder.locator("img").count() == 0
    assert notebook.page.evaluate("window.hurt") is None
    assert notebook.page_errors == []


def test_a_cell_is_saved_and_opened_again(shown: tuple[Notebook, Locator], tmp_path: Path) -> None:
    notebook, builder = shown
    with notebook.page.expect_download() as saved:
        press(builder, "export.json")
    assert saved.value.suggested_filename == "tree.json"
    saved.value.save_as(tmp_path / "tree.json")
    notebook.execute("cell.section('dend[0]').remove()")
    expect(builder.locator(".rb-branch")).to_have_count(1)
    builder.locator("input[type=file][accept*=json]").set_input_files(tmp_path / "tree.json")
    expect(builder.locator(".rb-branch")).to_have_count(4)
    notebook.execute(f"again = rb.load_cell({str(tmp_path / 'tree.json')!r})")
    assert notebook.evaluate("again == cell")
    stage_of(builder).hover()
    with notebook.page.expect_download() as picture:
        stage_of(builder).get_by_role("button", name="Save this picture").click()
    assert picture.value.suggested_filename == "tree.png"
    assert notebook.page_errors == []


@pytest.mark.parametrize("width", [1600, 900])
def test_it_fits_its_place(shown: tuple[Notebook, Locator], width: int) -> None:
    notebook, builder = shown
    notebook.width(width)
    blues: dict[Literal["light", "dark"], str] = {"light": "rgb(0, 114, 178)", "dark": "rgb(86, 180, 233)"}
    for theme, blue in blues.items():
        notebook.theme(theme)
        line = builder.locator("[data-section='dend[1]'] .rb-branch-line")
        expect(line).to_have_attribute("stroke", blue)
        for title in ("Topology", "Subsets"):
            panel = page(builder, title)
            notebook.execute("builder.perform('choose', sections=['dend[1]'])")
            expect(builder.locator(".rb-chosen[data-section='dend[1]']")).to_have_count(1)
            for part in (builder, panel):
                assert part.evaluate("part => part.scrollWidth <= part.clientWidth"), f"{title} at {width}"
            notebook.screenshot(f"cell-builder-{title.lower()}-{width}-{theme}", of=builder)
    notebook.theme("light")
