"""The first trace after an edit of the tree or the grid, in a process that has compiled only what it met before."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

COMPARTMENTS = 300
TSTOP = 100.0  # ms
ROOT = Path(__file__).parents[2]

Edit = Callable[[Any], Any]
Row = tuple[str, int, float, float, float, float]
"""What was edited, segments, and in seconds: the edit, the first run, its time of the processor, a run after it."""


def edits() -> dict[str, Edit]:
    """What is done to the benchmark's tree, one after another, in words."""
    return {
        "one section gets twice the segments": lambda cell: cell.section("dend[3]").set("nseg", 20),
        "a branch is added": lambda cell: cell.add_section("twig", L=100, diam=1, nseg=10, parent=cell.dend[5](0.5)),
        "a section is split": lambda cell: cell.section("dend[7]").split(0.3),
        "a section is inserted": lambda cell: cell.section("dend[9]").insert_before("neck", L=5, diam=1),
        "a subtree is joined elsewhere": lambda cell: cell.section("dend[11]").connect(cell.section("dend[2]")(0.5)),
        "a subtree is copied": lambda cell: cell.section("dend[2]").copy(cell.section("soma")(0)),
        "a subtree is removed": lambda cell: cell.section("dend[1]").remove(),
        "d_lambda sets all sections": lambda cell: cell.use_d_lambda(0.02, frequency=1000),
        "segments of 5 um everywhere": lambda cell: cell.use_d_X(5),
        "a second mechanism in a branch": lambda cell: cell["dend[2]"].insert("pas"),
        "undo of it": lambda cell: cell.undo(),
    }


def report() -> Iterator[str]:
    """Tell seconds, for Hodgkin-Huxley membrane on a tree of about 300 compartments and 100 ms of model time."""
    yield "| edit | segments | edit, ms | first trace, s | of the processor, s | the same run again, s |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    with tempfile.TemporaryDirectory() as folder:
        for name, segments, edit, first, processor, again in _timed(Path(folder)):
            yield f"| {name} | {segments} | {edit * 1000:.1f} | {first:.2f} | {processor:.2f} | {again:.2f} |"


def _timed(cache: Path) -> list[Row]:
    """The rows, from a process that has nothing compiled but what it ran before."""
    environment = os.environ | {"RHEOBASE_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", "import json; from tests.benchmarks.edit import rows; print(json.dumps(list(rows())))"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    rows: list[Row] = json.loads(done.stdout)
    return rows


def rows() -> Iterator[Row]:
    """Do the edits and time the runs after them."""
    import rheobase as rb
    from tests.benchmarks.simulators import in_rheobase

    cell, soma = in_rheobase(COMPARTMENTS)

    def run() -> tuple[float, float]:
        began, busy = perf_counter(), process_time()
        rb.run(cell, tstop=TSTOP, record=[soma(0.5).v])
        return perf_counter() - began, process_time() - busy

    first = run()
    yield "none: the first run of the process", cell.n_segments, 0.0, *first, min(run() for _ in range(3))[0]
    for name, edit in edits().items():
        began = perf_counter()
        edit(cell)
        edited = perf_counter() - began
        first = run()
        yield name, cell.n_segments, edited, *first, min(run() for _ in range(3))[0]
