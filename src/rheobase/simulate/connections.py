"""What events travel along: the connections of a document become the kernel's wiring and arrays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from rheobase.kernel import Connections, Wiring, recurring_size
from rheobase.mechanisms import Mechanism
from rheobase.model import ConnectionSpec
from rheobase.model.connections import SPIKES, checked_value, weight_names
from rheobase.model.document import Document
from rheobase.simulate.addresses import Addresses
from rheobase.simulate.grid import Grid
from rheobase.simulate.ions import IonPlan
from rheobase.simulate.plans import BlockPlan
from rheobase.simulate.pointers import address_of

_MOST_ROUNDS = 256
_MOST_ON_THE_WAY = 256


@dataclass(frozen=True)
class WiringPlan:
    """The connections of a cell, before they have numbers.

    **Fields:** the kernel's `wiring`; the `specs`; `index`, the kernel's arrays that hold no parameters, by name;
    `names`, of each connection's weights; `size`, of the padded arrays.
    """

    wiring: Wiring
    specs: tuple[ConnectionSpec, ...]
    index: Mapping[str, Any]
    names: tuple[tuple[str, ...], ...]
    size: int

    def defaults(self) -> dict[str, float]:
        """Every number of a connection, by name."""
        found: dict[str, float] = {}
        for spec, names in zip(self.specs, self.names, strict=True):
            found |= {f"{spec.name}.{name}": value for name, value in zip(names, spec.weights, strict=True)}
            found |= {f"{spec.name}.delay": spec.delay, f"{spec.name}.threshold": spec.threshold}
        return found

    def checks(self, definitions: Mapping[str, type[Mechanism]]) -> dict[str, Callable[[float], float]]:
        """What raises ValueError for a number out of limits, by name; `definitions` are those of placed processes."""
        found: dict[str, Callable[[float], float]] = {}
        for spec, names in zip(self.specs, self.names, strict=True):
            for name in (*names, "delay", "threshold"):
                found[f"{spec.name}.{name}"] = partial(_check, definitions[spec.target], name, spec.name)
        return found

    def weight_row(self, connection: str, name: str) -> tuple[int, int]:
        """The row and the column of a connection's weight. **Raises:** KeyError, with the names there are."""
        for column, (spec, names) in enumerate(zip(self.specs, self.names, strict=True)):
            if spec.name == connection:
                if name in names:
                    return names.index(name), column
                raise KeyError(f"{connection} has no {name!r} to record; it has {', '.join(names) or 'no weights'}")
        raise KeyError(f"there is no connection {connection!r}")

    def connections(self, params: Mapping[str, Any], batch: tuple[int, ...], xp: Any) -> Connections:
        """The kernel's arrays under normalised parameters."""

        def column(name: str) -> Any:
            given = [_wide(params[f"{spec.name}.{name}"], batch, xp) for spec in self.specs]
            return xp.concatenate([*given, np.zeros((self.size - len(given), *batch))])

        most = max((len(names) for names in self.wiring.weights), default=0)
        rows = []
        for row in range(max(most, 1)):
            given = [
                _wide(params[f"{spec.name}.{names[row]}"] if row < len(names) else np.zeros(1), batch, xp)
                for spec, names in zip(self.specs, self.names, strict=True)
            ]
            rows.append(xp.concatenate([*given, np.zeros((self.size - len(given), *batch))]))
        compared = self.index["compared"].reshape(-1, *(1,) * len(batch))
        threshold = xp.where(compared, column("threshold"), np.inf)
        arrays = {name: array for name, array in self.index.items() if name != "compared"}
        return Connections(**arrays, threshold=threshold, delay=column("delay"), weights=xp.stack(rows))


def plan_wiring(
    document: Document, plans: Sequence[BlockPlan], ions: Mapping[str, IonPlan], grid: Grid
) -> WiringPlan | None:
    """Plan how events travel; None where nothing sends or watches.

    **Raises:** ValueError for a source that sends nothing or does not move, KeyError for one that is not there.
    """
    specs = tuple(document.connections.values())
    if not specs and not any(_begins(plan.mechanism) or plan.mechanism.watches for plan in plans):
        return None
    blocks = [k for k, plan in enumerate(plans) if _takes_part(plan.mechanism)]
    first = dict(zip(blocks, np.cumsum([0, *(len(plans[k].filler) for k in blocks)]).tolist(), strict=False))
    instance = {name: first[k] + row for k in blocks for row, name in enumerate(plans[k].names)}
    count = sum(len(plans[k].filler) for k in blocks)
    size = max(1, len(specs) if len(specs) <= 1 else max(4, recurring_size(len(specs))))
    index: dict[str, Any] = {
        "target": np.full(size, count, np.int32),
        "sender": np.full(size, count, np.int32),
        "array": np.zeros(size, np.int32),
        "offset": np.zeros(size, np.int32),
        "rank": np.zeros(size, np.int32),
        "compared": np.zeros(size, bool),
    }
    addresses = Addresses(plans, ions)
    incoming: dict[int, list[int]] = {}
    for column, spec in enumerate(specs):
        target = instance[spec.target]
        index["target"][column] = target
        index["rank"][column] = len(incoming.setdefault(target, []))
        incoming[target].append(column)
        if spec.source.x is None and spec.source.variable == SPIKES:
            if spec.source.place not in instance:
                raise ValueError(
                    f"{spec.name}: {spec.source.place!r} sends no spikes of its own; connect from its place, such as "
                    "soma(0.5), or from one of its states"
                )
            index["sender"][column] = instance[spec.source.place]
        else:
            address = address_of(spec.source, f"the source of {spec.name}", plans, ions, grid, addresses)
            index["array"][column], index["offset"][column] = address
            index["compared"][column] = True
    streams = []
    for k in blocks:
        rows = range(first[k], first[k] + len(plans[k].filler))
        streams.append(_slots([incoming.get(row, []) for row in rows], size) if plans[k].mechanism.streams else None)
    index["streams"] = tuple(streams)
    used = tuple(np.unique(index["array"][index["compared"]]).tolist())
    definitions = [type(document.placements[spec.target].process) for spec in specs]
    most = max(map(len, incoming.values()), default=0)
    wiring = Wiring(
        blocks=tuple(blocks),
        weights=tuple(plans[k].mechanism.weights for k in blocks),
        used=used,
        queue=_power_of_two(max((spec.delay + 2 for spec in specs), default=2), 4, _MOST_ON_THE_WAY),
        own=4,
        rounds=_power_of_two(2 * most + 8, 8, _MOST_ROUNDS),
    )
    return WiringPlan(wiring, specs, index, tuple(weight_names(d) for d in definitions), size)


def _takes_part(definition: type[Mechanism]) -> bool:
    return definition.receives or definition.watches or _begins(definition)


def _begins(definition: type[Mechanism]) -> bool:
    """Whether it may send itself events at rest, which matter only where they are received."""
    return definition.receives and definition.begin is not Mechanism.begin


def _slots(incoming: list[list[int]], none: int) -> Any:
    """`(most, instances)`, the connections to each instance, filled up with `none`."""
    most = max(1, *map(len, incoming))
    return np.array([[*columns, *[none] * (most - len(columns))] for columns in incoming], np.int32).T


def _power_of_two(least: float, smallest: int, largest: int) -> int:
    size = smallest
    while size < min(least, largest):
        size *= 2
    return size


def _check(definition: type[Mechanism], name: str, owner: str, value: float) -> float:
    return checked_value(definition, name, value, owner)


def _wide(value: Any, batch: tuple[int, ...], xp: Any) -> Any:
    array = xp.asarray(value)
    return xp.broadcast_to(array[:, None] if batch and array.ndim == 1 else array, (1, *batch))
