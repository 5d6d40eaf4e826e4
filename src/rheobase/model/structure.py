"""Edits of the tree: adding, joining, resizing and removing sections."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import numpy as np

from rheobase.model.carried import drop_unused
from rheobase.model.connections import drop_unattached
from rheobase.model.document import Document
from rheobase.model.limits import check_profiles
from rheobase.model.location import Location
from rheobase.model.names import UnknownName, base_name
from rheobase.model.places import regions_of
from rheobase.model.precedence import Resolved
from rheobase.model.profile import Profile
from rheobase.model.targets import target_of
from rheobase.model.values import SectionSpec, Subset
from rheobase.morphology import d_lambda_nseg


def add_section(document: Document, spec: SectionSpec) -> None:
    """Add a section at the end; the first is the root, every other is joined to one that is there.

    **Raises:** `ValueError` for a name that is taken or would make a place ambiguous, a second root or a root
    that is joined to something; `KeyError` for an unknown parent.
    """
    with document.edit(f"Add {spec.name}"), _kept_sound(document):
        _check_new_name(document, spec)
        if spec.parent is None:
            if document.sections:
                root = next(iter(document.sections))
                raise ValueError(
                    f"section {spec.name!r} has no parent, but a cell is one tree and {root!r} is its root: "
                    f"join it, as in parent=cell.section({root!r})(1)"
                )
        elif spec.parent.section == spec.name:
            raise ValueError(f"section {spec.name!r} cannot be its own parent")
        elif spec.parent.section not in document.sections:
            raise UnknownName("section", spec.parent.section, document.sections)
        document.put(("sections", spec.name), spec)


def resize(document: Document, names: Iterable[str], **fields: Any) -> None:
    """Replace `L`, `diam`, `points` or `nseg` of sections.

    On a section with 3-D points, as in NEURON, `diam` gives every point that diameter and `L` scales their
    coordinates about the first point.

    **Raises:** `ValueError` or `TypeError` for what cannot be, and where it would drive a profile out of limits.
    """
    changed = [new for name in names if (new := _resized(document.sections[name], fields)) != document.sections[name]]
    if changed:
        whose = changed[0].name if len(changed) == 1 else f"{len(changed)} sections"
        with document.edit(f"Set {', '.join(fields)} of {whose}"), _kept_sound(document):
            for new in changed:
                document.put(("sections", new.name), new)


def use_d_lambda(document: Document, d_lambda: float, frequency: float) -> None:
    """Give every section the odd number of segments of the d_lambda rule, from its Ra and its cm in the middle."""
    Ra, cm = Resolved(document, "Ra"), Resolved(document, "cm")
    counts = {
        name: d_lambda_nseg(
            L=spec.L,
            diam=spec.diam,
            points=spec.points,
            Ra=float(Ra.at(name)[0]),
            cm=float(cm.at(name)[spec.nseg // 2]),
            d_lambda=d_lambda,
            frequency=frequency,
        )
        for name, spec in document.sections.items()
    }
    with document.edit("Use d_lambda"), _kept_sound(document):
        for name, nseg in counts.items():
            if nseg != document.sections[name].nseg:
                document.put(("sections", name), document.sections[name].replace(nseg=nseg))


def connect(document: Document, name: str, parent: Location, child_end: int) -> None:
    """Join a section, with all that hangs on it, to another place.

    **Raises:** `ValueError` if that would close a loop; `KeyError` for an unknown parent.
    """
    if not isinstance(parent, Location):
        raise TypeError(f"the parent of {name!r} must be a place such as soma(1), not {parent!r}")
    if parent.section not in document.sections:
        raise UnknownName("section", parent.section, document.sections)
    moving = document.places.subtree(name)
    if parent.section in moving:
        raise ValueError(
            f"joining {name!r} to {parent!r} would close a loop: {parent.section!r} is {name!r} or hangs on it"
        )
    with document.edit(f"Join {name} to {parent!r}"), _kept_sound(document):
        new = document.sections[name].replace(parent=parent, child_end=child_end)
        if new != document.sections[name]:
            document.put(("sections", name), new)
        order = list(document.sections)
        if order.index(parent.section) > order.index(name):
            # Parents come before children in a document, so what was moved goes behind its new parent.
            going = set(moving)
            stay = [key for key in order if key not in going]
            document.reorder("sections", stay + [key for key in order if key in going])


def remove_section(document: Document, name: str) -> None:
    """Remove a section, all that hangs on it and all that was assigned, inserted or placed there alone.

    **Raises:** `ValueError` if a profile that stays is measured from one of them.
    """
    going = set(document.places.subtree(name))
    with document.edit(f"Remove {name}"), _kept_sound(document):
        remove_placed(document, [p.name for p in document.placements.values() if p.section in going])
        for subset in list(document.subsets.values()):
            staying = tuple(member for member in subset.sections if member not in going)
            if staying != subset.sections:
                new = Subset(name=subset.name, sections=staying) if staying else None
                if new is None:
                    document.remove("subsets", [subset.name])
                else:
                    document.put(("subsets", subset.name), new)
        document.remove("sections", going)
        drop_what_has_no_place(document)
        for assignment in document.assignments.values():
            value = assignment.value
            if isinstance(value, Profile) and value.origin is not None and value.origin.section in going:
                raise ValueError(
                    f"cannot remove {name!r}: the profile of {assignment.target!r} over {assignment.place!r} is "
                    f"measured from {value.origin!r}; set it again with another origin first"
                )


def remove_placed(document: Document, names: list[str]) -> None:
    """Within an edit, remove placed processes and what depends on them."""
    document.remove("placements", names)
    drop_unattached(document)
    drop_unused(document)


def add_subset(document: Document, name: str, sections: list[str]) -> None:
    """Give a name to some sections, or give the name other sections.

    **Raises:** `ValueError` for no sections or a name that already means something else.
    """
    if not sections:
        raise ValueError(f"subset {name!r} would be empty: name at least one section")
    # Sorted by name, for document order can change.
    subset = Subset(name=name, sections=tuple(sorted(set(sections))))
    if name not in document.subsets and (document.places.has(name) or name in document.placements):
        raise ValueError(f"{name!r} is already a region, a section or a placed process: choose another name")
    if document.subsets.get(name) != subset:
        with document.edit(f"Name {name}"), _kept_sound(document):
            document.put(("subsets", name), subset)
            drop_what_has_no_place(document)


def remove_subset(document: Document, name: str) -> None:
    """Forget a subset and what was assigned or inserted under its name; its sections stay."""
    if name not in document.subsets:
        raise UnknownName("subset", name, document.subsets)
    with document.edit(f"Remove {name}"), _kept_sound(document):
        document.remove("subsets", [name])
        drop_what_has_no_place(document)


def _check_new_name(document: Document, spec: SectionSpec) -> None:
    name, places = spec.name, document.places
    if name in document.sections:
        raise ValueError(f"there is already a section {name!r}: choose another name, such as {_free(document, name)!r}")
    if name in document.placements:
        raise ValueError(f"{name!r} is a placed process: choose another name for the section")
    for region in regions_of(spec):
        if region in document.subsets:
            raise ValueError(f"{region!r} is a subset: choose another name or region for section {name!r}")
        if region in document.placements:
            raise ValueError(f"{region!r} is a placed process: choose another name or region for section {name!r}")
        if region != name and region in document.sections:
            raise ValueError(
                f"section {name!r} would belong to region {region!r}, but there is a section of that very name: "
                f"call that one '{region}[0]', or this one otherwise"
            )
    if name in places.regions:
        raise ValueError(
            f"{name!r} is already a region, of {places.regions[name][0]!r} and others: give this section an index, "
            f"such as {_free(document, name)!r}"
        )


def _free(document: Document, name: str) -> str:
    base = base_name(name)
    index = len(document.places.regions.get(base, ()))
    while f"{base}[{index}]" in document.sections:
        index += 1
    return f"{base}[{index}]" if base not in document.sections else f"{base}_{index + 1}"


def _resized(old: SectionSpec, fields: dict[str, Any]) -> SectionSpec:
    if fields.get("points") is not None:
        return old.replace(**({"L": None, "diam": None} | fields))
    if old.points is None or fields.keys().isdisjoint(("L", "diam")):
        return old.replace(**fields)
    points = np.asarray(old.points)
    # A plain section of the same numbers checks them, in its own words.
    plain = SectionSpec(name=old.name, L=fields.get("L", 1.0), diam=fields.get("diam", 1.0))
    if "diam" in fields:
        points[:, 3] = plain.diam
    if "L" in fields:
        points[:, :3] = points[0, :3] + (points[:, :3] - points[0, :3]) * (plain.geometry.L / old.geometry.L)
    rest = {name: value for name, value in fields.items() if name not in ("L", "diam")}
    return old.replace(**(rest | {"points": points}))


def drop_what_has_no_place(document: Document) -> None:
    """Within an edit, remove insertions and assignments over places that mean no section any more."""
    has = document.places.has
    document.remove("insertions", [key for key in document.insertions if key[0] != "all" and not has(key[0])])
    document.remove("assignments", [key for key in document.assignments if key[1] != "all" and not has(key[1])])
    drop_what_has_no_mechanism(document)


def drop_what_has_no_mechanism(document: Document) -> None:
    """Within an edit, remove assignments to mechanisms that are in no section of their place any more."""
    present: dict[str, set[str]] = {}
    for place, mechanism in document.insertions:
        present.setdefault(mechanism, set()).update(document.places.of(place))
    document.remove(
        "assignments",
        [
            key
            for key in document.assignments
            if (owner := target_of(document, key[2]).mechanism) is not None
            and present.get(owner, set()).isdisjoint(document.places.of(key[1]))
        ],
    )
    drop_unattached(document)
    drop_unused(document)


@contextmanager
def _kept_sound(document: Document) -> Iterator[None]:
    """Carry assignments of one number a segment over a change of the tree, and check profiles against the new tree.

    Each new segment takes the number of the old one at its middle, as NEURON does when nseg changes.

    **Raises:** `ValueError` if a section comes in for which there is no number, or a profile leaves its limits.
    """
    before = {key: _segments(document, key[1]) for key in document.listed}
    yield
    for key, old in before.items():
        assignment, new = document.assignments.get(key), _segments(document, key[1])
        if assignment is None or not isinstance(assignment.value, tuple) or list(old.items()) == list(new.items()):
            continue
        first = dict(zip(old, accumulate(old.values(), initial=0), strict=False))
        carried: list[float] = []
        for name, nseg in new.items():
            if name not in old:
                raise ValueError(
                    f"{assignment.target!r} over {key[1]!r} is one number a segment and has none for {name!r}: "
                    "set it as one number or a profile first"
                )
            carried.extend(assignment.value[first[name] + (2 * i + 1) * old[name] // (2 * nseg)] for i in range(nseg))
        document.put(("assignments", *key), assignment.replace(value=tuple(carried)))
    check_profiles(document)


def _segments(document: Document, place: str) -> dict[str, int]:
    if not document.places.has(place):
        return {}
    return {name: document.sections[name].nseg for name in document.places.of(place)}
