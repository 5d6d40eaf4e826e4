"""What drives a run: an engine takes a state on in time, and tells what it did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import State, System

if TYPE_CHECKING:
    import pandas as pd


class Present(NamedTuple):
    """Where a run stands.

    **Fields:** `t`: ms; `state`, the kernel's; `memory`: what the engine remembers of the past, arrays in any nesting,
    or None. Given a state without memory an engine begins anew from it, as after a state or parameter was changed.
    """

    t: float
    state: State
    memory: Any = None


class Stretch(NamedTuple):
    """What an engine gives for a part of a run.

    **Fields:** the `present` at its end; its samples, `t`: ms, `(n,)`, and `raw`, `(n, probes)` or `(n, probes,
    batch)`; `orders`: of each sample the order of the polynomial that leads to it (see `Results`), None where that is a
    straight line.
    """

    present: Present
    t: NDArray[np.float64]
    raw: NDArray[Any]
    orders: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Statistics:
    """What an adaptive run did.

    **Fields:**

    - `steps`, `rejected`, `newton_iterations`, `evaluations`: how many there were.
    - `t`, `order`, `step_size`: of each accepted step its end (ms), order and length (ms).
    - `largest`, `error`: by type of state (`"v"`, `"hh.m"`, `"cai"`) the largest magnitude, and the largest error
      estimated in a step.
    - `elapsed`: seconds.
    """

    steps: int
    rejected: int
    newton_iterations: int
    evaluations: int
    t: NDArray[np.float64]
    order: NDArray[np.int64]
    step_size: NDArray[np.float64]
    largest: Mapping[str, float]
    error: Mapping[str, float]
    elapsed: float = 0.0

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a step, with `order` and `step_size` (ms); the index is the time of its end in ms."""
        import pandas as pd

        columns = {"order": self.order, "step_size": self.step_size}
        return pd.DataFrame(columns, index=pd.Index(self.t, name="t"))

    def __repr__(self) -> str:
        return (
            f"<Statistics: {self.steps} steps, {self.rejected} rejected, {self.newton_iterations} Newton iterations, "
            f"order up to {int(self.order.max(initial=0))}, {self.elapsed:.3g} s>"
        )


class Engine(Protocol):
    """What takes a run on. Data it is given anew in each call; of a run it remembers only what it counts."""

    @property
    def statistics(self) -> Statistics | None:
        """What was done since `begin`; None for fixed steps."""
        ...

    @property
    def slack(self) -> float:
        """How far from a given time a stretch may end, ms: half a fixed step, or 0."""
        ...

    def begin(self, system: System, v: Any) -> tuple[Present, NDArray[Any]]:
        """The present at time 0 under the voltages `v` (mV, by node), and its sample, `(probes,)`."""
        ...

    def go(self, system: System, present: Present, until: float, most: int, pause: float = np.inf) -> Stretch:
        """Go on from the present.

        **Arguments:** never beyond `until` (ms), which is reached exactly (give or take `slack`); take at most `most`
        samples, one at least unless `until` comes first; go no further than the first sample at or after `pause` (ms),
        which does not shorten any step.

        **Raises:** SimulationError.
        """
        ...
