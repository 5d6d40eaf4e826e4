"""The run control in a real JupyterLab, with a plot beside it: set, run, stopped, stepped, saved, and swept."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import field, type_into, unnamed
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb

cell = rb.Cell("squid")
soma = cell.add_section("soma", L=20, diam=20)
soma.insert("hh")
clamp = cell.place(rb.IClamp(delay=5, dur=30, amp=0.3), soma(0.5), name="ic")
control = rb.RunControl(cell, rb.Protocol(tstop=40))
control
"""


def test_a_run_is_set_stopped_stepped_and_swept(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([CELL, "plot = rb.TracePlot(control)\nplot"])
    control, plot = notebook.widget(".rb-run-alone"), notebook.widget(".rb-trace-plot")
    expect(control.locator(".rb-status")).to_contain_text("up to date")
    set_it(notebook, control)
    stop_it(notebook, control)
    step_it(notebook, control)
    sweep_it(notebook, control)

    revision = notebook.revision(plot)
    control.get_by_text("Keep trace").click()
    expect(plot.locator(".rb-trace-legend").first).to_contain_text("1 kept")
    control.locator(".rb-button-run").click()
    notebook.wait_until("not control.moment['standing']")
    notebook.execute("clamp.amp = 0.0")
    notebook.wait_for_change(plot, since=revision)
    notebook.wait_until("control.state == 'idle' and not control.results[clamp.i].any()")
    notebook.width(900)
    notebook.theme("dark")
    notebook.screenshot("run_control_dark", of=control)
    assert unnamed(control) == [], "every control has a name"
    assert not notebook.page_errors


def set_it(notebook: Notebook, control: Locator) -> None:
    """Settings are typed with units; what cannot be is told under its field."""
    for key, typed, value in (("tstop", "0.06 s", 60), ("dt", "0.05", 0.05), ("v_init", "-70", -70)):
        revision = notebook.revision(control)
        type_into(field(control, key), typed)
        notebook.wait_for_change(control, since=revision)
        assert notebook.evaluate(f"control.protocol.{key}") == value
    revision = notebook.revision(control)
    control.get_by_label("Integrator").select_option("crank_nicolson")
    notebook.wait_for_change(control, since=revision)
    expect(control.locator(".rb-status")).to_contain_text("up to date")
    assert notebook.evaluate("control.protocol.method") == "crank_nicolson"
    assert notebook.evaluate("[float(control.results.t[-1]), float(control.results.values[0, 0])]") == [60, -70]
    dt = field(control, "dt")
    type_into(dt, "0")
    expect(dt.locator(".rb-error")).to_contain_text("dt")
    expect(control.locator(".rb-error:visible")).to_have_count(1)
    type_into(dt, "0.025")
    expect(control.locator(".rb-error:visible")).to_have_count(0)


def stop_it(notebook: Notebook, control: Locator) -> None:
    """A long run shows its progress, and is stopped where it is."""
    type_into(field(control, "tstop"), "500000")
    button = control.locator(".rb-button-run")
    expect(button).to_contain_text("Stop")
    expect(control.locator("progress")).to_be_visible()
    expect(control.locator(".rb-status")).to_contain_text("Running")
    button.click()
    notebook.wait_for(control, "idle")
    expect(control.locator(".rb-status")).to_contain_text("Stopped at")
    type_into(field(control, "tstop"), "40")


def step_it(notebook: Notebook, control: Locator) -> None:
    """A run is begun, stepped, gone on with, saved and taken back."""
    stepping = control.locator(".rb-stepping")

    def stands_at(t: float) -> None:
        expect(stepping).to_have_attribute("data-t", f"{t:g}")
        notebook.wait_for(control, "idle")

    control.locator("[data-action=init]").click()
    stands_at(0)
    control.locator("[data-action=step]").click()
    stands_at(0.025)
    until = control.locator("[data-action=until]")
    until.locator("input").fill("6")
    until.locator("input").press("Enter")
    stands_at(6)
    with notebook.page.expect_download() as saved:
        control.locator("[data-action='state.save']").click()
    going = control.locator("[data-action=for]")
    going.locator("input").fill("2")
    going.get_by_role("button").click()
    stands_at(8)
    before = notebook.evaluate("float(control.session.picture.rows[1, -1])")
    until.locator("input").fill("3")
    until.locator("input").press("Enter")
    expect(stepping.locator(".rb-error")).to_contain_text("is over")
    control.locator("input[type=file]").set_input_files(saved.value.path())
    stands_at(6)
    expect(stepping.locator(".rb-error")).to_be_empty()
    going.get_by_role("button").click()
    stands_at(8)
    assert notebook.evaluate("float(control.session.picture.rows[1, -1])") == before
    notebook.screenshot("run_control_standing", of=control)


def sweep_it(notebook: Notebook, control: Locator) -> None:
    """A family over a parameter that is typed is run, drawn and kept."""
    control.locator("[data-action=families]").click()
    family = control.locator(".rb-family")
    parameter = family.get_by_label("Parameter")
    parameter.fill("ic.amp")
    parameter.press("Enter")
    for key, value in (("start", "0"), ("end", "300 pA"), ("number", "4")):
        box = family.locator(f'[data-field="{key}"] input')
        box.fill(value)
        box.press("Enter")
    notebook.wait_until("control.family['number'] == 4 and control.family['end'] == 0.3")
    family.locator("[data-action='family.run']").click()
    expect(family).to_have_attribute("data-members", "4")
    expect(family.locator(".rb-family-words")).to_contain_text("4 runs")
    expect(family.locator(".rb-curves canvas")).to_be_visible()
    notebook.screenshot("run_control_family", of=control)
    control.locator("[data-action=families]").click()
