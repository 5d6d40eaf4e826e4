"""Many starts: candidates spread over the whole space, and local searches from the best of them."""

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.inverted import Inverted
from rheobase.fitting.optimisers.least_squares import search_from
from rheobase.fitting.optimisers.optimiser import Ask, Kind, Optimiser, Setting, kind_named, register
from rheobase.fitting.trials import Trials

Floats = NDArray[np.float64]

_SAME_PLACE = 1e-3  # of the bounds, within which two searches ended at one minimum
_SAME_ERROR = 1e-3  # of the error
_NOTHING = 1e-12  # of the first design's median error: what is left is rounding


class MultiStart:
    """A design of Sobol's over the space, then local searches from its best candidates, some at a time.

    It ends when the least error is as good as none, or when several searches found the same best minimum.
    """

    def __init__(self, setting: Setting) -> None:
        n = len(setting.start)
        self._setting = setting
        self._local = setting.option("local", "levenberg_marquardt" if setting.smooth else "bobyqa")
        wanted = int(setting.option("design", min(2 ** int(np.ceil(np.log2(8 * n))), 256)))
        self._design = self._spread(min(wanted, max(1, setting.budget // 3)))
        self._at_once = int(setting.option("at_once", 2))
        self._enough = int(setting.option("agree", 3))
        self._starts: list[Floats] = []
        self._searches: dict[int, Optimiser] = {}
        self._begun = 0
        self._asked: list[tuple[int, int]] = []
        self._best: dict[int, tuple[float, Floats]] = {}
        self._ended: list[tuple[float, Floats]] = []
        self._usual = np.inf
        self._over = False
        self.reason = f"{len(self._design)} candidates over the whole space, then {self._local} from the best"

    def ask(self) -> Ask | None:
        """See `Optimiser`."""
        if self._over:
            return None
        if not np.isfinite(self._usual):
            return Ask(self._design)
        return self._ask_searches()

    def tell(self, trials: Trials) -> None:
        """See `Optimiser`."""
        if not np.isfinite(self._usual):
            order = np.argsort(trials.errors, kind="stable")
            self._usual = float(np.median(trials.errors))
            self._starts = self._apart([trials.points[k] for k in order])
            return
        first = 0
        for number, count in self._asked:
            part = trials[first : first + count]
            first += count
            k = int(np.argmin(part.errors))
            if number not in self._best or part.errors[k] < self._best[number][0]:
                self._best[number] = (float(part.errors[k]), part.points[k])
            self._searches[number].tell(part)
        if min((error for error, _ in self._best.values()), default=np.inf) <= _NOTHING * self._usual:
            self._finish("nothing is left of the error")

    def close(self) -> None:
        """See `Optimiser`."""
        for search in self._searches.values():
            search.close()
        self._searches = {}

    def _ask_searches(self) -> Ask | None:
        asks: list[Ask] = []
        self._asked = []
        while not asks:
            while len(self._searches) < self._at_once and self._starts:
                self._searches[self._begun] = self._begin(self._starts.pop(0))
                self._begun += 1
            if not self._searches:
                self._finish("searched from every start")
                return None
            for number, search in list(self._searches.items()):
                wanted = search.ask()
                if wanted is None:
                    self._end(number)
                    if self._over:
                        return None
                else:
                    asks.append(wanted)
                    self._asked.append((number, len(wanted.points)))
        return Ask(np.concatenate([each.points for each in asks]), asks[0].derivatives)

    def _end(self, number: int) -> None:
        del self._searches[number]
        found = self._best.get(number)
        if found is not None:
            self._ended.append(found)
        least, where = min(self._ended, key=lambda each: each[0], default=(np.inf, self._setting.start))
        running = min((error for error, _ in self._best.values()), default=np.inf)
        if running < least * (1 - _SAME_ERROR):
            return  # one that still runs is better already
        agreeing = sum(
            error <= least * (1 + _SAME_ERROR) and float(np.abs(at - where).max()) <= _SAME_PLACE
            for error, at in self._ended
        )
        if agreeing >= self._enough:
            self._finish(f"{agreeing} search{'es' if agreeing > 1 else ''} found the same least error")

    def _finish(self, reason: str) -> None:
        self._over, self.reason = True, reason
        self.close()

    def _begin(self, start: Floats) -> Optimiser:
        setting = self._setting
        if self._local == "levenberg_marquardt":
            tolerance = float(setting.option("tolerance", 1e-10))
            return Inverted(search_from(start, tolerance), derivatives=True, reason="")
        inner = {k: v for k, v in setting.options.items() if k not in ("local", "design", "at_once")}
        return kind_named(self._local).make(
            Setting(start, setting.seed, setting.budget, setting.smooth, setting.residuals, inner)
        )

    def _spread(self, count: int) -> Floats:
        from scipy.stats import qmc

        n = len(self._setting.start)
        power = int(np.ceil(np.log2(max(2, count))))
        points = qmc.Sobol(n, rng=np.random.default_rng(self._setting.seed)).random_base2(power)[: max(0, count - 1)]
        return np.vstack([self._setting.start, points])

    def _apart(self, points: list[Floats]) -> list[Floats]:
        """The points in order, those first that lie well apart from all before them."""
        n = len(self._setting.start)
        reach = 0.5 * len(points) ** (-1 / n)
        kept: list[Floats] = []
        later: list[Floats] = []
        for point in points:
            near = any(float(np.abs(point - other).max()) < reach for other in kept)
            (later if near else kept).append(point)
        return kept + later


def make(setting: Setting) -> Optimiser:
    """A search over the whole space."""
    return MultiStart(setting)


register(
    Kind(
        "multi_start",
        "a Sobol design over the whole space, then local searches from its best candidates",
        "several minima, and a local method that is quick",
        False,
        make,
        {
            "local": "the local method, levenberg_marquardt, or bobyqa where derivatives do not hold",
            "design": "candidates of the design: a power of two, 8 n or more, at most 256",
            "at_once": "local searches at a time, 2",
            "agree": "how many of them have to find one least error, 3",
            "tolerance": "relative change at which the local method ends, 1e-10",
        },
    )
)
