"""The question that goes to the worker's thread, and how `rheobase.analysis` is asked to answer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rheobase.analysis import Hold, Impedance, ImpedanceAnalyser
from rheobase.analysis.dynamics.operating_point import OperatingPoint
from rheobase.model import Cell, Location, Protocol
from rheobase.simulate import Simulation
from rheobase.widgets.impedance.asked import Asked

_STRETCH = 20.0  # ms of a run between looks whether it is still wanted


class Superseded(Exception):
    """A newer question waits."""


@dataclass(frozen=True)
class Question:
    """A frozen cell, the state it is linearised about, where current goes in, and the frequencies.

    `params`: numbers that differ from the cell's; `make`: makes simulations of all this. `version` stands for the cell
    and the protocol: equal numbers mean equal documents.
    """

    version: int
    cell: Cell
    protocol: Protocol
    asked: Asked
    at: Location
    params: Mapping[str, Any]
    make: Callable[..., Simulation]

    @property
    def key(self) -> tuple[Any, ...]:
        """What the answer depends on."""
        return (self.version, self.at, *self.asked.solution())


class Solver:
    """Answers questions one at a time, and keeps what the next may need again."""

    def __init__(self) -> None:
        self._analyser: tuple[int, ImpedanceAnalyser] | None = None
        self._answer: tuple[tuple[Any, ...], Impedance] | None = None
        self._run: tuple[int, Simulation, float] | None = None

    def solve(self, question: Question, superseded: Callable[[], bool] = lambda: False) -> Impedance:
        """The impedances over the axis of frequencies. Whether the point is stable is another question: see `checked`.

        **Raises:** Superseded; and what `impedance` and a run raise.
        """
        if self._answer is None or self._answer[0] != question.key:
            self._answer = question.key, self._measure(question, superseded)
        return self._answer[1]

    def checked(self, question: Question, z: Impedance) -> Impedance:
        """The same with a warning where the point is unstable."""
        return self._ask(question, z.point, check=True)

    def frozen(self, question: Question, z: Impedance) -> Impedance:
        """The same with gates and concentrations held."""
        return self._analysed(question).impedance(
            question.at, z.frequencies, gates="frozen", operating_point=z.point, check=False
        )

    def _measure(self, question: Question, superseded: Callable[[], bool]) -> Impedance:
        asked = question.asked
        point: Any = asked.point
        if point == "held":
            point = Hold(asked.hold)
        elif point == "moment":
            point = self._run_to(question, superseded)
        return self._ask(question, point, check=False)

    def _ask(self, question: Question, point: Any, *, check: bool) -> Impedance:
        asked = question.asked
        given = None if isinstance(point, Simulation | OperatingPoint) else question.params
        return self._analysed(question).impedance(
            question.at, asked.frequencies(), gates=asked.gates, operating_point=point, params=given, check=check
        )

    def _analysed(self, question: Question) -> ImpedanceAnalyser:
        if self._analyser is None or self._analyser[0] != question.version:
            self._analyser = question.version, ImpedanceAnalyser(question.cell, question.protocol)
        return self._analyser[1]

    def _run_to(self, question: Question, superseded: Callable[[], bool]) -> Simulation:
        """A run of the cell up to the moment asked for; one that stands before it goes on."""
        wanted = question.asked.time
        if self._run is None or self._run[0] != question.version or self._run[2] > wanted:
            simulation = question.make()
            simulation.init()
            self._run = question.version, simulation, 0.0
        version, simulation, time = self._run
        while time < wanted:
            if superseded():
                raise Superseded
            time = min(time + _STRETCH, wanted)
            self._run = None  # a run that failed is not gone on with
            simulation.run_until(time)
            self._run = version, simulation, time
        return simulation
