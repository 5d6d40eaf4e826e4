"""Published .mod files of packages on PyPI and of NEURON itself, fetched when tests run and never kept here.

The packages are unpacked without what they depend on into `.corpora` at the root of the checkout (or the folder that
`RHEOBASE_CORPORA` names), which git ignores.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGES = {"dbbs-catalogue": "6.0.1", "mearec": "1.11.0", "bmtk": "1.2.0", "hnn-core": "0.6.1"}
ROOT = Path(os.environ.get("RHEOBASE_CORPORA") or Path(__file__).parents[3] / ".corpora")


@dataclass(frozen=True)
class Published:
    """A distinct .mod file. **Fields:** `package` and `path`, of the first that has this content."""

    package: str
    path: Path

    def __str__(self) -> str:
        return f"{self.package}/{self.path.name}"


@cache
def published() -> tuple[Published, ...]:
    """All distinct files, whether NEURON accepts them or not."""
    folders = {package: fetched(package, version) for package, version in PACKAGES.items()}
    if neuron := neuron_folder():
        folders["neuron"] = neuron
    seen: dict[str, Published] = {}
    for package, folder in folders.items():
        for path in sorted(folder.rglob("*.mod")):
            seen.setdefault(_key(path), Published(package, path))
    return tuple(seen.values())


@cache
def accepted() -> tuple[Published, ...]:
    """Those that NEURON's own compiler, nocmodl, accepts."""
    store = ROOT / "accepted.json"
    known: dict[str, bool] = json.loads(store.read_text()) if store.is_file() else {}
    missing = [file for file in published() if _key(file.path) not in known]
    if missing:
        known |= {_key(file.path): accepts(file.path) for file in missing}
        # Several workers may finish at once; each leaves a whole file.
        with tempfile.NamedTemporaryFile("w", dir=ROOT, delete=False, suffix=".json") as written:
            json.dump(known, written)
        Path(written.name).replace(store)
    return tuple(file for file in published() if known[_key(file.path)])


def accepts(path: Path) -> bool:
    """Whether nocmodl translates a file; skips the test where there is no NEURON."""
    return translated(path) is not None


def translated(path: Path) -> str | None:
    """What nocmodl makes of a file, in C++, or None if it refuses; skips the test where there is no NEURON."""
    folder = neuron_folder()
    if folder is None:
        pytest.skip("NEURON isn't installed")
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(
            [folder / ".data/bin/nocmodl", path.name, "-o", out],
            cwd=path.parent,
            env=os.environ | {"NRNHOME": str(folder / ".data")},
            capture_output=True,
            timeout=60,
            check=False,
        )
        made = Path(out) / path.with_suffix(".cpp").name
        return made.read_text("utf-8", "replace") if done.returncode == 0 and made.is_file() else None


def neuron_folder() -> Path | None:
    """The folder of the installed neuron package."""
    found = importlib.util.find_spec("neuron")
    return Path(found.origin).parent if found and found.origin else None


def fetched(package: str, version: str) -> Path:
    """The folder of a package, fetched if it is not there; skips the test where it can't be."""
    folder = ROOT / f"{package}-{version}"
    if not folder.is_dir():
        ROOT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOT) as part:
            made = Path(part) / "whole"
            done = subprocess.run(
                [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", made,
                 f"{package}=={version}"],
                capture_output=True, text=True, timeout=280, check=False,
            )  # fmt: skip
            if done.returncode:
                pytest.skip(f"{package} {version} can't be fetched: {done.stderr.strip()[-200:]}")
            try:
                made.rename(folder)
            except OSError:  # another worker was first
                assert folder.is_dir()
    return folder


def _key(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
