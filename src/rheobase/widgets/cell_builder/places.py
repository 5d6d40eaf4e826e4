"""What the pages that describe a place share: which places there are, and the one that is described."""

from typing import Any

import traitlets

from rheobase.widgets.actions import action
from rheobase.widgets.cell_builder.page import Page

_MOST_LISTED = 60  # sections; of a cell with more only those that are chosen are listed


class PlacePage(Page):
    """The base of the pages that describe one place of the cell.

    A page joins in by overriding `show_place` and calling the next.

    - `places`: name, kind (`"cell"`, `"region"`, `"subset"`, `"section"`) and number of sections of each place that
      can be described.
    """

    places: Any = traitlets.List().tag(sync=True)

    @action("place.set")
    def set_place(self, name: str) -> None:
        """Describe another place from now on."""
        self.cell.document.places.of(name)
        self.place = name

    def show_place(self) -> None:
        """Show all that is said of the place that is described."""
        self.show_places()

    def show_places(self) -> None:
        """Show which places there are to be described."""
        document = self.cell.document
        there, sections = document.places, list(document.sections)
        listed = sections if len(sections) <= _MOST_LISTED else self.chosen
        known = [
            ("all", "cell"),
            *((name, "region") for name in there.regions),
            *((name, "subset") for name in document.subsets),
            *((name, "section") for name in listed[:_MOST_LISTED] if name not in there.regions),
        ]
        self.places = [{"name": name, "kind": kind, "sections": len(there.of(name))} for name, kind in known]

    @traitlets.observe("place", "chosen")
    def _follow_place(self, change: Any) -> None:
        with self.lock:
            if self.comm is None:
                return
            with self.hold_sync():
                if not self.cell.document.places.has(self.place):
                    self.place = "all"
                if change["name"] == "chosen":
                    self.show_places()
                else:
                    self.show_place()
                    self.revision += 1
