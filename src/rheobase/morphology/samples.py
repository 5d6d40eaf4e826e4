"""Points on a tree: what every reader makes of a file, and what sections are cut from."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SOMA, AXON, DEND, APIC = 1, 2, 3, 4
_REGIONS = {SOMA: "soma", AXON: "axon", DEND: "dend", APIC: "apic"}
_COLUMNS = ("id", "type", "xyz", "diam", "parent", "line", "joint")


class MorphologyError(ValueError):
    """A morphology that cannot be used as it is.

    **Attributes:** `line`, the line of the file at fault, counted from 1, or `None` if it is the whole
    file's; `message`, what is wrong; `hint`, what to do about it (may be empty).
    """

    def __init__(self, message: str, *, line: int | None = None, hint: str = "") -> None:
        where = "" if line is None else f"line {line}: "
        super().__init__(where + message + (f"; {hint}" if hint else ""))
        self.line = line
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Points on a tree, each after its parent; arrays of equal length, read-only.

    **Attributes:** `id`, the number in the file, no two alike; `type`, 1 soma, 2 axon, 3 dendrite, 4 apical
    dendrite, others as the file's author meant them; `xyz`, (n, 3) um; `diam`, um; `parent`, the index of the parent
    in these arrays (not its id), -1 for a root; `line`, where the sample stands in its file, from 1; `joint`, NaN
    where the rules of `sections` decide, else a section of its own samples begins here, joined to its parent's
    section at this x. Coordinates and diameters are float32 numbers (kept as float64), as NEURON reads them.
    """

    id: Integers
    type: Integers
    xyz: Floats
    diam: Floats
    parent: Integers
    line: Integers
    joint: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        if len(self.joint) != len(self.id):
            object.__setattr__(self, "joint", np.full(len(self.id), np.nan))
        for name in _COLUMNS:
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.id)

    def replace(self, **columns: Any) -> Self:
        """Give samples with some columns changed; the others are shared."""
        return replace(self, **columns)

    def take(self, order: Integers) -> "Samples":
        """Give the same samples in another order, or some of them; `order` lists their present indices.

        What hung on a sample that is left out becomes a root.
        """
        position = np.full(len(self) + 1, -1)  # the last is what a root's -1 finds
        position[order] = np.arange(len(order))
        return Samples(
            id=self.id[order],
            type=self.type[order],
            xyz=self.xyz[order],
            diam=self.diam[order],
            parent=position[self.parent[order]],
            line=self.line[order],
            joint=self.joint[order],
        )

    def equals(self, other: "Samples") -> bool:
        """Tell whether these are the same points on the same tree, wherever they stood in a file."""
        columns = ("id", "type", "xyz", "diam", "parent")
        return np.array_equal(self.joint, other.joint, equal_nan=True) and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in columns
        )


def region_name(kind: int) -> str:
    """Give the name that sections of an SWC type have, as NEURON names them.

    >>> [region_name(kind) for kind in (1, 2, 3, 4, 5, 0, -1)]
    ['soma', 'axon', 'dend', 'apic', 'dend_5', 'dend_0', 'minus_1']
    """
    return _REGIONS.get(kind) or (f"minus_{-kind}" if kind < 0 else f"dend_{kind}")
