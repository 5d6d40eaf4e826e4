"""The problems of a morphology, each with what can be done about it, tried before it is taken."""

from collections import Counter
from typing import Any

import traitlets

from rheobase.morphology import Morphology, Problem
from rheobase.widgets.actions import action
from rheobase.widgets.import3d.deeds import DeedTraits

_LISTED = 200  # problems of one code; nobody goes through more by hand


class RepairTraits(DeedTraits):
    """The list of problems and the repairs.

    - `problems`: each with its place, message, remedies and group (its severity, or `"done"`), the first 200 of a
      code; `problem_counts`: how many there are in all of each group, and how many of each code are open.
    - `preview`: the repair that is shown but not made, in words and as what `problem.repair` takes; empty for none.
    """

    problems: Any = traitlets.List().tag(sync=True)
    problem_counts: Any = traitlets.Dict({"group": {}, "open": {}}).tag(sync=True)
    preview: Any = traitlets.Dict().tag(sync=True)

    def show_problems(self, morphology: Morphology) -> None:
        """Bring the list up to date."""
        seen: Counter[str] = Counter()
        listed = []
        for problem in morphology.problems:
            seen[problem.code] += 1
            if seen[problem.code] <= _LISTED:
                listed.append(problem_data(problem))
        self.problem_counts = {
            "group": Counter(map(group_of, morphology.problems)),
            "open": Counter(problem.code for problem in morphology.problems if problem.open),
        }
        self.problems = listed

    @action("problem.preview")
    def preview_repair(self, code: str, remedy: str | None = None, line: int | None = None) -> None:
        """Show what a repair would make of the shape, without making it."""
        morphology = self.open_morphology
        tried = morphology.preview(code, remedy, line=line)
        before, after = (sum(each.open for each in one.problems) for one in (morphology, tried))
        label = next(
            (
                each.label
                for problem in morphology.problems
                for each in problem.remedies
                if problem.code == code and each.name == remedy
            ),
            code,
        )
        points = len(tried.samples) - len(morphology.samples)
        changes = [f"{abs(points):,} points {'more' if points > 0 else 'fewer'}"] if points else []
        changes.append(f"problems to decide: {before} → {after}")
        self.show_shape(tried)
        self.preview = {
            "words": f"Preview: {label}. {', '.join(changes).capitalize()}.",
            "code": code,
            "remedy": remedy,
            "line": line,
        }
        self.revision += 1

    @action("problem.leave")
    def leave_preview(self) -> None:
        """Show the shape as it is."""
        if self.preview:
            self.preview = {}
            self.show_shape(self.open_morphology)
            self.revision += 1

    @action("problem.repair")
    def repair(self, code: str, remedy: str | None = None, line: int | None = None) -> None:
        """Make a repair: of the problem on a line, or of all of one code."""
        where = "" if line is None else f", line={line!r}"
        how = "" if remedy is None else f", {remedy!r}"
        with self.deed(f"m.repair({code!r}{how}{where})"):
            self.open_morphology.repair(code, remedy, line=line)

    @action("problem.repair_all")
    def repair_all(self, safe: bool = True) -> None:
        """Make all repairs that are safe, or the first offered for every problem."""
        with self.deed(f"m.repair_all(safe={bool(safe)!r})"):
            self.open_morphology.repair_all(safe=bool(safe))


def group_of(problem: Problem) -> str:
    """Where a problem is listed: by its severity, or among what is done."""
    return "done" if problem.repaired else problem.severity


def problem_data(problem: Problem) -> dict[str, Any]:
    """A problem as the browser takes it."""
    return {
        "key": f"{problem.code}:{problem.line}:{problem.sample}",
        "code": problem.code,
        "group": group_of(problem),
        "line": problem.line,
        "message": problem.message,
        "sample": problem.sample,
        "xyz": None if problem.xyz is None else [float(each) for each in problem.xyz],
        "remedies": [{"name": each.name, "label": each.label, "safe": each.safe} for each in problem.remedies],
    }
