"""A library that calls a function, turned into an optimiser that asks and is told.

The library runs in a thread of its own, which waits wherever it wants an evaluation; only one of both sides ever works.
"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.optimisers.optimiser import Ask
from rheobase.fitting.trials import Trials

Floats = NDArray[np.float64]
Evaluate = Callable[[Floats], Trials]


class _Closed(BaseException):
    """Ends the library's thread; it is no Exception, so that no library takes it for a failed evaluation."""


class Inverted:
    """A search by a library.

    **Arguments:** `search`: is given a function that evaluates one point, `(n,)`, and gives its `Trials`; it returns
    why it ended. `derivatives`: whether its evaluations come with them.
    """

    def __init__(self, search: Callable[[Evaluate], str], *, derivatives: bool, reason: str) -> None:
        self.reason = reason
        self._search, self._derivatives = search, derivatives
        self._asked: SimpleQueue[Floats | None] = SimpleQueue()
        self._told: SimpleQueue[Trials | None] = SimpleQueue()
        self._failure: Exception | None = None
        self._thread: Thread | None = None
        self._over = False

    def ask(self) -> Ask | None:
        """See `Optimiser`."""
        if self._over:
            return None
        if self._thread is None:
            self._thread = Thread(target=self._run, name="rheobase optimiser", daemon=True)
            self._thread.start()
        point = self._asked.get()
        if point is None:
            self._over = True
            if self._failure is not None:
                raise self._failure
            return None
        return Ask(point[None], self._derivatives)

    def tell(self, trials: Trials) -> None:
        """See `Optimiser`."""
        self._told.put(trials)

    def close(self) -> None:
        """See `Optimiser`."""
        if self._thread is not None and self._thread.is_alive():
            self._told.put(None)
            self._thread.join(timeout=5)
        self._over = True

    def _run(self) -> None:
        try:
            self.reason = self._search(self._evaluate)
        except _Closed:
            pass
        except Exception as error:  # noqa: BLE001  # raised again where the search is asked
            self._failure = error
        finally:
            self._asked.put(None)

    def _evaluate(self, point: Any) -> Trials:
        self._asked.put(np.clip(np.array(point, float), 0.0, 1.0))
        trials = self._told.get()
        if trials is None:
            raise _Closed
        return trials
