"""Compare published morphologies with NEURON by hand: `python -m tests.corpora.morphologies [FILE ...]`.

Without files, all SWC and Neurolucida files of packages on PyPI, fetched into `.corpora`, and the collection beside
this checkout. Each is imported by NEURON in a process of its own, which it may crash.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rheobase.model import Location, SectionSpec
from rheobase.morphology import MorphologyError, SectionShape, d_lambda_nseg, load_morphology, segment_geometry
from rheobase.simulate.grid import build_grid
from tests.mechanisms.nmodl.corpora import fetched

PACKAGES = {
    "bluepyopt": "1.14.26",
    "bmtk": "1.2.0",
    "navis": "1.12.0",
    "mearec": "1.11.0",
    "cerebellar-models": "0.13.0",
}
SHARED = Path(__file__).parents[3] / "shared" / "morphologies"
COLLECTION = "collection"
PROGRAM = Path(__file__).parents[1] / "morphology" / "neuron_import.py"
ENDINGS = {".swc", ".asc", ".nts"}
RA, CM, LEAK = 100.0, 1.0, 1e-4  # ohm cm, uF/cm2, S/cm2: those of the program

_HEAD = """# Published morphologies

Each file read here and by NEURON's Import3D: section names and tree, number of segments at d_lambda 0.1, and the
largest relative difference of a segment's area and of the input impedance at the first section, with a leak, at 0 and
100 Hz. Where a file has a second root, NEURON joins it with what lies outside its arrays, and the two differ.
Made by `python -m tests.corpora.morphologies --table docs/guide/morphology_figures.md`.

| package | file | sections | segments | area | impedance | |
| --- | --- | ---: | ---: | ---: | ---: | --- |
"""


def main() -> None:
    """Compare, print a line for each file, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpora.morphologies", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    rows, agreed = [], 0
    for package, path in [("", path) for path in options.files] or list(published()):
        row, agrees = compared(package, path)
        rows.append(row)
        agreed += agrees
        sys.stdout.write(row + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"{agreed} of {len(rows)} files agree.\n")
    if options.table:
        of_packages = [row for row in rows if not row.startswith(f"| {COLLECTION} ")]
        options.table.write_text(_HEAD + "\n".join(of_packages) + "\n", "utf-8")


def published() -> Iterator[tuple[str, Path]]:
    """All distinct files, with the package of each."""
    folders = {package: fetched(package, version) for package, version in PACKAGES.items()}
    if SHARED.is_dir():
        folders[COLLECTION] = SHARED
    seen = set()
    for package, folder in folders.items():
        for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            if content not in seen:
                seen.add(content)
                yield package, path


def compared(package: str, path: Path) -> tuple[str, bool]:
    """Give a row of the table for a file, and whether both agree."""
    start = time.perf_counter()
    try:
        cell = load_morphology(path)
        sections = cell.sections
    except MorphologyError as error:
        return _row(package, path, remark=f"refused: {error}"), False
    if decide := next((p for p in cell.problems if p.severity == "error"), None):
        return _row(package, path, len(sections), remark=f"refused until someone decides: {decide}"), False
    took = time.perf_counter() - start
    theirs = neuron_side(path)
    if isinstance(theirs, str):
        return _row(package, path, len(sections), remark=f"NEURON: {theirs}"), False
    wrong, area = differences(sections, theirs["sections"])
    nseg = [d_lambda_nseg(points=section.points, Ra=RA, cm=CM) for section in sections]
    ours = input_impedances(sections, nseg, theirs["sections"][0]["name"])
    impedance = float(np.max(np.abs(ours / np.array(theirs["input"]) - 1)))
    roots = sum(section["parent"] is None for section in theirs["sections"])
    told = sorted({problem.code for problem in cell.problems if problem.severity != "note"})
    remark = "; ".join(
        [
            *wrong,
            *([f"{roots} pieces in NEURON"] if roots > 1 else []),
            *([f"told of: {', '.join(told)}"] if told else []),
            *([f"read in {took:.1f} s"] if took > 1 else []),
        ]
    )
    agrees = not wrong and area < 1e-9 and impedance < 1e-6
    return _row(package, path, len(sections), sum(nseg), area, impedance, remark=remark), agrees


def neuron_side(path: Path) -> Any:
    """What NEURON makes of a file, or how it failed."""
    try:
        done = subprocess.run(
            [sys.executable, str(PROGRAM)],
            input=json.dumps([str(path)]),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        return "no answer in 300 s"
    if done.returncode or not done.stdout:
        return f"crashed with {done.returncode}"
    return json.loads(done.stdout)[0]


def differences(sections: tuple[SectionShape, ...], theirs: list[dict[str, Any]]) -> tuple[list[str], float]:
    """Tell what differs, and the largest relative difference of a segment's area."""
    ours = {section.name: section for section in sections}
    if set(ours) != {section["name"] for section in theirs}:
        return [f"names differ: {len(theirs)} sections in NEURON"], np.inf
    counts = {"tree": 0, "points": 0, "nseg": 0}
    worst = 0.0
    for other in theirs:
        section = ours[other["name"]]
        parent = None if section.parent is None else sections[section.parent].name
        place = None if section.parent is None else section.parent_x
        counts["tree"] += (parent, place) != (other["parent"], other["parent_x"])
        counts["points"] += not np.array_equal(section.points, other["points"])
        nseg = d_lambda_nseg(points=section.points, Ra=RA, cm=CM)
        counts["nseg"] += nseg != other["nseg"]
        if nseg == other["nseg"]:
            area = segment_geometry(points=section.points, nseg=nseg).area
            worst = max(worst, float(np.max(np.abs(area / np.array(other["area"]) - 1))))
    return [f"{name} of {count} differ" for name, count in counts.items() if count], worst


def input_impedances(sections: tuple[SectionShape, ...], nseg: list[int], name: str) -> np.ndarray:
    """Give the input impedance at the middle of a section at 0 and 100 Hz, megohm."""
    specs = [
        SectionSpec(
            name=section.name,
            points=section.points,  # type: ignore[arg-type]  # rows of an array are as good as tuples
            nseg=count,
            parent=None if section.parent is None else Location(sections[section.parent].name, section.parent_x),
        )
        for section, count in zip(sections, nseg, strict=True)
    ]
    grid = build_grid(specs)
    n = grid.count
    area = np.append(grid.area, 0.0)[np.minimum(grid.segment[:n], grid.n_segments)] * 1e-8  # cm2
    axial = 1 / (RA * (grid.near[1:n] + grid.far[1:n]))  # uS
    place = grid.index[name]
    middle = grid.node[grid.first[place] + nseg[place] // 2]
    found = []
    for frequency in (0.0, 100.0):
        diagonal = area * (LEAK * 1e6 + 2j * np.pi * frequency * CM)
        for k in range(n - 1, 0, -1):  # leaves first: what hangs on a node seen from it
            above = grid.parent[k]
            diagonal[above] += axial[k - 1] * diagonal[k] / (axial[k - 1] + diagonal[k])
        inward = complex(diagonal[0])
        for k in _way(grid.parent, middle):  # from the root to the node: all else seen from there
            rest = inward - axial[k - 1] * diagonal[k] / (axial[k - 1] + diagonal[k])
            inward = diagonal[k] + axial[k - 1] * rest / (axial[k - 1] + rest)
        found.append(abs(1 / inward))
    return np.array(found)


def _way(parent: np.ndarray, node: int) -> list[int]:
    way = []
    while node > 0:
        way.append(int(node))
        node = parent[node]
    return way[::-1]


def _row(
    package: str,
    path: Path,
    sections: int | str = "",
    segments: int | str = "",
    area: float | None = None,
    impedance: float | None = None,
    *,
    remark: str,
) -> str:
    figures = ["" if figure is None else f"{figure:.0e}" for figure in (area, impedance)]
    remark = " ".join(remark.split()).replace("|", "/")[:200]
    return f"| {package} | `{path.name}` | {sections} | {segments} | {figures[0]} | {figures[1]} | {remark} |"


if __name__ == "__main__":
    main()
