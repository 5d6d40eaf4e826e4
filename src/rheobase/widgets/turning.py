"""A widget that works on a thread of its own."""

from collections.abc import Callable
from typing import Any

import traitlets

from rheobase.widgets.latest import Turn, Turns
from rheobase.widgets.studies import StudyWidget


class TurningWidget(StudyWidget):
    """A widget whose work follows the model: on a thread of its own, each piece overtaken by the next or stopped.

    `status`: how the work stands, in words.
    """

    status = traitlets.Unicode("Ready").tag(sync=True)

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        self._turns = Turns(f"rheobase-{type(self).__name__.lower()}")
        super().__init__(*arguments, **traits)

    def close(self) -> None:
        """Take the widget off the page, stop its work and follow the cell no more."""
        self._turns.close()
        super().close()

    def _stop(self) -> None:
        """Give up what is under way; the last picture stays."""
        self._turns.stop()
        self.state, self.status = "idle", "Cancelled"

    def _tell(self, turn: Turn, show: Callable[[], None], *, late: bool = False) -> None:
        """Show what the worker has found, unless it is overtaken; what is `late` is shown all the same."""
        with self.lock:
            if self.comm is None or turn.stopped or not (late or turn.newest):
                return
            with self.hold_sync():
                show()
