"""What an error method is, and which there are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.values import Match
from rheobase.model.names import UnknownName

Floats = NDArray[np.float64]


class Measure(Protocol):
    """One match, ready to be computed. The error is the sum of the squares of its residuals.

    **Fields:** `count`: how many residuals it has; `weights` of their squares, which sum to one; `smooth`: whether they
    have derivatives.
    """

    count: int
    weights: Floats
    smooth: bool

    def residuals(self, values: Floats) -> Floats:
        """The residuals, `(batch, count)`, of traces `(batch, samples)` that are finite."""
        ...

    def slopes(self, values: Floats) -> Any:
        """How each residual follows each sample of one trace, sparse, `(count, samples)`."""
        ...

    def roughness(self, values: Floats) -> str:
        """Why the derivative says little at this trace, in words; empty where it holds."""
        ...


@dataclass(frozen=True)
class Sampling:
    """At what the measure is given.

    **Fields:** `t`: ms, of the samples; `unit` of the values; `label` of the match, for errors.
    """

    t: Floats
    unit: str
    label: str


@dataclass(frozen=True)
class Method:
    """An error method.

    **Fields:** `name`; `description`; `options` that it knows, with their defaults; `make`, which gives its measure.
    """

    name: str
    description: str
    options: dict[str, float]
    make: Callable[[Match, Sampling], Measure]


_methods: dict[str, Method] = {}


def register(method: Method) -> None:
    """Make a method known by its name."""
    _methods[method.name] = method


def method_named(name: object) -> Method:
    """The method of a name. **Raises:** KeyError that suggests the nearest."""
    if not isinstance(name, str) or name not in _methods:
        raise UnknownName("error method", name, _methods)
    return _methods[name]


def methods() -> tuple[Method, ...]:
    """All error methods."""
    return tuple(_methods.values())
