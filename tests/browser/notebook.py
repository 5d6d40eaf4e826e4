"""A notebook open in Chromium on a real JupyterLab, and the kernel behind it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Literal
from urllib.parse import quote

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Locator, Page, expect

from tests.browser.server import LabServer

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
RUN_TIMEOUT_MS = 180_000
WAIT_TIMEOUT_MS = 60_000

_PANEL = "window.jupyterapp?.shell.currentWidget?.sessionContext"
_READY = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
}"""
_CELLS = "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
_TO_TOP = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTo(0, 0)"
_REPLACE = """cells => {
  const model = window.jupyterapp.shell.currentWidget.content.model.sharedModel;
  model.transact(() => {
    model.deleteCellRange(0, model.cells.length);
    model.insertCells(0, cells);
  });
}"""
_FORGET = """
__import__("ipywidgets").Widget.close_all()
get_ipython().run_line_magic("reset", "-f")
__import__("gc").collect()
"""
_COMMAND = "([command, args]) => window.jupyterapp.commands.execute(command, args).then(() => null)"


class Notebook:
    """A notebook in a page of its own. `page` is Playwright's; what a test does often is a method here."""

    def __init__(self, server: LabServer, page: Page, path: Path) -> None:
        self.server = server
        self.page = page
        self.path = path
        self.page_errors: list[str] = []
        self._client: BlockingKernelClient | None = None
        page.set_default_timeout(WAIT_TIMEOUT_MS)
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        page.goto(f"{server.url}/doc/tree/{quote(path.name)}?reset&token={server.token}")
        page.wait_for_function(_PANEL)
        page.evaluate(_READY)
        self.theme("light")  # a setting of the server, which an earlier test may have left dark

    def renew(self, path: Path) -> None:
        """Become another notebook in the same page and kernel: the cells of that file, without a trace of the last."""
        self.execute(_FORGET)
        cells = nbformat.read(path, as_version=4).cells
        self.page.evaluate(_REPLACE, [{"cell_type": each.cell_type, "source": each.source} for each in cells])
        self.page.context.clear_permissions()
        self.page.mouse.move(0, 0)
        self.page_errors.clear()
        self.width(1600)
        self.theme("light")

    def command(self, name: str, **arguments: Any) -> None:
        """Run one of JupyterLab's commands, `notebook:restart-kernel` say, and wait until it is done."""
        self.page.evaluate(_COMMAND, [name, arguments])

    def run_all(self) -> None:
        """Run every cell and wait for the last; fail with the traceback of a cell that raised."""
        self.page.set_default_timeout(RUN_TIMEOUT_MS)
        self.command("notebook:run-all-cells")
        self.page.set_default_timeout(WAIT_TIMEOUT_MS)
        errors = [output for cell in range(len(self.cells())) for output in self.outputs(cell) if "ename" in output]
        assert not errors, "\n".join(errors[0]["traceback"])
        self.page.evaluate(_TO_TOP)

    def cells(self) -> list[dict[str, Any]]:
        """The notebook's cells as they are in the page now, outputs included."""
        cells: list[dict[str, Any]] = self.page.evaluate(_CELLS)
        return cells

    def outputs(self, cell: int) -> list[dict[str, Any]]:
        """The outputs of the cell with this number, counted from 0 over all cells."""
        outputs: list[dict[str, Any]] = self.cells()[cell].get("outputs", [])
        return outputs

    def widget(self, selector: str = "", number: int = 0) -> Locator:
        """A widget's root: the `number`-th element with a `data-state` that matches `selector`."""
        return self.page.locator(f"{selector}[data-state]").nth(number)

    def wait_for(self, widget: Locator, state: Literal["idle", "running", "error"] = "idle") -> None:
        """Wait until the widget says that it is in this state."""
        expect(widget).to_have_attribute("data-state", state, timeout=WAIT_TIMEOUT_MS)

    def revision(self, widget: Locator) -> int:
        """The number that grows whenever what the widget shows has changed."""
        return int(widget.get_attribute("data-revision") or 0)

    def wait_for_change(self, widget: Locator, since: int) -> int:
        """Wait until the widget is idle and newer than revision `since`; return its new revision."""
        self.page.wait_for_function(
            "([root, since]) => Number(root.dataset.revision) > since && root.dataset.state === 'idle'",
            arg=[widget.element_handle(), since],
        )
        return self.revision(widget)

    def evaluate(self, expression: str) -> Any:
        """Value of an expression in the notebook's kernel, as far as JSON carries it (use `.tolist()`)."""
        reply = self._ask("", {"value": f"__import__('json').dumps({expression})"})
        value = reply["user_expressions"]["value"]
        assert value["status"] == "ok", "\n".join(value["traceback"])
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))

    def wait_until(self, expression: str) -> None:
        """Wait until an expression is true in the notebook's kernel."""
        deadline = monotonic() + WAIT_TIMEOUT_MS / 1000
        while not self.evaluate(f"bool({expression})"):
            assert monotonic() < deadline, f"{expression} never became true"
            self.page.wait_for_timeout(50)

    def execute(self, code: str) -> None:
        """Run Python statements in the notebook's kernel, without a cell."""
        reply = self._ask(code, {})
        assert reply["status"] == "ok", "\n".join(reply["traceback"])

    def theme(self, theme: Literal["light", "dark"]) -> None:
        """Switch JupyterLab's theme and wait until the page has it."""
        self.command("apputils:change-theme", theme=f"JupyterLab {theme.capitalize()}")
        light = json.dumps(theme == "light")
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{light}'")

    def width(self, pixels: int, height: int = 1000) -> None:
        """Give the page this width and height in CSS pixels, and wait until JupyterLab has laid itself out in it."""
        self.page.set_viewport_size({"width": pixels, "height": height})
        self.page.wait_for_function(
            "width => [...document.querySelectorAll('.jp-NotebookPanel')]"
            ".every(part => part.getBoundingClientRect().right <= width + 1)",
            arg=pixels,
        )

    def screenshot(self, name: str, of: Locator | None = None) -> Path:
        """Save the page, or one element of it, as `artefacts/<name>.png`."""
        path = ARTEFACTS / (re.sub(r"[^\w.-]+", "-", name) + ".png")
        path.parent.mkdir(exist_ok=True)
        (of or self.page).screenshot(path=path)
        return path

    def close(self) -> None:
        """Close the page and end the kernel."""
        if self._client is not None:
            self._client.stop_channels()
        self.server.end_session(self.path.name)
        self.page.close()

    def _ask(self, code: str, expressions: dict[str, str]) -> dict[str, Any]:
        if self._client is None:
            self._client = self.server.connect(self.path.name)
        reply = self._client.execute(
            code, user_expressions=expressions, store_history=False, reply=True, timeout=RUN_TIMEOUT_MS / 1000
        )
        content: dict[str, Any] = reply["content"]
        return content


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of these code cells."""
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(document, path)
