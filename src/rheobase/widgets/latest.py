"""Work that follows a slider without holding up its messages: one thread, the newest task wins, nothing queues."""

from collections.abc import Callable
from threading import Condition, Thread


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

    @property
    def waiting(self) -> bool:
        """Whether a newer task waits."""
        with self._change:
            return self._waiting is not None

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
