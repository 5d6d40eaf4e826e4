"""Ions that move: concentrations, reversal potentials and total currents, on the nodes.

Only ions whose concentrations or reversal potential some mechanism writes, or whose total current one reads, are in
a state; all others are constants of the blocks that use them.
"""

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Named, Program, State, System

_NO_CONCENTRATION = 1e6  # mV, what NEURON takes for the reversal potential of an ion that is used up


def nernst(inside: Array, outside: Array, thermal: Array) -> Array:
    """The Nernst potential in mV, of concentrations in mM and RT/zF in mV (Nernst 1888).

    Without any ions inside it is 1e6 mV, without any outside -1e6.
    """
    here, there = inside > 0, outside > 0
    quotient = jnp.where(there, outside, 1.0) / jnp.where(here, inside, 1.0)
    beyond = jnp.where(here, -_NO_CONCENTRATION, _NO_CONCENTRATION)
    return jnp.where(here & there, thermal * jnp.log(quotient), beyond)


def at_rest(program: Program, system: System, v: Array) -> dict[str, Named]:
    """What a state carries of ions before any mechanism has written."""
    pools = {}
    for ion, carried in program.pools:
        field = system.ions[ion]._asdict() | {"current": jnp.zeros_like(v)}
        pools[ion] = {what: jnp.broadcast_to(jnp.asarray(field[what], v.dtype), v.shape) for what in carried}
    return refreshed(system, State(v, (), pools)).ions


def refreshed(system: System, state: State) -> State:
    """The state with reversal potentials brought up to date where they follow concentrations."""
    pools = {}
    for ion, pool in state.ions.items():
        pools[ion] = pool
        if "reversal" in pool and ("inside" in pool or "outside" in pool):
            field = system.ions[ion]
            follows = nernst(pool.get("inside", field.inside), pool.get("outside", field.outside), field.thermal)
            pools[ion] = {**pool, "reversal": jnp.where(field.renewed, follows, pool["reversal"])}
    return state._replace(ions=pools) if pools else state
