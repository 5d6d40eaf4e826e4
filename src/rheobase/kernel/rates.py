"""How fast everything moves at an instant: the model as a system of differential equations.

The unknowns are voltages, the states of mechanisms and the concentrations that they write; total currents of ions,
reversal potentials and concentrations that follow from states are functions of these.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.ions import refreshed
from rheobase.kernel.local import CURRENT, FOLLOWS, STATE, Local, local
from rheobase.kernel.membrane import membrane, namespaces, with_values
from rheobase.kernel.system import Clock, Named, Program, State, System, at_instances, on_nodes, put_on_nodes
from rheobase.kernel.tree import multiply


class Rates(NamedTuple):
    """One number for each unknown.

    **Fields:** `current`: nA into each node, `(nodes,)`, which over its capacitance (nF) is the rate of its voltage in
    mV/ms, and which vanishes where there is none; `states`: of each block by name, per ms; `ions`: mM/ms by names such
    as `"ca.inside"`, `(nodes,)`.
    """

    current: Array
    states: tuple[Named, ...]
    ions: Named


def settled(program: Program, system: System, state: State, clock: Clock) -> State:
    """The state with all that follows from the unknowns: what mechanisms imply, reversal potentials, total currents."""
    clock = clock._replace(dt=jnp.zeros_like(clock.dt))  # an instant
    state = refreshed(system, state)
    for k, (mechanism, _) in enumerate(program.mechanisms):
        implied = mechanism.implied(*_seen(program, system, state, k), clock)
        if implied:
            state = refreshed(system, with_values(program, system, state, k, implied))
    pools = dict(state.ions)
    for ion in (ion for ion, what in program.pools if "current" in what):
        total = jnp.zeros_like(state.v)
        for k, ((mechanism, layout), block) in enumerate(zip(program.mechanisms, system.blocks, strict=True)):
            carriers = [name for name, carried in mechanism.current_names.items() if carried == ion]
            if carriers:
                told = mechanism.currents(*_seen(program, system, state, k), clock)
                flow = sum((told[name] for name in carriers), jnp.zeros_like(at_instances(layout, block, state.v)))
                total = total + on_nodes(layout, block, flow * block.scale, state.v)
        pools[ion] = {**pools[ion], "current": total * system.ions[ion].per_area}
    return state._replace(ions=pools)


def shown(program: Program, system: System, state: State, clock: Clock) -> State:
    """The state at the end of a step of `clock.dt`: what follows from it, and what mechanisms note of the step."""
    state = settled(program, system, state, clock)
    for k, (mechanism, _) in enumerate(program.mechanisms):
        state = with_values(program, system, state, k, mechanism.after_step(*_seen(program, system, state, k), clock))
    instant = clock._replace(dt=jnp.zeros_like(clock.dt))
    return membrane(program, system, state, instant).state if program.settles else state


class _Seen(NamedTuple):
    """What a mechanism is asked under."""

    v: Array
    s: Any
    p: Any
    ions: Any


def _seen(program: Program, system: System, state: State, k: int) -> _Seen:
    (_, layout), block = program.mechanisms[k], system.blocks[k]
    return _Seen(at_instances(layout, block, state.v), *namespaces(program, system, state, k))


def rates(program: Program, system: System, state: State, clock: Clock) -> Rates:
    """The rates of all unknowns.

    **Arguments:** a prepared `system`; of `state` whatever follows from the unknowns is computed anew.
    """
    state = settled(program, system, state, clock)
    blocks = [local(program, system, state, k, clock, slopes=False) for k in range(len(program.mechanisms))]
    return gathered(program, system, state, blocks)


def gathered(program: Program, system: System, state: State, blocks: list[Local]) -> Rates:
    """The rates of all unknowns, of what each block told under a settled state."""
    current = -multiply(system.tree, system.axial, system.coupling, state.v)
    current = jnp.where(real_nodes(system, state.v), current, 0.0)
    states: list[Named] = []
    ions: Named = {}
    for k, (((_, layout), block), each) in enumerate(
        zip(zip(program.mechanisms, system.blocks, strict=True), blocks, strict=True)
    ):
        current = current - on_nodes(layout, block, each.told[CURRENT] * block.scale, state.v)
        states.append({name.removeprefix(STATE): x for name, x in each.told.items() if moves(state, k, name)})
        for name in (name for name in each.told if is_concentration(name)):
            ions[name] = put_on_nodes(layout, block, each.told[name], ions.get(name, jnp.zeros_like(state.v)))
    return Rates(current, tuple(states), ions)


def moves(state: State, k: int, told: str) -> bool:
    """Whether what is told is the rate of a state of block `k`."""
    return told.startswith(STATE) and told.removeprefix(STATE) in state.mechanisms[k]


def is_concentration(told: str) -> bool:
    """Whether what is told is the rate of a concentration."""
    return "." in told and not told.startswith((STATE, FOLLOWS, f"{CURRENT}:"))


def real_nodes(system: System, like: Array) -> Array:
    """Which nodes are no padding."""
    there = jnp.arange(like.shape[0]) < system.tree.n_nodes
    return there.reshape(there.shape + (1,) * (like.ndim - 1))
