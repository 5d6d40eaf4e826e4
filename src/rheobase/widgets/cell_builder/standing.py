"""How a parameter stands in a place: what was set for it there, what holds, and what would hold without."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rheobase.model import Assignment, Cell, Profile
from rheobase.model.assign import scope_of
from rheobase.model.document import Document
from rheobase.model.precedence import Resolved, sections_with
from rheobase.model.targets import target_of

_MOST_NAMED = 3


@dataclass(frozen=True)
class Standing:
    """One parameter in one place.

    - `own`: what was set for just this place, if anything was; `value` of it, or for the whole cell the default.
    - `holds`: in how many of the place's `sections` that value holds.
    - `others`: the places whose values hold in the other sections, and in how many; `""` is the default.
    - `low`, `high`: between which numbers the parameter lies here; `values`: how many different ones there are.
    - `weaker`: the number that would hold without `own`.
    """

    own: Assignment | None
    value: float | tuple[float, ...] | Profile | None
    holds: int
    sections: int
    others: Mapping[str, int]
    low: float
    high: float
    values: int
    weaker: float | None = None

    @property
    def number(self) -> float | None:
        """The one number to show and to move: the place's own if it holds anywhere, else what holds throughout."""
        if self.value is not None and self.holds:
            return self.value if isinstance(self.value, float) else None
        return self.low if self.values == 1 else None

    @property
    def profile(self) -> Profile | None:
        """The profile that was set for just this place."""
        return self.value if isinstance(self.value, Profile) else None

    def words(self, unit: str) -> str:
        """What one number does not tell: where it comes from, and where others hold."""
        others = _named(self.others)
        span = f"{self.low:.4g}" if self.values == 1 else f"{self.low:.4g} to {self.high:.4g}"
        span += "" if unit == "1" else f" {unit}"
        said = []
        if self.number is None:
            said.append(f"{span} ({self.values} values)" if self.values > 1 else span)
        if self.own is not None and not self.holds:
            said.append(f"what was set here holds nowhere: {others}")
        elif self.value is not None and self.holds < self.sections:
            rest = f"{others}, {span} in all" if self.number is not None else others
            said.append(f"holds in {self.holds} of {self.sections} sections; elsewhere {rest}")
        elif self.value is None and others != "by default":
            said.append(others)
        return ", ".join(said)


def standing(cell: Cell, place: str, target: str) -> Standing | None:
    """Tell how a target stands in a place; `None` where its mechanism is in no section of it."""
    document = cell.document
    resolved = Resolved(document, target)
    names = present_in(document, place, resolved.target.mechanism)
    if not names:
        return None
    holding: dict[tuple[str, str] | None, list[str]] = {}
    for name in names:
        holder = resolved.assignment(name)
        holding.setdefault(None if holder is None else (holder.scope, holder.place), []).append(name)
    numbers = _numbers(resolved, holding.values())
    own = own_assignment(document, place, target)
    if own is not None:
        value: float | tuple[float, ...] | Profile | None = own.value
        ours = holding.pop((own.scope, own.place), [])
    else:
        value = resolved.target.default if place == "all" else None
        ours = holding.pop(None, []) if place == "all" else []
    weaker: float | None = None
    if own is not None:
        below = [each.value for each in resolved.reaching((ours or names)[0]) if each is not own]
        under = below[0] if below else resolved.target.default
        weaker = under if isinstance(under, float) else None
    return Standing(
        own=own,
        value=value,
        holds=len(ours),
        sections=len(names),
        others={"" if key is None else key[1]: len(members) for key, members in holding.items()},
        low=min(numbers),
        high=max(numbers),
        values=len(numbers),
        weaker=weaker,
    )


def set_here(cell: Cell, place: str, target: str, value: Any) -> None:
    """Within an edit, set a target of a place as a hand means it.

    A value that holds somewhere keeps its rank when it is changed; one that holds nowhere goes last, so that it holds
    from now on. What is set for the whole cell stays beneath what its parts have, unless it holds in none of them.
    """
    document = cell.document
    is_global = target_of(document, target).is_global
    own, found = own_assignment(document, place, target), standing(cell, place, target)
    holds = found is not None and found.holds > 0
    if is_global or (place == "all" and holds and (own is None or own.scope == "cell")):
        cell.set(target, value)
        return
    order = list(document.assignments)
    if own is not None and own.scope == "section":
        cell.section(place).set(target, value)
    else:
        cell[place].set(target, value)
    if own is not None and holds:
        document.reorder("assignments", order)


def forget_here(cell: Cell, place: str, target: str) -> None:
    """Within an edit, forget what was set for just this place. **Raises:** `ValueError` if nothing was."""
    own = own_assignment(cell.document, place, target)
    if own is None:
        raise ValueError(f"{target} was not set for {place} as such, so there is nothing to forget")
    forget(cell, own.scope, place, target)


def forget(cell: Cell, scope: str, place: str, target: str) -> None:
    """Forget what was set for a place by that scope."""
    if scope == "cell":
        cell.reset(target)
    elif scope == "section":
        cell.section(place).reset(target)
    else:
        cell[place].reset(target)


def own_assignment(document: Document, place: str, target: str) -> Assignment | None:
    """Give the strongest of what was set for just this place, or for the whole cell where that is the place."""
    keys = [("section", place, target), (scope_of(place), place, target)]
    if place == "all":
        keys.append(("cell", place, target))
    return next((document.assignments[key] for key in keys if key in document.assignments), None)


def present_in(document: Document, place: str, mechanism: str | None) -> tuple[str, ...]:
    """Give the sections of a place, only those with a mechanism where one is named."""
    names = document.places.of(place)
    if mechanism is None:
        return names
    present = sections_with(document, mechanism)
    return tuple(name for name in names if name in present)


def _numbers(resolved: Resolved, groups: Iterable[list[str]]) -> set[float]:
    """The different numbers that hold in groups of sections, each of one assignment."""
    numbers: set[float] = set()
    for members in groups:
        assignment = resolved.assignment(members[0])
        if assignment is None:
            numbers.add(resolved.target.default)
        elif isinstance(assignment.value, float):
            numbers.add(assignment.value)
        else:
            numbers.update(np.unique(np.concatenate([resolved.at(name) for name in members])).tolist())
    return numbers


def _named(others: Mapping[str, int]) -> str:
    """Whose values hold, in words."""
    names = [name for name in others if name]
    if len(names) > _MOST_NAMED:
        names = [*names[: _MOST_NAMED - 1], f"{len(names) - _MOST_NAMED + 1} other places"]
    if not names:
        return "by default"
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"as set for {listed}" + (" or by default" if "" in others else "")
