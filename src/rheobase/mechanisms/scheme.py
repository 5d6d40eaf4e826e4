"""Kinetic schemes: states, the transitions between them, their steady state and their implicit step.

A mechanism describes its scheme once and calls it from its own methods:

    SCHEME = Scheme(("C1", "C2", "O"), (("C1", "C2"), ("C2", "O")))

    class Channel(Mechanism):
        states = SCHEME.states

        @staticmethod
        def initial(v, p, ions, clock):
            return SCHEME.steady(rates(v, p))

        @classmethod
        def advance(cls, v, s, p, ions, clock):
            return SCHEME.advance(vars(s), rates(v, p), clock.dt)

where `rates(v, p)` gives a pair of arrays, forward and backward in 1/ms, for each transition in its order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from rheobase.kernel.small import solve


@dataclass(frozen=True)
class Scheme:
    """States of which one is occupied at a time, and first-order transitions between them.

    The step is implicit Euler, which keeps occupancies positive and their sum, at any step (NEURON's `sparse`).

    **Fields:** `states`, by name; `transitions`, each (from, to), both ways; the graph need not be connected
    directly, but each state should be reached, or its steady occupancy is not determined.

    **Raises:** ValueError for a transition of a state that there is not, or of a state to itself.

    >>> gate = Scheme(("closed", "open"), (("closed", "open"),))
    >>> gate.steady([(3.0, 1.0)])["open"]
    Array(0.75, dtype=float64)
    """

    states: tuple[str, ...]
    transitions: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        for source, target in self.transitions:
            for state in (source, target):
                if state not in self.states:
                    raise ValueError(f"transition {source} to {target}: no state {state!r} in {', '.join(self.states)}")
            if source == target:
                raise ValueError(f"transition of {source} to itself")

    def flow(self, rates: Sequence[tuple[ArrayLike, ArrayLike]]) -> dict[tuple[int, int], Array]:
        """The matrix of the scheme, `occupancy' = flow occupancy`, by (row, column).

        **Arguments:** `rates`, forward and backward in 1/ms for each transition.
        """
        matrix: dict[tuple[int, int], Array] = {}
        for (source, target), (forward, backward) in zip(self._pairs(), rates, strict=True):
            for one, other, rate in ((source, target, forward), (target, source, backward)):
                matrix[other, one] = matrix.get((other, one), jnp.zeros(())) + rate
                matrix[one, one] = matrix.get((one, one), jnp.zeros(())) - rate
        return matrix

    def derivative(
        self, occupancy: Mapping[str, Array], rates: Sequence[tuple[ArrayLike, ArrayLike]]
    ) -> dict[str, Array]:
        """The rate of change of each state, 1/ms."""
        change: dict[str, Array] = {state: jnp.zeros_like(jnp.asarray(occupancy[state])) for state in self.states}
        for (source, target), (forward, backward) in zip(self.transitions, rates, strict=True):
            flux = forward * occupancy[source] - backward * occupancy[target]
            change[source] = change[source] - flux
            change[target] = change[target] + flux
        return change

    def steady(self, rates: Sequence[tuple[ArrayLike, ArrayLike]], total: ArrayLike = 1.0) -> dict[str, Array]:
        """The occupancies that do not change, their sum being `total`."""
        matrix = {place: -value for place, value in self.flow(rates).items()}
        last = len(self.states) - 1
        matrix = {(row, column): value for (row, column), value in matrix.items() if row != last}
        matrix |= {(last, column): jnp.ones(()) for column in range(last + 1)}
        rhs = [*[0.0] * last, total]
        return dict(zip(self.states, solve(matrix, rhs, last=[last]), strict=True))

    def advance(
        self, occupancy: Mapping[str, Array], rates: Sequence[tuple[ArrayLike, ArrayLike]], dt: ArrayLike
    ) -> dict[str, Array]:
        """The occupancies one step on, `(1 - dt flow) new = old`.

        **Arguments:** `occupancy`, each state (others are ignored); `rates` in 1/ms; `dt` in ms.
        """
        step = jnp.asarray(dt)
        matrix = {place: -step * value for place, value in self.flow(rates).items()}
        for k in range(len(self.states)):
            matrix[k, k] = 1 + matrix.get((k, k), jnp.zeros(()))
        return dict(zip(self.states, solve(matrix, [occupancy[state] for state in self.states]), strict=True))

    def _pairs(self) -> list[tuple[int, int]]:
        index = {state: k for k, state in enumerate(self.states)}
        return [(index[source], index[target]) for source, target in self.transitions]
