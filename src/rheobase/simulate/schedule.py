"""Functions that a run calls: at given times, and at the stages of its initialisation."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from rheobase.model.names import UnknownName
from rheobase.units import to_float

if TYPE_CHECKING:
    from rheobase.simulate.simulation import Simulation

STAGES = ("before_v", "after_v", "after_initial", "ready")
"""Those of an initialisation: before voltages are set, after, when mechanisms took their first states, and last."""

Call: TypeAlias = "Callable[[Simulation], Any]"


class Registration:
    """A function that a simulation calls, or what it plays; `remove()` ends that."""

    def __init__(self, remove: Callable[[], None], told: str) -> None:
        self._remove, self._told = remove, told

    def remove(self) -> None:
        """Forget it; safe to call again."""
        self._remove()

    def __repr__(self) -> str:
        return f"<Registration: {self._told}>"


class Schedule:
    """What a simulation calls in each of its runs."""

    def __init__(self) -> None:
        self._at: dict[object, tuple[float, Call]] = {}
        self._on: dict[object, tuple[str, Call]] = {}

    def __bool__(self) -> bool:
        return bool(self._at or self._on)

    def at(self, t: Any, call: Call) -> Registration:
        """Call a function when a run reaches a time (ms). **Raises:** ValueError, TypeError."""
        when = to_float(t, "ms", "t")
        if when < 0:
            raise ValueError(f"t = {t!r} ms: a run begins at 0; for what comes before, use on('ready', ...)")
        return self._added(self._at, (when, _checked(call)), f"at {when:g} ms")

    def on(self, stage: str, call: Call) -> Registration:
        """Call a function at a stage of each initialisation. **Raises:** KeyError, TypeError."""
        if stage not in STAGES:
            raise UnknownName("stage of initialisation", stage, STAGES)
        return self._added(self._on, (stage, _checked(call)), f"on {stage}")

    def staged(self, stage: str) -> list[Call]:
        """The functions of a stage, in the order of their registration."""
        return [call for each, call in self._on.values() if each == stage]

    def due(self, after: float, until: float) -> list[Call]:
        """The functions of times after one and up to another, in the order of their times, then of registration."""
        found = [(when, call) for when, call in self._at.values() if after < when <= until]
        return [call for _, call in sorted(found, key=lambda pair: pair[0])]

    def next(self, after: float) -> float:
        """The earliest time after another, `inf` if there is none."""
        return min((when for when, _ in self._at.values() if when > after), default=np.inf)

    def _added(self, calls: dict[object, Any], item: Any, told: str) -> Registration:
        token = object()
        calls[token] = item
        return Registration(lambda: calls.pop(token, None) and None, told)


def _checked(call: Call) -> Call:
    if not callable(call):
        raise TypeError(f"{call!r} cannot be called; give a function of the simulation, such as lambda sim: ...")
    return call
