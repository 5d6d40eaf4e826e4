"""From a slider moved to the traces painted, in Chromium on a real JupyterLab, split into where the time goes."""

from collections.abc import Iterator
from statistics import median

from playwright.sync_api import Locator

from tests.benchmarks.in_lab import notebooks
from tests.browser.notebook import Notebook

MOVES = 40
PARTS = ("latencyMs", "simulationMs", "wireMs", "paintMs")
CELL = """
bench = rb.Workbench(cell, rb.Protocol(tstop=100))
bench
"""


def report() -> Iterator[str]:
    """Tell medians in ms over single moves, each awaited, for 100 ms of simulated time."""
    yield "| compartments | slider to paint, ms | simulation | wire and kernel | paint |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    for compartments, notebook in notebooks(CELL, height=1000):
        yield f"| {compartments} | {' | '.join(_moves(notebook))} |"


def _moves(notebook: Notebook) -> list[str]:
    bench = notebook.widget(".rb-workbench")
    notebook.wait_for_change(bench, since=1)
    slider = bench.locator(".rb-main-field .rb-slider")
    slider.focus()
    times: dict[str, list[float]] = {part: [] for part in PARTS}
    for move in range(MOVES):
        _press(notebook, bench, "ArrowLeft" if move % 2 else "ArrowRight")
        values = bench.evaluate("root => ({...root.dataset})")
        for part in PARTS:
            times[part].append(float(values[part]))
    # The first moves meet caches that are still cold.
    return [f"{median(times[part][5:]):.0f}" for part in PARTS]


def _press(notebook: Notebook, bench: Locator, key: str) -> None:
    stamp = bench.get_attribute("data-stamp") or ""
    notebook.page.keyboard.press(key)
    notebook.page.wait_for_function(
        "([root, stamp]) => (root.dataset.stamp ?? '') !== stamp && root.dataset.state === 'idle'",
        arg=[bench.element_handle(), stamp],
    )
