"""The membrane of a compiled model: nodes of a tree, blocks of mechanism instances, and their state.

A `Program` is the static part, a key to a compiled function: which mechanisms there are, how their instances
are laid out, and which integrator steps them. A `System` is the part that is data: topology, capacitances,
couplings and parameters. Moving a slider, another morphology of similar size or another recording site
changes data only.

Units: mV, ms, nA, uS, nF. Every array may carry a trailing batch axis.
"""

from collections.abc import Mapping
from enum import Enum
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array

from rheobase.kernel.tree import Tree

Named: TypeAlias = dict[str, Array]


class Clock(NamedTuple):
    """The time at which a mechanism is evaluated and the step it is evaluated for, both in ms."""

    t: Array
    dt: Array


class Dynamics(Protocol):
    """What the kernel asks of a mechanism: pure functions, elementwise over instances.

    `v` is the membrane potential in mV; `s`, `p` and `ions` give states, parameters and ions as attributes.
    """

    current_names: Mapping[str, str | None]
    electrode: bool

    def prepare(self, p: Any, celsius: Array) -> Mapping[str, Array]:
        """What depends on parameters and temperature alone."""
        ...

    def initial(self, v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The states at time 0."""
        ...

    def currents(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """Each current by name."""
        ...

    def advance(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The states one step on."""
        ...

    def observables(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """Further values that can be recorded, by name."""
        ...


class Layout(Enum):
    """How the instances of a mechanism lie on the nodes."""

    DENSE = "dense"  # one instance on every node, those without it scaled by zero: no indexing at all
    GATHERED = "gathered"  # at most one instance a node, found by index in both directions
    SCATTERED = "scattered"  # any number of instances a node, their currents added up


class Program(NamedTuple):
    """The static part of a compiled model; two models with equal programs and sizes share machine code."""

    mechanisms: tuple[tuple[Dynamics, Layout], ...]
    method: str


class Block(NamedTuple):
    """The instances of one mechanism.

    **Fields:**

    - `node`: int32 `(instances,)`, the node under each instance; empty when dense.
    - `slot`: int32 `(nodes,)`, the instance on each node, or a number out of range; empty unless gathered.
    - `scale`: `(instances,)`, nA for each unit of the mechanism's own current.
    - `parameters`: each `(instances,)` or a scalar.
    - `ions`: for each ion the mechanism names, its `reversal` (mV), `inside`, `outside` (mM), `(instances,)`.
    """

    node: Array
    slot: Array
    scale: Array
    parameters: Named
    ions: dict[str, Named]


class System(NamedTuple):
    """A model as arrays.

    **Fields:**

    - `tree`: the topology.
    - `capacitance`: nF, `(nodes,)`; zero where a node has no membrane.
    - `coupling`: uS, `(nodes,)`, to the parent; zero at the root.
    - `axial`: uS, `(nodes,)`, the sum of the couplings of a node; one on padding.
    - `blocks`: one for each mechanism of the program.
    - `celsius`: degC, scalar.
    """

    tree: Tree
    capacitance: Array
    coupling: Array
    axial: Array
    blocks: tuple[Block, ...]
    celsius: Array


class State(NamedTuple):
    """What a step carries on: voltages in mV, `(nodes,)`, and the states of each block."""

    v: Array
    mechanisms: tuple[Named, ...]


class Probes(NamedTuple):
    """Which numbers to record, as data.

    **Fields:** int32, `(probes,)`, padded to a recurring size. `array` counts voltage as 0, then the states of each
    block in alphabetical order; `offset` is the place in that array.
    """

    array: Array
    offset: Array


def prepare(program: Program, system: System) -> System:
    """Add to each block's parameters what depends on them and on the temperature alone."""
    blocks = []
    for (mechanism, _), block in zip(program.mechanisms, system.blocks, strict=True):
        derived = mechanism.prepare(SimpleNamespace(**block.parameters), system.celsius)
        blocks.append(block._replace(parameters={**block.parameters, **derived}))
    return system._replace(blocks=tuple(blocks))


def membrane(program: Program, system: System, state: State, clock: Clock) -> tuple[Array, Array]:
    """Total membrane current out of each node (nA) and its slope by voltage (uS).

    The slope is the exact derivative of each mechanism's current, by forward differentiation.
    """
    current = jnp.zeros_like(state.v)
    slope = jnp.zeros_like(state.v)
    for (mechanism, layout), block, s in zip(program.mechanisms, system.blocks, state.mechanisms, strict=True):
        v = at_instances(layout, block, state.v)
        total = partial(_total_current, mechanism, block, s, clock)
        i, g = jax.jvp(total, (v,), (jnp.ones_like(v),))
        current = current + _on_nodes(layout, block, i * block.scale, state.v)
        slope = slope + _on_nodes(layout, block, g * block.scale, state.v)
    return current, slope


def advance_states(program: Program, system: System, state: State, clock: Clock) -> State:
    """Each mechanism's states one step on, at the voltages that `state` holds."""
    advanced = []
    for (mechanism, layout), block, s in zip(program.mechanisms, system.blocks, state.mechanisms, strict=True):
        v = at_instances(layout, block, state.v)
        advanced.append(dict(mechanism.advance(v, *_namespaces(block, s), clock)))
    return state._replace(mechanisms=tuple(advanced))


def initial_state(program: Program, system: System, v: Array, clock: Clock) -> State:
    """The state at rest under the voltages `v`: each mechanism's own initial values."""
    states = []
    for (mechanism, layout), block in zip(program.mechanisms, system.blocks, strict=True):
        there = at_instances(layout, block, v)
        p, ions = SimpleNamespace(**block.parameters), _ions(block)
        values = mechanism.initial(there, p, ions, clock)
        states.append({name: jnp.broadcast_to(x, there.shape) for name, x in values.items()})
    return State(v, tuple(states))


def evaluate(
    mechanism: Dynamics, block: Block, v: Array, states: Named, clock: Clock, celsius: Array
) -> dict[str, Array]:
    """Everything a mechanism can tell at given voltages, states and times: its currents and observables.

    **Arguments:** as for the mechanism; `block` holds unprepared parameters.

    **Returns:** each current by its name, in the mechanism's own unit, and each observable.
    """
    parameters = {**block.parameters, **mechanism.prepare(SimpleNamespace(**block.parameters), celsius)}
    p, ions, s = SimpleNamespace(**parameters), _ions(block), SimpleNamespace(**states)
    told = {**mechanism.currents(v, s, p, ions, clock), **mechanism.observables(v, s, p, ions, clock)}
    return {name: jnp.broadcast_to(x, v.shape) for name, x in told.items()}


def sample(state: State, probes: Probes, used: tuple[int, ...] | None = None) -> Array:
    """The recorded numbers of a state, `(probes,)` or `(probes, batch)`.

    **Arguments:** `used` names the only arrays that probes are in, when that is known as the program is made.
    """
    arrays = [state.v, *(states[name] for states in state.mechanisms for name in sorted(states))]
    which = probes.array.reshape((-1,) + (1,) * (state.v.ndim - 1))
    first, *others = range(len(arrays)) if used is None else used
    values = arrays[first].at[probes.offset].get(mode="clip")
    for k in others:
        values = jnp.where(which == k, arrays[k].at[probes.offset].get(mode="clip"), values)
    return values


def at_instances(layout: Layout, block: Block, x: Array) -> Array:
    """The values that node array `x` has under the instances of a block."""
    if layout is Layout.DENSE:
        return x
    return x.at[block.node].get(mode="promise_in_bounds")


def _on_nodes(layout: Layout, block: Block, x: Array, like: Array) -> Array:
    if layout is Layout.DENSE:
        return x
    if layout is Layout.GATHERED:
        return x.at[block.slot].get(mode="fill", fill_value=0)
    return jnp.zeros_like(like).at[block.node].add(x)


def _total_current(mechanism: Dynamics, block: Block, states: Named, clock: Clock, v: Array) -> Array:
    s, p, ions = _namespaces(block, states)
    i = sum(mechanism.currents(v, s, p, ions, clock).values(), jnp.zeros_like(v))
    return -i if mechanism.electrode else i


def _namespaces(block: Block, states: Named) -> tuple[SimpleNamespace, SimpleNamespace, SimpleNamespace]:
    return SimpleNamespace(**states), SimpleNamespace(**block.parameters), _ions(block)


def _ions(block: Block) -> SimpleNamespace:
    return SimpleNamespace(**{name: SimpleNamespace(**ion) for name, ion in block.ions.items()})
