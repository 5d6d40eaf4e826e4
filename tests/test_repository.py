"""What the repository promises in its own files."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_readme_tells_one_line_for_the_lab_and_one_for_the_tests() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if ".venv" in line]
    assert [command.rpartition(" && ")[2] for command in commands] == [
        ".venv/bin/rheobase lab",
        ".venv/bin/python -m tests",
    ]


def test_constraints_pin_every_package_and_name_no_registry() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][\w.]*( ; .+)?", line), line
