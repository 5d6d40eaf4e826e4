"""A cell as a script that builds and runs it in NEURON."""

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

from rheobase.model import Cell, Location, Protocol
from rheobase.model.assign import check_location
from rheobase.model.connections import check_source
from rheobase.model.document import Document
from rheobase.model.values import Placement
from rheobase.share.error import ExchangeError
from rheobase.share.neuron.mods import mods_of
from rheobase.share.neuron.script import Script, definitions_of
from rheobase.share.neuron.text import identifier


def export_neuron(model: Cell, path: str | os.PathLike[str], protocol: Protocol | None = None) -> Path:
    """Write a cell as a Python script for NEURON, with the .mod files that it needs in a folder beside it.

    `python cell.py` runs the protocol; imported, the script gives a class of the cell's name and a function `run`.
    Where NEURON does something else than Rheobase would, a warning says so.

    **Arguments:** `model`, the cell; `path` of the script, such as `cell.py`; `protocol`, what is done and recorded, by
    default 100 ms in which the voltage of the root is recorded.

    **Returns:** the path. The .mod files are in `<stem>_mod`, beside it.

    **Raises:** ExchangeError (a ValueError) for what NEURON cannot be told, naming it and what to do; OSError.

    >>> from tempfile import TemporaryDirectory
    >>> cell = Cell("ball")
    >>> _ = cell.add_section("soma", L=20, diam=20)
    >>> with TemporaryDirectory() as folder:
    ...     text = export_neuron(cell, Path(folder) / "ball.py").read_text()
    >>> "class Ball:" in text
    True
    """
    if not isinstance(model, Cell):
        raise TypeError(f"only a cell can be written as a script for NEURON, not {type(model).__name__}")
    script_path = Path(path)
    if script_path.suffix != ".py" or identifier(script_path.stem) != script_path.stem:
        raise ValueError(f"{script_path.name!r} cannot be imported by Python: choose a name such as 'cell.py'")
    document = model.freeze().document
    if not document.sections:
        raise ExchangeError(f"the cell {document.name!r} has no sections: add one first")
    if protocol is None:
        protocol = Protocol(record=Location(next(iter(document.sections)), 0.5).v)
    stimuli = protocol.placements(document.placements)
    _check(document, protocol, stimuli)
    mods = mods_of(definitions_of(document, stimuli))
    script = Script(document, protocol, mods, script_path.stem)
    text = script.text()
    if mods.texts:
        folder = script_path.with_name(f"{script_path.stem}_mod")
        folder.mkdir(exist_ok=True)
        for name, mod in mods.texts.items():
            _write_changed(folder / f"{name}.mod", mod)
    script_path.write_text(text, encoding="utf-8")
    for note in dict.fromkeys(script.notes):
        warnings.warn(f"in NEURON: {note}", stacklevel=2)
    return script_path


def _check(document: Document, protocol: Protocol, stimuli: Iterable[Placement]) -> None:
    """Refuse a protocol that belongs to another cell, before anything is written."""
    for location, _ in protocol.stimuli:
        check_location(document, location)
    known = {placement.name for placement in stimuli} | set(document.connections)
    for recordable in protocol.record:
        if recordable.x is not None or recordable.place not in known:
            check_source(document, recordable)


def _write_changed(path: Path, text: str) -> None:
    # A file that stays as it was is not compiled again.
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
