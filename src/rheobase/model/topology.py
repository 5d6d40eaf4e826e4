"""Edits of the tree beyond adding: joining elsewhere, renaming, inserting, splitting, copying, moving, removing.

Each is one step of undo and carries along everything that names the sections it changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.model.document import Document
from rheobase.model.held import held, keep_held
from rheobase.model.location import Location, checked_fraction
from rheobase.model.names import UnknownName, base_name, checked_name
from rheobase.model.precedence import Resolved
from rheobase.model.profile import Profile
from rheobase.model.references import add_members, measure_from, redirect, rename_member, rename_places
from rheobase.model.shape import position
from rheobase.model.structure import (
    Heir,
    check_new_name,
    check_rules,
    drop_what_has_no_place,
    free_section,
    kept_sound,
    remove_placed,
)
from rheobase.model.values import SectionSpec, Subset
from rheobase.morphology.geometry import arc_lengths
from rheobase.units import to_float


def connect(document: Document, name: str, parent: Location, child_end: int, *, carry: bool = False) -> None:
    """Join a section, with all that hangs on it, to another place; with `carry`, move its 3-D points there too.

    **Raises:** `ValueError` if that would close a loop; `KeyError` for an unknown parent.
    """
    _check_place(document, name, parent)
    moving = document.places.subtree(name)
    if parent.section in moving:
        raise ValueError(
            f"joining {name!r} to {parent!r} would close a loop: {parent.section!r} is {name!r} or hangs on it"
        )
    with document.edit(f"Join {name} to {parent!r}"), kept_sound(document):
        if carry:
            _shift(document, moving, _way(document, name, parent))
        new = document.sections[name].replace(parent=parent, child_end=child_end)
        if new != document.sections[name]:
            document.put(("sections", name), new)
        order = list(document.sections)
        if order.index(parent.section) > order.index(name):
            # Parents come before children in a document, so what was moved goes behind its new parent.
            going = set(moving)
            stay = [key for key in order if key not in going]
            document.reorder("sections", stay + [key for key in order if key in going])


def rename(document: Document, old: str, new: str) -> None:
    """Give a section another name, and everything that refers to it with it.

    A name of a new region takes what was set for the old region along, if no other section is of it; otherwise the
    section belongs to both. A name of another region that is there moves the section from one region to the other:
    there it has what was set for it alone, and what is set for that region.

    **Raises:** `ValueError` or `TypeError` for a name that is taken or cannot be.
    """
    spec = document.sections[old]
    if checked_name(new, "section") == old:
        return
    regions = document.places.regions
    before, after = base_name(old), base_name(new)
    alone = all(name == old for name in regions[before])
    moves = after != before and any(name != old for name in regions.get(after, ()))
    places: dict[tuple[str, str], tuple[str, str]] = {("section", old): ("section", new), ("insertion", old): ("", new)}
    region = spec.region
    if after != before and not moves:
        if alone and region != before:
            places |= {("region", before): ("region", after), ("insertion", before): ("", after)}
        elif region is None:
            region = before
    elif old != before:
        pass
    elif moves:  # its name is that of its region too, and what was set for that is its own now
        places["region", old] = ("section", new)
    else:
        del places["insertion", old]
    heirs = {new: Heir(old)}
    with document.edit(f"Rename {old} to {new}"), kept_sound(document, heirs):
        was = held(document, [old])
        if old == before and moves:
            weak = [k for k in document.assignments if k[:2] == ("region", old) and was[old].winners[k[2]].key != k]
            document.remove("assignments", weak)
        _replace(document, old, spec.replace(name=new, region=region))
        redirect(document, lambda at: Location(new, at.x) if at.section == old else at)
        rename_member(document, old, new)
        rename_places(document, places)
        if not moves:
            keep_held(document, was, heirs, renamed={place: now for (_, place), (_, now) in places.items()})
        drop_what_has_no_place(document)


def insert_before(document: Document, name: str, spec: SectionSpec) -> None:
    """Put a section between another and what that is joined to.

    **Arguments:** `spec`: of the new section; its parent is not looked at.

    **Raises:** `ValueError` for the root, which nothing lies before, or a name that is taken.
    """
    below = document.sections[name]
    if below.parent is None:
        raise ValueError(
            f"{name!r} is the root, so there is nothing between it and a parent: add a section that is joined to "
            f"{Location(name, 0)!r} instead"
        )
    with document.edit(f"Insert {spec.name} before {name}"), kept_sound(document):
        check_new_name(document, spec)
        order = list(document.sections)
        order.insert(order.index(name), spec.name)
        document.put(("sections", spec.name), spec.replace(parent=below.parent))
        document.put(("sections", name), below.replace(parent=Location(spec.name, 1 - spec.child_end)))
        document.reorder("sections", order)


def split(document: Document, name: str, x: Any, new: str | None = None) -> str:
    """Cut a section in two at `x`, and join what follows the cut to what comes before it, where it was.

    The part towards the root keeps the name; the other is of the same region, unless its name is of one that is there.
    Segments stay where they are if the cut is between two of them, and get no longer elsewhere. What is on the section
    stays at its place, and every value holds on.

    **Returns:** the name of the new section.

    **Raises:** `ValueError` for an end of the section, or a name that is taken.
    """
    spec, at = document.sections[name], checked_fraction(x)
    reverse = spec.child_end == 1 and spec.parent is not None
    cut = 1 - at if reverse else at  # from the end that is joined
    parts = _cut(spec, cut)
    other = free_section(document, name) if new is None else checked_name(new, "section")
    near = parts[0].replace(name=name, parent=spec.parent)
    region = _shared(spec)
    if (
        region is None
        and base_name(name) not in (name, base_name(other))
        and base_name(other) not in document.places.regions
    ):
        region = base_name(name)
    far = parts[1].replace(name=other, region=region, parent=Location(name, 0.0 if reverse else 1.0))
    # What each part was of the whole, in the direction in which x runs.
    spans = {name: (at, 1.0), other: (0.0, at)} if reverse else {name: (0.0, at), other: (at, 1.0)}

    def to(place: Location) -> Location:
        if place.section != name:
            return place
        part = name if (place.x >= at if reverse else place.x <= at) else other
        start, end = spans[part]
        within = (place.x - start) / (end - start)
        return Location(part, _rounded(within, (near if part == name else far).nseg))

    heirs = {part: Heir(name, start, end) for part, (start, end) in spans.items()}
    with document.edit(f"Split {name}"), _listed(document, name), kept_sound(document, heirs):
        check_new_name(document, far)
        was = held(document, [name])
        order = list(document.sections)
        if order[0] == name:
            measure_from(document, Location(name, 0.5))
        redirect(document, to)
        document.put(("sections", name), near)
        document.put(("sections", other), far)
        order.insert(order.index(name) + 1, other)
        document.reorder("sections", order)
        add_members(document, {other: name})
        _copy_bindings(document, {other: name})
        keep_held(document, was, {other: heirs[other]})
    return other


def copy(document: Document, name: str, to: Location, new: str | None = None) -> str:
    """Join a copy of a section and of all that hangs on it to a place.

    The copies have free names of the same regions, are in the same subsets, and have the mechanisms and values that
    the originals have alone; what is placed on these is not copied. 3-D points are moved to the new place.

    **Returns:** the name of the copy of the section itself.

    **Raises:** `KeyError` for an unknown place, `ValueError` for a name that is taken.
    """
    _check_place(document, name, to)
    originals = document.places.subtree(name)
    copies: dict[str, str] = {}
    with document.edit(f"Copy {name}"):
        heirs: dict[str, Heir] = {}
        with kept_sound(document, heirs):
            was = held(document, originals)
            way = _way(document, name, to)
            for original in originals:
                spec = document.sections[original]
                fresh = new if new is not None and original == name else free_section(document, original)
                copies[original] = fresh
                heirs[fresh] = Heir(original)
                parent = to if original == name or spec.parent is None else spec.parent
                if parent is not to:
                    parent = Location(copies[parent.section], parent.x)
                child_end = 0 if spec.parent is None else spec.child_end
                joint = {"parent": parent, "child_end": child_end}
                copied = _shifted(spec, way).replace(name=fresh, region=_shared(spec), **joint)
                check_new_name(document, copied)
                document.put(("sections", fresh), copied)
            twins = {fresh: original for original, fresh in copies.items()}
            add_members(document, twins)
            _copy_bindings(document, twins)
            keep_held(document, was, heirs, origins=copies)
    return copies[name]


def move(document: Document, name: str, dx: Any, dy: Any, dz: Any) -> None:
    """Move the 3-D points of a section, and of all that hangs on it, by a way in um.

    **Raises:** `ValueError` if none of them has points.
    """
    way = np.array([to_float(value, "um", axis) for axis, value in (("dx", dx), ("dy", dy), ("dz", dz))])
    names = document.places.subtree(name)
    if all(document.sections[each].points is None for each in names):
        raise ValueError(
            f"{name!r} and what hangs on it have no 3-D points, so they have no place of their own: set points first"
        )
    with document.edit(f"Move {name}"), kept_sound(document):
        _shift(document, names, way)


def set_region(document: Document, name: str, region: str | None) -> None:
    """Let a section belong to a region besides that of its base name, or to none.

    **Raises:** `ValueError` or `TypeError` for a name that is taken or cannot be.
    """
    spec = document.sections[name]
    if spec.region != region:
        with document.edit(f"Set region of {name}"), kept_sound(document):
            _replace(document, name, spec.replace(region=region))
            drop_what_has_no_place(document)


def remove_section(document: Document, name: str, *, keep_children: bool = False) -> None:
    """Remove a section and all that was assigned, inserted or placed there alone.

    What hangs on it goes too; with `keep_children` it is joined to what the section was joined to. A root can only
    leave its children if it has one, which becomes the root.

    **Raises:** `ValueError` if a profile that stays is measured from one of them, or a root has several children.
    """
    spec, children = document.sections[name], list(document.places.children.get(name, ()))
    going = {name} if keep_children else set(document.places.subtree(name))
    with document.edit(f"Remove {name}"), kept_sound(document):
        if keep_children and spec.parent is None and len(children) > 1:
            raise ValueError(
                f"{name!r} is the root and {len(children)} sections are joined to it, which would be {len(children)} "
                f"trees without it: join them to one of them first, as in cell.section({children[1]!r}).connect(...)"
            )
        if keep_children:
            for child in children:
                below = document.sections[child]
                joined = below.replace(parent=spec.parent) if spec.parent else _as_root(below)
                document.put(("sections", child), joined)
            if spec.parent is None and children:
                first = document.places.subtree(children[0])
                document.reorder("sections", [name, *first])
        remove_placed(document, [p.name for p in document.placements.values() if p.section in going])
        for subset in list(document.subsets.values()):
            staying = tuple(member for member in subset.sections if member not in going)
            if staying != subset.sections:
                if not staying:
                    document.remove("subsets", [subset.name])
                else:
                    document.put(("subsets", subset.name), Subset(name=subset.name, sections=staying))
        document.remove("sections", going)
        check_rules(document)
        drop_what_has_no_place(document)
        for assignment in document.assignments.values():
            value = assignment.value
            if isinstance(value, Profile) and isinstance(value.origin, Location) and value.origin.section in going:
                raise ValueError(
                    f"cannot remove {name!r}: the profile of {assignment.target!r} over {assignment.place!r} is "
                    f"measured from {value.origin!r}; set it again with another origin first"
                )


def _check_place(document: Document, name: str, place: Any) -> None:
    if not isinstance(place, Location):
        raise TypeError(f"the parent of {name!r} must be a place such as soma(1), not {place!r}")
    if place.section not in document.sections:
        raise UnknownName("section", place.section, document.sections)


def _replace(document: Document, name: str, spec: SectionSpec) -> None:
    """Within an edit, put a section in the place of another, after checking its name and region as of a new one."""
    order = [spec.name if each == name else each for each in document.sections]
    document.remove("sections", [name])
    check_new_name(document, spec)
    document.put(("sections", spec.name), spec)
    document.reorder("sections", order)


def _shared(spec: SectionSpec) -> str | None:
    """Give the region that another section can have with one: none that goes by the section's very name."""
    return None if spec.region == spec.name else spec.region


def _as_root(spec: SectionSpec) -> SectionSpec:
    """Give a section without a parent, its x running as it did."""
    points = spec.points[::-1] if spec.points is not None and spec.child_end == 1 else spec.points
    return spec.replace(parent=None, child_end=0, points=points)


def _cut(spec: SectionSpec, x: float) -> tuple[SectionSpec, SectionSpec]:
    """Give the two parts of a section that is cut at `x` from the end that is joined."""
    if not 0 < x < 1:
        raise ValueError(f"{spec.name!r} can only be cut between its ends, not at {Location(spec.name, x)!r}")
    first, second = _counts(spec.nseg, x)
    if spec.points is None:
        L = spec.geometry.L
        return spec.replace(L=L * x, nseg=first), spec.replace(L=L - L * x, nseg=second)
    before, after = _cut_points(np.array(spec.points), x)
    return spec.replace(points=before, nseg=first), spec.replace(points=after, nseg=second)


def _counts(nseg: int, x: float) -> tuple[int, int]:
    """Give the numbers of segments of two parts: as they are if the cut is between two, else so that none is longer."""
    whole = round(x * nseg)
    if 0 < whole < nseg and abs(x * nseg - whole) < 1e-6:
        return whole, nseg - whole
    return int(np.ceil(x * nseg)), int(np.ceil((1 - x) * nseg))


def _rounded(x: float, nseg: int) -> float:
    """Give a place without the last digits of a division, which could put it into the segment before its own."""
    rounded = round(min(max(x, 0.0), 1.0), 12)
    above = rounded + 1e-12
    return above if above < 1 and int(above * nseg) > int(rounded * nseg) else rounded


def _cut_points(points: NDArray[np.float64], x: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    arc = arc_lengths(points)
    at = x * arc[-1]
    near = int(np.argmin(np.abs(arc - at)))
    if abs(arc[near] - at) < 1e-6 * arc[-1] and 0 < arc[near] < arc[-1]:
        # At a point already. A step of diameter there belongs to what comes before it, as in the segments' areas.
        last = int(np.searchsorted(arc, arc[near], side="right")) - 1
        return points[: last + 1], points[last:]
    after = int(np.searchsorted(arc, at, side="right"))
    fraction = (at - arc[after - 1]) / (arc[after] - arc[after - 1])
    between = points[after - 1] + fraction * (points[after] - points[after - 1])
    return np.vstack([points[:after], between]), np.vstack([between, points[after:]])


def _way(document: Document, name: str, to: Location) -> NDArray[np.float64]:
    """Give the way from where a section is joined, or begins, to another place of the cell's picture, um."""
    spec = document.sections[name]
    if all(document.sections[each].points is None for each in document.places.subtree(name)):
        return np.zeros(3)
    here = Location(name, 0.0) if spec.parent is None else spec.parent
    return position(document, to) - position(document, here)


def _shift(document: Document, names: Sequence[str], way: NDArray[np.float64]) -> None:
    for name in names:
        spec = document.sections[name]
        if spec.points is not None and way.any():
            document.put(("sections", name), _shifted(spec, way))


def _shifted(spec: SectionSpec, way: NDArray[np.float64]) -> SectionSpec:
    if spec.points is None or not way.any():
        return spec
    return spec.replace(points=np.array(spec.points) + np.append(way, 0.0))


@contextmanager
def _listed(document: Document, name: str) -> Iterator[None]:
    """Within an edit, first turn profiles that are told from one section as a whole into lists of what they give."""
    for key in [key for key in document.profiled if key[:2] == ("section", name)]:
        assignment = document.assignments[key]
        if isinstance(assignment.value, Profile) and assignment.value.depends_on_place:
            given = tuple(Resolved(document, key[2]).at(name).tolist())
            document.put(("assignments", *key), assignment.replace(value=given))
    yield


def _copy_bindings(document: Document, heirs: Mapping[str, str]) -> None:
    """Within an edit, bind the pointers of mechanisms in new sections as they are in those they come from."""
    for new, old in heirs.items():
        for (owner, pointer), target in list(document.pointers.items()):
            place, dot, mechanism = owner.rpartition(".")
            if dot and place == old:
                document.put(("pointers", f"{new}.{mechanism}", pointer), target)
