"""Compare files with NEURON by hand: `python -m tests.corpora [FILE.mod ...] [--table docs/guide/nmodl_figures.md]`.

Without files, all published ones that NEURON accepts. Each is compiled by nrnivmodl once, in a folder that is kept.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from shutil import copy

from tests.corpora.compare import Figures, NotCompared, compare
from tests.mechanisms.nmodl.corpora import ROOT, Published, accepted

_HEAD = """# How close to NEURON

Published files, run here and in NEURON compiled from the same file: voltage-clamp steps from -70 to eight levels from
-100 to +40 mV, at 6.3 and 34 degC, dt 0.025 ms; synapses also get three events. The figure is the largest difference,
as a part of the largest value of that variable in the family, and of all states and currents the one that differs
most. Currents below 1e-9 mA/cm2 or nA count as that large. NEURON takes the slope of a current from a difference over
0.001 mV and Rheobase the exact one, which a clamp shows where a current is curved. Rate tables are off. Made by
`python -m tests.corpora --table docs/guide/nmodl_figures.md`.

| package | file | mechanism | largest difference | of | |
| --- | --- | --- | ---: | --- | --- |
"""


def main() -> None:
    """Compare, print a line for each file, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpora", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    files = [Published("", path) for path in options.files] or list(accepted())
    rows = []
    for row in lines(files):
        print(row, flush=True)
        rows.append(row)
    if options.table:
        options.table.write_text(_HEAD + "\n".join(sorted(rows)) + "\n", "utf-8")


def lines(files: list[Published]) -> Iterator[str]:
    """A row of the table for each file."""
    for file in files:
        name, figure, of, remark = file.path.stem, "", "", ""
        try:
            figures = compare(file.path, library(file.path))
            name, figure, of = figures.name, f"{figures.largest:.1e}", _worst(figures)
        except NotCompared as error:
            remark = str(error)
        except Exception as error:  # noqa: BLE001  the row says what happened, and the next file is tried
            where = traceback.extract_tb(error.__traceback__)[-1]
            remark = f"{type(error).__name__}: {error}" + f" [{Path(where.filename).name}:{where.lineno}]"
        remark = " ".join(remark.split()).replace("|", "/")[:300]
        yield f"| {file.package} | `{file.path.name}` | {name} | {figure} | {of} | {remark} |"


def library(path: Path) -> Path | None:
    """NEURON's compilation of a file with what it INCLUDEs; None if the C++ compiler refuses what nocmodl made."""
    folder = ROOT / "built" / hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    if not folder.is_dir():
        folder.mkdir(parents=True)
        copy(path, folder)
        for name in re.findall(r'INCLUDE\s+"([^"]+)"', path.read_text("utf-8", "replace")):
            if (path.parent / name).is_file():
                copy(path.parent / name, folder)
        command = Path(sys.executable).with_name("nrnivmodl")
        environment = os.environ | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run([command, "."], cwd=folder, check=False, capture_output=True, env=environment)
    return next(folder.glob("*/libnrnmech.so"), None)


def _worst(figures: Figures) -> str:
    return max(figures.worst, key=lambda name: figures.worst[name], default="")


if __name__ == "__main__":
    main()
