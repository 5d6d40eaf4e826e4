"""The frozen values that a cell's document is made of. Handles show them; edits replace them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, PlainValidator, ValidationInfo, model_validator

from rheobase.documents import Value
from rheobase.mechanisms import PointProcess
from rheobase.model.location import Location, Recordable, checked_fraction
from rheobase.model.names import PATTERN, base_name, checked_name
from rheobase.model.profile import Profile
from rheobase.model.rule import Rule
from rheobase.morphology import SegmentGeometry, lambda_f, segment_geometry
from rheobase.morphology.geometry import arc_lengths
from rheobase.units import to_float

Points = tuple[tuple[float, float, float, float], ...]
MOST_SEGMENTS = 32767  # NEURON's own limit
_MOST_POINTS = 1_000_000


def _positive_um(value: Any, info: ValidationInfo) -> float | None:
    if value is None:
        return None
    name = f"{info.field_name} of section {info.data.get('name')!r}"
    number = to_float(value, "um", name)
    if number <= 0:
        raise ValueError(f"{name} = {value!r} um: must be greater than 0")
    return number


def _segment_count(value: Any, info: ValidationInfo) -> int:
    name = f"nseg of section {info.data.get('name')!r}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} = {value!r}: must be a whole number, such as 1 or 5")
    if not 1 <= value <= MOST_SEGMENTS:
        raise ValueError(f"{name} = {value!r}: must be from 1 to {MOST_SEGMENTS}")
    return int(value)


def _child_end(value: Any, info: ValidationInfo) -> int:
    if isinstance(value, (bool, np.bool_)) or value not in (0, 1):
        raise ValueError(
            f"child_end of section {info.data.get('name')!r} = {value!r}: a section joins its parent by its "
            "end 0 or its end 1"
        )
    return int(value)


def _points(value: Any, info: ValidationInfo) -> Points | None:
    """Round points to float32, as NEURON keeps them, and refuse what has no length or width."""
    if value is None:
        return None
    name = f"points of section {info.data.get('name')!r}"
    wanted = "must be a list of (x, y, z, diam) in um, such as [(0, 0, 0, 2), (100, 0, 0, 1)]"
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name}: {wanted}; the rows differ in length") from None
    if array.dtype.kind not in "iuf" or array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"{name}: {wanted}; got an array of {array.dtype} and shape {array.shape}")
    if not 2 <= len(array) <= _MOST_POINTS:
        raise ValueError(f"{name}: must be at least 2 and at most {_MOST_POINTS}; got {len(array)}")
    with np.errstate(over="ignore"):
        rounded = array.astype(np.float32).astype(np.float64)
    if not np.isfinite(rounded).all():
        row = int(np.argmin(np.isfinite(rounded).all(axis=1)))
        raise ValueError(f"{name}: row {row} = {array[row].tolist()}: must be finite numbers in um")
    if rounded[:, 3].min() <= 0:
        row = int(np.argmin(rounded[:, 3]))
        raise ValueError(f"{name}: row {row} has diameter {array[row, 3]!s} um: must be greater than 0")
    if (rounded[1:, :3] == rounded[0, :3]).all():
        raise ValueError(f"{name}: all lie at one place, so the section has no length; give two that differ")
    return tuple(map(tuple, rounded.tolist()))


def _group(value: Any, what: str) -> str:
    """Give the name of several sections, which has no index, for a name with one means one section."""
    name = checked_name(value, what)
    if "[" in name:
        raise ValueError(f"{name!r} cannot name a {what}: only a section has an index; write {base_name(name)!r}")
    return name


def _place(value: Any) -> str:
    if not isinstance(value, str) or PATTERN.fullmatch(value) is None:
        raise ValueError(
            f"{str(value)[:80]!r} is no place; name a region, a subset, a section or a pattern such as 'dend[*]'"
        )
    return value


def _target(value: Any) -> str:
    if not isinstance(value, str) or not value.replace(".", "", 1).isidentifier() or not value.isascii():
        raise ValueError(
            f"{str(value)[:80]!r} is nothing that can be set; write for example 'Ra', 'hh.gnabar' or 'na.reversal'"
        )
    return value


SectionName = Annotated[str, BeforeValidator(lambda name: checked_name(name, "section"))]
Place = Annotated[str, BeforeValidator(_place)]


@dataclass(frozen=True, eq=False, slots=True)
class Course:
    """A row of x, y, z and diameter, um, for each place along a section. Not compared, for points tell it all."""

    rows: NDArray[np.float64]


class SectionSpec(Value):
    """An unbranched cable: its geometry, its segments and where it joins its parent.

    - `name`: `soma`, `dend[3]`.
    - `region`: one it belongs to besides that of its base name, such as its type in a file, or `None`.
    - `L`, `diam`: length and diameter, um; or else
    - `points`: `(x, y, z, diam)` rows, um, rounded to float32.
    - `nseg`: number of equal segments.
    - `parent`: where it is joined, `None` for the root; `child_end`: the end, 0 or 1, that is joined there.
    """

    name: SectionName
    region: Annotated[str, BeforeValidator(lambda name: _group(name, "region"))] | None = None
    L: Annotated[float | None, BeforeValidator(_positive_um)] = None
    diam: Annotated[float | None, BeforeValidator(_positive_um)] = None
    points: Annotated[Points | None, PlainValidator(_points)] = None
    nseg: Annotated[int, BeforeValidator(_segment_count)] = 1
    parent: Location | None = None
    child_end: Annotated[int, BeforeValidator(_child_end)] = 0

    @model_validator(mode="after")
    def _has_one_geometry(self) -> "SectionSpec":
        given = (self.L is not None, self.diam is not None, self.points is not None)
        if given not in ((True, True, False), (False, False, True)):
            raise ValueError(f"section {self.name!r}: give either both L and diam, or points")
        return self

    @cached_property
    def geometry(self) -> SegmentGeometry:
        """Area, axial resistance factors and mean diameter of each segment."""
        if self.points is None:
            return segment_geometry(L=self.L, diam=self.diam, nseg=self.nseg)
        along = segment_geometry(points=self.points, nseg=self.nseg)
        # As in NEURON, points run from the end that is joined: of a section joined by its end 1, from x = 1 to 0.
        return along.reversed() if self.parent is not None and self.child_end == 1 else along

    @cached_property
    def length_constant(self) -> float:
        """The length constant at 1 Hz, um, were Ra 1 ohm cm and cm 1 uF/cm2; it falls with the root of each."""
        shape = {"diam": self.diam} if self.points is None else {"points": self.points}
        return lambda_f(1.0, Ra=1.0, cm=1.0, **shape)

    @cached_property
    def course(self) -> "Course | None":
        """Where the 3-D points put the `stops`; `None` without points."""
        return None if self.points is None else Course(self.at(self.stops))

    @property
    def stops(self) -> NDArray[np.float64]:
        """The x of the start, of the middle of each segment, of the end and of the middle."""
        return np.concatenate([[0.0], (np.arange(self.nseg) + 0.5) / self.nseg, [1.0, 0.5]])

    def at(self, x: Any) -> NDArray[np.float64]:
        """Give x, y, z and diameter, um, where the 3-D points put places from 0 to 1 along the section."""
        points = np.asarray(self.points)
        arc = arc_lengths(points)
        # Points run from the end that is joined.
        along = (1 - np.asarray(x) if self.parent is not None and self.child_end == 1 else np.asarray(x)) * arc[-1]
        return np.stack([np.interp(along, arc, points[:, column]) for column in range(4)], axis=-1)


class Subset(Value):
    """Sections that a name was given to: those named, or all that fit a rule at the time."""

    name: Annotated[str, BeforeValidator(lambda name: _group(name, "subset"))]
    sections: tuple[str, ...] = ()
    rule: Rule | None = None

    @model_validator(mode="after")
    def _has_one_meaning(self) -> "Subset":
        if (self.rule is not None) == bool(self.sections):
            raise ValueError(f"subset {self.name!r}: give either sections or a rule")
        return self


class Insertion(Value):
    """A density mechanism present in every section of a place, those added later included."""

    place: Place
    mechanism: str


class Assignment(Value):
    """A value given to a parameter over a place.

    - `scope`: `"cell"` (weakest, its place is `all`), `"region"` (the later wins) or `"section"` (strongest).
    - `target`: `Ra` (ohm cm), `cm` (uF/cm2), `hh.gnabar`, `na.reversal` (mV), `ca.inside`, `ca.outside` (mM).
    - `value`: a number; a number for each segment of the place, in document order; or a profile.
    """

    scope: Literal["cell", "region", "section"]
    place: Place
    target: Annotated[str, BeforeValidator(_target)]
    value: float | tuple[float, ...] | Profile

    @property
    def key(self) -> tuple[str, str, str]:
        """What it goes by in a document."""
        return (self.scope, self.place, self.target)


class Placement(Value):
    """A point process at a place, or an artificial cell, which is nowhere, by name."""

    name: Annotated[str, BeforeValidator(lambda name: checked_name(name, "placed process"))]
    process: PointProcess
    section: str | None = None
    x: Annotated[float | None, BeforeValidator(lambda x: None if x is None else checked_fraction(x))] = None

    @property
    def mechanism(self) -> str:
        """The name of the process's mechanism: `IClamp`."""
        return self.process.name

    @property
    def parameters(self) -> dict[str, float]:
        """The process's parameters, by name."""
        return self.process.values()

    @property
    def location(self) -> Location | None:
        """Where the process sits; `None` for an artificial cell."""
        return None if self.section is None or self.x is None else Location(self.section, self.x)


class ConnectionSpec(Value):
    """A way for events from a source to a placed process.

    - `source`: what is compared with the `threshold` (mV, for a voltage); or the `spikes` of a placed process.
    - `target`: the name of the placed process that receives.
    - `weights`: what its mechanism lets a connection carry, in order; `delay`: ms.
    """

    name: Annotated[str, BeforeValidator(lambda name: checked_name(name, "connection"))]
    source: Recordable
    target: str
    weights: tuple[float, ...] = ()
    delay: float = 1.0
    threshold: float = 10.0
