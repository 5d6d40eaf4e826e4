"""What a reader found, made into a morphology."""

from collections.abc import Iterable
from dataclasses import replace

from rheobase.morphology.checks import offers
from rheobase.morphology.forest import Kin
from rheobase.morphology.morphology import Morphology
from rheobase.morphology.problem import Problem
from rheobase.morphology.samples import Samples


def as_read(
    name: str,
    samples: Samples,
    problems: Iterable[Problem] = (),
    *,
    text: str = "",
    format: str = "",  # noqa: A002
) -> Morphology:
    """Make a morphology of what a reader found; what all formats share is checked there.

    **Arguments:** `samples`, parents before children; `problems`, with the index of their sample where they have one:
    a note tells of something that was done; `text` of the file, to show its lines; `format`, such as `"swc"`.
    """
    at = {line: k for k, line in reversed(list(enumerate(samples.line.tolist())))}
    kin = Kin(samples)
    found = [_as_record(problem, samples, at, kin) for problem in problems]
    return Morphology(name, samples, found, text=text, format=format)


def _as_record(problem: Problem, samples: Samples, at: dict[int, int], kin: Kin) -> Problem:
    if problem.repaired or problem.severity == "note":
        return replace(problem, repaired=True)
    placed = problem if problem.sample is not None else replace(problem, sample=at.get(problem.line))
    return placed if offers(samples, placed, kin) else replace(placed, repaired=True)
