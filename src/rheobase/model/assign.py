"""Edits of the membrane: mechanisms inserted, values assigned, processes placed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from rheobase.mechanisms import ION_DEFAULTS, ChannelSpec, Mechanism, PointProcess
from rheobase.model.carried import adopt
from rheobase.model.document import Document
from rheobase.model.limits import check_profile, path_distances
from rheobase.model.location import Location
from rheobase.model.names import UnknownName, is_pattern
from rheobase.model.precedence import Reach
from rheobase.model.profile import Profile
from rheobase.model.profile_kinds import sampled
from rheobase.model.structure import drop_what_has_no_mechanism
from rheobase.model.targets import Target, known_ions, target_of
from rheobase.model.values import Assignment, Insertion, Placement

Scope = Literal["cell", "region", "section"]


def scope_of(place: str) -> Scope:
    """Tell the strength of an assignment to a place that was looked up by name: `dend[3]` can only be a section."""
    return "section" if "[" in place and not is_pattern(place) else "region"


def insert(
    document: Document, places: Sequence[tuple[Scope, str]], mechanism: Any, parameters: Mapping[str, Any]
) -> None:
    """Insert a density mechanism into places, each with the scope of the assignments it takes, and set parameters.

    **Raises:** `KeyError` for an unknown mechanism or parameter, `ValueError` for a point process or a value out
    of limits.
    """
    definition = _density(document, mechanism)
    name = definition.name
    with document.edit(f"Insert {name}"):
        adopt(document, definition)
        for scope, place in places:
            if (place, name) not in document.insertions:
                document.put(("insertions", place, name), Insertion(place=place, mechanism=name))
            for parameter, value in parameters.items():
                assign(document, scope, place, f"{name}.{parameter}", value)


def uninsert(document: Document, places: Sequence[str], mechanism: Any) -> None:
    """Take a mechanism out of places, with the values assigned to it where it is left nowhere.

    **Raises:** `ValueError` if it was not inserted into just that place.
    """
    name = _density(document, mechanism).name
    with document.edit(f"Take {name} out"):
        for place in places:
            if (place, name) not in document.insertions:
                members = set(document.places.of(place))
                wider = [p for p, m in document.insertions if m == name and members & set(document.places.of(p))]
                remedy = (
                    f"it was inserted into {wider[0]!r}: take it out there and insert it where it belongs"
                    if wider
                    else "it is in none of its sections"
                )
                raise ValueError(f"{name!r} was not inserted into {place!r} as such; {remedy}")
            document.remove("insertions", [(place, name)])
        drop_what_has_no_mechanism(document)


def assign(document: Document, scope: Scope, place: str, target: str, value: Any) -> None:
    """Give a target a value over a place: a number, one number a segment, a profile or a Python function.

    An assignment that is made again keeps its place in the order, unless another region was given the same target
    since: then it goes to the end, so that the later wins.

    **Raises:** `KeyError` for an unknown target; `ValueError` or `TypeError` for a value that cannot be.
    """
    aim = target_of(document, target)
    _check_reach(document, aim, scope, place)
    new = Assignment(scope=scope, place=place, target=target, value=_value(document, aim, place, value))
    key = (scope, place, target)
    old = document.assignments.get(key)
    if scope == "region" and old is not None:
        later = [other.place for other in document.broad_assignments(target) if other.scope == "region"]
        overtaken = later[-1] != place
    else:
        overtaken = False
    if old == new and not overtaken:
        return
    with document.edit(f"Set {target} of {place}" if scope != "cell" else f"Set {target}"):
        if overtaken:
            document.reorder("assignments", [*(k for k in document.assignments if k != key), key])
        if old != new:
            document.put(("assignments", *key), new)


def unassign(document: Document, scope: Scope, place: str, target: str) -> None:
    """Forget what was assigned, so that the next weaker value holds again."""
    key = (scope, place, target_of(document, target).name)
    if key not in document.assignments:
        raise ValueError(f"{target!r} was not set for {place!r} as such, so there is nothing to forget")
    with document.edit(f"Reset {target} of {place}"):
        document.remove("assignments", [key])


def set_ion(document: Document, places: Sequence[tuple[Scope, str]], ion: str, surroundings: Mapping[str, Any]) -> None:
    """Set an ion's reversal potential (mV) or its concentrations inside and outside (mM) over places.

    **Raises:** `KeyError` for an unknown ion, `ValueError` if nothing or a value that cannot be is given.
    """
    if ion not in ION_DEFAULTS and ion not in (ions := known_ions(document)):
        raise UnknownName("ion", ion, ions)
    given = {name: value for name, value in surroundings.items() if value is not None}
    if not given:
        raise ValueError(f"say what of {ion!r} to set: reversal= (mV), inside= or outside= (mM)")
    with document.edit(f"Set {ion}"):
        for scope, place in places:
            for name, value in given.items():
                assign(document, scope, place, f"{ion}.{name}", value)


def place(document: Document, process: PointProcess, location: Location | None, name: str | None) -> Placement:
    """Put a point process at a place, or an artificial cell, which has none.

    **Raises:** `TypeError` for something that is no point process or place, `KeyError` for an unknown section,
    `ValueError` for a name that is taken.
    """
    if isinstance(process, type) and issubclass(process, PointProcess):
        raise TypeError(f"place needs a {process.name} with its values, such as {process.name}(...), not the class")
    if not isinstance(process, PointProcess):
        raise TypeError(f"only a point process such as IClamp(...) can be placed, not {process!r}")
    if process.kind == "artificial":
        if location is not None:
            raise ValueError(f"{process.name} is an artificial cell, which is nowhere: place it without a location")
    else:
        check_location(document, location)
    if name is None:
        name = free_name(process.name, {**document.placements, **document.connections})
    elif name in document.placements or name in document.connections:
        raise ValueError(f"there is already a placed process or a connection {name!r}: choose another name")
    section, x = (None, None) if location is None else (location.section, location.x)
    placement = Placement(name=name, process=process, section=section, x=x)
    if document.places.has(name):
        raise ValueError(f"{name!r} is a region, subset or section: choose another name for the {process.name}")
    with document.edit(f"Place {name}"):
        adopt(document, type(process))
        document.put(("placements", name), placement)
    return placement


def free_name(mechanism: str, taken: Mapping[str, Any]) -> str:
    """Give the first of `IClamp[0]`, `IClamp[1]`, ... that is not taken."""
    index = 0
    while f"{mechanism}[{index}]" in taken:
        index += 1
    return f"{mechanism}[{index}]"


def check_location(document: Document, location: Any) -> None:
    """Refuse what is no place on the cell. **Raises:** `TypeError`; `KeyError` for an unknown section."""
    if not isinstance(location, Location):
        raise TypeError(f"say where by a place such as soma(0.5), not {location!r}")
    if location.section not in document.sections:
        raise UnknownName("section", location.section, document.sections)


def _density(document: Document, mechanism: Any) -> type[Mechanism]:
    if isinstance(mechanism, ChannelSpec):
        definition = mechanism.mechanism
    elif isinstance(mechanism, type) and issubclass(mechanism, Mechanism):
        definition = mechanism
    else:
        try:
            definition = document.mechanism(mechanism)
        except (KeyError, TypeError):
            raise UnknownName("mechanism", mechanism, document.mechanism_names("density")) from None
    name = definition.name
    if definition.kind == "point":
        raise ValueError(f"{name} is a point process: put it at a place, as in cell.place({name}(...), soma(0.5))")
    if definition.kind != "density":
        raise ValueError(f"{name} is an artificial cell and has no membrane: add it by cell.place({name}(...))")
    return definition


def _check_reach(document: Document, aim: Target, scope: Scope, place: str) -> None:
    document.places.of(place)
    if aim.mechanism is None:
        return
    if aim.is_global and scope != "cell":
        raise ValueError(f"{aim.name} is one number for the whole cell: set it by cell.set({aim.name!r}, ...)")
    if aim.is_global and any(placed.mechanism == aim.mechanism for placed in document.placements.values()):
        return
    if not Reach(document).of(aim.mechanism, place):
        raise ValueError(
            f"{aim.mechanism!r} is not inserted in {place!r}, so {aim.name} cannot be set: insert it first, as in "
            f"cell[{place!r}].insert({aim.mechanism!r})"
        )


def _value(document: Document, aim: Target, place: str, value: Any) -> Any:
    is_list = isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim > 0)
    if (is_list or callable(value) or isinstance(value, Profile)) and (aim.is_global or aim.name == "Ra"):
        whole = "the whole cell" if aim.is_global else "a section, as in NEURON"
        raise ValueError(f"{aim.name} is one number for {whole}: give one number")
    if is_list:
        count = sum(document.sections[name].nseg for name in document.places.of(place))
        if not count:
            raise ValueError(f"{aim.name} of {place!r}: no segments are there to have one each: give one number")
        if np.shape(value) != (count,):
            raise ValueError(
                f"{aim.name} of {place!r}: got values of shape {np.shape(value)}, but {place!r} has {count} segments: "
                "give one number, or one a segment in document order"
            )
        return tuple(aim.checked(number, place) for number in value)
    if callable(value):
        value = sampled(value, path_distances(document, place))
    if isinstance(value, Profile):
        check_profile(document, aim, place, value)
        return value
    return aim.checked(value, place)
