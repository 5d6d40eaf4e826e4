"""What one block of instances does at an instant, as plain functions of what it sees.

A block sees the voltage, its own states and, of ions that move, concentrations, reversal potentials and the total
current. It tells currents and how fast its states and the ions that it writes move. Everything is elementwise over
instances, so one forward derivative for each thing seen is the whole Jacobian.

**Names:** what is seen is `v`, `s:m` for a state, `ca.inside`, `ca.outside`, `ca.reversal`, `ca.current`; what is told
is `i`, the current outward, `i:ca`, that of an ion, `s:m`, the rate of a state, `ca.inside`, the rate of a
concentration, and `=ca.inside` or `=s:m`, a concentration or a state that follows from the others.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.extend.core import Literal, jaxpr_as_fun

from rheobase.kernel.membrane import namespaces
from rheobase.kernel.system import Clock, Named, Program, State, System, at_instances

CURRENT = "i"
STATE = "s:"
FOLLOWS = "="


class Local(NamedTuple):
    """What a block tells. **Fields:** `told`, by name; `slopes`, by (told, seen), of those that are not always zero."""

    told: Named
    slopes: dict[tuple[str, str], Array]


def seen(program: Program, system: System, state: State, k: int) -> Named:
    """What block `k` sees that may change, at its instances."""
    (mechanism, layout), block = program.mechanisms[k], system.blocks[k]
    found = {"v": at_instances(layout, block, state.v)}
    found |= {STATE + name: state.mechanisms[k][name] for name in mechanism.states if name not in mechanism.carried}
    for ion in block.ions:
        for what, x in state.ions.get(ion, {}).items():
            found[f"{ion}.{what}"] = at_instances(layout, block, x)
    return found


def local(program: Program, system: System, state: State, k: int, clock: Clock, *, slopes: bool) -> Local:
    """What block `k` tells at an instant, and its exact slopes if wanted."""
    mechanism, _ = program.mechanisms[k]
    clock = clock._replace(dt=jnp.zeros_like(clock.dt))  # an instant
    s, p, ions = namespaces(program, system, state, k)
    inputs = seen(program, system, state, k)
    names = list(inputs)
    v = inputs["v"]

    def tell(*values: Array) -> list[Array]:
        given = dict(zip(names, values, strict=True))
        own = {name.removeprefix(STATE): x for name, x in given.items() if name.startswith(STATE)}
        states = SimpleNamespace(**{**vars(s), **own})
        around = {ion: SimpleNamespace(**vars(each)) for ion, each in vars(ions).items()}
        for name, x in given.items():
            ion, dot, what = name.partition(".")
            if dot and not name.startswith(STATE):
                setattr(around[ion], what, x)
        told = _told(mechanism, given["v"], states, p, SimpleNamespace(**around), clock)
        order[:] = list(told)
        return [jnp.broadcast_to(jnp.asarray(x, v.dtype), v.shape) for x in told.values()]

    order: list[str] = []
    if not slopes:
        told = tell(*inputs.values())
        return Local(dict(zip(order, told, strict=True)), {})
    closed = jax.make_jaxpr(tell)(*inputs.values())
    function = jaxpr_as_fun(closed)
    told = function(*inputs.values())
    found: dict[tuple[str, str], Array] = {}
    depends = _dependence(closed)
    for j, name in enumerate(names):
        if not any(j in each for each in depends):
            continue

        def along(x: Array, j: int = j) -> list[Array]:
            values = list(inputs.values())
            values[j] = x
            out: list[Array] = function(*values)
            return out

        _, tangents = jax.jvp(along, (inputs[name],), (jnp.ones_like(inputs[name]),))
        found |= {(order[o], name): tangents[o] for o, each in enumerate(depends) if j in each}
    return Local(dict(zip(order, told, strict=True)), found)


def _told(
    mechanism: object, v: Array, s: SimpleNamespace, p: SimpleNamespace, ions: SimpleNamespace, clock: Clock
) -> Named:
    dynamics: Any = mechanism
    currents = dynamics.currents(v, s, p, ions, clock)
    own = [x for name, x in currents.items() if name in dynamics.current_names]
    total = sum(own, jnp.zeros_like(v))
    told = {CURRENT: -total if dynamics.electrode else total}
    for name, ion in dynamics.current_names.items():
        if ion is not None:
            told[f"{CURRENT}:{ion}"] = told.get(f"{CURRENT}:{ion}", 0.0) + currents[name]
    for name, x in dynamics.derivative(v, s, p, ions, clock).items():
        told[name if "." in name else STATE + name] = x
    for name, x in dynamics.implied(v, s, p, ions, clock).items():
        told[FOLLOWS + name if "." in name else FOLLOWS + STATE + name] = x
    return told


def _dependence(closed: Any) -> list[set[int]]:
    """For each output of a program, the inputs that it may depend on."""
    jaxpr = closed.jaxpr
    known: dict[Any, set[int]] = {var: {k} for k, var in enumerate(jaxpr.invars)}

    def of(atom: Any) -> set[int]:
        return set() if isinstance(atom, Literal) else known.get(atom, set())

    for equation in jaxpr.eqns:
        inputs = set().union(*(of(atom) for atom in equation.invars))
        known |= dict.fromkeys(equation.outvars, inputs)
    return [of(atom) for atom in jaxpr.outvars]
