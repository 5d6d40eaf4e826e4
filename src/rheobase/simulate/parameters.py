"""The numeric parameters of a model by name, and the arrays that they spread into.

A parameter's name is `<place>.<target>`: `soma.hh.gnabar`, `all.Ra`, `dend[3].cm`, `soma.na.reversal`, `dend.L`. Of a
profile each coefficient is a parameter, `apic.hh.gnabar.slope`; of a point process each of its own, `ic.amp`; and there
are `global.<mechanism>.<parameter>`, `celsius` and `v_init`. Cell default < region, in the order assigned < section.

Everything here is written for an array module `xp`: NumPy for a run, `jax.numpy` to differentiate.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.model import Profile

Ints = NDArray[np.int64]

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
    """One property of every segment, as the rules that give it; later and stronger rules win."""

    default: float
    rules: list[Rule] = field(default_factory=list)

    def add(self, rule: Rule) -> None:
        """Take in a rule that comes after all others of its rank."""
        self.rules.append(rule)
        self.rules.sort(key=lambda r: r.rank)

    def values(self, params: Mapping[str, Any], n_segments: int, xp: Any) -> Any:
        """The property of each segment, `(n_segments,)` or `(n_segments, batch)`."""
        pieces = [(np.full(1, self.default), 1)]
        winner = np.zeros(n_segments, np.int64)
        offset = 1
        for rule in self.rules:
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
    - `n_segments`: of the cell.
    - `resolve`: the segments and the rank of a place. **Raises** KeyError.
    """

    n_segments: int
    resolve: Callable[[str], tuple[Ints, int]]
    columns: dict[str, Column] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)

    def assign(self, scope: str, target: str, value: Any, rule: Rule) -> None:
        """Give a value to the rule's place; of a profile, its coefficients become the parameters."""
        rule.rank = RANK[scope]
        column = self.columns[target]
        column.rules = [earlier for earlier in column.rules if earlier.key != rule.key]
        self.defaults.pop(rule.key, None)
        column.add(rule)
        if rule.profile is None:
            self.defaults[rule.key] = value
        else:
            self.defaults |= {f"{rule.key}.{name}": c for name, c in rule.profile.coefficients.items()}

    def spread(self, params: Mapping[str, Any], xp: Any = np) -> dict[str, Any]:
        """Each column's values under normalised parameters, `(n_segments,)` or `(n_segments, batch)`."""
        extra = {key for key in params if key not in self.defaults}
        columns = self.columns
        if extra:
            columns = {name: Column(c.default, list(c.rules)) for name, c in columns.items()}
            for key in params:
                if key in extra:
                    place, target = self.split(key)
                    segments, rank = self.resolve(place)
                    columns[target].add(Rule(key, segments, rank))
        return {name: column.values(params, self.n_segments, xp) for name, column in columns.items()}

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
        near = get_close_matches(key, self.defaults, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(self.defaults)[:12])}"
        return KeyError(f"no parameter is named {key!r}; {hint}")

    def length(self, key: str) -> int:
        """How many segments a parameter's place has; 1 for what is not per segment.

        **Raises:** KeyError for an unknown name.
        """
        for column in self.columns.values():
            for rule in column.rules:
                if rule.key == key:
                    return len(rule.segments)
        if key in self.defaults:
            return 1
        place, _ = self.split(key)
        return len(self.resolve(place)[0])

    def names(self) -> Iterable[str]:
        """The names of all parameters that have a value of their own."""
        return self.defaults.keys()
