"""Guided: the model is first drawn to the data, which leaves one valley of the error, and then let go."""

from collections.abc import Generator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.inverted import Inverted
from rheobase.fitting.optimisers.least_squares import search_from
from rheobase.fitting.optimisers.multi_start import MultiStart
from rheobase.fitting.optimisers.optimiser import Ask, Kind, Optimiser, Setting, register
from rheobase.fitting.trials import Trials

Floats = NDArray[np.float64]

_RATES = (3.0, 0.3, 0.03)  # per ms
_COARSE = 1e-4  # relative change at which a search under guidance ends
_SLOW = 3  # batches in which the error under guidance has to halve
_DRAWN = 0.01  # of the first error under guidance: more than that is left where the search stuck on its way
_LOST = 4.0  # times the error under guidance: then the model did not stay where it was let go
_NOTHING = 1e-6  # of the error at the start


class _Stage(NamedTuple):
    """One search.

    **Fields:** `rate` of its guidance; without any, it ends after `trial` batches if it leads nowhere.
    """

    rate: float
    search: Optimiser
    trial: int = 0


class Guided:
    """Least squares with voltages drawn to the data, then from there without.

    It begins at the start, and where that does not draw the model to the data, at the best of candidates over the whole
    space. Where the model, let go, leaves the data, it is drawn to them less strongly, and let go from there. Where
    that ends nowhere, many starts without guidance have the rest of the budget.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._tolerance = float(setting.option("tolerance", 1e-10))
        self._stages = self._planned()
        self._stage: _Stage | None = None
        self._course: list[float] = []  # the least error of this stage after each of its batches
        self._least: tuple[float, Floats] = (np.inf, setting.start)
        self._under = np.inf
        self._first = np.nan
        self.reason = "drawn to the data, and let go"

    def ask(self) -> Ask | None:
        """See `Optimiser`."""
        if np.isnan(self._first):
            return Ask(
                self._setting.start[None], derivatives=True, guide=0.0
            )  # which compiles nothing that is not needed later
        while True:
            if self._stage is None:
                self._stage, self._course = next(self._stages, None), []
                if self._stage is None:
                    return None
            stage = self._stage
            asked = None if self._over(stage) else stage.search.ask()
            if asked is not None:
                return replace(asked, guide=stage.rate)
            stage.search.close()
            self.reason = stage.search.reason or self.reason
            self._stage = None

    def tell(self, trials: Trials) -> None:
        """See `Optimiser`."""
        if self._stage is None:
            self._first = float(trials.errors[0])
            return
        k = int(np.argmin(trials.errors))
        if trials.errors[k] < self._least[0]:
            self._least = float(trials.errors[k]), trials.points[k]
        self._course.append(self._least[0])
        self._stage.search.tell(trials)

    def close(self) -> None:
        """See `Optimiser`."""
        if self._stage is not None:
            self._stage.search.close()
        self._stages.close()

    def _over(self, stage: _Stage) -> bool:
        """Whether a stage has done what it can."""
        if stage.rate:
            return len(self._course) > _SLOW and self._course[-1] > self._course[-1 - _SLOW] / 2
        return len(self._course) >= stage.trial and self._lost

    @property
    def _lost(self) -> bool:
        """Whether the least error without guidance is far above what was left under it."""
        return self._least[0] > _LOST * self._under + _NOTHING * self._first

    def _planned(self) -> Generator[_Stage]:
        setting, budget, n = self._setting, self._setting.budget, len(self._setting.start)
        options = {key: value for key, value in setting.options.items() if key in ("design", "at_once")}
        coarse = {"at_once": 1} | options | {"tolerance": _COARSE, "agree": 1}
        point = setting.start
        for rate in _RATES:
            self._least = np.inf, point
            yield _Stage(rate, _search(point, _COARSE))
            if rate == _RATES[0] and self._least[0] > _DRAWN * self._course[0]:
                yield _Stage(rate, MultiStart(replace(setting, budget=max(1, budget // 2), options=coarse)))
            self._under, point = self._least
            self._least = np.inf, point
            yield _Stage(0.0, _search(point, self._tolerance), 10 + n)
            if not self._lost:
                return
        yield _Stage(0.0, MultiStart(replace(setting, options=options | {"tolerance": self._tolerance})), budget)


def _search(start: Floats, tolerance: float) -> Optimiser:
    return Inverted(search_from(start, tolerance), derivatives=True, reason="")


def make(setting: Setting) -> Optimiser:
    """A search that is guided by the data."""
    return Guided(setting)


register(
    Kind(
        "guided",
        "least squares with voltages first drawn to the data, then let go",
        "traces with spikes",
        True,
        make,
        {
            "design": "candidates of the first design: a power of two, 8 n or more, at most 256",
            "at_once": "local searches at a time under the first guidance, 1",
            "tolerance": "relative change at which the last search ends, 1e-10",
        },
    )
)
