"""A search taken one batch after another, so that a worker can show it and stop it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rheobase.fitting import file
from rheobase.fitting.best import Best
from rheobase.fitting.executing import evaluator
from rheobase.fitting.history import History
from rheobase.fitting.optimisers import kind_named
from rheobase.fitting.optimisers.optimiser import Setting
from rheobase.fitting.search import Step, search
from rheobase.fitting.store import Store, StoreError, options_text
from rheobase.model.names import UnknownName

if TYPE_CHECKING:
    from rheobase.fitting.fit import Fit

_DERIVATIVES = ("exact", "differences", "reverse")
_OF_GRADIENTS = ("adam", "lbfgs")


@dataclass(frozen=True)
class Search:
    """What a search is, besides the fit: see `Fit.run`. **Raises:** KeyError, ValueError for what cannot be."""

    method: str
    budget: int
    seed: int
    derivatives: str
    options: dict[str, Any]

    def __post_init__(self) -> None:
        kind = kind_named(self.method)
        if isinstance(self.budget, bool) or int(self.budget) != self.budget or self.budget < 1:
            raise ValueError(f"budget = {self.budget!r}: give a whole number of trials, at least 1")
        for name in self.options:
            if not kind.chooses and name not in kind.options:
                raise UnknownName(f"option of {self.method}", name, kind.options)
        if self.derivatives not in _DERIVATIVES:
            raise ValueError(f"derivatives = {self.derivatives!r}: give {' or '.join(map(repr, _DERIVATIVES))}")
        if self.derivatives == "reverse" and self.method not in _OF_GRADIENTS:
            raise ValueError(
                f"derivatives = 'reverse' gives gradients alone, and method {self.method!r} needs those of every "
                f"residual: use it with {' or '.join(map(repr, _OF_GRADIENTS))}"
            )

    def told(self) -> dict[str, str]:
        """As a store keeps it."""
        return {name: str(value) for name, value in asdict(self).items()} | {"options": options_text(self.options)}

    @classmethod
    def of(cls, about: dict[str, str]) -> "Search":
        """As a store kept it."""
        return cls(
            about["method"],
            int(about["budget"]),
            int(about["seed"]),
            about["derivatives"],
            file.plain(about["options"]),
        )


class FitStudy:
    """A search under way.

    **Attributes:** `history`: all trials so far; `reason`: why this optimiser; `ended`: why it ended, empty before;
    `budget`: how many trials there may be in all.
    """

    def __init__(self, fit: "Fit", asked: Search, store: Store | None, budget: int, executor: Any) -> None:
        problem = self._problem = fit.compiled()
        if len(problem) == 0:
            raise ValueError(f"fit {fit.name!r} varies nothing: fit.vary('soma.hh.gnabar', low, high), or turn one on")
        self._evaluate = evaluator(problem, fit.to_data, executor, asked.derivatives)
        space = problem.space
        setting = Setting(
            space.start,
            asked.seed,
            asked.budget,
            problem.smooth,
            problem.residual_count,
            dict(asked.options),
            len(problem.parts),
            problem.spikes,
        )
        self._optimiser = kind_named(asked.method).make(setting)
        self._store = store
        self.budget = budget
        self.history = History(space, problem.labels)
        self.reason, self.ended = self._optimiser.reason, ""

    @classmethod
    def begin(
        cls,
        fit: "Fit",
        asked: Search,
        *,
        store: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        executor: Any = None,
    ) -> "FitStudy":
        """Begin a search: the arguments of `Fit.run`."""
        made = cls(fit, asked, None, int(asked.budget), executor)
        if store is not None:
            about = {"fit": file.text(fit.to_data()), **asked.told()}
            problem = fit.compiled()
            made._store = Store.create(store, about, problem.space.parameters, problem.labels, overwrite=overwrite)
        return made

    @classmethod
    def resume(
        cls, fit: "Fit", store: str | os.PathLike[str], *, budget: int | None = None, executor: Any = None
    ) -> "FitStudy":
        """Go on with a search that was kept: the arguments of `Fit.resume`."""
        held = Store.open(store)
        try:
            if not file.same(held.about["fit"], fit.to_data()):
                raise StoreError(
                    f"{held.path.name}: is of another fit than this; rb.Fit.load({str(held.path)!r}) gives the one "
                    "it is of"
                )
            asked = Search.of(held.about)
            return cls(fit, asked, held, asked.budget if budget is None else int(budget), executor)
        except BaseException:
            held.close()
            raise

    @property
    def best(self) -> Best:
        """The best so far."""
        return Best(self._problem, self.history, self.reason, self.ended)

    def steps(self, stopped: Callable[[], bool] = lambda: False) -> Iterator[Step]:
        """Search until the optimiser ends, the budget is spent or `stopped` says so; a `Step` after each batch.

        **Raises:** StoreError where the store cannot be written.
        """
        try:
            yield from search(
                self._optimiser, self._evaluate, self.history, self.budget, store=self._store, stopped=stopped
            )
            spent = self.history.count >= self.budget
            self.ended = "the budget is spent" if spent else "stopped" if stopped() else self._optimiser.reason
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the store and the optimiser; a search that is not taken to its end needs this."""
        self._optimiser.close()
        if self._store is not None:
            self._store.close()
