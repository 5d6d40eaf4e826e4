"""What the comparisons with compiled NMODL share."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from rheobase.mechanisms import registry
from tests.neuron.library import MECHANISMS, MODS


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The shared library of the mechanisms that are written twice."""
    return compiled(tmp_path_factory.mktemp("mods"), MODS)


def compiled(folder: Path, mods: Mapping[str, str]) -> str:
    """The shared library that NEURON's own compiler makes of NMODL texts, by name."""
    for name, text in mods.items():
        (folder / f"{name}.mod").write_text(text)
    compiler = Path(sys.executable).with_name("nrnivmodl")
    done = subprocess.run([str(compiler)], cwd=folder, capture_output=True, text=True, check=False)
    found = list(folder.rglob("libnrnmech.so"))
    if not found:
        pytest.fail(done.stdout[-2000:] + done.stderr[-2000:])
    return str(found[0])


@pytest.fixture
def mechanisms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same mechanisms as Python classes, known by their names."""
    for definition in MECHANISMS:
        monkeypatch.setitem(registry._written, definition.name, definition)
