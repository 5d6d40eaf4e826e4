"""Edits of what is joined by events and pointers: connections, and bindings."""

from typing import Any

from rheobase.mechanisms import Mechanism, PointProcess
from rheobase.model.document import Document
from rheobase.model.location import Location, Recordable
from rheobase.model.names import UnknownName, is_pattern, suggestion
from rheobase.model.precedence import Reach
from rheobase.model.values import ConnectionSpec
from rheobase.units import to_float

PREFIX = "NetCon"
SPIKES = "spikes"
_UNITS = {"delay": "ms", "threshold": "mV"}


def connect(
    document: Document, source: Recordable, target: str, values: dict[str, Any], name: str | None = None
) -> ConnectionSpec:
    """Join a source to a placed process by a new connection.

    **Arguments:** `source`: a voltage or another number of the cell, which sends when it rises above the threshold; or
    the `spikes` of a placed process. `values`: weights, `delay` and `threshold`.

    **Raises:** `ValueError` or `TypeError` for what cannot be, `KeyError` for a process that is not there.
    """
    check_source(document, source)
    definition = _receiver(document, target)
    if name is None:
        name = _free_name(document)
    elif name in document.connections or name in document.placements or document.places.has(name):
        raise ValueError(f"the name {name!r} is taken: choose another name for the connection")
    blank = ConnectionSpec(name=name, source=source, target=target, weights=(0.0,) * len(definition.weights))
    spec = _with(document, blank, values)
    with document.edit(f"Connect {source.place} to {target}"):
        document.put(("connections", spec.name), spec)
    return spec


def change(document: Document, name: str, values: dict[str, Any]) -> None:
    """Give a connection other values. **Raises:** as `connect`, and `AttributeError` for one that it does not have."""
    new = _with(document, document.connections[name], values)
    if new != document.connections[name]:
        with document.edit(f"Set {', '.join(values)} of {name}"):
            document.put(("connections", name), new)


def weight_names(definition: type[Mechanism]) -> tuple[str, ...]:
    """What the values of a connection to a mechanism go by: the first by `weight`, the others by their own names."""
    return ("weight", *definition.weights[1:]) if definition.weights else ()


def checked_value(definition: type[Mechanism], name: str, value: Any, owner: str = PREFIX) -> float:
    """Give a connection's weight, delay or threshold as a float. **Raises:** `ValueError` that names it."""
    unit = _UNITS.get(name) or definition.units.get(definition.weights[0] if name == "weight" else name) or "1"
    number = to_float(value, unit, f"{owner}.{name}")
    if name == "delay" and number < 0:
        raise ValueError(f"{owner}.delay = {value!r} ms: must be 0 or more")
    return number


def refit(document: Document, target: str) -> None:
    """Within an edit, fit connections and bindings to the mechanism that a placed process has now."""
    definition = type(document.placements[target].process)
    names = weight_names(definition)
    for spec in [spec for spec in document.connections.values() if spec.target == target]:
        if definition.receives:
            weights = (spec.weights + (0.0,) * len(names))[: len(names)]
            document.put(("connections", spec.name), spec.replace(weights=weights))
        else:
            document.remove("connections", [spec.name])
    document.remove("pointers", [k for k in document.pointers if k[0] == target and k[1] not in definition.pointers])


def drop_unattached(document: Document) -> None:
    """Within an edit, remove the connections and bindings of what is no longer there."""

    def gone(what: Recordable) -> bool:
        return what.place not in (document.placements if what.x is None else document.sections)

    connections, pointers = document.connections, document.pointers
    loose = [c.name for c in connections.values() if c.target not in document.placements or gone(c.source)]
    document.remove("connections", loose)
    unbound = [key for key, at in pointers.items() if gone(at) or pointer_owner(document, key[0]) is None]
    document.remove("pointers", unbound)


def check_source(document: Document, source: Any) -> None:
    """Refuse what is nothing to record, or not there."""
    if not isinstance(source, Recordable):
        raise TypeError(f"name a place such as soma(0.5), or a placed process, not {source!r}")
    if source.x is not None:
        if source.place not in document.sections:
            raise UnknownName("section", source.place, document.sections)
    elif source.place not in document.placements:
        raise UnknownName("placed process", source.place, document.placements)


def bind(document: Document, pointer: str, target: Any) -> None:
    """Bind a pointer, `syn[0].vpre` or `dend.mech.ptr`, to something that can be recorded.

    **Raises:** `KeyError` for a pointer that is not there, `TypeError` for a target that is nothing to record.
    """
    key = _pointer_key(document, pointer)
    if isinstance(target, Location):
        target = target.v
    check_source(document, target)
    if document.pointers.get(key) != target:
        with document.edit(f"Bind {pointer}"):
            document.put(("pointers", *key), target)


def unbind(document: Document, pointer: str) -> None:
    """Let a pointer point nowhere. **Raises:** `ValueError` if it was not bound."""
    key = _pointer_key(document, pointer)
    if key not in document.pointers:
        raise ValueError(f"{pointer!r} is not bound, so there is nothing to undo")
    with document.edit(f"Unbind {pointer}"):
        document.remove("pointers", [key])


def pointer_owner(document: Document, owner: str) -> type[Mechanism] | None:
    """The mechanism whose pointers an owner names: a placed process, or `dend.mech` where that is inserted."""
    if owner in document.placements:
        return type(document.placements[owner].process)
    place, dot, name = owner.rpartition(".")
    if not dot or not document.places.has(place):
        return None
    return document.mechanism(name) if Reach(document).of(name, place) else None


def _pointer_key(document: Document, pointer: Any) -> tuple[str, str]:
    if not isinstance(pointer, str):
        raise TypeError(f"name a pointer by text such as 'syn[0].vpre', not {pointer!r}")
    owner, _, name = pointer.rpartition(".")
    definition = None if is_pattern(owner) else pointer_owner(document, owner)
    if definition is None:
        known = [f"{p.name}.{each}" for p in document.placements.values() for each in p.process.pointers]
        raise UnknownName("pointer", pointer, known)
    if name not in definition.pointers:
        raise UnknownName(f"pointer of {owner!r} called", name, definition.pointers)
    return owner, name


def _receiver(document: Document, target: str) -> type[PointProcess]:
    if target not in document.placements:
        raise UnknownName("placed process", target, document.placements)
    definition = type(document.placements[target].process)
    if not definition.receives:
        raise ValueError(f"{target!r} is a {definition.name}, which receives no events: connect to a synapse")
    return definition


def _with(document: Document, spec: ConnectionSpec, values: dict[str, Any]) -> ConnectionSpec:
    definition = _receiver(document, spec.target)
    names = weight_names(definition)
    weights, rest = dict(zip(names, spec.weights, strict=True)), dict[str, float]()
    for key, value in values.items():
        name = names[0] if definition.weights and key == definition.weights[0] else key
        if name not in weights and name not in _UNITS:
            known = (*names, *_UNITS)
            raise AttributeError(f"a connection to {definition.name} has no {key!r}{suggestion(key, known)}")
        number = checked_value(definition, name, value, spec.name)
        (weights if name in weights else rest)[name] = number
    return spec.replace(weights=tuple(weights.values()), **rest)


def _free_name(document: Document) -> str:
    index = 0
    while f"{PREFIX}[{index}]" in document.connections or f"{PREFIX}[{index}]" in document.placements:
        index += 1
    return f"{PREFIX}[{index}]"
