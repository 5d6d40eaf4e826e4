"""Morphologies written to files."""

from os import PathLike
from pathlib import Path

import numpy as np

from rheobase.morphology.joints import joint_comments
from rheobase.morphology.morphology import Morphology


def write_swc(morphology: Morphology, path: str | PathLike[str], *, comment: str = "") -> None:
    """Write a morphology as an SWC file, from which `read_swc` gives an equal one.

    Samples of which the ids do not rise are numbered anew, for programs that take no others. Where sections join in
    ways that the rules for SWC do not give, as in a Neurolucida file, comments tell of it.

    **Arguments:** `comment`, lines to put at the head of the file, each after a `#`.
    """
    Path(path).write_text(swc_text(morphology, comment=comment), encoding="utf-8", newline="\n")


def swc_text(morphology: Morphology, *, comment: str = "") -> str:
    """Give the text that `write_swc` writes."""
    samples = morphology.samples
    if (np.diff(samples.id) <= 0).any():
        samples = samples.replace(id=np.arange(1, len(samples) + 1))
    ids = np.append(samples.id, -1)  # the last for the parent of a root
    columns = zip(
        samples.id.tolist(),
        samples.type.tolist(),
        samples.xyz.astype(np.float32),
        (samples.diam / 2).astype(np.float32),
        ids[samples.parent].tolist(),
        strict=True,
    )
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in comment.splitlines())
    head = [f"# {line}".rstrip() for line in lines]
    rows = [
        f"{id_} {kind} {x!s} {y!s} {z!s} {radius!s} {parent}"  # float32 numbers print as short as they can be read back
        for id_, kind, (x, y, z), radius, parent in columns
    ]
    return "\n".join([*head, *joint_comments(samples), "# id type x y z radius parent (um)", *rows, ""])
