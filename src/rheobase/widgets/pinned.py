"""The model's parameters as sliders, with a few of them pinned at hand."""

from typing import Any

import traitlets

from rheobase.widgets.mechanisms import MechanismTraits
from rheobase.widgets.session import Event

_MOST = 8
_CONDUCTANCE = "S/cm2"


class PinnedTraits(MechanismTraits):
    """The inserted mechanisms, and which of their numbers stay at hand.

    `pinned`: their keys; at first those of conductances, as they come, as far as there is room.
    """

    pinned: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)

    _seen: frozenset[str] = frozenset()

    def hear(self, event: Event) -> None:
        """Pin what is new."""
        super().hear(event)
        found = {field["key"]: field["unit"] for group in self.mechanisms for field in group["parameters"]}
        fresh = [key for key, unit in found.items() if unit == _CONDUCTANCE and key not in self._seen]
        self._seen |= found.keys()
        room = _MOST - len(self.pinned)
        if fresh and room > 0:
            self.pinned = [*self.pinned, *fresh[:room]]
