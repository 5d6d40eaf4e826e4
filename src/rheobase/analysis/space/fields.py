"""A variable on every segment of a cell over time, and along the way from one place to another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.experiments import rerecorded
from rheobase.analysis.space.variables import sections_with
from rheobase.kernel import integrator
from rheobase.model import Cell, Location
from rheobase.model.names import UnknownName
from rheobase.simulate import Progress, Simulation

_MOST_FRAMES = 400
_NEAR = 1e-6  # of a length, um; what rounding alone may make of it


@dataclass(frozen=True, repr=False, eq=False)
class Field:
    """A variable on every segment.

    **Fields:** `variable`, `unit`; `t`: ms, `(frames,)`; `values`: float32 `(frames, n_segments)` in document order,
    NaN where the variable is not.
    """

    variable: str
    unit: str
    t: NDArray[np.float64]
    values: NDArray[np.float32]

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest value."""
        if np.isnan(self.values).all():
            return 0.0, 1.0
        return float(np.nanmin(self.values)), float(np.nanmax(self.values))

    def __repr__(self) -> str:
        return f"<Field of {self.variable} on {self.values.shape[1]} segments at {len(self.t)} times>"


@dataclass(frozen=True)
class Way:
    """The segments on the way from one place to another, in order, and how far each is from the first (um)."""

    segments: NDArray[np.int64]
    distance: NDArray[np.float64]


def record_field(
    simulation: Simulation,
    variable: str,
    *,
    frames: int = 200,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Field:
    """Run a simulation anew and record a variable wherever its membrane has it.

    **Arguments:** `frames`: how many times, at most. `progress`, `cancelled`: as for `Simulation.run`.

    **Raises:** KeyError for a variable that is nowhere; Cancelled.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20, nseg=3)
    >>> record_field(rb.Simulation(cell, tstop=1), "v").values.shape
    (41, 3)
    """
    cell = simulation.cell
    having = set(sections_with(cell, variable))
    if not having:
        raise UnknownName("variable of the membrane called", variable, ("v",))
    rows, record = [], []
    first = 0
    for section in cell.sections:
        if section.name in having:
            for k in range(section.nseg):
                rows.append(first + k)
                record.append(section((k + 0.5) / section.nseg)[variable])
        first += section.nseg
    frames = max(2, min(frames, _MOST_FRAMES))
    if integrator(simulation.protocol.method).adaptive:
        found = rerecorded(simulation, record).run(progress, cancelled)
        found = found.at(np.linspace(0.0, found.t[-1], frames))
    else:
        apart = max(1, -(-simulation.samples // (frames - 1)))
        found = rerecorded(simulation, record, apart=apart).run(progress, cancelled)
    values = np.full((len(found.t), first), np.nan, np.float32)
    values[:, rows] = found.values.T
    return Field(variable, found.units[0], found.t, values)


def way_between(cell: Cell, start: Location, end: Location) -> Way:
    """Find the segments on the way from one place to another.

    **Raises:** KeyError for a section that is not there; ValueError for places on different trees.

    >>> import rheobase as rb
    >>> cell = rb.Cell("fork")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> left, right = (cell.add_section(name, L=100, diam=1, nseg=2, parent=soma(1)) for name in ("left", "right"))
    >>> way_between(cell, left(1), right(0.1)).segments
    array([2, 1, 3])
    """
    there, back = cell.path_distance(start), cell.path_distance(end)
    ends = [_segment(cell, place) for place in (start, end)]
    whole = there[ends[1]]
    if not np.isfinite(whole):
        raise ValueError(f"{start!r} and {end!r} are not on one tree")
    # What lies off the way is passed on neither leg, and so farther in all.
    legs = there + back
    on = np.flatnonzero(legs <= legs[ends].min() + _NEAR * whole)
    on = np.union1d(on, ends)
    on = on[np.argsort(there[on], kind="stable")]
    return Way(on, there[on])


def _segment(cell: Cell, place: Location) -> int:
    first = 0
    for section in cell.sections:
        if section.name == place.section:
            return first + min(int(place.x * section.nseg), section.nseg - 1)
        first += section.nseg
    raise UnknownName("section", place.section, [section.name for section in cell.sections])
