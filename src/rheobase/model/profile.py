"""What every value that changes over a cell has in common: how place is measured, coefficients, and how it is shown."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ValidationInfo, model_validator

from rheobase.documents import Value
from rheobase.model.location import Location
from rheobase.model.metric import Direction, Metric, Normalise, Offset, Origin, check_metric, chosen, options_text
from rheobase.units import to_float

if TYPE_CHECKING:
    import pandas as pd

    from rheobase.model.cell import Cell

METRICS: tuple[str, ...] = get_args(Metric)


def _number(value: Any, info: ValidationInfo) -> float:
    return to_float(value, "1", str(info.field_name))


Number = Annotated[float, BeforeValidator(_number)]


class Profile(Value):
    """A value as a function `f(p)` of where a segment is. The value is in the unit of what it is assigned to.

    - `metric`: what `p` is: `"path_distance"`, um along the tree; `"radial_distance"`, um through space;
      `"projection"`, um along a `direction` in space.
    - `origin`: where `p` is 0: a `Location`, or for the latter two also a point (x, y, z) in um; `None` for the middle
      of the root section.
    - `offset`: `"none"`; `"most_proximal"`, so that the lowest `p` of the place is 0; or `"all_proximal"`, so that it
      is 0 at the lowest of each connected part of the place.
    - `normalise`: `"none"`; `"most_distal"`, so that the highest `p` of the place is 1; or `"all_distal"`, so that `p`
      is 1 at every tip of the place (of the other metrics, at the highest of each connected part).

    Subclasses are what `along`, `linear`, `exponential`, `boltzmann`, `step` and `table` make.
    """

    kind: ClassVar[str]

    metric: Annotated[Metric, BeforeValidator(lambda value: chosen(value, METRICS, "measure of place"))]
    origin: Origin = None
    direction: Direction = None
    offset: Annotated[Offset, BeforeValidator(lambda value: chosen(value, get_args(Offset), "offset"))] = "none"
    normalise: Annotated[
        Normalise, BeforeValidator(lambda value: chosen(value, get_args(Normalise), "normalisation"))
    ] = "none"

    @model_validator(mode="after")
    def _is_measured(self) -> Self:
        check_metric(self.metric, self.origin, self.direction)
        return self

    @property
    @abstractmethod
    def coefficients(self) -> dict[str, float]:
        """The numbers that a slider, a fit or a gradient may move, by name."""

    @abstractmethod
    def evaluate(self, coefficients: Mapping[str, Any], distance: Any, xp: Any = np) -> Any:
        """Give the value at each `distance`, that is each `p`, an array of the same shape.

        **Arguments:** `coefficients` by name, as in `self.coefficients`; `xp` is `numpy` or `jax.numpy`.
        """

    def with_coefficients(self, **coefficients: float) -> Self:
        """Give the same profile with other coefficients."""
        return self.replace(**coefficients)

    @property
    def depends_on_place(self) -> bool:
        """Whether `p` is told from the whole place, so that a part of it alone would have another."""
        return (self.offset, self.normalise) != ("none", "none")

    def redirected(self, to: Callable[[Location], Location]) -> Self:
        """Give the same profile measured from where `to` says that its origin is; itself if that is no place."""
        return self.replace(origin=to(self.origin)) if isinstance(self.origin, Location) else self

    def measured(self, cell: Cell, place: str) -> NDArray[np.float64]:
        """Give the `p` of each segment of a place, in document order.

        **Raises:** `KeyError` for an unknown place, `ValueError` where `p` cannot be normalised.
        """
        return cell.document.places.measured(self, place)

    def extent(self, cell: Cell, place: str) -> tuple[float, float]:
        """Give the lowest and the highest `p` of a place, the ends of its sections included."""
        return cell.document.places.extent(self, place)

    def curve(self, low: float, high: float, count: int = 201) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sample `f(p)` for a plot. **Returns:** `count` values of `p` from `low` to `high`, and `f` at each."""
        p = np.linspace(low, high, count)
        return p, np.asarray(self.evaluate(self.coefficients, p), dtype=float)

    def over(self, cell: Cell, place: str) -> pd.DataFrame:
        """Give a table of the segments of a place: `section`, `x`, `p` and `value`, whatever holds there by now."""
        import pandas as pd  # takes longer to import than everything else here

        p = self.measured(cell, place)
        specs = [cell.document.sections[name] for name in cell.sections_of(place)]
        return pd.DataFrame(
            {
                "section": [spec.name for spec in specs for _ in range(spec.nseg)],
                "x": [(k + 0.5) / spec.nseg for spec in specs for k in range(spec.nseg)],
                "p": p,
                "value": np.asarray(self.evaluate(self.coefficients, p), dtype=float),
            }
        )

    def written(self, number: Callable[[float], str] = repr, place: Callable[[Location], str] = repr) -> str:
        """Give the call that makes this profile, with numbers and places as they are to be written."""
        options = options_text(self, number, place)
        return f"{self.kind}({', '.join([repr(self.metric), *self._arguments(number), *options])})"

    def _arguments(self, number: Callable[[float], str]) -> list[str]:
        return [number(value) for value in self.coefficients.values()]

    def __repr__(self) -> str:
        return self.written()

    __str__ = __repr__
