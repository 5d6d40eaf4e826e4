"""A compiled model: nodes of a tree, blocks of mechanism instances, pools of ions, and their state.

A `Program` is the static part, a key to a compiled function: which mechanisms there are, how their instances
are laid out, and which integrator steps them. A `System` is the part that is data: topology, capacitances,
couplings and parameters. Moving a slider, another morphology of similar size or another recording site
changes data only.

Units: mV, ms, nA, uS, nF. Every array may carry a trailing batch axis.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple, Protocol, TypeAlias

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.events import Connections, Pending, Wiring
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
    observable_names: tuple[str, ...]
    electrode: bool
    states: tuple[str, ...]
    carried: tuple[str, ...]
    diffusing: tuple[str, ...]
    continuous: bool
    discrete: str

    def prepare(self, p: Any, celsius: Array) -> Mapping[str, Array]:
        """What depends on parameters and temperature alone."""
        ...

    def initial(self, v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The states at time 0, and by a name such as `"ca.inside"` what it makes of an ion."""
        ...

    def currents(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """Each current by name, and states and ions that its evaluation changes."""
        ...

    def derivative(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The rates per ms of the states that move by themselves, and of ions, at an instant: `clock.dt` is 0."""
        ...

    def implied(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The ions and states that follow at once from voltages and the other states, at an instant."""
        ...

    def breaks(self, p: Any) -> tuple[Array, ...]:
        """The times, over instances, at which what it does jumps or kinks."""
        ...

    def after_step(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """States in which it notes how a step ended, where steps vary in length."""
        ...

    def advance(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The states one step on, and what they make of ions."""
        ...

    def diffusion(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, tuple[Array, Array]]:
        """Of each state that diffuses along the tree, its coefficient (um4/ms) and volume (um2)."""
        ...

    def observables(self, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """Further values that can be recorded, by name."""
        ...


class Layout(Enum):
    """How the instances of a mechanism lie on the nodes."""

    DENSE = "dense"  # one instance on every node, those without it scaled by zero: no indexing at all
    GATHERED = "gathered"  # at most one instance a node, found by index in both directions
    SCATTERED = "scattered"  # any number of instances a node, their currents added up
    DETACHED = "detached"  # on no node: sources and cells of events


class Program(NamedTuple):
    """The static part of a compiled model; two models with equal programs and sizes share machine code.

    **Fields:**

    - `mechanisms`: each with its layout; those that write concentrations first.
    - `method`: the integrator's name.
    - `pools`: the ions that move, by name, each with what of it a state carries: of `inside`, `outside`, `reversal`
      and `current`.
    - `pointed`: the state arrays (see `Probes`) into which pointers point.
    - `wiring`: how events travel, None in a model without any.
    - `kept`: for each mechanism the currents and observables that a state keeps as they were last evaluated, for
      pointers and thresholds to look at; empty where there are none at all.
    - `played`: the block and the parameter of each course that is played.
    """

    mechanisms: tuple[tuple[Dynamics, Layout], ...]
    method: str
    pools: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pointed: tuple[int, ...] = ()
    wiring: Wiring | None = None
    kept: tuple[tuple[str, ...], ...] = ()
    played: tuple[tuple[int, str], ...] = ()

    @property
    def settles(self) -> bool:
        """Whether the state at rest shows what evaluating the currents makes, so that they are evaluated there too.

        The totals of ions are not enough for that: nothing but a pointer looks at them before the first step.
        """
        return bool(self.kept or self.pointed) or any(mechanism.carried for mechanism, _ in self.mechanisms)


class Probes(NamedTuple):
    """Which numbers to record, as data.

    **Fields:** int32, `(probes,)`, padded to a recurring size. `array` counts the arrays of a state, `offset` is the
    place in that array. See `State.arrays`.
    """

    array: Array
    offset: Array


class Block(NamedTuple):
    """The instances of one mechanism.

    **Fields:**

    - `node`: int32 `(instances,)`, the node under each instance; empty when dense.
    - `slot`: int32 `(nodes,)`, the instance on each node, or a number out of range; empty unless gathered.
    - `scale`: `(instances,)`, nA for each unit of the mechanism's own current.
    - `parameters`: each `(instances,)` or a scalar.
    - `ions`: for each ion the mechanism names, what does not move of its `reversal` (mV), `inside`, `outside` (mM),
      `(instances,)`.
    - `pointers`: for each remote input, where in the state each instance finds it.
    """

    node: Array
    slot: Array
    scale: Array
    parameters: Named
    ions: dict[str, Named]
    pointers: dict[str, Probes] = {}  # noqa: RUF012  never changed


class IonField(NamedTuple):
    """A moving ion on all nodes.

    **Fields:**

    - `inside`, `outside`: mM, at the start. `reversal`: mV, at the start and where it stays.
    - `renewed`: where the reversal potential follows the concentrations; `thermal`: RT/zF, mV.
    - `per_area`: mA/cm2 for each nA of a node's current.
    """

    inside: Array
    outside: Array
    reversal: Array
    renewed: Array
    thermal: Array
    per_area: Array


class Spread(NamedTuple):
    """The way of what diffuses along the tree.

    **Fields:** `tree`: the segments' centres, each under the next centre towards the root; `linked`: which nodes have
    one; `dx`: um, the length of each node's segment.
    """

    tree: Tree
    linked: Array
    dx: Array


class Played(NamedTuple):
    """A course that is played into a parameter.

    **Fields:** `times`: ms, rising, at last `inf`; `values` from each of them on; `straight`: whether straight lines
    lead from one to the next, instead of steps; `rows`: in which instances, None where all share one number.
    """

    times: Array
    values: Array
    straight: Array
    rows: Array | None


class System(NamedTuple):
    """A model as arrays.

    **Fields:**

    - `tree`: the topology.
    - `capacitance`: nF, `(nodes,)`; zero where a node has no membrane.
    - `coupling`: uS, `(nodes,)`, to the parent; zero at the root.
    - `axial`: uS, `(nodes,)`, the sum of the couplings of a node; one on padding.
    - `blocks`: one for each mechanism of the program.
    - `celsius`: degC, scalar.
    - `ions`: each ion of the program's pools.
    - `spread`: where anything diffuses along the tree.
    - `connections`: along which events travel, None in a model without any.
    - `plays`: the courses that are played into parameters, in the program's order.
    """

    tree: Tree
    capacitance: Array
    coupling: Array
    axial: Array
    blocks: tuple[Block, ...]
    celsius: Array
    ions: dict[str, IonField] = {}  # noqa: RUF012  never changed
    spread: Spread | None = None
    connections: Connections | None = None
    plays: tuple[Played, ...] = ()


class State(NamedTuple):
    """What a step carries on.

    **Fields:** `v`: mV, `(nodes,)`; `mechanisms`: the states of each block; `ions`: of each ion of the program's
    pools what is carried of `inside`, `outside` (mM), `reversal` (mV) and `current` (mA/cm2), `(nodes,)`; `events`:
    those on their way, None in a model without any.
    """

    v: Array
    mechanisms: tuple[Named, ...]
    ions: dict[str, Named] = {}  # noqa: RUF012  never changed
    events: Pending | None = None

    def arrays(self) -> list[Array]:
        """What probes count: voltage, the states of each block, what is carried of each ion, by name, and weights."""
        named = (*self.mechanisms, *(self.ions[ion] for ion in sorted(self.ions)))
        weights = [] if self.events is None else list(self.events.weights)
        recorded = (values[name] for values in named for name in sorted(values))
        return [self.v, *(x for x in recorded if x.ndim == self.v.ndim), *weights]


def sample(state: State, probes: Probes, used: tuple[int, ...] | None = None) -> Array:
    """The recorded numbers of a state, `(probes,)` or `(probes, batch)`.

    **Arguments:** `used` names the only arrays that probes are in, when that is known as the program is made.
    """
    arrays = state.arrays()
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
    if layout is Layout.DETACHED:
        return jnp.zeros((block.scale.shape[0], *x.shape[1:]), x.dtype)
    return x.at[block.node].get(mode="promise_in_bounds")


def on_nodes(layout: Layout, block: Block, x: Array, like: Array) -> Array:
    """The sum on each node of what instances give it; shaped as node array `like`."""
    if layout is Layout.DENSE:
        return x
    if layout is Layout.GATHERED:
        return x.at[block.slot].get(mode="fill", fill_value=0)
    if layout is Layout.DETACHED:
        return jnp.zeros_like(like)
    return jnp.zeros_like(like).at[block.node].add(x)


def put_on_nodes(layout: Layout, block: Block, x: Array, old: Array) -> Array:
    """Node array `old` with the values of instances where there are any."""
    if layout is Layout.DENSE:
        return jnp.where(block.scale != 0, x, old)
    if layout is Layout.GATHERED:
        there = block.slot < x.shape[0]
        there = there.reshape(there.shape + (1,) * (old.ndim - 1))
        return jnp.where(there, x.at[block.slot].get(mode="clip"), old)
    if layout is Layout.DETACHED:
        return old
    real = block.scale.reshape(block.scale.shape[0], -1)[:, 0] != 0
    return old.at[jnp.where(real, block.node, old.shape[0])].set(x, mode="drop")
