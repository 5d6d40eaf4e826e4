"""A program that imports morphologies with NEURON and prints what it made of them, as JSON.

It runs in a process of its own: `python neuron_import.py < paths.json > cells.json`. A file at which NEURON
fails gives its message instead of a cell.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from neuron import h

READERS = {".swc": "SWC_read", ".asc": "Neurolucida3", ".dat": "Neurolucida_read", ".nts": "Eutectic_read"}


class Cell:
    """Something for Import3D to put sections in."""


def imported(path: str) -> dict[str, Any]:
    """Describe every section that NEURON makes of a file, at Ra 100, cm 1 and the nseg of d_lambda 0.1.

    **Returns:** the `sections`; and with a leak of 1e-4 S/cm2 the `input` impedances at the middle of the first at 0
    and 100 Hz, in megohm.
    """
    reader = getattr(h, f"Import3d_{READERS[Path(path).suffix]}")()
    if hasattr(reader, "quiet"):
        reader.quiet = 1
    reader.input(path)
    cell = Cell()
    h.Import3d_GUI(reader, False).instantiate(cell)
    described = [describe(section) for section in cell.all]  # type: ignore[attr-defined]
    impedances = input_impedances(list(cell.all))  # type: ignore[attr-defined]
    for section in cell.all:  # type: ignore[attr-defined]
        h.delete_section(sec=section)
    return {"sections": described, "input": impedances}


def input_impedances(sections: list[Any]) -> list[float]:
    """Measure at the middle of the first section, in megohm at 0 and 100 Hz."""
    for section in sections:
        section.insert("pas")
        section.g_pas = 1e-4
    h.finitialize(-70)
    meter = h.Impedance()
    meter.loc(0.5, sec=sections[0])
    found = []
    for frequency in (0, 100):
        meter.compute(frequency)
        found.append(meter.input(0.5, sec=sections[0]))
    return found


def describe(section: Any) -> dict[str, Any]:
    """Give a section's name, points, parent and segments."""
    section.Ra, section.cm = 100, 1
    section.nseg = int((section.L / (0.1 * h.lambda_f(100, sec=section)) + 0.999) / 2) * 2 + 1
    joint = section.parentseg()
    places = (section.x3d, section.y3d, section.z3d, section.diam3d)
    return {
        "name": local_name(section),
        "points": [[place(k) for place in places] for k in range(section.n3d())],
        "parent": local_name(joint.sec) if joint else None,
        "parent_x": joint.x if joint else None,
        "nseg": section.nseg,
        "area": [segment.area() for segment in section],
        "ri": [segment.ri() for segment in section] + [section(1).ri()],
    }


def local_name(section: Any) -> str:
    """Give the name without the cell's."""
    return str(section.name()).rsplit(".", 1)[-1]


def main() -> None:
    """Import each path on standard input."""
    answer_to = os.dup(1)
    os.dup2(2, 1)  # NEURON prints as it reads
    h.load_file("stdlib.hoc")
    h.load_file("import3d.hoc")
    answers: list[Any] = []
    for path in json.load(sys.stdin):
        try:
            answers.append(imported(path))
        except (RuntimeError, AttributeError) as error:
            answers.append(str(error))
    with os.fdopen(answer_to, "w") as file:
        json.dump(answers, file)


if __name__ == "__main__":
    main()
