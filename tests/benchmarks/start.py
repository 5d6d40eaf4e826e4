"""Starting up: import, first run without and with compiled programs kept, and opening a large morphology."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PROGRAM = """
import json, sys
from time import perf_counter
t = [perf_counter()]
import rheobase as rb
t.append(perf_counter())
cell = rb.load_cell(sys.argv[1])
cell.Ra = 100
cell["all"].insert("pas")
cell["soma"].insert("hh")
t.append(perf_counter())
soma = cell.sections[0](0.5)
cell.place(rb.IClamp(delay=5, dur=80, amp=1), soma)
t.append(perf_counter())
rb.run(cell, tstop=100, record=[soma.v])
t.append(perf_counter())
rb.run(cell, tstop=100, record=[soma.v])
t.append(perf_counter())
print(json.dumps([b - a for a, b in zip(t, t[1:])] + [cell.n_segments]))
"""


def report() -> Iterator[str]:
    """Tell seconds for a shipped cell and for a file of about 10,000 points, in a first process and a second."""
    from rheobase import data

    shipped = data.path("grown_pyramidal.swc")
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.swc"
        large.write_text(_large(10_000))
        yield "| cell | process | segments | import, s | open, s | first 100 ms trace, s | again, s |"
        yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
        for name, path in (("shipped", shipped), ("10,000 points", large)):
            cache = Path(folder) / name.replace(" ", "-")
            for process in ("first", "second"):
                times = _timed(path, cache)
                imported, opened, _, first, again, segments = times
                yield (
                    f"| {name} | {process} | {segments:.0f} | {imported:.2f} | {opened:.2f} "
                    f"| {first:.2f} | {again:.2f} |"
                )


def _timed(path: Path, cache: Path) -> list[float]:
    environment = os.environ | {"RHEOBASE_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(path)], env=environment, capture_output=True, text=True, check=True
    )
    times: list[float] = json.loads(done.stdout)
    return times


def _large(points: int) -> str:
    """A soma and a random tree of branches of 20 points, as SWC text."""
    import numpy as np

    rng = np.random.default_rng(0)
    rows, ends, count = ["1 1 0 0 0 8 -1"], [(1, np.zeros(3))], 1
    while count < points:
        parent, place = ends[rng.integers(max(0, len(ends) - 60), len(ends))]
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        for _ in range(20):
            count += 1
            place = place + 2.5 * direction + rng.normal(size=3)
            rows.append(f"{count} 3 {place[0]:.2f} {place[1]:.2f} {place[2]:.2f} 0.6 {parent}")
            parent = count
        ends.append((parent, place))
    return "\n".join(rows)
