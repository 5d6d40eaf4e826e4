"""The numeric parameters of a model by name, and the arrays that they spread into.

A parameter's name is `<place>.<target>`: `soma.hh.gnabar`, `all.Ra`, `dend[3].cm`, `soma.na.reversal`, `dend.L`. Of a
profile each coefficient is a parameter, `apic.hh.gnabar.slope`; of a point process each of its own, `ic.amp`; and there
are `global.<mechanism>.<parameter>`, `celsius` and `v_init`. Cell default < region, in the order assigned < section.
What is overruled in every segment is no parameter; to vary it is to assign it anew, after all others of its rank.

Everything here is written for an array module `xp`: NumPy for a run, `jax.numpy` to differentiate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.mechanisms import Parameter
from rheobase.model import Profile
from rheobase.model.names import UnknownName

Ints = NDArray[np.int64]
Check = Callable[[float], float]

RANK = {"cell": 0, "region": 1, "section": 2}
"""Which scope is stronger."""


@dataclass
class Rule:
    """One value given to some segments: a parameter by `key`, or a profile with a parameter a coefficient."""

    key: str
    segments: Ints
    rank: int
    profile: Profile | None = None
    distance: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def value(self, params: Mapping[str, Any], xp: Any) -> Any:
        """The value of each segment, `(segments,)` or `(segments, batch)`."""
        if self.profile is None:
            return params[self.key]
        coefficients = {name: params[f"{self.key}.{name}"] for name in self.profile.coefficients}
        shapes = [np.shape(c) for c in coefficients.values()]
        batch = max((shape[1:] for shape in shapes), key=len, default=())
        distance = np.broadcast_to(self.distance.reshape(-1, *(1,) * len(batch)), (len(self.distance), *batch))
        return self.profile.evaluate(coefficients, distance, xp=xp)


@dataclass
class Column:
    """One property of the segments, as the rules that give it; later and stronger rules win.

    **Fields:** `default`, where no rule holds; `check`, which raises ValueError for a value out of limits; `present`,
    the segments that have the property; `rules`, by key, in the order assigned.
    """

    default: float
    check: Check
    present: Ints
    rules: dict[str, Rule] = field(default_factory=dict)

    def add(self, rule: Rule) -> None:
        """Take in a rule that comes after all others of its rank."""
        self.rules.pop(rule.key, None)
        self.rules[rule.key] = rule

    def ordered(self) -> list[Rule]:
        """The rules from the weakest to the strongest."""
        return sorted(self.rules.values(), key=lambda rule: rule.rank)

    def overruled(self, n_segments: int) -> list[Rule]:
        """The rules that hold in no segment."""
        rules = self.ordered()
        winner = np.full(n_segments, -1)
        for k, rule in enumerate(rules):
            winner[rule.segments] = k
        holding = set(winner[self.present].tolist())
        return [rule for k, rule in enumerate(rules) if k not in holding]

    def values(self, params: Mapping[str, Any], n_segments: int, xp: Any) -> Any:
        """The property of each segment, `(n_segments,)` or `(n_segments, batch)`."""
        pieces = [(np.full(1, self.default), 1)]
        winner = np.zeros(n_segments, np.int64)
        offset = 1
        for rule in self.ordered():
            value, count = rule.value(params, xp), len(rule.segments)
            length = count if np.shape(value)[0] != 1 else 1
            winner[rule.segments] = offset + (np.arange(count) if length > 1 else 0)
            pieces.append((value, length))
            offset += length
        batch = max((np.shape(value)[1:] for value, _ in pieces), key=len)
        flat = xp.concatenate([_with_batch(value, length, batch, xp) for value, length in pieces])
        return flat[winner]


def _with_batch(value: Any, length: int, batch: tuple[int, ...], xp: Any) -> Any:
    if np.ndim(value) == 1 and batch:
        value = xp.asarray(value)[:, None]
    return xp.broadcast_to(value, (length, *batch))


@dataclass
class ParameterTable:
    """The parameters of one model.

    **Fields:**

    - `defaults`: every parameter's value by name.
    - `columns`: per-segment properties by target: `Ra`, `cm`, `L`, `diam`, `hh.gnabar`, `na.reversal`.
    - `checks`: for those that are not per segment, what raises ValueError for a value out of limits.
    - `shared`: those of which one number serves the whole cell, `global.<mechanism>.<parameter>`.
    - `n_segments`: of the cell.
    - `resolve`: the segments and the rank of a place. **Raises** KeyError.
    """

    n_segments: int
    resolve: Callable[[str], tuple[Ints, int]]
    columns: dict[str, Column] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    shared: dict[str, Parameter] = field(default_factory=dict)

    def assign(self, scope: str, target: str, value: Any, rule: Rule) -> None:
        """Give a value to the rule's place; of a profile, its coefficients become the parameters."""
        rule.rank = RANK[scope]
        self.columns[target].add(rule)
        self.defaults.pop(rule.key, None)
        if rule.profile is None:
            self.defaults[rule.key] = value
        else:
            self.defaults |= {f"{rule.key}.{name}": c for name, c in rule.profile.coefficients.items()}

    def drop_overruled(self) -> None:
        """Forget the rules that hold nowhere, and their parameters."""
        for column in self.columns.values():
            for rule in column.overruled(self.n_segments):
                del column.rules[rule.key]
                names = [""] if rule.profile is None else [f".{name}" for name in rule.profile.coefficients]
                for name in names:
                    del self.defaults[rule.key + name]

    def spread(self, params: Mapping[str, Any], xp: Any = np) -> dict[str, Any]:
        """Each column's values under normalised parameters, `(n_segments,)` or `(n_segments, batch)`."""
        extra = [key for key in params if key not in self.defaults and key not in self.shared]
        columns = self.columns
        if extra:
            columns = {name: replace(c, rules=dict(c.rules)) for name, c in columns.items()}
        for key in extra:
            place, target = self.split(key)
            column, rule = columns[target], Rule(key, *self.resolve(place))
            column.add(rule)
            if any(rule is weak for weak in column.overruled(self.n_segments)):
                raise self._without_effect(key, column, rule)
        return {name: column.values(params, self.n_segments, xp) for name, column in columns.items()}

    def check(self, key: str, values: NDArray[np.float64]) -> None:
        """Refuse values out of the limits of a parameter.

        **Raises:** ValueError that names it, the value, its unit and its limits.
        """
        target = key.partition(".")[2]
        check = self.checks.get(key) or (self.columns[target].check if target in self.columns else None)
        if key in self.shared:
            check = partial(self.shared[key].check, owner=target.partition(".")[0])
        if check is not None:
            check(float(values.min()))
            check(float(values.max()))

    def split(self, key: str) -> tuple[str, str]:
        """The place and the target of a parameter that no assignment names.

        **Raises:** KeyError that suggests the nearest known name.
        """
        place, _, rest = key.partition(".")
        if rest in self.columns:
            try:
                self.resolve(place)
            except KeyError as error:
                raise self.unknown(key) from error
            return place, rest
        raise self.unknown(key)

    def unknown(self, key: str) -> KeyError:
        """The error for a name that means nothing here."""
        return UnknownName("parameter", key, (*self.defaults, *self.shared))

    def _without_effect(self, key: str, column: Column, rule: Rule) -> ValueError:
        here = set(rule.segments.tolist())
        if here.isdisjoint(column.present.tolist()):
            return ValueError(f"{key} cannot be varied: no segment of that place has such a parameter")
        stronger = [r.key for r in column.ordered() if r.rank > rule.rank and here.intersection(r.segments.tolist())]
        return ValueError(f"{key} cannot be varied: {stronger[-1]!r} holds there, and is stronger")

    def length(self, key: str) -> int:
        """How many segments a parameter's place has; 1 for what is not per segment.

        **Raises:** KeyError for an unknown name.
        """
        if key in self.shared:
            return 1
        column = self.columns.get(key.partition(".")[2])
        if column is not None and key in column.rules:
            return len(column.rules[key].segments)
        if key in self.defaults:
            return 1
        place, _ = self.split(key)
        return len(self.resolve(place)[0])
