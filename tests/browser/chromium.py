"""Finds the Chromium that the browser tests drive, or installs one; never goes without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # WebGL drawn by the processor, so that the 3-D view is tested on a machine without a graphics card.
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # Pages and plots are not drawn that way: their plain drawing takes a tenth of the time.
    "--disable-accelerated-2d-canvas",
    "--disable-gpu-rasterization",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find_chromium() -> str | None:
    """Return the path of a Chromium: `$CHROME`, one on the PATH, or Playwright's own; None without any."""
    named = os.environ.get("CHROME")
    if named:
        if shutil.which(named) is None:
            message = f"CHROME names '{named}', which cannot be run; unset it or name a Chromium or Chrome"
            raise FileNotFoundError(message)
        return shutil.which(named)
    on_path = next((found for found in map(shutil.which, (*_NAMES, _MAC)) if found), None)
    return on_path or _playwrights_own()


def install_chromium() -> str:
    """Install a Chromium, by apt where this user may and else Playwright's build, and return its path."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        _tell_and_run("apt-get", "update")
        _tell_and_run("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")
    found = find_chromium()
    if found is None:
        _tell_and_run(sys.executable, "-m", "playwright", "install", "chromium")
        found = find_chromium()
    if found is None:
        message = "no Chromium was found or could be installed; install Chromium or Chrome, or set CHROME"
        raise FileNotFoundError(message)
    return found


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _tell_and_run(*command: str) -> None:
    print("+", *command, flush=True)  # noqa: T201 - an installation is announced
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
