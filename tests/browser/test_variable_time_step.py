"""The choice of time steps in a real JupyterLab: integrators switched, tolerances scaled, costs measured."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.looking import field, type_into, unnamed
from tests.browser.notebook import Notebook

CELL = """
import numpy as np
import rheobase as rb

cell = rb.Cell("squid")
soma = cell.add_section("soma", L=20, diam=20)
soma.insert("hh")
cell.place(rb.IClamp(delay=1, dur=14, amp=0.2), soma(0.5))
steps = rb.VariableTimeStep(cell, rb.Protocol(tstop=15, dt=0.005, method="crank_nicolson"))
times = np.linspace(0, 15, 300)
steps
"""
_V = "steps.results.at(times)[soma(0.5).v]"


def choose(notebook: Notebook, tool: Locator, name: str) -> None:
    revision = notebook.revision(tool)
    tool.locator(f'[data-integrator="{name}"]').click()
    notebook.wait_for_change(tool, since=revision)
    notebook.wait_until(f"steps.method == {name!r} and steps.state == 'idle'")


def test_an_integrator_is_switched_scaled_measured_and_recommended(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([CELL])
    tool = notebook.widget(".rb-steps")
    notebook.wait_for(tool)
    notebook.wait_until("steps.results is not None")
    expect(tool.locator(".rb-account").first).to_contain_text("3,000 steps of 0.005 ms")
    notebook.execute(f"fixed = {_V}")

    # The same trace within what the tolerance lets one expect, and how near in words.
    tool.get_by_text("Keep trace").click()
    choose(notebook, tool, "adaptive")
    type_into(field(tool, "atol"), "1e-5")
    notebook.wait_until(
        "steps.protocol.atol == 1e-5 and steps.state == 'idle' and steps.results.statistics.steps > 200"
    )
    assert notebook.evaluate(f"float(abs({_V} - fixed).max())") < 0.5
    expect(tool.locator(".rb-account").first).to_contain_text("Newton iterations")
    expect(tool.locator(".rb-account").nth(1)).to_contain_text("Against the kept run (crank_nicolson, dt 0.005 ms)")
    for panel in ("Voltage", "Step size", "Order"):
        expect(tool.locator(f'[data-panel="{panel}"] canvas')).to_be_visible()

    rows = tool.locator(".rb-scales tbody tr")
    expect(rows).to_have_count(4)
    tool.locator('[data-state-type="hh.m"]').get_by_text("÷10").click()
    expect(tool.locator('[data-state-type="hh.m"]')).to_have_attribute("data-scale", "0.1")
    notebook.wait_until("steps.atol_scale == {'hh.m': 0.1}")
    tool.locator("[data-action=rescale]").click()
    notebook.wait_until("steps.atol_scale == {}")

    tool.locator("[data-action=study]").click()
    study = tool.locator(".rb-study")
    expect(study).to_have_attribute("data-study", "running")
    expect(study.locator(".rb-chart canvas")).to_be_visible()
    expect(study).to_have_attribute("data-study", "done", timeout=60_000)
    expect(study.locator(".rb-advice")).to_contain_text("Recommended")
    notebook.screenshot("variable_time_step", of=tool)
    study.locator("[data-action=use]").click()
    notebook.wait_until("steps.work_precision.recommendation.point.method == steps.method")
    assert unnamed(tool) == [], "every control has a name"
    assert notebook.page_errors == []
