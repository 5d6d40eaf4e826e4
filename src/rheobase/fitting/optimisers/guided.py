"""Guided: the model is first drawn to the data, which leaves one valley of the error, and let go by and by."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.inverted import Inverted
from rheobase.fitting.optimisers.least_squares import search_from
from rheobase.fitting.optimisers.multi_start import MultiStart
from rheobase.fitting.optimisers.optimiser import Ask, Kind, Optimiser, Setting, register
from rheobase.fitting.trials import Trials

Floats = NDArray[np.float64]

_RATES = (3.0, 0.3, 0.03)  # per ms
_MOST = (0.4, 0.1, 0.1)  # of the budget, for each rate
_COARSE = 1e-4  # relative change at which a search under guidance ends
_LOST = 4.0  # times the error under the weakest guidance: then the model did not stay where it was let go
_NOTHING = 1e-6  # of the error at the start


class Guided:
    """Least squares over the whole space with voltages drawn to the data, then from there with less and less of that.

    Where the model, let go, leaves the data after all, many starts without guidance have the rest of the budget.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._tolerance = float(setting.option("tolerance", 1e-10))
        self._stages = self._planned()
        self._stage: tuple[float, Optimiser, int] | None = None
        self._spent = 0
        self._least: tuple[float, Floats] = (np.inf, setting.start)
        self._weakest = np.inf
        self._first = np.nan
        self.reason = "drawn to the data, and let go by and by"

    def ask(self) -> Ask | None:
        """See `Optimiser`."""
        if np.isnan(self._first):
            return Ask(self._setting.start[None])
        while True:
            if self._stage is None:
                self._stage = next(self._stages, None)
                if self._stage is None:
                    return None
                self._spent, self._least = 0, (np.inf, self._least[1])
            rate, search, most = self._stage
            asked = search.ask() if self._spent < most else None
            if asked is not None:
                return replace(asked, guide=rate)
            search.close()
            if rate:
                self._weakest = self._least[0]
            else:
                self.reason = search.reason
            self._stage = None

    def tell(self, trials: Trials) -> None:
        """See `Optimiser`."""
        if self._stage is None:
            self._first = float(trials.errors[0])
            return
        self._spent += len(trials)
        k = int(np.argmin(trials.errors))
        if trials.errors[k] < self._least[0]:
            self._least = float(trials.errors[k]), trials.points[k]
        self._stage[1].tell(trials)

    def close(self) -> None:
        """See `Optimiser`."""
        if self._stage is not None:
            self._stage[1].close()
        self._stages.close()

    def _planned(self) -> Generator[tuple[float, Optimiser, int]]:
        setting, budget = self._setting, self._setting.budget
        options = {"tolerance": _COARSE, "agree": 1} | {
            k: v for k, v in setting.options.items() if k in ("design", "at_once")
        }
        for k, (rate, part) in enumerate(zip(_RATES, _MOST, strict=True)):
            most = max(1, int(part * budget))
            if k == 0:
                yield rate, MultiStart(coarse), most
            else:
                yield rate, self._search(_COARSE), most
        yield 0.0, self._search(self._tolerance), budget
        if self._least[0] > _LOST * self._weakest + _NOTHING * self._first:
            yield (
                0.0,
                MultiStart(replace(setting, options=options | {"tolerance": self._tolerance, "agree": 3})),
                budget,
            )

    def _search(self, tolerance: float) -> Optimiser:
        return Inverted(search_from(self._least[1], tolerance), derivatives=True, reason="")


def make(setting: Setting) -> Optimiser:
    """A search that is guided by the data."""
    return Guided(setting)


register(
    Kind(
        "guided",
        "least squares with voltages drawn to the data, and let go by and by",
        "traces with spikes",
        True,
        make,
        {
            "design": "candidates of the first design: a power of two, 8 n or more, at most 256",
            "at_once": "local searches at a time in the first stage, 2",
            "tolerance": "relative change at which the last search ends, 1e-10",
        },
    )
)
