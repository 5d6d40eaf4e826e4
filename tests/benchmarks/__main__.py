"""Runs benchmarks by name on one core: `python -m tests.benchmarks forward derivative`."""

import os
import sys
from importlib import import_module

NAMES = (
    "forward",
    "adaptive",
    "impedance",
    "derivative",
    "batch",
    "channels",
    "start",
    "edit",
    "slider",
    "fitting",
    "praxis",
    "cluster",
    "posterior",
    "impedance_drag",
)
ON_ALL_CORES = {"slider", "impedance_drag", "cluster", "posterior"}


def main(names: list[str]) -> int:
    """Print each benchmark's table."""
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        print(f"name some of: {', '.join(NAMES)}")
        return 2
    if hasattr(os, "sched_setaffinity") and not ON_ALL_CORES.intersection(names):
        os.sched_setaffinity(
            0, {max(os.sched_getaffinity(0))}
        )  # one core, for every simulator alike; a browser and workers need two
    for name in names:
        print(f"\n## {name}\n", flush=True)
        for line in import_module(f"tests.benchmarks.{name}").report():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
