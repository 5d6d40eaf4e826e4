"""Where in a running state a number is: what probes and pointers are made of."""

from collections.abc import Mapping, Sequence

import numpy as np

from rheobase.simulate.ions import IonPlan
from rheobase.simulate.plans import BlockPlan

Address = tuple[int, int]
"""The array of a state, counted as `State.arrays` does, and the place in it."""


class Addresses:
    """The numbers of a running state.

    **Arguments:** the blocks and ions of an assembly.
    """

    def __init__(self, plans: Sequence[BlockPlan], ions: Mapping[str, IonPlan]) -> None:
        self._plans = plans
        self._held = [sorted((*plan.mechanism.states, *plan.kept)) for plan in plans]
        self._first = np.cumsum([1, *map(len, self._held)])
        moving = [(name, what) for name in sorted(ions) for what in sorted(ions[name].carries)]
        self._of_ion = {key: int(self._first[-1]) + k for k, key in enumerate(moving)}

    def voltage(self, node: int) -> Address:
        """The voltage of a node."""
        return 0, node

    def state(self, k: int, instance: int, name: str) -> Address:
        """A state of an instance of block `k`, or a current or observable that is kept."""
        array = self._first[k] + self._held[k].index(name)
        return int(array), int(self._plans[k].rows_of([instance])[0])

    def weight(self, row: int, connection: int) -> Address:
        """A weight of a connection."""
        return int(self._first[-1]) + len(self._of_ion) + row, connection

    def ion(self, name: str, what: str, node: int) -> Address:
        """What moves of an ion. **Raises:** KeyError for what does not."""
        return self._of_ion[name, what], node
