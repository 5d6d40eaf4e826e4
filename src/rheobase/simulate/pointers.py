"""Remote inputs: what pointers point to, found in the running state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rheobase.kernel import Probes
from rheobase.model import Recordable
from rheobase.model.document import Document
from rheobase.simulate.addresses import Address, Addresses
from rheobase.simulate.grid import Grid
from rheobase.simulate.ions import IonPlan
from rheobase.simulate.plans import BlockPlan


def pointed_ions(targets: Collection[Recordable], plans: Sequence[BlockPlan]) -> set[str]:
    """The ions whose total current something looks at as the run goes."""
    used = {use.name for plan in plans for use in plan.mechanism.ions}
    wanted = {each.variable for each in targets if each.x is not None}
    return {ion for ion in used if f"i{ion}" in wanted}


def with_kept(targets: Collection[Recordable], plans: Sequence[BlockPlan], grid: Grid) -> tuple[BlockPlan, ...]:
    """The plans, each with the currents and observables that something looks at as the run goes."""
    kept: list[set[str]] = [set() for _ in plans]
    for target in targets:
        found = instance_of(target, plans, grid)
        if found is not None:
            k, _, name = found
            told = {*plans[k].mechanism.current_names, *plans[k].mechanism.observable_names}
            kept[k] |= {name} & (told - set(plans[k].mechanism.states))
    return tuple(replace(plan, kept=tuple(sorted(names))) for plan, names in zip(plans, kept, strict=True))


def instance_of(target: Recordable, plans: Sequence[BlockPlan], grid: Grid) -> tuple[int, int, str] | None:
    """The block and the instance of the mechanism that something belongs to, and its name there, if there is one."""
    owner, _, name = target.variable.rpartition(".")
    for k, plan in enumerate(plans):
        if target.x is None and target.place in plan.names:
            return k, plan.names.index(target.place), target.variable
        if target.x is not None and plan.mechanism.name == owner and target.place in grid.index:
            here = np.flatnonzero(plan.segments == grid.segment_at(target.place, target.x))
            if len(here):
                return k, int(here[0]), name
    return None


def plan_pointers(
    document: Document, plans: Sequence[BlockPlan], ions: Mapping[str, IonPlan], grid: Grid
) -> tuple[tuple[dict[str, Probes], ...], tuple[int, ...]]:
    """The probes of each block's pointers, and the arrays of the state into which they point.

    **Raises:** ValueError for a pointer that is not bound, or bound to what does not move; KeyError for one bound to
    something that is not there.
    """
    addresses = Addresses(plans, ions)
    probes, arrays = [], set()
    for plan in plans:
        mine: dict[str, Probes] = {}
        for pointer in plan.mechanism.pointers:
            found = [
                address_of(target, f"{owner}.{pointer}", plans, ions, grid, addresses)
                for owner, target in _bound(document, plan, pointer, grid)
            ]
            index: Any = np.array(found, np.int32)[plan.filler]
            mine[pointer] = Probes(index[:, 0], index[:, 1])
            arrays |= {array for array, _ in found}
        probes.append(mine)
    return tuple(probes), tuple(sorted(arrays))


def _bound(document: Document, plan: BlockPlan, pointer: str, grid: Grid) -> list[tuple[str, Recordable]]:
    """For each instance, the name of what owns its pointer, and what that is bound to."""
    name = plan.mechanism.name
    found: list[tuple[str, Recordable | None]]
    if plan.mechanism.kind == "density":
        found = [(grid.place_of(int(grid.node[segment])) + f".{name}", None) for segment in plan.segments]
        mine = [(owner.removesuffix(f".{name}"), owner) for owner, each in document.pointers if each == pointer]
        places = [(place, owner) for place, owner in mine if place != owner and document.places.has(place)]
        # As with values, a section is stronger than a region, and of two regions the later.
        for place, owner in sorted(places, key=lambda item: document.places.of(item[0]) == (item[0],)):
            there = set(grid.segments_of(document.places.of(place)).tolist())
            target = document.pointers[owner, pointer]
            found = [(owner, target) if s in there else had for s, had in zip(plan.segments, found, strict=True)]
    else:
        found = [(owner, document.pointers.get((owner, pointer))) for owner in plan.names]
    unbound = next((owner for owner, target in found if target is None), None)
    if unbound is not None:
        place = "dend." + name if plan.mechanism.kind == "density" else unbound
        raise ValueError(
            f"the pointer {pointer!r} of {unbound} ({name}) points to nothing: bind it, as in "
            f"cell.bind({f'{place}.{pointer}'!r}, soma(0.5).v)"
        )
    return [(owner, target) for owner, target in found if target is not None]


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
    found = instance_of(target, plans, grid)
    if found is not None:
        k, instance, name = found
        if name not in (*plans[k].mechanism.states, *plans[k].kept):
            raise _not_moving(label, target)
        return addresses.state(k, instance, name)
    if target.x is None:
        raise KeyError(f"{label} is bound to {target.label}, but nothing is placed by the name {target.place!r}")
    if target.place not in grid.index:
        raise KeyError(f"{label} is bound to {target.label}, but there is no section {target.place!r}")
    if target.variable == "v":
        return addresses.voltage(grid.node_at(target.place, target.x))
    owner, dot, _ = target.variable.partition(".")
    if dot:
        raise KeyError(f"{label} is bound to {target.label}, but {owner!r} is not inserted there")
    node = int(grid.node[grid.segment_at(target.place, target.x)])
    for ion, its in ions.items():
        for form, what in {f"i{ion}": "current", f"{ion}i": "inside", f"{ion}o": "outside"}.items():
            if target.variable == form and what in its.carries:
                return addresses.ion(ion, what, node)
    raise _not_moving(label, target)


def _not_moving(label: str, target: Recordable) -> ValueError:
    return ValueError(
        f"{label} is bound to {target.label}, which does not move: bind it to a voltage, a state, a current, a "
        "concentration that some mechanism writes, or the total current of an ion"
    )
