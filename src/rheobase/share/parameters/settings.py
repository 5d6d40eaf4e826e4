"""What a file of parameters says, whatever its layout."""

import math
from dataclasses import dataclass, field
from typing import Any

from rheobase.share.error import ExchangeError


@dataclass
class Distribution:
    """A value as a formula of the path distance.

    **Fields:** `formula` with `{distance}`, `{value}` and the names of `constants` in braces; of the `constants` the
    values, None where a fit chooses; `section` and `x`, from where distance is measured.
    """

    formula: str
    constants: dict[str, float | None] = field(default_factory=dict)
    section: str = "soma[0]"
    x: float = 0.5


@dataclass
class Setting:
    """One value for sections.

    **Fields:** the `places`, in the file's words; `name`, as NEURON has it: `g_pas`, `cm`, `ena`; the `value`, None
    where a fit chooses within `bounds`; the `distribution`, None for a uniform one; the `mechanism`, where the file
    names it.
    """

    places: tuple[str, ...]
    name: str
    value: float | None
    bounds: tuple[float, float] | None = None
    distribution: Distribution | None = None
    mechanism: str | None = None

    @property
    def label(self) -> str:
        """What the value of a fit goes by: `gIhbar_Ih.apical`."""
        return ".".join([self.name, "_".join(self.places)])


@dataclass
class Settings:
    """Everything that files say.

    **Fields:** `insertions`, pairs of a place and a mechanism; `settings`, in order; `everywhere`, by name what is set
    for the whole run or all mechanisms of a kind: `v_init`, `celsius`; `chosen`, values of a fit by label; `notes`, in
    words.
    """

    insertions: list[tuple[str, str]] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    everywhere: dict[str, float | None] = field(default_factory=dict)
    chosen: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Settings") -> None:
        """Take in what another file says, after this."""
        self.insertions += other.insertions
        self.settings += other.settings
        self.everywhere |= other.everywhere
        self.chosen |= other.chosen
        self.notes += other.notes


def number(value: Any, what: str) -> float:
    """A number, or the text of one. **Raises:** ExchangeError that says of what."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ExchangeError(f"{what}: a number belongs there, not {str(value)[:60]!r}")
    try:
        found = float(value)
    except ValueError:
        raise ExchangeError(f"{what}: a number belongs there, not {str(value)[:60]!r}") from None
    if not math.isfinite(found):
        raise ExchangeError(f"{what} is {value}, which is no finite number")
    return found


def word(value: Any, what: str) -> str:
    """A text. **Raises:** ExchangeError that says of what."""
    if not isinstance(value, str) or not value or len(value) > 300:
        raise ExchangeError(f"{what}: a name belongs there, not {str(value)[:60]!r}")
    return value


def rows(value: Any, what: str) -> list[Any]:
    """A list. **Raises:** ExchangeError that says of what."""
    if not isinstance(value, list):
        raise ExchangeError(f"{what}: a list belongs there, not {str(value)[:60]!r}")
    return value


def table(value: Any, what: str) -> dict[str, Any]:
    """A table of names. **Raises:** ExchangeError that says of what."""
    if not isinstance(value, dict):
        raise ExchangeError(f"{what}: names with values belong there, not {str(value)[:60]!r}")
    return value
