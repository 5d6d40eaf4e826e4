"""What flows at a place: every current of one segment over time, and which of them carry the voltage.

Kirchhoff's law of a segment: what charges its capacity, what its channels, synapses and electrodes carry, and what
leaves along the neurite add up to nothing. All of these are measured for themselves, so that the sum tells how exact
the run was. The figure is the currentscape of Alonso and Marder 2019, eLife 8:e42722.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.experiments import Floats, check_place, rerecorded, simulation_of
from rheobase.figures import FAINT, colour, line, new_figure
from rheobase.kernel import CHUNK, System
from rheobase.model import Cell, Location, Recordable
from rheobase.model.names import UnknownName
from rheobase.simulate import Simulation
from rheobase.simulate.assemble import Assembly
from rheobase.simulate.recording import Recording

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Kind = Literal["ionic", "point", "electrode", "axial", "capacitive"]
_SHOWN: tuple[Kind, ...] = ("ionic", "point", "electrode", "axial")
_NANOAMPERES = 1e-2  # nA in 1 mA/cm2 over 1 um2
_MOST_DRAWN = 3000  # moments in a figure
_LEAST = 1e-6  # nA, that a logarithmic axis shows
_SHARE_OF_END = {"implicit_euler": 1.0, "crank_nicolson": 0.5}  # of the voltage at which a step takes its currents


@dataclass(frozen=True, eq=False, repr=False)
class Currentscape:
    """The currents of one segment over time: see `currentscape`. Outward is positive, whatever carries it.

    **Fields:**

    - `site`; `area`: um2. `t`: ms, in the middle of each step, and `v`: mV, `(moments,)`.
    - `names`: `hh.ina`, `IClamp[0].i`, `to dend(0.1)`, `capacitive`; `kinds`: of each, `"ionic"`, `"point"` (a synapse
      or another point process), `"electrode"`, `"axial"` or `"capacitive"`.
    - `values`: nA, `(currents, moments)`.
    """

    site: Location
    area: float
    t: Floats
    v: Floats
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    values: Floats

    def __getitem__(self, name: str) -> Floats:
        """One current, nA. **Raises:** KeyError that suggests the nearest."""
        if name not in self.names:
            raise UnknownName("current", name, self.names)
        return self.values[self.names.index(name)]

    def density(self, name: str) -> Floats:
        """One current over the segment's area, mA/cm2."""
        return self[name] / (_NANOAMPERES * self.area)

    def total(self, kind: Kind) -> Floats:
        """The sum of all currents of one kind, nA."""
        return self._of([kind])[1].sum(axis=0)

    @property
    def residual(self) -> Floats:
        """The sum of all currents, nA: how far the run is from Kirchhoff's law, which is of the order of its error."""
        return self.values.sum(axis=0)

    def shares(self, direction: Literal["inward", "outward"], kinds: Iterable[Kind] = _SHOWN) -> "pd.DataFrame":
        """Give the part of each current in all that flows inward, or outward, at each moment; the index is time, ms."""
        import pandas as pd

        if direction not in ("inward", "outward"):
            raise ValueError(f"direction = {direction!r}: give 'inward' or 'outward'")
        names, values = self._of(kinds)
        some = np.maximum(values if direction == "outward" else -values, 0)
        total = some.sum(axis=0)
        parts = np.divide(some, total, out=np.zeros_like(some), where=total > 0)
        return pd.DataFrame(parts.T, index=pd.Index(self.t, name="t"), columns=names)

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one column a current, nA, after `v`, mV; the index is time in ms."""
        import pandas as pd

        columns = {"v": self.v, **dict(zip(self.names, self.values, strict=True))}
        return pd.DataFrame(columns, index=pd.Index(self.t, name="t"))

    def figure(self, kinds: Iterable[Kind] = _SHOWN) -> "go.Figure":
        """Draw the currentscape: voltage, what flows outward in all and in shares, and the same of inward currents."""
        titles = ("V (mV)", "Outward (nA)", "Outward shares", "Inward shares", "Inward (nA)")
        figure = new_figure("Time (ms)", titles, heights=(0.24, 0.1, 0.28, 0.28, 0.1), height=720)
        rows = np.unique(np.linspace(0, len(self.t) - 1, min(len(self.t), _MOST_DRAWN)).round().astype(int))
        t = self.t[rows]
        figure.add_trace(line(t, self.v[rows], "v", 6, showlegend=False), 1, 1)
        names, values = self._of(kinds)
        for direction, sign, total_row, share_row in (("outward", 1, 2, 3), ("inward", -1, 5, 4)):
            total = np.maximum(np.maximum(sign * values[:, rows], 0).sum(axis=0), _LEAST)
            told: dict[str, Any] = {"fill": "tozeroy", "showlegend": False, "line": {"color": FAINT, "width": 1}}
            figure.add_trace(line(t, total, f"total {direction}", 6, **told), total_row, 1)
            shares = self.shares("outward" if sign > 0 else "inward", kinds)
            for k, name in enumerate(names):
                same: dict[str, Any] = {"legendgroup": name, "showlegend": sign > 0, "hoverinfo": "name+y"}
                area: dict[str, Any] = {"stackgroup": direction, "mode": "none", "fillcolor": colour(k), **same}
                figure.add_trace(line(t, 100 * shares[name].to_numpy()[rows], name, k, **area), share_row, 1)
        figure.update_yaxes(type="log", row=2, col=1)
        figure.update_yaxes(range=[0, 100], ticksuffix=" %", row=3, col=1)
        figure.update_yaxes(range=[100, 0], ticksuffix=" %", row=4, col=1)
        figure.update_yaxes(type="log", autorange="reversed", row=5, col=1)
        return figure

    def _of(self, kinds: Iterable[Kind]) -> tuple[list[str], Floats]:
        wanted = [kinds] if isinstance(kinds, str) else list(kinds)
        for kind in wanted:
            if kind not in get_args(Kind):
                raise UnknownName("kind of current", kind, get_args(Kind))
        rows = [k for k, kind in enumerate(self.kinds) if kind in wanted]
        return [self.names[k] for k in rows], self.values[rows]

    def __repr__(self) -> str:
        return f"<Currentscape of {self.site!r} over {self.t[-1]:g} ms: {', '.join(self.names)}>"


def currentscape(
    source: Cell | Simulation, site: Location, *, cancelled: Callable[[], bool] = lambda: False, **run: Any
) -> Currentscape:
    """Run a model and take the currents of one of its segments apart.

    **Arguments:**

    - `source`: a cell, with `run` parameters such as `tstop`, or a simulation, which is run anew.
    - `site`: a place in the segment. `cancelled`: asked between chunks of the run whether to stop.

    The capacitive current is that of the voltage's change from one sample to the next, and the others are those between
    the two. With an adaptive method samples are taken at steps of `dt`, and the sum closes to within its tolerance.

    **Raises:** TypeError or KeyError for a cell or place that cannot be, SimulationError of the run, Cancelled.

    >>> import rheobase as rb
    >>> cell = rb.Cell("ball and stick")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = cell.add_section("dend", L=200, diam=2, nseg=5, parent=soma(1))
    >>> _ = cell["all"].insert("pas", g=1e-4, e=-65)
    >>> _ = cell.place(rb.IClamp(1, 5, 0.1), soma(0.5))
    >>> rb.currentscape(cell, soma(0.5), tstop=5).names
    ('pas.i', 'IClamp[0].i', 'to soma(1)', 'capacitive')
    """
    plain = simulation_of(source, run)
    check_place(plain.cell, site)
    assembly = plain.assembly
    parts = _parts(assembly, site)
    segment = assembly.grid.segment_at(site.section, site.x)
    node = int(assembly.grid.node[segment])
    here = _recordable(assembly, node)
    simulation = rerecorded(plain, [here, *(part.recordable for part in parts)])
    t, v, told, system = _between(simulation, cancelled)
    area = float(assembly.areas(assembly.normalised(simulation.values))[segment])
    values = []
    for part, trace in zip(parts, told[1:], strict=True):
        if part.kind == "axial":
            values.append(float(np.asarray(system.coupling)[part.node]) * (told[0] - trace))
        elif part.kind == "electrode":
            values.append(-trace)
        else:
            values.append(trace * _NANOAMPERES * area if part.kind == "ionic" else trace)
    values.append(float(np.asarray(system.capacitance)[node]) * np.diff(v) / np.diff(t))
    return Currentscape(
        site=site,
        area=area,
        t=(t[1:] + t[:-1]) / 2,
        v=(v[1:] + v[:-1]) / 2,
        names=(*(part.name for part in parts), "capacitive"),
        kinds=(*(part.kind for part in parts), "capacitive"),
        values=np.array(values),
    )


def _between(simulation: Simulation, cancelled: Callable[[], bool]) -> tuple[Floats, Floats, Floats, System]:
    """The samples' times and first recordable, all recordables between one sample and the next, and the system.

    A fixed step takes currents at states of its start, and at voltages of its end or middle: read so, they are the very
    currents that moved the voltage.
    """
    recording = simulation.recording
    simulation.recording = recording.bare()
    simulation.units = ("",) * len(simulation.recordables)
    results = simulation.run(cancelled=cancelled)
    if results.orders is not None:
        results = results.at(np.linspace(0, results.t[-1], simulation.samples + 1))
    params = simulation.assembly.normalised(simulation.values)
    system = simulation.cast(simulation.assembly.system(params))
    t, raw = results.t, results.values.T
    dt = np.asarray(simulation.protocol.dt, simulation.precision)
    middle = (t[1:] + t[:-1]) / 2
    share = _SHARE_OF_END.get(simulation.protocol.method) if simulation.every == 1 else None
    if share is None:
        before, after = (_read(recording, part, middle, dt, system) for part in (raw[:-1], raw[1:]))
        told = (before + after) / 2
    else:
        voltages = np.asarray(recording.probes.array) == 0
        taken = np.where(voltages, raw[:-1] + share * (raw[1:] - raw[:-1]), raw[:-1])
        told = _read(recording, taken, middle, dt, system)
    here: Any = recording.sources[0]  # a voltage is a probe of its own
    return t, raw[:, here].astype(float), told.astype(float), system


def _read(recording: Recording, raw: NDArray[Any], t: Floats, dt: Any, system: System) -> NDArray[Any]:
    pieces = [slice(k, k + CHUNK) for k in range(0, len(t), CHUNK)]
    return np.concatenate([recording.rows(raw[piece], t[piece], dt, system) for piece in pieces], axis=-1)


class _Part(NamedTuple):
    """A current of a segment: `name`, `kind`, what is recorded of it, and, axial, whose coupling it crosses."""

    name: str
    kind: Kind
    recordable: Recordable
    node: int = -1


def _parts(assembly: Assembly, site: Location) -> list[_Part]:
    """All currents of a segment but the capacitive."""
    grid = assembly.grid
    segment = grid.segment_at(site.section, site.x)
    node = int(grid.node[segment])
    here = _recordable(assembly, node)
    parts: list[_Part] = []
    for plan in assembly.plans:
        mechanism = plan.mechanism
        if mechanism.kind == "density" and segment in plan.segments:
            for current in mechanism.current_names:
                name = f"{mechanism.name}.{current}"
                parts.append(_Part(name, "ionic", Recordable(here.place, here.x, name)))
        elif mechanism.kind == "point":
            kind: Kind = "electrode" if mechanism.electrode else "point"
            at = [owner for k, owner in enumerate(plan.names) if int(plan.node[k]) == node]
            parts += [
                _Part(f"{owner}.{current}", kind, Recordable(owner, None, current))
                for owner in at
                for current in mechanism.current_names
            ]
    above: Any = grid.parent
    neighbours = [(int(above[node]), node)] if node else []
    neighbours += [(int(k), int(k)) for k in np.flatnonzero(above[: grid.count] == node) if k not in (0, node)]
    for other, coupled in neighbours:
        recordable = _recordable(assembly, other)
        parts.append(_Part(f"to {recordable.label.removesuffix('.v')}", "axial", recordable, coupled))
    return parts


def _recordable(assembly: Assembly, node: int) -> Recordable:
    """The voltage of a node."""
    grid = assembly.grid
    segment = int(grid.segment[node])
    if segment == grid.n_segments:
        section, x = next(site for site, end in grid.ends.items() if end == node)
        return Recordable(section, x, "v")
    k = int(np.searchsorted(grid.first, segment, side="right")) - 1
    return Recordable(grid.specs[k].name, float((segment - grid.first[k] + 0.5) / grid.specs[k].nseg), "v")
