"""The conditions that rules are made of: region, name, subtree, distance, diameter, order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ValidationInfo, model_validator

from rheobase.model.location import Location
from rheobase.model.metric import Direction, Metric, Origin, Point, check_metric, options_text
from rheobase.model.names import PATTERN, checked_name
from rheobase.model.rule import LONGEST, Mask, Rule
from rheobase.units import to_float

if TYPE_CHECKING:
    from rheobase.model.places import Places

Range = tuple[float | None, float | None]

_UNITS = {"path_distance": "um", "radial_distance": "um", "projection": "um", "diam": "um", "L": "um", "order": "1"}


def _names(value: Any, info: ValidationInfo) -> tuple[str, ...]:
    """Give one name or several as a tuple; a section or a region of a cell stands for its name."""
    if value is None or value == ():  # the latter as a rule has it that says nothing of it
        return ()
    field = str(info.field_name)
    items = [value] if isinstance(value, str) or hasattr(value, "name") else value
    if not isinstance(items, Iterable):
        raise TypeError(f"{field} = {value!r}: must be a name or a list of names")
    found: tuple[Any, ...] = tuple(dict.fromkeys(getattr(item, "name", item) for item in items))
    if not found:
        raise ValueError(f"{field} is an empty list: name at least one")
    if len(found) > LONGEST:
        raise ValueError(f"{field} lists {len(found)} names: a rule names at most {LONGEST}")
    for name in found:
        if not isinstance(name, str):
            raise TypeError(f"{field} = {str(name)[:80]!r}: must be a name")
        if field == "name":
            if PATTERN.fullmatch(name) is None:
                raise ValueError(f"name = {name[:80]!r}: must be a section's name or a pattern such as 'dend[*]'")
        else:
            checked_name(name, {"subtree": "section"}.get(field, field))
    return found


def _range(value: Any, info: ValidationInfo) -> Range | None:
    if value is None:
        return None
    field = str(info.field_name)
    if field == "order" and isinstance(value, int) and not isinstance(value, bool):
        value = (value, value + 1)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(f"{field} = {value!r}: must be (from, to), such as (300, None); None leaves a side open")
    low, high = (None if bound is None else to_float(bound, _UNITS[field], field) for bound in value)
    if low is None and high is None:
        raise ValueError(f"{field} = (None, None): takes in everything; leave it out")
    if low is not None and high is not None and low >= high:
        raise ValueError(f"{field} = ({low:g}, {high:g}): nothing is from {low:g} to below {high:g}")
    return low, high


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Bounds = Annotated[Range | None, BeforeValidator(_range)]


class Where(Rule):
    """Conditions that a section must all fulfil. A range takes in its lower bound and not its upper one.

    What is measured is measured at a section's middle, whatever its number of segments.
    """

    METRICS: ClassVar[tuple[Metric, ...]] = get_args(Metric)

    region: Names = ()
    name: Names = ()
    subset: Names = ()
    subtree: Names = ()
    path_distance: Bounds = None
    radial_distance: Bounds = None
    projection: Bounds = None
    diam: Bounds = None
    L: Bounds = None
    order: Bounds = None
    origin: Origin = None
    direction: Direction = None

    @model_validator(mode="after")
    def _says_something(self) -> Where:
        if not self.ranges and not any((self.region, self.name, self.subset, self.subtree)):
            raise ValueError(
                "say which sections: by region, name, subset, subtree, path_distance, radial_distance, projection, "
                "diam, L or order"
            )
        if self.origin is not None and not self.metrics:
            raise ValueError(f"origin = {self.origin!r}: nothing is measured from it; give a distance or a projection")
        for metric in self.metrics:
            check_metric(metric, self.origin, self.direction if metric == "projection" else None)
        if self.direction is not None and self.projection is None:
            raise ValueError(
                f"direction = {self.direction!r}: nothing is measured along it; give projection=(from, to)"
            )
        return self

    @property
    def ranges(self) -> dict[str, Range]:
        """What is held against bounds, by name."""
        return {name: bounds for name in _UNITS if (bounds := getattr(self, name)) is not None}

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """By which metrics it measures."""
        return tuple(name for name in self.METRICS if getattr(self, name) is not None)

    @property
    def depth(self) -> int:
        """None is nested in it."""
        return 1

    def mask(self, places: Places) -> Mask:
        """Tell for each section, in document order, whether it belongs."""
        of_names: list[tuple[tuple[str, ...], Callable[[str], Mask]]] = [
            (self.region, places.in_region),
            (self.name, places.named),
            (self.subset, places.in_subset),
            (self.subtree, places.in_subtree),
        ]
        masks = [np.logical_or.reduce([find(name) for name in names]) for names, find in of_names if names]
        for name, (low, high) in self.ranges.items():
            found = self._numbers(places, name)
            masks.append(found >= (-np.inf if low is None else low))
            masks.append(found < (np.inf if high is None else high))
        return np.asarray(np.logical_and.reduce(masks), bool)

    def leaves(self) -> Iterator[Where]:
        """Give itself."""
        yield self

    def mapped(self, change: Callable[[Where], Where]) -> Rule:
        """Give it changed."""
        return change(self)

    def with_name(self, kind: str, old: str, new: str) -> Where:
        """Give the same condition after a section, region or subset was given another name."""
        fields = {"section": ("name", "subtree"), "region": ("region",), "subset": ("subset",)}[kind]
        names = {field: tuple(new if name == old else name for name in getattr(self, field)) for field in fields}
        changed = {field: value for field, value in names.items() if value != getattr(self, field)}
        return self.replace(**changed) if changed else self

    def written(
        self, lead: str = "", number: Callable[[float], str] = repr, place: Callable[[Location], str] = repr
    ) -> str:
        """Give the call that makes this condition."""
        shown = []
        for field in ("region", "name", "subset", "subtree"):
            names = getattr(self, field)
            if names:
                shown.append(f"{field}={names[0]!r}" if len(names) == 1 else f"{field}={list(names)!r}")
        for field, bounds in self.ranges.items():
            low, high = ("None" if bound is None else number(bound) for bound in bounds)
            shown.append(f"{field}=({low}, {high})")
        return f"{lead}where({', '.join([*shown, *options_text(self, number, place)])})"

    def _numbers(self, places: Places, name: str) -> NDArray[Any]:
        if name == "diam":
            return places.diameters
        if name == "L":
            return places.lengths
        if name == "order":
            return places.orders
        direction = self.direction if name == "projection" else None
        return places.of_middles(next(m for m in self.METRICS if m == name), self.origin, direction)


def where(
    *,
    region: Any = None,
    name: Any = None,
    subset: Any = None,
    subtree: Any = None,
    path_distance: Any = None,
    radial_distance: Any = None,
    projection: Any = None,
    diam: Any = None,
    L: Any = None,
    order: Any = None,
    origin: Location | Point | None = None,
    direction: Any = None,
) -> Where:
    """Make a rule that says which sections belong to a subset. All conditions given must hold.

    A rule is live: `cell.subset("tuft", rule)` means whatever fits at the time. Rules are combined by `&` (both), `|`
    (either), `-` (but not), `^` (only one of them) and `~` (all others).

    **Arguments:**

    - `region`: the name of a region, or a list of which one must fit; so too of the next three.
    - `name`: a section's name or a pattern, such as `"dend[*]"`.
    - `subset`: another subset of the cell.
    - `subtree`: a section; it and all that hangs on it belong.
    - `path_distance`, `radial_distance`, `projection`: `(from, to)`, um: along the tree, through space, or in space
      along `direction`, which is upwards (0, 1, 0) by default; of the middle of a section.
    - `diam`, `L`: `(from, to)`, um: the diameter in the middle of a section, and its length.
    - `order`: the branch order or `(from, to)`: 0 is the root, 1 what is joined to it, and one more beyond each branch
      point.
    - `origin`: what is measured from: a place such as `soma(1)` or, in space, a point (x, y, z); by default the middle
      of the root.

    A range takes in its lower bound and not its upper one; `None` leaves a side open.

    **Raises:** `ValueError` or `TypeError` for what cannot be.

    >>> where(path_distance=(300, None), region="apic")
    where(region='apic', path_distance=(300.0, None))
    >>> where(region="dend") - where(diam=("1 um", None))
    where(region='dend') - where(diam=(1.0, None))
    """
    return Where(
        region=region,
        name=name,
        subset=subset,
        subtree=subtree,
        path_distance=path_distance,
        radial_distance=radial_distance,
        projection=projection,
        diam=diam,
        L=L,
        order=order,
        origin=origin,
        direction=direction,
    )
