"""Choosing sections, which all pages share."""

from typing import Any

from rheobase.widgets.actions import action
from rheobase.widgets.cell_builder.page import Page

_WAYS = ("only", "add", "toggle", "remove", "within", "invert")


class ChoosingPage(Page):
    """The base of the pages on which sections are gathered."""

    @action("choose")
    def choose(self, sections: list[str] | None = None, place: str | None = None, how: str = "only") -> dict[str, Any]:
        """Choose sections by name, or those of a place.

        They are chosen `only`, or besides (`add`); change sides (`toggle`); are left out (`remove`); only those of them
        stay that are chosen already (`within`); or all but those chosen are chosen (`invert`).
        """
        if how not in _WAYS:
            raise ValueError(f"{how[:40]!r} is no way to choose; there are {', '.join(_WAYS)}")
        document = self.cell.document
        wanted = set(document.places.of(place)) if place is not None else set(sections or ())
        before = set(self.chosen)
        now = {
            "only": wanted,
            "add": before | wanted,
            "toggle": before ^ wanted,
            "remove": before - wanted,
            "within": before & wanted,
            "invert": document.sections.keys() - before,
        }[how]
        self.chosen = [name for name in document.sections if name in now]
        return {"sections": len(self.chosen)}
