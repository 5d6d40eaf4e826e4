"""A tool whose runs follow the model."""

from typing import Any

from rheobase.model import Location
from rheobase.widgets.actions import action
from rheobase.widgets.clamps import root_of
from rheobase.widgets.session import Event
from rheobase.widgets.turning import TurningWidget


class FollowingWidget(TurningWidget):
    """A widget that runs what its session runs, with recordings of its own.

    Parts that change what is recorded call `follow`.
    """

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        self._made_of: tuple[Any, ...] = ()
        self._rebuilt = True
        super().__init__(*arguments, **traits)

    def hear(self, event: Event) -> None:
        """Note whether the model is made of other things now, or only has other numbers."""
        super().hear(event)
        cell = self.session.cell
        placed = tuple((each.name, each.section) for each in cell.placements)
        made_of = (cell.document.structure_revision, placed, self.session.protocol.stimuli)
        self._rebuilt = made_of != self._made_of
        self._made_of = made_of

    def follow(self, *, traces: bool = True, field: bool = True) -> None:
        """Run the cell as it is now; without `traces`, or the `field` in space, those that are shown stay."""
        raise NotImplementedError

    @action("run.cancel")
    def cancel(self) -> None:
        """Stop the run that is under way; the last picture stays."""
        self._stop()

    def checked_place(self, section: str, x: float) -> Location:
        """A place that the browser named. **Raises:** KeyError or ValueError for one that is not there."""
        place = Location(section, x)
        if section not in self.session.cell.document.sections:
            raise KeyError(f"the cell has no section {section!r}")
        return place

    def root(self) -> Location:
        """The middle of the cell's root."""
        return root_of(self.session.cell)

    def _fail(self, message: str) -> None:
        self.error, self.status = message, "Stopped by an error"
        self.revision += 1
        self.state = "error"


def short(place: Location) -> str:
    """A place in words of few figures.

    >>> short(Location("dend", 0.9444444))
    'dend(0.944)'
    """
    return f"{place.section}({place.x:.3g})"
