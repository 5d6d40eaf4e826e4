"""Values that were found section by section, put on a cell as the few assignments that a person would write."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rheobase.mechanisms import Mechanism
from rheobase.model import Cell
from rheobase.model.names import base_name
from rheobase.model.region import Region
from rheobase.model.section import Section
from rheobase.model.targets import target_of

Found = Mapping[str, NDArray[np.float64]]
"""By section, the value in each of its segments."""

_FEW = 4  # so many sections that differ from the rest of their region are named one by one


def insert_where(cell: Cell, definition: type[Mechanism], sections: Collection[str]) -> tuple[str, ...]:
    """Insert a mechanism into sections: by region or subset where they are the whole of one.

    **Returns:** the places that it was inserted into; none of them overlap.
    """
    places = tuple(_places(cell, sections, definition.name))
    for place in places:
        _handle(cell, place).insert(definition)
    return places


def spread(cell: Cell, targets: Mapping[str, Found], *, within: str | None = None, apart: Collection[str] = ()) -> None:
    """Assign targets so that each section has the values found.

    What is found most often becomes the value of the whole, and what differs is set by region, by section, or as one
    number a segment.

    **Arguments:** `within`: the place to assign over, by default the cell; `apart`: sections for which nothing may be
    assigned.
    """
    members = cell.sections_of(within) if within else tuple(cell.document.sections)
    held = {target: [name for name in members if name in found] for target, found in targets.items()}
    now = {target: target_of(cell.document, target).default for target in targets}
    whole = not set(apart) & set(members)
    for target, found in targets.items():
        base = _most_common(found, held[target]) if whole else None
        if base is not None and base != now[target]:
            if within is None:
                cell.set(target, base)
            else:
                _handle(cell, within).set(target, base)
            now[target] = base
    for target, found in targets.items():
        if within is not None and (within in cell.document.sections or within in cell.document.places.regions):
            _refine(cell, target, found, within, held[target], now[target], whole=whole)
            continue
        for region, names in _by_region(held[target]).items():
            reached = set(cell.sections_of(region))
            _refine(cell, target, found, region, names, now[target], whole=reached <= set(members) - set(apart))


def _refine(
    cell: Cell, target: str, found: Found, region: str, names: Sequence[str], now: float, *, whole: bool
) -> None:
    """Assign what differs from a value within one region; by section where the region may not be assigned as one."""
    off = [name for name in names if not _is(found[name], now)]
    if not off:
        return
    inner = _most_common(found, names)
    if whole and inner is not None and inner != now and (len(names) > 1 or names[0] != region):
        rest = [name for name in names if not _is(found[name], inner)]
        if len(rest) < len(off):
            cell[region].set(target, inner)
            off = rest
    listed = whole and target != "Ra" and len(off) > _FEW and set(names) == set(cell.sections_of(region))
    if listed:
        cell[region].set(target, np.concatenate([found[name] for name in cell.sections_of(region)]))
        return
    for name in off:
        values = found[name]
        cell.section(name).set(target, float(values[0]) if _is(values, values[0]) else values)


def _is(values: NDArray[np.float64], value: float) -> bool:
    return bool((values == value).all())


def _most_common(found: Found, names: Iterable[str]) -> float | None:
    counts = Counter(float(found[name][0]) for name in names if _is(found[name], found[name][0]))
    return counts.most_common(1)[0][0] if counts else None


def _by_region(names: Iterable[str]) -> dict[str, list[str]]:
    regions: dict[str, list[str]] = {}
    for name in names:
        regions.setdefault(base_name(name), []).append(name)
    return regions


def _places(cell: Cell, sections: Collection[str], mechanism: str) -> Iterator[str]:
    wanted = set(sections)
    if wanted == set(cell.document.sections):
        yield "all"
        return
    for subset in cell.document.subsets:
        if set(cell.sections_of(subset)) == wanted:
            yield subset
            return
    left: list[str] = []
    for region, names in _by_region(name for name in cell.document.sections if name in wanted).items():
        if set(names) == set(cell.sections_of(region)):
            yield region
        else:
            left += names
    if len(left) > _FEW:
        name = f"with_{mechanism}"
        while cell.document.places.has(name):
            name += "_"
        cell.subset(name, left)
        yield name
    else:
        yield from left


def _handle(cell: Cell, place: str) -> Section | Region:
    return cell.section(place) if "[" in place else cell[place]
