"""Families: runs that differ in one parameter, laid over one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.experiments import call, simulation_of
from rheobase.analysis.parameters.varied import varied
from rheobase.figures import new_figure, with_unit
from rheobase.model import Cell, Recordable
from rheobase.simulate import Cancelled, Progress, Results, Simulation

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

MOST_RUNS = 1000
_COLOURS = (0.22, 0.88)
_SAMPLES = 2000  # of the times that runs with steps of their own are laid over one another at


@dataclass(frozen=True, eq=False, repr=False)
class Family:
    """Runs that differ in one parameter.

    **Fields:** the `parameter` and its `unit`; its `values`, `(runs,)`; the `runs`, a `Results` for each value that was
    run; `code`, the call that makes them.
    """

    parameter: str
    unit: str
    values: NDArray[np.float64]
    runs: tuple[Results, ...]
    code: str = ""

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def labels(self) -> tuple[str, ...]:
        """The value of each run with its unit, such as `"0.3 nA"`."""
        return tuple(f"{value:.6g} {self.unit}".rstrip() for value in self.values[: len(self.runs)])

    @property
    def colours(self) -> tuple[str, ...]:
        """A colour for each run, from dark to light with its number: viridis, without the ends that paper swallows."""
        from plotly.colors import sample_colorscale

        at = np.linspace(*_COLOURS, len(self.runs)) if len(self.runs) > 1 else [_COLOURS[0]]
        return tuple(sample_colorscale("Viridis", at)) if self.runs else ()

    def overlaid(self, recordable: Recordable | None = None) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """One trace of every run at the same times.

        **Arguments:** what was recorded; the first unless given.

        **Returns:** the times, ms, `(samples,)`, which are those of the runs where they share them; and the traces,
        `(runs, samples)`.

        **Raises:** KeyError for what was not recorded, ValueError while there is no run.
        """
        if not self.runs:
            raise ValueError("the family has no runs yet")
        wanted = self.runs[0].recordables[0] if recordable is None else recordable
        t = self.runs[0].t
        if all(len(run.t) == len(t) and (run.t == t).all() for run in self.runs):
            return t, np.stack([run[wanted] for run in self.runs])
        t = np.linspace(max(run.t[0] for run in self.runs), min(run.t[-1] for run in self.runs), _SAMPLES)
        return t, np.stack([run.at(t)[wanted] for run in self.runs])

    def to_dataframe(self) -> pd.DataFrame:
        """One column a trace and run, under the label of what was recorded and the value; the index is time in ms."""
        import pandas as pd

        columns: dict[tuple[str, float], NDArray[Any]] = {}
        for recordable in self.runs[0].recordables if self.runs else ():
            t, traces = self.overlaid(recordable)
            columns |= {(recordable.label, float(value)): row for value, row in zip(self.values, traces, strict=False)}
        names = ["trace", self.parameter]
        if not columns:
            return pd.DataFrame(columns=pd.MultiIndex.from_tuples([], names=names))
        frame = pd.DataFrame(columns, index=pd.Index(t, name="t"))
        frame.columns.names = names
        return frame

    def figure(self, recordable: Recordable | None = None) -> go.Figure:
        """One trace of every run, from dark to light with the parameter. **Raises:** as `overlaid`."""
        t, traces = self.overlaid(recordable)
        run = self.runs[0]
        shown = run.recordables[0] if recordable is None else recordable
        unit = run.units[run.recordables.index(shown)]
        figure = new_figure("t (ms)", with_unit(shown.label, "" if unit == "1" else unit))
        for colour, label, row in zip(self.colours, self.labels, traces, strict=True):
            figure.add_scatter(x=t, y=row, name=label, mode="lines", line={"color": colour, "width": 1.5})
        figure.update_layout(legend={"title": self.parameter}, showlegend=True)
        return figure

    def __repr__(self) -> str:
        if not self.runs:
            return f"<Family of {self.parameter}: no runs yet>"
        return f"<Family of {self.parameter}: {len(self.runs)} runs from {self.labels[0]} to {self.labels[-1]}>"


class FamilyStudy:
    """The runs of a family, taken one chunk after another, so that a worker can show and stop them.

    **Arguments:** those of `family`. `result` is what there is so far.
    """

    def __init__(self, source: Simulation | Cell, parameter: str, values: ArrayLike, **options: Any) -> None:
        source = simulation_of(source, options)
        self._simulation = source
        self._before = dict(source.values)
        array = _checked(values)
        known = varied(source, parameter)
        for value in array:
            source.set(parameter, value)
        self._restore()
        asked = {name: value for name, value in options.items() if name != "protocol"}
        code = call("rb.family", parameter=parameter, values=array, **asked)
        self.result = Family(parameter, known.unit, array, (), code)

    def chunks(self) -> Iterator[Progress]:
        """Take all runs; each `Progress` tells how far the whole family has come."""
        found, simulation = self.result, self._simulation
        try:
            for index, value in enumerate(found.values):
                simulation.set(found.parameter, value)
                for step in simulation.chunks():
                    fraction = (index + step.fraction) / len(found.values)
                    if step.fraction < 1:
                        yield Progress(fraction, step.results)
                self.result = Family(
                    found.parameter, found.unit, found.values, (*self.result.runs, step.results), found.code
                )
                yield Progress(fraction, step.results)
        finally:
            self._restore()

    def _restore(self) -> None:
        self._simulation.values.clear()
        self._simulation.values.update(self._before)


def family(
    source: Simulation | Cell,
    parameter: str,
    values: ArrayLike,
    *,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    **options: Any,
) -> Family:
    """Run a model once for each value of a parameter.

    **Arguments:**

    - `source`: a simulation, or a cell, with what `Simulation` takes as further options.
    - `parameter`: by name, as in `batch`: `"soma.hh.gnabar"`, `"IClamp[0].amp"`, `"celsius"`, `"v_init"`.
    - `values`: in the parameter's unit; `spaced` makes even ones, and such with equal factors between them.
    - `progress`: called with each chunk of work; `cancelled`: asked whether to stop there.

    **Raises:** KeyError for an unknown name, ValueError for a value that cannot be, Cancelled, SimulationError.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-70)
    >>> found = rb.family(cell, "soma.pas.e", rb.spaced(-80, -60, 3), tstop=5)
    >>> found
    <Family of soma.pas.e: 3 runs from -80 mV to -60 mV>
    >>> found.overlaid()[1].shape
    (3, 201)
    """
    study = FamilyStudy(source, parameter, values, **options)
    for step in study.chunks():
        if progress is not None:
            progress(step)
        if step.fraction < 1 and cancelled():
            raise Cancelled
    return study.result


def spaced(start: float, end: float, number: Any, scale: str = "lin") -> NDArray[np.float64]:
    """Values from one to another, both included, evenly spaced or by equal factors.

    **Arguments:** `number`: how many; `scale`: `"lin"` or `"log"`.

    **Raises:** ValueError in words.

    >>> spaced(1, 100, 3, "log").tolist()
    [1.0, 10.0, 100.0]
    """
    if scale not in ("lin", "log"):
        raise ValueError(f"scale = {scale!r}: give 'lin' for even steps, or 'log' for equal factors")
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or not 1 <= number <= MOST_RUNS:
        raise ValueError(f"number = {number!r}: give a whole number from 1 to {MOST_RUNS}")
    if not (np.isfinite(start) and np.isfinite(end)):
        raise ValueError(f"from {start} to {end}: both must be finite numbers")
    if number > 1 and start == end:
        raise ValueError(f"from {start:g} to {end:g}: {number} runs need two different ends")
    if scale == "lin":
        return np.linspace(start, end, number)
    if start == 0 or end == 0 or (start > 0) != (end > 0):
        raise ValueError(
            f"from {start:g} to {end:g}: equal factors need two ends of one sign, neither of them 0; "
            "choose even steps instead"
        )
    return np.geomspace(start, end, number)


def _checked(values: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.atleast_1d(np.asarray(values, float))
    except (TypeError, ValueError):
        raise ValueError(f"values = {values!r}: give numbers, one a run") from None
    if array.ndim != 1 or not 1 <= len(array) <= MOST_RUNS or not np.isfinite(array).all():
        raise ValueError(f"values has the shape {array.shape}: give 1 to {MOST_RUNS} finite numbers, one a run")
    return array
