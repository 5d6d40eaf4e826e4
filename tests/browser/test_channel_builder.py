"""The Channel Builder in a real JupyterLab: a scheme is drawn, its rates move, and NEURON compiles what it saves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import changed, drag_slider, pixels, type_into
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb

spec = rb.ChannelSpec("drawn", ion="k", gmax=0.01)
builder = rb.ChannelBuilder(spec)
builder
"""


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL])
    builder = notebook.widget(".rb-channel-builder")
    notebook.wait_for(builder, "idle")
    return notebook, builder


def plot(builder: Locator, title: str) -> Locator:
    return builder.locator(f'[data-plot="{title}"] .rb-curves-host')


def state(builder: Locator, name: str) -> Locator:
    return builder.locator(f'[data-state-name="{name}"]')


def number(builder: Locator, key: str) -> Locator:
    return builder.locator(f'[data-field="{key}"]')


def centre(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def draw_three_states(notebook: Notebook, builder: Locator) -> None:
    """A scheme of two states from the button, a third by a double click, and a line to it from a handle."""
    mouse = notebook.page.mouse
    builder.locator("[data-action=add-scheme]").click()
    expect(state(builder, "O")).to_be_visible()
    x, y = centre(state(builder, "O").locator(".rb-state-rim"))
    mouse.dblclick(x + 90, y + 60)
    expect(state(builder, "C1")).to_be_visible()
    expect(builder.locator(".rb-curves-failure")).to_contain_text("connect them")
    handle = centre(state(builder, "O").locator(".rb-state-handle"))
    mouse.move(*handle)
    mouse.down()
    mouse.move(*centre(state(builder, "C1").locator(".rb-state-rim")), steps=8)
    mouse.up()
    expect(builder.locator('[data-pair="O_C1"]')).to_have_attribute("aria-pressed", "true")
    notebook.wait_for(builder, "idle")


def test_a_scheme_is_drawn_changed_and_gives_neurons_current(shown: tuple[Notebook, Locator], tmp_path: Path) -> None:
    notebook, builder = shown
    draw_three_states(notebook, builder)
    assert notebook.evaluate("[(t.source, t.target) for t in spec.gates[0].scheme.transitions]") == [
        ["C", "O"],
        ["O", "C1"],
    ]

    titles = ("Steady state", "Time constant", "Rates", "Response to steps")
    before = {title: pixels(plot(builder, title)) for title in titles}
    revision = notebook.revision(builder)
    slider = number(builder, "O_C1_alpha_A").locator(".rb-slider")
    drag_slider(notebook.page, slider, 0.25, 0.9, steps=6)
    notebook.wait_for_change(builder, since=revision)
    notebook.wait_until("spec.value('O_C1_alpha_A') > 1.5")
    for title, picture in before.items():
        assert changed(picture, pixels(plot(builder, title))) > 100, title
    builder.locator('[data-pair="C_O"]').click()
    type_into(number(builder, "C_O_alpha_A"), "1.25")
    notebook.wait_until("spec.value('C_O_alpha_A') == 1.25")

    builder.locator('[data-action="export.nmodl"]').click()
    with notebook.page.expect_download() as saved:
        builder.locator("[data-action=download]").click()
    assert saved.value.suggested_filename == "drawn.mod"
    saved.value.save_as(tmp_path / "drawn.mod")
    assert (tmp_path / "drawn.mod").read_text() == notebook.evaluate("spec.to_nmodl()")
    ours = np.array(notebook.evaluate(CLAMPED))
    theirs = np.array(neuron_current(tmp_path, "drawn"))
    assert np.abs(theirs).max() > 0.01
    assert np.abs(ours - theirs).max() < 1e-9 * np.abs(theirs).max()
    assert notebook.page_errors == []


CLAMPED = """(lambda cell: (
    cell.add_section("soma", L=10, diam=10),
    cell["soma"].insert(spec),
    cell.place(rb.SEClamp(dur1=5, amp1=-80, dur2=20, amp2=20, dur3=5, amp3=-60, rs=1e-6), cell.section("soma")(0.5)),
    rb.run(cell, tstop=30, dt=0.025, v_init=-80, record=[cell.section("soma")(0.5)["ik"]]).values[0, 40::40].tolist(),
))(rb.Cell("clamped"))[-1]"""

NEURON = """
import json, sys
from neuron import h
h.load_file("stdrun.hoc")
soma = h.Section(name="soma")
soma.L = soma.diam = 10
soma.insert(sys.argv[1])
clamp = h.SEClamp(soma(0.5))
clamp.rs = 1e-6
clamp.dur1, clamp.amp1, clamp.dur2, clamp.amp2, clamp.dur3, clamp.amp3 = 5, -80, 20, 20, 5, -60
h.dt, h.celsius = 0.025, 6.3
h.finitialize(-80)
currents = []
for step in range(1, 1201):
    h.fadvance()
    if step % 40 == 0:
        # A current is of the start of a step: evaluated once more it is of now, as Rheobase tells it.
        h.fcurrent()
        currents.append(soma(0.5).ik)
print("currents", json.dumps(currents))
"""


def neuron_current(folder: Path, name: str) -> list[float]:
    """The potassium current, mA/cm2, each millisecond, of NEURON in a folder, with what it makes of the files there."""
    nrnivmodl = Path(sys.executable).with_name("nrnivmodl")
    built = subprocess.run([nrnivmodl, "."], cwd=folder, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    run = subprocess.run([sys.executable, "-c", NEURON, name], capture_output=True, text=True, check=False, cwd=folder)
    assert run.returncode == 0, run.stderr
    line = next(line for line in run.stdout.splitlines() if line.startswith("currents "))
    found: list[float] = json.loads(line.removeprefix("currents "))
    return found


def test_every_step_is_taken_back_and_done_again(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    draw_three_states(notebook, builder)
    builder.locator('[data-pair="O_C1"]').focus()
    for _ in range(3):
        builder.locator('[data-pair="C_O"]').press("Control+z")
    notebook.wait_until("spec.gates == ()")
    expect(builder.locator(".rb-gates .rb-empty")).to_be_visible()
    expect(state(builder, "O")).to_be_hidden()
    for _ in range(3):
        builder.locator("[data-action=redo]").click()
    expect(builder.locator('[data-pair="O_C1"]')).to_be_attached()
    assert notebook.evaluate("len(spec.gates[0].scheme.states)") == 3


def test_a_scheme_is_drawn_by_the_keyboard_alone(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    add = builder.locator("[data-action=add-scheme]")
    add.focus()
    add.press("Enter")
    opened = state(builder, "O")
    opened.focus()
    opened.press("n")
    expect(state(builder, "C1")).to_be_focused()
    x = notebook.evaluate("spec.gates[0].scheme.states[2].x")
    state(builder, "C1").press("ArrowRight")
    state(builder, "C1").press("ArrowRight")
    notebook.wait_until(f"spec.gates[0].scheme.states[2].x == {x} + 20")
    state(builder, "C1").press("c")
    state(builder, "C1").press("ArrowLeft")
    state(builder, "C1").press("ArrowLeft")
    state(builder, "C1").press("Enter")
    expect(builder.locator('[data-pair="C1_C"]')).to_be_focused()
    builder.locator('[data-pair="C1_C"]').press("Enter")
    expect(builder.locator(".rb-scheme-side .rb-side-title")).to_have_text("C1 ⇌ C")
    assert builder.evaluate("root => root.querySelector('.rb-scheme-side').contains(document.activeElement)")
    builder.locator('[data-pair="C1_C"]').press("Delete")
    expect(builder.locator('[data-pair="C1_C"]')).to_have_count(0)
    unnamed = builder.evaluate(
        "root => [...root.querySelectorAll('button, input, select, textarea, [tabindex=\"0\"]')].filter(each =>"
        " !each.getAttribute('aria-label') && !each.textContent.trim() && !each.labels?.length)"
        ".map(each => each.outerHTML)"
    )
    assert unnamed == [], "every control has a name"


def test_what_cannot_be_right_is_told_beside_its_field(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    builder.locator("[data-action=add-gate]").click()
    name = builder.locator("[data-text=name]")
    name.locator("input").fill("2nd try")
    name.locator("input").press("Enter")
    expect(name.locator(".rb-error")).to_contain_text("a letter first")
    alpha = builder.locator("[data-role=alpha]")
    alpha.locator("select").select_option("formula")
    formula = alpha.locator("input.rb-mono")
    expect(formula).to_be_visible()
    formula.fill("0.1 * exp(v / 10")
    formula.press("Enter")
    expect(alpha.locator(".rb-error", has_text="parenthesis")).to_be_visible()
    before = pixels(plot(builder, "Steady state"))
    formula.fill("0.1 * exp(v / slope)")
    formula.press("Enter")
    expect(number(builder, "m_alpha_slope")).to_be_visible()
    type_into(number(builder, "m_alpha_slope"), "15")
    notebook.wait_until("spec.value('m_alpha_slope') == 15")
    notebook.wait_for(builder, "idle")
    assert changed(before, pixels(plot(builder, "Steady state"))) > 50
    assert notebook.evaluate("spec.name") == "drawn"


def test_it_fits_wide_and_narrow_pages_in_both_themes(shown: tuple[Notebook, Locator]) -> None:
    notebook, builder = shown
    builder.locator("[data-action=begin]").select_option("template three")
    builder.locator('[data-pair="C1_C2"]').click()
    for theme in ("light", "dark"):
        notebook.theme(theme)
        for width in (1600, 900):
            notebook.width(width)
            notebook.screenshot(f"channel-builder-{theme}-{width}", of=builder)
            sizes = builder.evaluate(
                "root => [root.scrollWidth, root.clientWidth, document.documentElement.scrollWidth]"
            )
            assert sizes[0] <= sizes[1]
            assert sizes[2] <= width
            cut = builder.evaluate(
                "root => [...root.querySelectorAll('button, label, .rb-trace-legend span')]"
                ".filter(each => each.clientWidth && each.scrollWidth > each.clientWidth + 1)"
                ".map(each => each.textContent)"
            )
            assert cut == [], "labels are never cut"
