"""The cell in three dimensions: its shape, its colours, its electrodes and what was clicked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from rheobase.model import Cell, Change, Location, Recordable, Section
from rheobase.model.shape import cell_shape
from rheobase.simulate import Frames
from rheobase.widgets.actions import ActingWidget
from rheobase.widgets.bundle import bundle
from rheobase.widgets.electrodes import Electrodes

VOLTAGES = (-80.0, 40.0)
"""The voltages, mV, between which colours run unless another range is asked for."""

_LEVELS = 254  # a byte's 256 values less one for "no value" make 255, and so 254 steps


class ViewerTraits(traitlets.HasTraits):
    """What the viewer in the browser reads and writes.

    - `geometry`: float32 (m, 8), both ends of each tapered piece, x y z radius in um; `segments`: int32 (m,), the
      segment of each; `sections`: name, region, first segment and nseg of each section.
    - `segment_diam`, `segment_distance`: float32 (n_segments,), um.
    - `colour_by`, `colour_map`: what the colours mean, and which colours.
    - `values`: float32 (n_segments,), NaN where there is none; `value_label`, `value_unit`, `value_range`.
    - `frames`: uint8 (frames, n_segments) over `frame_range`, 0 where there is no value; `frame_times`: float32, ms.
    - `time`: the moment of the movie that the person stopped at, ms, or None.
    - `marks`: name, letter, colour, section and x of each electrode; `mark_moved`: where one was dragged to.
    - `selected`: section and x of the place that was clicked, or None.
    - `highlighted`: the names of the sections that stand out while the others fade.
    - `height`: of the picture, CSS pixels.
    """

    geometry = traitlets.Bytes().tag(sync=True)
    segments = traitlets.Bytes().tag(sync=True)
    sections: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    segment_diam = traitlets.Bytes().tag(sync=True)
    segment_distance = traitlets.Bytes().tag(sync=True)
    colour_by = traitlets.Enum(("type", "diameter", "distance", "value"), "type").tag(sync=True)
    colour_map = traitlets.Enum(("viridis", "cividis"), "viridis").tag(sync=True)
    values = traitlets.Bytes().tag(sync=True)
    value_label = traitlets.Unicode().tag(sync=True)
    value_unit = traitlets.Unicode().tag(sync=True)
    value_range = traitlets.List([*VOLTAGES]).tag(sync=True)
    frames = traitlets.Bytes().tag(sync=True)
    frame_times = traitlets.Bytes().tag(sync=True)
    frame_range = traitlets.List([*VOLTAGES]).tag(sync=True)
    time = traitlets.Float(None, allow_none=True).tag(sync=True)
    marks: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    mark_moved: Any = traitlets.Dict(None, allow_none=True).tag(sync=True)
    selected: Any = traitlets.Dict(None, allow_none=True).tag(sync=True)
    highlighted: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    height = traitlets.Int(420, min=160, max=4000).tag(sync=True)

    def show_cell(self, cell: Cell) -> None:
        """Show the shape of `cell` as it is now; values of another number of segments are forgotten."""
        shape = cell_shape(cell)
        if sum(section["nseg"] for section in self.sections) != sum(map(int, shape.nseg)):
            self.values = self.frames = self.frame_times = b""
        parts = zip(shape.section_names, shape.types, shape.first_segment, shape.nseg, strict=True)
        self.geometry = _bytes(shape.frusta, np.float32)
        self.segments = _bytes(shape.segment, np.int32)
        self.segment_diam = _bytes(shape.diam, np.float32)
        self.segment_distance = _bytes(shape.path_distance, np.float32)
        self.sections = [
            {"name": name, "region": region, "first": int(first), "nseg": int(nseg)}
            for name, region, first, nseg in parts
        ]

    def show_voltages(self, v: ArrayLike) -> None:
        """Colour each segment by its voltage, mV; what the person has chosen to see since stays chosen."""
        first = not self.values and not self.frames
        self._put_values(self._per_segment(v, "v"), "v", "mV", VOLTAGES)
        if first:
            self.colour_by = "value"

    def show_values(
        self,
        values: ArrayLike | Mapping[Location | Recordable, float],
        label: str = "value",
        *,
        unit: str = "",
        limits: Sequence[float] | None = None,
    ) -> None:
        """Colour the cell by numbers.

        **Arguments:**

        - `values`: one number a segment in document order, NaN where there is none; or numbers by place, such as
          `{soma(0.5): -65.0}`, the rest then having none.
        - `label`, `unit`: what they are, for the colour bar.
        - `limits`: the lowest and highest colour; by default -80 to 40 for mV, else from the least to the greatest.

        **Raises:** ValueError for a wrong number of values or wrong limits, KeyError for an unknown section.
        """
        if isinstance(values, Mapping):
            array = np.full(self._count(), np.nan)
            for place, value in values.items():
                array[self._segment_of(place)] = value
        else:
            array = self._per_segment(values, label)
        self._put_values(array, label, unit, _limits(limits, array, unit))
        self.colour_by = "value"

    def show_movie(self, t: ArrayLike | None, v: ArrayLike | None) -> None:
        """Send voltages (frames, n_segments), mV, at times `t`, ms, to be played in the browser; None clears them."""
        if t is None or v is None:
            self.frames = self.frame_times = b""
        else:
            self._put_frames(np.asarray(t), np.asarray(v), "v", "mV", VOLTAGES)

    def show_frames(
        self,
        frames: Frames | tuple[ArrayLike, ArrayLike],
        label: str = "v",
        *,
        unit: str = "mV",
        limits: Sequence[float] | None = None,
    ) -> None:
        """Colour the cell by a movie, sent once and played in the browser with no help of the kernel.

        **Arguments:**

        - `frames`: the `frames` of a run's results, or times (f,), ms, and values (f, n_segments).
        - `label`, `unit`, `limits`: as for `show_values`.

        **Raises:** ValueError for values of another shape or wrong limits.
        """
        t, v = (np.asarray(part) for part in (frames if isinstance(frames, tuple) else (frames.t, frames.v)))
        self._put_frames(t, v, label, unit, _limits(limits, v, unit))
        self.colour_by = "value"

    def mark(self, place: Location, letter: str = "", *, colour: str = "#d55e00", name: str = "") -> None:
        """Put an electrode at a place. A mark of the same name moves; `name` is the place's own by default."""
        self._segment_of(place)
        name = name or repr(place)
        mark = {"name": name, "letter": letter, "colour": colour, "section": place.section, "x": place.x}
        self.marks = [*(other for other in self.marks if other["name"] != name), mark]

    def unmark(self, name: str) -> None:
        """Take a mark away. **Raises:** KeyError that lists the marks there are."""
        kept = [mark for mark in self.marks if mark["name"] != name]
        if len(kept) == len(self.marks):
            raise KeyError(f"no mark is called {name!r}; there are {[mark['name'] for mark in self.marks]}")
        self.marks = kept

    def select(self, place: Location | None) -> None:
        """Select a place as a click does, or nothing."""
        if place is not None:
            self._segment_of(place)
        self.selected = None if place is None else {"section": place.section, "x": place.x}

    def highlight(self, sections: Iterable[str | Section]) -> None:
        """Let some sections, by name or as handles, stand out while the others fade; none of them ends it.

        **Raises:** KeyError for a section that is not shown.
        """
        names = [section if isinstance(section, str) else section.name for section in sections]
        known = {section["name"] for section in self.sections}
        for name in names:
            if name not in known:
                raise KeyError(f"the cell shown has no section {name!r}")
        self.highlighted = names

    @property
    def selected_place(self) -> Location | None:
        """The place that was clicked last."""
        return None if not self.selected else Location(self.selected["section"], self.selected["x"])

    def on_select(self, callback: Callable[[Location | None], None]) -> Callable[[], None]:
        """Call `callback(place)` whenever another place is selected. **Returns:** a function that ends it."""

        def tell(_: Any) -> None:
            callback(self.selected_place)

        self.observe(tell, "selected")
        return lambda: self.unobserve(tell, "selected")

    def _count(self) -> int:
        return sum(section["nseg"] for section in self.sections)

    def _segment_of(self, place: Location | Recordable) -> int:
        name = place.section if isinstance(place, Location) else place.place
        for section in self.sections:
            if section["name"] == name and place.x is not None:
                return int(section["first"] + min(int(place.x * section["nseg"]), section["nseg"] - 1))
        raise KeyError(f"the cell shown has no section {name!r}")

    def _per_segment(self, values: ArrayLike, label: str) -> NDArray[np.float64]:
        array = np.asarray(values, dtype=np.float64)
        if array.shape != (self._count(),):
            raise ValueError(
                f"{label!r} has the shape {array.shape}, but the cell shown has {self._count()} segments: "
                "give one number a segment, in document order"
            )
        return array

    def _put_values(self, array: NDArray[np.float64], label: str, unit: str, limits: Sequence[float]) -> None:
        self.value_label, self.value_unit, self.value_range = label, unit, [*limits]
        self.values = _bytes(array, np.float32)

    def _put_frames(self, t: NDArray[Any], v: NDArray[Any], label: str, unit: str, limits: Sequence[float]) -> None:
        if v.shape != (len(t), self._count()):
            raise ValueError(
                f"the frames of {label!r} have the shape {v.shape}; "
                f"needed are {len(t)} times by {self._count()} segments"
            )
        self.value_label, self.value_unit, self.value_range = label, unit, [*limits]
        known = v[np.isfinite(v)]
        low, high = (float(known.min()), float(known.max())) if known.size else VOLTAGES
        self.frame_range = [low, high if high > low else low + 1.0]
        self.frame_times = _bytes(t, np.float32)
        self.frames = _quantised(v, *self.frame_range).tobytes()


class MorphologyViewer(ViewerTraits, ActingWidget):
    """A cell in three dimensions, to be turned, zoomed, asked and clicked.

    It follows the cell: a change of its tree shows at once. What is placed on the cell shows as electrodes, which
    can be dragged to another place.

    **Arguments:**

    - `cell`: what is shown.
    - `colour_by`: `"type"`, `"diameter"`, `"distance"` (along the tree) or `"value"`.
    - `values`, `label`, `unit`, `limits`: as for `show_values`.
    - `height`: CSS pixels.

    **Raises:** TypeError for something that is not a cell.

    >>> import rheobase as rb
    >>> cell = rb.Cell("ball")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> viewer = rb.MorphologyViewer(cell)
    >>> viewer.select(soma(0.5))
    >>> viewer.selected_place
    soma(0.5)
    """

    _esm = bundle("spatial.js")
    _stop_observing: Callable[[], None] = staticmethod(lambda: None)  # a refused viewer is closed too

    def __init__(
        self,
        cell: Cell,
        colour_by: str = "type",
        values: ArrayLike | Mapping[Location | Recordable, float] | None = None,
        label: str = "value",
        *,
        unit: str = "",
        limits: Sequence[float] | None = None,
        height: int = 420,
        **traits: Any,
    ) -> None:
        if not isinstance(cell, Cell):
            raise TypeError(f"MorphologyViewer needs a cell, as in MorphologyViewer(cell), not {cell!r}")
        self.cell = cell
        self._electrodes = Electrodes()
        super().__init__(component="viewer", title=cell.name, height=height, **traits)
        with self.hold_sync():
            self.show_cell(cell)
            self._show_placements()
            self.colour_by = colour_by
            if values is not None:
                self.show_values(values, label, unit=unit, limits=limits)
        self._stop_observing = cell.observe(self._changed, grouped=True)
        self.observe(self._mark_dropped, "mark_moved")

    def __repr__(self) -> str:
        return f"<MorphologyViewer of {self.cell!r}>"

    def close(self) -> None:
        """Take the viewer off the page and follow the cell no more."""
        self._stop_observing()
        super().close()

    def _changed(self, changes: Sequence[Change]) -> None:
        kinds = {change.path[1] if change.path[0] == "order" else change.path[0] for change in changes}
        with self.lock, self.hold_sync():
            self.title = self.cell.name
            if "sections" in kinds:
                self.show_cell(self.cell)
            if "placements" in kinds:
                self._show_placements()

    def _show_placements(self) -> None:
        placements = self.cell.placements
        added = [mark for mark in self.marks if not mark.get("placed")]
        self._electrodes.assign([placement.name for placement in placements])
        self.marks = added + [
            {
                "name": placement.name,
                "letter": self._electrodes.letter(placement.name),
                "colour": self._electrodes.colour(placement.name),
                "section": placement.section,
                "x": placement.x,
                "placed": True,
            }
            for placement in placements
            if placement.location is not None
        ]

    def _mark_dropped(self, change: Any) -> None:
        moved = change["new"]
        mark = next((mark for mark in self.marks if moved and mark["name"] == moved["name"]), None)
        if mark is None:
            return
        place = Location(moved["section"], moved["x"])
        if mark.get("placed"):
            self.cell.process(mark["name"]).move(place)
        else:
            self.mark(place, mark["letter"], colour=mark["colour"], name=mark["name"])


def _bytes(array: ArrayLike, dtype: type[np.generic]) -> bytes:
    return np.ascontiguousarray(array, dtype=dtype).tobytes()


def _limits(given: Sequence[float] | None, values: NDArray[Any], unit: str) -> tuple[float, float]:
    """The limits given, checked, or one that suits the values."""
    if given is not None:
        low, high = (float(end) for end in given)
        if not low < high:
            raise ValueError(f"limits = {low:g} to {high:g}: the first number must be the lower one")
        return low, high
    if unit == "mV":
        return VOLTAGES
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _quantised(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Bytes from 1 (`low`) to 255 (`high`), and 0 for what is not finite."""
    scaled = np.clip((values - low) / (high - low), 0.0, 1.0) * _LEVELS + 1.0
    return np.where(np.isfinite(values), np.rint(scaled), 0.0).astype(np.uint8)
