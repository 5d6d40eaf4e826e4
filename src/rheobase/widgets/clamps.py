"""The electrodes of a cell: added, moved, changed and removed by hand."""

from typing import Any

import traitlets

from rheobase.mechanisms import written
from rheobase.model import Cell, Location, Placement
from rheobase.widgets.actions import action
from rheobase.widgets.bundle import bundle
from rheobase.widgets.electrodes import Electrodes
from rheobase.widgets.quantities import quantity
from rheobase.widgets.session import Event
from rheobase.widgets.studies import StudyWidget

CLAMPS = {
    "IClamp": ("Current clamp", "injects a current and records the voltage"),
    "SEClamp": ("Voltage clamp", "holds three voltages in turn through one electrode"),
    "VClamp": ("Two-electrode clamp", "holds three voltages in turn by an amplifier with feedback"),
}
# What the large slider moves: the current, or the level of the test step.
_MAIN = ("amp", "amp2", "gmax")

# How a clamp is when it is placed by a click: ready, and without effect on an unclamped cell where that can be.
_FIRST = {
    "IClamp": {"delay": 5, "dur": 80, "amp": 0},
    "SEClamp": {"dur1": 10, "amp1": -65, "dur2": 20, "amp2": 0, "dur3": 20, "amp3": -65},
    "VClamp": {"dur1": 10, "amp1": -65, "dur2": 20, "amp2": 0, "dur3": 20, "amp3": -65},
}


class ClampTraits(StudyWidget):
    """The electrodes as the browser reads them, and the answers to what it asks to do with them."""

    clamps: Any = traitlets.List().tag(sync=True)
    clamp_kinds: Any = traitlets.List().tag(sync=True)
    section_names: Any = traitlets.List().tag(sync=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._placed_values: dict[str, dict[str, float]] = {}
        super().__init__(*args, **kwargs)

    def hear(self, event: Event) -> None:
        """Bring the list up to date with the document."""
        super().hear(event)
        if event.kind == "opened":
            self.clamp_kinds = [{"mechanism": name, "title": t, "doc": d} for name, (t, d) in CLAMPS.items()]
        if "sections" in event.paths:
            self.section_names = [section.name for section in self.session.cell.sections]
        if "placements" in event.paths or event.kind == "settings":
            self.clamps = self._electrodes()

    @action("clamp.add")
    def add_clamp(self, mechanism: str, section: str | None = None, x: float = 0.5) -> dict[str, Any]:
        """Place a clamp, by default in the middle of the root."""
        if mechanism not in CLAMPS:
            raise ValueError(f"there is no clamp {mechanism!r}; there are {', '.join(CLAMPS)}")
        cell = self.session.cell
        where = root_of(cell) if section is None else Location(section, x)
        definition: Any = written(mechanism)
        placed = cell.place(definition(**_FIRST[mechanism]), where)
        return {"name": placed.name}

    @action("clamp.remove")
    def remove_clamp(self, name: str) -> None:
        """Take an electrode off the cell."""
        self.session.cell.process(name).remove()

    @action("clamp.move")
    def move_clamp(self, name: str, section: str, x: float) -> None:
        """Put an electrode elsewhere."""
        self.session.cell.process(name).move(Location(section, x))

    @action("clamp.set")
    def set_clamp(self, key: str, value: float | str, gesture: str) -> None:
        """Change one parameter; all values of one gesture are one step of undo."""
        name, _, parameter = key.rpartition(".")
        cell = self.session.cell
        with cell.edit(f"Set {parameter} of {name}", coalesce=(self.model_id, key, gesture)):
            cell.process(name).set(**{parameter: value})

    @action("clamp.set.reset")
    def reset_clamp(self, key: str) -> None:
        """Give a parameter back the value that it had when this widget first showed it."""
        name, _, parameter = key.rpartition(".")
        self.session.cell.process(name).set(**{parameter: self._placed_values[name][parameter]})

    def _electrodes(self) -> list[dict[str, Any]]:
        own = self.session.cell.placements
        fixed = self.session.protocol.placements(placement.name for placement in own)
        present = {placement.name for placement in own}
        self._placed_values = {name: v for name, v in self._placed_values.items() if name in present}
        for placement in own:
            self._placed_values.setdefault(placement.name, placement.parameters)
        return [
            electrode(placement, self.session.electrodes, self._placed_values.get(placement.name), placement in fixed)
            for placement in (*own, *fixed)
            if placement.location is not None
        ]


def electrode(
    placement: Placement, electrodes: Electrodes, first: dict[str, float] | None, fixed: bool
) -> dict[str, Any]:
    """A placed process as the browser takes it; `first` are the values that its fields reset to."""
    name, definition = placement.name, type(placement.process)
    parameters = [
        quantity(f"{name}.{p.name}", p, placement.parameters[p.name], default=(first or placement.parameters)[p.name])
        for p in definition.parameters
    ]
    main = next((m for m in _MAIN if m in placement.parameters), definition.parameters[0].name)
    return {
        "name": name,
        "letter": electrodes.letter(name),
        "colour": electrodes.colour(name),
        "title": CLAMPS.get(placement.mechanism, (placement.mechanism,))[0],
        "section": placement.section,
        "x": placement.x,
        "where": repr(placement.location),
        "fixed": fixed,
        "main": f"{name}.{main}",
        "parameters": parameters,
    }


def root_of(cell: Cell) -> Location:
    """The middle of the root. **Raises:** ValueError for a cell without sections."""
    if not cell.sections:
        raise ValueError("this cell has no sections yet: add one, as in cell.add_section('soma', L=20, diam=20)")
    return cell.sections[0](0.5)


class Clamps(ClampTraits):
    """The electrodes of a cell: add, move, change and remove current and voltage clamps.

    Every change edits the cell, so it can be undone, is in `cell.to_code()`, and runs what is live on the cell.

    **Arguments:** `source`: a `Cell`, or a widget or `Session` on one.
    """

    _esm = bundle("plain.js")

    def __init__(self, source: Any, **traits: Any) -> None:
        super().__init__(source, live=False, component="clamps", **traits)

    def hear(self, event: Event) -> None:
        """Bring everything up to date."""
        super().hear(event)
        if event.kind in ("opened", "document"):
            self.revision += 1
