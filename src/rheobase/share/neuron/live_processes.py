"""Point processes and connections of a cell that lives in NEURON."""

from typing import Any, Literal

from rheobase.mechanisms import PointProcess
from rheobase.model import Cell, Location, Placed, connect
from rheobase.model.names import NAME, RESERVED
from rheobase.share.error import ExchangeError
from rheobase.share.neuron.live_membrane import definition_of


def take_processes(
    cell: Cell, names: dict[Any, str], owner: Any, missing: Literal["error", "skip"], notes: list[str]
) -> None:
    """Place what sits on the sections, what sends events to it, and the connections between."""
    held = _held_names(owner)
    placed: dict[str, Placed] = {}
    # The end of a section shows what sits on the node of its parent too.
    there = {
        process.hname(): process
        for section in names
        for segment in section.allseg()
        for process in segment.point_processes()
    }
    for process in sorted(there.values(), key=_order):
        at = process.get_segment()
        _place(cell, process, Location(names[at.sec], at.x), held, placed, missing, notes)
    _take_connections(cell, names, held, placed, missing, notes)


def _take_connections(
    cell: Cell,
    names: dict[Any, str],
    held: dict[str, str],
    placed: dict[str, Placed],
    missing: Literal["error", "skip"],
    notes: list[str],
) -> None:
    from neuron import h

    waiting = [nc for nc in h.List("NetCon") if nc.syn() is not None]
    # An artificial cell belongs to the cell if it reaches it, be it through others.
    grown = True
    while grown:
        grown = False
        for nc in waiting:
            sender = nc.pre()
            if nc.syn().hname() in placed and sender is not None and sender.hname() not in placed:
                grown |= _place(cell, sender, None, held, placed, missing, notes)
    for nc in waiting:
        target = placed.get(nc.syn().hname())
        if target is None:
            continue
        where, sender = nc.preseg(), nc.pre()
        if where is not None and where.sec in names:
            source: Any = Location(names[where.sec], where.x)
        elif sender is not None and sender.hname() in placed:
            source = placed[sender.hname()]
        else:
            what = "nothing that this cell has" if where is None and sender is None else f"{where or sender}"
            notes.append(f"the connection {nc.hname()} to {target.name} comes from {what}, and was left out")
            continue
        weights = [nc.weight[k] for k in range(len(target.process.weights))]
        values = dict(zip(target.process.weights, weights, strict=True))
        given = {"weight" if k == 0 else name: values[name] for k, name in enumerate(target.process.weights)}
        connect(source, target, delay=nc.delay, threshold=nc.threshold, **given)


def _place(
    cell: Cell,
    process: Any,
    location: Location | None,
    held: dict[str, str],
    placed: dict[str, Placed],
    missing: Literal["error", "skip"],
    notes: list[str],
) -> bool:
    """Place one process under its name, if it is known. **Returns:** whether it was."""
    name, _, _ = process.hname().partition("[")
    try:
        definition: Any = definition_of(name, "artificial" if location is None else "point")
    except ExchangeError as error:
        if missing == "error":
            raise
        notes.append(f"left out: {error}")
        placed.pop(process.hname(), None)
        return False
    made: PointProcess = definition(**_values(definition, process))
    if definition.pointers:
        notes.append(f"what the pointers of {process.hname()} point to cannot be read from NEURON: bind them anew")
    wanted = held.get(process.hname())
    free = wanted is not None and wanted not in cell.document.placements and not cell.document.places.has(wanted)
    placed[process.hname()] = cell.place(made, location, name=wanted if free else None)
    return True


def _values(definition: type[PointProcess], process: Any) -> dict[str, float]:
    values = {}
    for parameter in definition.parameters:
        name = parameter.name
        if parameter.scope == "global":
            continue
        if definition.name == "VClamp" and name[:-1] in ("dur", "amp"):
            values[name] = float(getattr(process, name[:-1])[int(name[-1]) - 1])
        elif isinstance(value := getattr(process, name, None), (int, float)):
            values[name] = float(value)  # the seed of a NetStim is a function in NEURON
    return values


def _held_names(owner: Any) -> dict[str, str]:
    """The attributes of a cell's instance that hold processes, by NEURON's name of each."""
    found: dict[str, str] = {}
    if owner is None:
        return found
    attributes = vars(owner)
    if type(owner).__name__ == "HocObject":  # an instance of a hoc template, whose own dictionary has names alone
        attributes = {name: getattr(owner, name, None) for name in dir(owner) if not name.startswith("_")}
    for name, value in attributes.items():
        if not NAME.fullmatch(name) or name in RESERVED:
            continue
        pairs: list[tuple[str, Any]] = [(name, value)]
        if isinstance(value, (list, tuple)):
            pairs = [(f"{name}[{k}]", each) for k, each in enumerate(value)]
        elif isinstance(value, dict):
            pairs = [(f"{name}[{k}]", each) for k, each in value.items() if isinstance(k, int) and k >= 0]
        for label, each in pairs:
            if type(each).__name__ == "HocObject" or hasattr(each, "get_segment"):
                hname = getattr(each, "hname", None)
                if hname is not None:
                    found.setdefault(hname(), label)
    return found


def _order(process: Any) -> tuple[str, int]:
    name, _, index = process.hname().partition("[")
    return name, int(index[:-1] or 0)
