"""A search on a thread of its own, which can be held at any moment, taken on batch by batch, and stopped."""

import logging
from collections.abc import Callable
from threading import Condition, Thread
from time import perf_counter
from typing import Literal

from rheobase.fitting import FitStudy, Step
from rheobase.widgets.actions import words

Phase = Literal["running", "paused", "ended", "failed"]

_log = logging.getLogger("rheobase")


class Hunt:
    """A search under way.

    **Arguments:** `begin` gives the search, on its thread. `told` hears of each batch, and, with None, that the phase
    changed; it is called from that thread, or from the one that asked.

    **Attributes:** `phase`; `study`, None until it has begun; `message`, why it failed; `seconds`, for how long it was
    at work, without what it was held.
    """

    def __init__(self, begin: Callable[[], FitStudy], told: Callable[["Hunt", Step | None], None]) -> None:
        self.study: FitStudy | None = None
        self.phase: Phase = "running"
        self.message = ""
        self._begin, self._told = begin, told
        self._change = Condition()
        self._single = self._stop = False
        self._seconds, self._since = 0.0, perf_counter()
        self._thread = Thread(target=self._work, name="rheobase-fitter-search", daemon=True)

    def start(self, *, single: bool = False) -> None:
        """Begin; `single`, with one batch."""
        self._single = single
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it can go on."""
        return self.phase in ("running", "paused")

    @property
    def seconds(self) -> float:
        """For how long it was at work."""
        return self._seconds + (perf_counter() - self._since if self.phase == "running" else 0.0)

    def hold(self) -> None:
        """Wait, even in the middle of a batch."""
        with self._change:
            if self.phase == "running":
                self._enter("paused")
                self._single = False
        self._told(self, None)

    def go(self, *, single: bool = False) -> None:
        """Go on; `single`, until the next batch is complete."""
        with self._change:
            self._single = single
            if self.phase == "paused":
                self._enter("running")
        self._told(self, None)

    def stop(self) -> None:
        """End, with what was found so far. It does not wait."""
        with self._change:
            self._stop = True
            self._change.notify_all()

    def _enter(self, phase: Phase) -> None:
        self._seconds, self._since = self.seconds, perf_counter()
        self.phase = phase
        self._change.notify_all()

    def _wait(self) -> bool:
        """Asked by the search, often, whether to stop: here it is held."""
        with self._change:
            self._change.wait_for(lambda: self.phase != "paused" or self._stop)
            return self._stop

    def _work(self) -> None:
        phase: Phase = "ended"
        try:
            self.study = self._begin()
            for step in self.study.steps(self._wait):
                with self._change:
                    if self._single:
                        self._single = False
                        self._enter("paused")
                self._told(self, step)
        except Exception as error:  # noqa: BLE001  whatever it is, it is told in words
            _log.debug("a search failed", exc_info=True)
            phase, self.message = "failed", words(error)
        with self._change:
            self._enter(phase)
        self._told(self, None)
