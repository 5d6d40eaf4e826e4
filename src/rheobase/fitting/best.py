"""What a search found: the best parameters, how sure they are, and everything that was tried."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.figures import FAINT, colour, line, new_figure, with_unit
from rheobase.fitting.axes import Axes, principal_axes
from rheobase.fitting.front import Front
from rheobase.fitting.history import History
from rheobase.fitting.problem import WORST, Problem
from rheobase.fitting.uncertainty import Uncertainty, uncertainty
from rheobase.model import Cell
from rheobase.model.applied import with_parameters
from rheobase.simulate import Results

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]


class Best:
    """What a search found.

    **Attributes:**

    - `parameters`: by name, those that moved; `model`: every parameter of the model that the fit gives a value, ties
      included, by the model's name.
    - `error`: the least; infinite where every trial blew up.
    - `history`: all trials. `reason`: why this optimiser; `ended`: why it ended.
    - `covariance`, `correlation`, `standard_errors`, `intervals()`, `undetermined`: how sure the parameters are, by the
      derivatives of all residuals at the best point. `axes`: the principal axes of the error there.
    - `front`: the trials of which none is better in every part of the error.
    """

    def __init__(self, problem: Problem, history: History, reason: str, ended: str) -> None:
        self._problem = problem
        self.history, self.reason, self.ended = history, reason, ended
        self.point: Floats = problem.space.start if history.point is None else history.point
        self.error = np.inf if history.error >= WORST else history.error
        space = problem.space
        self.parameters = {name: float(value) for name, value in space.values(self.point).items()}
        self.model = {name: float(value) for name, value in space.model(self.point).items()}

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """How sure the parameters are: see `Uncertainty`. **Raises:** SimulationError where the best run blew up."""
        return uncertainty(self._problem, self.point)

    @cached_property
    def front(self) -> Front:
        """The trials that none betters in one part of the error without being worse in another: see `History.front`."""
        return self.history.front()

    @cached_property
    def axes(self) -> Axes:
        """The principal axes of the error: see `Axes`. **Raises:** SimulationError where the best run blew up."""
        return principal_axes(self._problem, self.point)

    @property
    def covariance(self) -> "pd.DataFrame":
        """The covariance of the parameters, in their units: see `Uncertainty.covariance`."""
        return self.uncertainty.covariance

    @property
    def correlation(self) -> "pd.DataFrame":
        """The correlation of the parameters."""
        return self.uncertainty.correlation

    @property
    def standard_errors(self) -> dict[str, float]:
        """The standard error of each parameter, in its unit; infinite where the data cannot determine it."""
        return self.uncertainty.standard_errors

    @property
    def undetermined(self) -> tuple[str, ...]:
        """The parameters that the data cannot determine."""
        return self.uncertainty.undetermined

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """The interval of each parameter that holds its true value with a probability of `level`.

        That of an undetermined one is everything, from 0 to infinity on a logarithmic scale.
        """
        return self.uncertainty.intervals(level)

    def cell(self, fit: str = "") -> Cell:
        """A copy of the cell with the best parameters set, of which `to_code` and `save` write it out.

        **Arguments:** `fit`: the name of a fit within this one, whose cell it is; this one's unless given.

        What belongs to runs and not to the cell, such as `celsius` or the clamp of a protocol, is in `model` alone.
        Profiles over distance are measured anew where the fit changed a section's length.
        """
        cell, model = self._problem.cell, self.model
        if fit:
            within = self._problem.within(fit)
            cell, model = within.problem.cell, within.model(self._problem.space, self.point)
        return with_parameters(cell, model, "Set the best parameters")[0]

    def results(self) -> dict[str, Results]:
        """The runs under the best parameters, by name, with everything that is matched."""
        return self._problem.results(self.point)

    def figure(self) -> "go.Figure":
        """Draw every curve that was matched, with what the best parameters give in its place."""
        overlays = list(self._problem.overlays(self.point))
        if not overlays:
            raise ValueError("nothing is matched to a curve; results() gives the runs of the best parameters")
        same = {each.x_title for each in overlays} == {"Time (ms)"}
        titles = [with_unit(each.label, each.unit) for each in overlays]
        below = "Time (ms)" if same else [each.x_title for each in overlays]
        figure = new_figure(below, titles, height=120 + 280 * len(overlays))
        for row, each in enumerate(overlays, start=1):
            marker = {"color": FAINT, "size": 3}
            figure.add_trace(
                line(each.data[0], each.data[1], "data", 0, mode="markers", marker=marker, showlegend=row == 1), row, 1
            )
            figure.add_trace(line(each.model[0], each.model[1], "model", 1, showlegend=row == 1), row, 1)
            for start, end, _ in each.regions:
                figure.add_vrect(start, end, fillcolor=colour(4), opacity=0.1, line_width=0, row=row, col=1)
        return figure

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row a parameter: `value`, `standard_error`, `low` and `high` of the 95 % interval, `determined`.

        Where the data cannot determine one, `standard_error` is infinite and the interval is everything.
        """
        import pandas as pd

        intervals = self.intervals()
        rows = {
            name: {
                "value": value,
                "standard_error": self.standard_errors[name],
                "low": intervals[name][0],
                "high": intervals[name][1],
                "determined": name not in self.undetermined,
            }
            for name, value in self.parameters.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")

    def __repr__(self) -> str:
        told = ", ".join(f"{name} {value:.5g}" for name, value in list(self.parameters.items())[:6])
        more = f" and {len(self.parameters) - 6} more" if len(self.parameters) > 6 else ""
        return f"<Best of {len(self.history)} trials: error {self.error:.5g}, {told}{more}; {self.ended}>"
