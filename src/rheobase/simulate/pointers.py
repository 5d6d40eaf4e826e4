"""Remote inputs: what the pointers of placed processes point to, found in the running state."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rheobase.kernel import Probes
from rheobase.mechanisms import Mechanism
from rheobase.model import Recordable
from rheobase.simulate.addresses import Address, Addresses
from rheobase.simulate.grid import Grid
from rheobase.simulate.ions import IonPlan
from rheobase.simulate.plans import BlockPlan

Bindings = Mapping[tuple[str, str], Recordable]
"""What each pointer is bound to, by the name of its placed process and its own."""


def pointed_ions(bindings: Bindings, plans: Sequence[BlockPlan]) -> set[str]:
    """The ions whose total current a pointer takes."""
    used = {use.name for plan in plans for use in plan.mechanism.ions}
    wanted = {each.variable for each in bindings.values() if each.x is not None}
    return {ion for ion in used if f"i{ion}" in wanted}


def plan_pointers(
    bindings: Bindings, plans: Sequence[BlockPlan], ions: Mapping[str, IonPlan], grid: Grid
) -> tuple[tuple[dict[str, Probes], ...], tuple[int, ...]]:
    """The probes of each block's pointers, and the arrays of the state into which they point.

    **Raises:** ValueError for a pointer that is not bound, or bound to what does not move; KeyError for one bound to
    something that is not there.
    """
    addresses = Addresses(plans, ions)
    probes, arrays = [], set()
    for plan in plans:
        mine: dict[str, Probes] = {}
        if plan.mechanism.pointers and plan.mechanism.kind == "density":
            raise ValueError(
                f"{plan.mechanism.name} has the pointer {plan.mechanism.pointers[0]!r}, and is inserted in sections; "
                "only pointers of placed processes can be bound: make it a point process"
            )
        for pointer in plan.mechanism.pointers:
            found = [_target(bindings, name, pointer, plan, plans, ions, grid, addresses) for name in plan.names]
            index: Any = np.array(found, np.int32)[plan.filler]
            mine[pointer] = Probes(index[:, 0], index[:, 1])
            arrays |= {array for array, _ in found}
        probes.append(mine)
    return tuple(probes), tuple(sorted(arrays))


def _target(
    bindings: Bindings,
    name: str,
    pointer: str,
    plan: BlockPlan,
    plans: Sequence[BlockPlan],
    ions: Mapping[str, IonPlan],
    grid: Grid,
    addresses: Addresses,
) -> Address:
    label = f"{name}.{pointer}"
    target = bindings.get((name, pointer))
    if target is None:
        raise ValueError(
            f"the pointer {pointer!r} of {name} ({plan.mechanism.name}) points to nothing: bind it, as in "
            f"cell.bind({label!r}, soma(0.5).v)"
        )
    return address_of(target, label, plans, ions, grid, addresses)


def address_of(
    target: Recordable,
    label: str,
    plans: Sequence[BlockPlan],
    ions: Mapping[str, IonPlan],
    grid: Grid,
    addresses: Addresses,
) -> Address:
    """Where in the state a number is that something, called `label`, is bound to.

    **Raises:** ValueError for what does not move; KeyError for something that is not there.
    """
    if target.x is None:
        for k, other in enumerate(plans):
            if target.place in other.names:
                return _state(other.mechanism, k, other.names.index(target.place), target, label, addresses)
        raise KeyError(f"{label} is bound to {target.label}, but nothing is placed by the name {target.place!r}")
    if target.place not in grid.index:
        raise KeyError(f"{label} is bound to {target.label}, but there is no section {target.place!r}")
    if target.variable == "v":
        return addresses.voltage(grid.node_at(target.place, target.x))
    segment = grid.segment_at(target.place, target.x)
    owner, dot, _ = target.variable.partition(".")
    if dot:
        for k, other in enumerate(plans):
            here = np.flatnonzero(other.segments == segment)
            if len(here) and other.mechanism.name == owner:
                return _state(other.mechanism, k, int(here[0]), target, label, addresses)
        raise KeyError(f"{label} is bound to {target.label}, but {owner!r} is not inserted there")
    for ion, its in ions.items():
        for form, what in {f"i{ion}": "current", f"{ion}i": "inside", f"{ion}o": "outside"}.items():
            if target.variable == form and what in its.carries:
                return addresses.ion(ion, what, int(grid.node[segment]))
    raise _not_moving(label, target)


def _state(
    definition: type[Mechanism], k: int, instance: int, target: Recordable, label: str, addresses: Addresses
) -> Address:
    name = target.variable.rpartition(".")[2]
    if name not in definition.states:
        raise _not_moving(label, target)
    return addresses.state(k, instance, name)


def _not_moving(label: str, target: Recordable) -> ValueError:
    return ValueError(
        f"{label} is bound to {target.label}, which is not carried from step to step: bind it to a voltage, a state, a "
        "concentration that some mechanism writes, or the total current of an ion"
    )
