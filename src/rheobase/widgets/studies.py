"""What the widgets on a session have in common: whose session it is, and how they hear of it and close."""

from collections.abc import Callable
from typing import Any

from rheobase.model import Cell, Protocol
from rheobase.simulate import Simulation
from rheobase.widgets.actions import ActingWidget
from rheobase.widgets.session import Event, Session


class StudyWidget(ActingWidget):
    """A widget on a session: one it was given, or one of its own on a cell or on what a simulation runs.

    Parts join in by overriding `hear` and calling the next; each runs with the widget's lock held and within one
    message to the browser.

    **Raises:** TypeError for something that is neither a cell, a simulation nor a session.
    """

    def __init__(self, source: Any, protocol: Protocol | None = None, *, live: bool = True, **traits: Any) -> None:
        # What close() needs is there before anything can fail.
        self._owns_session = False
        self._stop_listening: Callable[[], None] = lambda: None
        session = getattr(source, "session", source)
        if isinstance(session, Simulation):
            session, self._owns_session = _session_of(session, protocol, live=live), True
        if isinstance(session, Cell):
            session, self._owns_session = Session(session, protocol, live=live), True
        if not isinstance(session, Session):
            raise TypeError(f"{type(self).__name__} needs a cell, as in {type(self).__name__}(cell), not {source!r}")
        self.session = session
        super().__init__(lock=session.lock, title=session.cell.name, **traits)
        with self.lock, self.hold_sync():
            self.hear(Event("opened", paths=frozenset({"sections", "placements", "insertions", "assignments"})))
            self._stop_listening = session.listen(self._listen)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} on {self.session.cell!r}>"

    def hear(self, event: Event) -> None:
        """Bring the traits up to date with what happened."""
        if "name" in event.paths:
            self.title = self.session.cell.name

    def close(self) -> None:
        """Take the widget off the page, stop what runs for it and observe nothing any more."""
        self._stop_listening()
        if self._owns_session:
            self.session.close()
        super().close()

    def _receive(self, widget: Any, content: Any, buffers: Any) -> None:
        # What a message leads to carries its stamp, so that the browser knows which picture obeys it.
        self.session.stamp = str(content.get("stamp", ""))[:100] if isinstance(content, dict) else ""
        try:
            super()._receive(widget, content, buffers)
        finally:
            self.session.stamp = ""

    def _listen(self, event: Event) -> None:
        with self.lock:
            if self.comm is None:
                return
            with self.hold_sync():
                self.hear(event)


def _session_of(simulation: Simulation, protocol: Protocol | None, *, live: bool) -> Session:
    """A session that runs what a simulation runs; the simulation itself stays as it is."""
    session = Session(simulation.cell, simulation.protocol if protocol is None else protocol, live=live)
    session.values = dict(simulation.values)
    session.start = simulation.beginning
    if simulation.every > 1:
        session.points = 1 / (simulation.every * simulation.protocol.dt)
    return session
