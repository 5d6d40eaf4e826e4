"""What was noticed about a morphology, and what can be done about it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["note", "warning", "error"]

_MOST_SHOWN = 20  # of one kind, where problems are listed for reading

# Each code and what it stands for, in the order in which repairs are made: a later one may look at diameters or trees
# that an earlier one sets right.
CODES = {
    "separators": "commas or semicolons stand between the numbers",
    "header": "a line names the columns",
    "extra-columns": "there are more columns than seven",
    "left-out": "objects that are no part of the shape, such as markers, were left out",
    "empty-branch": "a branch has no points",
    "duplicate-point": "a sample stands in the file twice",
    "root-as-zero": "a root has the parent 0",
    "unsorted-parents": "samples are not in order, or come before their parents",
    "reordered": "the order of the samples is one that NEURON misreads",
    "soma-moved": "the tree with the soma does not come first",
    "duplicate-id": "two samples have one id",
    "zero-diameter": "a diameter is 0",
    "negative-diameter": "a diameter is negative",
    "cycle": "a sample is its own ancestor",
    "missing-parent": "a sample's parent is not in the file",
    "several-somata": "there is more than one soma",
    "several-roots": "there is more than one tree",
    "no-soma": "there is no soma",
    "soma-contour": "the soma is an outline of which the surface is doubtful",
    "type-change": "the type changes along a branch",
    "dangling-tree": "a tree begins far from what it hangs on",
    "z-jump": "the depth jumps from one sample to the next",
    "wild-diameter": "a diameter is unlike those around it",
    "zero-length": "a section has no length",
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing that can be done about a problem.

    **Attributes:** `name`, what `repair` takes; `label`, what a button says; `safe`, whether it loses nothing and
    guesses nothing.
    """

    name: str
    label: str
    safe: bool = False


# What may be as it should be, however odd it looks; a person need not be told unasked.
SUSPICIONS = frozenset({"no-soma", "soma-contour", "type-change", "dangling-tree", "z-jump", "wild-diameter"})

KEEP = Remedy("keep", "Keep it as it is")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that was repaired, that can be, or that a person should know of.

    **Attributes:** `code`, a key of `CODES`; `severity`, `"note"` when the meaning of the file is certain, `"warning"`
    when it was guessed or looks wrong, `"error"` when no sound cell can be made before someone decides; `line` of the
    file, from 1; `message`; `sample`, its index in the samples, and `xyz`, its place in um, if it has one; `repaired`;
    `remedies`, the likeliest first, of a problem that is open; `remedy`, the name of the one that was taken.
    """

    code: str
    severity: Severity
    line: int
    message: str
    sample: int | None = None
    xyz: tuple[float, float, float] | None = None
    repaired: bool = False
    remedies: tuple[Remedy, ...] = ()
    remedy: str = ""

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"

    @property
    def open(self) -> bool:
        """Whether something is left to decide."""
        return bool(self.remedies) and not self.repaired


def by_line(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Put problems in the order of their lines, those of one line as they come."""
    return tuple(sorted(problems, key=lambda problem: problem.line))


def shortened(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Give problems by line, the first 20 of each kind; the last of them tells how many more there are."""
    problems = by_line(problems)
    shown: list[Problem] = []
    counts = Counter(problem.code for problem in problems)
    seen: Counter[str] = Counter()
    for problem in problems:
        seen[problem.code] += 1
        if seen[problem.code] == _MOST_SHOWN < counts[problem.code]:
            more = f"{problem.message} (and {counts[problem.code] - _MOST_SHOWN} lines more)"
            shown.append(replace(problem, message=more))
        elif seen[problem.code] <= _MOST_SHOWN:
            shown.append(problem)
    return tuple(shown)
