"""A neuron's shape as samples on a tree, with what was noticed while reading it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SOMA, AXON, DEND, APIC = 1, 2, 3, 4
_REGIONS = {SOMA: "soma", AXON: "axon", DEND: "dend", APIC: "apic"}


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


_MAX_PROBLEMS = 20  # of one kind


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that was repaired or that a person should know of.

    **Attributes:** `code`, a short constant name of the kind; `severity`, `"note"` when the meaning of the
    file is certain and `"warning"` when it was guessed or something was left out; `line` of the file, from
    1; `message`.
    """

    code: str
    severity: Literal["note", "warning"]
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Points on a tree, each after its parent; arrays of equal length, read-only.

    **Attributes:** `id`, the number in the file; `type`, 1 soma, 2 axon, 3 dendrite, 4 apical dendrite, others
    as the file's author meant them; `xyz`, (n, 3) um; `diam`, um; `parent`, the index of the parent in these
    arrays (not its id), -1 for a root; `line`, where the sample stands in its file, from 1; `joint`, NaN where the
    rules of `sections` decide, else a section of its own samples begins here, joined to its parent's section at
    this x. Coordinates and diameters are float32 numbers (kept as float64), as NEURON reads them.
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
        for name in ("id", "type", "xyz", "diam", "parent", "line", "joint"):
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.id)

    def take(self, order: Integers) -> "Samples":
        """Give the same samples in another order; `order` lists their present indices."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Morphology:
    """The shape of one neuron.

    Morphologies are equal when their samples are, wherever those stood in a file.

    **Attributes:** `name`; `samples`; `problems`, what was repaired or noticed, each with its line.
    """

    name: str
    samples: Samples
    problems: tuple[Problem, ...] = field(default=())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Morphology):
            return NotImplemented
        names = ("id", "type", "xyz", "diam", "parent")
        return all(np.array_equal(getattr(self.samples, n), getattr(other.samples, n)) for n in names)

    __hash__ = None  # type: ignore[assignment]  # arrays are inside

    def __repr__(self) -> str:
        types, counts = np.unique(self.samples.type, return_counts=True)
        parts = [f"{n} {region_name(int(kind))}" for kind, n in zip(types, counts, strict=True)]
        count = len(self.problems)
        noticed = f", {count} problem{'s' * (count > 1)}" if count else ""
        return f"<Morphology {self.name!r}: {len(self.samples)} samples ({', '.join(parts)}){noticed}>"


def shortened(problems: list[Problem]) -> tuple[Problem, ...]:
    """Give problems by line, the first 20 of each kind; the last of them tells how many more there are."""
    shown: list[Problem] = []
    counts = Counter(problem.code for problem in problems)
    seen: Counter[str] = Counter()
    for problem in sorted(problems, key=lambda problem: problem.line):
        seen[problem.code] += 1
        if seen[problem.code] == _MAX_PROBLEMS < counts[problem.code]:
            more = f"{problem.message} (and {counts[problem.code] - _MAX_PROBLEMS} lines more)"
            shown.append(replace(problem, message=more))
        elif seen[problem.code] <= _MAX_PROBLEMS:
            shown.append(problem)
    return tuple(shown)


def region_name(kind: int) -> str:
    """Give the name that sections of an SWC type have, as NEURON names them.

    >>> [region_name(kind) for kind in (1, 2, 3, 4, 5, 0, -1)]
    ['soma', 'axon', 'dend', 'apic', 'dend_5', 'dend_0', 'minus_1']
    """
    return _REGIONS.get(kind) or (f"minus_{-kind}" if kind < 0 else f"dend_{kind}")
