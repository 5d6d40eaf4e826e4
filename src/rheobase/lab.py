"""JupyterLab on a fresh copy of the notebooks, in a folder of the user's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import nbformat

FIRST_NOTEBOOK = "01_hodgkin_huxley.ipynb"
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class NotebookCopy:
    """What became of one notebook: its unedited copy, whether it was just made, and the edited ones kept."""

    name: str
    path: Path
    made: bool
    kept: tuple[Path, ...]

    def __str__(self) -> str:
        told = f"{self.path.name}: {'copied' if self.made else 'already here, unedited'}"
        if self.kept:
            told += f"; edited and kept: {', '.join(path.name for path in self.kept)}"
        return told


def notebook_folder() -> Path:
    """Return the folder of Rheobase's own notebooks: inside the wheel, or beside `src` in a checkout."""
    packaged = _PACKAGE / "notebooks"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "notebooks"


def copy_notebooks(source: Path, folder: Path) -> tuple[NotebookCopy, ...]:
    """Put a fresh copy of each notebook of `source` into `folder`, made if need be, and overwrite nothing.

    A notebook of the same name that was edited there stays; the fresh copy then takes the next free name
    (`01_hodgkin_huxley-2.ipynb`). Outputs are no edits: a notebook that was only run counts as unedited.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_copy(notebook, folder) for notebook in sorted(source.glob("*.ipynb")))


def _copy(notebook: Path, folder: Path) -> NotebookCopy:
    kept: list[Path] = []
    target = folder / notebook.name
    while target.exists() and _cells(target) != _cells(notebook):
        kept.append(target)
        target = folder / f"{notebook.stem}-{len(kept) + 1}.ipynb"
    made = not target.exists()
    if made:
        target.write_bytes(notebook.read_bytes())
    return NotebookCopy(notebook.name, target, made, tuple(kept))


def _cells(notebook: Path) -> list[tuple[str, str]] | None:
    """The kinds and texts of a notebook's cells, or None if the file is no notebook."""
    try:
        document = nbformat.read(notebook, as_version=4)
    except (ValueError, AttributeError, nbformat.ValidationError):
        # nbformat says it in one way for what is no JSON, and in others for a list, or a version to come.
        return None
    return [(cell.cell_type, cell.source) for cell in document.cells]


def lab_arguments(folder: Path, notebook: str, *, port: int, browser: bool, root: bool) -> list[str]:
    """Return JupyterLab's command line for serving `folder` with `notebook` opened.

    >>> lab_arguments(Path("/home/ada/lab"), "01 first.ipynb", port=8888, browser=False, root=False)
    ['--ServerApp.root_dir=/home/ada/lab', '--LabApp.default_url=/lab/tree/01%20first.ipynb',
     '--ServerApp.port=8888', '--no-browser']
    """
    return [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{quote(notebook)}",
        f"--ServerApp.port={port}",
        *([] if browser else ["--no-browser"]),
        *(["--allow-root"] if root else []),
    ]


def open_lab(folder: Path, *, port: int, browser: bool, extra: Sequence[str] = ()) -> None:
    """Copy the notebooks into `folder`, tell what was done, and serve JupyterLab there until it is stopped.

    JupyterLab refuses to start as root; it is started all the same, with a warning, because in a container
    root is often the only user. `extra` is handed to JupyterLab.
    """
    folder = folder.resolve()
    copies = copy_notebooks(notebook_folder(), folder)
    print(f"Notebooks in {folder}")
    for copy in copies:
        print(f"  {copy}")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        print("Warning: running as root; a notebook's code may then change anything here.", file=sys.stderr)
    opened = next((copy.path.name for copy in copies if copy.name == FIRST_NOTEBOOK), "")
    _prefer_our_settings()

    from jupyterlab.labapp import main

    main([*lab_arguments(folder, opened, port=port, browser=browser, root=root), *extra])


def _prefer_our_settings() -> None:
    """Let JupyterLab find `labconfig/` here: no news pop-up, widget messages on the kernel's main thread."""
    found = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([str(_PACKAGE), *([found] if found else [])])
