"""The model linearised exactly at an instant, and its linear system at any shift.

The Jacobian of a model is the tree's, and on each node an arrow: states depend on each other within their instance,
on the voltage and on what their node shares, which are concentrations and the total currents of ions. So at a shift `z`
the system `(z M - J) x = r`, with the mass `M` of capacitances and ones, is solved from the inside out: states are
eliminated in each instance, what is shared on each node, and one solve on the tree remains (Hines 1984, Int J Biomed
Comput 15:69, for that). With `z = 1 / step` it is Newton's step of an implicit integrator, with `z = i omega` the
response to a sine, with `z = 0` that to a constant. A shift may have axes of its own, such as one of frequencies.

What reaches a mechanism through a pointer, or moves along the tree by diffusion, is held.
"""

from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array

from rheobase.kernel.ions import refreshed
from rheobase.kernel.local import CURRENT, FOLLOWS, STATE, local
from rheobase.kernel.rates import Rates, gathered, settled
from rheobase.kernel.small import solve as solve_small
from rheobase.kernel.system import Clock, Named, Program, State, System, at_instances, on_nodes, put_on_nodes
from rheobase.kernel.tree import solve as solve_tree

Slopes: TypeAlias = dict[tuple[str, str], Array]

Answers: TypeAlias = dict[str, Named]
"""Of each unknown that was eliminated, its answers: `""` to the right-hand side, `"v"` to a voltage, `"ca.inside"` to
what the node shares."""

_RHS, _V = "", "v"


class Linear(NamedTuple):
    """A model at an instant.

    **Fields:** `rates` of all unknowns; `slopes` of each block (see `local`); `nernst`: the slope of each moving
    reversal potential by what it follows, `("ca", "inside")`, on the nodes.
    """

    rates: Rates
    slopes: tuple[Slopes, ...]
    nernst: dict[tuple[str, str], Array]


def linearise(program: Program, system: System, state: State, clock: Clock) -> Linear:
    """Linearise a model at an instant.

    **Arguments:** as of `rates`.
    """
    state = settled(program, system, state, clock)
    blocks = [local(program, system, state, k, clock, slopes=True) for k in range(len(program.mechanisms))]
    slopes = tuple(each.slopes for each in blocks)
    return Linear(gathered(program, system, state, blocks), slopes, _nernst_slopes(system, state))


def _nernst_slopes(system: System, state: State) -> dict[tuple[str, str], Array]:
    slopes: dict[tuple[str, str], Array] = {}
    for ion, pool in state.ions.items():
        for what in ("inside", "outside"):
            if "reversal" in pool and what in pool:

                def reversal(x: Array, ion: str = ion, what: str = what) -> Array:
                    moved = {**state.ions, ion: {**state.ions[ion], what: x}}
                    return refreshed(system, state._replace(ions=moved)).ions[ion]["reversal"]

                slopes[ion, what] = jax.jvp(reversal, (pool[what],), (jnp.ones_like(pool[what]),))[1]
    return slopes


def solve(program: Program, system: System, linear: Linear, shift: Array, rhs: Rates) -> Rates:
    """Solve `(shift M - J) x = rhs`.

    **Arguments:** `shift`: per ms, a scalar or an array; `rhs`: in nA, per ms and mM/ms, its arrays with the axes of
    nodes or instances and then those of the shift.

    **Returns:** voltages in `current`, and the states and concentrations.
    """
    inner = _eliminated(program, system, linear, shift, rhs)
    diagonal = inner.own + _wide(system.axial, shift)
    v = solve_tree(system.tree, diagonal, _wide(system.coupling, shift), rhs.current - inner.load)
    shared = {name: each[_RHS] + each[_V] * v for name, each in inner.shared.items()}
    states = []
    for k, (_, layout) in enumerate(program.mechanisms):
        causes = {_V: v, **shared}
        found = {}
        for name in rhs.states[k]:
            answers = inner.states[k][name]
            x = answers[_RHS]
            for cause, answer in answers.items():
                if cause != _RHS:
                    x = x + answer * at_instances(layout, system.blocks[k], causes[cause])
            found[name] = x
        states.append(found)
    return Rates(v, tuple(states), {name: shared[name] for name in rhs.ions})


def admittance(program: Program, system: System, linear: Linear, shift: Array, *, frozen: bool = False) -> Array:
    """The admittance of each node's own membrane at a shift, uS: all but what leads to its neighbours.

    **Arguments:** `shift`: as of `solve`; `frozen`: with states and concentrations held as they are.

    **Returns:** nodes, then the axes of the shift; with `system.axial` added, the diagonal of the tree's matrix.
    """
    if not frozen:
        nothing = jax.tree.map(lambda x: _wide(jnp.zeros_like(x), shift), linear.rates)
        return _eliminated(program, system, linear, shift, nothing).own
    own = _wide(system.capacitance, shift) * shift
    for k, slopes in enumerate(linear.slopes):
        if (CURRENT, _V) in slopes:
            own = own + _flow(program, system, k, _wide(slopes[CURRENT, _V], shift), own)
    return own


class _Inner(NamedTuple):
    """What elimination leaves. **Fields:** the `own` diagonal, the `load` on the right-hand side; all `Answers`."""

    own: Array
    load: Array
    states: list[Answers]
    shared: Answers


def _eliminated(program: Program, system: System, linear: Linear, shift: Array, rhs: Rates) -> _Inner:
    shared_names = _shared_names(linear)
    own = _wide(system.capacitance, shift) * shift
    load = jnp.zeros_like(own)
    states, effects = [], []
    for k in range(len(program.mechanisms)):
        direct = _direct(program, system, linear, k, shared_names, shift)
        states.append(_states_answers(linear, k, direct, shift, rhs.states[k]))
        effects.append(_effects(linear, k, direct, states[k], shift))
    shared = _shared_answers(program, system, shared_names, effects, shift, rhs, own)
    for k, each in enumerate(effects):
        flow = dict(each.get(CURRENT, {}))
        for name in shared_names:
            if name in flow:
                there = flow.pop(name)
                for cause in (_RHS, _V):
                    through = there * at_instances(program.mechanisms[k][1], system.blocks[k], shared[name][cause])
                    flow[cause] = flow.get(cause, 0.0) + through
        if _V in flow:
            own = own + _flow(program, system, k, flow[_V], own)
        if _RHS in flow:
            load = load + _flow(program, system, k, flow[_RHS], own)
    return _Inner(own, load, states, shared)


def _shared_names(linear: Linear) -> list[str]:
    """What nodes share: concentrations that move or follow, and total currents that something depends on."""
    told = {name for slopes in linear.slopes for name, _ in slopes}
    seen = {name for slopes in linear.slopes for _, name in slopes}
    follows = {name.removeprefix(FOLLOWS) for name in told if name.startswith(FOLLOWS)}
    concentrations = {name for name in follows if name.endswith((".inside", ".outside"))}
    return sorted({*linear.rates.ions, *concentrations} | {name for name in seen if name.endswith(".current")})


def _direct(
    program: Program, system: System, linear: Linear, k: int, shared: list[str], shift: Array
) -> dict[str, Named]:
    """How what block `k` tells depends on voltage and on what its node shares, its own states held."""
    slopes, (_, layout), block = linear.slopes[k], program.mechanisms[k], system.blocks[k]
    direct: dict[str, Named] = {}
    for (told, seen), slope in slopes.items():
        ion, dot, what = seen.partition(".")
        causes = {}
        if seen == _V or seen in shared:
            causes[seen] = slope
        elif dot and what == "reversal" and not seen.startswith(STATE):
            for (its, aspect), steep in linear.nernst.items():
                if its == ion and f"{ion}.{aspect}" in shared:
                    causes[f"{ion}.{aspect}"] = slope * at_instances(layout, block, steep)
        for cause, value in causes.items():
            of = direct.setdefault(told, {})
            of[cause] = of.get(cause, 0.0) + _wide(value, shift)
    return direct


def _states_answers(linear: Linear, k: int, direct: dict[str, Named], shift: Array, rhs: Named) -> Answers:
    """The states of block `k`, eliminated in each of its instances."""
    slopes = linear.slopes[k]
    follows = {told for told, _ in slopes if told.startswith(FOLLOWS + STATE)}
    rows = [*(STATE + name for name in rhs), *sorted(follows)]
    if not rows:
        return {}
    place = {told.removeprefix(FOLLOWS): j for j, told in enumerate(rows)}
    some = next(iter(rhs.values()), None)
    like = jnp.zeros_like(_wide(next(iter(slopes.values())), shift) * shift if some is None else some)
    matrix: dict[tuple[int, int], Array] = {}
    for (told, seen), slope in slopes.items():
        if told in rows and seen in place:
            matrix[rows.index(told), place[seen]] = -_wide(slope, shift)
    for j, told in enumerate(rows):
        matrix[j, j] = matrix.get((j, j), 0.0) + (1.0 if told in follows else shift) + like
    columns = {_RHS: [rhs.get(told.removeprefix(STATE), like) for told in rows]}
    for cause in sorted({cause for told in rows for cause in direct.get(told, {})}):
        columns[cause] = [direct.get(told, {}).get(cause, like) for told in rows]
    found = {cause: solve_small(matrix, column) for cause, column in columns.items()}
    return {name.removeprefix(STATE): {cause: x[j] for cause, x in found.items()} for name, j in place.items()}


def _effects(linear: Linear, k: int, direct: dict[str, Named], states: Answers, shift: Array) -> dict[str, Named]:
    """How what block `k` tells depends on all causes, its own states following."""
    inner = (STATE, FOLLOWS + STATE)
    effects = {told: dict(causes) for told, causes in direct.items() if not told.startswith(inner)}
    for (told, seen), slope in linear.slopes[k].items():
        if told.startswith(inner) or not seen.startswith(STATE):
            continue
        of = effects.setdefault(told, {})
        for cause, answer in states.get(seen.removeprefix(STATE), {}).items():
            of[cause] = of.get(cause, 0.0) + _wide(slope, shift) * answer
    return effects


def _shared_answers(
    program: Program,
    system: System,
    names: list[str],
    effects: list[dict[str, Named]],
    shift: Array,
    rhs: Rates,
    like: Array,
) -> Answers:
    """What each node shares, eliminated there."""
    if not names:
        return {}
    place = {name: j for j, name in enumerate(names)}
    matrix = {(j, j): jnp.ones_like(like) for j in range(len(names))}
    columns = {cause: [jnp.zeros_like(like) for _ in names] for cause in (_RHS, _V)}
    for name, j in place.items():
        moves = name in rhs.ions
        coefficients: Named = {}
        present = jnp.zeros(like.shape[0], bool)
        for k, each in enumerate(effects):
            (_, layout), block = program.mechanisms[k], system.blocks[k]
            ion, _, what = name.partition(".")
            if what == "current":
                for cause, x in each.get(f"{CURRENT}:{ion}", {}).items():
                    total = _flow(program, system, k, x, like) * _wide(system.ions[ion].per_area, shift)
                    coefficients[cause] = coefficients.get(cause, 0.0) + total
            for told in (name, FOLLOWS + name):
                if told in each:
                    wide = block._replace(scale=_wide(block.scale, shift))
                    there = put_on_nodes(layout, block, jnp.ones_like(block.scale), jnp.zeros_like(system.capacitance))
                    present = present | (there > 0)
                    for cause, x in each[told].items():
                        old = coefficients.get(cause, jnp.zeros_like(like))
                        coefficients[cause] = put_on_nodes(
                            layout, wide, jnp.broadcast_to(x, (x.shape[0], *like.shape[1:])), old
                        )
        if moves:
            here = _wide(present, shift)
            matrix[j, j] = jnp.where(here, shift, 1.0) + jnp.zeros_like(like)
            columns[_RHS][j] = columns[_RHS][j] + jnp.where(here, rhs.ions[name], 0.0)
        for cause, x in coefficients.items():
            if cause in columns:
                columns[cause][j] = columns[cause][j] + x
            else:
                entry = (j, place[cause])
                matrix[entry] = matrix.get(entry, jnp.zeros_like(like)) - x
    found = {cause: solve_small(matrix, column) for cause, column in columns.items()}
    return {name: {cause: x[j] for cause, x in found.items()} for name, j in place.items()}


def _flow(program: Program, system: System, k: int, x: Array, like: Array) -> Array:
    """What block `k` gives the nodes of something told by the unit of its own current."""
    (_, layout), block = program.mechanisms[k], system.blocks[k]
    scale = block.scale.reshape(block.scale.shape + (1,) * (like.ndim - 1))
    return on_nodes(layout, block, x * scale, like)


def _wide(x: Array, shift: Array) -> Array:
    """An array of nodes or instances with axes of length 1 for those of the shift."""
    return x.reshape(x.shape[:1] + (1,) * jnp.ndim(shift))
