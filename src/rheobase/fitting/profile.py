"""The profile likelihood: one parameter held at each of some values, all others fitted again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.figures import FAINT, colour, line, new_figure
from rheobase.fitting.generators.generator import never
from rheobase.fitting.optimisers.least_squares import search_from
from rheobase.fitting.problem import WORST, Problem
from rheobase.fitting.trials import Derivatives, Trials
from rheobase.fitting.uncertainty import uncertainty
from rheobase.simulate import Cancelled

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Profile:
    """The least error for each of some values of a parameter.

    **Fields:** the `parameter`'s name; its `values`; the `errors`; `others`: the other parameters there, by name;
    `least`: the error of the best; `level` and `threshold`: values with an error below that make the interval of that
    probability (Venzon & Moolgavkar 1988, Applied Statistics 37:87); `interval`, with infinite ends where the error
    stays below within the values.
    """

    parameter: str
    values: Floats
    errors: Floats
    others: dict[str, Floats]
    least: float
    level: float
    threshold: float

    @property
    def interval(self) -> tuple[float, float]:
        """Where the error crosses the threshold, on either side of the least."""
        best = int(np.argmin(self.errors))
        return self._crossing(range(best, -1, -1), -np.inf), self._crossing(range(best, len(self.values)), np.inf)

    def to_dataframe(self) -> "pd.DataFrame":
        """The `error` and the other parameters; the index is the value."""
        import pandas as pd

        return pd.DataFrame({"error": self.errors, **self.others}, index=pd.Index(self.values, name=self.parameter))

    def figure(self) -> "go.Figure":
        """Draw the error along the parameter, with the threshold and the interval."""
        figure = new_figure(self.parameter, "Error")
        figure.add_trace(line(self.values, self.errors, "least error", 0, mode="lines+markers"))
        figure.add_hline(self.threshold, line={"color": FAINT, "dash": "dot", "width": 1})
        for end in self.interval:
            if np.isfinite(end):
                figure.add_vline(end, line={"color": colour(1), "dash": "dash", "width": 1})
        return figure

    def _crossing(self, way: range, open_end: float) -> float:
        previous = None
        for k in way:
            if self.errors[k] > self.threshold and previous is not None:
                # The root of what is above the least is nearly straight where the error is nearly a parabola.
                low, level, high = np.sqrt(
                    np.maximum(0.0, np.array([self.errors[previous], self.threshold, self.errors[k]]) - self.least)
                )
                part = (level - low) / (high - low)
                return float(self.values[previous] + part * (self.values[k] - self.values[previous]))
            previous = k
        return open_end

    def __repr__(self) -> str:
        low, high = self.interval
        return f"<Profile of {self.parameter}: {100 * self.level:g} % interval {low:.5g} to {high:.5g}>"


def profile(
    problem: Problem,
    name: str,
    *,
    best: Any = None,
    values: ArrayLike | None = None,
    points: int = 11,
    level: float = 0.95,
    tolerance: float = 1e-8,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = never,
) -> Profile:
    """Follow the least error along one parameter.

    **Arguments:**

    - `best`: what `run` found, whose parameters it begins from; the start of the fit unless given.
    - `values`: of the parameter; unless given `points` of them, four standard errors to either side as far as the
      bounds go.
    - `level`: of the interval.
    - `progress`: called with the values that are done and those in all; `cancelled`: asked often whether to stop.

    **Raises:** ValueError for values out of bounds, Cancelled.
    """
    from scipy.stats import chi2

    space = problem.space
    index = space.names.index(name)
    start = space.start if best is None else best.point
    if values is None:
        reach = 4 * float(np.sqrt(uncertainty(problem, start).cube[index, index]))
        held = np.linspace(max(0.0, start[index] - reach), min(1.0, start[index] + reach), points)
    else:
        array = np.sort(np.atleast_1d(np.asarray(values, float)))
        held = np.array([space.moved(start, {name: float(x)})[index] for x in array])
    found: dict[int, tuple[float, Floats]] = {}
    nearest = int(np.argmin(np.abs(held - start[index])))
    # From the best outwards, each from where its neighbour ended.
    for way in (range(nearest, len(held)), range(nearest - 1, -1, -1)):
        point = np.array(start if way.start == nearest else found[nearest][1], float)
        for k in way:
            found[k] = _held(problem, point, index, held[k], tolerance, cancelled)
            point = found[k][1]
            if progress is not None:
                progress(len(found), len(held))
    errors = np.array([found[k][0] for k in range(len(held))])
    where = np.stack([found[k][1] for k in range(len(held))])
    named = space.values(where)
    at_best = problem.evaluate(start[None]).errors[0]
    least = float(min(errors.min(), at_best))
    freedom = max(1, problem.residual_count - len(space))
    threshold = least * (1 + float(chi2.ppf(level, 1)) / freedom)
    errors = np.where(errors >= WORST, np.inf, errors)
    others = {each: np.asarray(column) for each, column in named.items() if each != name}
    return Profile(name, np.asarray(named[name]), errors, others, least, level, threshold)


def _held(
    problem: Problem, start: Floats, index: int, value: float, tolerance: float, cancelled: Callable[[], bool]
) -> tuple[float, Floats]:
    """The least error with one parameter held, and where."""
    free = [k for k in range(len(start)) if k != index]

    def whole(part: Floats) -> Floats:
        point = np.array(start)
        point[index], point[free] = value, part
        return point

    best: list[Any] = [np.inf, whole(start[free])]

    def evaluate(part: Floats) -> Trials:
        if cancelled():
            raise Cancelled
        trials = problem.differentiate(whole(part)[None], cancelled)
        if trials.errors[0] < best[0]:
            best[:] = float(trials.errors[0]), trials.points[0]
        full = trials.derivatives[0] if trials.derivatives else None
        reduced = None if full is None else Derivatives.of(full.projected, full.triangle[:, free])
        return trials.with_derivatives([reduced])

    if free:
        search_from(start[free], tolerance)(evaluate)
    else:
        evaluate(start[free])
    return best[0], best[1]
