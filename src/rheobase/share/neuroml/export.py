"""A cell written as a NeuroML 2 file: its sections, its groups, and of its membrane what NeuroML has words for."""

import os
import warnings
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element, SubElement

from rheobase.model import Cell, Protocol
from rheobase.model.document import Document
from rheobase.morphology.write_neuroml import document_text, identifier, neuroml_document
from rheobase.share.error import ExchangeError
from rheobase.share.neuroml.channels import Written, channels_of
from rheobase.share.neuroml.groups import Groups, note
from rheobase.share.neuroml.membrane import add_membrane


def export_neuroml(
    model: Cell,
    path: str | os.PathLike[str],
    protocol: Protocol | None = None,
    *,
    missing: Literal["refuse", "skip"] = "refuse",
) -> Path:
    """Write a cell as a NeuroML 2 file, from which `load_cell` makes an equal one.

    Channels are defined in the same file. What is placed on the cell is no part of it, and a warning says so.

    **Arguments:** `path`, such as `cell.nml`; `protocol`, whose `v_init` the cell begins with, by default -65 mV;
    `missing`: whether a mechanism that NeuroML's channels cannot say is refused, or left out with a warning.

    **Returns:** the path.

    **Raises:** ExchangeError (a ValueError) for what cannot be said, naming it; OSError.

    >>> from tempfile import TemporaryDirectory
    >>> cell = Cell("ball")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh", gnabar=0.1)
    >>> with TemporaryDirectory() as folder:
    ...     text = export_neuroml(cell, Path(folder) / "ball.cell.nml").read_text()
    >>> 'condDensity="0.1 S_per_cm2"' in text
    True
    """
    if not isinstance(model, Cell):
        raise TypeError(f"only a cell can be written as NeuroML, not {type(model).__name__}")
    if missing not in ("refuse", "skip"):
        raise ValueError(f"missing = {missing!r}: must be 'refuse' or 'skip'")
    document = model.freeze().document
    if not document.sections:
        raise ExchangeError(f"the cell {document.name!r} has no sections: add one first")
    channels, left_out = _channels(document, missing)
    name = identifier(document.name)
    root = neuroml_document(name)
    root.extend(sorted((channel.element for channel in channels), key=lambda element: element.tag))
    cell = SubElement(root, "cell", id=name)
    if name != document.name:
        note(cell, "name", document.name)
    groups = Groups(document, f"{name}_morphology")
    biophysics = Element("biophysicalProperties", id=f"{name}_biophysics")
    v_init = -65.0 if protocol is None else protocol.v_init
    add_membrane(biophysics, document, groups, channels, v_init)
    cell.append(groups.morphology)
    cell.append(biophysics)
    path = Path(path)
    path.write_text(document_text(root), encoding="utf-8", newline="\n")
    if document.placements:
        left_out.append(f"what is placed on the cell ({', '.join(list(document.placements)[:5])})")
    if left_out:
        warnings.warn(f"left out of {path.name}: {'; '.join(left_out)}", stacklevel=2)
    return path


def _channels(document: Document, missing: str) -> tuple[list[Written], list[str]]:
    found: list[Written] = []
    left_out: list[str] = []
    for name in dict.fromkeys(mechanism for _, mechanism in document.insertions):
        try:
            found += channels_of(document.mechanism(name))
        except ExchangeError as error:
            if missing == "refuse":
                raise ExchangeError(f"{error}; missing='skip' leaves it out") from None
            left_out.append(str(error))
    return found, left_out
