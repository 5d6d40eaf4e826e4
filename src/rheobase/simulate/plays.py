"""What is played into parameters: the plays of a protocol become the kernel's tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import Played, recurring_size
from rheobase.model import Play
from rheobase.simulate.connections import WiringPlan
from rheobase.simulate.parameters import ParameterTable
from rheobase.simulate.plans import BlockPlan

_RUNS_ALONG = "what can be played into are parameters of mechanisms, point processes and clamps"


@dataclass(frozen=True)
class PlayPlan:
    """What is played, and where: `rows` of the `parameter` of a `block`, None where all share one number."""

    play: Play
    block: int
    parameter: str
    rows: NDArray[np.bool_] | None

    def table(self) -> Played:
        """The kernel's table, filled up to a size that recurs."""
        play, size = self.play, recurring_size(len(self.play.times) + 1)
        rest = size - len(play.times)
        times: Any = np.append(play.times, np.full(rest, np.inf))
        values: Any = np.append(play.values, np.full(rest, play.values[-1]))
        straight: Any = np.bool_(play.interpolate)
        rows: Any = self.rows
        return Played(times, values, straight, rows)


def plan_plays(
    plays: Sequence[Play], plans: Sequence[BlockPlan], table: ParameterTable, wiring: WiringPlan | None
) -> tuple[PlayPlan, ...]:
    """Plan what is played.

    **Raises:** KeyError for a parameter that is not there; ValueError for one that cannot change as a run goes, one
    that is played into twice, or values out of its limits.
    """
    found: list[PlayPlan] = []
    for play in plays:
        plan = _planned(play, plans, table, wiring)
        table.check(play.target, np.asarray(play.values))
        for other in found:
            if (other.block, other.parameter) == (plan.block, plan.parameter) and _meet(other.rows, plan.rows):
                raise ValueError(f"{play.target} is played into twice: {other.play.target!r} holds there already")
        found.append(plan)
    return tuple(found)


def _planned(play: Play, plans: Sequence[BlockPlan], table: ParameterTable, wiring: WiringPlan | None) -> PlayPlan:
    name = play.target
    for k, plan in enumerate(plans):
        own, definition = [p.name for p in plan.mechanism.parameters], plan.mechanism
        if name.startswith(f"global.{definition.name}.") and name.rpartition(".")[2] in own:
            parameter = name.rpartition(".")[2]
            if definition.kind == "density" and definition.parameter(parameter).scope != "global":
                continue
            rows = None if definition.kind == "density" else np.ones(len(plan.filler), bool)
            return PlayPlan(play, k, parameter, rows)
        placed, _, parameter = name.rpartition(".")
        if placed in plan.names and parameter in own:
            return PlayPlan(play, k, parameter, _rows(plan, np.array([plan.names.index(placed)])))
    if wiring is not None and any(name.startswith(f"{spec.name}.") for spec in wiring.specs):
        raise ValueError(f"{name} belongs to a connection, which nothing can be played into; {_RUNS_ALONG}")
    if name in ("celsius", "v_init"):
        raise ValueError(f"{name} holds for a whole run; {_RUNS_ALONG}")
    place, target = table.split(name) if name not in table.defaults else name.split(".", 1)
    owner, dot, parameter = target.partition(".")
    for k, plan in enumerate(plans):
        if dot and plan.mechanism.name == owner and parameter in [p.name for p in plan.mechanism.parameters]:
            here = np.flatnonzero(np.isin(plan.segments, table.resolve(place)[0]))
            if not len(here):
                raise ValueError(f"{name} cannot be played into: {owner} is not inserted there")
            return PlayPlan(play, k, parameter, _rows(plan, here))
    raise ValueError(f"{name} cannot change as a run goes; {_RUNS_ALONG}")


def _rows(plan: BlockPlan, instances: NDArray[Any]) -> NDArray[np.bool_]:
    rows = np.zeros(len(plan.filler), bool)
    rows[plan.rows_of(instances)] = True
    return rows


def _meet(first: NDArray[np.bool_] | None, second: NDArray[np.bool_] | None) -> bool:
    return first is None or second is None or bool((first & second).any())
