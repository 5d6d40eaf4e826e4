"""What mechanisms make of the membrane: its current, their states one step on, their states at rest.

Mechanisms that write concentrations stand first in a program, so that at rest and in each step the others see what
these have written (Carnevale and Hines 2006, The NEURON Book, chapter 9).
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from rheobase.kernel.ions import at_rest, refreshed
from rheobase.kernel.system import (
    Block,
    Clock,
    Dynamics,
    Named,
    Program,
    State,
    System,
    at_instances,
    on_nodes,
    put_on_nodes,
    sample,
)


class Flow(NamedTuple):
    """What flows at an instant.

    **Fields:** `current` out of each node (nA) and its `slope` by voltage (uS); `state`, with what evaluating the
    currents changed; `ion_slope`, the slope of each moving ion's current, mA/cm2/mV.
    """

    current: Array
    slope: Array
    state: State
    ion_slope: Named


def prepare(program: Program, system: System) -> System:
    """Add to each block's parameters what depends on them and on the temperature alone."""
    blocks = []
    for (mechanism, _), block in zip(program.mechanisms, system.blocks, strict=True):
        derived = mechanism.prepare(SimpleNamespace(**block.parameters), system.celsius)
        blocks.append(block._replace(parameters={**block.parameters, **derived}))
    return system._replace(blocks=tuple(blocks))


def membrane(program: Program, system: System, state: State, clock: Clock) -> Flow:
    """What flows through the membrane under a state.

    Reversal potentials that follow concentrations are brought up to date first. The slope is the exact derivative of
    each mechanism's current, by forward differentiation.
    """
    state = refreshed(system, state)
    current = jnp.zeros_like(state.v)
    slope = jnp.zeros_like(state.v)
    nothing = jnp.zeros_like(state.v)
    totals = {ion: (nothing, nothing) for ion, what in program.pools if "current" in what}
    for k, ((mechanism, layout), block) in enumerate(zip(program.mechanisms, system.blocks, strict=True)):
        v = at_instances(layout, block, state.v)
        s, p, ions = namespaces(program, system, state, k)
        carriers = {name: ion for name, ion in mechanism.current_names.items() if ion is not None and ion in totals}
        kept = program.kept[k] if program.kept else ()

        def flow(
            v: Array,
            mechanism: Dynamics = mechanism,
            carriers: dict[str, str] = carriers,
            kept: tuple[str, ...] = kept,
            named: tuple[SimpleNamespace, SimpleNamespace, SimpleNamespace] = (s, p, ions),
        ) -> tuple[tuple[Array, Named], Named]:
            # Whatever precision a mechanism computes in, the membrane keeps its own.
            told = {name: jnp.asarray(x, v.dtype) for name, x in mechanism.currents(v, *named, clock).items()}
            own = [x for name, x in told.items() if name in mechanism.current_names]
            i = sum(own, jnp.zeros_like(v))
            apart = {name: jnp.broadcast_to(told[name], v.shape) for name in carriers}
            changed = {name: x for name, x in told.items() if name not in mechanism.current_names}
            if kept:
                seen = {**told, **mechanism.observables(v, *named, clock)}
                changed |= {name: seen[name] for name in kept}
            return (-i if mechanism.electrode else i, apart), changed

        (i, apart), (g, steep), changed = jax.jvp(flow, (v,), (jnp.ones_like(v),), has_aux=True)
        current = current + on_nodes(layout, block, i * block.scale, state.v)
        slope = slope + on_nodes(layout, block, g * block.scale, state.v)
        for name, ion in carriers.items():
            total, steepness = totals[ion]
            total = total + on_nodes(layout, block, apart[name] * block.scale, state.v)
            totals[ion] = total, steepness + on_nodes(layout, block, steep[name] * block.scale, state.v)
        state = with_values(program, system, state, k, changed)
    pools = dict(state.ions)
    for ion, (total, _) in totals.items():
        pools[ion] = {**pools[ion], "current": total * system.ions[ion].per_area}
    ion_slope = {ion: steep * system.ions[ion].per_area for ion, (_, steep) in totals.items()}
    return Flow(current, slope, state._replace(ions=pools), ion_slope)


def advance_states(program: Program, system: System, state: State, clock: Clock) -> State:
    """Each mechanism's states one step on, at the voltages that `state` holds."""
    for k, ((mechanism, layout), block) in enumerate(zip(program.mechanisms, system.blocks, strict=True)):
        v = at_instances(layout, block, state.v)
        stepped = mechanism.advance(v, *namespaces(program, system, state, k), clock)
        state = with_values(program, system, state, k, stepped)
    return state


def initial_state(program: Program, system: System, v: Array, clock: Clock) -> State:
    """The state at rest under the voltages `v`: each mechanism's own initial values."""
    nothing = []
    for k, ((mechanism, layout), block) in enumerate(zip(program.mechanisms, system.blocks, strict=True)):
        names = (*mechanism.states, *(program.kept[k] if program.kept else ()))
        nothing.append({name: jnp.zeros_like(at_instances(layout, block, v)) for name in names})
    state = State(v, tuple(nothing), at_rest(program, system, v))
    for k, ((mechanism, layout), block) in enumerate(zip(program.mechanisms, system.blocks, strict=True)):
        _, p, ions = namespaces(program, system, state, k)
        values = mechanism.initial(at_instances(layout, block, v), p, ions, clock)
        state = refreshed(system, with_values(program, system, state, k, values))
    return state


def evaluate(
    mechanism: Dynamics, block: Block, v: Array, states: Named, clock: Clock, celsius: Array
) -> dict[str, Array]:
    """Everything a mechanism can tell at given voltages, states and times: its currents and observables.

    **Arguments:** as for the mechanism; `block` holds unprepared parameters, and all of its ions and pointers.

    **Returns:** each current by its name, in the mechanism's own unit, and each observable.
    """
    parameters = {**block.parameters, **mechanism.prepare(SimpleNamespace(**block.parameters), celsius)}
    p, s = SimpleNamespace(**parameters), SimpleNamespace(**states)
    ions = SimpleNamespace(**{name: SimpleNamespace(**ion) for name, ion in block.ions.items()})
    told = {**mechanism.currents(v, s, p, ions, clock), **mechanism.observables(v, s, p, ions, clock)}
    names = (*mechanism.current_names, *mechanism.observable_names)
    return {name: jnp.broadcast_to(told[name], v.shape) for name in names}


def with_values(program: Program, system: System, state: State, k: int, values: Mapping[str, Array]) -> State:
    """The state with what block `k` made of its own states and of ions."""
    if not values:
        return state
    (_, layout), block = program.mechanisms[k], system.blocks[k]
    shape = at_instances(layout, block, state.v).shape
    own, pools = dict(state.mechanisms[k]), state.ions
    for name, value in values.items():
        x = jnp.asarray(value, state.v.dtype)
        x = jnp.broadcast_to(x, (*x.shape[: max(x.ndim - len(shape), 0)], *shape))
        ion, dot, what = name.partition(".")
        if dot:
            pool = pools[ion]
            pools = {**pools, ion: {**pool, what: put_on_nodes(layout, block, x, pool[what])}}
        else:
            own[name] = x
    mechanisms = (*state.mechanisms[:k], own, *state.mechanisms[k + 1 :])
    return state._replace(mechanisms=mechanisms, ions=pools)


def namespaces(
    program: Program, system: System, state: State, k: int
) -> tuple[SimpleNamespace, SimpleNamespace, SimpleNamespace]:
    """What a mechanism gets beside voltages: its states, parameters and ions, by name."""
    (_, layout), block = program.mechanisms[k], system.blocks[k]
    parameters = block.parameters
    if block.pointers:
        remote = {name: sample(state, probes, program.pointed) for name, probes in block.pointers.items()}
        parameters = {**parameters, **remote}
    ions = {
        ion: SimpleNamespace(
            **constant, **{what: at_instances(layout, block, x) for what, x in state.ions.get(ion, {}).items()}
        )
        for ion, constant in block.ions.items()
    }
    kept = program.kept[k] if program.kept else ()
    states = {name: x for name, x in state.mechanisms[k].items() if name not in kept}
    return SimpleNamespace(**states), SimpleNamespace(**parameters), SimpleNamespace(**ions)
