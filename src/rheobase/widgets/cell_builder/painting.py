"""Numbers painted on the shape, and kept in step while they change."""

from abc import abstractmethod

import numpy as np
import traitlets

from rheobase.widgets.cell_builder.places import PlacePage
from rheobase.widgets.viewer import ViewerTraits


class PaintedPage(PlacePage, ViewerTraits):
    """A page that paints numbers on the shape, through the viewer's value colours.

    - `painted`: what is painted, or `""`.
    """

    painted = traitlets.Unicode().tag(sync=True)

    @abstractmethod
    def painted_values(self, what: str) -> tuple[np.ndarray, str, str] | None:
        """The values to paint, one a segment, what they are, and their unit; `None` if there are none."""

    def start_painting(self, what: str) -> None:
        """Paint this from now on; with `""` show the types of sections again."""
        self.painted = what
        if what:
            self.paint_again()
            self.colour_by = "value"
        else:
            self.values, self.colour_by = b"", "type"

    def paint_again(self) -> None:
        """Bring the painting up to date; another colouring that the person chose meanwhile stays chosen."""
        if not self.painted:
            return
        found = self.painted_values(self.painted)
        if found is None:
            self.start_painting("")
            return
        values, label, unit = found
        chosen = self.colour_by
        known = values[np.isfinite(values)]
        limits = (float(known.min()), float(known.max())) if known.size and known.min() < known.max() else None
        self.show_values(values, label, unit=unit, limits=limits)
        self.colour_by = chosen
