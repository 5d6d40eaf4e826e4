"""Live runs: the latest request wins, nothing queues, and whatever goes wrong arrives as words.

No test is decided by a clock: each waits for news, and times out only where the worker hangs.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import LiveRunner, Simulation, Update, live
from tests.simulate.cells import forked

HANG = 60
"""Seconds after which a worker counts as hanging."""


class Listener:
    """A runner whose news are kept, and can be waited for."""

    def __init__(self) -> None:
        self.news: queue.Queue[Update] = queue.Queue()
        self.heard: list[Update] = []
        self.runner = LiveRunner(self.news.put)

    def until(self, wanted: Callable[[Update], bool]) -> Update:
        while True:
            update = self.news.get(timeout=HANG)
            self.heard.append(update)
            if wanted(update):
                return update

    def end_of(self, request: int) -> Update:
        return self.until(lambda update: update.request == request and update.state != "running")

    def rest(self) -> list[Update]:
        """What else was told; after the runner was closed and its thread has ended."""
        self.runner.close()
        thread = self.runner._thread
        if thread is not None:
            thread.join(HANG)
            assert not thread.is_alive()
        return [self.news.get_nowait() for _ in range(self.news.qsize())]


@pytest.fixture
def listener() -> Iterator[Listener]:
    there = Listener()
    yield there
    there.runner.close()


@pytest.fixture(scope="module")
def cell() -> rb.Cell:
    cell, *_ = forked()
    rb.run(cell, tstop=1)
    return cell


def of(cell: rb.Cell, amp: float = 0.3, tstop: float = 1) -> Callable[[], Simulation]:
    """A request as a slider makes it: on a snapshot."""
    edited = cell.copy()
    edited.process("ic").amp = amp
    snapshot = edited.freeze()
    return lambda: Simulation(snapshot, tstop=tstop)


def endless(cell: rb.Cell) -> Callable[[], Simulation]:
    """Longer than any test waits."""
    return of(cell, tstop=1e5)


def test_a_request_is_run_and_told(cell: rb.Cell, listener: Listener) -> None:
    number = listener.runner.request(of(cell))
    update = listener.end_of(number)
    assert (update.state, update.progress, update.message) == ("done", 1, "")
    assert update.results is not None
    np.testing.assert_array_equal(update.results.values, rb.run(cell, tstop=1).values)
    assert update.elapsed > 0


def test_a_drag_ends_on_the_last_value_and_queues_nothing(cell: rb.Cell, listener: Listener) -> None:
    amplitudes = np.linspace(0.1, 0.4, 40)
    made: list[float] = []
    go = threading.Event()

    def request(amp: float) -> Callable[[], Simulation]:
        simulate = of(cell, amp, tstop=300)

        def make() -> Simulation:
            assert go.wait(HANG)  # every event of the drag comes before the first run is over
            made.append(amp)
            return simulate()

        return make

    numbers = [listener.runner.request(request(amp)) for amp in amplitudes]
    go.set()
    last = listener.end_of(numbers[-1])
    assert last.state == "done"
    assert last.results is not None
    amp = float(amplitudes[-1])
    np.testing.assert_array_equal(last.results.values, of(cell, amp, tstop=300)().run().values)
    assert len(made) <= 2  # what ran as the drag began, and its end
    assert made[-1] == amp
    assert listener.rest() == []


def test_a_long_run_shows_partial_results(cell: rb.Cell, listener: Listener) -> None:
    listener.runner.request(endless(cell))
    first = listener.until(lambda update: update.state == "running")
    second = listener.until(lambda update: update.state == "running")
    assert 0 < first.progress < second.progress < 1
    assert first.results is not None
    assert second.results is not None
    n = len(first.results.t)
    assert n < len(second.results.t)
    np.testing.assert_array_equal(first.results.values, second.results.values[:, :n])
    listener.runner.cancel()


def test_a_run_that_takes_long_gives_way(cell: rb.Cell, listener: Listener) -> None:
    old = listener.runner.request(endless(cell))
    listener.until(lambda update: update.state == "running" and update.elapsed > live._PREEMPT_AFTER)
    new = listener.runner.request(of(cell, 0.2))
    assert listener.end_of(old).state == "cancelled"
    assert listener.end_of(new).state == "done"


def test_a_young_run_is_let_finish(cell: rb.Cell, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_PREEMPT_AFTER", HANG)
    monkeypatch.setattr(live, "_BETWEEN_PARTIALS", 0)
    old = listener.runner.request(of(cell, tstop=500))
    listener.until(lambda update: update.state == "running")
    new = listener.runner.request(of(cell, 0.2))
    assert listener.end_of(old).state == "done"
    assert listener.end_of(new).state == "done"


def test_cancel_stops_the_present_run(cell: rb.Cell, listener: Listener) -> None:
    number = listener.runner.request(endless(cell))
    partial = listener.until(lambda update: update.state == "running")
    listener.runner.cancel()
    update = listener.end_of(number)
    assert update.state == "cancelled"
    assert 0 < partial.progress <= update.progress < 1
    assert update.results is not None
    again = listener.runner.request(of(cell))
    assert listener.end_of(again).state == "done"


def test_cancel_answers_for_a_request_that_waits(cell: rb.Cell, listener: Listener) -> None:
    started, go = threading.Event(), threading.Event()

    def slow() -> Simulation:
        started.set()
        assert go.wait(HANG)
        return endless(cell)()

    def never() -> Simulation:
        raise AssertionError("a cancelled request was made")

    first = listener.runner.request(slow)
    assert started.wait(HANG)
    waiting = listener.runner.request(never)
    listener.runner.cancel()
    go.set()
    assert listener.end_of(waiting).state == "cancelled"
    assert [u.state for u in listener.heard if u.request == first] == ["cancelled"]


@pytest.mark.parametrize(
    ("fail", "words"),
    [
        (lambda cell: of(cell, 1e8, tstop=3)(), "the voltage at soma(0.5) blew up at t = 1.025 ms"),
        (lambda cell: Simulation(cell, tstop=-1), "tstop = -1 ms: must be greater than 0"),
        (lambda cell: Simulation(cell, method="euler"), "no integrator is named 'euler'; there are"),
        (lambda cell: cell.nonsense, "there is no attribute or region of the cell 'nonsense'"),
        (lambda cell: cell.sections[7], "tuple index out of range"),
        (lambda _: next(iter(())), "StopIteration"),
    ],
)
def test_an_error_arrives_as_words(cell: rb.Cell, listener: Listener, fail: Callable[[Any], Any], words: str) -> None:
    update = listener.end_of(listener.runner.request(lambda: fail(cell)))
    assert update.state == "error"
    assert update.message.startswith(words)
    assert listener.end_of(listener.runner.request(of(cell))).state == "done"


def test_an_observer_that_raises_does_no_harm(cell: rb.Cell, caplog: pytest.LogCaptureFixture) -> None:
    news: queue.Queue[Update] = queue.Queue()

    def observe(update: Update) -> None:
        news.put(update)
        raise ZeroDivisionError("an observer's own fault")

    runner = LiveRunner(observe)
    for _ in range(2):
        runner.request(of(cell))
        assert news.get(timeout=HANG).state == "done"
    runner.close()
    assert runner._thread is not None
    runner._thread.join(HANG)
    assert [record.message for record in caplog.records] == ["an observer of live runs failed"] * 2


def test_an_observer_may_ask_for_the_next_run(cell: rb.Cell) -> None:
    seen: list[int] = []
    over = threading.Event()

    def observe(update: Update) -> None:
        seen.append(update.request)
        if update.request < 3:
            runner.request(of(cell))
        else:
            runner.close()
            over.set()

    runner = LiveRunner(observe)
    runner.request(of(cell))
    assert over.wait(HANG)
    assert seen == [1, 2, 3]


def test_close_ends_the_thread_in_the_midst_of_a_run(cell: rb.Cell, listener: Listener) -> None:
    listener.runner.request(endless(cell))
    listener.until(lambda update: update.state == "running")
    assert all(update.state == "running" for update in listener.rest())
    with pytest.raises(RuntimeError, match="closed"):
        listener.runner.request(of(cell))
    listener.runner.close()  # again, without harm
    listener.runner.cancel()


def test_a_runner_that_was_never_asked_has_no_thread() -> None:
    before = threading.active_count()
    runner = LiveRunner(queue.Queue[Update]().put)
    runner.cancel()
    runner.close()
    assert threading.active_count() == before


def test_a_run_in_the_background_gives_way_at_once(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_PREEMPT_AFTER", HANG)
    cell, *_ = forked()
    snapshot = cell.freeze()
    first = listener.runner.request(lambda: Simulation(snapshot, tstop=1e6, every=100), background=True)
    listener.until(lambda update: update.request == first and update.state == "running")
    second = listener.runner.request(lambda: Simulation(snapshot, tstop=1))
    assert listener.end_of(first).state == "cancelled"
    assert listener.end_of(second).state == "done"
