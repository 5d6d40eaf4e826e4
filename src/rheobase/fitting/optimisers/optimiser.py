"""What an optimiser is, and which there are.

An optimiser asks for candidates and is told what came of them; nothing else passes between it and the fit. It draws all
its chance from one seed. So the same answers make it ask the same questions, and a fit that was cut off goes on exactly
by telling it again what it was told.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.trials import Trials
from rheobase.model.names import UnknownName

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ask:
    """Candidates to be evaluated, `(candidates, n)`, each number from 0 to 1; whether with derivatives.

    **Fields:** `guide`: per ms, how fast voltages are drawn to the data meanwhile; 0 where a search that draws them at
    other times does not, since one compiled program serves both.
    """

    points: Floats
    derivatives: bool = False
    guide: float | None = None


class Optimiser(Protocol):
    """A search that is under way.

    **Fields:** `reason`: why it chose what it does, and, once it asks for nothing more, why it ended.
    """

    reason: str

    def ask(self) -> Ask | None:
        """What to evaluate next; None when the search is over."""
        ...

    def tell(self, trials: Trials) -> None:
        """What came of the candidates that were asked for last, in order."""
        ...

    def close(self) -> None:
        """Let go of whatever it holds; it is asked no more."""
        ...


@dataclass(frozen=True)
class Setting:
    """What an optimiser is given.

    **Fields:** `start`, `(n,)`, from 0 to 1; `seed`; `budget`, how many trials there will be at most; `smooth`, whether
    derivatives hold; `residuals`, how many there are; `options` of its own; `parts`, of how many the error is the sum;
    `spikes`, whether there are spikes in the data, to which voltages can be drawn.
    """

    start: Floats
    seed: int
    budget: int
    smooth: bool
    residuals: int
    options: dict[str, Any] = field(default_factory=dict)
    parts: int = 1
    spikes: bool = False

    def option(self, name: str, default: Any) -> Any:
        """One of the options."""
        return self.options.get(name, default)


@dataclass(frozen=True)
class Kind:
    """An optimiser as one chooses it.

    **Fields:** `name`; `description` and `when` to use it; `derivatives`, whether it needs them; `options` that it
    takes, with what they do; `make`; `chooses`: whether it hands its options on to another.
    """

    name: str
    description: str
    when: str
    derivatives: bool
    make: Callable[[Setting], Optimiser]
    options: dict[str, str] = field(default_factory=dict)
    chooses: bool = False


_kinds: dict[str, Kind] = {}


def register(kinds: Kind | Iterable[Kind]) -> None:
    """Make optimisers known by their names."""
    for kind in (kinds,) if isinstance(kinds, Kind) else kinds:
        _kinds[kind.name] = kind


def kind_named(name: object) -> Kind:
    """The optimiser of a name. **Raises:** KeyError that suggests the nearest."""
    if not isinstance(name, str) or name not in _kinds:
        raise UnknownName("optimiser", name, _kinds)
    return _kinds[name]


def optimisers() -> tuple[Kind, ...]:
    """All optimisers."""
    return tuple(_kinds.values())
