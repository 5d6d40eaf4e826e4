"""Morphologies written to files."""

from os import PathLike
from pathlib import Path

import numpy as np

from rheobase.morphology.morphology import Morphology


def write_swc(morphology: Morphology, path: str | PathLike[str], *, comment: str = "") -> None:
    """Write a morphology as an SWC file, from which `read_swc` gives an equal one.

    **Arguments:** `comment`, lines to put at the head of the file, each after a `#`.
    """
    Path(path).write_text(swc_text(morphology, comment=comment), encoding="utf-8", newline="\n")


def swc_text(morphology: Morphology, *, comment: str = "") -> str:
    """Give the text that `write_swc` writes."""
    samples = morphology.samples
    ids = np.append(samples.id, -1)  # the last for the parent of a root
    columns = zip(
        samples.id.tolist(),
        samples.type.tolist(),
        samples.xyz.astype(np.float32),
        (samples.diam / 2).astype(np.float32),
        ids[samples.parent].tolist(),
        strict=True,
    )
    head = [f"# {line}".rstrip() for line in comment.splitlines()]
    rows = [
        f"{id_} {kind} {x} {y} {z} {radius} {parent}"  # float32 numbers print as short as they can be read back
        for id_, kind, (x, y, z), radius, parent in columns
    ]
    return "\n".join([*head, "# id type x y z radius parent (um)", *rows, ""])
