"""Runs that follow a slider: one worker thread, the latest request wins, nothing queues."""

import atexit
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Condition, Thread
from time import perf_counter
from typing import Literal, NamedTuple, Protocol
from weakref import WeakSet

from rheobase.simulate.results import Results
from rheobase.simulate.simulation import Progress

_PREEMPT_AFTER = 0.3
"""Seconds. A run younger than this is let finish when another is asked for, so that a drag shows pictures."""

_BETWEEN_PARTIALS = 0.1
"""Seconds from one partial result to the next."""

_log = logging.getLogger("rheobase")


@dataclass(frozen=True)
class Update:
    """News of a live run.

    **Fields:** `state`; `results`, partial while running; `progress` from 0 to 1; `elapsed` seconds; `message`, what
    went wrong in words; `request`, the number that `LiveRunner.request` returned.
    """

    state: Literal["running", "done", "cancelled", "error"]
    results: Results | None
    progress: float
    elapsed: float
    message: str
    request: int


class Work(Protocol):
    """What is done a chunk at a time: a `Simulation`, or several runs one after the other."""

    def chunks(self) -> Iterator[Progress]:
        """Do it, and tell after each chunk how far it has come."""
        ...


class _Request(NamedTuple):
    number: int
    work: Callable[[], Work]
    background: bool


class LiveRunner:
    """Runs simulations one at a time on a thread of its own.

    **Arguments:** `on_update` is called from that thread with each `Update`.

    >>> import queue
    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> news = queue.Queue()
    >>> live = LiveRunner(news.put)
    >>> snapshot = cell.freeze()
    >>> _ = live.request(lambda: rb.Simulation(snapshot, tstop=1))
    >>> news.get(timeout=60).state
    'done'
    >>> live.close()
    """

    def __init__(self, on_update: Callable[[Update], None]) -> None:
        self._on_update = on_update
        self._change = Condition()
        self._pending: _Request | None = None
        self._count = 0
        self._cancelled = 0
        self._closed = False
        self._thread: Thread | None = None

    def request(self, work: Callable[[], Work], *, background: bool = False) -> int:
        """Ask for a run; it replaces any that waits, and stops one that has been running for a while.

        **Arguments:** `work` makes the simulation, or other work, on the worker thread; let it hold frozen documents
        only. What runs in the `background` gives way at once to whatever is asked for next.

        **Returns:** the number of the request.
        """
        with self._change:
            if self._closed:
                raise RuntimeError("this runner is closed")
            self._count += 1
            self._pending = _Request(self._count, work, background)
            if self._thread is None:
                _open.add(self)
                self._thread = Thread(target=self._work, name="rheobase-live", daemon=True)
                self._thread.start()
            self._change.notify_all()
            return self._count

    def cancel(self) -> None:
        """Stop the present run, or one that waits; its last update says `"cancelled"`."""
        with self._change:
            self._cancelled = self._count

    def close(self) -> None:
        """Stop for good; no update comes after the one under way."""
        with self._change:
            self._closed = True
            self._pending = None
            self._cancelled = self._count
            self._change.notify_all()

    def _work(self) -> None:
        while (request := self._next()) is not None:
            self._tell(self._run(request))

    def _next(self) -> _Request | None:
        with self._change:
            self._change.wait_for(lambda: self._pending is not None or self._closed)
            request, self._pending = self._pending, None
            return None if self._closed else request

    def _run(self, request: _Request) -> Update:
        began = told = perf_counter()
        results: Results | None = None
        fraction = 0.0

        def update(state: Literal["running", "done", "cancelled", "error"], message: str = "") -> Update:
            return Update(state, results, fraction, perf_counter() - began, message, request.number)

        try:
            if self._unwanted(request, 0):
                return update("cancelled")
            for step in request.work().chunks():
                results, fraction = step.results, step.fraction
                if fraction < 1 and self._unwanted(request, perf_counter() - began):
                    return update("cancelled")
                if fraction < 1 and perf_counter() - told > _BETWEEN_PARTIALS:
                    told = perf_counter()
                    self._tell(update("running"))
        except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
            _log.debug("a live run failed", exc_info=True)
            # A KeyError shows its text in quotes; a person should read the text.
            message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
            return update("error", message or type(error).__name__)
        return update("done")

    def _unwanted(self, request: _Request, seconds: float) -> bool:
        with self._change:
            overdue = request.background or seconds > _PREEMPT_AFTER
            return request.number <= self._cancelled or (self._pending is not None and overdue)

    def _tell(self, update: Update) -> None:
        with self._change:
            if self._closed:
                return
        try:
            self._on_update(update)
        except Exception:  # noqa: BLE001  whatever it is, the worker lives on
            _log.exception("an observer of live runs failed")


# A thread still inside compiled code when the interpreter ends would abort the process.
_open: WeakSet[LiveRunner] = WeakSet()


@atexit.register
def _close_all() -> None:
    for runner in list(_open):
        runner.close()
        if runner._thread is not None:
            runner._thread.join(timeout=2)
