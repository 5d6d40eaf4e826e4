"""NSGA-II, by pymoo: a population that spreads along the front of all parts of the error (Deb et al. 2002).

It weighs no part against another; `Best.front` has what came of it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.optimiser import Ask, Kind, Optimiser, Setting, register
from rheobase.fitting.trials import Trials

Floats = NDArray[np.float64]

_POPULATION = 40
_CROSSING, _CHANGING = 15.0, 20.0  # the spread of what crossing over and mutation make, as pymoo has them


class Nsga2:
    """One generation after another: the start, a design of Sobol's about the space, then offspring of the best."""

    def __init__(self, setting: Setting) -> None:
        if setting.parts < 2:
            raise ValueError(
                "nsga2 sets parts of the error against each other, and this fit has one: match something more, or take "
                "'cma_es'"
            )
        self._size = int(setting.option("population", _POPULATION))
        if self._size < 4:
            raise ValueError(f"population = {self._size}: give at least 4")
        self._search = self._begin(setting)
        self._asked: Any = None
        self.reason = f"NSGA-II with {self._size} candidates a generation, over {setting.parts} parts of the error"

    def ask(self) -> Ask | None:
        """See `Optimiser`."""
        self._asked = self._search.ask()
        if self._asked is None or not len(self._asked):
            self.reason = "nothing new comes of the population"
            return None
        return Ask(np.clip(self._asked.get("X").astype(float), 0.0, 1.0))

    def tell(self, trials: Trials) -> None:
        """See `Optimiser`."""
        parts = np.where(np.isfinite(trials.parts), trials.parts, trials.errors[:, None])
        # What is known beforehand of the parameters belongs to every part.
        priors = np.maximum(0.0, trials.errors - np.where(np.isfinite(trials.parts), trials.parts, 0.0).sum(1))
        self._asked.set("F", parts + priors[:, None])
        self._search.tell(infills=self._asked)

    def close(self) -> None:
        """See `Optimiser`."""

    def _begin(self, setting: Setting) -> Any:
        try:
            from pymoo.algorithms.moo.nsga2 import NSGA2
            from pymoo.core.problem import Problem
            from pymoo.core.termination import NoTermination
            from pymoo.operators.crossover.sbx import SBX
            from pymoo.operators.mutation.pm import PM
        except ImportError:
            raise ImportError("nsga2 needs pymoo: pip install 'rheobase[evolution]'") from None
        n = len(setting.start)
        problem = Problem(n_var=n, n_obj=setting.parts, xl=np.zeros(n), xu=np.ones(n))
        search = NSGA2(
            pop_size=self._size,
            sampling=_design(setting, self._size),
            crossover=SBX(eta=float(setting.option("crossing", _CROSSING)), prob=0.9),
            mutation=PM(eta=float(setting.option("changing", _CHANGING))),
        )
        search.setup(problem, termination=NoTermination(), seed=setting.seed, verbose=False)
        return search


def _design(setting: Setting, size: int) -> Floats:
    from scipy.stats import qmc

    chance = np.random.default_rng(setting.seed)
    points = qmc.Sobol(len(setting.start), rng=chance).random_base2(int(np.ceil(np.log2(size))))
    return np.vstack([setting.start, points[: size - 1]])


def make(setting: Setting) -> Optimiser:
    """A search along the front."""
    return Nsga2(setting)


register(
    Kind(
        "nsga2",
        "NSGA-II (pymoo): evolution along the front of all parts of the error, whatever their weights",
        "parts of the error that disagree, and features, as BluePyOpt's users have it",
        False,
        make,
        {
            "population": f"candidates a generation, {_POPULATION}",
            "crossing": f"how near offspring stay to their parents, {_CROSSING:g}",
            "changing": f"how small mutations are, {_CHANGING:g}",
        },
    )
)
