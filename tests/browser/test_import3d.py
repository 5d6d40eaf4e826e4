"""Import3D in a real JupyterLab: a broken file is opened, looked at, repaired by hand and made into a cell."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, pixels
from tests.browser.notebook import Notebook
from tests.browser.tree import spot_of
from tests.morphology.neuromorpho_site import neuromorpho_site

CELL = """
import rheobase as rb

tool = rb.Import3D()
tool
"""

BROKEN = """# a cell whose tenth point was lost
1 1 0 0 0 6 -1
2 3 8 4 0 1.2 1
3 3 30 12 1 1.0 2
4 3 55 20 1 0.9 3
5 3 80 40 2 0.6 4
6 3 110 70 2 0.5 5
7 3 85 5 2 0.6 4
8 3 120 -5 60 0.5 7
9 3 150 -10 61 0.4 8
11 3 40 60 2 0.6 10
12 3 60 100 3 0.5 11
14 2 -9 -3 0 0.5 1
15 2 -60 -20 0 0 14
16 2 -120 -60 0 0.4 15
"""

DROP = """(tool, [name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  for (const type of ["dragover", "drop"])
    tool.dispatchEvent(new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}));
}"""

Shown = tuple[Notebook, Locator]


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> Shown:
    notebook = open_notebook([CELL])
    tool = notebook.widget(".rb-import3d")
    notebook.wait_for(tool, "idle")
    return notebook, tool


def upload(shown: Shown, name: str, text: str) -> None:
    """Choose a file, as by its button, and wait until it is shown or refused."""
    notebook, tool = shown
    before = notebook.revision(tool)
    tool.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/plain", "buffer": text.encode()})
    notebook.page.wait_for_function(
        "([root, since]) => Number(root.dataset.revision) > since", arg=[tool.element_handle(), before]
    )


def camera(tool: Locator) -> list[float]:
    """Where the picture looks: x, y, z, pixels per um and the angle about y."""
    return [float(part) for part in (tool.locator(".rb-import-view").get_attribute("data-camera") or "").split()]


def rest(tool: Locator) -> list[float]:
    """Wait until the camera stands still."""
    expect(tool.locator(".rb-import-view")).not_to_have_attribute("data-flying", "true")
    before: list[float] = []
    while not (now := camera(tool)) or now != before:
        before = now
        tool.page.wait_for_timeout(250)
    return now


def tab(tool: Locator, title: str) -> None:
    tool.get_by_role("tab", name=title).click()


def problem(tool: Locator, code: str) -> Locator:
    return tool.locator(f'.rb-problem[data-code="{code}"]').first


def test_a_broken_file_is_repaired_by_clicks_and_made_into_a_cell(shown: Shown) -> None:
    notebook, tool = shown
    expect(tool.locator(".rb-import-empty")).to_be_visible()
    upload(shown, "broken.swc", BROKEN)
    notebook.wait_for(tool, "idle")
    expect(tool.locator(".rb-import-empty")).to_be_hidden()
    expect(tool.locator(".rb-title")).to_have_text("broken.swc")
    expect(tool.locator(".rb-problem-count")).to_contain_text("1 error")

    before = rest(tool)
    problem(tool, "missing-parent").click()
    line = tool.locator(".rb-problem-body .rb-meant")
    expect(line).to_have_attribute("data-line", "11")
    expect(line.locator(".rb-source-text")).to_have_text("11 3 40 60 2 0.6 10")
    after = rest(tool)
    assert after[:3] == [40, 60, 2]
    assert after[:3] != before[:3]
    assert after[3] > 1.5 * before[3]

    tool.locator("[data-action=make]").click()
    expect(tool.locator(".rb-strip .rb-error")).to_contain_text("line 11")
    assert notebook.evaluate("tool.cell is None")

    stage = tool.locator(".rb-viewer-stage")
    picture = pixels(stage)
    tool.locator("[data-remedy=join] [data-action=preview]").click()
    expect(tool.locator(".rb-import-preview")).to_contain_text("nearest")
    rest(tool)
    tool.locator("[data-action=leave]").hover()
    assert notebook.evaluate("[int((tool.morphology.samples.parent < 0).sum()), tool.undo_label]") == [2, ""]
    tool.locator("[data-action=leave]").click()
    expect(tool.locator(".rb-import-preview")).to_be_hidden()
    assert rest(tool) == after
    assert changed(picture, pixels(stage)) < 40

    tool.locator("[data-remedy=join] [data-action=preview]").click()
    tool.locator("[data-action=take]").click()
    expect(tool.locator(".rb-import-preview")).to_be_hidden()
    expect(tool.locator(".rb-problem-count")).not_to_contain_text("error")
    assert notebook.evaluate("int((tool.morphology.samples.parent < 0).sum())") == 1
    assert rest(tool)[:3] == [40, 60, 2]  # where one looked before the repair
    assert changed(picture, pixels(stage)) > 200

    undo, redo = tool.locator("[data-action=undo]"), tool.locator("[data-action=redo]")
    undo.click()
    expect(tool.locator(".rb-problem-count")).to_contain_text("1 error")
    expect(undo).to_be_disabled()
    redo.click()
    expect(tool.locator(".rb-problem-count")).not_to_contain_text("error")

    tool.locator("[data-action=make]").click()
    expect(tool.locator(".rb-code")).to_have_text("cell = tool.cell\nrb.CellBuilder(cell)\n")
    assert notebook.evaluate("len(tool.cell.sections) == len(tool.morphology.sections)")
    assert notebook.page_errors == []


def test_hostile_names_and_lines_are_shown_as_text(shown: Shown) -> None:
    notebook, tool = shown
    name = "<script>window.bad=1<!--<img src=x onerror=window.bad=1>.swc"
    text = f"# <img src=x onerror=window.bad=1>\n# {'x' * 10_000}\n{BROKEN}11 3 <b>1</b> 2 3 4 5\n"
    upload(shown, name, text)
    notebook.wait_for(tool, "error")
    failure = tool.locator(".rb-import-failure")
    expect(failure).to_contain_text(name)
    expect(failure.locator(".rb-meant .rb-source-text")).to_have_text("11 3 <b>1</b> 2 3 4 5")
    upload(shown, name, text.rpartition("11 3 <b>")[0])
    notebook.wait_for(tool, "idle")
    expect(tool.locator(".rb-title")).to_have_text(name)
    tab(tool, "Point")
    tool.locator("[data-field=line]").fill("4")
    tool.locator("[data-action=go]").click()
    expect(tool.locator(".rb-point .rb-source-text").first).to_have_text("# <img src=x onerror=window.bad=1>")
    tool.locator("[data-action=code]").click()
    expect(tool.locator(".rb-code")).to_contain_text("onerror")
    assert notebook.page.evaluate("window.bad") is None
    assert tool.locator("img, b, script").count() == 0
    assert notebook.page_errors == []


def test_the_tool_stays_usable_after_a_file_that_fails(shown: Shown) -> None:
    notebook, tool = shown
    upload(shown, "bad.swc", "1 1 0 0 0 5 -1\n2 3 0 nine 0 1 1\n")
    notebook.wait_for(tool, "error")
    failure = tool.locator(".rb-import-failure")
    expect(failure).to_contain_text("bad.swc could not be opened: line 2")
    expect(failure.locator(".rb-meant")).to_have_attribute("data-line", "2")
    upload(shown, "good.swc", BROKEN)
    notebook.wait_for(tool, "idle")
    expect(failure).to_be_hidden()
    expect(tool.locator(".rb-title")).to_have_text("good.swc")
    upload(shown, "worse.swc", "")
    notebook.wait_for(tool, "error")
    tool.evaluate(DROP, ["dropped.swc", BROKEN])
    notebook.wait_for(tool, "idle")
    expect(tool.locator(".rb-title")).to_have_text("dropped.swc")
    upload(shown, "worst.swc", "1")
    notebook.wait_for(tool, "error")
    expect(tool.locator(".rb-title")).to_have_text("dropped.swc")
    failure.get_by_role("button").click()
    notebook.wait_for(tool, "idle")
    tool.locator("[data-action=repair-all]").click()
    expect(tool.locator(".rb-problem-count")).not_to_contain_text("error")
    assert notebook.page_errors == []


def test_points_are_chosen_filtered_and_edited(shown: Shown) -> None:
    notebook, tool = shown
    upload(shown, "broken.swc", BROKEN)
    notebook.wait_for(tool, "idle")
    rest(tool)
    view = tool.locator(".rb-import-view")
    x, y = spot_of(notebook, tool, "line 7")
    tool.locator(".rb-viewer-stage").click(position={"x": x, "y": y})
    point = tool.locator(".rb-point")
    expect(point.locator('[data-fact="id"]')).to_have_text("6")
    notebook.wait_until("tool.chosen == 5")

    chosen = tool.locator("[data-action=filter]")
    for name, count in (("path", 6), ("section", 2), ("distal", 1), ("type 2", 3), ("roots", 3), ("all", 14)):
        chosen.select_option(name)
        expect(view).to_have_attribute("data-shown", str(count))

    point.locator("[data-field=line]").fill("9")
    point.locator("[data-field=line]").press("Enter")
    expect(point.locator('[data-fact="id"]')).to_have_text("8")
    assert rest(tool)[:3] == [120, -5, 60]
    point.locator('[data-action="edit.level"]').click()
    notebook.wait_until("tool.morphology.samples.xyz[7, 2] == 2 and tool.morphology.samples.xyz[8, 2] == 3")
    point.locator("[data-field=dz]").fill("a lot")
    point.locator('[data-action="edit.shift"]').click()
    expect(point.locator(".rb-error")).to_contain_text("give a number")

    point.locator("[data-action=join-by-click]").click()
    tool.locator(".rb-viewer-stage").press("Escape")
    expect(point.locator("[data-action=join-by-click]")).to_have_attribute("aria-pressed", "false")
    expect(point.locator('[data-fact="id"]')).to_have_text("8")
    point.locator("[data-action=join-by-click]").click()
    tool.get_by_role("button", name="Show the whole cell from the front (R)").click()
    rest(tool)
    x, y = spot_of(notebook, tool, "line 4")
    tool.locator(".rb-viewer-stage").click(position={"x": x, "y": y})
    notebook.wait_until("tool.morphology.samples.parent[7] == 2")

    azimuth = rest(tool)[4]
    tool.locator("[data-action=turn]").click()
    assert rest(tool)[4] - azimuth == pytest.approx(np.pi / 4, abs=1e-3)
    assert notebook.page_errors == []


def test_points_sections_and_both_look_different(shown: Shown) -> None:
    notebook, tool = shown
    upload(shown, "broken.swc", BROKEN)
    notebook.wait_for(tool, "idle")
    rest(tool)
    stage = tool.locator(".rb-viewer-stage")
    pictures = {}
    for mode in ("points", "sections", "both"):
        tool.locator(f"[data-mode={mode}].rb-button").click()
        tool.locator(".rb-title").hover()
        notebook.page.wait_for_timeout(300)
        pictures[mode] = pixels(stage)
    assert changed(pictures["points"], pictures["sections"]) > 200
    assert changed(pictures["sections"], pictures["both"]) > 50
    tool.get_by_text("diameters").click()
    tool.locator(".rb-title").hover()
    notebook.page.wait_for_timeout(300)
    assert changed(pictures["both"], pixels(stage)) > 20


def test_statistics_are_shown_and_taken_away(shown: Shown, tmp_path: Path) -> None:
    notebook, tool = shown
    upload(shown, "broken.swc", BROKEN)
    tool.locator("[data-action=repair-all]").click()
    tab(tool, "Statistics")
    statistics = tool.locator(".rb-statistics")
    expect(statistics).not_to_have_attribute("data-measured", "")
    rows = statistics.locator("tbody tr")
    expect(rows.last).to_contain_text("all")
    expect(statistics.locator(".rb-curves canvas")).to_have_count(3)
    sections = notebook.evaluate("len(tool.morphology.sections)")
    expect(statistics.locator(".rb-flat-tree")).to_have_attribute("data-sections", str(sections))
    for name in ("table", "sholl", "orders", "paths", "dendrogram"):
        with notebook.page.expect_download() as saved:
            statistics.locator(f'[data-csv="{name}"]').click()
        assert saved.value.suggested_filename == f"broken_{name}.csv"
        saved.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_text() == notebook.evaluate(
            f"tool.perform('export.csv', table={name!r})['content']"
        )
    with notebook.page.expect_download() as saved:
        tool.locator('[data-action="export.swc"]').click()
    saved.value.save_as(tmp_path / "x.swc")
    assert notebook.evaluate(f"rb.load_morphology({str(tmp_path / 'x.swc')!r}) == tool.morphology")
    measured = statistics.get_attribute("data-measured") or ""
    tool.locator("[data-action=undo]").click()
    expect(statistics).not_to_have_attribute("data-measured", measured)
    assert notebook.page_errors == []


SITE_CELL = """
import os
os.environ["RHEOBASE_NEUROMORPHO_SITE"] = {url!r}
os.environ["RHEOBASE_NEUROMORPHO"] = {kept!r}
import rheobase as rb

tool = rb.Import3D()
tool
"""


def test_a_reconstruction_is_found_and_opened(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    with neuromorpho_site() as site:
        notebook = open_notebook([SITE_CELL.format(url=site.url, kept=str(tmp_path))])
        tool = notebook.widget(".rb-import3d")
        tool.get_by_role("button", name="Find a reconstruction").click()
        panel = tool.locator(".rb-site")
        panel.locator("[data-field=species]").fill("rat")
        panel.locator("[data-field=cell_type]").fill("pyramidal")
        panel.locator("[data-field=cell_type]").press("Enter")
        expect(panel).to_have_attribute("data-found", "done")
        expect(panel.locator("tbody tr")).to_have_count(2)
        panel.locator('[data-name="second 2"]').get_by_role("button").click()
        expect(tool.locator(".rb-title")).to_have_text("second 2.CNG.swc")
        expect(tool.locator(".rb-import-view")).to_have_attribute("data-shown", "3")
    panel.locator("[data-field=species]").fill("unicorn")
    panel.locator("[data-action=search]").click()
    expect(panel).not_to_have_attribute("data-found", "searching")
    expect(panel.locator(".rb-site-message")).to_contain_text("cannot be reached")
    expect(tool.locator(".rb-title")).to_have_text("second 2.CNG.swc")
    assert notebook.page_errors == []


@pytest.mark.slow
def test_ten_thousand_points_are_soon_on_the_screen(shown: Shown) -> None:
    notebook, tool = shown
    rows = ["1 1 0 0 0 8 -1"]
    for k in range(2, 10_001):
        branch, along = divmod(k - 2, 100)
        parent = 1 if along == 0 else k - 1
        angle = 2 * np.pi * branch / 100
        x, y = 5 * along * np.cos(angle), 5 * along * np.sin(angle)
        rows.append(f"{k} {3 + branch % 2} {x:.3f} {y:.3f} 0 0.5 {parent}")
    began = time.monotonic()
    upload(shown, "large.swc", "\n".join(rows))
    expect(tool.locator(".rb-import-view")).to_have_attribute("data-shown", "10000")
    took = time.monotonic() - began
    assert took < 20, took  # on a busy machine; an idle one takes a second
    assert notebook.page_errors == []
