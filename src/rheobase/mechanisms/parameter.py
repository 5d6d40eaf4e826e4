"""One number of a mechanism: its name, unit, default and limits."""

from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from rheobase.units import to_float


@dataclass(frozen=True)
class Parameter:
    """A named number with a unit and limits.

    **Fields:**

    - `name`, `default`, `unit`, `doc`: as a person reads them.
    - `minimum`, `maximum`: inclusive limits, in `unit`.
    - `scope`: `"range"` for one value a segment, `"global"` for one value a cell.

    >>> Parameter("gnabar", 0.12, "S/cm2", minimum=0).check("100 mS/cm2")
    0.1
    """

    name: str
    default: float
    unit: str
    minimum: float = -inf
    maximum: float = inf
    scope: Literal["range", "global"] = "range"
    doc: str = ""

    def check(self, value: Any, owner: str = "") -> float:
        """The value as a float in this parameter's unit.

        **Raises:** ValueError or TypeError that names the parameter, the value, the unit and the limits.
        """
        label = f"{owner}.{self.name}" if owner else self.name
        number = to_float(value, self.unit, label)
        if not self.minimum <= number <= self.maximum:
            raise ValueError(f"{label} = {self._told(number)} is outside its limits: {self.limits}")
        return number

    @property
    def limits(self) -> str:
        """The allowed range in words."""
        if self.maximum == inf:
            return f"at least {self._told(self.minimum)}" if self.minimum > -inf else "any number"
        if self.minimum == -inf:
            return f"at most {self._told(self.maximum)}"
        return f"from {self.minimum:g} to {self._told(self.maximum)}"

    def _told(self, number: float) -> str:
        return f"{number:g}" if self.unit == "1" else f"{number:g} {self.unit}"
