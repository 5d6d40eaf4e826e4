"""Which parameters of a simulation can be varied, what they are, and their values and units."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rheobase.model.targets import target_of
from rheobase.simulate import Simulation
from rheobase.simulate.tangents import present_value

Group = Literal["membrane", "shape", "stimuli", "run"]
GROUPS: tuple[Group, ...] = ("membrane", "shape", "stimuli", "run")

_RUN = {"celsius": "degC", "v_init": "mV"}


@dataclass(frozen=True)
class Varied:
    """A parameter as it is: its `name`, what it belongs to (`group`), its `unit` and `value`.

    Of a parameter with a number for each segment `value` is their mean, and `values` are all of them.
    """

    name: str
    group: Group
    unit: str
    values: tuple[float, ...]

    @property
    def value(self) -> float:
        """The value, or the mean of the values."""
        return float(np.mean(self.values))


def varied(simulation: Simulation, name: str) -> Varied:
    """Describe a parameter.

    **Raises:** KeyError for an unknown name.
    """
    group, unit = _described(simulation, name)
    return Varied(name, group, unit, tuple(present_value(simulation, name).tolist()))


def varied_by_default(simulation: Simulation, groups: Iterable[str] = ("membrane",)) -> list[Varied]:
    """Every parameter that holds somewhere, of some groups: conductances, kinetics, reversal potentials, `cm` and `Ra`.

    What is zero has no relative change and is left out, and so are concentrations that nothing reads.

    **Raises:** ValueError for an unknown group.
    """
    wanted = tuple(groups)
    for group in wanted:
        if group not in GROUPS:
            raise ValueError(f"there is no group of parameters {group!r}; there are {', '.join(GROUPS)}")
    found = (varied(simulation, name) for name in simulation.assembly.table.defaults)
    return [
        each
        for each in found
        if each.group in wanted
        and each.value != 0
        and np.isfinite(each.value)
        and not each.name.endswith((".inside", ".outside"))
    ]


def moments(simulation: Simulation) -> set[str]:
    """The parameters that say when something jumps or kinks; a run has a slope by those only that do more."""
    found = set()
    for plan in simulation.assembly.plans:
        names = [parameter.name for parameter in plan.mechanism.parameters]
        values = {parameter.name: float(parameter.default or 1.0) for parameter in plan.mechanism.parameters}
        at_first = _breaks(plan.mechanism, values)
        moving = {name for name in names if _breaks(plan.mechanism, values | {name: values[name] + 1.0}) != at_first}
        found |= {f"{placed}.{name}" for placed in plan.names for name in moving}
    return found


def edges(simulation: Simulation) -> tuple[float, ...]:
    """The moments, ms, at which stimuli jump."""
    params = {**simulation.assembly.table.defaults, **simulation.values}
    found: set[float] = set()
    for plan in simulation.assembly.plans:
        if not plan.names:
            continue
        for placed in plan.names:
            given = {p.name: params.get(f"{placed}.{p.name}", p.default) for p in plan.mechanism.parameters}
            values = {name: float(np.ravel(np.asarray(value))[0]) for name, value in given.items()}
            found |= {t for t in _breaks(plan.mechanism, values) if np.isfinite(t)}
    return tuple(sorted(found))


def _breaks(mechanism: object, values: Mapping[str, float]) -> tuple[float, ...]:
    arrays = {name: np.float64(value) for name, value in values.items()}
    told = mechanism.breaks(SimpleNamespace(**arrays))  # type: ignore[attr-defined]
    times: list[NDArray[np.float64]] = [np.ravel(np.asarray(each, float)) for each in told]
    return tuple(np.concatenate(times).tolist()) if times else ()


def _described(simulation: Simulation, name: str) -> tuple[Group, str]:
    if name in _RUN:
        return "run", _RUN[name]
    assembly = simulation.assembly
    table = assembly.table
    if name in table.shared:
        return "membrane", _plain(table.shared[name].unit)
    for target, column in table.columns.items():
        for key, rule in column.rules.items():
            if rule.profile is not None and name.startswith(f"{key}.") and name in table.defaults:
                return _group_of(target), ""  # a coefficient; its unit is the profile's own affair
            if name == key:
                return _group_of(target), _unit_of(simulation, target)
    owner, _, parameter = name.partition(".")
    for plan in assembly.plans:
        for p in plan.mechanism.parameters:
            if owner in plan.names and p.name == parameter:
                return "stimuli", _plain(p.unit)
    if name in table.defaults:
        return "stimuli", ""
    _, target = table.split(name)
    return _group_of(target), _unit_of(simulation, target)


def _group_of(target: str) -> Group:
    return "shape" if target in ("L", "diam") else "membrane"


def _unit_of(simulation: Simulation, target: str) -> str:
    return "um" if target in ("L", "diam") else _plain(target_of(simulation.cell.document, target).unit)


def _plain(unit: str) -> str:
    return "" if unit == "1" else unit
