"""Current against voltage: what flows through a voltage clamp under steps of the command."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.experiments import Floats, call, duration, many, numbers, with_electrode
from rheobase.figures import FAINT, line, new_figure, with_unit
from rheobase.mechanisms import SEClamp
from rheobase.model import Cell, Location
from rheobase.simulate import Simulation
from rheobase.units import to_float

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_PROMINENT = 0.02  # of a trace's range: a smaller bump is no peak
_RINGING = "crank_nicolson"


@dataclass(frozen=True, eq=False, repr=False)
class Carried:
    """A current under voltage clamp. Arrays are `(voltages,)`.

    **Fields:** `name`; `unit`; `peak`: the first turning point during the step, or, where there is none, the steady
    value; `steady`: at the end of the step; `traces`: `(voltages, samples)`.
    """

    name: str
    unit: str
    peak: Floats
    steady: Floats
    traces: NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class IVCurve:
    """Currents under steps of the command voltage: see `iv_curve`. Arrays are `(voltages,)`.

    **Fields:**

    - `site`; `voltages`: mV; `hold`: mV; `step`: ms, when the step began, and `dur`, how long it was.
    - `peak`, `steady`: nA, through the clamp, outward positive.
    - `leak`: mV, the small step by which leak and capacitive current were taken off; None if they were not.
    - `currents`: of each further current that was asked for, what flows at the site, by name.
    - `t`: ms, and `traces`: nA, `(voltages, samples)`.
    - `code`: the call that gave it.
    """

    site: Location
    voltages: Floats
    hold: float
    step: float
    dur: float
    peak: Floats
    steady: Floats
    leak: float | None
    currents: Mapping[str, Carried]
    t: Floats
    traces: NDArray[Any]
    code: str

    def reversal(self, which: str = "steady", current: str | None = None) -> float:
        """Where the `peak` or `steady` current crosses zero, mV, on a straight line between steps; NaN if nowhere."""
        carried = self if current is None else self.currents[current]
        if which not in ("peak", "steady"):
            raise ValueError(f"which = {which!r}: give 'peak' or 'steady'")
        i = carried.peak if which == "peak" else carried.steady
        crossed = np.flatnonzero((i[1:] >= 0) & (i[:-1] < 0))
        if not len(crossed):
            return float("nan")
        k, v = crossed[-1], self.voltages
        return float(v[k] - i[k] * (v[k + 1] - v[k]) / (i[k + 1] - i[k]))

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row a voltage: `voltage` (mV), `peak` and `steady` (nA), and those of each further current."""
        import pandas as pd

        columns = {"voltage": self.voltages, "peak": self.peak, "steady": self.steady}
        for name, carried in self.currents.items():
            columns |= {f"{name}_peak": carried.peak, f"{name}_steady": carried.steady}
        return pd.DataFrame(columns)

    def figure(self) -> "go.Figure":
        """Draw peak and steady currents against the voltage, those of single ions below."""
        unit = next((with_unit("At the site", each.unit) for each in self.currents.values()), None)
        figure = new_figure("Command (mV)", ["Clamp current (nA)", *([unit] if unit else [])])
        drawn: list[tuple[int, str, Any]] = [(1, "clamp", self), *((2, *each) for each in self.currents.items())]
        for k, (row, name, carried) in enumerate(drawn):
            for which, dash in (("peak", "solid"), ("steady", "dash")):
                y = getattr(carried, which)
                figure.add_trace(line(self.voltages, y, f"{name}, {which}", k, dash, mode="lines+markers"), row, 1)
            figure.add_hline(0, line={"color": FAINT, "width": 1}, row=row, col=1)
        return figure

    def __repr__(self) -> str:
        reach = f"{self.voltages[0]:g} to {self.voltages[-1]:g} mV from {self.hold:g} mV at {self.site!r}"
        extra = f", with {', '.join(self.currents)}" if self.currents else ""
        return f"<IVCurve: {len(self.voltages)} steps of {self.dur:g} ms, {reach}{extra}>"


def iv_curve(
    cell: Cell,
    site: Location,
    voltages: ArrayLike,
    *,
    hold: Any = -65.0,
    settle: Any = 20.0,
    dur: Any = 50.0,
    rs: Any = 1e-3,
    leak: Any = None,
    blank: Any = 0.1,
    ions: Iterable[str] = (),
    keep_electrodes: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
    **run: Any,
) -> IVCurve:
    """Measure the current that holds a place at steps of voltage; all steps are run at once.

    **Arguments:**

    - `site`: where the clamp is. Of a cell with dendrites it holds no more than that place.
    - `voltages`: mV. `hold`: mV, before the step, for `settle` ms. `dur`: ms, of the step.
    - `rs`: megohm, the clamp's resistance.
    - `leak`: a small step from `hold` in mV, such as -10, at which channels stay shut: its current, scaled, is taken
      off each step's, and with it leak and capacitive current (as in a P/n protocol).
    - `blank`: ms after the step in which no peak is looked for, since the capacity is charged then.
    - `ions`: of which the current at the site is told as well: `"na"`; or a mechanism's own, `"hh.il"`.
    - `cancelled`: asked between chunks of work whether to stop.
    - `run`: parameters of the runs, such as `dt` and `celsius`.

    **Raises:** ValueError for numbers that cannot be, KeyError for a section or a current that is not there,
    Cancelled.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", g=1e-3, e=-70)
    >>> curve = rb.iv_curve(cell, soma(0.5), [-80, -60], dur=10)
    >>> round(curve.reversal(), 6)
    -70.0
    """
    steps = numbers("voltages", voltages, "mV")
    held, waited, length = to_float(hold, "mV", "hold"), duration("settle", settle), duration("dur", dur)
    shut = duration("blank", blank, least=-1e-9)
    if run.get("method") == _RINGING:
        raise ValueError(f"method = {_RINGING!r} rings behind a clamp; use 'implicit_euler'")
    if shut >= length:
        raise ValueError(f"blank = {shut:g} ms: must be shorter than the step of {length:g} ms")
    clamp = SEClamp(dur1=waited, amp1=held, dur2=length, amp2=held, rs=rs)
    clamped, name = with_electrode(cell, site, clamp, keep_electrodes=keep_electrodes)
    asked = [ions] if isinstance(ions, str) else list(ions)
    wanted = {each: site[each if "." in each else f"i{each}"] for each in asked}
    record = [clamped.process(name).i, *wanted.values()]
    simulation = Simulation(clamped, tstop=waited + length, record=record, **{"v_init": held, **run})
    small = None if leak is None else _small(leak)
    levels = steps if small is None else np.append(steps, held + small)
    t, found = many(simulation, {f"{name}.amp2": levels}, cancelled)
    through = found[:, 0]
    if small is not None:
        before = through[:, [np.searchsorted(t, waited, side="right") - 1]]
        above = through - before
        through = above[:-1] - (steps[:, None] - held) / small * above[-1]
        found = found[:-1]
    after, open_ = t > waited + 1e-9, t > waited + shut
    currents = {}
    for k, (each, recordable) in enumerate(wanted.items(), start=1):
        unit = simulation.units[simulation.recordables.index(recordable)]
        currents[each] = _carried(each, unit, found[:, k], after)
    total = _carried("clamp", "nA", through, open_)
    written = {"hold": held, "settle": waited, "dur": length}
    if small is not None:
        written["leak"] = small
    options: dict[str, Any] = {**written, **({"ions": asked} if asked else {}), **run}
    return IVCurve(
        site=site,
        voltages=steps,
        hold=held,
        step=waited,
        dur=length,
        peak=total.peak,
        steady=total.steady,
        leak=small,
        currents=currents,
        t=t,
        traces=through,
        code=call("rb.iv_curve", site, voltages=steps, **options),
    )


def _small(leak: Any) -> float:
    small = to_float(leak, "mV", "leak")
    if small == 0:
        raise ValueError("leak = 0 mV: give a small step from hold, such as -10, or None for no subtraction")
    return small


def _carried(name: str, unit: str, traces: NDArray[Any], during: NDArray[np.bool_]) -> Carried:
    peaks = np.array([_peak(trace[during]) for trace in traces])
    return Carried(name, unit, peaks, traces[:, -1].astype(float), traces)


def _peak(i: NDArray[Any]) -> float:
    """The first turning point of a current that stands out, or else its last value."""
    from scipy.signal import find_peaks

    least = max(_PROMINENT * float(np.ptp(i)), 1e-9 * float(np.abs(i).max()), 1e-15)
    turns = [int(k) for sign in (1, -1) for k in find_peaks(sign * i, prominence=least)[0]]
    return float(i[min(turns)] if turns else i[-1])
