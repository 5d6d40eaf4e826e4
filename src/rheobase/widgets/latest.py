"""Work that follows a slider without holding up its messages: one thread, the newest task wins, nothing queues."""

from collections.abc import Callable
from threading import Condition, Thread
from time import perf_counter

_FINISH = 0.3  # s; a younger piece of work is let finish when another is asked for, so that a drag shows pictures

_BETWEEN = 0.3  # s from one word on the progress to the next


class Latest:
    """Runs tasks one at a time on a thread of its own; of those that wait only the newest is kept.

    >>> from queue import SimpleQueue
    >>> latest, done = Latest("example"), SimpleQueue()
    >>> latest.submit(lambda: done.put("first"))
    >>> done.get(timeout=10)
    'first'
    >>> latest.close()
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._change = Condition()
        self._waiting: Callable[[], None] | None = None
        self._closed = False
        self._thread: Thread | None = None

    def submit(self, task: Callable[[], None]) -> None:
        """Run `task` next, in place of any that waits; nothing once closed."""
        with self._change:
            if self._closed:
                return
            self._waiting = task
            if self._thread is None:
                self._thread = Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._change.notify()

    def wanted(self, seconds: float) -> bool:
        """Wait so long for another task, and say whether one waits; for a task under way that can be put off."""
        with self._change:
            return self._change.wait_for(lambda: self._waiting is not None or self._closed, seconds)

    def close(self) -> None:
        """End the thread after the task under way."""
        with self._change:
            self._closed, self._waiting = True, None
            self._change.notify()

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting is not None or self._closed)
                task, self._waiting = self._waiting, None
            if task is None:
                return
            task()


class Turn:
    """One piece of work among those that follow a model, which can tell whether it is still wanted."""

    def __init__(self, turns: "Turns", number: int) -> None:
        self._turns, self._number = turns, number
        self._began = perf_counter()
        self._told = 0.0

    @property
    def newest(self) -> bool:
        """Whether nothing was asked for since, nor was it stopped."""
        return self._number == self._turns.number and not self.stopped

    @property
    def stopped(self) -> bool:
        """Whether it was stopped by hand."""
        return self._number <= self._turns.stopped

    @property
    def seconds(self) -> float:
        """For how long it has been at work."""
        return perf_counter() - self._began

    def due(self) -> bool:
        """Whether it is time for a word on the progress, which there then is."""
        due = self.seconds > self._told + _BETWEEN
        if due:
            self._told = self.seconds
        return due

    def unwanted(self) -> bool:
        """Whether to give up: when stopped, or when another is asked for and this one is no longer young."""
        return self.stopped or (not self.newest and self.seconds > _FINISH)

    def overtaken(self) -> bool:
        """Whether to give up at once, where what is done is of less worth than what is asked for."""
        return not self.newest


class Turns:
    """Pieces of work that follow a model: each may be overtaken by the next, or stopped.

    >>> from queue import SimpleQueue
    >>> turns, done = Turns("example"), SimpleQueue()
    >>> turns.take(lambda turn: done.put(turn.newest))
    >>> done.get(timeout=10)
    True
    >>> turns.close()
    """

    def __init__(self, name: str) -> None:
        self._latest = Latest(name)
        self.number = self.stopped = 0

    def take(self, work: Callable[[Turn], None]) -> None:
        """Do this next, in place of what waits."""
        self.number += 1
        number = self.number
        self._latest.submit(lambda: work(Turn(self, number)))

    def stop(self) -> None:
        """Give up what is under way and what waits."""
        self.stopped = self.number

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._latest.close()
