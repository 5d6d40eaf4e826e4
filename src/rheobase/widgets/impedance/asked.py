"""What a person asks the Impedance tool to work out and to show; no part of the cell."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rheobase.mechanisms import Parameter

Direction = Literal["out", "in"]

CHOICES = {
    "point": ("steady", "initial", "moment", "held"),
    "gates": ("active", "frozen"),
    "quantity": ("input", "transfer", "ratio", "attenuation_out", "attenuation_in", "phase"),
    "against": ("impedance", "ratio", "attenuation"),
    "profile": ("impedance", "ratio", "attenuation", "phase"),
    "direction": ("out", "in"),
    "rendering": ("dendrogram", "branches"),
}
_LIMITS = (-3.0, 5.0)
_ROUND = 0.005  # three figures, as a hand points, may fall just outside of the axis
_NUMBERS = {
    "time": Parameter("time", 50.0, "ms", minimum=0, maximum=1e5),
    "hold": Parameter("hold", -65.0, "mV", minimum=-300, maximum=300),
    "low": Parameter("log fmin", 0.0, "1", minimum=_LIMITS[0], maximum=_LIMITS[1]),
    "high": Parameter("log fmax", 3.0, "1", minimum=_LIMITS[0], maximum=_LIMITS[1]),
    "points": Parameter("points", 61.0, "1", minimum=2, maximum=1000),
    "frequency": Parameter("frequency", 10.0, "Hz", minimum=10 ** _LIMITS[0], maximum=10 ** _LIMITS[1]),
}


@dataclass(frozen=True)
class Asked:
    """About which state the model is linearised, over which frequencies, and what is shown of it.

    - `point`: `"steady"`, `"initial"`, `"moment"` (at `time`, ms) or `"held"` (at `hold`, mV); `gates`.
    - `low`, `high`: base-10 logarithms of the frequencies in Hz; `points`, how many; `frequency`, the chosen one.
    - `quantity` colours the cell, `against` is drawn over frequency, `profile` along the path, and `direction` and
      `rendering` are those of the electrotonic shape.
    """

    point: str = "steady"
    time: float = 50.0
    hold: float = -65.0
    gates: str = "active"
    low: float = 0.0
    high: float = 3.0
    points: int = 61
    frequency: float = 10.0
    quantity: str = "input"
    against: str = "impedance"
    profile: str = "impedance"
    direction: Direction = "out"
    rendering: str = "dendrogram"

    def changed(self, name: str, value: Any) -> "Asked":
        """A copy with one answer changed.

        **Raises:** KeyError for another name, ValueError or TypeError for a value that cannot be.

        >>> Asked().changed("high", 2).frequencies()[-1]
        np.float64(100.0)
        """
        if name in CHOICES:
            if value not in CHOICES[name]:
                raise ValueError(f"{name} = {value!r}: it is one of {', '.join(CHOICES[name])}")
            return replace(self, **{name: value})
        if name not in _NUMBERS:
            raise KeyError(f"there is no {name!r} to set here; there are {', '.join(asdict(self))}")
        number = _NUMBERS[name].check(value)
        if name == "points" and not number.is_integer():
            raise ValueError(f"points = {number:g}: their number must be whole")
        given: dict[str, Any] = {name: int(number) if name == "points" else number}
        changed = replace(self, **given)
        if not changed.low < changed.high:
            raise ValueError(f"log fmin = {changed.low:g} must be below log fmax = {changed.high:g}")
        lowest, highest = 10**changed.low, 10**changed.high
        if name == "frequency" and not lowest * (1 - _ROUND) <= number <= highest * (1 + _ROUND):
            raise ValueError(
                f"frequency = {number:g} Hz is not on the axis, which runs from {lowest:g} to {highest:g} Hz; "
                "change its limits first"
            )
        return replace(changed, frequency=float(np.clip(changed.frequency, lowest, highest)))

    def frequencies(self) -> NDArray[np.float64]:
        """The axis, Hz."""
        return np.logspace(self.low, self.high, self.points)

    def solution(self) -> tuple[Any, ...]:
        """What the numbers depend on; the rest only says what of them is shown."""
        return (self.point, self.time, self.hold, self.gates, self.low, self.high, self.points)
