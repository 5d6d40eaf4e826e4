"""Work against precision: what an integrator's error costs on a model, measured against a tight run of it."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf, nan
from statistics import median
from typing import TYPE_CHECKING

from rheobase.analysis.experiments import remade
from rheobase.analysis.precision.deviation import deviation, voltages
from rheobase.analysis.precision.recommendation import Recommendation, Subject, WorkPoint, recommend
from rheobase.kernel import integrators
from rheobase.model import Cell
from rheobase.simulate import Cancelled, Progress, Results, Simulation, SimulationError

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

DTS = (0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125)
ATOLS = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
_FINER = 8  # a fixed reference steps so many times more often than the finest run
_TIGHTER = 1e-4  # an adaptive one has the finest run's tolerance times this
_LONG = 0.5  # s; a run that took longer is not timed again
_ERRORS = {"spike": "Largest shift of a spike (ms)", "voltage": "Largest difference in voltage (mV)"}
_COSTS = {"seconds": "Wall time (s)", "steps": "Steps", "evaluations": "Evaluations of the model"}
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito (2008)
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")


@dataclass(frozen=True, repr=False)
class WorkPrecision:
    """Error against cost of several integrators on one model.

    **Fields:**

    - `points`: the runs, by method, from the coarsest to the finest.
    - `subject`: what the model is. `reference`: what the errors are against, in words.
    - `reference_error`: mV, how far a reference of half the effort lies from it; NaN for one that was given.
    - `refused`: methods that cannot run this model, and why.
    """

    points: tuple[WorkPoint, ...]
    subject: Subject
    reference: str
    reference_error: float = nan
    refused: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def recommendation(self) -> Recommendation:
        """What to run this model with: spikes within 0.05 ms if it fires, voltages within 0.1 mV if it does not."""
        return self.recommend()

    def recommend(self, *, spike: float | None = None, voltage: float | None = None) -> Recommendation:
        """The cheapest run that reaches an error: `spike` in ms, `voltage` in mV; with the reason in words."""
        return recommend(self.points, self.subject, self.refused, spike=spike, voltage=voltage)

    def by_method(self) -> dict[str, list[WorkPoint]]:
        """The points of each method."""
        found: dict[str, list[WorkPoint]] = {}
        for point in self.points:
            found.setdefault(point.method, []).append(point)
        return found

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a run, by the names of the fields of `WorkPoint`."""
        import pandas as pd

        return pd.DataFrame([vars(point) for point in self.points])

    def figure(self, error: str | None = None, cost: str = "seconds") -> "go.Figure":
        """Error against cost, both logarithmic, a line for each method.

        **Arguments:** `error`: `"spike"` or `"voltage"`; the shift of spikes, where there are any, unless given.
        `cost`: `"seconds"`, `"steps"` or `"evaluations"`.
        """
        import plotly.graph_objects as go

        error = error or ("spike" if self.subject.spikes else "voltage")
        for name, value, known in (("error", error, _ERRORS), ("cost", cost, _COSTS)):
            if value not in known:
                raise ValueError(f"{name} = {value!r}: give {' or '.join(map(repr, known))}")
        figure = go.Figure()
        for index, (method, points) in enumerate(self.by_method().items()):
            shown = [p for p in points if not p.failure and 0 < getattr(p, f"{error}_error") < inf]
            figure.add_scatter(
                x=[getattr(p, cost) for p in shown],
                y=[getattr(p, f"{error}_error") for p in shown],
                text=[f"{p.setting} = {p.value:g}" for p in shown],
                name=method,
                mode="lines+markers",
                line={"color": _COLOURS[index % len(_COLOURS)]},
                marker={"symbol": _SYMBOLS[index % len(_SYMBOLS)], "size": 8},
                hovertemplate="%{text}<br>error %{y:.2g}<br>cost %{x:.3g}<extra>%{fullData.name}</extra>",
            )
        figure.update_layout(template="plotly_white", legend={"title": "Integrator"})
        figure.update_xaxes(title=_COSTS[cost], type="log", exponentformat="power")
        figure.update_yaxes(title=_ERRORS[error], type="log", exponentformat="power")
        return figure

    def __repr__(self) -> str:
        return f"<WorkPrecision: {len(self.points)} runs of {', '.join(self.by_method()) or 'nothing yet'}>"


class WorkStudy:
    """The runs behind a `WorkPrecision`, taken one chunk after another, so that a worker can show and stop them.

    **Arguments:** those of `work_precision`. `result` is what there is so far.
    """

    def __init__(
        self,
        source: Simulation | Cell,
        methods: Iterable[str] | None = None,
        reference: Results | None = None,
        *,
        dts: Sequence[float] = DTS,
        atols: Sequence[float] = ATOLS,
        repeats: int = 3,
        patience: float = 10.0,
    ) -> None:
        if not isinstance(source, Simulation | Cell):
            raise TypeError(f"work_precision measures a Simulation or a Cell, not {source!r}")
        if reference is not None and not isinstance(reference, Results):
            raise TypeError(f"reference = {reference!r}: give the Results of a run of the same model")
        self._known = {each.name: each for each in integrators()}
        self._methods = tuple(self._known) if methods is None else tuple(methods)
        if unknown := [name for name in self._methods if name not in self._known]:
            raise KeyError(f"no integrator is named {unknown[0]!r}; there are {', '.join(self._known)}")
        self._dts, self._atols = _ladder("dts", dts), _ladder("atols", atols)
        if repeats < 1 or not patience > 0:
            raise ValueError("repeats must be at least 1, and patience more than 0 seconds")
        self._repeats, self._patience, self._given = repeats, patience, reference
        self.simulation = Simulation(source) if isinstance(source, Cell) else source
        recorded = voltages(self.simulation.recordables)
        kept = tuple(each for each in self.simulation.recordables if each in recorded)
        self._record = kept or (self.simulation.cell.sections[0](0.5).v,)
        assembly = self.simulation.assembly
        subject = Subject(assembly.grid.n_segments, assembly.program.wiring is not None, 0)
        self.result = WorkPrecision((), subject, "")
        self._done, self._whole = 0, 1

    def chunks(self) -> Iterator[Progress]:
        """Take all runs; each `Progress` tells how far the whole study has come."""
        refused: dict[str, str] = {}
        plan: list[tuple[str, float]] = []
        for method in self._methods:
            ladder = self._ladder_of(method)
            try:
                self._simulation(method, ladder[0])
            except (ValueError, TypeError) as error:
                refused[method] = str(error)
            else:
                plan += [(method, value) for value in ladder]
        self._whole = 2 * (self._given is None) + len(plan) + 1
        reference, words, doubt = yield from self._reference()
        subject = replace(self.result.subject, spikes=deviation(reference, reference).spikes)
        self.result = WorkPrecision((), subject, words, doubt, refused)
        slow = set()
        for method, value in plan:
            if method in slow:
                self._done += 1
                continue
            point = yield from self._point(method, value, reference)
            self.result = replace(self.result, points=(*self.result.points, point))
            if 2 * point.seconds > self._patience:
                slow.add(method)
        yield Progress(1.0, reference)

    def _reference(self) -> Generator[Progress, None, tuple[Results, str, float]]:
        """The run that the others are held against, what it is in words, and how far it may be off (mV)."""
        if self._given is not None:
            return self._given, "the run that was given", nan
        if "adaptive" in self._known:
            atol = _TIGHTER * self._atols[-1]
            try:
                rough = yield from self._drive(self._simulation("adaptive", 10 * atol))
                tight = yield from self._drive(self._simulation("adaptive", atol))
            except (ValueError, TypeError, SimulationError):
                self._done = 0  # what changes by steps, or gets stuck at so tight a bound, is stepped finely instead
            else:
                return tight, f"adaptive at atol = {atol:g}", deviation(rough, tight).voltage
        fixed = [each for each in self._known.values() if each.stiff and not each.adaptive]
        best = max(fixed, key=lambda each: each.order).name
        dt = self._dts[-1] / _FINER
        rough = yield from self._drive(self._simulation(best, 2 * dt, every=_FINER // 2))
        tight = yield from self._drive(self._simulation(best, dt, every=_FINER))
        return tight, f"{best} at dt = {dt:g} ms", deviation(rough, tight).voltage

    def _point(self, method: str, value: float, reference: Results) -> Generator[Progress, None, WorkPoint]:
        adaptive = self._known[method].adaptive
        point = WorkPoint(method, "atol" if adaptive else "dt", value)
        simulation = self._simulation(method, value)
        before, seconds = self._done, []
        try:
            # The first run may compile; it is timed only where another would be long.
            results = yield from self._drive(simulation)
            off = deviation(results, reference)
            for _ in range(self._repeats if results.elapsed < self._patience / 2 else 0):
                self._done = before
                seconds.append((yield from self._drive(simulation)).elapsed)
                if seconds[0] > _LONG:
                    break
        except (SimulationError, FloatingPointError) as error:
            self._done = before + 1
            return replace(point, failure=str(error))
        told = results.statistics
        return replace(
            point,
            voltage_error=off.voltage,
            spike_error=off.spike,
            spikes=off.spikes,
            steps=simulation.steps if told is None else told.steps + told.rejected,
            evaluations=simulation.steps if told is None else told.evaluations,
            seconds=median(seconds or [results.elapsed]),
        )

    def _simulation(self, method: str, value: float, every: int = 1) -> Simulation:
        """The model under a method, at one rung of its ladder."""
        setting: dict[str, float] = {"atol": value, "rtol": 0.0} if self._known[method].adaptive else {"dt": value}
        return remade(self.simulation, self._record, every=every, method=method, **setting)

    def _ladder_of(self, method: str) -> tuple[float, ...]:
        return self._atols if self._known[method].adaptive else self._dts

    def _drive(self, simulation: Simulation) -> Generator[Progress, None, Results]:
        for step in simulation.chunks():
            yield Progress(min(0.999, (self._done + step.fraction) / self._whole), step.results)
        self._done += 1
        return step.results


def work_precision(
    source: Simulation | Cell,
    methods: Iterable[str] | None = None,
    reference: Results | None = None,
    *,
    dts: Sequence[float] = DTS,
    atols: Sequence[float] = ATOLS,
    repeats: int = 3,
    patience: float = 10.0,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> WorkPrecision:
    """Measure what precision costs on this model, integrator by integrator.

    Each method runs a ladder of steps or tolerances. The errors are those at the run's own samples, in the voltages
    that the simulation records, against a far tighter run: an adaptive one where the model allows it.

    **Arguments:**

    - `source`: a simulation, or a cell under the default protocol.
    - `methods`: names of integrators; all that can run the model unless given.
    - `reference`: the run to hold the others against, in place of one made here.
    - `dts`: ms, the ladder of methods with a fixed step. `atols`: that of the adaptive ones.
    - `repeats`: how often a run is timed, unless it takes long. `patience`: s, no run longer than this is begun.
    - `progress`: called with each chunk of work; `cancelled`: asked whether to stop there.

    **Raises:** KeyError for an unknown method, Cancelled, SimulationError when the reference itself breaks down.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-70)
    >>> found = work_precision(rb.Simulation(cell, tstop=5), ["implicit_euler"], dts=[0.1, 0.05], repeats=1)
    >>> coarse, fine = found.points
    >>> bool(1.8 < coarse.voltage_error / fine.voltage_error < 2.2)  # of first order
    True
    """
    study = WorkStudy(source, methods, reference, dts=dts, atols=atols, repeats=repeats, patience=patience)
    for step in study.chunks():
        if progress is not None:
            progress(step)
        if step.fraction < 1 and cancelled():
            raise Cancelled
    return study.result


def _ladder(name: str, values: Sequence[float]) -> tuple[float, ...]:
    """Settings from the coarsest to the finest."""
    ladder = tuple(sorted({float(value) for value in values}, reverse=True))
    if not ladder or not 0 < ladder[-1] <= ladder[0] < inf:
        raise ValueError(f"{name} = {values!r}: give at least one number, each greater than 0")
    return ladder
