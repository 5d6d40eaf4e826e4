"""What a trace plot shows: named, coloured rows of numbers over one time axis, and their form on the wire."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.model import Cell, Protocol, Recordable
from rheobase.simulate import Results
from rheobase.widgets.electrodes import COLOURS, Electrodes

# More samples than this a trace are thinned on the way to the screen; results and exports keep them all.
MOST_SAMPLES = 20_000
_PLAIN = "#7f7f7f"

# The panel that a unit belongs to, in the order from top to bottom.
_PANELS = {
    "mV": "Voltage",
    "nA": "Current",
    "mA/cm2": "Current density",
    "S/cm2": "Conductance",
    "uS": "Conductance",
    "mM": "Concentration",
    "1": "Gates",
}


@dataclass(frozen=True)
class Trace:
    """How a recordable is named and coloured; `letter` is that of the electrode it belongs to, or nothing."""

    recordable: Recordable
    name: str
    colour: str
    letter: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """One run as a plot shows it: `rows` is float32, time in ms first, then one row for each entry of `info`.

    Where it is kept it is faint beneath the others, unless it is `vivid`: then it is one of a family, with its label.
    """

    label: str
    info: list[dict[str, str]]
    rows: np.ndarray
    vivid: bool = False

    @classmethod
    def of(cls, results: Results, traces: Sequence[Trace], label: str = "", vivid: bool = False) -> "Picture":
        """The recorded rows of a run in panels by unit, thinned where there are more than a screen can show."""
        units = dict(zip(results.recordables, results.units, strict=True))
        panels = list(_PANELS.values())
        info = []
        for trace in traces:
            unit = units[trace.recordable] or "1"
            panel = _PANELS.get(unit, unit)
            if panel not in panels:
                panels.append(panel)
            info.append(
                {"name": trace.name, "unit": unit, "colour": trace.colour, "panel": panel, "letter": trace.letter}
            )
        order = sorted(range(len(info)), key=lambda index: panels.index(info[index]["panel"]))
        samples = thinned(len(results.t))
        rows = np.empty((1 + len(order), len(samples)), dtype=np.float32)
        rows[0] = results.t[samples]
        for row, index in zip(rows[1:], order, strict=True):
            row[:] = results[traces[index].recordable][samples]
        return cls(label, [info[index] for index in order], rows, vivid)

    def span(self, tstop: float) -> list[float]:
        """The time axis of a run of that length (ms), longer where the picture is."""
        return [0.0, float(max(tstop, self.rows[0].max(initial=0.0)))]

    def kept_info(self) -> dict[str, Any]:
        """What a kept picture's part of the buffer is."""
        return {"label": self.label, "samples": self.rows.shape[1], "info": self.info, "vivid": self.vivid}


def thinned(count: int) -> NDArray[np.int64]:
    """Which of so many samples go to the screen: evenly apart, the first and the last among them.

    >>> thinned(4), thinned(MOST_SAMPLES + 5)[[0, 1, -1]]
    (array([0, 1, 2, 3]), array([    0,     2, 20004]))
    """
    every = max(1, -(-(count - 1) // (MOST_SAMPLES - 2)))
    return np.append(np.arange(0, count - 1, every), count - 1) if count else np.arange(0)


def plain_traces(recordables: Sequence[Recordable]) -> tuple[Trace, ...]:
    """A trace for each recordable, coloured in turn."""
    return tuple(Trace(item, item.label, COLOURS[index % len(COLOURS)]) for index, item in enumerate(recordables))


def traces_of(cell: Cell, protocol: Protocol, electrodes: Electrodes) -> tuple[Trace, ...]:
    """The voltage at each electrode and the current through it, then what the protocol records besides.

    A cell without electrodes shows the voltage in the middle of its root.
    """
    own = cell.placements
    found: dict[Recordable, Trace] = {}
    for placement in (*own, *protocol.placements(each.name for each in own)):
        colour, letter = electrodes.colour(placement.name), electrodes.letter(placement.name)
        i = Recordable(placement.name, None, "i")
        if placement.location is not None:
            v = placement.location.v
            found.setdefault(v, Trace(v, repr(placement.location), colour, letter))
        if "i" in placement.process.current_names:
            found[i] = Trace(i, placement.name, colour, letter)
    if not found and cell.sections:
        root = cell.sections[0](0.5)
        found[root.v] = Trace(root.v, repr(root), _PLAIN)
    used = {trace.colour for trace in found.values()}
    spare = [colour for colour in COLOURS if colour not in used] or list(COLOURS)
    further = [item for item in protocol.record if item not in found]
    return (*found.values(), *(Trace(r, r.label, spare[n % len(spare)]) for n, r in enumerate(further)))
