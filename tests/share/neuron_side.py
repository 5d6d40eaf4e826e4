"""What runs in a process of its own beside live NEURON."""

import importlib.util
import sys
from pathlib import Path
from typing import Any


def imported(path: str) -> Any:
    """A script that was written, as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def built(path: str, class_name: str, ranges: list[str]) -> dict[str, Any]:
    """Run a script; give its traces and what its sections are: areas, resistances and range variables a segment."""
    module = imported(path)
    cell = getattr(module, class_name)()
    recorded = {name: list(vector) for name, vector in module.run(cell).items()}
    return {"recorded": recorded, "sections": {name: described(sec, ranges) for name, sec in cell.sections.items()}}


def described(sec: Any, ranges: list[str]) -> dict[str, Any]:
    """A section of NEURON's as plain data."""
    from neuron import h

    parent = sec.parentseg()
    return {
        "nseg": sec.nseg,
        "Ra": sec.Ra,
        "area": [seg.area() for seg in sec],
        "ri": [seg.ri() for seg in sec],
        "parent": parent and [str(parent.sec.name()).rpartition(".")[2], parent.x],
        "child_end": int(h.section_orientation(sec=sec)),
        "values": {name: [getattr(seg, name) for seg in sec] for name in ranges if hasattr(sec(0.5), name)},
    }
