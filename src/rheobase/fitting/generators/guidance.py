"""A run whose voltages are drawn to the data, so that its error has one valley where it would have many.

Where a model fires at other times than the cell did, its error says little of which parameter is wrong: a spike that
moves meets no other for a long way. A conductance between the site and its data, as of a voltage clamp, makes the
model do what the data do even with parameters that are far off; what difference remains tells which current is
missing. Parameters found this way are the start for a weaker conductance, and in the end for none (Abarbanel,
Creveling, Farsian and Kostuk 2009, SIAM J Appl Dyn Syst 8:1341).
"""

from collections.abc import Iterable

import numpy as np

from rheobase.fitting.trace import Trace
from rheobase.fitting.values import Match, Run
from rheobase.mechanisms.library.seclamp import SEClamp
from rheobase.model import Cell, Location, Play

_PEAK = -20.0  # mV, that a spike reaches
_HEIGHT = 40.0  # mV, at least, from the lowest to the highest of data with spikes


def spiking(matches: Iterable[Match]) -> bool:
    """Whether some of the data to which voltages can be drawn has spikes."""
    values = [trace.value for _, trace in _sites(matches)]
    return any(float(np.max(v)) > _PEAK and float(np.ptp(v)) > _HEIGHT for v in values)


def guided(cell: Cell, run: Run, conductance: float) -> Run:
    """The run with a conductance (uS), or one that never comes on, between each site with a trace and that trace."""
    sites = list(_sites(run.used))
    protocol = run.protocol
    rs = 1 / conductance if conductance else 1.0
    clamps = [
        (site, SEClamp(dur1=float(trace.time[-1]) if conductance else 0.0, amp1=float(trace.value[0]), rs=rs))
        for site, trace in sites
    ]
    protocol = protocol.replace(stimuli=[*protocol.stimuli, *clamps])
    placed = protocol.placements(placed.name for placed in cell.placements)
    names = [each.name for each in placed[len(placed) - len(clamps) :]]
    plays = [
        Play(f"{name}.amp1", trace.time, trace.value, interpolate=True)
        for name, (_, trace) in zip(names, sites, strict=True)
    ]
    return run.replace(protocol=protocol.replace(plays=[*protocol.plays, *plays]))


def _sites(matches: Iterable[Match]) -> Iterable[tuple[Location, Trace]]:
    """The sites whose voltages are held against traces, each with the first of them."""
    found: dict[tuple[str, float], tuple[Location, Trace]] = {}
    for match in matches:
        what, target = match.recordable, match.target
        if match.method == "trace" and what.variable == "v" and what.x is not None and isinstance(target, Trace):
            found.setdefault((what.place, what.x), (Location(what.place, what.x), target))
    return found.values()
