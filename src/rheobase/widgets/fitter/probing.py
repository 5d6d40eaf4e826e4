"""What takes longer than derivatives to know of the best: profiles of the error, and samples of the posterior."""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol

import numpy as np
import traitlets

from rheobase.fitting import Best, Posterior, Profile
from rheobase.simulate import Cancelled
from rheobase.units import to_float
from rheobase.widgets.actions import action, words
from rheobase.widgets.fitter.findings import FindingTraits
from rheobase.widgets.latest import Turn, Turns

_BETWEEN = 0.1  # s from one word on how far it is to the next
_MOST_SAMPLES = 10_000  # on the screen
_MOST_WALKERS = 24
_BINS = 40
_NOTHING: dict[str, Any] = {"state": "none", "message": "", "done": 0, "all": 0}
_NO_PROFILE = {**_NOTHING, "parameter": "", "values": [], "errors": [], "interval": [None, None]}
_NO_POSTERIOR = {**_NOTHING, "rows": [], "shape": [0, 0, 0], "bars": [], "doubts": []}

_log = logging.getLogger("rheobase")


class Probe(Protocol):
    """What is asked of the best: it tells how far it is, and asks whether to stop."""

    def __call__(
        self, best: Best, *, progress: Callable[[int, int], None], cancelled: Callable[[], bool]
    ) -> dict[str, Any]:
        """The traits that change with what was found."""
        ...


class ProbingTraits(FindingTraits):
    """What was found, looked into by many more runs.

    - `profile`: its `state`, as that of the findings or `"stopped"`, with a `message`; how many values are `done` of
      `all`; the `parameter`, its `unit` and whether it is `log`; the `values`, their `errors`, None where all blew up,
      the `least`, the `threshold` and the `interval`, None where it is open.
    - `posterior`: likewise; `rows`, the summary of each parameter; its histograms, `bars`, each with `edges` and
      `heights`; the `shape` of what is sent of the `samples`, steps, walkers and parameters, float32; and `doubts`.
    """

    profile: Any = traitlets.Dict(dict(_NO_PROFILE)).tag(sync=True)
    posterior: Any = traitlets.Dict(dict(_NO_POSTERIOR)).tag(sync=True)
    samples = traitlets.Bytes().tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        self._probes = Turns("rheobase-fitter-probes")
        super().__init__(source, **traits)

    def close(self) -> None:
        """Take the widget off the page, and run nothing for it any more."""
        self._probes.close()
        super().close()

    @action("profile.ask")
    def ask_profile(self, name: str, points: Any = 11) -> None:
        """Follow the least error along a parameter, all others fitted again at each of so many values."""
        count = _whole(points, "values", 3)

        def probe(best: Best, **hooks: Any) -> dict[str, Any]:
            found = self.fit.profile(name, best=best, points=count, **hooks)
            return {"profile": self._told_profile(found, best)}

        self._take("profile", {**_NO_PROFILE, "parameter": name}, probe)

    @action("posterior.ask")
    def ask_posterior(self, steps: Any = 600, burn: Any = 300, seed: Any = 0) -> None:
        """Sample the posterior about the best, so many steps after some that are forgotten."""
        least = {"steps": (steps, 2), "burn": (burn, 0), "seed": (seed, 0)}
        given: dict[str, Any] = {name: _whole(value, name, few) for name, (value, few) in least.items()}

        def probe(best: Best, **hooks: Any) -> dict[str, Any]:
            return self._told_posterior(self.fit.posterior(best, **given, **hooks))

        self._take("posterior", dict(_NO_POSTERIOR), probe)

    @action("probe.stop")
    def stop_probe(self) -> None:
        """Give up what is under way; of the posterior, what was sampled after the burn-in stays."""
        self._probes.stop()

    def _take(self, trait: str, begun: dict[str, Any], probe: Probe) -> None:
        best = self._found()
        if self.search["stale"]:
            raise ValueError("the fit was changed since the search: press Run first")
        under_way = next((each for each in ("profile", "posterior") if getattr(self, each)["state"] == "running"), "")
        if under_way:
            raise ValueError(f"a {under_way} is under way: cancel it first")

        def work(turn: Turn) -> None:
            stamp = 0.0

            def told(done: int, count: int) -> None:
                nonlocal stamp
                if perf_counter() > stamp + _BETWEEN:
                    stamp = perf_counter()
                    self._show_probe({trait: {**getattr(self, trait), "done": done, "all": count}})

            try:
                with self.lock:
                    self.fit.compiled()
                found = probe(best, progress=told, cancelled=lambda: turn.stopped)
            except Cancelled:
                found = {trait: {**begun, "state": "stopped", "message": "Cancelled."}}
            except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
                _log.debug("the %s failed", trait, exc_info=True)
                found = {trait: {**begun, "state": "error", "message": words(error)}}
            self._show_probe(found)

        self._judged[trait] = best
        setattr(self, trait, {**begun, "state": "running"})
        self._probes.take(work)

    def _show_probe(self, traits: dict[str, Any]) -> None:
        with self.lock:
            if self.comm is None:
                return
            with self.hold_sync():
                for name, value in traits.items():
                    setattr(self, name, value)
                self._age()
                self.revision += 1

    def _told_profile(self, found: Profile, best: Best) -> dict[str, Any]:
        (each,) = [each for each in best.uncertainty.space.parameters if each.name == found.parameter]
        return {
            **_NO_PROFILE,
            "state": "done",
            "parameter": each.name,
            "unit": self._unit(each.target),
            "log": each.log,
            "values": found.values.tolist(),
            "errors": [_plain(error) for error in found.errors],
            "least": found.least,
            "threshold": found.threshold,
            "best": best.parameters[each.name],
            "interval": [_plain(end) for end in found.interval],
        }

    def _told_posterior(self, found: Posterior) -> dict[str, Any]:
        summary = found.summary()
        steps, walkers = found.logs.shape
        walkers = min(walkers, _MOST_WALKERS)
        columns = np.stack(list(found.values.values()), axis=-1)
        sent = columns[:: max(1, -(-steps * walkers // _MOST_SAMPLES)), :walkers]
        rows, bars = [], []
        for each, column in zip(found.space.parameters, columns.reshape(-1, columns.shape[-1]).T, strict=True):
            told = {str(key): _plain(value) for key, value in summary.loc[each.name].items()}
            rows.append({"name": each.name, "unit": self._unit(each.target), "log": each.log, **told})
            space = np.geomspace if each.log else np.linspace
            edges = space(float(column.min()), float(column.max()), _BINS + 1)
            bars.append({"edges": edges.tolist(), "heights": np.histogram(column, edges)[0].tolist()})
        posterior = {
            **_NO_POSTERIOR,
            "state": "done",
            "message": found.ended,
            "rows": rows,
            "bars": bars,
            "shape": list(sent.shape),
            "doubts": found.doubts,
        }
        return {"posterior": posterior, "samples": np.ascontiguousarray(sent, np.float32).tobytes()}


def _whole(value: Any, name: str, least: int) -> int:
    number = to_float(value, "1", name)
    if number != int(number) or not least <= number <= 1e9:
        raise ValueError(f"{name} = {number:g}: give a whole number, at least {least}")
    return int(number)


def _plain(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
