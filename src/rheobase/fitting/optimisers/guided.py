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
_LOST = 4.0  # times the error under guidance: then the model did not stay where it was let go
_NOTHING = 1e-6  # of the error at the start


class _Stage(NamedTuple):
    """One search.

    **Fields:** `rate` of its guidance; `trial`: after how many batches it ends if it leads nowhere; `most`, at most.
    """

    rate: float
    search: Optimiser
    trial: int
    most: int


class Guided:
    """Least squares over the whole space with voltages drawn to the data, then from there without.

    Where the model, let go, leaves the data, it is drawn to them less strongly, and let go from there. Where that
    ends nowhere, many starts without guidance have the rest of the budget.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._tolerance = float(setting.option("tolerance", 1e-10))
        self._stages = self._planned()
        self._stage: _Stage | None = None
        self._spent = 0
        self._least: tuple[float, Floats] = (np.inf, setting.start)
        self._under = np.inf
        self._first = np.nan
        self.reason = "drawn to the data, and let go"

    def ask(self) -> Ask | None:
        """See `Optimiser`."""
        if np.isnan(self._first):
            return Ask(self._setting.start[None], derivatives=True)  # which compiles nothing that is not needed later
        while True:
            if self._stage is None:
                self._stage, self._spent = next(self._stages, None), 0
                if self._stage is None:
                    return None
            stage = self._stage
            over = self._spent >= stage.most or (self._spent >= stage.trial and self._lost)
            asked = None if over else stage.search.ask()
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
        self._spent += 1
        k = int(np.argmin(trials.errors))
        if trials.errors[k] < self._least[0]:
            self._least = float(trials.errors[k]), trials.points[k]
        self._stage.search.tell(trials)

    def close(self) -> None:
        """See `Optimiser`."""
        if self._stage is not None:
            self._stage.search.close()
        self._stages.close()

    @property
    def _lost(self) -> bool:
        """Whether the least error without guidance is far above what was left under it."""
        return self._least[0] > _LOST * self._under + _NOTHING * self._first

    def _planned(self) -> Generator[_Stage]:
        setting, budget, n = self._setting, self._setting.budget, len(self._setting.start)
        options = {key: value for key, value in setting.options.items() if key in ("design", "at_once")}
        coarse = {"at_once": 1} | options | {"tolerance": _COARSE, "agree": 1}
        point = setting.start
        for k, rate in enumerate(_RATES):
            self._least = np.inf, point
            if k == 0:
                many = MultiStart(replace(setting, budget=max(1, budget // 2), options=coarse))
                yield _Stage(rate, many, budget, 1 + 10 + n)
            else:
                yield _Stage(rate, _search(point, _COARSE), budget, 10 + n)
            self._under, point = self._least
            self._least = np.inf, point
            yield _Stage(0.0, _search(point, self._tolerance), 10 + n, budget)
            if not self._lost:
                return
        free = MultiStart(replace(setting, options=options | {"tolerance": self._tolerance}))
        yield _Stage(0.0, free, budget, budget)


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
