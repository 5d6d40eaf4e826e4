"""How fast everything moves at an instant: the model as a system of differential equations.

The unknowns are voltages, the states of mechanisms and the concentrations that they write; total currents of ions,
reversal potentials and concentrations that follow from states are functions of these.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.ions import refreshed
from rheobase.kernel.local import CURRENT, FOLLOWS, STATE, Local, local
from rheobase.kernel.membrane import with_values
from rheobase.kernel.system import Clock, Named, Program, State, System, on_nodes, put_on_nodes
from rheobase.kernel.tree import multiply


class Rates(NamedTuple):
    """One number for each unknown.

    **Fields:** `current`: nA into each node, `(nodes,)`, which over its capacitance (nF) is its rate in mV/ms, and which
    vanishes where there is none; `states`: of each block by name, per ms; `ions`: mM/ms by names such as
    `"ca.inside"`, `(nodes,)`.
    """

    current: Array
    states: tuple[Named, ...]
    ions: Named


def settled(program: Program, system: System, state: State, clock: Clock) -> State:
    """The state with all that follows from the unknowns: concentrations, reversal potentials and total currents."""
    state = refreshed(system, state)
    told = [local(program, system, state, k, clock, slopes=False).told for k in range(len(program.mechanisms))]
    for k, each in enumerate(told):
        implied = {name.removeprefix(FOLLOWS): x for name, x in each.items() if name.startswith(FOLLOWS)}
        state = with_values(program, system, state, k, implied)
    if any(name.startswith(FOLLOWS) for each in told for name in each):
        state = refreshed(system, state)
        told = [local(program, system, state, k, clock, slopes=False).told for k in range(len(program.mechanisms))]
    pools = dict(state.ions)
    for ion, what in program.pools:
        if "current" in what:
            total = sum((_given(program, system, state, k, each, ion) for k, each in enumerate(told)), 0 * state.v)
            pools[ion] = {**pools[ion], "current": total * system.ions[ion].per_area}
    return state._replace(ions=pools)


def _given(program: Program, system: System, state: State, k: int, told: Named, ion: str) -> Array:
    """What a block gives each node of an ion's current, nA."""
    name = f"{CURRENT}:{ion}"
    if name not in told:
        return jnp.zeros_like(state.v)
    (_, layout), block = program.mechanisms[k], system.blocks[k]
    return on_nodes(layout, block, told[name] * block.scale, state.v)


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
