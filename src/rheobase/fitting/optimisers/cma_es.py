"""CMA-ES, by cma: a cloud of candidates that learns the shape of the error (Hansen & Ostermeier 2001)."""

import warnings
from typing import Any

import numpy as np

from rheobase.fitting.optimisers.optimiser import Ask, Kind, Optimiser, Setting, register
from rheobase.fitting.trials import Trials


class Cma:
    """One generation after another; when a cloud has settled, another, twice as large, begins elsewhere."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._chance = np.random.default_rng(setting.seed)
        self._spread = float(setting.option("spread", 0.3))
        n = len(setting.start)
        self._population = int(setting.option("population", 4 + int(3 * np.log(n)) if n > 1 else 6))
        self._restarts = 0
        self._search = self._begin(setting.start)
        self._points: list[Any] = []
        self.reason = f"CMA-ES with {self._population} candidates a generation"

    def ask(self) -> Ask | None:
        """See `Optimiser`."""
        if self._search.stop():
            self._restarts += 1
            self._population *= 2
            self._search = self._begin(self._chance.uniform(size=len(self._setting.start)))
            self.reason = f"CMA-ES, begun anew {self._restarts} times"
        self._points = self._search.ask()
        return Ask(np.clip(np.array([self._cut(each) for each in self._points]), 0.0, 1.0))

    def tell(self, trials: Trials) -> None:
        """See `Optimiser`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._search.tell(self._points, trials.errors.tolist())

    def close(self) -> None:
        """See `Optimiser`."""

    def _cut(self, point: Any) -> Any:
        # One parameter goes as two to the library, which knows no fewer.
        return point[: len(self._setting.start)]

    def _begin(self, start: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import cma

            start = np.append(start, 0.5) if len(start) == 1 else start
            options = {
                "bounds": [0.0, 1.0],
                "popsize": self._population,
                "verbose": -9,
                "seed": np.nan,
                "randn": lambda *shape: self._chance.standard_normal(shape),
            }
            return cma.CMAEvolutionStrategy(np.clip(start, 0.01, 0.99), self._spread, options)


def make(setting: Setting) -> Optimiser:
    """A search that begins around one start."""
    return Cma(setting)


register(
    Kind(
        "cma_es",
        "CMA-ES (cma), whole generations together, with restarts of growing size",
        "rugged errors, features and counts, up to a hundred parameters",
        False,
        make,
        {
            "population": "candidates a generation, 4 + 3 ln n",
            "spread": "of the first generation, as a part of the bounds, 0.3",
        },
    )
)
