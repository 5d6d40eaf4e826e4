"""Diffusion along the tree, of states and of ions.

A segment holds `volume` um2 of each um of its length, and between neighbours passes the mean of their coefficients
(um4/ms) for each um between their centres. One implicit Euler step of that is the tree's own linear system (Hines and
Carnevale 2000, Neural Comput 12:995, for what NMODL means by it).
"""

import jax.numpy as jnp

from rheobase.kernel.membrane import namespaces, with_values
from rheobase.kernel.system import Clock, Program, State, System, at_instances, on_nodes, put_on_nodes
from rheobase.kernel.tree import solve


def diffused(program: Program, system: System, state: State, clock: Clock) -> State:
    """The state after what diffuses has done so for a step, at the voltages and states that `state` holds."""
    for k, ((mechanism, layout), block) in enumerate(zip(program.mechanisms, system.blocks, strict=True)):
        if not mechanism.diffusing or system.spread is None:
            continue
        tree, linked, dx = system.spread
        v = at_instances(layout, block, state.v)
        found = mechanism.diffusion(v, *namespaces(program, system, state, k), clock)
        nothing = jnp.zeros_like(state.v)
        present = put_on_nodes(layout, block, jnp.ones_like(v), nothing) > 0
        both = linked & present & present[tree.parent]
        for name in mechanism.diffusing:
            coefficient, volume = (
                put_on_nodes(layout, block, jnp.broadcast_to(jnp.asarray(x, v.dtype), v.shape), nothing)
                for x in found[name]
            )
            between = (coefficient + coefficient[tree.parent]) / (dx + dx[tree.parent])
            coupling = jnp.where(both, between, 0.0)
            held = jnp.where(present, volume * dx / clock.dt, 1.0)
            ion, dot, what = name.partition(".")
            if dot:
                pool = state.ions[ion]
                spread = solve(tree, (held + coupling).at[tree.parent].add(coupling), coupling, held * pool[what])
                moved = {**pool, what: jnp.where(present, spread, pool[what])}
                state = state._replace(ions={**state.ions, ion: moved})
            else:
                here = on_nodes(layout, block, state.mechanisms[k][name], state.v)
                spread = solve(tree, (held + coupling).at[tree.parent].add(coupling), coupling, held * here)
                state = with_values(program, system, state, k, {name: at_instances(layout, block, spread)})
    return state
