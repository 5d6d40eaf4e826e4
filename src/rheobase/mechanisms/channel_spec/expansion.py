"""The one kinetic scheme that a whole channel is: its gates, which move apart from each other, taken together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, Literal

from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.gating import Matrix
from rheobase.mechanisms.channel_spec.kinetics import Gate

MOST_STATES = 64


@dataclass(frozen=True)
class Move:
    """A way from one state to another: `times` the rate `way` of a `pair` of gate number `gate`."""

    source: int
    target: int
    gate: int
    pair: str
    way: Literal["alpha", "beta"]
    times: int


@dataclass(frozen=True)
class Expansion:
    """A channel as one scheme.

    **Fields:** `names` of its states, such as `m2h1` or `O`; `parts`, for each the state of every gate, of a particle
    the number of its open copies; `moves`.
    """

    names: tuple[str, ...]
    parts: tuple[tuple[int, ...], ...]
    moves: tuple[Move, ...]

    def matrix(self, rates: Sequence[Mapping[str, tuple[Any, Any]]]) -> Matrix:
        """The rates from state to state, of those of each gate's pairs."""
        found: Matrix = {}
        for move in self.moves:
            rate = move.times * rates[move.gate][move.pair][move.way == "beta"]
            place = move.source, move.target
            found[place] = found[place] + rate if place in found else rate
        return found


@cache
def expansion(channel: Channel) -> Expansion:
    """The scheme of a channel; a particle of power n becomes a chain of n + 1 states.

    **Raises:** ValueError for more states than are reckoned with.

    >>> from rheobase.mechanisms.channel_spec import Channel, Constant, Gate
    >>> rates = {"alpha": Constant(1), "beta": Constant(2)}
    >>> expansion(Channel(name="na", gates=(Gate("m", 3, **rates), Gate("h", **rates)))).names
    ('m0h0', 'm0h1', 'm1h0', 'm1h1', 'm2h0', 'm2h1', 'm3h0', 'm3h1')
    """
    sizes = [gate.power + 1 if gate.scheme is None else len(gate.states) for gate in channel.gates]
    parts = tuple(product(*map(range, sizes)))
    if len(parts) > MOST_STATES:
        raise ValueError(
            f"channel {channel.name!r} as one scheme has {len(parts)} states; single channels have at most "
            f"{MOST_STATES}: lower the powers or take gates out"
        )
    index = {part: k for k, part in enumerate(parts)}
    moves = [
        Move(index[part], index[(*part[:g], reached, *part[g + 1 :])], g, pair, way, times)
        for part in parts
        for g, gate in enumerate(channel.gates)
        for reached, pair, way, times in _moves(gate, part[g])
    ]
    return Expansion(tuple(_name(channel.gates, part) for part in parts), parts, tuple(moves))


def _moves(gate: Gate, at: int) -> list[tuple[int, str, Literal["alpha", "beta"], int]]:
    """Where a gate may go from one of its states."""
    if gate.scheme is None:
        opening = [(at + 1, gate.name, "alpha", gate.power - at)] if at < gate.power else []
        return [*opening, *([(at - 1, gate.name, "beta", at)] if at else [])]  # type: ignore[list-item]
    found: list[tuple[int, str, Literal["alpha", "beta"], int]] = []
    for transition in gate.scheme.transitions:
        source, target = gate.states.index(transition.source), gate.states.index(transition.target)
        if at == source:
            found.append((target, transition.name, "alpha", 1))
        elif at == target:
            found.append((source, transition.name, "beta", 1))
    return found


def conductances(channel: Channel, numbers: Mapping[str, Any]) -> list[Any]:
    """The open fraction of the conductance in each state of a channel's `expansion`."""
    found = []
    for part in expansion(channel).parts:
        share: Any = 1.0
        for gate, at in zip(channel.gates, part, strict=True):
            if gate.scheme is None:
                share = share * float(at == gate.power)
            else:
                share = share * numbers[f"{gate.states[at]}_conductance"]
        found.append(share)
    return found


def _name(gates: Sequence[Gate], part: Sequence[int]) -> str:
    words = [
        f"{gate.name}{at}" if gate.scheme is None else gate.states[at] for gate, at in zip(gates, part, strict=True)
    ]
    schemes = any(gate.scheme is not None for gate in gates)
    return ("_" if schemes and len(words) > 1 else "").join(words) or "open"
