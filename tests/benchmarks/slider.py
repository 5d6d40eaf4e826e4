"""From a slider moved to the traces painted, in Chromium on a real JupyterLab, split into where the time goes."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Locator, sync_playwright

from tests.browser.chromium import FLAGS, find_chromium, install_chromium
from tests.browser.notebook import Notebook, write_notebook
from tests.browser.server import LabServer

MOVES = 40
PARTS = ("latencyMs", "simulationMs", "wireMs", "paintMs")
ROOT = Path(__file__).parents[2]
CELL = """
import sys
sys.path.insert(0, {root!r})
import rheobase as rb
from tests.benchmarks.simulators import in_rheobase

cell, soma = in_rheobase({compartments})
bench = rb.Workbench(cell, rb.Protocol(tstop=100))
bench
"""


def report() -> Iterator[str]:
    """Tell medians in ms over single moves, each awaited, for 100 ms of simulated time."""
    yield "| compartments | slider to paint, ms | simulation | wire and kernel | paint |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = LabServer(Path(folder))
        path = find_chromium() or install_chromium()
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            for compartments in (1, 300):
                page = browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()
                file = server.folder / f"slider-{compartments}.ipynb"
                write_notebook(file, [CELL.format(root=str(ROOT), compartments=compartments)])
                notebook = Notebook(server, page, file)
                notebook.run_all()
                yield f"| {compartments} | {' | '.join(_moves(notebook))} |"
                notebook.close()
        finally:
            browser.close()
            server.stop()


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
