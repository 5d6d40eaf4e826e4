"""Rules that say which sections belong to a subset, and how they are combined."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from rheobase.documents import Value
from rheobase.model.location import Location

if TYPE_CHECKING:
    from rheobase.model.places import Places
    from rheobase.model.where import Where

Mask = NDArray[np.bool_]
Operator = Literal["and", "or", "minus", "xor"]

DEEPEST = 20
LONGEST = 1000
"""How deep rules may be nested; how many names a condition may have, and a rule conditions."""

SIGNS: dict[Operator, str] = {"and": " & ", "or": " | ", "minus": " - ", "xor": " ^ "}


class Rule(Value):
    """Which sections belong: `where(...)`, and rules combined by `&`, `|`, `-`, `^` and `~`. Equal by content."""

    @abstractmethod
    def mask(self, places: Places) -> Mask:
        """Tell for each section, in document order, whether it belongs."""

    @abstractmethod
    def leaves(self) -> Iterator[Where]:
        """Give the conditions it is made of."""

    @abstractmethod
    def mapped(self, change: Callable[[Where], Where]) -> Rule:
        """Give the same rule with each condition changed."""

    @abstractmethod
    def written(
        self, lead: str = "", number: Callable[[float], str] = repr, place: Callable[[Location], str] = repr
    ) -> str:
        """Give the expression that makes this rule, `lead` before each call."""

    @property
    @abstractmethod
    def depth(self) -> int:
        """How deep rules are nested in it."""

    def named(self, kind: Literal["region", "subset", "subtree"]) -> tuple[str, ...]:
        """Give the regions, the subsets or the sections whose subtrees it names, each once."""
        return tuple(dict.fromkeys(name for leaf in self.leaves() for name in getattr(leaf, kind)))

    def origins(self) -> tuple[Location, ...]:
        """Give the places on the cell that it measures from."""
        return tuple(leaf.origin for leaf in self.leaves() if isinstance(leaf.origin, Location))

    @property
    def looks_at_numbers(self) -> bool:
        """Whether lengths, diameters or 3-D points decide what belongs."""
        return any(leaf.ranges for leaf in self.leaves() if leaf.ranges.keys() != {"order"})

    def renamed(self, kind: Literal["section", "region", "subset"], old: str, new: str) -> Rule:
        """Give the same rule after something that it names was given another name."""
        return self.mapped(lambda leaf: leaf.with_name(kind, old, new))

    def joined(self, old: str, new: str) -> Rule:
        """Give the same rule with a section named wherever another is, which it comes from."""
        return self.mapped(lambda leaf: leaf.replace(name=(*leaf.name, new)) if old in leaf.name else leaf)

    def redirected(self, to: Callable[[Location], Location]) -> Rule:
        """Give the same rule measured from where `to` says that its origins are."""
        return self.mapped(
            lambda leaf: leaf.replace(origin=to(leaf.origin)) if isinstance(leaf.origin, Location) else leaf
        )

    def measured_from(self, origin: Location) -> Rule:
        """Give the same rule with an origin where it measures and has none."""
        return self.mapped(lambda leaf: leaf.replace(origin=origin) if leaf.metrics and leaf.origin is None else leaf)

    def __and__(self, other: Rule) -> Rule:
        return combined("and", self, other)

    def __or__(self, other: Rule) -> Rule:
        return combined("or", self, other)

    def __sub__(self, other: Rule) -> Rule:
        return combined("minus", self, other)

    def __xor__(self, other: Rule) -> Rule:
        return combined("xor", self, other)

    def __invert__(self) -> Rule:
        return self.rule if isinstance(self, Inverse) else Inverse(rule=self)

    def __repr__(self) -> str:
        return self.written()

    __str__ = __repr__


class Combined(Rule):
    """Rules combined: `a & b & c`, `a | b`, `a - b`, `a ^ b`."""

    operator: Operator
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _is_shallow(self) -> Combined:
        if len(self.rules) < 2:
            raise ValueError(f"{self.operator!r} combines two rules or more")
        if self.depth > DEEPEST or sum(1 for _ in self.leaves()) > LONGEST:
            raise ValueError("the rule is too long or nested too deeply: name parts of it as subsets")
        return self

    @property
    def depth(self) -> int:
        """How deep rules are nested in it."""
        return 1 + max(rule.depth for rule in self.rules)

    def mask(self, places: Places) -> Mask:
        """Tell for each section, in document order, whether it belongs."""
        first, *rest = (rule.mask(places) for rule in self.rules)
        for other in rest:
            match self.operator:
                case "and":
                    first = first & other
                case "or":
                    first = first | other
                case "xor":
                    first = first ^ other
                case "minus":
                    first = first & ~other
        return first

    def leaves(self) -> Iterator[Where]:
        """Give the conditions it is made of."""
        for rule in self.rules:
            yield from rule.leaves()

    def mapped(self, change: Callable[[Where], Where]) -> Rule:
        """Give the same rule with each condition changed."""
        return Combined(operator=self.operator, rules=tuple(rule.mapped(change) for rule in self.rules))

    def written(
        self, lead: str = "", number: Callable[[float], str] = repr, place: Callable[[Location], str] = repr
    ) -> str:
        """Give the expression that makes this rule."""
        parts = [rule.written(lead, number, place) for rule in self.rules]
        bracketed = [
            f"({part})" if isinstance(rule, Combined) else part for part, rule in zip(parts, self.rules, strict=True)
        ]
        return SIGNS[self.operator].join(bracketed)


class Inverse(Rule):
    """All sections that do not belong to a rule: `~a`."""

    rule: Rule

    @property
    def depth(self) -> int:
        """How deep rules are nested in it."""
        return 1 + self.rule.depth

    def mask(self, places: Places) -> Mask:
        """Tell for each section, in document order, whether it belongs."""
        return ~self.rule.mask(places)

    def leaves(self) -> Iterator[Where]:
        """Give the conditions it is made of."""
        yield from self.rule.leaves()

    def mapped(self, change: Callable[[Where], Where]) -> Rule:
        """Give the same rule with each condition changed."""
        return Inverse(rule=self.rule.mapped(change))

    def written(
        self, lead: str = "", number: Callable[[float], str] = repr, place: Callable[[Location], str] = repr
    ) -> str:
        """Give the expression that makes this rule."""
        inner = self.rule.written(lead, number, place)
        return f"~({inner})" if isinstance(self.rule, Combined) else f"~{inner}"


def combined(operator: Operator, first: Rule, second: Rule) -> Rule:
    """Combine two rules, what is combined alike already being taken apart, so that order of brackets is no matter.

    **Raises:** `TypeError` for what is no rule.
    """
    if not isinstance(second, Rule):
        raise TypeError(f"combine a rule with a rule, as in where(...) & where(...), not with {second!r}")
    rules = list(first.rules) if isinstance(first, Combined) and first.operator == operator else [first]
    flat = isinstance(second, Combined) and second.operator == operator and operator != "minus"
    rules += second.rules if flat and isinstance(second, Combined) else [second]
    return Combined(operator=operator, rules=tuple(rules))
