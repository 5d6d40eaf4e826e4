"""What a classical plot is to the tool: what it can be asked, and how it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from rheobase.mechanisms import Parameter, PointProcess
from rheobase.model import Cell, Location
from rheobase.simulate import Simulation
from rheobase.widgets.plots.studies.drawing import Drawing

CHARGING = 0.5  # nA, the current of a model on which no electrode gives any


@dataclass(frozen=True)
class Situation:
    """A model as it is when a study is asked for.

    **Fields:** the `cell`; `run`: parameters of its runs; `make`: makes simulations of all that the session runs, and
    `tstop` how long those are; `place`: where the study is; `ends`: of the path; the `electrodes` on the cell.
    """

    cell: Cell
    run: Mapping[str, Any]
    make: Callable[..., Simulation]
    tstop: float
    place: Location
    ends: tuple[Location, Location]
    electrodes: tuple[PointProcess, ...]

    @property
    def amp(self) -> float:
        """The strongest current that an electrode gives, nA."""
        found = [abs(each.values()["amp"]) for each in self.electrodes if each.name == "IClamp"]
        return max(found, default=0.0) or CHARGING

    @property
    def pulse(self) -> tuple[float, float] | None:
        """When the first current step is on, ms; None without one that is on and ends within the run."""
        for each in self.electrodes:
            given = each.values()
            if each.name == "IClamp" and given["amp"] != 0 and 0 <= given["delay"] < self.tstop:
                return given["delay"], min(given["delay"] + given["dur"], self.tstop)
        return None


class Number(NamedTuple):
    """A number that can be asked for. **Fields:** its `title`; what it is; the `reach` of its slider at first."""

    title: str
    parameter: Parameter
    reach: tuple[float, float] | None = None


class Choosing(NamedTuple):
    """A choice that can be made. **Fields:** its `title`; by name, what can be chosen."""

    title: str
    options: Mapping[str, str]


class Study:
    """One of the classical plots: `name`, `title`, and in `doc` what it does and where."""

    name: ClassVar[str]
    title: ClassVar[str]
    doc: ClassVar[str]
    numbers: ClassVar[Mapping[str, Number]] = {}

    def usual(self, situation: Situation) -> dict[str, float]:
        """The numbers that suit a model, by name; others have their own default."""
        return {}

    def choices(self, situation: Situation) -> dict[str, Choosing]:
        """What can be chosen, by name; the first of each is chosen at first."""
        return {}

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """Do it. **Raises:** ValueError in words where it cannot be done, Cancelled."""
        raise NotImplementedError


def count_of(values: Mapping[str, float], name: str) -> int:
    """A number that is one of things."""
    return max(2, round(values[name]))


def told(name: str, number: float, unit: str) -> str:
    """A finding in words of few figures.

    >>> told("rheobase", 0.028125, "nA")
    'rheobase 0.0281 nA'
    """
    return f"{name} {number:.3g} {unit}".rstrip()
