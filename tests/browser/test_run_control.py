"""The run control in a real JupyterLab, on its own in a cell."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import field, type_into
from tests.browser.notebook import Notebook

CELL = """
import rheobase as rb

cell = rb.Cell("squid")
soma = cell.add_section("soma", L=20, diam=20)
soma.insert("hh")
clamp = cell.place(rb.IClamp(delay=5, dur=30, amp=0.3), soma(0.5))
"""


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[Notebook, Locator]:
    notebook = open_notebook([CELL, "control = rb.RunControl(cell, rb.Protocol(tstop=40))\ncontrol"])
    control = notebook.widget(".rb-run-alone")
    expect(control.locator(".rb-status")).to_contain_text("up to date")
    return notebook, control


def test_settings_are_typed_with_units_and_run(shown: tuple[Notebook, Locator]) -> None:
    notebook, control = shown
    for key, typed, value in (
        ("tstop", "0.06 s", 60),
        ("dt", "0.05", 0.05),
        ("v_init", "-70", -70),
        ("celsius", "20", 20),
    ):
        revision = notebook.revision(control)
        type_into(field(control, key), typed)
        notebook.wait_for_change(control, since=revision)
        assert notebook.evaluate(f"control.protocol.{key}") == value
    revision = notebook.revision(control)
    control.locator("select").select_option("crank_nicolson")
    notebook.wait_for_change(control, since=revision)
    expect(control.locator(".rb-status")).to_contain_text("up to date")
    assert notebook.evaluate("control.protocol.method") == "crank_nicolson"
    assert notebook.evaluate("[float(control.results.t[-1]), float(control.results.values[0, 0])]") == [60, -70]


def test_a_setting_that_cannot_be_is_told_under_its_field(shown: tuple[Notebook, Locator]) -> None:
    notebook, control = shown
    dt = field(control, "dt")
    type_into(dt, "0")
    expect(dt.locator(".rb-error")).to_contain_text("dt")
    expect(control.locator(".rb-error:visible")).to_have_count(1)
    assert notebook.evaluate("control.protocol.dt") == 0.025


def test_a_long_run_shows_progress_and_is_cancelled(shown: tuple[Notebook, Locator]) -> None:
    notebook, control = shown
    type_into(field(control, "tstop"), "500000")
    button = control.locator(".rb-button-run")
    expect(button).to_contain_text("Cancel")
    expect(control.locator("progress")).to_be_visible()
    expect(control.locator(".rb-status")).to_contain_text("Running")
    button.click()
    notebook.wait_for(control, "idle")
    expect(control.locator(".rb-status")).to_contain_text("Cancelled")
    assert notebook.evaluate("float(control.results.t[-1])") == 40


def test_a_plot_beside_it_follows(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([CELL, "control = rb.RunControl(cell)\ncontrol", "plot = rb.TracePlot(control)\nplot"])
    plot = notebook.widget(".rb-trace-plot")
    notebook.wait_for_change(plot, since=1)
    revision = notebook.revision(plot)
    notebook.execute("clamp.amp = 0.0")
    notebook.wait_for_change(plot, since=revision)
    assert notebook.evaluate("float(control.results.values[0].max())") < -60
    notebook.widget(".rb-run-alone").get_by_text("Keep trace").click()
    expect(plot.locator(".rb-trace-legend").first).to_contain_text("1 kept")
