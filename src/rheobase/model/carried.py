"""The mechanisms that a document carries with it, whole, because no installation of Rheobase has them."""

import warnings

from rheobase.mechanisms import Mechanism, PointProcess, written
from rheobase.model.connections import refit
from rheobase.model.document import Document
from rheobase.model.targets import target_of


def adopt(document: Document, definition: type[Mechanism]) -> None:
    """Within an edit, make a mechanism the one that its name means in the document.

    Where the document has another of that name, the new one takes its place everywhere, with a warning that says so
    and names the values that it cannot take over.

    **Raises:** `ValueError` for a Python class that was not registered, or one of another kind than what it replaces.
    """
    name, source = definition.name, definition.made_from
    if source is None:
        try:
            known = written(name)
        except KeyError:
            known = None
        if known is not definition:
            raise ValueError(f"the class {name!r} is not registered: put @rheobase.mechanisms.register above it")
    if document.uses(name) and document.mechanism(name) is not definition:
        _replace(document, definition)
    elif source is None:
        document.remove("sources", [name] if name in document.sources else [])
    elif document.sources.get(name) != source:
        document.put(("sources", name), source)


def drop_unused(document: Document) -> None:
    """Within an edit, forget the sources of mechanisms that are in the document no more."""
    document.remove("sources", [name for name in document.sources if not document.uses(name)])


def _replace(document: Document, definition: type[Mechanism]) -> None:
    name, old = definition.name, document.mechanism(definition.name)
    if old.kind != definition.kind:
        raise ValueError(
            f"the cell has a {old.kind} mechanism {name!r} already, and this one is {definition.kind}: take that one "
            "out first"
        )
    if definition.made_from is None:
        document.remove("sources", [name])
    else:
        document.put(("sources", name), definition.made_from)
    lost = _drop_misfits(document, name)
    if issubclass(definition, PointProcess):
        parameters = {parameter.name for parameter in definition.parameters}
        for placement in list(document.placements.values()):
            if placement.mechanism == name:
                values = {**placement.process.values(), **placement.process.lists()}
                fitting = {key: v for key, v in values.items() if key in parameters or key in definition.vectors}
                lost += [f"{placement.name}.{key}" for key in values if key not in fitting]
                document.put(("placements", placement.name), placement.replace(process=definition(**fitting)))
                refit(document, placement.name)
    without = f"; it has no place for {', '.join(sorted(set(lost)))}" if lost else ""
    warnings.warn(f"{name!r} replaces another mechanism of that name in the whole cell{without}", stacklevel=6)


def _drop_misfits(document: Document, name: str) -> list[str]:
    """Remove the assignments that the mechanism of a name cannot take; give their targets."""
    misfits = []
    for key, assignment in document.assignments.items():
        if key[2].partition(".")[0] != name:
            continue
        try:
            value = assignment.value
            target = target_of(document, key[2])
            for number in value if isinstance(value, tuple) else [value] if isinstance(value, float) else []:
                target.checked(number, key[1])
        except (KeyError, ValueError):
            misfits.append(key)
    document.remove("assignments", misfits)
    return [key[2] for key in misfits]
