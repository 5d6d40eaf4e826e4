"""What wins where: places that overlap and were given the same parameter."""

from collections.abc import Mapping
from typing import Any

import traitlets

from rheobase.model import Assignment, Profile
from rheobase.model.precedence import Resolved, sections_with
from rheobase.widgets.actions import action
from rheobase.widgets.cell_builder.places import PlacePage
from rheobase.widgets.cell_builder.standing import forget
from rheobase.widgets.quantities import number_in_words

_MOST_ROWS = 40  # of one parameter; a cell of which each section has its own value would have thousands
_STRENGTH = {"cell": 0, "region": 1, "section": 2}


class ConflictsPage(PlacePage):
    """The parameters that overlapping places were given, and whose value holds in which sections.

    - `conflicts`: of each such parameter its `target` and `rows`, the weakest first: `place`, `scope`, its `value` in
      words, in how many of its `sections` it `wins`, and the place `next` that it could be put after; in `more`, how
      many rows are left out.
    """

    conflicts: Any = traitlets.List().tag(sync=True)

    _compared: tuple[int, Mapping[Any, Assignment]] = (-1, {})

    def show_place(self) -> None:
        """Show what wins where with the rest."""
        super().show_place()
        self.show_conflicts()

    def show_conflicts(self) -> None:
        """Show what wins where."""
        document = self.cell.document
        revision, before = self._compared
        now = dict(document.assignments)
        same = revision == document.structure_revision and list(before) == list(now)
        if same and all(now[key] is before[key] for key in now):
            return
        self._compared = (document.structure_revision, now)
        by_target: dict[str, list[Assignment]] = {}
        for assignment in now.values():
            by_target.setdefault(assignment.target, []).append(assignment)
        found = [self._contest(target, each) for target, each in by_target.items() if len(each) > 1]
        self.conflicts = [each for each in found if each is not None]

    @action("conflicts.later")
    def put_later(self, place: str, after: str) -> None:
        """Put a place after another in the order, so that its values win over those of the other."""
        with self.cell.edit(f"Put {place} after {after}", origin=self.model_id):
            self.cell.order_places([after, place])

    @action("conflicts.choose")
    def choose_winners(self, target: str, place: str, scope: str) -> dict[str, Any]:
        """Choose the sections in which a place's value holds."""
        won = self._won(target)
        self.chosen = [name for name, key in won.items() if key == (scope, place)]
        return {"sections": len(self.chosen)}

    @action("conflicts.forget")
    def forget_value(self, target: str, place: str, scope: str) -> None:
        """Forget what was set for a place."""
        with self.cell.edit(f"Reset {target} of {place}", origin=self.model_id):
            forget(self.cell, scope, place, target)

    def _won(self, target: str) -> dict[str, tuple[str, str] | None]:
        """Whose value holds in each section that has the target."""
        document = self.cell.document
        resolved = Resolved(document, target)
        owner = resolved.target.mechanism
        present = sections_with(document, owner) if owner else document.sections.keys()
        holders = {name: resolved.assignment(name) for name in document.sections if name in present}
        return {name: None if each is None else (each.scope, each.place) for name, each in holders.items()}

    def _contest(self, target: str, assignments: list[Assignment]) -> dict[str, Any] | None:
        document = self.cell.document
        won = self._won(target)
        ordered = sorted(assignments, key=lambda each: _STRENGTH[each.scope])
        reached = [won.keys() & set(document.places.of(each.place)) for each in ordered]
        narrow = [members for each, members in zip(ordered, reached, strict=True) if each.scope != "cell"]
        if sum(map(len, narrow)) == len(set().union(*narrow)):
            return None
        unit = Resolved(document, target).target.unit
        rows = []
        for index, (each, members) in enumerate(zip(ordered, reached, strict=True)):
            rows.append(
                {
                    "place": each.place,
                    "scope": each.scope,
                    "value": _in_words(each.value, unit),
                    "sections": len(members),
                    "wins": sum(won[name] == (each.scope, each.place) for name in members),
                    "next": next(
                        (
                            other.place
                            for other, theirs in zip(ordered[index + 1 :], reached[index + 1 :], strict=True)
                            if each.scope == other.scope == "region" and members & theirs
                        ),
                        "",
                    ),
                }
            )
        return {"target": target, "rows": rows[:_MOST_ROWS], "more": max(0, len(rows) - _MOST_ROWS)}


def _in_words(value: float | tuple[float, ...] | Profile, unit: str) -> str:
    unit = "" if unit == "1" else f" {unit}"
    if isinstance(value, float):
        return f"{number_in_words(value)}{unit}"
    if isinstance(value, tuple):
        return f"{number_in_words(min(value))} to {number_in_words(max(value))}{unit}, one a segment"
    return f"{value.kind} over {value.metric.replace('_', ' ')}"
