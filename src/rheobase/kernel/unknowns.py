"""The unknowns of a model as one vector: voltages, then the states of each block, then concentrations."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from rheobase.kernel.local import STATE, local
from rheobase.kernel.membrane import prepare
from rheobase.kernel.rates import Rates, is_concentration, moves
from rheobase.kernel.system import Clock, Named, Program, State, System, put_on_nodes


class Unknown(NamedTuple):
    """A stretch of the vector.

    **Fields:** `block`, or -1; the `name` of a state, `"v"` or `"ca.inside"`; where it starts and stops; of a
    concentration the blocks that write it.
    """

    block: int
    name: str
    start: int
    stop: int
    writers: tuple[int, ...] = ()


class Unknowns(NamedTuple):
    """What the vector of a model holds. **Fields:** its stretches, in order; how many `blocks` the model has."""

    stretches: tuple[Unknown, ...]
    blocks: int

    @property
    def size(self) -> int:
        """How many unknowns there are."""
        return self.stretches[-1].stop

    def pack(self, state: State) -> Array:
        """The vector of a state."""
        parts = [state.v]
        for block, name, *_ in self.stretches[1:]:
            if block >= 0:
                parts.append(state.mechanisms[block][name])
            else:
                ion, _, what = name.partition(".")
                parts.append(state.ions[ion][what])
        return jnp.concatenate(parts)

    def unpack(self, y: Array, state: State) -> State:
        """The state with the unknowns of a vector."""
        mechanisms, ions = [dict(each) for each in state.mechanisms], {ion: dict(x) for ion, x in state.ions.items()}
        for block, name, start, stop, _ in self.stretches[1:]:
            if block >= 0:
                mechanisms[block][name] = y[start:stop]
            else:
                ion, _, what = name.partition(".")
                ions[ion][what] = y[start:stop]
        return state._replace(v=y[: self.stretches[0].stop], mechanisms=tuple(mechanisms), ions=ions)

    def pack_rates(self, told: Rates) -> Array:
        """The vector of one number for each unknown."""
        others = [told.states[block][name] if block >= 0 else told.ions[name] for block, name, *_ in self.stretches[1:]]
        return jnp.concatenate([told.current, *others])

    def unpack_rates(self, y: Array) -> Rates:
        """One number for each unknown, of a vector."""
        states: list[dict[str, Array]] = [{} for _ in range(self.blocks)]
        ions = {}
        for block, name, start, stop, _ in self.stretches[1:]:
            if block >= 0:
                states[block][name] = y[start:stop]
            else:
                ions[name] = y[start:stop]
        return Rates(y[: self.stretches[0].stop], tuple(states), ions)


def unknowns_of(program: Program, system: System, state: State) -> Unknowns:
    """The unknowns of a model, by looking at what its mechanisms tell."""
    blocks = range(len(program.mechanisms))
    number = jnp.zeros((), state.v.dtype)

    def told(system: System, state: State) -> list[Named]:
        ready = prepare(program, system)
        return [local(program, ready, state, k, Clock(number, number), slopes=False).told for k in blocks]

    shapes = jax.eval_shape(told, system, state)
    nodes = state.v.shape[0]
    named: list[tuple[int, str, int, tuple[int, ...]]] = [(-1, "v", nodes, ())]
    for k, each in enumerate(shapes):
        names = [name for name in each if moves(state, k, name)]
        named += [(k, name.removeprefix(STATE), each[name].shape[0], ()) for name in names]
    for name in dict.fromkeys(name for each in shapes for name in each if is_concentration(name)):
        named.append((-1, name, nodes, tuple(k for k in blocks if name in shapes[k])))
    found, size = [], 0
    for block, name, length, writers in named:
        found.append(Unknown(block, name, size, size + length, writers))
        size += length
    return Unknowns(tuple(found), len(program.mechanisms))


@partial(jax.jit, static_argnames=("program", "unknowns"))
def differential(program: Program, unknowns: Unknowns, system: System) -> Array:
    """Which unknowns have a rate: not voltages without capacitance, not padding, not concentrations nobody writes."""
    parts = [system.capacitance > 0]
    for block, _, _, _, writers in unknowns.stretches[1:]:
        if block >= 0:
            parts.append(system.blocks[block].scale != 0)
            continue
        there = jnp.zeros_like(system.capacitance)
        for k in writers:
            (_, layout), each = program.mechanisms[k], system.blocks[k]
            there = put_on_nodes(layout, each, jnp.ones_like(each.scale), there)
        parts.append(there > 0)
    return jnp.concatenate(parts)
