"""Notebooks with the benchmark's tree in Chromium on a real JupyterLab."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.browser.chromium import FLAGS, find_chromium, install_chromium
from tests.browser.notebook import Notebook, write_notebook
from tests.browser.server import LabServer

SIZES = (1, 300)
_ROOT = Path(__file__).parents[2]
_TREE = """
import sys
sys.path.insert(0, {root!r})
import rheobase as rb
from tests.benchmarks.simulators import in_rheobase

cell, soma = in_rheobase({compartments})
"""


def notebooks(cell: str, height: int) -> Iterator[tuple[int, Notebook]]:
    """For each number of compartments a notebook, run, of one cell: the tree, then `cell`, on a page of this height."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = LabServer(Path(folder))
        path = find_chromium() or install_chromium()
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            for compartments in SIZES:
                page = browser.new_context(viewport={"width": 1600, "height": height}).new_page()
                file = server.folder / f"tree-{compartments}.ipynb"
                write_notebook(file, [_TREE.format(root=str(_ROOT), compartments=compartments) + cell])
                notebook = Notebook(server, page, file)
                notebook.run_all()
                yield compartments, notebook
                notebook.close()
        finally:
            browser.close()
            server.stop()
