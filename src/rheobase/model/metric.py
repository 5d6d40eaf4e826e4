"""How a place is measured: the metrics that profiles and rules share, where they start and which way they go."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from rheobase.model.location import Location
from rheobase.model.names import suggestion
from rheobase.units import to_float

Metric = Literal["path_distance", "radial_distance", "projection"]
Offset = Literal["none", "most_proximal", "all_proximal"]
Normalise = Literal["none", "most_distal", "all_distal"]
Point = tuple[float, float, float]

UPWARDS: Point = (0.0, 1.0, 0.0)
"""The direction of a projection that was given none: y, along which apical dendrites are drawn."""


def chosen(value: Any, known: Iterable[str], what: str) -> str:
    """Give `value` if it is one of the `known`. **Raises:** `ValueError` that suggests the nearest."""
    known = list(known)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{str(value)[:80]!r} is no {what}{suggestion(value, known)}")
    return value


def _origin(value: Any) -> Location | Point | None:
    if value is None or isinstance(value, Location):
        return value
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"the origin must be a place such as soma(0.5), not {value!r}; in space, a point (x, y, z)")
    return _three(value, "um", "origin")


def _direction(value: Any) -> Point | None:
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"direction = {value!r}: must be three numbers, such as (0, 1, 0) for upwards")
    found = _three(value, "1", "direction")
    if not any(found):
        raise ValueError("direction = (0, 0, 0): points nowhere; give for example (0, 1, 0) for upwards")
    return found


def _three(value: Any, unit: str, name: str) -> Point:
    numbers = list(value)
    if len(numbers) != 3:
        raise ValueError(f"{name} = {tuple(numbers)!r}: must be three numbers x, y, z")
    x, y, z = (to_float(number, unit, name) for number in numbers)
    return x, y, z


Origin = Annotated[Location | Point | None, BeforeValidator(_origin)]
Direction = Annotated[Point | None, BeforeValidator(_direction)]


def check_metric(metric: str, origin: Any, direction: Any) -> None:
    """Refuse an origin or a direction that a metric has no use for. **Raises:** `ValueError`."""
    if metric == "path_distance" and isinstance(origin, tuple):
        raise ValueError(
            f"origin = {origin!r}: the distance along the tree starts at a place on it, such as soma(0.5); distances "
            "from a point in space are 'radial_distance'"
        )
    if metric != "projection" and direction is not None:
        raise ValueError(f"{metric!r} has no direction: leave it out, or measure by 'projection'")


def options_text(
    measured: Any, number: Callable[[float], str] = repr, place: Callable[[Location], str] = repr
) -> list[str]:
    """Give, as they are written in a call, those options of a profile or a rule that are not the defaults."""
    shown = []
    for name in ("origin", "direction"):
        value = getattr(measured, name)
        if isinstance(value, Location):
            shown.append(f"{name}={place(value)}")
        elif value is not None:
            shown.append(f"{name}=({', '.join(map(number, value))})")
    given = {name: getattr(measured, name, "none") for name in ("offset", "normalise")}
    return shown + [f"{name}={value!r}" for name, value in given.items() if value != "none"]
