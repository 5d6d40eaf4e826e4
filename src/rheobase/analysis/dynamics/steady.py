"""Where a model rests, and whether it stays there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.dynamics.operating_point import Hold, OperatingPoint, compile_model, steady_point
from rheobase.analysis.dynamics.spectrum import growing, leading_modes
from rheobase.kernel.system import sample
from rheobase.model import Cell, Protocol, Recordable
from rheobase.simulate.options import checked_count
from rheobase.simulate.recording import plan_recording

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True, eq=False, repr=False)
class SteadyState:
    """A state in which nothing moves; indexed like the results of a run, `steady[soma(0.5)["hh.m"]]`.

    **Fields:**

    - `v`: mV, `(n_segments,)`, in document order.
    - `residual`: mV/ms, how fast the voltage still moves; `place`, where.
    - `eigenvalues`: per ms, of the model linearised there, the largest real part first.
    - `growing`: how many eigenvalues have a positive real part, of all, and not of those alone that are listed.
    - `iterations`: of Newton's method; `settled`: ms, how long a run it took beforehand, most often none.
    - `point`: for `impedance(operating_point=...)`.
    """

    v: NDArray[np.float64]
    residual: float
    place: str
    eigenvalues: NDArray[np.complex128]
    growing: int
    iterations: int
    settled: float
    point: OperatingPoint

    @property
    def stable(self) -> bool:
        """Whether the model comes back after a small push."""
        return self.growing == 0

    @cached_property
    def states(self) -> dict[str, NDArray[np.float64]]:
        """Each state and concentration by name, `hh.m` or `ca.inside`, a number a segment; NaN where there is none."""
        model, n = self.point.model, len(self.v)
        grid, found = model.assembly.grid, {}
        for plan, values in zip(model.assembly.plans, self.point.state.mechanisms, strict=True):
            if plan.mechanism.kind != "density":
                continue
            for name in plan.mechanism.states:
                column = np.full(n, np.nan)
                column[plan.segments] = np.asarray(values[name])[plan.rows_of(np.arange(len(plan.segments)))]
                found[f"{plan.mechanism.name}.{name}"] = column
        for ion, values in self.point.state.ions.items():
            found |= {f"{ion}.{what}": np.asarray(x)[grid.node] for what, x in values.items() if what != "current"}
        return found

    def __getitem__(self, recordable: Recordable) -> float:
        """Whatever can be recorded, as it is at rest. **Raises:** as a simulation for what cannot."""
        model = self.point.model
        recording = plan_recording(model.assembly, [recordable])
        raw = np.asarray(sample(self.point.state, recording.probes))[None]
        return float(recording.read(raw, np.array([model.t]), np.float64(0.0), model.system)[0, 0])

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a segment: `v` (mV) and each state; the index is its place."""
        import pandas as pd

        grid = self.point.model.assembly.grid
        places = pd.Index([grid.place_of(int(node)) for node in grid.node], name="place")
        return pd.DataFrame({"v": self.v, **self.states}, index=places)

    def figure(self) -> "go.Figure":
        """The eigenvalues in the complex plane: those right of 0 grow."""
        from rheobase.analysis.impedance.figures import spectrum_figure

        return spectrum_figure(self)

    def __repr__(self) -> str:
        low, high = float(self.v.min()), float(self.v.max())
        v = f"{low:.4g} mV" if high - low < 1e-3 else f"{low:.4g} to {high:.4g} mV"
        fate = "stable" if self.stable else f"unstable, {self.growing} of its modes grow"
        return f"<SteadyState: {v}, {fate}, residual {self.residual:.1g} mV/ms>"


def steady_state(
    cell: Cell,
    protocol: Protocol | None = None,
    *,
    celsius: Any = None,
    v_init: Any = None,
    params: Mapping[str, Any] | None = None,
    hold: Hold | None = None,
    t: Any = None,
    eigenvalues: int = 10,
) -> SteadyState:
    """Find the state in which a cell rests, by Newton's method from `v_init`.

    Where that fails, it starts again from where a run of two seconds ends.

    **Arguments:**

    - `protocol`: stimuli that are added to the cell's; its `v_init` and `celsius` hold unless given here.
    - `celsius`: degC; `v_init`: mV.
    - `params`: parameters by name, as for `Simulation.batch`.
    - `hold`: a voltage clamp under which the state is sought.
    - `t`: ms, the time at which stimuli are taken: at 0, so that a clamp which begins later is off.
    - `eigenvalues`: how many to find.

    **Raises:** NoSteadyState, with what moves and where; ValueError for a mechanism that has no derivative.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> steady = steady_state(cell)
    >>> steady.stable, round(steady[soma(0.5)["hh.n"]], 4)
    (True, 0.3181)
    """
    checked_count("eigenvalues", eigenvalues, least=0)
    model = compile_model(cell, protocol, celsius=celsius, v_init=v_init, params=params, t=t)
    return examined(steady_point(model, hold), eigenvalues)


def examined(point: OperatingPoint, count: int = 10) -> SteadyState:
    """A point at rest with its eigenvalues."""
    values = leading_modes(point, count).values if count else np.empty(0, complex)
    grown = max(growing(point), int(np.sum(values.real > 0)))
    return SteadyState(point.v, point.drift, point.place, values, grown, point.iterations, point.settled, point)
