"""One JupyterLab, one Chromium and one page for the session, and a fresh notebook in it for each test.

The fixture `open_notebook` is all that a browser test needs::

    from tests.browser.conftest import OpenNotebook

    def test_something(open_notebook: OpenNotebook) -> None:
        notebook = open_notebook(["import rheobase as rb", "cell = ...", "rb.Workbench(cell)"])
        notebook = open_notebook("01_hodgkin_huxley.ipynb")    # or a fresh copy of one in notebooks/

It opens the notebook in JupyterLab's single-document mode, runs all cells and waits for the last; a cell that
raises fails the test with its traceback. The first of a test takes the page and the kernel of the test before it, all
of whose widgets and names are gone, unless that failed; a page and a kernel of their own cost ten seconds.
`open_notebook(..., run=False)` only opens it. Every test under `tests/browser` is marked `browser`. A failed test
leaves `artefacts/failed-<test>.png`.

What a `Notebook` can do:

- `page`: Playwright's page, 1600 x 1000 at first; `width(900)`; `theme("dark")`
- `command("notebook:restart-kernel")`: one of JupyterLab's commands
- `widget(selector="", number=0)`: locator of a widget's root, the element with `data-state`
- `wait_for(widget, "idle")`; `revision(widget)`; `wait_for_change(widget, since=revision)`: newer, and idle
- `evaluate("cell.n_segments")`: value of an expression in the notebook's kernel
- `wait_until("cell.n_segments > 3")`: until an expression is true there
- `execute("cell.undo()")`: statements in the notebook's kernel, without a cell
- `cells()`, `outputs(cell)`: the notebook as JSON, as the page has it
- `screenshot("name", of=widget)`: saved as `artefacts/name.png`
- `page_errors`: exceptions that no code in the page caught

Wait on `data-state` and `data-revision`, never on time.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.chromium import FLAGS, find_chromium, install_chromium
from tests.browser.notebook import Notebook, write_notebook
from tests.browser.server import LabServer

OpenNotebook = Callable[..., Notebook]  # see this file's docstring for the arguments
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
_numbers = count(1)
_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium() or install_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1600, "height": 1000}, accept_downloads=True)
    yield context
    context.close()


@pytest.fixture(scope="session")
def standing(lab_server: LabServer, context: BrowserContext) -> Iterator[list[Notebook]]:  # noqa: ARG001 - outlive it
    """The notebook whose page and kernel the next test takes, if there is one."""
    standing: list[Notebook] = []
    yield standing
    for notebook in standing:
        notebook.close()


@pytest.fixture
def open_notebook(
    lab_server: LabServer, context: BrowserContext, standing: list[Notebook], request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    opened: list[Notebook] = []

    def open_one(source: str | Path | Sequence[str], *, run: bool = True) -> Notebook:
        path = lab_server.folder / f"test-{next(_numbers)}.ipynb"
        if isinstance(source, str | Path):
            shutil.copyfile(NOTEBOOKS / source, path)
        else:
            write_notebook(path, source)
        if standing:
            notebook = standing.pop()
            opened.append(notebook)
            notebook.renew(path)
        else:
            notebook = Notebook(lab_server, context.new_page(), path)
            opened.append(notebook)
        if run:
            notebook.run_all()
        return notebook

    yield open_one
    failed = request.node.stash.get(_failed, False)
    for number, notebook in enumerate(opened):
        if failed:
            notebook.screenshot(f"failed-{request.node.name}-{number}")
        if failed or standing:
            notebook.close()
        else:
            standing.append(notebook)
