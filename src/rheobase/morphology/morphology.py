"""A neuron's shape as a document: samples on a tree, what looks wrong about them, and edits that can be undone."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import numpy as np

from rheobase.documents import Change
from rheobase.morphology import checks, remedies
from rheobase.morphology.edits import ShapeEdits
from rheobase.morphology.forest import Kin, in_order
from rheobase.morphology.problem import CODES, Problem as Problem, Remedy as Remedy, by_line, shortened as shortened
from rheobase.morphology.samples import (
    APIC as APIC,
    AXON as AXON,
    DEND as DEND,
    SOMA as SOMA,
    Floats as Floats,
    Integers as Integers,
    MorphologyError as MorphologyError,
    Samples as Samples,
    region_name as region_name,
)
from rheobase.morphology.sections import SectionShape, split_samples
from rheobase.morphology.statistics import Statistics

_ORDER = list(CODES)
_ROUNDS = 100  # of repairs that uncover each other


class UnknownRepair(KeyError):
    """A problem or a remedy that there is not."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which would put the sentence in quotes.
        return str(self.args[0])


class Morphology(ShapeEdits):
    r"""The shape of one neuron.

    Every change is observable and one step of undo. Changes have the paths `("samples",)` and `("problems",)`.
    Morphologies are equal when their samples are, wherever those stood in a file.

    **Arguments:** `name`; `samples`; `problems` that a reader found; `text` of the file, to show its lines; `format`,
    such as `"swc"`.

    >>> from rheobase.morphology import read_swc
    >>> m = read_swc("1 1 0 0 0 5 -1\n2 3 0 9 0 1 1\n3 3 0 50 0 1 2\n5 3 0 55 0 1 4\n6 3 0 90 0 1 5\n")
    >>> print(m.problems[0])
    line 4: sample 5 has the parent 4, which is not in the file
    >>> m.repair("missing-parent").samples.parent.tolist()
    [-1, 0, 1, 2, 3]
    >>> m.undo()
    'Repair missing-parent'
    """

    _what = "morphology"
    __hash__ = None  # type: ignore[assignment]  # equal by content and changeable

    def __init__(
        self,
        name: str,
        samples: Samples,
        problems: Iterable[Problem] = (),
        *,
        text: str = "",
        format: str = "",  # noqa: A002
    ) -> None:
        super().__init__()
        self.name = name
        self.format = format
        self.text = text
        self._lines: list[str] | None = None
        self._samples = samples
        self._records = tuple(problems)
        self._sections: tuple[Samples, tuple[SectionShape, ...]] | None = None
        self._problems: tuple[tuple[Samples, tuple[Problem, ...]], tuple[Problem, ...]] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Morphology):
            return NotImplemented
        return self._samples.equals(other._samples)

    def __repr__(self) -> str:
        types, counts = np.unique(self.samples.type, return_counts=True)
        parts = [f"{n} {region_name(int(kind))}" for kind, n in zip(types, counts, strict=True)]
        count = len(self.problems)
        noticed = f", {count} problem{'s' * (count > 1)}" if count else ""
        return f"<Morphology {self.name!r}: {len(self.samples)} samples ({', '.join(parts)}){noticed}>"

    @property
    def samples(self) -> Samples:
        """The points, parents before children."""
        return self._samples

    @property
    def sections(self) -> tuple[SectionShape, ...]:
        """The unbranched sections that the samples make, as `split_sections` cuts them."""
        if self._sections is None or self._sections[0] is not self._samples:
            self._sections = (self._samples, split_samples(self._samples)[0])
        return self._sections[1]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was repaired, what can be, and what else to know of, by line."""
        state = (self._samples, self._records)
        if self._problems is None or self._problems[0][0] is not state[0] or self._problems[0][1] is not state[1]:
            self._problems = (state, self._judged())
        return self._problems[1]

    def source_line(self, line: int) -> str:
        """Give a line of the file, counted from 1; nothing where there is none."""
        if self._lines is None:
            self._lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines[line - 1] if 1 <= line <= len(self._lines) else ""

    def copy(self) -> Morphology:
        """Give a morphology of its own with the same samples and problems, and no history."""
        return Morphology(self.name, self._samples, self._records, text=self.text, format=self.format)

    def statistics(self) -> Statistics:
        """Count and measure the shape as it is now: tables by type, section, order and tip, and Sholl's."""
        return Statistics(self._samples, self.sections)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the samples to a file, in the format that its ending names: `.swc`, or `.nml` for NeuroML 2.

        **Raises:** `ValueError` for another ending.
        """
        from rheobase.morphology.write import write_swc  # writers know morphologies
        from rheobase.morphology.write_neuroml import write_neuroml

        writers = {".swc": write_swc, ".nml": write_neuroml}
        writer = writers.get(Path(path).suffix.lower())
        if writer is None:
            raise ValueError(f"{Path(path).name!r} names no format that is written: end it in .swc or .nml")
        writer(self, path)

    def repair(self, code: str, remedy: str | None = None, *, line: int | None = None) -> Self:
        """Repair all problems of one code, or those of one line; nothing happens where there are none.

        **Arguments:** `code`, as a problem has it; `remedy`, the name of one, which those take that offer it; by
        default each takes its first; `line` of the file.

        **Returns:** the morphology itself.

        **Raises:** `KeyError` for an unknown code, or a remedy that none of them offers.
        """
        if code not in CODES:
            near = difflib.get_close_matches(str(code), CODES, n=1)
            also = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(CODES)}"
            raise UnknownRepair(f"there is no problem {code!r}{also}")
        chosen = [p for p in self.problems if p.code == code and p.open and line in (None, p.line)]
        able = [p for p in chosen if remedy is None or remedy in (each.name for each in p.remedies)]
        if chosen and not able:
            offered = ", ".join(each.name for each in chosen[0].remedies)
            raise UnknownRepair(f"{code} on line {chosen[0].line} has no remedy {remedy!r}; it has {offered}")
        if able:
            with self.edit(f"Repair {code}"):
                self._repair(able, remedy)
        return self

    def repair_all(self, safe: bool = True) -> Self:
        """Repair everything that can be repaired safely, or, with `safe=False`, all warnings and errors.

        Of each problem the first remedy is taken. All is one step of undo.

        **Returns:** the morphology itself.
        """
        with self.edit("Repair all"):
            for _ in range(_ROUNDS):
                wanted = [p for p in self.problems if p.open and (p.remedies[0].safe if safe else p.severity != "note")]
                if not wanted:
                    break
                first = min(wanted, key=lambda problem: _ORDER.index(problem.code)).code
                self._repair([p for p in wanted if p.code == first], None)
        return self

    def preview(self, code: str, remedy: str | None = None, line: int | None = None) -> Morphology:
        """Give a copy in which `repair` was done."""
        return self.copy().repair(code, remedy, line=line)

    def _repair(self, chosen: list[Problem], remedy: str | None) -> None:
        """Within an edit, apply a remedy to problems of one code, by default to each its first."""

        def taken(problem: Problem) -> str:
            return remedy or problem.remedies[0].name

        start = self._samples
        for name, group in groupby(sorted(chosen, key=taken), key=taken):
            # What an earlier remedy moved has another index now, and what it left out is settled.
            problems = _followed(group, start, self._samples)
            at = np.array([p.sample for p in problems if p.sample is not None], dtype=np.int64)
            samples = self._samples
            if len(at):
                samples = in_order(remedies.apply(samples, problems[0].code, name, at))
            self._set(samples, answered={_key(p): _answer(p, name) for p in problems})

    def take_samples(self, samples: Samples, decided: Iterable[str] = (), at: Iterable[int] = ()) -> None:
        """Within an edit, take other samples; problems of the codes `decided` at the samples `at` are settled by it."""
        codes, places = set(decided), set(at)
        settled = [p for p in self._records if not p.repaired and p.code in codes and p.sample in places]
        self._set(samples, {_key(p): _by_hand(p) for p in settled})

    def _set(self, samples: Samples, answered: dict[Any, Problem]) -> None:
        """Within an edit, take other samples, and note which problems were answered and how."""
        open_records = {_key(p) for p in self._records if not p.repaired}
        records = [answered.get(_key(p), p) if not p.repaired else p for p in self._records]
        records += [p for key, p in answered.items() if key not in open_records]
        if samples is not self._samples:
            records = _followed(records, self._samples, samples)
            self.put(("samples",), samples)
        if tuple(records) != self._records:
            self.put(("problems",), tuple(records))

    def _judged(self) -> tuple[Problem, ...]:
        samples = self._samples
        # What a person decided is not asked again, and what a reader tells is not told twice.
        told = {(p.code, p.sample) for p in self._records if p.remedy or not p.repaired}
        cut = {p.sample for p in self._records if not p.repaired and p.code in ("missing-parent", "cycle")}
        told |= {("several-roots", sample) for sample in cut}
        problems = [p for p in checks.find(samples) if (p.code, p.sample) not in told]
        kin = Kin(samples)
        problems += [p if p.repaired else replace(p, remedies=checks.offers(samples, p, kin)) for p in self._records]
        return by_line(_placed(problem, samples) for problem in problems)

    def _get(self, path: tuple[str, ...]) -> Any:
        return {"samples": self._samples, "problems": self._records}[path[0]]

    def _apply(self, change: Change) -> None:
        if change.path == ("samples",):
            self._samples = change.new
        else:
            self._records = change.new
        self.revision += 1


def _key(problem: Problem) -> tuple[str, int | None, int, str]:
    return (problem.code, problem.sample, problem.line, problem.message)


def _answer(problem: Problem, remedy: str) -> Problem:
    label = next(each.label for each in problem.remedies if each.name == remedy)
    message = f"{problem.message} ({label[0].lower()}{label[1:]}: done)"
    return replace(problem, message=message, repaired=True, remedies=(), remedy=remedy)


def _by_hand(problem: Problem) -> Problem:
    return replace(problem, message=f"{problem.message} (set right by hand)", repaired=True, remedies=(), remedy="hand")


def _placed(problem: Problem, samples: Samples) -> Problem:
    if problem.sample is None:
        return problem
    x, y, z = samples.xyz[problem.sample].tolist()
    return replace(problem, xyz=(x, y, z))


def _followed(records: Iterable[Problem], old: Samples, new: Samples) -> list[Problem]:
    """Give problems with the samples' new indices, less the open ones whose sample was left out."""
    if old is new:
        return list(records)
    now = {number: k for k, number in enumerate(new.id.tolist())}
    followed = []
    for record in records:
        if record.sample is None:
            followed.append(record)
            continue
        sample = now.get(int(old.id[record.sample]))
        if sample is not None or record.repaired:
            followed.append(replace(record, sample=sample, xyz=record.xyz if sample is not None else None))
    return followed
