"""What to record: recordables become probes of the running state, and of those, afterwards, what was asked for.

Voltages and states are sampled as the run goes. Currents and conductances are functions of them at the same
instant, so only what they depend on is sampled, and they are computed once, for all samples together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rheobase.kernel import Clock, Layout, Probes, System, evaluate
from rheobase.mechanisms import ION_DEFAULTS, Mechanism
from rheobase.model import Recordable
from rheobase.model.names import suggestion
from rheobase.simulate.assemble import Assembly, BlockPlan

# A source's value at a sample is that of the step which ended there: just before the instant, so that an edge of
# a clamp belongs to the side it came from.
_JUST_BEFORE = 1e-7

_IONIC = {"e{}": "reversal", "{}i": "inside", "{}o": "outside"}


@dataclass(frozen=True)
class _Told:
    """A current or observable: row `instance` of what block `block`'s mechanism tells, times `factor`."""

    block: int
    instance: int
    variable: str


@dataclass(frozen=True)
class _Constant:
    """A number that does not change in a run: of a block's instance, its `group` (parameters or an ion) and `name`."""

    block: int
    instance: int
    group: str
    name: str


_Source = int | tuple[_Told, ...] | _Constant


@dataclass(frozen=True)
class Recording:
    """A plan for recording.

    **Fields:** `recordables`; the kernel's `probes`; `sources`, for each recordable the probe that is it, or the
    told currents whose sum it is, or a constant; `needs`, for each told instance, its probes of voltage and states.
    """

    recordables: tuple[Recordable, ...]
    probes: Probes
    sources: tuple[_Source, ...]
    needs: dict[tuple[int, int], tuple[int, ...]]
    assembly: Assembly

    def read(self, raw: Any, t: Any, dt: Any, system: System) -> Any:
        """What was asked for, of raw samples.

        **Arguments:** `raw`: `(samples, probes)` or `(samples, probes, batch)`; `t`: ms, `(samples,)`.

        **Returns:** `(recordables, samples)` or `(batch, recordables, samples)`.
        """
        # Of a run that is over, arrays are NumPy's: each operation of JAX's outside a compiled function is dear.
        xp = np if isinstance(raw, np.ndarray) else jnp
        told = self._told(raw, t, dt, system, xp)
        rows = []
        for source in self.sources:
            if isinstance(source, int):
                rows.append(raw[:, source])
            elif isinstance(source, _Constant):
                rows.append(xp.broadcast_to(self._constant(source, system), raw[:, 0].shape))
            else:
                rows.append(sum(told[part] for part in source))
        stacked = xp.stack(rows)
        return stacked if stacked.ndim == 2 else xp.moveaxis(stacked, -1, 0)

    def _told(self, raw: Any, t: Any, dt: Any, system: System, xp: Any) -> dict[_Told, Any]:
        told: dict[_Told, Any] = {}
        wanted = [part for source in self.sources if isinstance(source, tuple) for part in source]
        for k in sorted({part.block for part in wanted}):
            instances = sorted({part.instance for part in wanted if part.block == k})
            plan, block = self.assembly.plans[k], system.blocks[k]
            # Padded to a few, so that one more recorded site finds a compiled function.
            rows = np.array(instances + [instances[0]] * (-len(instances) % 4))
            where: Any = _rows_of(plan, rows)
            pick = partial(jax.tree.map, lambda x, where=where: x[where] if np.ndim(x) else x)
            few = block._replace(
                node=where, slot=where, scale=where, parameters=pick(block.parameters), ions=pick(block.ions)
            )
            needs = np.array([self.needs[k, i] for i in rows])
            v = raw[:, needs[:, 0]]
            states = {s: raw[:, needs[:, 1 + j]] for j, s in enumerate(plan.mechanism.states)}
            clock = Clock(_expand(xp.where(t > 0, t - _JUST_BEFORE * dt, t), v.ndim), dt)
            values = _evaluate(plan.mechanism, few, v, states, clock, system.celsius)
            for part in wanted:
                if part.block == k:
                    told[part] = xp.asarray(values[part.variable])[:, instances.index(part.instance)]
        return told

    def _constant(self, source: _Constant, system: System) -> Any:
        block, plan = system.blocks[source.block], self.assembly.plans[source.block]
        group = block.parameters if source.group == "parameters" else block.ions[source.group]
        return group[source.name][_rows_of(plan, np.array([source.instance]))[0]]


_evaluate = partial(jax.jit, static_argnums=0)(evaluate)


def _expand(t: Any, ndim: int) -> Any:
    return t.reshape(-1, *(1,) * (ndim - 1))


def _rows_of(plan: BlockPlan, instances: np.ndarray) -> np.ndarray:
    """The rows of a block in which instances stand: their own numbers, or, when dense, their nodes."""
    if plan.layout is not Layout.DENSE:
        return instances
    rows = np.flatnonzero(plan.weight)
    place = np.empty(len(plan.segments), np.int64)
    place[plan.filler[rows]] = rows
    return place[instances]


def plan_recording(assembly: Assembly, recordables: Sequence[Recordable]) -> Recording:
    """Plan how to record.

    **Raises:** KeyError for a section, process or variable that is not there, saying what is; TypeError for
    something that is no recordable.
    """
    planner = _Planner(assembly)
    sources = tuple(planner.source(recordable) for recordable in recordables)
    array, index = zip(*planner.probes, strict=True) if planner.probes else ((0,), (0,))
    size = 4
    while size < len(array):
        size *= 2
    padding = (0,) * (size - len(array))
    which: Any = np.array(array + padding, np.int32)
    where: Any = np.array(index + padding, np.int32)
    return Recording(tuple(recordables), Probes(which, where), sources, planner.needs, assembly)


class _Planner:
    """Collects the probes that recordables need, each once."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.probes: dict[tuple[int, int], int] = {}
        self.needs: dict[tuple[int, int], tuple[int, ...]] = {}
        self._first_array = np.cumsum([1, *(len(p.mechanism.states) for p in assembly.plans)])

    def source(self, recordable: Recordable) -> _Source:
        if not isinstance(recordable, Recordable):
            raise TypeError(f"cannot record {recordable!r}; write for example soma(0.5).v or soma(0.5)['hh.m']")
        if recordable.x is None:
            return self._of_process(recordable.place, recordable.variable)
        grid = self.assembly.grid
        if recordable.place not in grid.index:
            near = suggestion(recordable.place, grid.index)
            raise KeyError(f"cannot record {recordable.label}: there is no section {recordable.place!r}{near}")
        if recordable.variable == "v":
            return self._probe(0, grid.node_at(recordable.place, recordable.x))
        segment = grid.segment_at(recordable.place, recordable.x)
        owner, dot, variable = recordable.variable.partition(".")
        if dot:
            return self._of_mechanism(recordable, owner, variable, segment)
        return self._of_ion(recordable, segment)

    def _of_process(self, name: str, variable: str) -> _Source:
        for k, plan in enumerate(self.assembly.plans):
            if name in plan.names:
                return self._of_instance(k, plan.names.index(name), variable, f"{name}.{variable}")
        known = [n for plan in self.assembly.plans for n in plan.names]
        raise KeyError(
            f"cannot record {name}.{variable}: nothing is placed by the name {name!r}{suggestion(name, known)}"
        )

    def _of_mechanism(self, recordable: Recordable, owner: str, variable: str, segment: int) -> _Source:
        here = []
        for k, plan in enumerate(self.assembly.plans):
            found = np.flatnonzero(plan.segments == segment)
            if len(found) and plan.mechanism.name == owner:
                return self._of_instance(k, int(found[0]), variable, recordable.label)
            here += [plan.mechanism.name] * bool(len(found))
        raise KeyError(f"cannot record {recordable.label}: {owner!r} is not inserted there{suggestion(owner, here)}")

    def _of_ion(self, recordable: Recordable, segment: int) -> _Source:
        variable = recordable.variable
        writers: list[_Told] = []
        known = ["v"]
        for k, plan in enumerate(self.assembly.plans):
            found = np.flatnonzero(plan.segments == segment)
            if not len(found):
                continue
            instance = int(found[0])
            for use in plan.mechanism.ions:
                known += [f"i{use.name}", *(form.format(use.name) for form in _IONIC)]
                for form, what in _IONIC.items():
                    if variable == form.format(use.name):
                        return _Constant(k, instance, use.name, what)
            for current, ion in plan.mechanism.current_names.items():
                if ion is not None and variable == f"i{ion}":
                    self._need(k, instance)
                    writers.append(_Told(k, instance, current))
        if not writers:
            raise KeyError(f"cannot record {recordable.label}: nothing there carries it{suggestion(variable, known)}")
        return tuple(writers)

    def _of_instance(self, k: int, instance: int, variable: str, label: str) -> _Source:
        plan = self.assembly.plans[k]
        definition = plan.mechanism
        if variable in definition.states:
            return self._probe(*self._state(k, instance, variable))
        if variable in definition.current_names or variable in definition.observable_names:
            self._need(k, instance)
            return (_Told(k, instance, variable),)
        if any(p.name == variable for p in definition.parameters):
            return _Constant(k, instance, "parameters", variable)
        known = [*definition.recordables(), *(p.name for p in definition.parameters)]
        raise KeyError(f"cannot record {label}: {definition.name} has no {variable!r}{suggestion(variable, known)}")

    def _need(self, k: int, instance: int) -> None:
        plan = self.assembly.plans[k]
        row = int(_rows_of(plan, np.array([instance]))[0])
        node = row if plan.layout is Layout.DENSE else int(plan.node[row])
        states = (self._state(k, instance, name) for name in plan.mechanism.states)
        self.needs[k, instance] = (self._probe(0, node), *(self._probe(*state) for state in states))

    def _state(self, k: int, instance: int, name: str) -> tuple[int, int]:
        plan = self.assembly.plans[k]
        array = self._first_array[k] + sorted(plan.mechanism.states).index(name)
        return int(array), int(_rows_of(plan, np.array([instance]))[0])

    def _probe(self, array: int, index: int) -> int:
        return self.probes.setdefault((array, index), len(self.probes))


def unit_of(recordable: Recordable, assembly: Assembly) -> str:
    """The unit of what is recorded, `mV` or `mA/cm2` for example; empty for a pure number."""
    variable = recordable.variable
    if recordable.x is None:
        owners = [plan.mechanism for plan in assembly.plans if recordable.place in plan.names]
        return owners[0].unit(variable) if owners else ""
    owner, dot, name = variable.partition(".")
    if dot:
        return _mechanism_unit(assembly, owner, name)
    if variable == "v":
        return "mV"
    if variable.startswith("e") and variable[1:] in ION_DEFAULTS:
        return "mV"
    return "mA/cm2" if variable.startswith("i") and variable[1:] in ION_DEFAULTS else "mM"


def _mechanism_unit(assembly: Assembly, owner: str, name: str) -> str:
    found: list[type[Mechanism]] = [p.mechanism for p in assembly.plans if p.mechanism.name == owner]
    return found[0].unit(name) if found else ""
