"""Edits of the tree: adding, joining, resizing and removing sections."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from rheobase.model.carried import drop_unused
from rheobase.model.connections import drop_unattached
from rheobase.model.document import Document
from rheobase.model.limits import check_profiles
from rheobase.model.names import UnknownName, base_name
from rheobase.model.places import regions_of
from rheobase.model.precedence import Reach
from rheobase.model.targets import target_of
from rheobase.model.values import SectionSpec


def add_section(document: Document, spec: SectionSpec) -> None:
    """Add a section at the end; the first is the root, every other is joined to one that is there.

    **Raises:** `ValueError` for a name that is taken or would make a place ambiguous, a second root or a root
    that is joined to something; `KeyError` for an unknown parent.
    """
    with document.edit(f"Add {spec.name}"), kept_sound(document):
        check_new_name(document, spec)
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
        with document.edit(f"Set {', '.join(fields)} of {whose}"), kept_sound(document):
            for new in changed:
                document.put(("sections", new.name), new)


def remove_placed(document: Document, names: list[str]) -> None:
    """Within an edit, remove placed processes and what depends on them."""
    document.remove("placements", names)
    drop_unattached(document)
    drop_unused(document)


def check_rules(document: Document) -> None:
    """Refuse an edit that takes away what the rule of a subset names, or puts it before what it names.

    **Raises:** `ValueError` that says which rule, and what to do first.
    """
    seen: set[str] = set()
    for name, subset in document.subsets.items():
        rule = subset.rule
        seen.add(name)
        if rule is None:
            continue
        for other in rule.named("subset"):
            if other not in document.subsets:
                raise ValueError(
                    f"the rule of subset {name!r} names the subset {other!r}, which would be gone: change or remove "
                    f"{name!r} first"
                )
            if other not in seen:
                raise ValueError(f"the rule of subset {name!r} names the subset {other!r}, so it must come after that")
        measured = {origin.section: "is measured from" for origin in rule.origins()}
        for section, what in [*measured.items(), *((each, "takes the subtree of") for each in rule.named("subtree"))]:
            if section not in document.sections:
                raise ValueError(
                    f"the rule of subset {name!r} {what} {section!r}, which would be gone: change or remove {name!r} "
                    "first"
                )


def check_new_name(document: Document, spec: SectionSpec) -> None:
    """Refuse a section whose name or regions would make a place ambiguous. **Raises:** `ValueError` that says why."""
    name, places = spec.name, document.places
    if name in document.sections:
        raise ValueError(
            f"there is already a section {name!r}: choose another name, such as {free_section(document, name)!r}"
        )
    if name in document.placements or name in document.connections:
        raise ValueError(f"{name!r} is a placed process or a connection: choose another name for the section")
    for region in regions_of(spec):
        if region in document.subsets:
            raise ValueError(f"{region!r} is a subset: choose another name or region for section {name!r}")
        if region in document.placements or region in document.connections:
            raise ValueError(
                f"{region!r} is a placed process or a connection: choose another name or region for section {name!r}"
            )
        if region != name and region in document.sections:
            raise ValueError(
                f"section {name!r} would belong to region {region!r}, but there is a section of that very name: "
                f"call that one '{region}[0]', or this one otherwise"
            )
    if name in places.regions:
        raise ValueError(
            f"{name!r} is already a region, of {places.regions[name][0]!r} and others: give this section an index, "
            f"such as {free_section(document, name)!r}"
        )


def free_section(document: Document, name: str) -> str:
    """Give a name that a new section can have beside one of this name: `dend[4]`, or `soma_2` beside a `soma`."""
    base = base_name(name)
    shown = f"{base}_{{}}" if base in document.sections else f"{base}[{{}}]"
    index = 2 if base in document.sections else len(document.places.regions.get(base, ()))
    others = document.placements.keys() | document.connections.keys()
    while (found := shown.format(index)) in others or document.places.has(found):
        index += 1
    return found


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
    owners = {target: target_of(document, target).mechanism for target in {key[2] for key in document.assignments}}
    reach = Reach(document)
    document.remove(
        "assignments",
        [key for key in document.assignments if (owner := owners[key[2]]) and not reach.of(owner, key[1])],
    )
    drop_unattached(document)
    drop_unused(document)


@dataclass(frozen=True, slots=True)
class Heir:
    """What a section is of one that was there before an edit: the part from `start` to `end`."""

    section: str
    start: float = 0.0
    end: float = 1.0

    def segment(self, index: int, nseg: int, old: int) -> int:
        """Give which of `old` segments the middle of one of `nseg` was in."""
        if (self.start, self.end) == (0.0, 1.0):
            return (2 * index + 1) * old // (2 * nseg)
        x = self.start + (self.end - self.start) * (index + 0.5) / nseg
        return min(int(x * old + 1e-9), old - 1)


@contextmanager
def kept_sound(document: Document, heirs: Mapping[str, Heir] | None = None) -> Iterator[None]:
    """Carry assignments of one number a segment over a change of the tree, and check profiles against the new tree.

    Each new segment takes the number of the old one at its middle, as NEURON does when nseg changes.

    **Arguments:** `heirs`: by name, the sections that are copies or parts of others, or others under a new name.

    **Raises:** `ValueError` if a section comes in for which there is no number, or a profile leaves its limits.
    """
    heirs = {} if heirs is None else heirs
    before = {key: _segments(document, key[1]) for key in document.listed}
    yield
    for key, old in before.items():
        assignment, new = document.assignments.get(key), _segments(document, key[1])
        if assignment is None or not isinstance(assignment.value, tuple):
            continue
        if list(old.items()) == list(new.items()) and heirs.keys().isdisjoint(new):
            continue
        if not new:  # a list of no numbers would refuse every section to come
            document.remove("assignments", [key])
            continue
        first = dict(zip(old, accumulate(old.values(), initial=0), strict=False))
        carried: list[float] = []
        for name, nseg in new.items():
            heir = heirs.get(name, Heir(name))
            if heir.section not in old:
                raise ValueError(
                    f"{assignment.target!r} over {key[1]!r} is one number a segment and has none for {name!r}: "
                    "set it as one number or a profile first"
                )
            start, count = first[heir.section], old[heir.section]
            carried.extend(assignment.value[start + heir.segment(i, nseg, count)] for i in range(nseg))
        document.put(("assignments", *key), assignment.replace(value=tuple(carried)))
    check_rules(document)
    check_profiles(document)


def _segments(document: Document, place: str) -> dict[str, int]:
    if not document.places.has(place):
        return {}
    return {name: document.sections[name].nseg for name in document.places.of(place)}
