"""The trials of a run, in order."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.figures import FAINT, line, new_figure
from rheobase.fitting.front import Front, part_columns, undominated
from rheobase.fitting.problem import WORST
from rheobase.fitting.space import Space
from rheobase.fitting.trials import Trials

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]


@dataclass(eq=False, repr=False)
class History:
    """What was tried so far.

    **Fields:** `batches`, as they came; `seconds`, since the run began, at the end of each.
    """

    space: Space
    labels: tuple[str, ...]
    batches: list[Trials] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.count = 0
        self._best: tuple[float, Any] = (np.inf, None)

    def __len__(self) -> int:
        return self.count

    def add(self, trials: Trials, seconds: float) -> None:
        """Take in a batch."""
        self.batches.append(trials)
        self.seconds.append(seconds)
        self.count += len(trials)
        k = int(np.argmin(trials.errors))
        if not trials.guide and trials.errors[k] < self._best[0]:
            self._best = float(trials.errors[k]), trials.points[k]

    @property
    def error(self) -> float:
        """The least error; infinite before the first trial."""
        return self._best[0]

    @property
    def point(self) -> Any:
        """Where the error was least, None before the first trial."""
        return self._best[1]

    @property
    def errors(self) -> Floats:
        """The error of every trial; infinite where a run blew up, or was drawn to the data."""
        found = [np.where((each.errors >= WORST) | (each.guide > 0), np.inf, each.errors) for each in self.batches]
        return np.concatenate(found) if found else np.empty(0)

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a trial: `batch`, `seconds`, `error`, `best`, `guide`, parameters, the error of every match, `note`.

        A candidate that blew up has an infinite error, and says in `note` what went wrong. So has one whose voltages
        were drawn to the data, at `guide` per ms; the errors of its matches are those under this guidance.
        """
        import pandas as pd

        errors = self.errors
        sizes = [len(each) for each in self.batches]
        columns: dict[str, Any] = {
            "batch": np.repeat(np.arange(len(sizes)), sizes),
            "seconds": np.repeat(self.seconds, sizes),
            "error": errors,
            "best": np.minimum.accumulate(errors),
            "guide": np.repeat([each.guide for each in self.batches], sizes),
        }
        if self.batches:
            columns |= self.space.values(np.concatenate([each.points for each in self.batches]))
            parts = np.concatenate([each.parts for each in self.batches])
            columns |= {f"error of {label}": parts[:, k] for k, label in enumerate(self.labels)}
        columns["note"] = [note for each in self.batches for note in each.notes]
        return pd.DataFrame(columns).rename_axis("trial")

    def front(self, *parts: str | int) -> Front:
        """The trials that none betters in one part of the error without being worse in another: Pareto's front.

        **Arguments:** the parts: labels of matches, their numbers, or names of runs for the sum over their matches; all
        matches unless given.

        **Raises:** KeyError, IndexError for a part that there is not; ValueError before the first trial.
        """
        wanted = parts or tuple(range(len(self.labels)))
        columns = [part_columns(self.labels, part) for part in wanted]
        names = tuple(self.labels[part] if isinstance(part, int) else part for part in wanted)
        every = np.concatenate([np.empty((0, len(self.labels))), *(each.parts for each in self.batches)])
        points = np.concatenate([np.empty((0, len(self.space))), *(each.points for each in self.batches)])
        sound = np.flatnonzero(np.isfinite(self.errors))
        errors = np.stack([every[sound][:, some].sum(1) for some in columns], axis=1)
        front = undominated(errors)
        return Front(self.space, names, sound[front], points[sound[front]], errors[front], errors)

    def figure(self) -> "go.Figure":
        """Draw the error of every trial, and the least so far."""
        frame = self.to_dataframe()
        figure = new_figure("Trial", "Error")
        figure.update_yaxes(type="log")
        marker = {"color": FAINT, "size": 4}
        figure.add_trace(line(frame.index, frame["error"], "trials", 0, mode="markers", marker=marker))
        figure.add_trace(line(frame.index, frame["best"], "least so far", 1))
        return figure

    def __repr__(self) -> str:
        return f"<History: {self.count} trials, least error {self.error:.6g}>" if self.count else "<History: no trials>"
