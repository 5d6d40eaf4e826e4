"""What to record: recordables become probes of the running state, and of those, afterwards, what was asked for.

Voltages, states and moving ions are sampled as the run goes. Currents, conductances and reversal potentials are
functions of them at the same instant, so only what they depend on is sampled, and they are computed once, for all
samples together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import CHUNK, Block, Clock, Probes, System, evaluate, nernst
from rheobase.kernel.play import taken
from rheobase.mechanisms import Mechanism
from rheobase.model import Recordable
from rheobase.model.names import suggestion
from rheobase.simulate.addresses import Address, Addresses
from rheobase.simulate.assemble import Assembly
from rheobase.simulate.plans import BlockPlan

# A source's value at a sample is that of the step which ended there: just before the instant, so that an edge of
# a clamp belongs to the side it came from.
_JUST_BEFORE = 1e-7

_IONIC = {"e{}": "reversal", "{}i": "inside", "{}o": "outside"}
_NODAL = 100.0  # um2 nA-1 mA cm-2: a current in nA over an area in um2 is so many mA/cm2


@dataclass(frozen=True)
class _Told:
    """A current or observable: `variable` of what block `block`'s mechanism tells of its `instance`.

    `density`: whether a point process's current is spread over the area of its segment.
    """

    block: int
    instance: int
    variable: str
    density: bool = False


@dataclass(frozen=True)
class _Reversal:
    """The reversal potential of an ion that moves, at a node: `probes` of what is carried of it, by name."""

    ion: str
    node: int
    probes: tuple[tuple[str, int], ...]

    @property
    def moves(self) -> bool:
        """Whether it does; of some ions the total current alone is carried."""
        return any(what != "current" for what, _ in self.probes)


@dataclass(frozen=True)
class _Needed:
    """What the evaluation of an instance needs: probes of its voltage and states, its moving ions and pointers."""

    voltage: int
    states: tuple[int, ...]
    ions: tuple[tuple[str, _Reversal], ...]
    pointers: tuple[int, ...]


@dataclass(frozen=True)
class _Constant:
    """A number that does not change in a run: of a block's instance, its `group` (parameters or an ion) and `name`."""

    block: int
    instance: int
    group: str
    name: str


_Source = int | tuple[_Told, ...] | _Constant | _Reversal


@dataclass(frozen=True)
class Recording:
    """A plan for recording.

    **Fields:** `recordables`; the kernel's `probes`; `sources`, for each recordable the probe that is it, or the
    told currents whose sum it is, a constant or a reversal potential; `needs`, of each told instance.
    """

    recordables: tuple[Recordable, ...]
    probes: Probes
    sources: tuple[_Source, ...]
    needs: dict[tuple[int, int], _Needed]
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
                constant = xp.broadcast_to(self._constant(source, system), raw[:, 0].shape)
                rows.append(self._course(source, constant, t, dt, system, xp))
            elif isinstance(source, _Reversal):
                rows.append(xp.asarray(_reversal(source, raw, system)))
            else:
                rows.append(sum(told[part] for part in source))
        stacked = xp.stack(rows)
        return stacked if stacked.ndim == 2 else xp.moveaxis(stacked, -1, 0)

    def bare(self) -> "Recording":
        """A plan that records the probes themselves, one row each: transposed, they are what `read` takes."""
        probes = range(len(self.probes.array))
        return replace(
            self, recordables=tuple(Recordable("raw", None, f"probe[{k}]") for k in probes), sources=(*probes,)
        )

    def rows(self, raw: NDArray[Any], t: NDArray[np.float64], dt: Any, system: System) -> NDArray[Any]:
        """What was asked for, as `read` gives it, of at most a chunk's samples in a run."""
        if not len(t) or all(isinstance(source, int) for source in self.sources):
            return np.asarray(self.read(raw, t, dt, system))
        # To one length, so that the functions which read currents are compiled once.
        size = 1 if len(t) == 1 else CHUNK
        raw = np.concatenate([raw, np.repeat(raw[-1:], size - len(t), axis=0)])
        padded = np.concatenate([t, np.repeat(t[-1:], size - len(t))])
        return np.asarray(self.read(raw, padded, dt, system))[..., : len(t)]

    def _told(self, raw: Any, t: Any, dt: Any, system: System, xp: Any) -> dict[_Told, Any]:
        told: dict[_Told, Any] = {}
        wanted = [part for source in self.sources if isinstance(source, tuple) for part in source]
        for k in sorted({part.block for part in wanted}):
            instances = sorted({part.instance for part in wanted if part.block == k})
            plan = self.assembly.plans[k]
            # Padded to a few, so that one more recorded site finds a compiled function.
            some = instances + [instances[0]] * (-len(instances) % 4)
            needs = [self.needs[k, instance] for instance in some]
            v = raw[:, [need.voltage for need in needs]]
            few = self._played(k, some, self._few(k, some, needs, raw, system, xp), t, dt, system, xp)
            states = {s: raw[:, [need.states[j] for need in needs]] for j, s in enumerate(plan.mechanism.states)}
            clock = Clock(_expand(_just_before(t, dt, xp), v.ndim), dt)
            values = _evaluate(plan.mechanism, few, v, states, clock, system.celsius)
            for part in wanted:
                if part.block == k:
                    row = instances.index(part.instance)
                    told[part] = xp.asarray(values[part.variable])[:, row]
                    if part.density:
                        told[part] = told[part] * _NODAL / few.parameters["area"][row]
        return told

    def _few(self, k: int, instances: list[int], needs: list[_Needed], raw: Any, system: System, xp: Any) -> Block:
        """The block of some instances, with what their moving ions and pointers were at each sample."""
        plan, block = self.assembly.plans[k], system.blocks[k]
        where: Any = plan.rows_of(instances)
        pick = partial(jax.tree.map, lambda x: x[where] if np.ndim(x) else x)
        ions = pick(block.ions)
        for j, (ion, _) in enumerate(needs[0].ions):
            of_each = [need.ions[j][1] for need in needs]
            for what, _ in of_each[0].probes:
                ions[ion][what] = raw[:, [dict(each.probes)[what] for each in of_each]]
            if of_each[0].moves:
                ions[ion]["reversal"] = xp.stack([xp.asarray(_reversal(each, raw, system)) for each in of_each], 1)
        remote = {
            pointer: raw[:, [need.pointers[j] for need in needs]] for j, pointer in enumerate(plan.mechanism.pointers)
        }
        shared = _shared(plan.mechanism)
        lists = {name: block.parameters[name][:, where] for name in plan.mechanism.vectors}
        parameters = {
            name: x if name in shared else pick(x) for name, x in block.parameters.items() if name not in lists
        }
        parameters |= lists | remote
        return Block(where, where, where, parameters, ions)

    def _course(self, source: _Constant, constant: Any, t: Any, dt: Any, system: System, xp: Any) -> Any:
        """What a parameter is at each sample: constant, unless something is played into it."""
        for plan, played in zip(self.assembly.plays, system.plays, strict=True):
            if (plan.block, plan.parameter, "parameters") == (source.block, source.name, source.group):
                row = self.assembly.plans[source.block].rows_of([source.instance])[0]
                if played.rows is None or played.rows[row]:
                    course = taken(played._replace(rows=None), constant[0], _just_before(t, dt, xp), xp)
                    return xp.broadcast_to(course, constant.shape)
        return constant

    def _played(self, k: int, instances: list[int], few: Block, t: Any, dt: Any, system: System, xp: Any) -> Block:
        """A block of some instances, with what is played into its parameters at each sample."""
        parameters, where = dict(few.parameters), self.assembly.plans[k].rows_of(instances)
        for plan, played in zip(self.assembly.plays, system.plays, strict=True):
            if plan.block == k:
                rows = None if played.rows is None else played.rows[where]
                own = parameters[plan.parameter]
                parameters[plan.parameter] = taken(played._replace(rows=rows), own, _just_before(t, dt, xp), xp)
        return few._replace(parameters=parameters)

    def _constant(self, source: _Constant, system: System) -> Any:
        block, plan = system.blocks[source.block], self.assembly.plans[source.block]
        group = block.parameters if source.group == "parameters" else block.ions[source.group]
        value = group[source.name]
        # What is one number for the whole cell has no axis of instances.
        is_global = source.group == "parameters" and source.name in _shared(plan.mechanism)
        return value if is_global else value[plan.rows_of([source.instance])[0]]


def _just_before(t: Any, dt: Any, xp: Any) -> Any:
    return xp.where(t > 0, t - _JUST_BEFORE * dt, t)


def _shared(definition: type[Mechanism]) -> set[str]:
    """The parameters of which a block holds one number for all of its instances."""
    return {p.name for p in definition.parameters if p.scope == "global" and definition.kind == "density"}


def _reversal(source: _Reversal, raw: Any, system: System) -> Any:
    field, carried = system.ions[source.ion], {what: raw[:, probe] for what, probe in source.probes}
    inside, outside, reversal = (
        carried.get(what, getattr(field, what)[source.node]) for what in ("inside", "outside", "reversal")
    )
    return _renewed(field.renewed[source.node], inside, outside, reversal, field.thermal)


@jax.jit
def _renewed(renewed: Any, inside: Any, outside: Any, reversal: Any, thermal: Any) -> jax.Array:
    return jnp.where(renewed, nernst(inside, outside, thermal), reversal)


_evaluate = partial(jax.jit, static_argnums=0)(evaluate)


def _expand(t: Any, ndim: int) -> Any:
    return t.reshape(-1, *(1,) * (ndim - 1))


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
        self.probes: dict[Address, int] = {}
        self.needs: dict[tuple[int, int], _Needed] = {}
        self._addresses = Addresses(assembly.plans, assembly.ions)

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
            return self._probe(self._addresses.voltage(grid.node_at(recordable.place, recordable.x)))
        segment = grid.segment_at(recordable.place, recordable.x)
        owner, dot, variable = recordable.variable.partition(".")
        if dot:
            return self._of_mechanism(recordable, owner, variable, segment)
        return self._of_ion(recordable, segment)

    def _of_process(self, name: str, variable: str) -> _Source:
        for k, plan in enumerate(self.assembly.plans):
            if name in plan.names:
                return self._of_instance(k, plan.names.index(name), variable, f"{name}.{variable}")
        wiring = self.assembly.wiring
        if wiring is not None and any(spec.name == name for spec in wiring.specs):
            row, column = wiring.weight_row(name, variable)
            return self._probe(self._addresses.weight(row, column))
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
        variable, node = recordable.variable, int(self.assembly.grid.node[segment])
        carriers: list[_Told] = []
        known = ["v"]
        for k, plan in enumerate(self.assembly.plans):
            for instance in self._here(plan, segment, node):
                for use in plan.mechanism.ions:
                    known += [f"i{use.name}", *(form.format(use.name) for form in _IONIC)]
                    for form, what in _IONIC.items():
                        if variable == form.format(use.name):
                            return self._of_surroundings(k, instance, use.name, what, node)
                for current, ion in plan.mechanism.current_names.items():
                    if ion is not None and variable == f"i{ion}":
                        self._need(k, instance)
                        carriers.append(_Told(k, instance, current, plan.mechanism.kind == "point"))
        if not carriers:
            raise KeyError(f"cannot record {recordable.label}: nothing there carries it{suggestion(variable, known)}")
        return tuple(carriers)

    def _here(self, plan: BlockPlan, segment: int, node: int) -> list[int]:
        """The instances in a segment; of point processes, those at its centre."""
        if plan.mechanism.kind == "density":
            return [int(k) for k in np.flatnonzero(plan.segments == segment)]
        return [int(k) for k in np.flatnonzero(plan.sites == segment) if plan.node[k] == node]

    def _of_surroundings(self, k: int, instance: int, ion: str, what: str, node: int) -> _Source:
        carries = self.assembly.ions[ion].carries
        if what == "reversal" and set(carries) - {"current"}:
            return self._reversal_of(ion, node)
        if what in carries:
            return self._probe(self._addresses.ion(ion, what, node))
        return _Constant(k, instance, ion, what)

    def _reversal_of(self, ion: str, node: int) -> _Reversal:
        carries = self.assembly.ions[ion].carries
        return _Reversal(
            ion, node, tuple((what, self._probe(self._addresses.ion(ion, what, node))) for what in sorted(carries))
        )

    def _of_instance(self, k: int, instance: int, variable: str, label: str) -> _Source:
        plan = self.assembly.plans[k]
        definition = plan.mechanism
        if variable in definition.states:
            return self._probe(self._addresses.state(k, instance, variable))
        if variable in definition.current_names or variable in definition.observable_names:
            self._need(k, instance)
            return (_Told(k, instance, variable),)
        if any(p.name == variable for p in definition.parameters):
            return _Constant(k, instance, "parameters", variable)
        known = [*definition.recordables(), *(p.name for p in definition.parameters)]
        raise KeyError(f"cannot record {label}: {definition.name} has no {variable!r}{suggestion(variable, known)}")

    def _need(self, k: int, instance: int) -> None:
        if (k, instance) in self.needs:
            return
        plan, addresses = self.assembly.plans[k], self._addresses
        node, row = plan.node_of(instance), int(plan.rows_of([instance])[0])
        remote = [self.assembly.pointers[k][name] for name in plan.mechanism.pointers]
        self.needs[k, instance] = _Needed(
            self._probe(addresses.voltage(node)),
            tuple(self._probe(addresses.state(k, instance, name)) for name in plan.mechanism.states),
            tuple(
                (use.name, self._reversal_of(use.name, node))
                for use in plan.mechanism.ions
                if self.assembly.ions[use.name].carries
            ),
            tuple(self._probe((int(probes.array[row]), int(probes.offset[row]))) for probes in remote),
        )

    def _probe(self, address: Address) -> int:
        return self.probes.setdefault(address, len(self.probes))


def unit_of(recordable: Recordable, assembly: Assembly) -> str:
    """The unit of what is recorded, `mV` or `mA/cm2` for example; empty for a pure number."""
    variable = recordable.variable
    if recordable.x is None:
        owners = [plan.mechanism for plan in assembly.plans if recordable.place in plan.names]
        return owners[0].unit(variable) if owners else ""
    owner, dot, name = variable.partition(".")
    if dot:
        return _mechanism_unit(assembly, owner, name)
    if variable == "v" or (variable.startswith("e") and variable[1:] in assembly.ions):
        return "mV"
    return "mA/cm2" if variable.startswith("i") and variable[1:] in assembly.ions else "mM"


def _mechanism_unit(assembly: Assembly, owner: str, name: str) -> str:
    found: list[type[Mechanism]] = [p.mechanism for p in assembly.plans if p.mechanism.name == owner]
    return found[0].unit(name) if found else ""
