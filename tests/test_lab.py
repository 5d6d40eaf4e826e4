"""The copy of the notebooks that `rheobase lab` opens, and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyterlab import labapp
from typer.testing import CliRunner

from rheobase.cli import app
from rheobase.lab import FIRST_NOTEBOOK, copy_notebooks, lab_arguments, notebook_folder


def _notebook(path: Path, text: str, outputs: Sequence[Any] = ()) -> None:
    cell = nbformat.v4.new_code_cell(text, outputs=list(outputs))
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    _notebook(folder / "01.ipynb", "1 + 1")
    _notebook(folder / "02.ipynb", "2 + 2")
    return folder


def test_the_first_start_copies_every_notebook(shipped: Path, tmp_path: Path) -> None:
    copies = copy_notebooks(shipped, tmp_path / "made" / "mine")
    assert [(copy.path.name, copy.made, copy.kept) for copy in copies] == [
        ("01.ipynb", True, ()),
        ("02.ipynb", True, ()),
    ]
    for copy in copies:
        assert copy.path.read_bytes() == (shipped / copy.name).read_bytes()


@pytest.mark.parametrize("text", ["no JSON", "[]", "null", '{"nbformat": 99, "nbformat_minor": 0, "cells": []}', "{}"])
def test_a_file_that_is_no_notebook_is_kept_beside_the_copy(shipped: Path, tmp_path: Path, text: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "01.ipynb").write_text(text)
    first = copy_notebooks(shipped, folder)[0]
    assert (first.path.name, first.kept) == ("01-2.ipynb", (folder / "01.ipynb",))
    assert (folder / "01.ipynb").read_text() == text


def test_a_notebook_that_was_only_run_is_opened_again(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    copy_notebooks(shipped, mine)
    output = nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    _notebook(mine / "01.ipynb", "1 + 1", [output])
    before = (mine / "01.ipynb").read_bytes()

    first, _ = copy_notebooks(shipped, mine)
    assert (first.path, first.made, first.kept) == (mine / "01.ipynb", False, ())
    assert first.path.read_bytes() == before
    assert str(first) == "01.ipynb: already here, unedited"


@pytest.mark.parametrize("text", ['{"cells": "not a notebook"}', "not even JSON", "\udcff"])
def test_what_the_user_wrote_is_never_overwritten(shipped: Path, tmp_path: Path, text: str) -> None:
    mine = tmp_path / "mine"
    copy_notebooks(shipped, mine)
    _notebook(mine / "01.ipynb", "1 + 1  # edited")
    edited = (mine / "01.ipynb").read_bytes()
    first, second = copy_notebooks(shipped, mine)
    assert (first.path.name, first.made, second.path.name) == ("01-2.ipynb", True, "02.ipynb")

    (mine / "01-2.ipynb").write_bytes(text.encode(errors="surrogateescape"))
    first, _ = copy_notebooks(shipped, mine)
    assert first.path.name == "01-3.ipynb"
    assert str(first) == "01-3.ipynb: copied; edited and kept: 01.ipynb, 01-2.ipynb"
    assert (mine / "01.ipynb").read_bytes() == edited
    assert (mine / "01-2.ipynb").read_bytes() == text.encode(errors="surrogateescape")


def test_the_notebooks_that_are_shipped_include_the_one_that_opens() -> None:
    assert (notebook_folder() / FIRST_NOTEBOOK).is_file()


def test_shipped_notebooks_carry_no_outputs() -> None:
    for path in notebook_folder().glob("*.ipynb"):
        document = nbformat.read(path, as_version=4)
        ran = [cell for cell in document.cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)]
        assert not ran, f"{path.name} holds outputs; clear them before committing it"
        assert "widgets" not in document.metadata


def test_root_is_allowed_and_the_browser_is_left_closed_only_when_asked() -> None:
    asked = lab_arguments(Path("/lab"), "a.ipynb", port=1234, browser=False, root=True)
    assert {"--ServerApp.port=1234", "--no-browser", "--allow-root"} <= set(asked)
    plain = lab_arguments(Path("/lab"), "a.ipynb", port=1234, browser=True, root=False)
    assert {"--no-browser", "--allow-root"}.isdisjoint(plain)


def test_the_command_hands_its_options_to_jupyterlab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(labapp, "main", started.append)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/theirs")
    result = CliRunner().invoke(app, ["lab", f"--dir={tmp_path}", "--port=9999", "--no-browser", "--ServerApp.ip=::1"])
    assert result.exit_code == 0, result.output
    assert f"{FIRST_NOTEBOOK}: copied" in result.stdout
    assert started[0][:4] == [
        f"--ServerApp.root_dir={tmp_path}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        "--ServerApp.port=9999",
        "--no-browser",
    ]
    assert started[0][-1] == "--ServerApp.ip=::1"


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == version("rheobase")
