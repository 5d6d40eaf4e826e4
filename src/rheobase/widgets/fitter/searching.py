"""The search in the tool: what it is asked, how it is held and taken on, and what is told of it meanwhile."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import traitlets

from rheobase.fitting import Best, FitStudy, History, Search, Step
from rheobase.fitting.optimisers import kind_named, optimisers
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.fitter.hunt import Hunt
from rheobase.widgets.fitter.parameters import ParameterTraits

_BETWEEN = 0.1  # s from one word on a search to the next
_MOST_TRIALS = 800  # on the screen
_SETTINGS = {"method": "auto", "budget": 1000, "seed": 0, "derivatives": "exact", "store": "", "options": {}}
_DERIVATIVES = ("exact", "differences", "reverse")
_NO_SEARCH: dict[str, Any] = {
    "phase": "none",
    "message": "",
    "trials": 0,
    "budget": 0,
    "error": None,
    "rate": 0.0,
    "seconds": 0.0,
    "reason": "",
    "stale": False,
    "moved": False,
}


class SearchTraits(ParameterTraits):
    """The search.

    - `settings`: `method`, `budget`, `seed`, `derivatives`, `store` and the method's `options`.
    - `methods`: the optimisers there are, with what they do and their options.
    - `search`: its `phase`, `"none"`, `"running"`, `"paused"`, `"ended"` or `"failed"`; the `trials` so far and the
      `budget`; the least `error`; trials a second; why this optimiser; whether the fit changed since, and whether a
      parameter was moved by hand.
    - `history`: float32, a row a trial: its number, its error, the least so far, and where each parameter lies from 0
      to 1; `history_names`: the parameters; `bests`: the trials at which the error fell, with their values.
    """

    settings: Any = traitlets.Dict(dict(_SETTINGS)).tag(sync=True)
    methods: Any = traitlets.List().tag(sync=True)
    search: Any = traitlets.Dict(dict(_NO_SEARCH)).tag(sync=True)
    history = traitlets.Bytes().tag(sync=True)
    history_names: Any = traitlets.List().tag(sync=True)
    bests: Any = traitlets.List().tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        self._hunt: Hunt | None = None
        self._hunted: tuple[Any, ...] = ()  # the fit that is searched, but for its starts
        self._begun_at: dict[str, float] = {}
        self._earlier: list[FitStudy] = []  # of the same fit, which the present one goes on from
        self._stamp = 0.0
        super().__init__(source, **traits)
        self.methods = [
            {
                "name": kind.name,
                "description": kind.description,
                "when": kind.when,
                "options": [{"name": name, "doc": doc} for name, doc in kind.options.items()],
            }
            for kind in optimisers()
        ]

    @property
    def best(self) -> Best | None:
        """The best that was found since the fit was last changed, None before the first search."""
        found = [study.best for study in self._studies if len(study.history)]
        return min(found, key=lambda each: each.error) if found else None

    @property
    def trials(self) -> list[History]:
        """The trials of the search, and of those that it goes on from."""
        return [study.history for study in self._studies]

    @property
    def _studies(self) -> list[FitStudy]:
        study = self._hunt.study if self._hunt is not None else None
        return [*self._earlier, *([study] if study is not None else [])]

    def follow(self) -> None:
        """Say whether what is searched is still the fit."""
        super().follow()
        if self._hunt is not None:
            self.search = {**self.search, **self._stands()}

    def close(self) -> None:
        """Take the widget off the page, and end the search."""
        if self._hunt is not None:
            self._hunt.stop()
        super().close()

    # What a person asks for

    @action("search.set")
    def set_search(self, key: str, value: Any) -> None:
        """Change a setting of the next search."""
        if key == "method":
            kind_named(value)
            self.settings = {**self.settings, "method": value, "options": {}}
        elif key == "budget":
            number = to_float(value, "1", "budget")
            if number != int(number) or not 1 <= number <= 1e9:
                raise ValueError(f"budget = {number:g}: give a whole number of trials, at least 1")
            self.settings = {**self.settings, "budget": int(number)}
        elif key == "seed":
            self.settings = {**self.settings, "seed": int(to_float(value, "1", "seed"))}
        elif key == "derivatives":
            if value not in _DERIVATIVES:
                raise ValueError(f"derivatives = {value!r}: give {', '.join(map(repr, _DERIVATIVES))}")
            self.settings = {**self.settings, "derivatives": value}
        elif key == "store":
            self.settings = {**self.settings, "store": str(value).strip()}
        else:
            raise ValueError(f"there is no setting {str(key)[:40]!r} of a search")

    @action("search.option")
    def set_option(self, key: str, value: Any) -> None:
        """Give the optimiser an option of its own; an empty value takes it back."""
        known = kind_named(self.settings["method"]).options
        if key not in known:
            raise ValueError(f"{self.settings['method']} has no option {str(key)[:40]!r}")
        options = {name: each for name, each in self.settings["options"].items() if name != key}
        if value != "":
            number = to_float(value, "1", key)
            options[key] = int(number) if number == int(number) and abs(number) < 1e9 else number
        self.settings = {**self.settings, "options": options}

    @action("search.run")
    def run_search(self) -> None:
        """Search from the start of the fit, anew."""
        self._refuse_while_alive()
        self._earlier = []
        self._begin(self._asked(self.settings["budget"]), self._store(anew=True))

    @action("search.step")
    def step_search(self) -> None:
        """Take one batch of trials, beginning a search where there is none."""
        hunt = self._hunt
        if hunt is not None and hunt.alive:
            hunt.go(single=True)
            return
        self._earlier = []
        self._begin(self._asked(self.settings["budget"]), self._store(anew=True), single=True)

    @action("search.reopen")
    def reopen_search(self) -> None:
        """Go on with the search in the file that is named, as if it had not ended, up to the number of trials."""
        self._refuse_while_alive()
        if not self.settings["store"]:
            raise ValueError("name the file in which the trials were kept")
        path, budget = Path(self.settings["store"]).expanduser(), int(self.settings["budget"])
        if not path.exists():
            raise ValueError(f"there is no file {path.name} here")
        self._earlier = []
        self._launch(lambda: FitStudy.resume(self.fit, path, budget=budget), budget)

    @action("search.pause")
    def pause_search(self) -> None:
        """Hold the search where it is."""
        if self._hunt is not None and self._hunt.phase == "running":
            self._hunt.hold()

    @action("search.resume")
    def resume_search(self, whence: str = "search") -> None:
        """Go on: `"search"`, as if it had not been held; `"here"`, from the values of the fit; `"best"`, from the best.

        The latter two begin the optimiser anew with what is left of the budget.
        """
        hunt = self._hunt
        if hunt is None or hunt.study is None:
            raise ValueError("there is no search to go on with: press Run")
        if whence == "search":
            if not hunt.alive:
                raise ValueError("the search has ended: go on from the best, or from the values shown")
            hunt.go()
            return
        if whence not in ("here", "best"):
            raise ValueError(f"resume from {whence!r}: give 'search', 'here' or 'best'")
        if whence == "best" and self.best is not None:
            self.begin_at(self.best.parameters, "Begin at the best")
        # It is not waited for: it would wait for the lock that is held here, to tell of its end.
        hunt.stop()
        spent = sum(len(each) for each in self.trials)
        left = max(int(self.settings["budget"]) - spent, 0) or int(self.settings["budget"])
        self._earlier = self._studies if self._same_fit() else []
        self._begin(self._asked(left), self._store(anew=False))

    @action("search.stop")
    def stop_search(self) -> None:
        """End the search; what was found stays."""
        if self._hunt is not None and self._hunt.alive:
            self._hunt.stop()

    @action("search.back")
    def go_back(self, trial: int) -> None:
        """Begin at what was the best at an earlier trial."""
        found = [each for each in self.bests if each["trial"] <= trial]
        if not found:
            raise ValueError(f"there is no best before trial {trial}")
        self.begin_at(found[-1]["values"], f"Go back to trial {found[-1]['trial']}")

    # How it goes

    def _refuse_while_alive(self) -> None:
        if self._hunt is not None and self._hunt.alive:
            raise ValueError("a search is under way: stop it before another begins")

    def _asked(self, budget: int) -> Search:
        asked = self.settings
        return Search(asked["method"], budget, asked["seed"], asked["derivatives"], dict(asked["options"]))

    def _store(self, *, anew: bool) -> Path | None:
        """The file of the next search; of one that goes on elsewhere, a further one beside the first."""
        if not self.settings["store"]:
            return None
        path = Path(self.settings["store"]).expanduser()
        if anew:
            if path.exists():
                raise ValueError(f"{path.name} is there already: give another name, or remove it")
            return path
        number = 2
        while (other := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
            number += 1
        return other

    def _begin(self, asked: Search, store: Path | None, *, single: bool = False) -> None:
        self._launch(lambda: FitStudy.begin(self.fit, asked, store=store), asked.budget, single=single)

    def _launch(self, make: Callable[[], FitStudy], budget: int, *, single: bool = False) -> None:
        def begin() -> FitStudy:
            with self.lock:
                return make()

        self._hunted, self._begun_at = self._subject(), dict(self._starts)
        self._hunt = Hunt(begin, self._heard)
        self.search = {**_NO_SEARCH, "phase": "running", "budget": budget}
        self.error = ""
        if not self._earlier:
            self.history, self.bests = b"", []
        self._hunt.start(single=single)

    def _heard(self, hunt: Hunt, step: Step | None) -> None:
        now = perf_counter()
        if step is not None and hunt.phase == "running" and now < self._stamp + _BETWEEN:
            return
        with self.lock:
            if self.comm is None or hunt is not self._hunt:
                return
            self._stamp = now
            with self.hold_sync():
                self._tell_search(hunt)

    def _tell_search(self, hunt: Hunt) -> None:
        study = hunt.study
        found = {**self.search, "phase": hunt.phase, "message": hunt.message, "seconds": hunt.seconds}
        if study is not None:
            found |= {
                "trials": sum(len(each) for each in self.trials),
                "budget": sum(len(each.history) for each in self._earlier) + study.budget,
                "reason": study.reason,
                "rate": len(study.history) / max(hunt.seconds, 1e-9),
            }
            if hunt.phase == "ended":
                found["message"] = study.ended
        best = self.best
        better = best is not None and best.error != found["error"]
        if best is not None:
            found["error"] = best.error if np.isfinite(best.error) else None
        self._show_history()
        if best is not None and better and np.isfinite(best.error):
            self.showing = "best"
            self.show_values()
            self.look()
        # Last, so that whoever waits for a phase finds all that belongs to it.
        self.search = {**found, **self._stands()}
        self.revision += 1

    def _stands(self) -> dict[str, bool]:
        """Whether the fit changed since the search began, and whether a parameter was moved since."""
        return {"stale": not self._same_fit(), "moved": self._starts != self._begun_at}

    def _same_fit(self) -> bool:
        return self._subject() == self._hunted

    def _subject(self) -> tuple[Any, ...]:
        document = self.fit.document
        varied = tuple(each.replace(start=None) for each in document.parameters.values())
        held = (document.ties, document.runs, document.functions, document.fits)
        return (self.fit.cell.revision, varied, *(tuple(table.values()) for table in held))

    def _show_history(self) -> None:
        histories = [each for each in self.trials if len(each)]
        if not histories:
            self.history, self.history_names, self.bests = b"", [], []
            return
        errors = np.concatenate([each.errors for each in histories])
        points = np.concatenate([batch.points for each in histories for batch in each.batches])
        least = np.minimum.accumulate(errors)
        fell = np.flatnonzero(np.diff(least, prepend=np.inf) < 0)
        count = len(errors)
        some = np.unique(np.concatenate([np.linspace(0, count - 1, min(count, _MOST_TRIALS)).astype(int), fell]))
        space = histories[-1].space
        rows = np.column_stack([some, errors[some], least[some], points[some]])
        self.history, self.history_names = rows.astype(np.float32).tobytes(), list(space.names)
        values = space.values(points[fell])
        self.bests = [
            {
                "trial": int(trial),
                "error": float(errors[trial]),
                "values": {name: float(column[k]) for name, column in values.items()},
            }
            for k, trial in enumerate(fell)
        ][-200:]
