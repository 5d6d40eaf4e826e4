"""The trials of which none is better in every part of the error: Pareto's front."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.figures import FAINT, line, new_figure
from rheobase.fitting.space import Space
from rheobase.model.names import UnknownName

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Front:
    """The trials that no other betters in one part of the error without being worse in another.

    **Fields:** the `parts` by name; `trials`: the number of each in the history, by the first part from the least;
    `points` of the cube, `(trials, n)`; `errors` in each part, `(trials, parts)`; `all`: those of every trial that ran.
    """

    space: Space
    parts: tuple[str, ...]
    trials: NDArray[np.intp]
    points: Floats
    errors: Floats
    all: Floats

    def __len__(self) -> int:
        return len(self.trials)

    def parameters(self, index: int) -> dict[str, float]:
        """The parameters by name of one member."""
        return {name: float(value) for name, value in self.space.values(self.points[index]).items()}

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a member: the error in each part, and the parameters; the index is the trial."""
        import pandas as pd

        columns = {f"error of {part}": self.errors[:, k] for k, part in enumerate(self.parts)}
        return pd.DataFrame(columns | self.space.values(self.points), index=pd.Index(self.trials, name="trial"))

    def figure(self) -> "go.Figure":
        """Draw the first two parts of every trial, with the front over them."""
        if len(self.parts) < 2:
            raise ValueError("a front of one part is its least error; give two parts")
        figure = new_figure(f"Error of {self.parts[0]}", f"Error of {self.parts[1]}")
        marker = {"color": FAINT, "size": 4}
        figure.add_trace(line(self.all[:, 0], self.all[:, 1], "trials", 0, mode="markers", marker=marker))
        figure.add_trace(line(self.errors[:, 0], self.errors[:, 1], "front", 1, mode="markers"))
        figure.update_xaxes(type="log").update_yaxes(type="log")
        return figure

    def __repr__(self) -> str:
        return f"<Front: {len(self)} of {len(self.all)} trials, by {' and '.join(self.parts)}>"


def undominated(errors: Floats) -> NDArray[np.intp]:
    """Which rows no other is at least as small as in every column and smaller in one; of equal rows the first.

    >>> undominated(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 3.0], [3.0, 1.0], [2.0, 2.0]])).tolist()
    [0, 1, 3]
    """
    # Whatever betters a row comes before it in this order, so that one look at those kept is enough.
    order = np.lexsort(errors.T[::-1])
    kept = np.empty((len(order), errors.shape[1]))
    found: list[int] = []
    for k in order:
        if not (kept[: len(found)] <= errors[k]).all(1).any():
            kept[len(found)] = errors[k]
            found.append(int(k))
    return np.array(found, np.intp)


def part_columns(labels: Sequence[str], part: str | int) -> list[int]:
    """The columns of a part: one match by its label or number, or all matches of a run by its name.

    **Raises:** KeyError, IndexError.
    """
    if isinstance(part, int):
        if not 0 <= part < len(labels):
            raise IndexError(f"part {part}: there are {len(labels)} parts, from 0")
        return [part]
    if part in labels:
        return [labels.index(part)]
    found = [k for k, label in enumerate(labels) if label.startswith(f"{part}: ")]
    if not found:
        raise UnknownName("part of the error", part, labels)
    return found
